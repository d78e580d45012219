"""The proposal of a case as people read it: who pays whom what until when, what it rests on, who has answered what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from disputes.enums import DisputeStatus, Mode, ResolutionStatus
from disputes.models import Message, Resolution, ResolutionResponse
from disputes.selectors.access import evidence_for, streams_for, truths_for
from disputes.selectors.candidates import rule_text
from disputes.selectors.case_file import TermData
from disputes.selectors.case_files import evidence_text, truth_content
from disputes.selectors.case_page import Room
from disputes.selectors.messages import open_content
from disputes.selectors.terms import read_term
from disputes.selectors.working_time import working_time_in_words
from kernel.clock import now
from kernel.errors import NotFoundError
from kernel.money import Money


@dataclass(frozen=True)
class Part:
    """One instalment."""

    amount: Money
    due: date


@dataclass(frozen=True)
class TermLine:
    """One term in the reader's words; `concerns_me` says whether the reader pays, is paid, or neither."""

    id: UUID
    kind: str
    debtor: str
    creditor: str
    amount: Money | None
    due: date | None
    condition: str
    text: str
    parts: tuple[Part, ...]
    concerns_me: str


@dataclass(frozen=True)
class AnswerLine:
    name: str
    is_me: bool
    decision: str
    label: str
    comment: str
    terms: tuple[TermLine, ...]
    instalments: int | None
    at: datetime


@dataclass(frozen=True)
class SourceLine:
    """What one claim rests on; `number` counts the resolution's citations from 1."""

    number: int
    claim: str
    quote: str
    kind: str


@dataclass(frozen=True)
class RoundLine:
    """One round as it is read."""

    id: UUID
    number: int
    is_award: bool
    status: str
    label: str
    summary: str
    terms: tuple[TermLine, ...]
    agreed_facts: tuple[str, ...]
    disputed_facts: tuple[str, ...]
    reasoning: str
    sources: tuple[SourceLine, ...]
    answers: tuple[AnswerLine, ...]
    unanswered: tuple[str, ...]
    drafted_by: str
    has_payment: bool
    rule: str
    at: datetime


@dataclass(frozen=True)
class Settlement:
    """The proposal's part of the page: the newest round, the earlier ones, and what may be done about them."""

    current: RoundLine | None
    earlier: tuple[RoundLine, ...]
    is_drafting: bool
    has_failed: bool
    may_answer: bool
    has_answered: bool
    may_ask: bool
    may_escalate: bool
    is_escalated: bool
    human_by: datetime | None
    is_human_late: bool
    human_hours: str
    may_consent: bool
    has_consented: bool
    everybody_consented: bool
    consented: tuple[str, ...]
    may_ask_to_end: bool
    has_asked_to_end: bool
    asked_to_end: tuple[str, ...]
    may_end: bool
    may_withdraw: bool
    rounds_left: int
    rounds_used: int


def settlement(room: Room) -> Settlement:
    """What the proposal's part shows to this reader."""
    shown = [_round(room, item) for item in room.shown_rounds]
    newest = room.resolutions[0] if room.resolutions else None
    own = room.own
    is_mediating = room.dispute.status == DisputeStatus.MEDIATING
    return Settlement(
        current=shown[0] if shown else None,
        earlier=tuple(shown[1:]),
        is_drafting=room.drafting is not None and room.drafting.mode == Mode.MEDIATION,
        has_failed=newest is not None and newest.status == ResolutionStatus.FAILED and is_mediating,
        may_answer=room.may_answer,
        has_answered=room.has_answered,
        may_ask=room.may("resolve") and is_mediating and room.drafting is None,
        may_escalate=room.may("escalate") and room.dispute.escalated_at is None,
        is_escalated=room.dispute.escalated_at is not None and not room.dispute.is_final,
        human_by=room.dispute.human_due_at,
        is_human_late=room.dispute.human_due_at is not None and room.dispute.human_due_at <= now(),
        human_hours=working_time_in_words(),
        may_consent=room.may("consent_to_arbitration"),
        has_consented=own is not None and own.arbitration_consent_at is not None,
        everybody_consented=bool(room.active) and all(item.arbitration_consent_at for item in room.active),
        consented=tuple(room.name_of(item) for item in room.active if item.arbitration_consent_at),
        may_ask_to_end=room.may("ask_to_end"),
        has_asked_to_end=own is not None and own.end_asked_at is not None,
        asked_to_end=tuple(room.name_of(item) for item in room.active if item.end_asked_at),
        may_end=room.may("end"),
        may_withdraw=room.may("withdraw"),
        rounds_left=max(0, settings.DISPUTES_MAX_ROUNDS - room.failed_rounds),
        rounds_used=room.failed_rounds,
    )


