"""Reading documents."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from documents.enums import DocumentStatus
from documents.models import Document
from kernel.clock import DbNow
from kernel.errors import NotFoundError

WAITING = (DocumentStatus.QUEUED.value, DocumentStatus.RENDERING.value)


def documents_visible_to(user: Any) -> QuerySet[Document]:
    """The person's own documents; those of a case are reached through the case."""
    if not (user.is_authenticated and user.is_active):
        return Document.objects.none()
    return Document.objects.filter(owner_id=user.pk, subject_kind="").select_related("file", "version")


def access_document(user: Any, document_id: UUID) -> Document:
    """One document that `user` may see. Raises NotFoundError for all others alike."""
    document = documents_visible_to(user).filter(pk=document_id).first()
    if document is None:
        raise NotFoundError
    return document


def document_to_render(document_id: UUID) -> Document:
    """For the rendering task: the row with its template version. Raises Document.DoesNotExist."""
    return Document.objects.select_related("version__template", "file").get(pk=document_id)


def renders_waiting() -> int:
    """How many renderings are asked for and not done."""
    return Document.objects.filter(status__in=WAITING).count()


def renders_left_behind(*, older_than: timedelta, most: int) -> Sequence[Document]:
    """Renderings that wait longer than that, the oldest first."""
    waiting = Document.objects.filter(status__in=WAITING, created_at__lt=DbNow() - older_than)
    return list(waiting.order_by("created_at")[:most])


def document_of_draft(*, owner_id: UUID, draft_id: UUID) -> Document | None:
    """The newest finished document that this person made of a draft."""
    made = Document.objects.filter(owner_id=owner_id, draft_id=draft_id, subject_kind="", status=DocumentStatus.READY)
    return made.order_by("-created_at", "-id").first()
