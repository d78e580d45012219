"""Exchange: the words of a consultation, where the product shows them back to whoever asked."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from ai_mediation.models.consultation import Consultation
from kernel.clock import DbNow
from kernel.models import Model


class Exchange(Model):
    """Question, answer and references, sealed under the asking person's key. Nobody else reads them, administrators neither."""

    consultation = models.OneToOneField(Consultation, on_delete=models.PROTECT, related_name="exchange")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    dispute_id = models.UUIDField(null=True, blank=True)
    content_sealed = models.BinaryField()
    created_at = models.DateTimeField(db_default=DbNow(), editable=False)

    personal_data: ClassVar[dict[str, str]] = {
        "person": "only the person's id; the account's erasure empties the account",
        "content_sealed": "unreadable once the person's key is destroyed",
    }

    class Meta:
        # a person's own exchanges, newest first
        indexes = (models.Index(fields=["person", "-created_at", "-id"], name="exchange_person_newest"),)

    def __str__(self) -> str:
        return str(self.pk)
