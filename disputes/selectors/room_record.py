"""What is on record in a case, as lines of its page: statements and evidence."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from disputes.enums import DisputeStatus
from disputes.models import Evidence
from disputes.selectors.access import evidence_for, truths_for
from disputes.selectors.case_files import truth_content
from disputes.selectors.case_page import Room
from disputes.selectors.replies import DoorAnswer, waiting_reply
from documents.public import StoredFile, has_preview


@dataclass(frozen=True)
class TruthLine:
    id: UUID
    author: str
    is_mine: bool
    is_addendum: bool
    is_late: bool
    content: str
    at: datetime


@dataclass(frozen=True)
class EvidenceLine:
    """One piece. `can_open`: the reader may have its bytes; `scan`: what the scanner says, in words, empty when all is well."""

    id: UUID
    name: str
    kind: str
    size: int
    author: str
    is_mine: bool
    description: str
    at: datetime
    scan: str
    scan_is_bad: bool
    can_open: bool
    has_picture: bool
    withdrawn_at: datetime | None
    can_withdraw: bool


@dataclass(frozen=True)
class Record:
    """The statements part. `waiting` names those whose statement is not in while none is disclosed.

    `given_at_the_door` is the reader's own answer to the invitation, which becomes their statement when the case begins.
    """

    mine: tuple[TruthLine, ...]
    others: tuple[TruthLine, ...]
    waiting: tuple[str, ...]
    is_disclosed: bool
    may_state: bool
    is_first: bool
    is_late: bool
    is_last_to_state: bool
    given_at_the_door: DoorAnswer | None


def statements(room: Room) -> Record:
    """Own statements always, the others' once disclosed."""
    lines = [
        TruthLine(
            truth.pk,
            truth.participant.full_name,
            truth.participant.user_id == room.me,
            truth.is_addendum,
            truth.is_late,
            truth_content(truth),
            truth.submitted_at,
        )
        for truth in truths_for(room.access).order_by("submitted_at", "id")
    ]
    missing = [item for item in room.active if item.stated_at is None]
    is_first = room.own is not None and room.own.stated_at is None
    is_before = room.own is not None and room.dispute.status == DisputeStatus.INVITE_SENT
    at_the_door = waiting_reply(room.own) if is_before and room.own is not None else None
    return Record(
        mine=tuple(line for line in lines if line.is_mine),
        others=tuple(line for line in lines if not line.is_mine),
        waiting=tuple(room.name_of(item) for item in missing if item.user_id != room.me),
        is_disclosed=room.dispute.disclosed_at is not None,
        may_state=room.may_state and at_the_door is None,
        is_first=is_first,
        is_late=room.dispute.disclosed_at is not None,
        is_last_to_state=is_first and room.dispute.status == DisputeStatus.STATING and len(missing) == 1,
        given_at_the_door=at_the_door,
    )


def evidence_lines(room: Room) -> list[EvidenceLine]:
    """What the reader may see of the evidence, newest first."""
    rows = evidence_for(room.access).order_by("-uploaded_at", "-id")
    return [_line(room, row) for row in rows]


def _line(room: Room, row: Evidence) -> EvidenceLine:
    file, is_mine = row.file, is_own(room, row)
    can_open = may_open(room, row)
    scan, is_bad = scan_in_words(file)
    may_withdraw = is_mine and row.withdrawn_at is None and room.may("add_evidence")
    return EvidenceLine(
        id=row.pk,
        name=file.file_name,
        kind=kind_of(file),
        size=file.size,
        author=row.participant.full_name,
        is_mine=is_mine,
        description=row.description,
        at=row.uploaded_at,
        scan=scan,
        scan_is_bad=is_bad,
        can_open=can_open,
        has_picture=can_open and has_preview(file),
        withdrawn_at=row.withdrawn_at,
        can_withdraw=may_withdraw and room.dispute.status != DisputeStatus.PROPOSED,
    )


def is_own(room: Room, row: Evidence) -> bool:
    return room.standing.participant is not None and row.participant_id == room.standing.participant.pk


def may_open(room: Room, row: Evidence) -> bool:
    """The rule of the API's download: its uploader always, others what has passed the scan."""
    return is_own(room, row) or row.file.is_readable


def scan_in_words(file: StoredFile) -> tuple[str, bool]:
    """What the scan means for the reader, and whether it is bad news. Silent for a clean file."""
    match file.scan_status:
        case "pending":
            return _("Being checked for viruses; the others can open it afterwards."), False
        case "infected":
            return _("A virus was found. Nobody else can open this file."), True
        case "unscannable":
            return _("Could not be checked for viruses; nobody else can open it."), True
        case "unscanned":
            return _("Opened and recognised here, not checked for viruses."), False
    return "", False


_KINDS = {
    "application/pdf": "PDF",
    "text/plain": "TXT",
    "text/csv": "CSV",
    "text/markdown": "MD",
    "message/rfc822": "EML",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "DOCX",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX",
    "application/vnd.oasis.opendocument.text": "ODT",
    "application/vnd.oasis.opendocument.spreadsheet": "ODS",
}


def kind_of(file: StoredFile) -> str:
    """The short name of a file's type, as it was recognised."""
    return _KINDS.get(file.media_type) or file.media_type.rpartition("/")[2].upper()
