"""The list of one's disputes: where each stands, what waits for the reader, until when. The same number of statements for 1 and 20."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.public import User
from disputes.enums import (
    FINAL_STATUSES,
    ContractStatus,
    DisputeStatus,
    ParticipantStatus,
    ResolutionStatus,
    Side,
)
from disputes.models import Contract, Dispute, Participant, ResolutionResponse
from disputes.rules import Standing
from disputes.selectors.access import visible_to
from disputes.selectors.case_page import STATE
from disputes.selectors.deadlines import may_answer_wish, open_proposals
from esign.public import Envelope
from kernel.models import JournalEntry

S = DisputeStatus
SHOWN = 20


@dataclass(frozen=True)
class Position:
    """After which line a page goes on."""

    updated_at: datetime
    id: UUID


@dataclass(frozen=True)
class CaseLine:
    """One dispute of the list. `turn` says what waits for the reader; empty when nothing does."""

    dispute: Dispute
    turn: str
    others: str
    deadline: datetime | None

    @property
    def state(self) -> str:
        """Where it stands, in words."""
        words = str(STATE[self.dispute.status])
        return f"{words} ({self.dispute.get_outcome_display()})" if self.dispute.outcome else words

    @property
    def is_ended(self) -> bool:
        return self.dispute.is_final


@dataclass(frozen=True)
class CaseList:
    lines: tuple[CaseLine, ...]
    next: Position | None


def with_words(disputes: QuerySet[Dispute], words: str) -> QuerySet[Dispute]:
    """Disputes that hold every word, in title or description."""
    for word in words.replace("\x00", "").split()[:10]:
        disputes = disputes.filter(Q(title__icontains=word) | Q(description__icontains=word))
    return disputes


def my_cases(user: User, *, show: str = "", words: str = "", after: Position | None = None) -> CaseList:
    """One page of what the user sees, what changed last first. `show`: open, ended, or anything for all."""
    disputes = with_words(visible_to(user), words)
    if show == "open":
        disputes = disputes.exclude(status__in=FINAL_STATUSES)
    elif show == "ended":
        disputes = disputes.filter(status__in=FINAL_STATUSES)
    if after is not None:
        disputes = disputes.filter(Q(updated_at__lt=after.updated_at) | Q(updated_at=after.updated_at, id__lt=after.id))
    rows = list(
        disputes.prefetch_related(
            Prefetch("participants", queryset=Participant.objects.order_by("created_at", "id")),
            Prefetch("deadline_proposals", queryset=open_proposals(), to_attr="open_proposals"),
        ).order_by("-updated_at", "-id")[: SHOWN + 1]
    )
    shown = rows[:SHOWN]
    known = _Known(user, shown)
    last = shown[-1] if len(rows) > SHOWN else None
    return CaseList(
        tuple(_line(user, dispute, known) for dispute in shown),
        Position(last.updated_at, last.pk) if last is not None else None,
    )


class _Known:
    """What the user has answered and signed in these disputes, and until when signatures are awaited."""

    def __init__(self, user: User, disputes: Sequence[Dispute]) -> None:
        ids = [dispute.pk for dispute in disputes]
        self.answered: Collection[UUID] = set(
            ResolutionResponse.objects.filter(
                resolution__dispute__in=ids,
                resolution__status=ResolutionStatus.PROPOSED,
                participant__user=user,
            ).values_list("resolution__dispute_id", flat=True)
        )
        contracts = list(Contract.objects.filter(dispute__in=ids, status=ContractStatus.SIGNING))
        signed = set(
            JournalEntry.objects.filter(
                stream_id__in=[contract.dispute_id for contract in contracts],
                verb="contract.signed",
                subject_id__in=[contract.pk for contract in contracts],
                actor_id=user.pk,
            ).values_list("stream_id", flat=True)
        )
        self.signed: Collection[UUID] = signed
        ends = dict(
            Envelope.objects.filter(pk__in=[contract.envelope_id for contract in contracts]).values_list(
                "pk", "expires_at"
            )
        )
        self.sign_by: dict[UUID, datetime] = {
            contract.dispute_id: ends[contract.envelope_id] for contract in contracts if contract.envelope_id in ends
        }


def _line(user: User, dispute: Dispute, known: _Known) -> CaseLine:
    participants = [item for item in dispute.participants.all() if item.status != ParticipantStatus.REMOVED]
    own = next(
        (item for item in participants if item.user_id == user.pk and item.status == ParticipantStatus.JOINED), None
    )
    names = [item.full_name or _("the invited person") for item in participants if item is not own]
    return CaseLine(
        dispute,
        turn=_turn(user, dispute, own, participants, known) if own is not None else "",
        others=", ".join(names[:3]) + ("…" if len(names) > 3 else ""),
        deadline=_deadline(dispute, known),
    )


def _turn(user: User, dispute: Dispute, own: Participant, participants: Sequence[Participant], known: _Known) -> str:
    if may_answer_wish(dispute, Standing(user.pk, frozenset({str(own.side)}), own)):
        return _("Accept or refuse another date")
    match dispute.status:
        case S.INVITE_SENT if own.side == Side.CLAIMANT and any(
            item.wrong_address_at is not None and item.status == ParticipantStatus.INVITED for item in participants
        ):
            return _("An address is wrong: invite the right one")
        case S.STATING if own.stated_at is None:
            return _("Tell your side")
        case S.MEDIATING if dispute.consent_deadline is not None and own.arbitration_consent_at is None:
            return _("Say whether you consent to arbitration")
        case S.PROPOSED if dispute.pk not in known.answered:
            return _("Answer the proposal")
        case S.SIGNING if dispute.pk not in known.signed:
            return _("Read and sign the contract")
    return ""


def _deadline(dispute: Dispute, known: _Known) -> datetime | None:
    match dispute.status:
        case S.INVITE_SENT:
            return dispute.respond_by
        case S.STATING:
            return dispute.statement_deadline
        case S.MEDIATING:
            return dispute.consent_deadline
        case S.SIGNING:
            return known.sign_by.get(dispute.pk)
    return None
