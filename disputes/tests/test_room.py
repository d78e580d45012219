"""The room of a case: what its page shows to whom, every act by form, twice the same form, bad input, both languages."""

import io
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as configured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from accounts.public import User
from accounts.tests.factories import UserFactory, browser
from disputes.enums import ContractStatus, Decision, DisputeStatus, Part
from disputes.models import Evidence, Message, Participant, ResolutionResponse, Truth
from disputes.selectors.case_file import Citation
from disputes.selectors.case_files import truth_content
from disputes.selectors.rooms import Mark
from disputes.services.invitations import Invitee, start_dispute
from disputes.services.receipts import note_receipts
from disputes.tests import factories as make
from disputes.tests.conftest import footprint
from documents.public import StoredFile

pytestmark = [pytest.mark.db, pytest.mark.django_db, pytest.mark.usefixtures("unlimited")]
FRAGMENT: dict[str, Any] = {"HTTP_HX_REQUEST": "true"}


def room(case: make.Case, rest: str = "") -> str:
    return f"/disputes/{case.id}/{rest}"


def page(user: User, case: make.Case, rest: str = "") -> str:
    answer = browser(user).get(room(case, rest))
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def send(user: User, case: make.Case, rest: str, data: dict[str, Any] | None = None, **headers: Any) -> Any:
    return browser(user).post(room(case, rest), data or {}, **headers)


def png(size: tuple[int, int] = (40, 30)) -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, "PNG")
    out.seek(0)
    out.name = "kitchen.png"
    return out


def statement(content: str = "It was clean.") -> dict[str, str]:
    return {"content": content, "final": "on"}


# --- the page -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", list(DisputeStatus))
def test_every_part_can_be_asked_for_in_every_state(status: DisputeStatus) -> None:
    case, people = make.peopled(status)
    names = ("head", "deadline", "people", "statements", "evidence", "proposal", "contract", "history")
    for kind in ("claimant", "respondent", "mediator", "admin"):
        client = browser(people[kind])
        for name in names:
            answer = client.get(room(case, f"parts/{name}/"), **FRAGMENT)
            assert answer.status_code == 200, (kind, name)
            assert f'data-part="{name}"' in answer.content.decode()
            assert answer["Cache-Control"] == "no-store"
    for kind in ("stranger", "ex_party", "invited", "other_lawyer"):
        assert browser(people[kind]).get(room(case, "parts/statements/")).status_code == 404
    assert browser(people["claimant"]).get(room(case, "parts/nothing/")).status_code == 404


def test_a_reader_of_spanish_reads_spanish_and_sums_and_times_in_their_own_way() -> None:
    case = make.proposed(amount=make.eur("1450.00"))
    User.objects.filter(pk=case.respondent.pk).update(locale="es", timezone="America/Bogota")
    body = page(User.objects.get(pk=case.respondent.pk), case)
    assert '<html lang="es"' in body
    assert "1450,00\xa0€" in body or "1.450,00\xa0€" in body
    assert "900,00\xa0€" in body
    assert "Su siguiente paso" in body
    assert "€900.00" in page(case.claimant, case)


def test_only_what_one_may_do_is_offered() -> None:
    case, people = make.peopled(DisputeStatus.MEDIATING)
    offered = {
        "claimant": {"resolve/", "escalate/", "arbitration-consent/", "end/", "withdraw/", "evidence/", "messages/"},
        "respondent": {"resolve/", "escalate/", "arbitration-consent/", "end/", "evidence/", "messages/"},
        "mediator": {"resolve/", "escalate/", "end/", "messages/"},
        "counsel": {"messages/"},
        "admin": set(),
    }
    every = set.union(*offered.values())
    for kind, expected in offered.items():
        body = page(people[kind], case)
        assert {act for act in every if f'action="{room(case, act)}"' in body} == expected, kind


