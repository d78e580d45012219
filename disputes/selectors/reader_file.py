"""A case as one reader may read it, as plain values: for whoever answers that reader's questions, and nobody else."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.public import User
from disputes.enums import DisputeStatus, Mode, SenderType, StreamKind
from disputes.models import Message, Resolution
from disputes.selectors.access import CaseAccess, access_dispute, evidence_for, streams_for, truths_for
from disputes.selectors.case_files import READABLE_SCANS, evidence_text, truth_content
from disputes.selectors.case_page import Room, party_lines, state_in_words
from disputes.selectors.messages import open_content
from disputes.selectors.next_step import next_step
from kernel.clock import now

MOST_LINES = 300

PassageKind = Literal["description", "truth", "evidence", "message", "proposal", "contract"]


@dataclass(frozen=True)
class Passage:
    """One text of the case that the reader may read. Places count characters of exactly this `text`."""

    kind: PassageKind
    id: UUID
    author: str
    text: str
    created_at: datetime
    is_private: bool = False


@dataclass(frozen=True)
class Deadline:
    what: str
    at: datetime


@dataclass(frozen=True)
class ReaderPerson:
    """Somebody in the case. `user_id` is None until they have joined."""

    user_id: UUID | None
    name: str
    role: str
    is_me: bool
    has_stated: bool


@dataclass(frozen=True)
class ReaderFile:
    """Everything of one case that one reader may read; words are in the reader's language."""

    dispute_id: UUID
    title: str
    status: str
    state: str
    next_step: str
    timezone: str
    present: datetime
    is_party: bool
    people: tuple[ReaderPerson, ...]
    deadlines: tuple[Deadline, ...]
    passages: tuple[Passage, ...]
    signed_by: tuple[str, ...]
    unsigned_by: tuple[str, ...]


def reader_file(user: User, dispute_id: UUID) -> ReaderFile:
    """The case for `user`. Raises NotFoundError.

    Others' statements and evidence only once disclosed, evidence only if not withdrawn and cleared (or the reader's own), and of the
    chat the joint room and the reader's own private streams: what a mediator may read of others' caucuses stays out.
    """
    access = access_dispute(user, dispute_id)
    room = Room(access)
    dispute = access.dispute
    people = party_lines(room)
    signing = room.contract is not None and dispute.status == DisputeStatus.SIGNING
    return ReaderFile(
        dispute_id=dispute.pk,
        title=dispute.title,
        status=str(dispute.status),
        state=state_in_words(dispute),
        next_step=next_step(room).text,
        timezone=dispute.timezone,
        present=now(),
        is_party=room.standing.is_party,
        people=tuple(ReaderPerson(one.user_id, one.name, one.role, one.is_me, one.has_stated) for one in people),
        deadlines=tuple(_deadlines(room)),
        passages=tuple(_passages(room)),
        signed_by=tuple(one.full_name for one in room.active if signing and one.user_id in room.signed),
        unsigned_by=tuple(one.full_name for one in room.active if signing and one.user_id not in room.signed),
    )


def _deadlines(room: Room) -> Iterator[Deadline]:
    dispute = room.dispute
    if dispute.status == DisputeStatus.INVITE_SENT:
        yield Deadline(_("Answer to the invitation"), dispute.respond_by)
    if dispute.status == DisputeStatus.STATING and dispute.statement_deadline is not None:
        yield Deadline(_("Statement"), dispute.statement_deadline)
    if dispute.consent_deadline is not None:
        yield Deadline(_("Consent to arbitration"), dispute.consent_deadline)
    if dispute.status == DisputeStatus.SIGNING and room.contract is not None and room.contract.envelope is not None:
        yield Deadline(_("Signature"), room.contract.envelope.expires_at)


def _passages(room: Room) -> Iterator[Passage]:
    access, dispute = room.access, room.dispute
    filer = room.names.get(dispute.filed_by_id, "")
    yield Passage("description", dispute.pk, filer, dispute.description, dispute.created_at)
    for truth in truths_for(access).order_by("submitted_at", "id"):
        author = room.name_of(truth.participant)
        yield Passage("truth", truth.pk, author, truth_content(truth), truth.submitted_at)
    cleared = Q(file__scan_status__in=READABLE_SCANS)
    if room.own is not None:
        cleared |= Q(participant=room.own)
    for piece in evidence_for(access).filter(cleared, withdrawn_at=None).order_by("uploaded_at", "id"):
        yield Passage("evidence", piece.pk, room.name_of(piece.participant), evidence_text(piece), piece.uploaded_at)
    yield from _lines(access, room)
    for resolution in reversed(room.shown_rounds):
        yield Passage(
            "proposal", resolution.pk, _author(resolution, room), proposal_text(resolution), resolution.created_at
        )
    if room.contract is not None and room.contract.text:
        yield Passage("contract", room.contract.pk, "", room.contract.text, room.contract.created_at)


def _lines(access: CaseAccess, room: Room) -> Iterator[Passage]:
    me = access.standing.user_id
    own = streams_for(access).filter(Q(kind=StreamKind.JOINT) | Q(member_a=me) | Q(member_b=me))
    newest = (
        Message.objects.filter(stream__in=own)
        .exclude(sender_type=SenderType.SYSTEM)
        .select_related("stream")
        .order_by("-created_at", "-seq")[:MOST_LINES]
    )
    for line in reversed(newest):
        author = room.names.get(line.sender_id, "") if line.sender_id else _("The AI mediator")
        words = open_content(access.dispute.pk, line.pk, line.content, line.content_sealed)
        yield Passage("message", line.pk, author, words, line.created_at, line.stream.kind != StreamKind.JOINT)


def proposal_text(resolution: Resolution) -> str:
    """What a proposal says, one sentence a line: summary, terms, reasoning."""
    terms = [str(term.get("text") or "") for term in resolution.terms]
    return "\n".join(line for line in (resolution.summary, *terms, resolution.reasoning) if line)


def _author(resolution: Resolution, room: Room) -> str:
    if resolution.mode == Mode.ARBITRATION and resolution.decided_by_id is not None:
        return room.names.get(resolution.decided_by_id, "")
    return _("The AI mediator") if resolution.model else ""
