"""The only way to a dispute and what lies in it. Not yours and not there look the same: NotFoundError."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.public import Role, User
from disputes.enums import Part, ParticipantStatus, Side, StreamKind
from disputes.errors import NotYoursToDoError, WrongStateError
from disputes.models import (
    Assignment,
    Contract,
    Dispute,
    Evidence,
    MessageStream,
    Participant,
    Resolution,
    Truth,
)
from disputes.rules import Standing, can_act, is_open_for, standing_in
from disputes.transitions import states_for
from kernel.errors import NotFoundError


@dataclass(frozen=True)
class CaseAccess:
    """A dispute together with what its reader is in it."""

    dispute: Dispute
    standing: Standing

    @property
    def participant(self) -> Participant:
        """The caller's own participation. Raises NotYoursToDoError for staff."""
        if self.standing.participant is None:
            raise NotYoursToDoError(_("Only a party of this dispute may do that."))
        return self.standing.participant


def visible_to(user: User) -> QuerySet[Dispute]:
    """Every dispute the user sees: twin of `rules.can_see_dispute`."""
    if not user.is_authenticated or not user.is_active:
        return Dispute.objects.none()
    if user.role == Role.ADMIN:
        return Dispute.objects.all()
    mine = Exists(
        Participant.objects.filter(
            dispute=OuterRef("pk"),
            user=user,
            status=ParticipantStatus.JOINED,
            side__in=[Side.CLAIMANT, Side.RESPONDENT],
        )
    )
    if user.role == Role.LAWYER:
        return Dispute.objects.filter(
            Q(mine) | Q(Exists(Assignment.objects.filter(dispute=OuterRef("pk"), lawyer=user, ended_at=None)))
        )
    return Dispute.objects.filter(mine)


def access_dispute(user: User, dispute_id: UUID, action: str | None = None, *, lock: bool = False) -> CaseAccess:
    """The dispute for one action (None: to look at it).

    Raises NotFoundError when the user does not see it, NotYoursToDoError when their part may not take the action, and WrongStateError
    naming the states in which it is possible. With `lock` the row stays locked until the transaction ends.
    """
    queryset = Dispute.objects.all()
    if lock:
        queryset = queryset.select_for_update(of=("self",), no_key=True)
    dispute = queryset.filter(pk=dispute_id).first()
    standing = standing_in(user, dispute) if dispute is not None else None
    if dispute is None or standing is None or not standing.sees_dispute:
        raise NotFoundError
    if action is not None:
        require_part(standing, action)
        require_state(dispute, action)
    return CaseAccess(dispute, standing)


def require_part(standing: Standing, action: str) -> None:
    if not can_act(standing, action):
        raise NotYoursToDoError(_("Your part in this dispute does not allow that. Ask the person whose part does."))


def require_state(dispute: Dispute, action: str) -> None:
    if not is_open_for(dispute, action):
        allowed = [str(state) for state in states_for(action)]
        raise WrongStateError(
            _("The dispute is in state “%(state)s”. This is possible in: %(allowed)s.")
            % {"state": dispute.status, "allowed": ", ".join(allowed)},
            state=str(dispute.status),
            allowed_from=allowed,
        )


def truths_for(access: CaseAccess) -> QuerySet[Truth]:
    """Own truths always, the others' after disclosure: twin of `rules.can_read_truth`."""
    truths = Truth.objects.filter(dispute=access.dispute).select_related("participant")
    if access.dispute.disclosed_at is None:
        own = access.standing.participant
        return truths.filter(participant=own) if own is not None else truths.none()
    return truths


def evidence_for(access: CaseAccess) -> QuerySet[Evidence]:
    """Twin of `rules.can_see_evidence`."""
    evidence = Evidence.objects.filter(dispute=access.dispute).select_related("participant", "file")
    if access.dispute.disclosed_at is None:
        own = access.standing.participant
        return evidence.filter(participant=own) if own is not None else evidence.none()
    return evidence


def access_evidence(access: CaseAccess, evidence_id: UUID) -> Evidence:
    """One piece of evidence. Raises NotFoundError."""
    evidence = evidence_for(access).filter(pk=evidence_id).first()
    if evidence is None:
        raise NotFoundError
    return evidence


def streams_for(access: CaseAccess) -> QuerySet[MessageStream]:
    """Twin of `rules.can_read_stream`."""
    streams = MessageStream.objects.filter(dispute=access.dispute)
    user_id = access.standing.user_id
    allowed = (
        Q(kind=StreamKind.JOINT) | Q(kind=StreamKind.PAIR, member_a=user_id) | Q(kind=StreamKind.PAIR, member_b=user_id)
    )
    if access.standing.reads_caucuses:
        return streams.filter(allowed | Q(kind=StreamKind.CAUCUS))
    return streams.filter(allowed | Q(kind=StreamKind.CAUCUS, member_a=user_id))


def access_resolution(access: CaseAccess, resolution_id: UUID, *, lock: bool = False) -> Resolution:
    """A resolution of the dispute. Raises NotFoundError."""
    queryset = Resolution.objects.filter(dispute=access.dispute, pk=resolution_id)
    if lock:
        queryset = queryset.select_for_update(of=("self",), no_key=True)
    resolution = queryset.first()
    if resolution is None:
        raise NotFoundError
    return resolution


def living_contract(access: CaseAccess, *, lock: bool = False) -> Contract:
    """The dispute's newest contract. Raises NotFoundError when none was drawn up yet."""
    queryset = Contract.objects.filter(dispute=access.dispute).order_by("-created_at")
    if lock:
        queryset = queryset.select_for_update(of=("self",), no_key=True)
    contract = queryset.first()
    if contract is None:
        raise NotFoundError(_("No contract has been drawn up for this dispute yet."))
    return contract


def neutrals() -> QuerySet[Assignment]:
    """Who mediates or arbitrates now, oldest first: shown to whoever sees the case, with their names."""
    return (
        Assignment.objects.filter(ended_at=None)
        .exclude(part=Part.COUNSEL)
        .select_related("lawyer")
        .order_by("created_at", "id")
    )


def active_parties(dispute: Dispute) -> QuerySet[Participant]:
    """Joined claimants and respondents, oldest first."""
    return (
        Participant.objects.filter(dispute=dispute, status=ParticipantStatus.JOINED)
        .exclude(side=Side.NEUTRAL)
        .select_related("user")
        .order_by("created_at", "id")
    )