def test_a_page_costs_the_same_for_one_and_for_twenty_of_everything(settings: Any) -> None:
    settings.DISPUTES_MAX_ROUNDS = 100
    few = make.mediating()
    others = tuple(Invitee(f"p{number}@example.org") for number in range(15))
    many = make.file_case(invitees=others)
    make.join(many, many.respondent)
    Participant.objects.filter(dispute_id=many.id, status="invited").update(status="lapsed")
    start_dispute(acting_user=many.claimant, dispute_id=many.id)
    make.disclose(many)
    for case, times in ((few, 1), (many, 20)):
        for number in range(times):
            make.state(case, case.claimant, f"more {number}")
            make.put_on_record(case, case.respondent, f"receipt {number}")
            make.say(case, case.claimant, f"line {number}")
            make.caucus(case, case.claimant, f"private {number}")
        make.fail_rounds(case, times)
        make.propose(case)
        make.respond(case, case.claimant)

    def cost(case: make.Case, rest: str) -> int:
        client = browser(case.respondent)
        client.get(room(case, rest))  # keys and sessions are now at hand
        with CaptureQueriesContext(connection) as taken:
            assert client.get(room(case, rest)).status_code == 200
        return len(taken)

    for rest in ("", "parts/proposal/", "parts/evidence/", "parts/statements/", "?room=mediator"):
        assert cost(many, rest) == cost(few, rest), rest
    assert cost(few, "") <= 32


def test_addresses_of_acts_lead_to_the_page_when_opened() -> None:
    case = make.stating()
    client = browser(case.claimant)
    for rest, part in (("statements/", "statements"), ("evidence/", "evidence"), ("contract/sign/", "contract")):
        assert client.get(room(case, rest))["Location"] == room(case, f"#{part}")
        assert browser(UserFactory()).get(room(case, rest)).status_code == 404
        assert Client().get(room(case, rest))["Location"].startswith("/signin/?next=")


# --- statements -------------------------------------------------------------------------------------------------------------
def test_a_statement_by_form_is_sealed_and_the_same_form_twice_is_one() -> None:
    case = make.stating()
    for _ in range(2):
        answer = send(case.claimant, case, "statements/", statement("It was clean."))
        assert (answer.status_code, answer["Location"]) == (302, room(case, "#statements"))
    only = Truth.objects.get(dispute_id=case.id)
    assert (truth_content(only), only.is_addendum) == ("It was clean.", False)
    assert "It was clean." in page(case.claimant, case)
    assert "It was clean." not in page(case.respondent, case)
    send(case.claimant, case, "statements/", statement("And bright."))
    assert Truth.objects.filter(dispute_id=case.id, is_addendum=True).count() == 1


def test_the_last_statement_sent_twice_is_no_addendum() -> None:
    case = make.stating()
    make.state(case, case.claimant)
    for _ in range(2):
        assert send(case.respondent, case, "statements/", statement("My side.")).status_code == 302
    assert Truth.objects.filter(dispute_id=case.id).count() == 2
    assert case.status == DisputeStatus.MEDIATING


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"content": "", "final": "on"},
        {"content": "kept-what-was-typed"},
        {"content": "kept-what-was-typed \x00", "final": "on"},
        {"content": "kept-what-was-typed " + "x" * 50_000, "final": "on"},
    ],
)
def test_a_bad_statement_writes_nothing_and_keeps_what_was_typed(given: dict[str, str]) -> None:
    case = make.stating()
    before = footprint()
    ways: tuple[dict[str, Any], ...] = ({}, FRAGMENT)
    for headers in ways:
        answer = send(case.claimant, case, "statements/", given, **headers)
        assert answer.status_code == 400
        body = answer.content.decode()
        assert 'role="alert"' in body
        assert ("kept-what-was-typed" in body) == ("kept" in given.get("content", ""))
    assert footprint() == before


def test_htmx_gets_the_part_and_nothing_else() -> None:
    case = make.stating()
    answer = send(case.claimant, case, "statements/", statement(), **FRAGMENT)
    body = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in body
    assert 'data-part="statements"' in body
    assert "Your statement is in." in body
    assert answer["HX-Trigger"] == "accord:acted"


