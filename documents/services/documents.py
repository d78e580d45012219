"""Writing documents: asked for, rendered, stored."""

import hashlib
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from documents.enums import DocumentStatus
from documents.errors import RenderQueueFullError, StateConflictError
from documents.events import DocumentFailed, DocumentReady, DocumentRequested, DocumentTakesLong
from documents.models import Document, StoredFile, TemplateVersion
from documents.selectors.documents import WAITING, renders_waiting
from documents.services.files import Kept, claim_room, register_file
from documents.transitions import DOCUMENT
from kernel.canonical import canonical_bytes
from kernel.clock import DbNow
from kernel.journal import Actor, StreamRef, record
from kernel.outbox import publish


class RenderedPdf(Protocol):
    """What the renderer answers."""

    @property
    def pages(self) -> int: ...
    @property
    def engine(self) -> str: ...


def data_hash(data: dict[str, Any]) -> str:
    """Hex SHA-256 of the canonical JSON of a document's data."""
    return hashlib.sha256(canonical_bytes(data)).hexdigest()


@transaction.atomic
def create_document(
    *,
    version_id: UUID,
    data: dict[str, Any],
    rendered: RenderedPdf,
    stored: Kept,
    owner_id: UUID | None,
    subject: tuple[str, UUID] | None = None,
    draft_id: UUID | None = None,
    is_archive: bool = False,
) -> Document:
    """A document that is rendered and kept already: it begins as `ready`. `subject` names the aggregate it belongs to."""
    row = _new(version_id=version_id, data=data, owner_id=owner_id, subject=subject, draft_id=draft_id)
    if owner_id is not None and subject is None:
        claim_room(owner_id=owner_id, size=stored.size)
    row.is_archive = is_archive
    row.status = DocumentStatus.RENDERING
    row.save()
    return _finish(row, rendered, stored)


@transaction.atomic
def request_document(
    *,
    version_id: UUID,
    data: dict[str, Any],
    owner_id: UUID,
    draft_id: UUID | None = None,
    is_archive: bool = False,
    takes_long: bool = False,
) -> Document:
    """Queue a rendering; a worker does it. Publishes DocumentRequested, or DocumentTakesLong for what proved to be slow.

    Raises RenderQueueFullError when RENDERS_WAITING_AT_MOST are waiting (a few more get through where many ask at once).
    """
    if renders_waiting() >= settings.RENDERS_WAITING_AT_MOST:
        detail = _("Too many documents are waiting to be made. Nothing was queued; try again in half a minute.")
        raise RenderQueueFullError(detail, retry_after=30)
    row = _new(version_id=version_id, data=data, owner_id=owner_id, subject=None, draft_id=draft_id)
    claim_room(owner_id=owner_id, size=0)
    row.is_archive = is_archive
    row.save()
    publish(DocumentTakesLong(document_id=row.pk) if takes_long else DocumentRequested(document_id=row.pk))
    return row


@transaction.atomic
def put_aside(*, document_id: UUID) -> None:
    """queued → rendering: it takes long, so it waits for its turn beside the quick ones. Publishes DocumentTakesLong."""
    row = _locked(document_id)
    if row.status in WAITING:
        _move(row, "start")
        publish(DocumentTakesLong(document_id=row.pk))


@transaction.atomic
def ask_again(*, document_id: UUID) -> None:
    """Have a rendering that was left behind done; one that is finished meanwhile stays as it is."""
    row = _locked(document_id)
    if row.status in WAITING:
        publish(DocumentRequested(document_id=row.pk))


@transaction.atomic
def finish_document(*, document_id: UUID, rendered: RenderedPdf, stored: Kept) -> Document:
    """queued | rendering → ready. A document that is ready already stays as it is (the event came twice)."""
    row = _locked(document_id)
    if row.status == DocumentStatus.READY:
        return row
    if row.status == DocumentStatus.QUEUED:
        _move(row, "start")
    return _finish(row, rendered, stored)


@transaction.atomic
def fail_document(*, document_id: UUID, reason: str) -> Document:
    """queued | rendering → failed, for good. Publishes DocumentFailed."""
    row = _locked(document_id)
    if row.status == DocumentStatus.FAILED:
        return row
    _move(row, "fail", failure=reason[:300], finished_at=DbNow())
    _record(row, "document.failed", {"reason": reason[:300]})
    publish(DocumentFailed(document_id=row.pk))
    return row


def _new(
    *,
    version_id: UUID,
    data: dict[str, Any],
    owner_id: UUID | None,
    subject: tuple[str, UUID] | None,
    draft_id: UUID | None,
) -> Document:
    version = TemplateVersion.objects.get(pk=version_id)
    kind, subject_id = subject or ("", None)
    return Document(
        version=version,
        data=data,
        data_hash=data_hash(data),
        owner_id=owner_id,
        subject_kind=kind,
        subject_id=subject_id,
        draft_id=draft_id,
    )


def _finish(row: Document, rendered: RenderedPdf, stored: Kept) -> Document:
    file: StoredFile = register_file(stored=stored, owner_id=row.owner_id, purpose="document")
    row.file = file
    row.pages, row.engine = rendered.pages, rendered.engine[:200]
    _move(row, "finish", file=file, pages=row.pages, engine=row.engine, finished_at=DbNow())
    _record(row, "document.rendered", {"sha256": file.sha256, "pages": rendered.pages, "data_hash": row.data_hash})
    publish(DocumentReady(document_id=row.pk, file_id=file.pk))
    return row


def _locked(document_id: UUID) -> Document:
    return Document.objects.select_for_update(of=("self",), no_key=True).get(pk=document_id)


def _move(row: Document, action: str, **changes: Any) -> None:
    target = DOCUMENT.get((DocumentStatus(row.status), action))
    if target is None:
        allowed = sorted(state for state, known in DOCUMENT if known == action)
        raise StateConflictError(
            _("A document in state “%(state)s” does not allow that.") % {"state": DocumentStatus(row.status).label},
            allowed_from=allowed,
        )
    row.status = target
    Document.objects.filter(pk=row.pk).update(status=target, **changes)


def _record(row: Document, verb: str, facts: dict[str, Any]) -> None:
    """Documents of a case are journalled by the case; a person's own ones in the person's stream."""
    if row.subject_kind or row.owner_id is None:
        return
    record(
        stream=StreamRef("person", row.owner_id),
        verb=verb,
        actor=Actor.system("renderer"),
        subject=("document", row.pk),
        facts=facts,
    )
