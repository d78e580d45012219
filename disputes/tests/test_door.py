"""The three screens of an invited person, and every other way out of the first one."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from accounts.public import User, find_account
from accounts.tests.factories import PASSWORD, UserFactory, browser
from disputes.enums import ParticipantStatus
from disputes.models import DeadlineProposal, Evidence, Invitation, Participant, Reply, Truth
from disputes.selectors.case_files import truth_content
from disputes.selectors.replies import truth_answer
from disputes.services.fresh_links import mail_fresh_links
from disputes.services.invitations import Invitee, email_index, invite_another, lapse_invitations
from disputes.tests import factories as make
from disputes.tests.conftest import client_of, footprint
from kernel.clock import DbNow, now
from kernel.errors import ConflictError
from kernel.models import JournalEntry, OutboxEvent
from kernel.testing.plugin import Clock

pytestmark = [pytest.mark.db, pytest.mark.django_db, pytest.mark.usefixtures("unlimited")]

NEW = "nora@example.net"
OTHER = "otto@example.net"
MARK = "zq-my-own-words-zq"
SIDE = {"full_name": "Nora Okafor", "stance": "partly_agree", "text": MARK, "amount": "700.50"}


def invited(*more: Invitee, **filing: Any) -> tuple[make.Case, str]:
    """A case whose one respondent has no account (the factory's own is removed), and the address of their page."""
    case = make.file_case(invitees=(Invitee(NEW, full_name="Nora Okafor"), *more), amount=make.eur("1450.00"), **filing)
    own = email_index(case.respondent.email)
    Participant.objects.filter(dispute_id=case.id, email_index=own).update(status=ParticipantStatus.REMOVED)
    return case, f"/i/{make.token_for(case, NEW)}"


def nora() -> User:
    user = find_account(NEW)
    assert user is not None
    return user


def text(answer: Any) -> str:
    body: str = answer.content.decode()
    return body


def events(name: str) -> int:
    return OutboxEvent.objects.filter(type=f"disputes.{name}").count()


# --- your side --------------------------------------------------------------------------------------------------------
def test_a_side_told_at_the_door_is_a_sealed_truth_and_opens_the_room(client: Client) -> None:
    case, address = invited()
    answer = client.post(f"{address}/reply", SIDE)
    assert (answer.status_code, answer["Location"]) == (302, f"/disputes/{case.id}/")
    assert client.session["_auth_user_id"] == str(nora().pk)
    assert not nora().has_usable_password()
    assert case.status == "stating"
    truth = Truth.objects.get(dispute_id=case.id)
    assert truth_content(truth).startswith(MARK)
    assert "I agree with part of the claim. To settle this, I would pay 700.50 EUR." in truth_content(truth)
    given = truth_answer(truth)
    assert given is not None
    assert (given.stance, given.amount) == ("partly_agree", make.eur("700.50"))
    assert not Reply.objects.exists()
    assert case.dispute.disclosed_at is None


def test_nothing_typed_at_the_door_lies_in_clear_in_the_database(client: Client) -> None:
    _case, address = invited(Invitee(OTHER))
    client.post(f"{address}/reply", SIDE)
    assert Reply.objects.get().is_given
    secrets = [shape for text in (MARK, "700.50") for shape in (text, text.encode().hex())]  # bytes are shown in hex
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        for (table,) in cursor.fetchall():
            for secret in secrets:
                cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{secret}%"])
                assert cursor.fetchone() == (0,), table


def test_before_all_are_in_an_answer_waits_sealed_and_nobody_sees_that_it_says_anything(client: Client) -> None:
    case, address = invited(Invitee(OTHER, full_name="Otto"))
    client.post(f"{address}/reply", SIDE)
    assert case.status == "invite_sent"
    assert not Truth.objects.exists()
    for person in (case.claimant, make.assign(case), UserFactory(admin=True)):
        for path in ("", "truths", "timeline", "evidence"):
            assert MARK not in text(client_of(person).get(case.url(path)))
    joined = Client().post(f"/i/{make.token_for(case, OTHER)}", {"action": "join", "full_name": "Otto"})
    assert joined.status_code == 302
    assert case.status == "stating"
    assert Truth.objects.get().participant.user == nora()
    assert client_of(case.claimant).get(case.url("truths")).json()["results"] == []


def test_the_last_side_told_at_the_door_opens_all_at_once(client: Client) -> None:
    case, address = invited()
    make.state(case, case.claimant, "The claimant's side.")
    client.post(f"{address}/reply", SIDE)
    assert case.status == "mediating"
    seen = client_of(case.claimant).get(case.url("truths")).json()["results"]
    assert {item["stance"] for item in seen} == {None, "partly_agree"}
    assert [item["amount"] for item in seen if item["amount"]] == [{"amount": "700.50", "currency": "EUR"}]


def test_the_claimant_who_starts_early_brings_the_waiting_answers_in(client: Client) -> None:
    case, address = invited(Invitee(OTHER))
    client.post(f"{address}/reply", SIDE)
    assert client_of(case.claimant).post(case.url("start")).status_code == 200
    assert Truth.objects.get().participant.user == nora()


def test_files_come_along_and_are_seen_by_nobody_else(client: Client) -> None:
    case, address = invited()
    files = [SimpleUploadedFile("a.txt", b"first"), SimpleUploadedFile("b.txt", b"second")]
    assert client.post(f"{address}/reply", {**SIDE, "uploads": files}).status_code == 302
    assert sorted(Evidence.objects.values_list("file__file_name", flat=True)) == ["a.txt", "b.txt"]
    assert client_of(case.claimant).get(case.url("evidence")).json()["results"] == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"stance": ""}, "id_stance_error"),
        ({"stance": "maybe"}, "id_stance_error"),
        ({"text": "   "}, "Say in your own words"),
        ({"amount": "much"}, "Write the amount like"),
        ({"amount": "0"}, "greater than zero"),
        ({"amount": "-5"}, "Write the amount like"),
        ({"full_name": ""}, "id_full_name_error"),
        ({"text": "a\x00b"}, "id_text_error"),
        ({"uploads": SimpleUploadedFile("bad.exe", b"MZ\x90\x00")}, "bad.exe was not taken"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_nothing_is_half_done(
    changed: dict[str, Any], words: str, client: Client
) -> None:
    _case, address = invited()
    before = footprint()
    answer = client.post(f"{address}/reply", {**SIDE, **changed})
    assert answer.status_code == 400
    assert words in text(answer)
    if "text" not in changed:
        assert MARK in text(answer), "what was typed is kept"
    assert footprint() == before


def test_who_agrees_needs_no_words(client: Client) -> None:
    _case, address = invited()
    client.post(f"{address}/reply", {"full_name": "Nora", "stance": "agree", "text": ""})
    assert truth_content(Truth.objects.get()) == "I agree with the claim."


def test_one_bad_file_keeps_none_and_leaves_no_bytes(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    _case, address = invited()
    gone: list[str] = []
    monkeypatch.setattr("disputes.web.invitation_views.discard_bytes", gone.append)
    files = [SimpleUploadedFile("a.txt", b"first"), SimpleUploadedFile("bad.exe", b"MZ\x90\x00")]
    assert client.post(f"{address}/reply", {**SIDE, "uploads": files}).status_code == 400
    assert len(gone) == 1


def test_opening_the_screens_consumes_nothing(client: Client) -> None:
    _case, address = invited()
    before = footprint()
    for path in (address, f"{address}/reply"):
        for _ in range(2):
            answer = client.get(path)
            assert answer.status_code == 200
            assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("no-store", "no-referrer")
            assert client.head(path).status_code == 200
    assert footprint() == before


def test_the_screens_speak_the_invitees_language_until_they_choose_another(client: Client) -> None:
    case = make.file_case(invitees=(Invitee(NEW, locale="es"),))
    address = f"/i/{make.token_for(case, NEW)}"
    assert '<html lang="es"' in text(client.get(f"{address}/reply"))
    client.post("/language/", {"language": "en", "next": address})
    assert '<html lang="en"' in text(client.get(f"{address}/reply"))
    client.post(f"{address}/reply", SIDE)
    assert nora().locale == "en"


def test_a_statement_is_closed_in_the_language_of_who_gives_it(client: Client) -> None:
    case = make.file_case(invitees=(Invitee(NEW, locale="es"),))
    make.join(case, case.respondent)
    client.post(f"/i/{make.token_for(case, NEW)}/reply", {**SIDE, "currency": "EUR", "amount": "1.200,00"})
    assert "1200.00 EUR" in truth_content(Truth.objects.get())


def test_an_account_with_a_password_signs_in_and_finds_what_was_typed() -> None:
    case = make.file_case()
    address = f"/i/{make.token_for(case, case.respondent.email)}"
    page = Client()
    assert page.get(f"{address}/reply")["Location"].startswith("/signin/?next=")
    refused = page.post(f"{address}/reply", {**SIDE, "stance": "disagree"})
    assert refused.status_code == 409
    assert "What you wrote is kept" in text(refused)
    assert "_auth_user_id" not in page.session
    assert MARK not in text(Client().get(address))
    assert not Truth.objects.exists()
    assert Reply.objects.get().is_given is False
    onward = f"/invitations/{Invitation.objects.get().pk}/?reply"
    page.post("/signin/", {"email": case.respondent.email, "password": PASSWORD, "next": onward})
    assert page.get(onward)["Location"] == f"{address}/reply"
    shown = text(page.get(f"{address}/reply"))
    assert MARK in shown
    assert re.search(r'value="disagree"[^>]*checked', shown)
    sent = page.post(f"{address}/reply", {"stance": "disagree", "text": "Better words."})
    assert sent["Location"] == f"/disputes/{case.id}/"
    assert truth_content(Truth.objects.get()).startswith("Better words.")
    assert not Reply.objects.exists()


def test_typed_words_of_one_invitation_are_shown_to_nobody_else() -> None:
    case = make.file_case()
    address = f"/i/{make.token_for(case, case.respondent.email)}"
    Client().post(f"{address}/reply", SIDE)
    for other in (Client(), browser(UserFactory()), browser(case.claimant)):
        assert MARK not in text(other.get(f"{address}/reply", follow=True))


# --- not me, more time --------------------------------------------------------------------------------------------------
def test_who_is_not_this_person_closes_the_link_and_the_right_address_takes_the_place(client: Client) -> None:
    case, address = invited()
    answer = client.post(address, {"action": "not-me"})
    assert answer.status_code == 200
    assert "this link is closed" in text(answer)
    assert client.get(address).status_code == 410
    participant = Participant.objects.get(dispute_id=case.id, full_name="Nora Okafor")
    assert participant.wrong_address_at is not None
    assert participant.email_sealed is None
    assert case.status == "invite_sent", "it waits for the right address"
    assert events("WrongPersonInvited") == 1
    assert JournalEntry.objects.filter(verb="party.address_wrong").count() == 1
    shown = client_of(case.claimant).get(case.url()).json()["participants"]
    assert [item["is_address_wrong"] for item in shown] == [False, True]
    with pytest.raises(ConflictError):
        invite_another(acting_user=case.claimant, dispute_id=case.id, invitee=Invitee(NEW))
    invite_another(acting_user=case.claimant, dispute_id=case.id, invitee=Invitee(OTHER))
    participant.refresh_from_db()
    assert participant.status == "removed"
    Client().post(f"/i/{make.token_for(case, OTHER)}", {"action": "join", "full_name": "Otto"})
    assert case.status == "stating"


def test_a_wrong_address_that_nobody_corrects_lapses_with_the_time(client: Client, clock: Clock) -> None:
    case, address = invited()
    client.post(address, {"action": "not-me"})
    clock.advance(timedelta(days=16))
    assert lapse_invitations(dispute_id=case.id)
    assert (case.status, case.dispute.outcome) == ("lapsed", "")


def test_more_time_is_asked_at_the_door_and_accepted_inside(client: Client) -> None:
    case, address = invited()
    before, expires = case.dispute.respond_by, Invitation.objects.get(participant__full_name="Nora Okafor").expires_at
    day = str(make.day(case, 30))
    answer = client.post(address, {"action": "more-time", "date": day, "why": "I am abroad."})
    assert answer.status_code == 302
    client.post(address, {"action": "more-time", "date": day, "why": "I am abroad."})
    assert (events("MoreTimeAsked"), DeadlineProposal.objects.count()) == (1, 1)
    assert case.dispute.respond_by == before
    assert "has not answered yet" in text(client.get(address))
    offered = client_of(case.claimant).get(case.url()).json()["allowed_actions"]
    assert {"accept_deadline", "refuse_deadline"} <= set(offered)
    page = browser(case.claimant).get(f"/disputes/{case.id}/deadline/")
    assert "Nora Okafor asks for another date" in text(page)
    assert "I am abroad." in text(page)
    browser(case.claimant).post(f"/disputes/{case.id}/deadline/accept/")
    assert case.dispute.respond_by > before
    assert Invitation.objects.get(participant__full_name="Nora Okafor").expires_at == case.dispute.respond_by > expires
    assert "The later date was accepted" in text(client.get(address))


def test_a_refusal_is_read_at_the_door_in_its_words(client: Client) -> None:
    case, address = invited()
    client.post(address, {"action": "more-time", "date": str(make.day(case, 30)), "why": ""})
    browser(case.claimant).post(f"/disputes/{case.id}/deadline/refuse/", {"reason": "It has waited long enough."})
    assert "It has waited long enough." in text(client.get(address))
    assert events("DeadlineRefused") == 1


@pytest.mark.parametrize("ahead", [-1, 3, 400])
def test_more_time_means_a_later_date_within_a_year(ahead: int, client: Client) -> None:
    case, address = invited()
    before = footprint()
    answer = client.post(address, {"action": "more-time", "date": str(make.day(case, ahead)), "why": "w" * 20})
    assert answer.status_code == 400
    assert "w" * 20 in text(answer)
    assert footprint() == before


def test_wishes_for_more_time_are_few(client: Client, settings: Any) -> None:
    case, address = invited()
    settings.ACCORD_RATES = {**settings.ACCORD_RATES, "more_time": "2/hour"}
    sent = [
        client.post(address, {"action": "more-time", "date": str(make.day(case, ahead)), "why": "w" * 20})
        for ahead in (20, 21, 22)
    ]
    assert [answer.status_code for answer in sent] == [302, 302, 429]
    assert "w" * 20 in text(sent[2])
    assert DeadlineProposal.objects.count() == 2


# --- a fresh link -------------------------------------------------------------------------------------------------------
def test_a_fresh_link_has_one_answer_whoever_asks(client: Client) -> None:
    _case, _address = invited()
    answers = {
        text(client.post("/fresh-link/", {"email": email})).split("<main")[1].split("</main")[0]
        for email in (NEW, "nobody@example.net", UserFactory().email)
    }
    assert len(answers) == 1
    assert client.post("/fresh-link/", {"email": "no address"}).status_code == 400


def test_an_invited_person_gets_the_invitation_again_and_the_old_link_dies(client: Client) -> None:
    case, address = invited()
    told = events("PartyInvited")
    client.post("/fresh-link/", {"email": NEW})
    assert events("PartyInvited") == told + 1
    assert client.get(address).status_code == 410
    assert client.get(f"/i/{make.token_for(case, NEW)}").status_code == 200


def test_mails_at_a_strangers_word_are_few(client: Client) -> None:
    invited()
    for _ in range(8):
        assert client.post("/fresh-link/", {"email": NEW}).status_code == 200
    assert Invitation.objects.get(participant__full_name="Nora Okafor").generation == 5


def test_a_party_without_a_password_comes_back_by_a_link_that_works_once(client: Client, clock: Clock) -> None:
    case, address = invited()
    client.post(address, {"action": "join", "full_name": "Nora"})
    elsewhere = Client()
    assert elsewhere.get(address).status_code == 410
    elsewhere.post("/fresh-link/", {"email": NEW})
    assert events("ReturnLinkAsked") == 1
    back = f"/i/{make.token_of(Invitation.objects.get(participant__user=nora()))}"
    shown = elsewhere.get(back)
    assert shown.status_code == 200
    assert "Welcome back" in text(shown)
    assert "_auth_user_id" not in elsewhere.session
    entered = elsewhere.post(back)
    assert entered["Location"] == f"/disputes/{case.id}/"
    assert elsewhere.session["_auth_user_id"] == str(nora().pk)
    assert Client().post(back).status_code == 410
    elsewhere.post("/fresh-link/", {"email": NEW})
    late = f"/i/{make.token_of(Invitation.objects.get(participant__user=nora()))}"
    clock.advance(timedelta(hours=25))
    assert Client().get(late).status_code == 410


def test_who_has_a_password_is_never_let_in_by_a_return_link(client: Client) -> None:
    _case, address = invited()
    client.post(address, {"action": "join", "full_name": "Nora"})
    mail_fresh_links(email=NEW, origin=make.ORIGIN)
    back = f"/i/{make.token_of(Invitation.objects.get(participant__user=nora()))}"
    user = nora()
    user.set_password("another good battery")
    user.save()
    other = Client()
    assert other.get(back)["Location"] == "/signin/"
    assert other.post(back)["Location"] == "/signin/"
    assert "_auth_user_id" not in other.session
    mail_fresh_links(email=NEW, origin=make.ORIGIN)
    assert events("ReturnLinkAsked") == 1
    assert OutboxEvent.objects.filter(type="accounts.PasswordResetRequested").count() == 1


def test_an_expired_invitation_is_not_renewed_by_who_was_invited() -> None:
    _case, _address = invited()
    Invitation.objects.update(expires_at=DbNow() - timedelta(seconds=1))
    before = footprint()
    mail_fresh_links(email=NEW, origin=make.ORIGIN)
    assert footprint() == before


# --- the same for apps ----------------------------------------------------------------------------------------------------
def test_an_app_joins_with_an_answer_in_one_request() -> None:
    case, address = invited()
    token = address.removeprefix("/i/")
    body = {
        "full_name": "Nora",
        "answer": {"stance": "disagree", "text": MARK, "amount": {"amount": "9.00", "currency": "EUR"}},
    }
    before = footprint()
    bad = client_of(None).post(
        f"/api/invitations/{token}/accept", {**body, "answer": {"stance": "disagree"}}, format="json"
    )
    assert bad.status_code == 400
    assert footprint() == before
    good = client_of(None).post(f"/api/invitations/{token}/accept", body, format="json")
    assert good.status_code == 200
    assert good.json()["dispute_id"] == str(case.id)
    assert MARK in truth_content(Truth.objects.get())


def test_a_signed_in_app_joins_with_an_answer_in_its_own_case_only() -> None:
    case, other = make.file_case(), make.file_case()
    token, client = make.token_for(case, case.respondent.email), client_of(case.respondent)
    body = {"invite_token": token, "answer": {"stance": "disagree", "text": MARK}}
    before = footprint()
    assert client.post(other.url("join"), body, format="json").status_code == 404
    assert client_of(other.respondent).post(case.url("join"), body, format="json").status_code == 403
    bad = client.post(case.url("join"), {**body, "answer": {"stance": "disagree"}}, format="json")
    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (400, "/answer/text")
    assert footprint()[3:] == before[3:]
    assert client.post(case.url("join"), body, format="json").status_code == 200
    assert MARK in truth_content(Truth.objects.get())


def test_an_app_asks_for_more_time_says_not_me_and_comes_back() -> None:
    case, address = invited(Invitee(OTHER))
    token, client = address.removeprefix("/i/"), client_of(None)
    wish = client.post(f"/api/invitations/{token}/more-time", {"date": str(make.day(case, 30)), "reason": "r"})
    assert (wish.status_code, wish.json()["status"]) == (201, "open")
    assert client.get(f"/api/invitations/{token}").json()["more_time"]["reason"] == "r"
    refused = client_of(case.claimant).post(case.url("deadline/refuse"), {"reason": "no"})
    assert (refused.status_code, refused.json()["refusal"]) == (200, "no")
    assert client.post(f"/api/invitations/{token}/not-me").status_code == 204
    assert client.post(f"/api/invitations/{token}/accept", {"full_name": "x"}).status_code == 404
    other = make.token_for(case, OTHER)
    client.post(f"/api/invitations/{other}/accept", {"full_name": "Otto"})
    assert client.post("/api/invitations/fresh-link", {"email": OTHER}).status_code == 202
    back = make.token_of(Invitation.objects.get(participant__user__email=OTHER))
    entered = client.post(f"/api/invitations/{back}/return")
    assert (entered.status_code, entered.json()["dispute_id"]) == (200, str(case.id))
    assert client.post(f"/api/invitations/{back}/return").status_code == 404


def test_the_answer_date_never_becomes_earlier_while_people_are_invited() -> None:
    case, _address = invited()
    claimant, before = client_of(case.claimant), footprint()
    answer = claimant.post(case.url("deadline"), {"date": str(make.day(case, 2))})
    assert answer.status_code == 400
    assert footprint() == before
    assert now() < case.dispute.respond_by