def test_a_statement_after_the_first_proposal_is_refused_in_words() -> None:
    proposed = make.proposed()
    before = footprint()
    answer = send(proposed.claimant, proposed, "statements/", statement("kept-words"))
    assert answer.status_code == 409
    assert "kept-words" not in page(proposed.claimant, proposed)
    assert 'role="alert"' in answer.content.decode()
    assert footprint() == before


# --- evidence ---------------------------------------------------------------------------------------------------------------
@pytest.mark.live
def test_several_files_and_a_text_go_on_record_at_once_and_the_same_form_adds_nothing() -> None:
    case = make.stating()
    for _ in range(2):
        files = [png(), png((60, 60))]
        given = {"file": files, "text": "A receipt.", "description": "the kitchen"}
        assert send(case.claimant, case, "evidence/", given).status_code == 302
    found = Evidence.objects.filter(dispute_id=case.id)
    assert sorted(item.file.file_name for item in found) == ["kitchen.png", "kitchen.png", "statement.txt"]
    assert {item.description for item in found} == {"the kitchen"}
    assert StoredFile.objects.count() == 3
    assert "kitchen.png" in page(case.claimant, case)
    assert "kitchen.png" not in page(case.respondent, case)


@pytest.mark.live
def test_a_bad_file_is_named_and_keeps_no_good_one_out() -> None:
    case = make.stating()
    broken = io.BytesIO(b"MZ")
    broken.name = "tool.exe"
    answer = send(case.claimant, case, "evidence/", {"file": [broken, png()], "description": "kept-words"})
    body = answer.content.decode()
    assert answer.status_code == 400
    assert "tool.exe was not taken" in body
    assert "kept-words" in body
    assert [item.file.file_name for item in Evidence.objects.filter(dispute_id=case.id)] == ["kitchen.png"]


@pytest.mark.parametrize("given", [{}, {"text": "   "}, {"text": "a\x00b"}, {"text": "x", "description": "y" * 501}])
def test_nothing_to_add_writes_nothing(given: dict[str, str]) -> None:
    case = make.stating()
    before = footprint()
    assert send(case.claimant, case, "evidence/", given).status_code == 400
    assert footprint() == before


def test_evidence_is_withdrawn_by_its_owner_only() -> None:
    case = make.mediating()
    piece, stranger = make.put_on_record(case, case.claimant), UserFactory()
    rest = f"evidence/{piece.pk}/withdraw/"
    before = footprint()
    assert send(case.respondent, case, rest).status_code == 403
    assert send(stranger, case, rest).status_code == 404
    assert send(case.claimant, case, f"evidence/{uuid4()}/withdraw/").status_code == 404
    assert footprint() == before
    for _ in range(2):
        assert send(case.claimant, case, rest).status_code == 302
    piece.refresh_from_db()
    assert piece.withdrawn_at is not None
    assert "withdrawn" in page(case.respondent, case, "parts/evidence/")


@pytest.mark.live
def test_a_thumbnail_is_for_whoever_may_open_the_file() -> None:
    case = make.stating()
    send(case.claimant, case, "evidence/", {"file": [png()], "description": ""})
    piece = Evidence.objects.get(dispute_id=case.id)
    rest, large = f"evidence/{piece.pk}/thumbnail/", f"evidence/{piece.pk}/preview/"
    answer = browser(case.claimant).get(room(case, rest))
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert answer["Cache-Control"] == "private, max-age=3600"
    assert Image.open(io.BytesIO(answer.content)).size == (40, 30)
    assert rest in page(case.claimant, case, "parts/evidence/")
    assert large in page(case.claimant, case, "parts/evidence/")
    for address in (rest, large):
        for other in (case.respondent, UserFactory(), UserFactory(admin=True)):  # sealed until the statements are
            assert browser(other).get(room(case, address)).status_code == 404
    make.disclose(case)
    assert browser(case.respondent).get(room(case, rest)).status_code == 200
    seen = browser(case.respondent).get(room(case, large))
    assert (seen.status_code, seen["X-Content-Type-Options"]) == (200, "nosniff")
    StoredFile.objects.filter(pk=piece.file_id).update(scan_status="infected")
    for address in (rest, large):
        refused = browser(case.respondent).get(room(case, address))
        assert (refused.status_code, refused["Cache-Control"]) == (404, "no-store")
    text = make.put_on_record(case, case.claimant)
    assert browser(case.claimant).get(room(case, f"evidence/{text.pk}/thumbnail/")).status_code == 404
    assert browser(case.claimant).get(room(case, f"evidence/{text.pk}/preview/")).status_code == 404


