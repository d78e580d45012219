"""A person's own notifications."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from accounts.public import User, users_by_id
from kernel.errors import NotFoundError
from notifications.enums import Kind
from notifications.models import Notification
from notifications.selectors.wording import Facts, words_of


@dataclass(frozen=True)
class Line:
    """A notification as its reader sees it, in the language that is active."""

    id: UUID
    kind: str
    title: str
    body: str
    dispute_id: UUID | None
    link: str
    created_at: datetime
    read_at: datetime | None


def notifications_of(user: User) -> QuerySet[Notification]:
    """Everything the person was told; nobody else's, whatever their role."""
    return Notification.objects.filter(user=user)


def access_notification(user: User, notification_id: UUID, *, lock: bool = False) -> Notification:
    """One of the person's own. Raises NotFoundError for another's, as for one that is not there."""
    rows = notifications_of(user)
    if lock:
        rows = rows.select_for_update(of=("self",), no_key=True)
    row = rows.filter(pk=notification_id).first()
    if row is None:
        raise NotFoundError
    return row


def unread_count(user: User) -> int:
    """How many the person has not read."""
    return notifications_of(user).filter(read_at=None).count()


def lines_of(rows: Sequence[Notification]) -> list[Line]:
    """The rows in words; at most one statement, for the names of people they are about."""
    about = {row.pk: UUID(row.params["about"]) for row in rows if row.params.get("about")}
    people = users_by_id(about.values()) if about else {}
    return [_line(row, people.get(about[row.pk]) if row.pk in about else None) for row in rows]


def _line(row: Notification, person: User | None) -> Line:
    facts = Facts(
        title=str(row.params.get("title", "")),
        person=person.full_name if person is not None else "",
        round=int(row.params.get("round", 0)),
        days=int(row.params.get("days", 0)),
    )
    words = words_of(Kind(row.kind), facts)
    return Line(
        id=row.pk,
        kind=row.kind,
        title=words.headline,
        body=words.body,
        dispute_id=row.dispute_id,
        link=f"{settings.ACCORD_BASE_URL}{row.path}",
        created_at=row.created_at,
        read_at=row.read_at,
    )
