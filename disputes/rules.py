"""Who may what in a dispute: predicates over one user and one object. `selectors` holds their twins over querysets."""

from dataclasses import dataclass
from uuid import UUID

from accounts.public import Role, User
from disputes.enums import DisputeStatus, Part, ParticipantStatus, Side, StreamKind
from disputes.models import Assignment, Contract, Dispute, Evidence, MessageStream, Participant, Truth
from disputes.transitions import (
    ADMIN,
    ARBITRATOR,
    CLAIMANT,
    COUNSEL,
    MEDIATOR,
    PARTY,
    RESPONDENT,
    parts_for,
    states_for,
)


@dataclass(frozen=True)
class Standing:
    """What a user is in one dispute; no parts at all means: they do not see it."""

    user_id: UUID | None
    parts: frozenset[str]
    participant: Participant | None = None

    @property
    def sees_dispute(self) -> bool:
        return bool(self.parts)

    @property
    def is_party(self) -> bool:
        return bool(self.parts & PARTY)

    @property
    def reads_caucuses(self) -> bool:
        """Only the appointed mediator; an arbitrator never, and neither counsel nor admin."""
        return MEDIATOR in self.parts


def standing_in(user: User, dispute: Dispute) -> Standing:
    """The user's parts in a dispute, from rows that are read now."""
    if not user.is_authenticated or not user.is_active:
        return Standing(None, frozenset())
    parts: set[str] = set()
    participant = Participant.objects.filter(dispute=dispute, user=user, status=ParticipantStatus.JOINED).first()
    if participant is not None and participant.side == Side.CLAIMANT:
        parts.add(CLAIMANT)
    elif participant is not None and participant.side == Side.RESPONDENT:
        parts.add(RESPONDENT)
    if user.role == Role.LAWYER:
        parts.update(_PART_NAMES[part] for part in _assigned_parts(user, dispute))
    if user.role == Role.ADMIN:
        parts.add(ADMIN)
    return Standing(user.pk, frozenset(parts), participant)


_PART_NAMES = {Part.COUNSEL: COUNSEL, Part.MEDIATOR: MEDIATOR, Part.ARBITRATOR: ARBITRATOR}


def _assigned_parts(user: User, dispute: Dispute) -> list[Part]:
    rows = Assignment.objects.filter(dispute=dispute, lawyer=user, ended_at=None).values_list("part", flat=True)
    return [Part(value) for value in rows]


def can_see_dispute(user: User, dispute: Dispute) -> bool:
    """Joined participants, assigned lawyers, admins."""
    return standing_in(user, dispute).sees_dispute


def can_act(standing: Standing, action: str) -> bool:
    """Whether one of the caller's parts may take the action, in whatever state."""
    return bool(standing.parts & parts_for(action))


def is_open_for(dispute: Dispute, action: str) -> bool:
    """Whether the dispute is in a state in which the action is possible."""
    return dispute.status in states_for(action)


def may_state_now(dispute: Dispute, standing: Standing) -> bool:
    """Before `stating` only the claimants state: so a case never begins with every truth in and none disclosed."""
    return dispute.status != DisputeStatus.INVITE_SENT or CLAIMANT in standing.parts


def can_read_truth(standing: Standing, dispute: Dispute, truth: Truth) -> bool:
    """One's own always; anybody else's only after disclosure, staff included."""
    own = standing.participant is not None and truth.participant_id == standing.participant.pk
    return own or (standing.sees_dispute and dispute.disclosed_at is not None)


def can_see_evidence(standing: Standing, dispute: Dispute, evidence: Evidence) -> bool:
    """Before disclosure only its uploader."""
    own = standing.participant is not None and evidence.participant_id == standing.participant.pk
    return own or (standing.sees_dispute and dispute.disclosed_at is not None)


def can_read_review(standing: Standing, contract: Contract) -> bool:
    """Counsel's comment: their own while the contract goes its way, everybody's once it was returned, for it says what to change."""
    return COUNSEL in standing.parts or (standing.sees_dispute and contract.is_returned)


def can_read_holds(standing: Standing) -> bool:
    """What the contract check found is for who works the case; the parties see that a lawyer looks at their contract."""
    return bool(standing.parts & {COUNSEL, MEDIATOR, ARBITRATOR, ADMIN})


def can_read_stream(standing: Standing, stream: MessageStream) -> bool:
    """The joint room: whoever sees the dispute. A caucus: its party and the mediator. A pair: exactly those two."""
    if not standing.sees_dispute:
        return False
    if stream.kind == StreamKind.JOINT:
        return True
    if stream.kind == StreamKind.CAUCUS:
        return stream.member_a_id == standing.user_id or standing.reads_caucuses
    return standing.user_id in (stream.member_a_id, stream.member_b_id)
