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


class Workflow(models.TextChoices):
    """`sequential`: by order number, equal numbers together; `parallel`: everybody at once."""

    SEQUENTIAL = "sequential", _("One after the other")
    PARALLEL = "parallel", _("All at once")


OPEN = frozenset({EnvelopeStatus.SENT, EnvelopeStatus.IN_PROGRESS})
