"""How rows look in the API, for one reader."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from accounts.public import Role, User
from disputes.enums import (
    ContractStatus,
    Decision,
    DisputeStatus,
    ParticipantStatus,
    ResolutionStatus,
    Side,
    UnderstandingDecision,
    UnderstandingStatus,
)
from disputes.models import (
    Assignment,
    Contract,
    ContractHold,
    DeadlineProposal,
    Dispute,
    Evidence,
    Invitation,
    Message,
    Participant,
    Resolution,
    Truth,
    Understanding,
)
from disputes.rules import Standing, can_act, can_read_holds, can_read_review, is_open_for, may_state_now
from disputes.selectors.access import CaseAccess, streams_for
from disputes.selectors.award_drafts import AwardDraftShown
from disputes.selectors.bidding import may_bid
from disputes.selectors.candidates import candidate_shape, in_readers_order, may_rank, own_ranking, rule_text
from disputes.selectors.case_files import truth_content
from disputes.selectors.deadlines import may_answer_wish, own_wish
from disputes.selectors.messages import line_shape
from disputes.selectors.notices import signatures_of
from disputes.selectors.replies import truth_answer
from disputes.selectors.terms import term_json
from disputes.selectors.understandings import effective_status, may_answer_understanding, shown_understanding
from disputes.transitions import ACTS, ADMIN, MOVES, SYSTEM
from kernel.errors import NotFoundError
from kernel.models import JournalEntry

# What a caller can ask for by a path of its own; the other arrows follow from these.
ASKED_FOR = (
    *(move.action for move in MOVES if move.by != frozenset({SYSTEM}) and not move.through),
    *ACTS,
)
OF_RESOLUTIONS = ("respond", "rank")
OF_WISHES = ("accept_deadline", "refuse_deadline")
OF_CONTRACTS = ("sign_contract", "decline_contract", "review_contract")


def allowed_actions(dispute: Dispute, standing: Standing) -> list[str]:
    """What the caller may ask for now, by the table."""
    return sorted(
        action
        for action in ASKED_FOR
        if can_act(standing, action) and is_open_for(dispute, action) and not _is_held_back(dispute, standing, action)
    )


def _is_held_back(dispute: Dispute, standing: Standing, action: str) -> bool:
    """Guards that are cheap to tell beforehand."""
    if action == "submit_truth":
        return not may_state_now(dispute, standing)
    if action in OF_WISHES:
        return not may_answer_wish(dispute, standing)
    if action == "answer_understanding":
        return not may_answer_understanding(dispute, standing)
    if action == "bid":
        return not may_bid(dispute, standing)
    if action == "lift_hold":
        return True  # offered by the contract that is held
    return action in OF_RESOLUTIONS or (
        action in OF_CONTRACTS and standing.participant is None and action != "review_contract"
    )


def dispute_shape(
    dispute: Dispute, participants: list[Participant], neutrals: Iterable[Assignment], standing: Standing
) -> dict[str, Any]:
    return {
        "id": dispute.pk,
        "title": dispute.title,
        "description": dispute.description,
        "category": dispute.category,
        "amount": dispute.money.as_json() if dispute.money else None,
        "requires_contract": dispute.requires_contract,
        "protocol": dispute.protocol,
        "locale": dispute.locale,
        "timezone": dispute.timezone,
        "status": dispute.status,
        "outcome": dispute.outcome or None,
        "respond_by": dispute.respond_by,
        "statement_deadline": dispute.statement_deadline,
        "consent_deadline": dispute.consent_deadline,
        "is_escalated": dispute.escalated_at is not None,
        "human_due_at": dispute.human_due_at,
        "participants": [
            *(participant_shape(participant, standing.user_id) for participant in participants),
            *(neutral_shape(assignment, standing.user_id) for assignment in neutrals),
        ],
        "created_at": dispute.created_at,
        "updated_at": dispute.updated_at,
        "allowed_actions": allowed_actions(dispute, standing),
    }


def participant_shape(participant: Participant, user_id: UUID | None) -> dict[str, Any]:
    return {
        "id": participant.pk,
        "user_id": participant.user_id,
        "full_name": participant.full_name,
        "side": participant.side,
        "part": None,
        "status": participant.status,
        "has_stated": participant.stated_at is not None,
        "has_asked_to_end": participant.end_asked_at is not None,
        "is_address_wrong": participant.wrong_address_at is not None,
        "is_me": participant.user_id is not None and participant.user_id == user_id,
    }


def neutral_shape(assignment: Assignment, user_id: UUID | None) -> dict[str, Any]:
    """A mediator or arbitrator among the participants."""
    return {
        "id": assignment.pk,
        "user_id": assignment.lawyer_id,
        "full_name": assignment.lawyer.full_name,
        "side": Side.NEUTRAL,
        "part": assignment.part,
        "status": ParticipantStatus.JOINED,
        "has_stated": False,
        "has_asked_to_end": False,
        "is_address_wrong": False,
        "is_me": assignment.lawyer_id == user_id,
    }


def brief_shape(dispute: Dispute) -> dict[str, Any]:
    """For somebody who has just left it: nothing is left to do."""
    return {"id": dispute.pk, "title": dispute.title, "status": dispute.status, "allowed_actions": []}


def invitation_shape(invitation: Invitation) -> dict[str, Any]:
    dispute = invitation.participant.dispute
    return {
        "title": dispute.title,
        "description": dispute.description,
        "category": dispute.category,
        "amount": dispute.money.as_json() if dispute.money else None,
        "locale": invitation.participant.locale,
        "invited_by": invitation.invited_by.full_name,
        "full_name": invitation.participant.full_name,
        "side": invitation.participant.side,
        "expires_at": invitation.expires_at,
        "ai_mediation": True,
        "can_ask_more_time": dispute.status == DisputeStatus.INVITE_SENT,
        "more_time": wish_shape(wish) if (wish := own_wish(invitation.participant)) is not None else None,
    }


def assignment_shape(assignment: Assignment) -> dict[str, Any]:
    return {
        "id": assignment.pk,
        "lawyer_id": assignment.lawyer_id,
        "full_name": assignment.lawyer.full_name,
        "part": assignment.part,
        "created_at": assignment.created_at,
    }


def deadline_shape(proposal: DeadlineProposal) -> dict[str, Any]:
    return {
        "id": proposal.pk,
        "kind": proposal.kind,
        "date": proposal.deadline,
        "status": proposal.status,
        "proposed_by": proposal.proposed_by.user_id,
        "reason": proposal.reason,
        "refusal": proposal.refusal,
    }


def wish_shape(proposal: DeadlineProposal) -> dict[str, Any]:
    """What an invited person sees of the own wish for more time."""
    return {
        "date": proposal.deadline,
        "status": proposal.status,
        "reason": proposal.reason,
        "refusal": proposal.refusal,
    }


def truth_shape(truth: Truth) -> dict[str, Any]:
    return {
        "id": truth.pk,
        "participant_id": truth.participant_id,
        "user_id": truth.participant.user_id,
        "content": truth_content(truth),
        "is_addendum": truth.is_addendum,
        "late": truth.is_late,
        "submitted_at": truth.submitted_at,
        **_answer_of(truth),
    }


def _answer_of(truth: Truth) -> dict[str, Any]:
    """Stance and amount of who answered at the door; null for every other statement."""
    answer = truth_answer(truth)
    if answer is None:
        return {"stance": None, "amount": None}
    return {"stance": answer.stance, "amount": answer.amount.as_json() if answer.amount is not None else None}


def evidence_shape(evidence: Evidence) -> dict[str, Any]:
    return {
        "id": evidence.pk,
        "participant_id": evidence.participant_id,
        "uploaded_by": evidence.participant.user_id,
        "file_name": evidence.file.file_name,
        "file_type": evidence.file.media_type,
        "file_size": evidence.file.size,
        "sha256": evidence.file.sha256,
        "scan_status": evidence.file.scan_status,
        "description": evidence.description,
        "uploaded_at": evidence.uploaded_at,
        "withdrawn_at": evidence.withdrawn_at,
    }


def resolution_shape(resolution: Resolution, access: CaseAccess) -> dict[str, Any]:
    responses = sorted(resolution.responses.all(), key=lambda response: response.created_at)
    ranked = own_ranking(resolution.rankings.all(), access.standing, access.dispute.pk)
    shown = {
        "id": resolution.pk,
        "round": resolution.round,
        "mode": resolution.mode,
        "status": resolution.status,
        "summary": resolution.summary,
        "agreed_facts": resolution.agreed_facts,
        "disputed_facts": resolution.disputed_facts,
        "terms": resolution.terms,
        "reasoning": resolution.reasoning,
        "citations": resolution.citations,
        "candidates": [
            candidate_shape(candidate)
            for candidate in in_readers_order(resolution.candidates.all(), resolution.pk, access.standing.user_id)
        ],
        "rank_by": resolution.rank_by,
        "my_ranking": ranked,
        "rule": rule_text(resolution),
        "kept_clause_ids": resolution.kept_clause_ids,
        "responses": [
            {
                "user_id": response.participant.user_id,
                "decision": response.decision,
                "comment": response.comment,
                "terms": response.terms,
                "instalments": response.instalments,
                "created_at": response.created_at,
            }
            for response in responses
        ],
        "model": resolution.model,
        "prompt_version": resolution.prompt_version,
        "created_at": resolution.created_at,
        "progress": 10 if resolution.status == ResolutionStatus.DRAFTING else 100,
        "allowed_actions": [],
    }
    own = access.standing.participant
    may_answer = (
        own is not None
        and resolution.status == ResolutionStatus.PROPOSED
        and is_open_for(access.dispute, "respond")
        and not any(response.participant_id == own.pk for response in responses)
    )
    if may_answer:
        shown["allowed_actions"] = [str(decision) for decision in Decision]
    if is_open_for(access.dispute, "rank") and may_rank(resolution, access.standing, ranked):
        shown["allowed_actions"] = ["rank"]
    return shown


def understanding_shape(row: Understanding, access: CaseAccess) -> dict[str, Any]:
    """A party's own summary. Callers have checked whose it is."""
    summary, correction = shown_understanding(row)
    status = effective_status(row)
    is_open = status == UnderstandingStatus.PENDING and is_open_for(access.dispute, "answer_understanding")
    answers = (
        [UnderstandingDecision.CONFIRM, UnderstandingDecision.CORRECT] if summary else [UnderstandingDecision.CORRECT]
    )
    return {
        "status": status,
        "summary": summary,
        "confirm_by": row.confirm_by,
        "correction": correction,
        "allowed_actions": [str(answer) for answer in answers] if is_open else [],
    }