def test_what_the_scanner_says_stands_beside_the_file() -> None:
    case = make.mediating()
    piece = make.put_on_record(case, case.claimant)
    for status, words in (
        ("pending", "Being checked"),
        ("infected", "A virus was found"),
        ("unscanned", "not checked"),
    ):
        StoredFile.objects.filter(pk=piece.file_id).update(scan_status=status)
        body = page(case.respondent, case, "parts/evidence/")
        assert words in body
        assert (f"/evidence/{piece.pk}/download" in body) == (status == "unscanned")


# --- chat -------------------------------------------------------------------------------------------------------------------
def test_a_line_by_form_goes_to_the_room_that_was_open_and_once() -> None:
    case = make.stating()
    for key, words in (("room", "MARK-JOINT"), ("mediator", "MARK-CAUCUS"), (str(case.respondent.pk), "MARK-PAIR")):
        given = {"room": key, "content": words, "client_id": str(uuid4())}
        for _ in range(2):
            answer = send(case.claimant, case, "messages/", given)
            assert (answer.status_code, answer["Location"]) == (302, room(case, f"?room={key}#chat"))
        assert words in page(case.claimant, case, f"?room={key}")
    assert Message.objects.count() == 3
    assert "MARK-JOINT" in page(case.respondent, case)
    assert "MARK-PAIR" in page(case.respondent, case, f"?room={case.claimant.pk}")
    for rest in ("", "?room=mediator", f"?room={case.claimant.pk}"):
        assert "MARK-CAUCUS" not in page(case.respondent, case, rest)


def test_rooms_of_others_are_not_there() -> None:
    case, people = make.peopled(DisputeStatus.MEDIATING)
    make.say(case, case.claimant, "MARK-PAIR", recipient_id=case.respondent.pk)
    make.caucus(case, case.respondent, "MARK-CAUCUS")
    keys = ["", "room", "mediator", *(str(user.pk) for user in people.values()), "nonsense", str(uuid4())]
    for kind, may_read in (
        ("co_claimant", set()),
        ("counsel", set()),
        ("arbitrator", set()),
        ("admin", set()),
        ("mediator", {"MARK-CAUCUS"}),
    ):
        seen = "".join(page(people[kind], case, f"?room={key}") for key in keys)
        assert {mark for mark in ("MARK-PAIR", "MARK-CAUCUS") if mark in seen} == may_read, kind
    before = footprint()
    for key in ("nonsense", str(uuid4()), str(people["stranger"].pk), str(people["counsel"].pk)):
        answer = send(case.claimant, case, "messages/", {"room": key, "content": "kept-words"})
        assert answer.status_code == 400
        assert "kept-words" in answer.content.decode()
    assert footprint() == before


def test_the_mediator_answers_in_a_caucus_and_only_its_party_reads_it() -> None:
    case, people = make.peopled(DisputeStatus.MEDIATING)
    key = str(case.respondent.pk)
    assert send(people["mediator"], case, "messages/", {"room": key, "content": "MARK"}).status_code == 302
    assert "MARK" in page(case.respondent, case, "?room=mediator")
    assert "MARK" not in page(case.claimant, case, "?room=mediator")


