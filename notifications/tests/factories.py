"""Cases, mails and notifications for tests. Every private field holds a marker that no mail may show."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import transaction

from accounts.public import Locale, User
from accounts.tests.factories import UserFactory
from disputes.public import Dispute
from kernel import relay, tasks
from kernel.crypto import KeyScope, seal_text
from kernel.events import Event
from kernel.ids import new_id
from kernel.links import make_token, token_digest
from kernel.outbox import publish

PRIVATE = ("PRIVATE-DESCRIPTION", "PRIVATE-SUMMARY", "PRIVATE-REASONING", "PRIVATE-CONTRACT")
DEADLINE = datetime(2031, 12, 5, 22, 59, 59, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """A dispute with one claimant and one respondent."""

    dispute: Dispute
    claimant: User
    respondent: User
    parts: tuple[Any, Any]

    @property
    def users(self) -> tuple[User, User]:
        return self.claimant, self.respondent


def model(name: str) -> Any:
    return apps.get_model("disputes", name)


def make_case(status: str = "mediating", *, locale: str = Locale.EN, title: str = "Deposit for the flat") -> Case:
    claimant = UserFactory(full_name="Mara Engel", locale=locale, timezone="Europe/Berlin")
    respondent = UserFactory(full_name="Tobias Krug", locale=locale, timezone="America/New_York")
    dispute = Dispute.objects.create(
        title=title,
        description=PRIVATE[0],
        status=status,
        outcome="unresolved" if status == "closed" else "",
        filed_by=claimant,
        respond_by=DEADLINE,
        statement_deadline=DEADLINE,
        timezone="Europe/Berlin",
        amount="1450.00",
        currency="EUR",
    )
    parts = (join(dispute, claimant, "claimant"), join(dispute, respondent, "respondent"))
    return Case(dispute, claimant, respondent, parts)


def join(dispute: Dispute, user: User, side: str) -> Any:
    return model("Participant").objects.create(
        dispute=dispute, user=user, side=side, status="joined", full_name=user.full_name, joined_at=DEADLINE
    )


def invite(
    case: Case, *, email: str = "new.person@example.net", locale: str = Locale.EN, name: str = "Nell New"
) -> Any:
    """A participant with an open invitation; the address is sealed as in life."""
    participant_id = new_id()
    sealed = seal_text(
        email,
        scope=KeyScope("dispute", case.dispute.pk),
        table="disputes_participant",
        row_id=participant_id,
        column="email",
    )
    participant = model("Participant").objects.create(
        id=participant_id, dispute=case.dispute, side="respondent", full_name=name, locale=locale, email_sealed=sealed
    )
    invitation_id = new_id()
    model("Invitation").objects.create(
        id=invitation_id,
        participant=participant,
        invited_by=case.claimant,
        token_digest=token_digest(make_token("invitation", invitation_id, 0)),
        expires_at=DEADLINE,
    )
    return participant


def renew_invitation(participant: Any) -> None:
    invitation = participant.invitation
    invitation.generation += 1
    invitation.token_digest = token_digest(make_token("invitation", invitation.pk, invitation.generation))
    invitation.save()


def propose(case: Case, *, status: str = "proposed", number: int = 1) -> Any:
    return model("Resolution").objects.create(
        dispute=case.dispute, round=number, status=status, summary=PRIVATE[1], reasoning=PRIVATE[2]
    )


def draw_up(case: Case, *, status: str = "signing") -> Any:
    resolution = propose(case, status="accepted")
    return model("Contract").objects.create(
        dispute=case.dispute, resolution=resolution, status=status, text=PRIVATE[3], checksum="0" * 64
    )


def propose_date(case: Case, *, status: str = "open", by: Any = None, kind: str = "statement_deadline") -> Any:
    return model("DeadlineProposal").objects.create(
        dispute=case.dispute, proposed_by=by or case.parts[0], kind=kind, deadline=DEADLINE, status=status
    )


def remind(case: Case, awaited: str, *, invitation: Any = None, days: int = 3) -> Any:
    return model("DeadlineReminder").objects.create(
        dispute=case.dispute, invitation=invitation, awaited=awaited, deadline=DEADLINE, days=days
    )


def assign(case: Case, lawyer: User) -> Any:
    return model("Assignment").objects.create(
        dispute=case.dispute, lawyer=lawyer, part="counsel", assigned_by=case.claimant
    )


def happen(*events: Event) -> None:
    """Publish and deliver as far as it goes at once: relay and worker in one."""
    with transaction.atomic():
        for event in events:
            publish(event)
    pump()


def pump() -> None:
    """Run the relay and the worker until nothing is due."""
    while relay.expand_events() + relay.run_local_deliveries() + relay.send_queued_deliveries(_work):
        pass


def _work(_queue: str, _subscriber: str, delivery_ids: list[str]) -> None:
    """As the worker does, but on the test's own connection: `deliver` itself closes old ones."""
    for delivery_id in delivery_ids:
        delivery = relay.claim(UUID(delivery_id))
        if delivery is not None:
            tasks._deliver_one(delivery)
