"""The deadline that runs now, and the wish for another one: what a page and the API may say of them to one reader."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from disputes.enums import Awaited, ContractStatus, DeadlineKind, DisputeStatus, ProposalStatus
from disputes.models import Contract, DeadlineProposal, Dispute, Participant
from disputes.rules import Standing, can_act, is_open_for
from disputes.selectors.access import CaseAccess
from esign.public import Envelope
from kernel.clock import DbNow, now

S = DisputeStatus


@dataclass(frozen=True)
class Running:
    """A deadline and what it waits for."""

    awaited: Awaited
    at: datetime


@dataclass(frozen=True)
class Wish:
    """Another date that somebody asked for."""

    at: datetime
    who: str
    is_mine: bool
    is_open: bool
    may_answer: bool
    waits_for_others: bool
    reason: str
    refused_by: str
    refusal: str


@dataclass(frozen=True)
class DeadlinePanel:
    """What the case's page says about its deadline. `label` and `consequence` are in words."""

    dispute: Dispute
    label: str
    at: datetime
    consequence: str
    is_mine_to_meet: bool
    may_propose: bool
    wish: Wish | None


def running_deadline(dispute: Dispute) -> Running | None:
    """The deadline of the case's present state, or None."""
    if dispute.status == S.INVITE_SENT:
        return Running(Awaited.ANSWER, dispute.respond_by)
    if dispute.status == S.STATING and dispute.statement_deadline is not None:
        return Running(Awaited.STATEMENT, dispute.statement_deadline)
    if dispute.status == S.MEDIATING and dispute.consent_deadline is not None:
        return Running(Awaited.CONSENT, dispute.consent_deadline)
    if dispute.status == S.SIGNING:
        return _signing_deadline(dispute)
    return None


def _signing_deadline(dispute: Dispute) -> Running | None:
    contract = Contract.objects.filter(dispute=dispute, status=ContractStatus.SIGNING).order_by("-created_at").first()
    if contract is None or contract.envelope_id is None:
        return None
    envelope = Envelope.objects.filter(pk=contract.envelope_id).first()
    return Running(Awaited.SIGNATURE, envelope.expires_at) if envelope is not None else None


def kind_of_running(dispute: Dispute) -> DeadlineKind:
    """Which deadline another date would be for."""
    return DeadlineKind.RESPOND if dispute.status == S.INVITE_SENT else DeadlineKind.STATEMENT


def is_still_meant(dispute: Dispute, proposal: DeadlineProposal, present: datetime | None = None) -> bool:
    """Whether a wish concerns the deadline that runs now and its date still lies ahead."""
    return (
        proposal.kind == kind_of_running(dispute)
        and proposal.deadline > (present or now())
        and is_open_for(dispute, "accept_deadline")
    )


def may_answer_wish(dispute: Dispute, standing: Standing) -> bool:
    """Whether somebody else's wish waits for this party. `dispute.open_proposals`, when prefetched, saves the statements."""
    if standing.participant is None or not is_open_for(dispute, "accept_deadline"):
        return False
    if not hasattr(dispute, "open_proposals"):
        dispute.open_proposals = list(open_proposals().filter(dispute=dispute))  # type: ignore[attr-defined]  # as a prefetch
    own, proposals = standing.participant.pk, dispute.open_proposals  # type: ignore[attr-defined]
    return any(
        proposal.proposed_by_id != own
        and proposal.kind == kind_of_running(dispute)
        and own not in {party.pk for party in proposal.accepted_by.all()}
        for proposal in proposals
    )


def open_proposals() -> QuerySet[DeadlineProposal]:
    """Wishes that wait for an answer and whose date still lies ahead, with who accepted already."""
    return DeadlineProposal.objects.filter(status=ProposalStatus.OPEN, deadline__gt=DbNow()).prefetch_related(
        "accepted_by"
    )


def own_wish(participant: Participant) -> DeadlineProposal | None:
    """The newest wish of one participant, open or answered; None when there is none or another one took its place."""
    return (
        DeadlineProposal.objects.filter(proposed_by=participant)
        .exclude(status=ProposalStatus.SUPERSEDED)
        .order_by("-created_at", "-id")
        .first()
    )


def deadline_panel(access: CaseAccess) -> DeadlinePanel | None:
    """The case's running deadline for this reader; None when none runs."""
    dispute, standing = access.dispute, access.standing
    running = running_deadline(dispute)
    if running is None:
        return None
    may_propose = can_act(standing, "propose_deadline") and is_open_for(dispute, "propose_deadline")
    return DeadlinePanel(
        dispute=dispute,
        label=_label(running.awaited),
        at=running.at,
        consequence=_consequence(running.awaited),
        is_mine_to_meet=_is_awaited(running.awaited, standing),
        may_propose=may_propose,
        wish=_wish(access),
    )


def _is_awaited(awaited: Awaited, standing: Standing) -> bool:
    own = standing.participant
    if own is None:
        return False
    if awaited == Awaited.STATEMENT:
        return own.stated_at is None
    return awaited == Awaited.CONSENT and own.arbitration_consent_at is None


def _wish(access: CaseAccess) -> Wish | None:
    """The newest wish about the running deadline that is open, or was refused and nothing followed."""
    proposal = (
        DeadlineProposal.objects.filter(dispute=access.dispute)
        .exclude(status=ProposalStatus.SUPERSEDED)
        .select_related("proposed_by", "refused_by")
        .prefetch_related("accepted_by")
        .order_by("-created_at", "-id")
        .first()
    )
    if proposal is None or proposal.status == ProposalStatus.ACCEPTED or not is_still_meant(access.dispute, proposal):
        return None
    own = access.standing.participant
    is_mine = own is not None and proposal.proposed_by_id == own.pk
    has_accepted = own is not None and own.pk in {party.pk for party in proposal.accepted_by.all()}
    is_open = proposal.status == ProposalStatus.OPEN
    return Wish(
        at=proposal.deadline,
        who=proposal.proposed_by.full_name or _("the invited person"),
        is_mine=is_mine,
        is_open=is_open,
        may_answer=is_open and not is_mine and not has_accepted and can_act(access.standing, "accept_deadline"),
        waits_for_others=is_open and (is_mine or has_accepted),
        reason=proposal.reason,
        refused_by=proposal.refused_by.full_name if proposal.refused_by is not None else "",
        refusal=proposal.refusal,
    )


def _label(awaited: Awaited) -> str:
    return {
        Awaited.ANSWER: _("Answer to the invitation until"),
        Awaited.STATEMENT: _("Statements until"),
        Awaited.CONSENT: _("Consent to arbitration until"),
        Awaited.SIGNATURE: _("Signatures until"),
    }[awaited]


def _consequence(awaited: Awaited) -> str:
    return {
        Awaited.ANSWER: _(
            "Who has not answered by then is no longer waited for. With a respondent who has joined the case begins; without one "
            "it closes unanswered. Nothing is decided about anybody."
        ),
        Awaited.STATEMENT: _(
            "Then the statements that are there open to everybody and mediation begins; a missing one may still come until the "
            "first proposal. Nobody loses by silence. If nobody has stated, the case closes unanswered."
        ),
        Awaited.CONSENT: _(
            "Without everybody's consent the case then closes without an agreement. Nothing is decided about anybody."
        ),
        Awaited.SIGNATURE: _("A contract that not everybody has signed by then has no effect, and mediation goes on."),
    }[awaited]