def contract_shape(contract: Contract, access: CaseAccess) -> dict[str, Any]:
    signed = signatures_of(contract)
    holds = list(contract.holds.order_by("created_at", "id")) if can_read_holds(access.standing) else []
    return {
        "id": contract.pk,
        "status": contract.status,
        "contract_text": contract.text,
        "document_id": contract.document_id,
        "file_url": _contract_file_url(contract),
        "checksum": contract.checksum or None,
        "signatures": [
            {"signer_id": user_id, "signed_at": signed_at}
            for user_id, signed_at in sorted(signed.items(), key=lambda item: item[1])
        ],
        "fully_executed": contract.status == ContractStatus.EXECUTED,
        "review_comment": contract.review_comment if can_read_review(access.standing, contract) else "",
        "holds": [hold_shape(hold) for hold in holds],
        "progress": _contract_progress(contract),
        "allowed_actions": _contract_actions(contract, access, set(signed), holds),
    }


def _contract_actions(
    contract: Contract, access: CaseAccess, signed: set[UUID], holds: list[ContractHold]
) -> list[str]:
    standing = access.standing
    if contract.status == ContractStatus.SIGNING and standing.is_party and standing.user_id not in signed:
        return ["decline", "sign"]
    if contract.status == ContractStatus.REVIEW and can_act(standing, "review_contract"):
        return ["lift_hold", "review"] if any(hold.lifted_at is None for hold in holds) else ["review"]
    return []


