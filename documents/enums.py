"""The words of documents."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class VersionStatus(models.TextChoices):
    """The life of a template version; what is published never changes."""

    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    RETIRED = "retired", _("Retired")


class Syntax(models.TextChoices):
    """What a body is written in."""

    HTML = "html", _("HTML")
    MARKDOWN = "markdown", _("Markdown")


class DocumentStatus(models.TextChoices):
    """The life of one rendering."""

    QUEUED = "queued", _("Queued")
    RENDERING = "rendering", _("Rendering")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")


class ScanStatus(models.TextChoices):
    """What a scanner said. `unscanned`: opened by the real parser, but this deployment has no scanner."""

    PENDING = "pending", _("Waiting for the scanner")
    CLEAN = "clean", _("Clean")
    INFECTED = "infected", _("Infected")
    UNSCANNABLE = "unscannable", _("Cannot be scanned")
    UNSCANNED = "unscanned", _("Not scanned")


READABLE = frozenset({ScanStatus.CLEAN, ScanStatus.UNSCANNED})