@pytest.mark.parametrize("content", ["", "   ", "a\x00b", "x" * 10_001])
def test_a_line_that_cannot_be_posted_writes_nothing(content: str) -> None:
    case = make.stating()
    before = footprint()
    assert send(case.claimant, case, "messages/", {"room": "room", "content": content}).status_code == 400
    assert footprint() == before


def test_what_people_write_is_text_and_nothing_else() -> None:
    case = make.stating()
    make.say(case, case.claimant, "<img src=x onerror=alert(1)> https://example.org </script>")
    body = page(case.respondent, case)
    assert "<img src=x" not in body
    assert "&lt;img src=x onerror=alert(1)&gt; https://example.org" in body


def test_older_lines_are_a_page_away_without_scripts() -> None:
    case = make.stating()
    for number in range(70):
        make.say(case, case.claimant, f"line-{number:03d}.")
    seen: list[int] = []
    body = page(case.respondent, case)
    for _ in range(3):
        seen = [number for number in range(70) if f"line-{number:03d}." in body] + seen
        older = body.partition('data-older="')[2].partition('"')[0]
        if older:
            body = page(case.respondent, case, f"?room=room&before={older}")
    assert seen == list(range(70))
    assert browser(case.respondent).get(room(case, "?before=nonsense")).status_code == 404


def test_unread_lines_are_counted_by_room_and_ticks_say_who_read() -> None:
    case = make.stating()
    posted = [make.say(case, case.claimant, f"line {number}") for number in range(3)]
    make.say(case, case.claimant, "private", recipient_id=case.respondent.pk)
    body = page(case.respondent, case)
    assert '<span class="number" data-unread>1</span>' in body
    assert "Sent" in page(case.claimant, case)
    note_receipts(marks=[Mark(posted[0].stream_id, case.respondent.pk, 3, 2)])
    body = page(case.claimant, case)
    assert body.count('class="tick read"') == 2
    assert body.count('class="tick delivered"') == 1
    assert f"Read by {case.respondent.full_name}" in body


def test_in_a_case_that_has_ended_nothing_can_be_written() -> None:
    case = make.closed()
    assert 'id="composer"' not in page(case.claimant, case)
    before = footprint()
    assert send(case.claimant, case, "messages/", {"room": "room", "content": "Hello?"}).status_code == 409
    assert footprint() == before


# --- the proposal -----------------------------------------------------------------------------------------------------------
def answer_url(case: make.Case, how: str) -> str:
    return f"proposals/{case.resolution.pk}/{how}/"


def test_accepting_needs_a_clear_word_and_counts_once() -> None:
    case = make.proposed()
    before = footprint()
    answer = send(case.claimant, case, answer_url(case, "accept"), {"comment": "kept-words"})
    assert answer.status_code == 400
    assert "kept-words" in answer.content.decode()
    assert footprint() == before
    for _ in range(2):
        given = {"sure": "on", "comment": "Fair."}
        assert send(case.claimant, case, answer_url(case, "accept"), given).status_code == 302
    only = ResolutionResponse.objects.get(resolution=case.resolution)
    assert (only.decision, only.comment) == (Decision.ACCEPT, "Fair.")
    assert send(case.claimant, case, answer_url(case, "reject"), {}).status_code == 409
    assert "Fair." in page(case.respondent, case)


def test_the_last_acceptance_sent_twice_is_done() -> None:
    case = make.proposed()
    make.respond(case, case.claimant)
    for _ in range(2):
        assert send(case.respondent, case, answer_url(case, "accept"), {"sure": "on"}).status_code == 302
    assert case.status == DisputeStatus.CONTRACTING


def test_rejecting_reopens_mediation_once() -> None:
    case = make.proposed()
    for _ in range(2):
        answer = send(case.respondent, case, answer_url(case, "reject"), {"comment": "Too much."})
        assert answer.status_code == 302
    assert case.status == DisputeStatus.MEDIATING
    assert "Too much." in page(case.claimant, case)


