"""What the back-office sees: admins every case, lawyers the cases assigned to them. Twin of `access.visible_to` for staff.

A lawyer who is a party of a case sees it in the app like every party, never in the back-office.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import BooleanField, Case, Count, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, When
from django.db.models.functions import Coalesce

from accounts.public import Role, User
from disputes.enums import FINAL_STATUSES, ContractStatus, DisputeStatus
from disputes.models import Assignment, Contract, Dispute
from disputes.selectors.access import visible_to
from kernel.clock import DbNow

SOON = timedelta(days=3)
SHOWN = 20


def is_back_office(user: object) -> bool:
    """Lawyers and admins with an active account."""
    return (
        bool(getattr(user, "is_authenticated", False))
        and bool(getattr(user, "is_active", False))
        and getattr(user, "role", "") in {Role.LAWYER, Role.ADMIN}
    )


def worked_by(user: User) -> QuerySet[Dispute]:
    """The cases this person works: all for an admin, the assigned ones for a lawyer, none for anybody else."""
    if not is_back_office(user):
        return Dispute.objects.none()
    if user.role == Role.ADMIN:
        return visible_to(user)
    mine = Assignment.objects.filter(dispute=OuterRef("pk"), lawyer_id=user.pk, ended_at=None)
    return visible_to(user).filter(Exists(mine))


def with_due(cases: QuerySet[Dispute]) -> QuerySet[Dispute]:
    """`due_at`: the deadline that runs now, if any; `is_past`: whether it has passed."""
    due = Case(
        When(status=DisputeStatus.INVITE_SENT, then=F("respond_by")),
        When(status=DisputeStatus.STATING, then=F("statement_deadline")),
        When(status=DisputeStatus.MEDIATING, then=F("consent_deadline")),
    )
    return cases.annotate(
        due_at=due, is_past=ExpressionWrapper(Q(due_at__lte=DbNow()), output_field=BooleanField(null=True))
    )


def overdue(cases: QuerySet[Dispute]) -> QuerySet[Dispute]:
    """Deadlines that have passed or end within three days, the most urgent first."""
    near = Q(due_at__lte=DbNow() + SOON)
    return with_due(cases).filter(near).order_by("due_at", "id")  # type: ignore[misc]  # annotated by with_due


def waiting_for_human(cases: QuerySet[Dispute]) -> QuerySet[Dispute]:
    """Cases queued for a human mediator: those overdue on top, then by when the parties were told that a person answers.

    `is_past`: whether that time is over; None for a case that has settled meanwhile and waits no more.
    """
    return (
        cases.filter(escalated_at__isnull=False)
        .exclude(status__in=FINAL_STATUSES)
        .annotate(
            is_past=ExpressionWrapper(Q(human_due_at__lte=DbNow()), output_field=BooleanField(null=True)),
            awaited_at=Coalesce("human_due_at", "escalated_at"),
        )
        .order_by(F("human_due_at").asc(nulls_last=True), "escalated_at", "id")
    )


def contracts_in_review(cases: QuerySet[Dispute]) -> QuerySet[Contract]:
    """Contracts that wait for a lawyer's approval, the longest waiting first."""
    return (
        Contract.objects.filter(dispute__in=cases, status=ContractStatus.REVIEW)
        .select_related("dispute")
        .order_by("created_at", "id")
    )


@dataclass(frozen=True)
class StateCount:
    status: str
    label: str
    count: int
    is_final: bool


@dataclass(frozen=True)
class Waiting:
    """One line of a list on the desk; `since` is a deadline where `is_past` is given."""

    id: UUID
    title: str
    status: str
    since: datetime | None
    is_past: bool | None = None


@dataclass(frozen=True)
class WaitingList:
    """The first rows of a list and how many there are."""

    rows: tuple[Waiting, ...]
    count: int

    @property
    def more(self) -> int:
        return self.count - len(self.rows)


@dataclass(frozen=True)
class Desk:
    """What the staff page shows."""

    states: tuple[StateCount, ...]
    overdue: WaitingList
    for_human: WaitingList
    in_review: WaitingList

    @property
    def open_count(self) -> int:
        return sum(state.count for state in self.states if not state.is_final)


def desk(user: User) -> Desk:
    """Everything for the staff page, in seven statements whatever the number of cases."""
    cases = worked_by(user)
    counts = dict(cases.order_by().values_list("status").annotate(Count("pk")))
    states = tuple(
        StateCount(str(status), str(status.label), counts.get(status, 0), status in FINAL_STATUSES)
        for status in DisputeStatus
    )
    contracts = contracts_in_review(cases)
    return Desk(
        states,
        _cases(overdue(cases), "due_at"),
        _cases(waiting_for_human(cases), "awaited_at"),
        WaitingList(
            tuple(
                Waiting(contract.pk, contract.dispute.title, contract.dispute.get_status_display(), contract.created_at)
                for contract in contracts[:SHOWN]
            ),
            contracts.count(),
        ),
    )


def _cases(cases: QuerySet[Dispute], since: str) -> WaitingList:
    rows = tuple(
        Waiting(case.pk, case.title, case.get_status_display(), getattr(case, since), getattr(case, "is_past", None))
        for case in cases[:SHOWN]
    )
    return WaitingList(rows, cases.count())
