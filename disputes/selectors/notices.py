"""What may be said about a case to whom: for notifications, with the reader's eyes."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from disputes.enums import (
    ContractStatus,
    DisputeStatus,
    ParticipantStatus,
    ResolutionStatus,
    Side,
    UnderstandingStatus,
)
from disputes.models import (
    Assignment,
    Contract,
    DeadlineProposal,
    DeadlineReminder,
    Dispute,
    Invitation,
    Participant,
    Ranking,
    Resolution,
    ResolutionResponse,
    Understanding,
)
from disputes.selectors.access import active_parties
from esign.public import envelope_state
from kernel.clock import DbNow, now
from kernel.crypto import KeyScope, open_text
from kernel.links import make_token
from kernel.money import Money


@dataclass(frozen=True)
class InvitationNotice:
    email: str
    full_name: str
    locale: str
    timezone: str
    inviter_name: str
    title: str
    amount: Money | None
    side: str
    link: str
    expires_at: datetime


@dataclass(frozen=True)
class ReturnNotice:
    """The way back in for a party without a password."""

    user_id: UUID
    title: str
    link: str
    expires_at: datetime


@dataclass(frozen=True)
class ReminderBrief:
    """`awaited` is an `enums.Awaited`; `participant_id` is the invited person whom the reminder is for, or None."""

    id: UUID
    dispute_id: UUID
    awaited: str
    deadline: datetime
    days: int
    participant_id: UUID | None


@dataclass(frozen=True)
class PartyContact:
    participant_id: UUID
    user_id: UUID
    full_name: str
    email: str
    locale: str
    timezone: str
    side: str
    has_stated: bool
    has_consented: bool = False


@dataclass(frozen=True)
class DisputeBrief:
    id: UUID
    title: str
    status: str
    statement_deadline: datetime | None
    respond_by: datetime
    timezone: str
    link: str
    consent_deadline: datetime | None = None
    contract_id: UUID | None = None  # of the contract that waits for signatures
    human_due_at: datetime | None = None


@dataclass(frozen=True)
class ContractBrief:
    id: UUID
    dispute_id: UUID
    title: str
    status: str
    unsigned_user_ids: tuple[UUID, ...]
    file_id: UUID | None


@dataclass(frozen=True)
class ResolutionBrief:
    id: UUID
    dispute_id: UUID
    round: int
    status: str
    pending_user_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class DeadlineBrief:
    id: UUID
    dispute_id: UUID
    kind: str
    deadline: datetime
    status: str
    proposed_by_user_id: UUID | None
    proposed_by_participant_id: UUID | None = None


def invited_address(participant: Participant) -> str:
    """The address an invitation goes to; that of the account once the person has joined."""
    if participant.email_sealed is None:
        return participant.user.email if participant.user is not None else ""
    return open_text(
        bytes(participant.email_sealed),
        scope=KeyScope("dispute", participant.dispute_id),
        table="disputes_participant",
        row_id=participant.pk,
        column="email",
    )


def invitation_link(invitation: Invitation) -> str:
    """The link of an invitation, made again from its row."""
    return f"{settings.ACCORD_BASE_URL}/i/{make_token('invitation', invitation.pk, invitation.generation)}"


def invitation_notice(participant_id: UUID) -> InvitationNotice | None:
    """What the invitation mail says; None when the invitation is no longer open."""
    invitation = (
        Invitation.objects.select_related("participant__dispute", "invited_by")
        .filter(participant_id=participant_id, participant__status=ParticipantStatus.INVITED, used_at=None)
        .filter(participant__wrong_address_at=None)
        .first()
    )
    if invitation is None or invitation.participant.dispute.is_final:
        return None
    participant, dispute = invitation.participant, invitation.participant.dispute
    return InvitationNotice(
        email=invited_address(participant),
        full_name=participant.full_name,
        locale=participant.locale,
        timezone=dispute.timezone,
        inviter_name=invitation.invited_by.full_name,
        title=dispute.title,
        amount=dispute.money,
        side=participant.side,
        link=invitation_link(invitation),
        expires_at=invitation.expires_at,
    )


def party_contacts(dispute_id: UUID, *, only_active: bool = True) -> tuple[PartyContact, ...]:
    """The claimants and respondents who have an account: those who take part, or also those who left."""
    participants = Participant.objects.filter(dispute_id=dispute_id, user__isnull=False).exclude(side=Side.NEUTRAL)
    if only_active:
        participants = participants.filter(status=ParticipantStatus.JOINED)
    return tuple(
        PartyContact(
            participant.pk,
            participant.user.pk,
            participant.user.full_name,
            participant.user.email,
            participant.user.locale,
            participant.user.timezone,
            participant.side,
            participant.stated_at is not None,
            participant.arbitration_consent_at is not None,
        )
        for participant in participants.select_related("user").order_by("created_at", "id")
        if participant.user is not None
    )


def dispute_link(dispute_id: UUID) -> str:
    return f"{settings.ACCORD_BASE_URL}/disputes/{dispute_id}/"


def dispute_brief(dispute_id: UUID) -> DisputeBrief:
    """Raises Dispute.DoesNotExist."""
    dispute = Dispute.objects.get(pk=dispute_id)
    return DisputeBrief(
        dispute.pk,
        dispute.title,
        dispute.status,
        dispute.statement_deadline,
        dispute.respond_by,
        dispute.timezone,
        dispute_link(dispute.pk),
        dispute.consent_deadline,
        _contract_to_sign(dispute),
        dispute.human_due_at,
    )


def _contract_to_sign(dispute: Dispute) -> UUID | None:
    if dispute.status != DisputeStatus.SIGNING:
        return None
    signing = Contract.objects.filter(dispute=dispute, status=ContractStatus.SIGNING).order_by("-created_at")
    return signing.values_list("pk", flat=True).first()


def resolution_brief(resolution_id: UUID) -> ResolutionBrief:
    """Raises Resolution.DoesNotExist."""
    resolution = Resolution.objects.select_related("dispute").get(pk=resolution_id)
    acts = Ranking.objects if resolution.status == ResolutionStatus.RANKING else ResolutionResponse.objects
    answered = set(acts.filter(resolution=resolution).values_list("participant_id", flat=True))
    pending = tuple(
        party.user_id for party in active_parties(resolution.dispute) if party.pk not in answered and party.user_id
    )
    return ResolutionBrief(resolution.pk, resolution.dispute_id, resolution.round, resolution.status, pending)


def is_understanding_waiting(understanding_id: UUID) -> bool:
    """Whether a party's summary is there and still waits for that party; only that party is ever told of it."""
    row = Understanding.objects.filter(pk=understanding_id, status=UnderstandingStatus.PENDING).first()
    return row is not None and row.summary_sealed is not None and row.confirm_by > now()


