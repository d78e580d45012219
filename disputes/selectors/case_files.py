"""Building the case file of one dispute: the joint record, and beside it what parties let the mediator use."""

from collections.abc import Iterator
from typing import TypedDict, cast
from uuid import UUID

from disputes.enums import Protocol, ResolutionStatus, SenderType, Side, StreamKind
from disputes.models import Dispute, Evidence, Message, Participant, Resolution, ResolutionResponse, Truth
from disputes.selectors.access import active_parties
from disputes.selectors.case_file import (
    CaseFile,
    Party,
    PartyResponse,
    Permitted,
    Round,
    Source,
    TermData,
    Understanding,
)
from disputes.selectors.messages import open_content
from disputes.selectors.terms import read_term
from disputes.selectors.understandings import answered_understandings, shown_understanding
from kernel.clock import local_date, now
from kernel.crypto import KeyScope, open_text

MAX_MESSAGES = 2000
READABLE_SCANS = ("clean", "unscanned")
NO_PROPOSAL = (ResolutionStatus.DRAFTING, ResolutionStatus.RANKING, ResolutionStatus.FAILED)


def truth_content(truth: Truth) -> str:
    """The words of a statement. Callers have checked who reads them."""
    return open_text(
        bytes(truth.content_sealed),
        scope=KeyScope("dispute", truth.dispute_id),
        table="disputes_truth",
        row_id=truth.pk,
        column="content",
    )


def case_file(dispute_id: UUID, *, mode: str = "mediation") -> CaseFile:
    """What every party can read, for whoever drafts a resolution; and apart from it what parties gave the mediator to work with.

    Truths only once disclosed, evidence only if not withdrawn and readable by others, messages only of the joint room. In a mediation by
    the mediation protocol also `understandings` (confirmed or corrected) and `permitted` lines: they may shape a draft and never stand
    in it. For an arbitration, or an answer to one reader (`joint_case_file`), both are empty.
    """
    dispute = Dispute.objects.get(pk=dispute_id)
    parties = list(active_parties(dispute))
    present = now()
    rounds = tuple(_rounds(dispute))
    return CaseFile(
        dispute_id=dispute.pk,
        title=dispute.title,
        description=dispute.description,
        category=dispute.category,
        amount=dispute.money,
        locale=dispute.locale,
        timezone=dispute.timezone,
        filed_at=dispute.created_at,
        today=local_date(present, dispute.timezone),
        parties=tuple(shown_party(party) for party in parties),
        sources=tuple(joint_sources(dispute)),
        rounds=rounds,
        mode="arbitration" if mode == "arbitration" else "mediation",
        protocol="mediated" if dispute.protocol == Protocol.MEDIATED else "simple",
        kept_terms=_kept_terms(rounds),
        **_in_confidence(dispute, mode),
    )


def joint_case_file(dispute_id: UUID) -> CaseFile:
    """The joint record alone, for whoever answers one of its readers: nothing that a party told the mediator in confidence."""
    return case_file(dispute_id, mode="arbitration")


class _InConfidence(TypedDict, total=False):
    understandings: tuple[Understanding, ...]
    permitted: tuple[Permitted, ...]


def _in_confidence(dispute: Dispute, mode: str) -> _InConfidence:
    """What parties gave the mediator to work with; an award rests on what every party could read, so nothing of it."""
    if mode == "arbitration" or dispute.protocol != Protocol.MEDIATED:
        return {}
    return {
        "understandings": tuple(
            Understanding(cast(UUID, row.participant.user_id), *shown_understanding(row))
            for row in answered_understandings(dispute)
        ),
        "permitted": tuple(_permitted(dispute)),
    }


def _permitted(dispute: Dispute) -> Iterator[Permitted]:
    lines = (
        Message.objects.filter(
            stream__dispute=dispute,
            stream__kind=StreamKind.CAUCUS,
            permitted_at__isnull=False,
            sender_type=SenderType.USER,
        )
        .filter(sender_id__in=active_parties(dispute).values("user_id"))
        .order_by("created_at", "seq")[:MAX_MESSAGES]
    )
    for line in lines:
        text = open_content(dispute.pk, line.pk, line.content, line.content_sealed)
        yield Permitted(cast(UUID, line.sender_id), text, line.created_at)


def _kept_terms(rounds: tuple[Round, ...]) -> tuple[TermData, ...]:
    """Of the newest round that ended without an agreement."""
    for item in reversed(rounds):
        if item.status in ("rejected", "countered"):
            return tuple(term for term in item.terms if term.id in item.kept_clause_ids)
    return ()


def shown_party(participant: Participant) -> Party:
    if participant.user_id is None:
        raise ValueError("An active party is a user.")
    is_claimant = participant.side == Side.CLAIMANT
    return Party(
        participant.user_id, participant.full_name, "claimant" if is_claimant else "respondent", participant.locale
    )


def joint_sources(dispute: Dispute) -> Iterator[Source]:
    """Every text of the joint record, in the order it was made."""
    if dispute.disclosed_at is not None:
        for truth in Truth.objects.filter(dispute=dispute).select_related("participant").order_by("submitted_at", "id"):
            label = "addendum" if truth.is_addendum else "truth"
            yield Source("truth", truth.pk, truth.participant.user_id, truth_content(truth), truth.submitted_at, label)
        yield from _evidence_sources(dispute)
    messages = Message.objects.filter(
        stream__dispute=dispute, stream__kind=StreamKind.JOINT, sender_type=SenderType.USER
    ).order_by("-created_at")[:MAX_MESSAGES]
    for message in reversed(messages):
        yield Source("message", message.pk, message.sender_id, message.content, message.created_at, "message")


def _evidence_sources(dispute: Dispute) -> Iterator[Source]:
    evidence = (
        Evidence.objects.filter(dispute=dispute, withdrawn_at=None, file__scan_status__in=READABLE_SCANS)
        .select_related("participant", "file")
        .order_by("uploaded_at", "id")
    )
    for item in evidence:
        yield Source(
            "evidence", item.pk, item.participant.user_id, evidence_text(item), item.uploaded_at, item.file.file_name
        )


def evidence_text(evidence: Evidence) -> str:
    """What a citation of this evidence counts its offsets in: description, a line end, the extracted text."""
    return f"{evidence.description}\n{evidence.file.text_extract}"


def _rounds(dispute: Dispute) -> Iterator[Round]:
    ended = (
        Resolution.objects.filter(dispute=dispute)
        .exclude(status__in=NO_PROPOSAL)
        .prefetch_related("responses__participant")
        .order_by("round")
    )
    for resolution in ended:
        yield Round(
            number=resolution.round,
            status=resolution.status,
            terms=tuple(read_term(term) for term in resolution.terms),
            responses=tuple(_response(response) for response in resolution.responses.all()),
            kept_clause_ids=tuple(UUID(term_id) for term_id in resolution.kept_clause_ids),
        )


def _response(response: ResolutionResponse) -> PartyResponse:
    if response.participant.user_id is None:
        raise ValueError("An active party is a user.")
    return PartyResponse(
        user_id=response.participant.user_id,
        decision=response.decision,  # type: ignore[arg-type]  # the column's choices are these words
        comment=response.comment,
        terms=tuple(read_term(term) for term in response.terms) if response.terms is not None else None,
        instalments=response.instalments,
    )