def test_a_counter_carries_the_terms_whole_in_the_readers_numbers() -> None:
    case = make.mediating()
    make.propose(case, make.draft(case, make.payment(case), make.payment(case, "50.00", text="A second sum.")))
    User.objects.filter(pk=case.respondent.pk).update(locale="es")
    given = {
        "how": "terms",
        "comment": "Menos.",
        "t0_amount": "1.100,50",
        "t0_due": str(make.day(case, 40)),
        "t0_text": "Pago único.",
        "t1_out": "on",
    }
    reader = User.objects.get(pk=case.respondent.pk)
    resolution = case.resolution
    answer = send(reader, case, answer_url(case, "counter"), given)
    assert answer.status_code == 302, answer.content.decode()
    response = ResolutionResponse.objects.get(resolution=resolution)
    assert response.terms is not None
    assert [term["id"] for term in response.terms] == [resolution.terms[0]["id"]]
    assert response.terms[0]["amount"] == {"amount": "1100.50", "currency": "EUR"}
    assert response.terms[0]["text"] == "Pago único."
    assert (response.decision, response.comment) == (Decision.COUNTER, "Menos.")
    assert "€1,100.50" in page(case.claimant, case)


def test_a_counter_in_equal_parts_or_in_words_alone() -> None:
    split, said = make.proposed(), make.proposed()
    assert (
        send(split.respondent, split, answer_url(split, "counter"), {"how": "instalments", "instalments": "3"})
    ).status_code == 302
    assert ResolutionResponse.objects.get(resolution=split.resolution).instalments == 3
    assert (
        send(said.respondent, said, answer_url(said, "counter"), {"how": "words", "comment": "Later."}).status_code
        == 302
    )
    response = ResolutionResponse.objects.get(resolution=said.resolution)
    assert (response.terms, response.instalments, response.comment) == (None, None, "Later.")


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"how": "nonsense"},
        {"how": "instalments"},
        {"how": "instalments", "instalments": "61"},
        {"how": "words"},
        {"how": "terms", "t0_amount": "1.200", "t0_due": "", "t0_text": ""},
        {"how": "terms", "t0_amount": "-5", "t0_text": ""},
        {"how": "terms", "t0_amount": "10", "t0_due": "2001-01-01", "t0_text": ""},
        {"how": "terms", "t0_amount": "10", "t0_due": "yesterday", "t0_text": ""},
        {"how": "terms", "t0_out": "on"},
    ],
)
def test_a_bad_counter_writes_nothing_and_keeps_what_was_typed(given: dict[str, str]) -> None:
    case = make.proposed()
    before = footprint()
    answer = send(case.respondent, case, answer_url(case, "counter"), {**given, "comment": given.get("comment", "")})
    assert answer.status_code == 400
    body = answer.content.decode()
    assert 'role="alert"' in body
    if given.get("t0_amount"):
        assert f'value="{given["t0_amount"]}"' in body
    assert footprint() == before


def test_asking_for_a_proposal_twice_is_one_round() -> None:
    case = make.mediating()
    for _ in range(2):
        assert send(case.claimant, case, "resolve/").status_code == 302
    assert case.dispute.resolutions.count() == 1
    body = page(case.respondent, case, "parts/proposal/")
    assert 'hx-trigger="every 3s"' in body
    proposed = make.proposed()
    assert "every 3s" not in page(proposed.respondent, proposed, "parts/proposal/")


