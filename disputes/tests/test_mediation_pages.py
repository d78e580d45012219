"""The mediation protocol on the room's page: each sees and answers their own alone; a wrong form keeps what was typed."""

import re
from typing import Any

import pytest

from accounts.public import User
from accounts.tests.factories import UserFactory, browser
from disputes.enums import BiddingStatus, Part, UnderstandingStatus
from disputes.models import Bid, BiddingRound, Candidate, Message, Ranking, Understanding
from disputes.tests import factories as make
from disputes.tests.conftest import footprint

pytestmark = [pytest.mark.db, pytest.mark.django_db, pytest.mark.usefixtures("unlimited")]
SUMMARY = "You say that the bicycle came without its wheels, and you ask for 1,200 euros."


def page(user: User, case: make.Case, rest: str = "") -> str:
    answer = browser(user).get(f"/disputes/{case.id}/{rest}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def send(user: User, case: make.Case, rest: str, data: dict[str, Any] | None = None) -> Any:
    return browser(user).post(f"/disputes/{case.id}/{rest}", data or {})


def part(text: str, name: str) -> str:
    found = re.search(rf'<section[^>]*id="{name}".*?</section>', text, re.DOTALL)
    assert found is not None
    return found[0]


def places(text: str) -> list[str]:
    """The names of the ranking's fields, in the order they are shown."""
    return re.findall(r'<select name="(place_[^"]+)"', text)


# --- one's own summary ------------------------------------------------------------------------------------------------
def test_summary_is_shown_to_its_party_alone() -> None:
    case = make.mediated()
    make.understand(case, case.claimant, SUMMARY)
    assert SUMMARY in part(page(case.claimant, case), "understanding")
    staff = [make.assign(case, Part.MEDIATOR), UserFactory(admin=True)]
    assert [SUMMARY in page(user, case) for user in (case.respondent, *staff)] == [False, False, False]


def test_summary_that_is_not_there_yet_may_be_said_in_own_words() -> None:
    case = make.mediated()
    shown = part(page(case.claimant, case), "understanding")
    assert ("understanding/confirm/" in shown, "understanding/correct/" in shown) == (False, True)


def test_confirming_twice_is_confirming_once() -> None:
    case = make.mediated()
    make.understand(case, case.claimant, SUMMARY)
    assert [send(case.claimant, case, "understanding/confirm/").status_code for _ in range(2)] == [302, 302]
    row = Understanding.objects.get(participant__user=case.claimant)
    assert row.status == UnderstandingStatus.CONFIRMED
    assert "understanding/confirm/" not in page(case.claimant, case)


def test_correction_is_kept_and_shown_to_its_party_alone() -> None:
    case = make.mediated()
    make.understand(case, case.claimant, SUMMARY)
    empty = send(case.claimant, case, "understanding/correct/", {"correction": "  "})
    assert (empty.status_code, Understanding.objects.filter(status="corrected").count()) == (400, 0)
    words = "It was the frame, not the wheels."
    for _ in range(2):
        assert send(case.claimant, case, "understanding/correct/", {"correction": words}).status_code == 302
    assert words in page(case.claimant, case)
    assert words not in page(case.respondent, case)


def test_proposal_is_offered_once_everybody_has_answered() -> None:
    case = make.mediated()
    offer = f'action="/disputes/{case.id}/resolve/"'
    make.confirm(case, case.claimant)
    assert offer not in page(case.claimant, case)
    make.confirm(case, case.respondent)
    assert offer in page(case.claimant, case)


@pytest.mark.parametrize("rest", ["understanding/confirm/", "understanding/correct/", "bid/", "parts/understanding/"])
def test_stranger_finds_nothing(rest: str) -> None:
    case, stranger = make.mediated(), browser(UserFactory())
    before = footprint()
    address = f"/disputes/{case.id}/{rest}"
    answer = stranger.get(address) if "parts" in rest else stranger.post(address, {"correction": "x", "amount": "1"})
    assert (answer.status_code, footprint()) == (404, before)


# --- ranking ----------------------------------------------------------------------------------------------------------
def test_candidates_are_ranked_by_form_and_the_order_is_nobody_elses() -> None:
    case = make.ranking()
    fields = places(page(case.claimant, case))
    assert len(fields) == 4
    data = {name: str(number) for number, name in enumerate(fields, start=1)}
    rest = f"proposals/{case.resolution.pk}/rank/"
    for _ in range(2):
        assert send(case.claimant, case, rest, data).status_code == 302
    assert Ranking.objects.count() == 1
    shown = part(page(case.claimant, case), "proposal")
    assert re.findall(r"Your place (\d)", shown) == ["1", "2", "3", "4"]
    assert "Your place" not in page(case.respondent, case)
    theirs = {name: data[name] for name in data}
    assert send(case.respondent, case, rest, theirs).status_code == 302
    case.resolution.refresh_from_db()
    winner = Candidate.objects.get(pk=fields[0].removeprefix("place_"))
    assert (case.resolution.status, case.resolution.summary) == ("proposed", winner.summary)
    assert "Schulze" in part(page(case.claimant, case), "proposal")


@pytest.mark.parametrize(
    ("given", "refusal"),
    [(("1", "1", "2", "3"), "Each place can be given once."), (("1", "2", "3", ""), "Give every proposal a place")],
)
def test_wrong_ranking_is_shown_again_as_it_was_filled_in(given: tuple[str, ...], refusal: str) -> None:
    case = make.ranking()
    fields = places(page(case.claimant, case))
    answer = send(
        case.claimant,
        case,
        f"proposals/{case.resolution.pk}/rank/",
        dict(zip(fields, given, strict=True)),
    )
    text = answer.content.decode()
    assert (answer.status_code, refusal in text, Ranking.objects.count()) == (400, True, 0)
    assert re.findall(r'<option value="(\d?)" selected', text)[: len(given)] == list(given)


# --- secret bids ------------------------------------------------------------------------------------------------------
def test_bids_that_meet_become_a_proposal_and_neither_is_ever_shown() -> None:
    case = make.understood()
    assert "most you would pay" in page(case.respondent, case)
    assert "least you would take" in page(case.claimant, case)
    assert send(case.respondent, case, "bid/", {"amount": "987.00"}).status_code == 302
    assert "987.00" not in page(case.claimant, case) + page(case.respondent, case)
    assert send(case.claimant, case, "bid/", {"amount": "713.00"}).status_code == 302
    assert BiddingRound.objects.get().status == BiddingStatus.SETTLED
    assert "€850.00" in part(page(case.claimant, case), "proposal")
    assert Bid.objects.count() == 0
    for user in case.parties:
        text = page(user, case)
        assert [bid in text for bid in ("987.00", "713.00")] == [False, False]


def test_bids_that_do_not_meet_are_deleted() -> None:
    case = make.understood()
    for user, amount in (
        (case.respondent, "300"),
        (case.claimant, "1.100,00" if case.claimant.locale == "es" else "1100"),
    ):
        assert send(user, case, "bid/", {"amount": amount}).status_code == 302
    assert (BiddingRound.objects.get().status, Bid.objects.count()) == (BiddingStatus.CLOSED, 0)
    assert "The last bids did not meet" in page(case.claimant, case)


@pytest.mark.parametrize("amount", ["", "a lot", "-5", "0", "1.234.5", "10.001"])
def test_bad_bid_is_shown_again(amount: str) -> None:
    case = make.understood()
    answer = send(case.respondent, case, "bid/", {"amount": amount})
    assert (answer.status_code, Bid.objects.count()) == (400, 0)
    assert f'value="{amount}"' in answer.content.decode() or not amount


def test_bidding_is_not_offered_where_it_cannot_be() -> None:
    assert "way-bid" not in page((case := make.three_mediated()).claimant, case)
    assert "way-bid" not in page((case := make.mediating()).claimant, case)


# --- what the mediator may use ----------------------------------------------------------------------------------------
def test_line_of_the_caucus_is_permitted_and_taken_back_by_form() -> None:
    case = make.understood()
    make.caucus(case, case.claimant, "I would take 900.")
    line = Message.objects.get(stream__kind="caucus")
    shown = page(case.claimant, case, "?room=mediator")
    assert f"messages/{line.pk}/permit/" in shown
    answer = send(case.claimant, case, f"messages/{line.pk}/permit/")
    assert (answer.status_code, answer["Location"]) == (302, f"/disputes/{case.id}/?room=mediator#chat")
    line.refresh_from_db()
    assert line.permitted_at is not None
    assert f"messages/{line.pk}/take-back/" in page(case.claimant, case, "?room=mediator")
    assert send(case.respondent, case, f"messages/{line.pk}/take-back/").status_code == 404
    assert send(case.claimant, case, f"messages/{line.pk}/take-back/").status_code == 302
    line.refresh_from_db()
    assert line.permitted_at is None


def test_line_of_another_room_offers_nothing_to_permit() -> None:
    case = make.understood()
    make.say(case, case.claimant, "In front of all.")
    assert "/permit/" not in page(case.claimant, case)


@pytest.mark.parametrize("state", ["mediated", "understood", "ranking"])
def test_page_reads_in_spanish(state: str) -> None:
    case = getattr(make, state)()
    make.confirm(case, case.claimant) if state == "mediated" else None
    user = case.respondent
    user.locale = "es"
    user.save(update_fields=["locale"])
    text = page(user, case)
    assert "<h2" in text
    assert not re.search(r"mediator understands|Put them in the order|secret bids|Let the mediator", text)
