"""The back-office: every admin route × principal, and the verbs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from accounts.public import User
from accounts.tests.factories import UserFactory, browser
from disputes.enums import ContractStatus, Decision, DisputeStatus, Part
from disputes.models import Assignment, Contract, Dispute, Message, MessageStream
from disputes.selectors.back_office import worked_by
from disputes.selectors.chronicle import WORDS
from disputes.services.deadlines import propose_deadline
from disputes.services.ending import withdraw_dispute
from disputes.tests import factories as make
from disputes.tests.conftest import footprint
from disputes.transitions import MOVES
from kernel.clock import days_from, now
from kernel.models import Delivery, JournalEntry, OutboxEvent
from kernel.outbox import retry_dead

pytestmark = [pytest.mark.db, pytest.mark.django_db, pytest.mark.usefixtures("unlimited")]

SECRETS = ("MARK-CAUCUS", "MARK-PAIR", "MARK-SEALED-TRUTH", "MARK-SEALED-EVIDENCE")
MODELS = [model for model in apps.get_app_config("disputes").get_models() if admin.site.is_registered(model)]


@dataclass
class World:
    """One case for each lawyer, and a third before disclosure that the first lawyer works too."""

    mine: make.Case
    other: make.Case
    sealed: make.Case
    lawyer: User
    outsider: User
    boss: User


def fill(case: make.Case, tag: str) -> None:
    """Every kind of row, with the case's tag in every text."""
    make.put_on_record(case, case.claimant, f"{tag} text", f"{tag} evidence")
    make.say(case, case.claimant, f"{tag} joint")
    make.caucus(case, case.claimant, "MARK-CAUCUS")
    make.say(case, case.claimant, "MARK-PAIR", recipient_id=case.respondent.pk)
    make.propose(case, make.draft(case, summary=f"{tag} summary", reasoning=f"{tag} reasons"))
    make.respond(case, case.respondent, Decision.REJECT, comment=f"{tag} comment")
    make.propose(case)
    make.accept(case)
    make.review(case)
    Contract.objects.filter(dispute_id=case.id).update(text=f"{tag} contract")


@pytest.fixture
def world() -> World:
    lawyer, outsider, boss = (
        UserFactory(lawyer=True, full_name="Lena Lawyer"),
        UserFactory(lawyer=True, full_name="Otto Other"),
        UserFactory(admin=True),
    )
    cases = []
    for tag, worker in (("MINE", lawyer), ("OTHER", outsider)):
        case = make.stating(title=f"{tag} title", description=f"{tag} words")
        date = days_from(now(), 20, "UTC")
        propose_deadline(acting_user=case.claimant, dispute_id=case.id, deadline=date)
        make.disclose(case)
        make.assign(case, Part.COUNSEL, worker)
        fill(case, tag)
        cases.append(case)
    sealed = make.stating(title="MINE sealed", description="MINE too")
    make.state(sealed, sealed.claimant, "MARK-SEALED-TRUTH")
    make.put_on_record(sealed, sealed.claimant, "MARK-SEALED-EVIDENCE", "MARK-SEALED-EVIDENCE")
    make.assign(sealed, Part.COUNSEL, lawyer)
    return World(cases[0], cases[1], sealed, lawyer, outsider, boss)


def name(model: Any, route: str) -> str:
    return f"admin:{model._meta.app_label}_{model._meta.model_name}_{route}"


def addresses() -> Iterator[tuple[Any, Any, str]]:
    """Model, row (None: a list) and address of every admin route there is, of whatever app, with its rows."""
    for model in admin.site._registry:
        yield model, None, reverse(name(model, "changelist"))
        yield model, None, reverse(name(model, "changelist")) + "?q=OTHER"
        yield model, None, reverse(name(model, "add"))
        for row in model._base_manager.all()[: 40 if model in MODELS else 2]:
            for route in ("change", "history", "delete", "assign", "end_this", "review"):
                try:
                    yield model, row, reverse(name(model, route), args=[row.pk])
                except NoReverseMatch:
                    continue


def assert_nothing_private(client: Client, address: str, body: str) -> None:
    """No text that is private, and no trace of a private stream."""
    for secret in (*SECRETS, *map(str, MessageStream.objects.exclude(kind="joint").values_list("pk", flat=True))):
        assert secret not in body, (secret, address)
    client.cookies.pop(
        "messages", None
    )  # “… with ID … doesn't exist” repeats the id that was asked for on the next page


def case_of(row: Any) -> Any:
    """The dispute a row of this app belongs to."""
    for path in ("dispute", "participant", "stream", "resolution"):
        if hasattr(row, path):
            found = getattr(row, path)
            return found if isinstance(found, Dispute) else found.dispute
    return row


