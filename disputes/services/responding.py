"""Accepting, rejecting and countering a proposal."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.public import User
from disputes.enums import Decision, Outcome, ResolutionStatus
from disputes.errors import AlreadyAnsweredError, InvalidTermsError, WrongStateError
from disputes.events import DisputeClosed, ResolutionAccepted, ResolutionAnswered, RoundFailed
from disputes.models import Dispute, Participant, Resolution, ResolutionResponse
from disputes.selectors.access import access_dispute, access_resolution, active_parties
from disputes.selectors.case_file import TermData
from disputes.selectors.kept_clauses import kept_clauses
from disputes.selectors.terms import MAX_INSTALMENTS, check_terms, term_json
from disputes.services.contracts import request_contract
from disputes.services.moves import move_dispute, move_resolution
from disputes.services.records import write
from disputes.services.resolving import party_ids
from kernel.clock import local_date, now
from kernel.journal import Actor
from kernel.outbox import publish


@dataclass(frozen=True)
class Answer:
    """A party's answer; a counter carries whole terms, or only the number of equal instalments it wants."""

    decision: Decision
    comment: str = ""
    terms: tuple[TermData, ...] | None = None
    instalments: int | None = None


@transaction.atomic
def respond_to_resolution(*, acting_user: User, dispute_id: UUID, resolution_id: UUID, answer: Answer) -> Resolution:
    """Answer a proposal, once. All accepted: agreed. A rejection or counter: back to mediation.

    Raises NotFoundError, NotYoursToDoError, WrongStateError, AlreadyAnsweredError, InvalidTermsError.
    """
    access = access_dispute(acting_user, dispute_id, lock=True)
    resolution = access_resolution(access, resolution_id, lock=True)
    access = access_dispute(acting_user, dispute_id, "respond")
    dispute, participant = access.dispute, access.participant
    if resolution.status != ResolutionStatus.PROPOSED:
        raise WrongStateError(
            _("This proposal is %(status)s; it cannot be answered any more.")
            % {"status": resolution.get_status_display()},
            state=str(resolution.status),
            allowed_from=[str(ResolutionStatus.PROPOSED)],
        )
    if ResolutionResponse.objects.filter(resolution=resolution, participant=participant).exists():
        raise AlreadyAnsweredError(_("You have answered this proposal already."))
    _check_answer(dispute, resolution, answer)
    ResolutionResponse.objects.create(
        resolution=resolution,
        participant=participant,
        decision=answer.decision,
        comment=answer.comment,
        terms=[term_json(term) for term in answer.terms] if answer.terms is not None else None,
        instalments=answer.instalments,
    )
    write(
        dispute,
        "resolution.answered",
        Actor.user(acting_user.pk),
        subject=("resolution", resolution.pk),
        facts={"decision": str(answer.decision), "round": resolution.round},
    )
    publish(ResolutionAnswered(dispute.pk, resolution.pk, participant.pk, str(answer.decision)))
    if answer.decision == Decision.ACCEPT:
        _agree_if_complete(dispute, resolution)
    else:
        kept = [str(term_id) for term_id in kept_clauses(dispute)]
        move_resolution(resolution, "reject" if answer.decision == Decision.REJECT else "counter", kept_clause_ids=kept)
        move_dispute(dispute, "reopen", Actor.system("answers"), facts={"round": resolution.round})
        publish(RoundFailed(dispute.pk, resolution.pk))
    resolution.refresh_from_db()
    return resolution


def _check_answer(dispute: Dispute, resolution: Resolution, answer: Answer) -> None:
    has_content = answer.terms is not None or answer.instalments is not None
    if answer.decision != Decision.COUNTER:
        if has_content:
            raise InvalidTermsError(_("Only a counter-proposal carries terms."))
        return
    if not has_content and not answer.comment:
        raise InvalidTermsError(
            _("A counter-proposal carries `terms` (whole), `instalments`, or a comment that says what to change.")
        )
    if answer.terms is not None and answer.instalments is not None:
        raise InvalidTermsError(_("Send the terms whole, or the number of instalments alone, not both."))
    if answer.terms is not None:
        check_terms(answer.terms, party_ids=party_ids(dispute), today=local_date(now(), dispute.timezone))
    if answer.instalments is not None:
        if not 1 <= answer.instalments <= MAX_INSTALMENTS:
            raise InvalidTermsError(_("Between 1 and %(count)d instalments are possible.") % {"count": MAX_INSTALMENTS})
        if not any(term["kind"] == "payment" for term in resolution.terms):
            raise InvalidTermsError(_("This proposal contains no payment that could be split."))


def _agree_if_complete(dispute: Dispute, resolution: Resolution) -> None:
    accepted = set(
        ResolutionResponse.objects.filter(resolution=resolution, decision=Decision.ACCEPT).values_list(
            "participant_id", flat=True
        )
    )
    if not {party.pk for party in active_parties(dispute)} <= accepted:
        return
    move_resolution(resolution, "accept")
    move_dispute(dispute, "agree", Actor.system("answers"), facts={"round": resolution.round})
    publish(ResolutionAccepted(dispute.pk, resolution.pk))
    settle_outcome(dispute, resolution, Outcome.AGREED)


def settle_outcome(dispute: Dispute, resolution: Resolution, outcome: Outcome) -> None:
    """From agreed or decided onwards: a contract where one is required, else closed. Earlier wishes to end the case are settled too."""
    Participant.objects.filter(dispute=dispute, end_asked_at__isnull=False).update(end_asked_at=None, end_reason="")
    if dispute.requires_contract:
        move_dispute(dispute, "draw_up", Actor.system("contracts"), outcome=outcome)
        request_contract(dispute, resolution)
    else:
        move_dispute(dispute, "close", Actor.system("answers"), outcome=outcome)
        publish(DisputeClosed(dispute.pk))