def understanding_deadline(understanding_id: UUID) -> datetime | None:
    return Understanding.objects.filter(pk=understanding_id).values_list("confirm_by", flat=True).first()


def understood_user_id(understanding_id: UUID) -> UUID | None:
    """Whose summary it is."""
    return Understanding.objects.filter(pk=understanding_id).values_list("participant__user_id", flat=True).first()


def ranking_deadline(resolution_id: UUID) -> datetime | None:
    return Resolution.objects.filter(pk=resolution_id).values_list("rank_by", flat=True).first()


def contract_brief(contract_id: UUID) -> ContractBrief:
    """Raises Contract.DoesNotExist."""
    contract = Contract.objects.select_related("dispute").get(pk=contract_id)
    signed = signatures_of(contract)
    return ContractBrief(
        contract.pk,
        contract.dispute_id,
        contract.dispute.title,
        contract.status,
        tuple(
            party.user_id for party in active_parties(contract.dispute) if party.user_id and party.user_id not in signed
        ),
        contract.file_id,
    )


def signatures_of(contract: Contract) -> dict[UUID, datetime]:
    """Who has signed the contract, and when."""
    if contract.envelope_id is None:
        return {}
    return {
        signer.user_id: signer.signed_at
        for signer in envelope_state(contract.envelope_id).signers
        if signer.user_id is not None and signer.signed_at is not None
    }


def deadline_brief(proposal_id: UUID) -> DeadlineBrief:
    """Raises DeadlineProposal.DoesNotExist."""
    proposal = DeadlineProposal.objects.select_related("proposed_by").get(pk=proposal_id)
    return DeadlineBrief(
        proposal.pk,
        proposal.dispute_id,
        proposal.kind,
        proposal.deadline,
        proposal.status,
        proposal.proposed_by.user_id,
        proposal.proposed_by_id,
    )


def reminder_brief(reminder_id: UUID) -> ReminderBrief:
    """Raises DeadlineReminder.DoesNotExist."""
    reminder = DeadlineReminder.objects.select_related("invitation").get(pk=reminder_id)
    return ReminderBrief(
        reminder.pk,
        reminder.dispute_id,
        reminder.awaited,
        reminder.deadline,
        reminder.days,
        reminder.invitation.participant_id if reminder.invitation is not None else None,
    )


def invited_participants(dispute_id: UUID) -> tuple[UUID, ...]:
    """Who is invited and has not answered."""
    return tuple(
        Participant.objects.filter(
            dispute_id=dispute_id, status=ParticipantStatus.INVITED, wrong_address_at=None
        ).values_list("pk", flat=True)
    )


def participant_name(participant_id: UUID) -> str:
    """The name by which a participant stands in the case; empty when none was given."""
    return Participant.objects.filter(pk=participant_id).values_list("full_name", flat=True).first() or ""


def return_notice(participant_id: UUID) -> ReturnNotice | None:
    """What the mail with a return link says; None when the link was used or has expired."""
    invitation = (
        Invitation.objects.select_related("participant__dispute")
        .filter(
            participant_id=participant_id,
            participant__status=ParticipantStatus.JOINED,
            used_at=None,
            expires_at__gt=DbNow(),
        )
        .first()
    )
    if invitation is None or invitation.participant.user_id is None:
        return None
    return ReturnNotice(
        invitation.participant.user_id,
        invitation.participant.dispute.title,
        invitation_link(invitation),
        invitation.expires_at,
    )


def assigned_lawyer_ids(dispute_id: UUID) -> tuple[UUID, ...]:
    """The lawyers who work the case now."""
    return tuple(
        Assignment.objects.filter(dispute_id=dispute_id, ended_at=None)
        .order_by("created_at")
        .values_list("lawyer_id", flat=True)
    )