@pytest.mark.parametrize("principal", ["nobody", "client", "party", "fired"])
def test_admin_is_closed_to_everybody_but_staff(principal: str, world: World) -> None:
    people = {
        "client": UserFactory(),
        "party": world.mine.claimant,
        "fired": UserFactory(admin=True, inactive=True),
    }
    client = browser(people[principal]) if principal in people else Client()
    for _model, _row, address in addresses():
        answer = client.get(address)
        assert answer.status_code == 302, address
        assert answer["Location"].startswith("/admin/login/"), address
    for address in ("/admin/", "/admin/search/?s=a", "/admin/autocomplete/", "/admin/disputes/"):
        assert client.get(address).status_code == 302


def test_every_route_shows_a_lawyer_only_their_cases(world: World) -> None:
    client = browser(world.lawyer)
    seen = 0
    for model, row, address in addresses():
        answer = client.get(address)
        body = answer.content.decode()
        assert answer.status_code in {200, 302, 403, 404}, (address, answer.status_code)
        assert_nothing_private(client, address, body)
        if isinstance(row, MessageStream) and row.kind != "joint":
            assert answer.status_code != 200, address
        if "q=OTHER" not in address:
            assert "OTHER" not in body, address
        if model not in MODELS:
            assert answer.status_code in {302, 403}, address
        elif row is not None and case_of(row).pk == world.other.id:
            assert answer.status_code != 200, address
        seen += answer.status_code == 200
    assert seen > 50


def test_every_route_shows_an_admin_every_case_but_nothing_private(world: World) -> None:
    assert MessageStream.objects.exclude(kind="joint").count() == 4
    assert JournalEntry.objects.filter(stream__kind="messages").exists()
    assert OutboxEvent.objects.filter(payload__has_key="stream_id").exists()
    client = browser(world.boss)
    for _model, row, address in addresses():
        answer = client.get(address)
        assert answer.status_code in {200, 302, 403}, (address, answer.status_code)
        assert_nothing_private(client, address, answer.content.decode())
        if isinstance(row, MessageStream) and row.kind != "joint":
            assert answer.status_code != 200, address
    for tag in ("MINE", "OTHER"):
        assert f"{tag} title" in client.get(reverse(name(Dispute, "changelist"))).content.decode()
        assert f"{tag} joint" in client.get(reverse(name(Message, "changelist"))).content.decode()


def test_what_is_sealed_is_not_there_before_disclosure(world: World) -> None:
    for user in (world.boss, world.lawyer):
        client = browser(user)
        for model in ("truth", "evidence"):
            page = client.get(reverse(f"admin:disputes_{model}_changelist")).content.decode()
            assert "MINE title" in page
            assert "MINE sealed" not in page
        timeline = client.get(reverse(name(Dispute, "change"), args=[world.sealed.id])).content.decode()
        assert "evidence.added" not in timeline


@pytest.mark.parametrize(
    "query",
    [
        {"dispute__title__startswith": "OTHER"},
        {"participant__user__email__contains": "a"},
        {"email_index__isnull": "0"},
        {"filed_by__password__startswith": "a"},
    ],
)
def test_lists_are_filtered_only_by_what_they_offer(query: dict[str, str], world: World) -> None:
    client = browser(world.boss)
    for model in MODELS:
        answer = client.get(f"{reverse(name(model, 'changelist'))}?{urlencode(query)}")
        assert answer.status_code in {302, 400}


def test_a_lawyers_password_hash_is_no_filter(world: World) -> None:
    answer = browser(world.boss).get("/admin/accounts/user/?password__startswith=a")
    assert answer.status_code in {302, 400}


def test_a_lawyer_who_is_a_party_sees_their_case_in_the_app_only(world: World) -> None:
    lawyer = UserFactory(lawyer=True)
    case = make.file_case(claimant=lawyer, title="My own quarrel")
    assert not worked_by(lawyer).exists()
    assert "My own quarrel" not in browser(lawyer).get(reverse(name(Dispute, "changelist"))).content.decode()
    assert browser(lawyer).get(f"/disputes/{case.id}/").status_code == 200


def test_an_ended_assignment_ends_the_sight(world: World) -> None:
    row = Assignment.objects.get(lawyer=world.lawyer, dispute_id=world.mine.id)
    client = browser(world.boss)
    ended = client.post(
        reverse(name(Assignment, "changelist")), {"action": "end", "_selected_action": [str(row.pk)]}, follow=True
    )
    assert "1 assignments ended" in ended.content.decode()
    assert browser(world.lawyer).get(reverse(name(Dispute, "change"), args=[world.mine.id])).status_code == 302