def test_a_source_opens_at_the_quoted_passage() -> None:
    case = make.stating()
    make.state(case, case.claimant, "Before. It was <clean>. After.")
    make.state(case, case.respondent)
    truth = Truth.objects.get(dispute_id=case.id, participant__user=case.claimant)
    piece = make.put_on_record(case, case.claimant, "Paid 30 euros.", "the receipt")
    line = make.say(case, case.respondent, "I would pay 900.")
    cited = (
        Citation("It was clean.", "truth", truth.pk, 8, 23, "It was <clean>."),
        Citation("There is a receipt.", "evidence", piece.pk, 12, 16, "Paid"),
        Citation("They would pay.", "message", line.id, 2, 11, "would pay"),
    )
    make.propose(case, make.draft(case, citations=cited))
    start = f"proposals/{case.resolution.pk}/sources/"
    first = page(case.respondent, case, f"{start}1/")
    assert "Before. <mark" in first
    assert "It was &lt;clean&gt;.</mark> After." in first
    assert ">Paid</mark> 30 euros." in page(case.claimant, case, f"{start}2/")
    assert ">would pay</mark> 900." in page(case.claimant, case, f"{start}3/")
    assert "<html" not in browser(case.claimant).get(room(case, f"{start}1/"), **FRAGMENT).content.decode()
    for number in (0, 4, 99, 10**30, "one"):
        assert browser(case.claimant).get(room(case, f"{start}{number}/")).status_code == 404
    assert browser(UserFactory()).get(room(case, f"{start}1/")).status_code == 404
    other = make.proposed()
    assert browser(other.claimant).get(room(other, f"{start}1/")).status_code == 404


# --- the case as a whole ----------------------------------------------------------------------------------------------------
def test_consent_is_given_with_a_clear_word_and_taken_back() -> None:
    case = make.mediating()
    before = footprint()
    assert send(case.claimant, case, "arbitration-consent/").status_code == 400
    assert footprint() == before
    assert send(case.claimant, case, "arbitration-consent/", {"sure": "on"}).status_code == 302
    assert make.participant_of(case, case.claimant).arbitration_consent_at is not None
    assert f"Consented to arbitration: {case.claimant.full_name}" in page(case.respondent, case)
    assert send(case.claimant, case, "arbitration-consent/revoke/").status_code == 302
    assert make.participant_of(case, case.claimant).arbitration_consent_at is None


def test_ending_is_asked_for_by_every_party_or_done_by_the_mediator() -> None:
    case, mediated = make.mediating(), make.mediating()
    assert send(case.claimant, case, "end/", {"reason": "Enough."}).status_code == 302
    assert case.status == DisputeStatus.MEDIATING
    assert send(case.claimant, case, "end/take-back/").status_code == 302
    for user in (case.claimant, case.respondent, case.respondent):
        assert send(user, case, "end/").status_code == 302
    assert case.status == DisputeStatus.CLOSED
    mediator = make.assign(mediated, Part.MEDIATOR)
    assert send(mediator, mediated, "end/").status_code == 302
    assert mediated.status == DisputeStatus.CLOSED


def test_withdrawing_needs_a_clear_word_and_is_the_claimants() -> None:
    case = make.mediating()
    before = footprint()
    assert send(case.claimant, case, "withdraw/", {"reason": "kept-words"}).status_code == 400
    assert send(case.respondent, case, "withdraw/", {"sure": "on"}).status_code == 403
    assert footprint() == before
    for _ in range(2):
        assert send(case.claimant, case, "withdraw/", {"sure": "on"}).status_code == 302
    assert case.status == DisputeStatus.WITHDRAWN


def test_escalating_and_starting_and_inviting_another() -> None:
    case = make.mediating()
    for _ in range(2):
        assert send(case.respondent, case, "escalate/", {"reason": "We are stuck."}).status_code == 302
    assert case.dispute.escalated_at is not None
    waiting = make.file_case(invitees=(Invitee("third@example.org"),))
    make.join(waiting, waiting.respondent)
    before = footprint()
    for given in ({}, {"email": "nonsense", "side": "respondent"}, {"email": "a@example.org", "side": "judge"}):
        assert send(waiting.claimant, waiting, "invite/", given).status_code == 400
    assert footprint() == before
    given = {"email": "Fourth@Example.org", "side": "respondent", "full_name": "Fay"}
    assert send(waiting.claimant, waiting, "invite/", given).status_code == 302
    assert Participant.objects.filter(dispute_id=waiting.id, full_name="Fay").count() == 1
    for _ in range(2):
        assert send(waiting.claimant, waiting, "start/").status_code == 302
    assert waiting.status == DisputeStatus.STATING


