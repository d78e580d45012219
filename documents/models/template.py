"""Templates and their versions: legal texts as versioned data."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from documents.enums import Syntax, VersionStatus
from kernel.models.base import Model


class Template(Model):
    """One text in one language. `kind` is what it is for; a kind has one template per locale."""

    slug = models.SlugField(_("name in addresses"), max_length=80)
    kind = models.CharField(_("kind"), max_length=60)
    locale = models.CharField(_("language"), max_length=12)
    title = models.CharField(_("title"), max_length=200)
    # Wills, court orders, deeds: the law asks for another form. Esign refuses these and tells the reason.
    signature_excluded = models.CharField(
        _("why it may not be signed electronically"), max_length=300, blank=True, default=""
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        verbose_name = _("template")
        verbose_name_plural = _("templates")
        constraints = [
            models.UniqueConstraint(fields=["kind", "locale"], name="template_kind_once_per_locale"),
            models.UniqueConstraint(fields=["slug", "locale"], name="template_slug_once_per_locale"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.locale})"


class TemplateVersion(Model):
    """One state of a template. Once published, nothing that shapes a document ever changes (a trigger refuses it)."""

    template = models.ForeignKey(
        Template, on_delete=models.PROTECT, related_name="versions", verbose_name=_("template")
    )
    number = models.PositiveIntegerField(_("version"))
    status = models.CharField(_("state"), max_length=12, choices=VersionStatus.choices, default=VersionStatus.DRAFT)
    schema = models.JSONField(_("schema of inputs"))
    body = models.TextField(_("body"), max_length=200_000)
    styles = models.TextField(_("styles"), max_length=100_000, blank=True, default="")
    syntax = models.CharField(_("written in"), max_length=12, choices=Syntax.choices, default=Syntax.HTML)
    # The library's clauses as they were when this version was published, by name: {"syntax", "body"}.
    clauses = models.JSONField(_("clauses of the library"), default=dict, blank=True)
    logo = models.BinaryField(_("logo (PNG)"), max_length=300_000, default=b"", blank=True)
    content_hash = models.CharField(_("SHA-256 of all that shapes a document"), max_length=64)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        verbose_name = _("template version")
        verbose_name_plural = _("template versions")
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="template_version_number_once"),
            # Which text is used for a new document must never be a question.
            models.UniqueConstraint(
                fields=["template"], condition=models.Q(status="published"), name="template_one_published_version"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=VersionStatus.values), name="template_version_status_known"
            ),
            models.CheckConstraint(condition=models.Q(syntax__in=Syntax.values), name="template_version_syntax_known"),
            models.CheckConstraint(
                condition=models.Q(status="draft") | models.Q(published_at__isnull=False),
                name="template_version_published_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template_id} v{self.number}"


class Clause(Model):
    """A passage that several templates share, in one language. A published version keeps the words it was published with."""

    slug = models.SlugField(_("name in templates"), max_length=64)
    locale = models.CharField(_("language"), max_length=12)
    title = models.CharField(_("title"), max_length=200)
    syntax = models.CharField(_("written in"), max_length=12, choices=Syntax.choices, default=Syntax.MARKDOWN)
    body = models.TextField(_("body"), max_length=20_000)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        verbose_name = _("clause")
        verbose_name_plural = _("clauses")
        constraints = [
            models.UniqueConstraint(fields=["slug", "locale"], name="clause_once_per_locale"),
            models.CheckConstraint(condition=models.Q(syntax__in=Syntax.values), name="clause_syntax_known"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.locale})"