@pytest.mark.parametrize("door", ["end", "end_this"])
def test_an_assignment_ends_also_when_the_case_has(door: str, world: World) -> None:
    row = Assignment.objects.get(lawyer=world.lawyer, dispute_id=world.sealed.id)
    withdraw_dispute(acting_user=world.sealed.claimant, dispute_id=world.sealed.id, reason="")
    client = browser(world.boss)
    if door == "end":
        client.post(reverse(name(Assignment, "changelist")), {"action": "end", "_selected_action": [str(row.pk)]})
    else:
        client.post(reverse(name(Assignment, "end_this"), args=[row.pk]))
    row.refresh_from_db()
    assert row.ended_at is not None
    assert not worked_by(world.lawyer).filter(pk=world.sealed.id).exists()


# --- verbs ------------------------------------------------------------------------------------------------------------
def test_assign_by_the_button_of_a_case(world: World) -> None:
    client, case, lawyer = browser(world.boss), world.sealed, world.outsider
    address = reverse(name(Dispute, "assign"), args=[case.id])
    assert "Otto Other" in client.get(address).content.decode()
    assert not Assignment.objects.filter(dispute_id=case.id, lawyer=lawyer).exists()
    client.post(address, {"lawyer": str(lawyer.pk), "part": "mediator"})
    assert Assignment.objects.get(dispute_id=case.id, lawyer=lawyer).part == Part.MEDIATOR
    refused = client.post(address, {"lawyer": str(lawyer.pk), "part": "arbitrator"}, follow=True)
    assert "End that assignment first" in refused.content.decode()


def test_assign_several_cases_by_the_list(world: World) -> None:
    client, lawyer = browser(world.boss), UserFactory(lawyer=True)
    chosen = [str(world.mine.id), str(world.other.id), str(make.withdrawn().id)]
    address = reverse(name(Dispute, "changelist"))
    form = client.post(address, {"action": "assign_selected", "_selected_action": chosen})
    assert "Assign a lawyer" in form.content.decode()
    given = {"action": "assign_selected", "_selected_action": chosen, "lawyer": str(lawyer.pk), "part": "counsel"}
    done = client.post(address, given, follow=True).content.decode()
    assert "of 2 cases" in done
    assert "withdrawn" in done  # the third is final, and says so
    assert Assignment.objects.filter(lawyer=lawyer).count() == 2


def test_a_lawyer_assigns_nobody(world: World) -> None:
    client = browser(world.lawyer)
    before = footprint()
    given = {"lawyer": str(world.lawyer.pk), "part": "mediator"}
    for case in (world.mine, world.other):
        assert client.post(reverse(name(Dispute, "assign"), args=[case.id]), given).status_code == 403
    chosen = {"action": "assign_selected", "_selected_action": [str(world.mine.id)], **given}
    client.post(reverse(name(Dispute, "changelist")), chosen)
    row = Assignment.objects.get(lawyer=world.lawyer, dispute_id=world.mine.id)
    client.post(reverse(name(Assignment, "changelist")), {"action": "end", "_selected_action": [str(row.pk)]})
    assert client.post(reverse(name(Assignment, "end_this"), args=[row.pk])).status_code == 403
    assert footprint() == before


def test_ending_an_assignment_by_its_button_asks_first(world: World) -> None:
    row = Assignment.objects.get(lawyer=world.lawyer, dispute_id=world.mine.id)
    client, address = browser(world.boss), reverse(name(Assignment, "end_this"), args=[row.pk])
    assert "Lena Lawyer" in client.get(address).content.decode()
    row.refresh_from_db()
    assert row.ended_at is None
    client.post(address)
    row.refresh_from_db()
    assert row.ended_at is not None


@pytest.mark.parametrize(
    ("decision", "status", "state"),
    [
        ("approve", ContractStatus.SIGNING, DisputeStatus.SIGNING),
        ("return", ContractStatus.VOIDED, DisputeStatus.MEDIATING),
    ],
)
def test_counsel_approves_or_returns(decision: str, status: str, state: str, world: World) -> None:
    contract, client = world.mine.contract, browser(world.lawyer)
    address = reverse(name(Contract, "review"), args=[contract.pk])
    assert "MINE contract" in client.get(address).content.decode()
    client.post(address, {"decision": decision, "comment": "See clause 2.", "checksum": contract.checksum})
    contract.refresh_from_db()
    assert (contract.status, world.mine.status) == (status, state)
    assert contract.reviewed_by_id == world.lawyer.pk
    assert contract.review_comment == "See clause 2."


def test_a_return_says_why(world: World) -> None:
    contract, client = world.mine.contract, browser(world.lawyer)
    address = reverse(name(Contract, "review"), args=[contract.pk])
    before = footprint()
    answer = client.post(address, {"decision": "return", "comment": " ", "checksum": contract.checksum})
    assert "Say what has to change" in answer.content.decode()
    assert footprint() == before


