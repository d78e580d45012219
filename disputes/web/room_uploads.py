"""Files that come with a form: each is taken, opened and put on record by itself, so that one bad file keeps no good one out."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from accounts.public import User
from disputes.selectors.access import access_dispute, evidence_for
from disputes.services.evidence import add_evidence
from documents.public import Ingested, discard_bytes, ingest_upload
from kernel.entry import entry
from kernel.errors import DomainError, FieldError


def put_on_record(
    user: User, dispute_id: UUID, *, files: "Sequence[UploadedFile[Any]]", text: str, description: str
) -> list[FieldError]:
    """Put each file and the text on record; answers what was refused, by name, with the reason.

    A piece that this party has on record already is left as it is: a form sent twice adds nothing. Raises NotFoundError,
    NotYoursToDoError and WrongStateError before anything is stored.
    """
    access_dispute(user, dispute_id, "add_evidence")
    refused: list[FieldError] = []
    for file in files:
        name = file.name or _("file")
        try:
            _put(user, dispute_id, file, name, description)
        except DomainError as error:
            detail = _("%(name)s was not taken: %(reason)s") % {"name": name, "reason": error.detail}
            refused.append(FieldError("/file", error.code, detail))
    if text:
        try:
            _put(user, dispute_id, BytesIO(text.encode()), "statement.txt", description)
        except DomainError as error:
            refused.append(FieldError("/text", error.code, error.detail))
    return refused


def _put(user: User, dispute_id: UUID, file: Any, name: str, description: str) -> None:
    """One piece. Its bytes are stored before the transaction, and removed if it does not come to it."""
    stored = ingest_upload(file, file_name=name, max_bytes=settings.EVIDENCE_MAX_BYTES)
    is_kept = False
    try:
        with entry():
            is_kept = _add(user, dispute_id, stored, description)
    except BaseException:
        discard_bytes(stored.key)
        raise
    if not is_kept:
        discard_bytes(stored.key)


def _add(user: User, dispute_id: UUID, stored: Ingested, description: str) -> bool:
    """False when the same bytes are there already; the dispute's row is locked, so parallel sendings see each other."""
    access = access_dispute(user, dispute_id, "add_evidence", lock=True)
    mine = evidence_for(access).filter(participant=access.participant, withdrawn_at=None)
    if mine.filter(file__sha256=stored.sha256).exists():
        return False
    add_evidence(acting_user=user, dispute_id=dispute_id, stored=stored, description=description)
    return True
