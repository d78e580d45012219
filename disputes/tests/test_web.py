"""Pages: the way in by invitation, the case to read, the staff's desk, the start page."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.public import User, find_account
from accounts.tests.factories import PASSWORD, UserFactory, browser
from disputes.enums import Decision, DisputeStatus, Part
from disputes.models import Dispute, Invitation, Participant
from disputes.services.ending import escalate_dispute
from disputes.services.invitations import Invitee
from disputes.tests import factories as make
from disputes.tests.conftest import footprint
from kernel.clock import DbNow
from kernel.models import Delivery, OutboxEvent

pytestmark = [pytest.mark.db, pytest.mark.django_db, pytest.mark.usefixtures("unlimited")]

NEW = "nora@example.net"


def invited(locale: str = "en", **filing: Any) -> tuple[make.Case, str]:
    """A case with an invited person who has no account, and the address of their page."""
    case = make.file_case(
        invitees=(Invitee(NEW, full_name="Nora Okafor", locale=locale),),
        title="The <b>deposit</b>",
        amount=make.eur("1450.00"),
        **filing,
    )
    return case, f"/i/{make.token_for(case, NEW)}"


def text(answer: Any) -> str:
    body: str = answer.content.decode()
    return body


def assert_private(answer: Any) -> None:
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "no-store"
    assert "unsafe-inline" not in answer.get("Content-Security-Policy", "")


# --- the invitation -----------------------------------------------------------------------------------------------------
def test_an_invitation_says_what_by_whom_until_when_and_that_an_ai_is_used(client: Client) -> None:
    case, address = invited()
    before = footprint()
    for _ in range(3):
        answer = client.get(address)
        assert answer.status_code == 200
        assert_private(answer)
    page = text(answer)
    assert "The &lt;b&gt;deposit&lt;/b&gt;" in page
    for words in (
        case.claimant.full_name,
        "€1,450.00",
        "without its wheels",
        "An AI mediator is used",
        "Nora Okafor",
    ):
        assert words in page
    assert NEW not in page
    assert footprint() == before


def test_an_invitation_speaks_the_invitees_language(client: Client) -> None:
    _case, address = invited(locale="es")
    answer = client.get(address, HTTP_ACCEPT_LANGUAGE="en")
    assert '<html lang="es"' in text(answer)


def test_joining_needs_no_account_and_leads_to_the_case(client: Client) -> None:
    case, address = invited()
    answer = client.post(address, {"action": "join", "full_name": "Nora  N. Okafor"})
    assert (answer.status_code, answer["Location"]) == (302, f"/disputes/{case.id}/")
    assert_private(answer)
    user = find_account(NEW)
    assert user is not None
    assert client.session["_auth_user_id"] == str(user.pk)
    assert Participant.objects.get(dispute_id=case.id, user=user).status == "joined"
    assert client.get(f"/disputes/{case.id}/").status_code == 200


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "Nora\x00", "Nora\u202e"])
def test_joining_needs_a_name_that_can_be_shown(name: str, client: Client) -> None:
    _case, address = invited()
    before = footprint()
    answer = client.post(address, {"action": "join", "full_name": name})
    assert answer.status_code == 400
    assert 'role="alert"' in text(answer)
    assert footprint() == before


def test_a_used_link_leads_its_owner_on_and_nobody_else(client: Client) -> None:
    case, address = invited()
    client.post(address, {"action": "join", "full_name": "Nora"})
    assert client.get(address)["Location"] == f"/disputes/{case.id}/"
    for other in (Client(), browser(UserFactory())):
        gone = other.get(address)
        assert gone.status_code == 410
        assert_private(gone)
        assert "deposit" not in text(gone)
        before = footprint()
        assert other.post(address, {"action": "join", "full_name": "Mallory"}).status_code == 410
        assert footprint() == before


def test_an_expired_link_is_dead(client: Client) -> None:
    _case, address = invited()
    Invitation.objects.update(expires_at=DbNow() - timedelta(seconds=1))
    before = footprint()
    assert client.get(address).status_code == 410
    assert client.post(address, {"action": "join", "full_name": "Nora"}).status_code == 410
    assert client.post(address, {"action": "decline", "reason": ""}).status_code == 410
    assert client.get("/i/" + "A" * 43).status_code == 410
    assert footprint() == before


def test_declining_needs_no_account(client: Client) -> None:
    case, address = invited()
    answer = client.post(address, {"action": "decline", "reason": "I am not this person"})
    assert answer.status_code == 200
    assert "You have declined" in text(answer)
    participant = Participant.objects.get(dispute_id=case.id, full_name="Nora Okafor")
    assert (participant.status, participant.left_reason) == ("declined", "I am not this person")
    assert find_account(NEW) is None
    assert client.get(address).status_code == 410


def test_a_co_claimant_cannot_decline_but_is_not_asked_to(client: Client) -> None:
    case = make.file_case(invitees=(Invitee(NEW, side="claimant"),))
    address = f"/i/{make.token_for(case, NEW)}"
    assert 'value="decline"' not in text(client.get(address))
    before = footprint()
    answer = client.post(address, {"action": "decline", "reason": ""})
    assert answer.status_code == 403
    assert "Only a respondent can decline" in text(answer)
    assert footprint() == before


def test_an_account_with_a_password_signs_in_first(client: Client) -> None:
    case = make.file_case()
    address = f"/i/{make.token_for(case, case.respondent.email)}"
    page = text(client.get(address))
    assert "This address has an account with a password" in page
    assert "full_name" not in page
    before = footprint()
    assert client.post(address, {"action": "join", "full_name": "Mallory"}).status_code == 409
    assert footprint() == before
    assert "_auth_user_id" not in client.session

    onward = f"/invitations/{Invitation.objects.get(participant__dispute_id=case.id).pk}/"
    assert f"/signin/?next={quote(onward, safe='')}" in page
    assert client.get(onward)["Location"].startswith("/signin/?next=")
    signed_in = client.post("/signin/", {"email": case.respondent.email, "password": PASSWORD, "next": onward})
    assert signed_in["Location"] == onward
    assert client.get(onward)["Location"] == address
    assert "You are signed in as" in text(client.get(address))
    joined = client.post(address, {"action": "join"})
    assert joined["Location"] == f"/disputes/{case.id}/"
    assert case.status == DisputeStatus.STATING
    assert client.get(onward)["Location"] == f"/disputes/{case.id}/"


def test_somebody_elses_invitation_is_not_there() -> None:
    case = make.file_case()
    onward = f"/invitations/{Invitation.objects.get(participant__dispute_id=case.id).pk}/"
    assert browser(UserFactory()).get(onward).status_code == 404
    assert browser(case.claimant).get(onward).status_code == 404


def test_a_stranger_signed_in_here_does_not_become_the_invitee() -> None:
    case, address = invited()
    stranger = UserFactory()
    other = browser(stranger)
    other.post(address, {"action": "join", "full_name": "Nora"})
    joined = find_account(NEW)
    assert joined is not None
    assert other.session["_auth_user_id"] == str(joined.pk)
    assert not Participant.objects.filter(dispute_id=case.id, user=stranger).exists()


def test_forms_need_their_token() -> None:
    _case, address = invited()
    client = Client(enforce_csrf_checks=True)
    before = footprint()
    assert client.post(address, {"action": "join", "full_name": "Nora"}).status_code == 403
    client.get(address)
    given = {"action": "join", "full_name": "Nora", "csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    assert client.post(address, given, HTTP_ORIGIN="null", HTTP_SEC_FETCH_SITE="cross-site").status_code == 403
    assert client.post(address, given, HTTP_ORIGIN="null").status_code == 403
    assert client.post(address, given, HTTP_ORIGIN="https://evil.example").status_code == 403
    assert footprint() == before
    # What a browser sends from a page under `Referrer-Policy: no-referrer`.
    assert client.post(address, given, HTTP_ORIGIN="null", HTTP_SEC_FETCH_SITE="same-origin").status_code == 302


# --- the case ------------------------------------------------------------------------------------------------------------
def test_a_case_is_for_those_in_it() -> None:
    case, people = make.peopled(DisputeStatus.PROPOSED)
    may = {"claimant", "co_claimant", "respondent", "counsel", "mediator", "arbitrator", "admin"}
    address = f"/disputes/{case.id}/"
    for kind, user in people.items():
        expected = 200 if kind in may or kind.startswith(("counsel", "mediator", "arbitrator")) else 404
        assert browser(user).get(address).status_code == expected, kind
    nobody = Client().get(address)
    assert nobody["Location"] == f"/signin/?next=%2Fdisputes%2F{case.id}%2F"
    assert Client().get("/disputes/00000000-0000-0000-0000-000000000000/").status_code == 302


@pytest.mark.parametrize("status", list(DisputeStatus))
def test_a_case_has_words_for_every_state(status: DisputeStatus) -> None:
    case = make.case_in(status)
    for user in (case.claimant, UserFactory(admin=True)):
        answer = browser(user).get(f"/disputes/{case.id}/")
        assert answer.status_code == 200
        assert_private(answer)
        assert "Your next step" in text(answer)


def test_a_case_page_shows_nothing_private() -> None:
    case = make.stating()
    make.state(case, case.claimant, "MARK-SEALED")
    make.put_on_record(case, case.claimant, "MARK-EVIDENCE", "MARK-EVIDENCE")
    make.caucus(case, case.claimant, "MARK-CAUCUS")
    make.say(case, case.claimant, "MARK-PAIR", recipient_id=case.respondent.pk)
    counsel = make.assign(case, Part.COUNSEL)
    for user in (case.respondent, counsel, UserFactory(admin=True)):
        page = text(browser(user).get(f"/disputes/{case.id}/"))
        assert "MARK-" not in page
        assert "evidence on record" not in page
    assert "put evidence on record" in text(browser(case.claimant).get(f"/disputes/{case.id}/"))


def test_the_next_step_is_the_readers_own() -> None:
    case = make.stating()
    make.state(case, case.claimant)
    assert "Your statement is in." in text(browser(case.claimant).get(f"/disputes/{case.id}/"))
    assert "Give your statement" in text(browser(case.respondent).get(f"/disputes/{case.id}/"))


def test_a_sealed_contract_is_a_download() -> None:
    case = make.executed()
    page = text(browser(case.respondent).get(f"/disputes/{case.id}/"))
    assert "Download the sealed contract" in page
    assert f"/api/disputes/{case.id}/contract/file" in page


def test_a_case_page_costs_the_same_however_much_happened() -> None:
    def cost(case: make.Case) -> int:
        client = browser(case.claimant)
        client.get("/")
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/disputes/{case.id}/")
        return len(queries)

    short, long = make.proposed(), make.proposed()
    make.respond(long, long.respondent, Decision.REJECT)
    make.fail_rounds(long, 3)
    make.propose(long)
    assert cost(short) == cost(long)


# --- the desk --------------------------------------------------------------------------------------------------------------
def desk_of(user: User) -> str:
    answer = browser(user).get("/staff/")
    assert answer.status_code == 200
    return text(answer)


def waiting_cases(tag: str) -> list[make.Case]:
    """One of each that waits."""
    late, human = make.file_case(title=f"{tag}-late"), make.mediating(title=f"{tag}-human")
    Dispute.objects.filter(pk=late.id).update(respond_by=DbNow() + timedelta(days=2))
    escalate_dispute(acting_user=human.claimant, dispute_id=human.id, reason="")
    return [late, human, make.in_review(title=f"{tag}-review")]


def test_the_desk_is_for_staff() -> None:
    assert Client().get("/staff/")["Location"] == "/admin/login/?next=%2Fstaff%2F"
    assert browser(UserFactory()).get("/staff/").status_code == 404
    desk_of(UserFactory(lawyer=True))
    assert "dead letters" in desk_of(UserFactory(admin=True))


def test_the_desk_shows_a_lawyer_only_their_cases() -> None:
    lawyer = UserFactory(lawyer=True)
    for case in waiting_cases("MINE"):
        make.assign(case, Part.COUNSEL, lawyer)
    waiting_cases("OTHER")
    page = desk_of(lawyer)
    for kind in ("late", "human", "review"):
        assert f"MINE-{kind}" in page
    assert "OTHER" not in page
    assert "3 open cases" in page
    assert "dead letters" not in page
    boss = desk_of(UserFactory(admin=True))
    assert "OTHER-late" in boss
    assert "6 open cases" in boss


def test_the_desk_counts_dead_letters() -> None:
    make.file_case()
    event = OutboxEvent.objects.first()
    assert event is not None
    Delivery.objects.create(event=event, subscriber="nobody.at_all", state="dead")
    assert "<strong>1</strong><span>dead letters" in desk_of(UserFactory(admin=True))


def test_the_desk_costs_the_same_for_one_case_and_many() -> None:
    boss = UserFactory(admin=True)
    client = browser(boss)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/staff/").status_code == 200
        return len(queries)

    make.file_case()
    cost()
    first = cost()
    waiting_cases("more")
    row = Dispute.objects.get(title="more-late")
    Dispute.objects.bulk_create(
        [
            Dispute(title=f"copy {number}", description="", filed_by=row.filed_by, respond_by=row.respond_by)
            for number in range(200)
        ]
    )
    assert cost() == first
    assert first <= 12


def test_the_links_of_the_desk_open() -> None:
    waiting_cases("MINE")
    client = browser(UserFactory(admin=True))
    for address in (
        "/admin/disputes/dispute/?waiting=deadline",
        "/admin/disputes/dispute/?waiting=human",
        "/admin/disputes/dispute/?status__exact=mediating",
        "/admin/disputes/contract/?status__exact=review",
        "/admin/kernel/delivery/?state__exact=dead",
    ):
        answer = client.get(address)
        assert answer.status_code == 200, address
    late = text(client.get("/admin/disputes/dispute/?waiting=deadline"))
    assert "MINE-late" in late
    assert "MINE-human" not in late


# --- start, signing in and out ---------------------------------------------------------------------------------------------
def test_the_start_page_leads_on(client: Client) -> None:
    page = text(client.get("/"))
    for link in ("/signin/", "/verify/", "/api/schema/swagger/"):
        assert f'href="{link}"' in page


def test_the_start_page_lists_ones_own_cases() -> None:
    case = make.stating(title="My quarrel")
    make.stating(title="Their quarrel")
    page = text(browser(case.claimant).get("/"))
    assert "My quarrel" in page
    assert "Their quarrel" not in page