# --- the contract -----------------------------------------------------------------------------------------------------------
def signature(case: make.Case, user: User, **more: str) -> dict[str, str]:
    return {"full_name": user.full_name, "consent": "on", "checksum": case.contract.checksum, **more}


def test_signing_by_form_counts_once() -> None:
    case = make.signing()
    assert case.contract.checksum in page(case.claimant, case)
    assert "electronically" in page(case.claimant, case)
    for _ in range(2):
        answer = send(case.claimant, case, "contract/sign/", signature(case, case.claimant))
        assert (answer.status_code, answer["Location"]) == (302, room(case, "#contract"))
    body = page(case.claimant, case)
    assert 'id="sign-form"' not in body
    assert "You have signed." in body
    send(case.respondent, case, "contract/sign/", signature(case, case.respondent))
    assert 'hx-trigger="every 2s"' in page(case.claimant, case)
    make.seal(case)
    body = page(case.claimant, case)
    assert "every 2s" not in body
    assert "Download the sealed contract" in body


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"consent": ""}, 400, 'role="alert"'),
        ({"full_name": ""}, 400, 'role="alert"'),
        ({"full_name": "123"}, 400, "Type your full name"),
        ({"checksum": "0" * 64}, 409, "not the one you were shown"),
        ({"signature_image": "data:image/png;base64,AAAA"}, 400, "PNG"),
    ],
)
def test_a_bad_signature_signs_nothing(change: dict[str, str], status: int, words: str) -> None:
    case = make.signing()
    before = footprint()
    answer = send(case.claimant, case, "contract/sign/", signature(case, case.claimant, **change))
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert footprint() == before


def test_signing_has_the_limit_of_the_api(settings: Any) -> None:
    settings.ACCORD_RATES = {**configured.ACCORD_RATES, "sign": "2/min"}
    case = make.signing()
    bad = signature(case, case.claimant, consent="")
    statuses = [send(case.claimant, case, "contract/sign/", bad).status_code for _ in range(3)]
    assert statuses == [400, 400, 429]
    assert send(case.respondent, case, "contract/sign/", signature(case, case.respondent)).status_code == 302


def test_declining_to_sign_needs_a_clear_word_and_voids_the_contract_once() -> None:
    case = make.signing()
    before = footprint()
    assert send(case.claimant, case, "contract/decline/", {"reason": "kept-words"}).status_code == 400
    assert footprint() == before
    for _ in range(2):
        assert send(case.claimant, case, "contract/decline/", {"sure": "on"}).status_code == 302
    assert (case.status, case.contract.status) == (DisputeStatus.MEDIATING, ContractStatus.VOIDED)


def test_the_pdf_opens_on_the_site_for_those_in_the_case() -> None:
    case = make.signing()
    address = room(case, "contract/document/")
    away = browser(case.claimant).get(address)  # the factory has left no bytes
    assert (away.status_code, away["Cache-Control"]) == (503, "no-store")
    assert "not the one that was kept" in away.content.decode()
    file = case.contract.file
    assert file is not None
    default_storage.save(file.key, ContentFile(b"%PDF-1.7 a contract"))
    answer = browser(case.claimant).get(address)
    assert answer["Content-Disposition"].startswith("inline")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert browser(UserFactory()).get(room(case, "contract/document/")).status_code == 404
    none = make.mediating()
    assert browser(none.claimant).get(room(none, "contract/document/")).status_code == 404


def test_forms_need_their_token() -> None:
    case = make.stating()
    client = Client(enforce_csrf_checks=True)
    client.force_login(case.claimant, backend=configured.AUTHENTICATION_BACKENDS[-1])
    before = footprint()
    assert client.post(room(case, "statements/"), statement()).status_code == 403
    assert footprint() == before


def test_sums_are_written_as_the_reader_writes_them() -> None:
    case = make.proposed()
    assert 'value="900.00"' in page(case.respondent, case)
    User.objects.filter(pk=case.respondent.pk).update(locale="es")
    assert 'value="900,00"' in page(User.objects.get(pk=case.respondent.pk), case)