def hold_shape(hold: ContractHold) -> dict[str, Any]:
    return {
        "id": hold.pk,
        "rule": hold.rule,
        "severity": hold.severity,
        "quote": hold.quote,
        "suggestion": hold.suggestion,
        "lifted_at": hold.lifted_at,
        "lifted_by": hold.lifted_by_id,
        "lift_reason": hold.lift_reason,
    }


def _contract_progress(contract: Contract) -> int:
    if contract.is_awaiting_check:
        return 80
    return 10 if contract.status == ContractStatus.DRAFTING else 100


def _contract_file_url(contract: Contract) -> str | None:
    if contract.file_id is None:
        return None
    return settings.ACCORD_BASE_URL + reverse("disputes:contract-file", args=[contract.dispute_id])


def timeline_shape(entry: JournalEntry) -> dict[str, Any]:
    return {
        "id": entry.pk,
        "verb": entry.verb,
        "actor_type": entry.actor_kind,
        "actor_id": entry.actor_id,
        "subject_type": entry.subject_kind,
        "subject_id": entry.subject_id,
        "facts": entry.facts,
        "created_at": entry.created_at,
    }


def listed_standing(user: User, participants: list[Participant], parts: list[str]) -> Standing:
    """The caller's standing from rows that a list has loaded already; the same as `rules.standing_in` says."""
    own = next(
        (item for item in participants if item.user_id == user.pk and item.status == ParticipantStatus.JOINED), None
    )
    held = {str(part) for part in parts} if user.role == Role.LAWYER else set()
    if own is not None and own.side != Side.NEUTRAL:
        held.add(str(own.side))
    if user.role == Role.ADMIN:
        held.add(ADMIN)
    return Standing(user.pk, frozenset(held), own)


def message_again(access: CaseAccess, message_id: UUID) -> dict[str, Any]:
    """A line the caller has posted before, for a repeated request. Raises NotFoundError."""
    row = (
        Message.objects.select_related("stream")
        .filter(pk=message_id, stream__in=streams_for(access), sender_id=access.standing.user_id)
        .first()
    )
    if row is None:
        raise NotFoundError
    return line_shape(access.dispute.pk, row)


def shown_participants(participants: list[Participant]) -> list[Participant]:
    """Parties first, in the order they came; people who were removed are not shown."""
    order = {Side.CLAIMANT: 0, Side.RESPONDENT: 1, Side.NEUTRAL: 2}
    kept = [item for item in participants if item.status != ParticipantStatus.REMOVED]
    return sorted(kept, key=lambda item: (order[Side(item.side)], item.created_at, item.pk))


def award_draft_shape(draft: AwardDraftShown) -> dict[str, Any]:
    """For the arbitrator who asked for it. Callers have checked that."""
    return {
        "id": draft.id,
        "status": draft.status,
        "summary": draft.summary,
        "agreed_facts": draft.agreed_facts,
        "disputed_facts": draft.disputed_facts,
        "terms": [term_json(term) for term in draft.terms],
        "reasoning": draft.reasoning,
        "citations": draft.citations,
        "model": draft.model,
        "prompt_version": draft.prompt_version,
        "created_at": draft.created_at,
    }