def test_a_contract_that_changed_is_not_approved(world: World) -> None:
    contract, client = world.mine.contract, browser(world.lawyer)
    before = footprint()
    address = reverse(name(Contract, "review"), args=[contract.pk])
    answer = client.post(address, {"decision": "approve", "comment": "", "checksum": "0" * 64}, follow=True)
    assert "not the one you were shown" in answer.content.decode()
    assert footprint() == before


def test_only_counsel_of_the_case_reviews(world: World) -> None:
    contract = world.mine.contract
    given = {"decision": "approve", "comment": "", "checksum": contract.checksum}
    mediator = make.assign(world.mine, Part.MEDIATOR)
    before = footprint()
    for user in (world.outsider, world.boss, mediator):
        assert browser(user).post(reverse(name(Contract, "review"), args=[contract.pk]), given).status_code == 403
    assert footprint() == before


def test_a_contract_is_asked_for_again(world: World) -> None:
    stuck = make.contracting()
    make.assign(stuck, Part.COUNSEL, world.lawyer)
    before = OutboxEvent.objects.filter(type="disputes.ContractRequested").count()
    chosen = {"action": "ask_again", "_selected_action": [str(stuck.contract.pk)]}
    done = browser(world.lawyer).post(reverse(name(Contract, "changelist")), chosen, follow=True)
    assert "1 contracts were asked for again" in done.content.decode()
    assert OutboxEvent.objects.filter(type="disputes.ContractRequested").count() == before + 1
    refused = browser(world.boss).post(reverse(name(Contract, "changelist")), chosen, follow=True)
    assert "Your part in this dispute does not allow that" in refused.content.decode()


def test_nothing_is_edited_in_forms(world: World) -> None:
    make.ranking()
    make.held()
    client = browser(world.boss)
    before = footprint()
    for model in MODELS:
        row = model._base_manager.first()
        assert row is not None
        assert client.post(reverse(name(model, "add")), {}).status_code == 403
        assert client.post(reverse(name(model, "delete"), args=[row.pk]), {"post": "yes"}).status_code in {302, 403}
        assert client.post(reverse(name(model, "change"), args=[row.pk]), {"title": "x"}).status_code in {302, 403}
        chosen = {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"}
        client.post(reverse(name(model, "changelist")), chosen)
    assert footprint() == before


@pytest.mark.parametrize("route", ["change", "history", "delete", "assign"])
def test_an_id_that_is_none_is_no_error(route: str, world: World) -> None:
    for wrong in ("abc", "0", "00000000-0000-0000-0000-000000000000"):
        assert browser(world.boss).get(reverse(name(Dispute, route), args=[wrong])).status_code in {302, 403, 404}


def test_autocomplete_is_scoped(world: World) -> None:
    ask = {"app_label": "disputes", "model_name": "truth", "field_name": "dispute", "term": "title"}
    found = browser(world.lawyer).get(f"/admin/autocomplete/?{urlencode(ask)}").content.decode()
    assert "OTHER" not in found
    person = {**ask, "field_name": "filed_by", "model_name": "dispute", "term": ""}
    assert browser(world.lawyer).get(f"/admin/autocomplete/?{urlencode(person)}").status_code == 403


def test_lists_cost_the_same_for_one_row_and_many(world: World) -> None:
    client = browser(world.boss)

    def cost(model: Any) -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(name(model, "changelist")))
        return len(queries)

    client.get(reverse(name(Dispute, "changelist")))
    before = {model: cost(model) for model in MODELS}
    for tag in ("more", "yet more"):
        case = make.mediating(title=tag)
        fill(case, tag)
    assert {model: cost(model) for model in MODELS} == before


def test_every_verb_of_the_journal_has_words() -> None:
    assert {f"dispute.{move.action}" for move in MOVES} <= set(WORDS)
    written = set(JournalEntry.objects.filter(stream__kind="dispute").values_list("verb", flat=True))
    for status in DisputeStatus:
        make.case_in(status)
    written |= set(JournalEntry.objects.filter(stream__kind="dispute").values_list("verb", flat=True))
    assert written <= set(WORDS)


def test_a_dead_letter_is_retried_by_admins(world: World) -> None:
    event = OutboxEvent.objects.exclude(payload__has_key="stream_id").first()
    assert event is not None
    dead = Delivery.objects.create(event=event, subscriber="nobody.at_all", state="dead", attempts=8, last_error="x")
    address = reverse("admin:kernel_delivery_changelist")
    chosen = {"action": "retry", "_selected_action": [str(dead.pk)]}
    assert browser(world.lawyer).post(address, chosen).status_code == 403
    done = browser(world.boss).post(address, chosen, follow=True)
    assert "1 dead letters will be tried again" in done.content.decode()
    dead.refresh_from_db()
    assert (dead.state, dead.attempts) == ("pending", 0)
    assert retry_dead(delivery_id=dead.pk) is False