def _round(room: Room, resolution: Resolution) -> RoundLine:
    terms = [read_term(term) for term in resolution.terms]
    given = sorted(resolution.responses.all(), key=lambda response: response.created_at)
    answered = {response.participant_id for response in given}
    is_open = resolution.status == ResolutionStatus.PROPOSED
    return RoundLine(
        id=resolution.pk,
        number=resolution.round,
        is_award=resolution.mode == Mode.ARBITRATION,
        status=resolution.status,
        label=str(resolution.get_status_display()),
        summary=resolution.summary,
        terms=tuple(term_lines(room, terms)),
        agreed_facts=tuple(resolution.agreed_facts),
        disputed_facts=tuple(resolution.disputed_facts),
        reasoning=resolution.reasoning,
        sources=tuple(source_lines(resolution.citations)),
        answers=tuple(_answer(room, response) for response in given),
        unanswered=tuple(room.name_of(item) for item in room.active if is_open and item.pk not in answered),
        drafted_by=resolution.model,
        has_payment=any(term.kind == "payment" for term in terms),
        rule=rule_text(resolution),
        at=resolution.proposed_at or resolution.created_at,
    )


def term_lines(room: Room, terms: Iterable[TermData]) -> list[TermLine]:
    """Terms with names for ids."""
    return [
        TermLine(
            id=term.id,
            kind=term.kind,
            debtor=_name(room, term.debtor_id),
            creditor=_name(room, term.creditor_id),
            amount=term.amount,
            due=term.due_date,
            condition=term.condition,
            text=term.text,
            parts=tuple(Part(part.amount, part.due_date) for part in term.instalments),
            concerns_me=_concern(room, term),
        )
        for term in terms
    ]


def _name(room: Room, user_id: UUID | None) -> str:
    if user_id is None:
        return ""
    return room.names.get(user_id) or _("a former party")


def _concern(room: Room, term: TermData) -> str:
    if room.me is None or not room.standing.is_party:
        return ""
    return "debtor" if term.debtor_id == room.me else "creditor" if term.creditor_id == room.me else ""


def _answer(room: Room, response: ResolutionResponse) -> AnswerLine:
    countered = [read_term(term) for term in response.terms] if response.terms is not None else []
    return AnswerLine(
        name=response.participant.full_name,
        is_me=response.participant.user_id == room.me,
        decision=response.decision,
        label=str(response.get_decision_display()),
        comment=response.comment,
        terms=tuple(term_lines(room, countered)),
        instalments=response.instalments,
        at=response.created_at,
    )


def source_lines(citations: Iterable[Mapping[str, Any]]) -> Iterable[SourceLine]:
    for number, citation in enumerate(citations, start=1):
        yield SourceLine(number, citation["claim"], citation["quote"], citation["source"])


@dataclass(frozen=True)
class Quoted:
    """A quoted passage in its source: `before` + `quote` + `after` is the whole text."""

    claim: str
    kind: str
    author: str
    at: datetime
    before: str
    quote: str
    after: str
    evidence_id: UUID | None = None


def quoted_source(room: Room, resolution: Resolution, number: int) -> Quoted:
    """The text that citation `number` of a resolution rests on. Raises NotFoundError for what the reader may not see."""
    if not 1 <= number <= len(resolution.citations) or resolution.status in ("drafting", "failed"):
        raise NotFoundError
    citation = resolution.citations[number - 1]
    author, text, at, evidence_id = _source_text(room, citation["source"], UUID(str(citation["source_id"])))
    start, end = int(citation["start"]), int(citation["end"])
    return Quoted(
        claim=citation["claim"],
        kind=citation["source"],
        author=author,
        at=at,
        before=text[:start],
        quote=text[start:end],
        after=text[end:],
        evidence_id=evidence_id,
    )


def _source_text(room: Room, kind: str, source_id: UUID) -> tuple[str, str, datetime, UUID | None]:
    if kind == "truth":
        truth = truths_for(room.access).filter(pk=source_id).first()
        if truth is not None:
            return truth.participant.full_name, truth_content(truth), truth.submitted_at, None
    elif kind == "evidence":
        evidence = evidence_for(room.access).filter(pk=source_id).first()
        if evidence is not None and evidence.file.is_readable:
            return evidence.participant.full_name, evidence_text(evidence), evidence.uploaded_at, evidence.pk
    elif kind == "message":
        message = Message.objects.filter(pk=source_id, stream__in=streams_for(room.access)).first()
        if message is not None:
            text = open_content(room.dispute.pk, message.pk, message.content, message.content_sealed)
            return _name(room, message.sender_id), text, message.created_at, None
    raise NotFoundError
