"""The words of esign."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class EnvelopeStatus(models.TextChoices):
    """The life of an envelope (domain.md)."""

    CREATED = "created", _("Created")
    SENT = "sent", _("Sent")
    IN_PROGRESS = "in_progress", _("Being signed")
    COMPLETED = "completed", _("Completed")
    DECLINED = "declined", _("Declined")
    EXPIRED = "expired", _("Expired")
    VOIDED = "voided", _("Voided")


class SignerStatus(models.TextChoices):
    """Where one signer stands."""

    WAITING = "waiting", _("Waiting for others")
    NOTIFIED = "notified", _("Asked to sign")
    VIEWED = "viewed", _("Has seen the document")
    SIGNED = "signed", _("Signed")
    DECLINED = "declined", _("Declined")
    DELEGATED = "delegated", _("Handed on")


class SignerRole(models.TextChoices):
    """What one seat of an envelope is asked to do. Viewers have done theirs by opening the document; copies only receive it."""

    SIGNER = "signer", _("Signs")
    APPROVER = "approver", _("Approves")
    VIEWER = "viewer", _("Has to see it")
    COPY = "copy", _("Receives a copy")


class Workflow(models.TextChoices):
    """`sequential`: by order number, equal numbers together; `parallel`: everybody at once."""

    SEQUENTIAL = "sequential", _("One after the other")
    PARALLEL = "parallel", _("All at once")


ACTING = frozenset({SignerRole.SIGNER, SignerRole.APPROVER})
OPEN = frozenset({EnvelopeStatus.SENT, EnvelopeStatus.IN_PROGRESS})
