"""Double-blind bidding: what settles, what does not, and that of a round without a deal nothing readable is left."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.public import User
from accounts.tests.factories import UserFactory, browser
from disputes.enums import BiddingStatus, Decision
from disputes.errors import BiddingUnavailableError, NotYoursToDoError, WrongStateError
from disputes.events import BiddingClosed, ResolutionProposed
from disputes.models import Bid, BiddingRound
from disputes.selectors.access import access_dispute
from disputes.selectors.sealed_answers import bid_amount
from disputes.selectors.timeline import timeline_for
from disputes.services.bidding import middle, place_bid
from disputes.services.bidding_direction import answer_direction, suggest_direction
from disputes.services.ending import withdraw_dispute
from disputes.services.invitations import Invitee, start_dispute
from disputes.tests.conftest import client_of, footprint
from disputes.tests.factories import (
    Case,
    accept,
    ask,
    assign,
    bid,
    confirm,
    disclose,
    eur,
    file_case,
    join,
    mediated,
    mediating,
    rank,
    ranking,
    respond,
    three_mediated,
    understood,
)
from kernel.crypto import CannotOpenError
from kernel.errors import ValidationFailedError
from kernel.models import DataKey, JournalEntry, OutboxEvent
from kernel.money import Money

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def test_bids_that_meet_settle_half_way_and_become_a_proposal_both_still_accept() -> None:
    case = understood()
    assert bid(case, case.claimant, "800.00").status == BiddingStatus.OPEN
    settled = bid(case, case.respondent, "1000.00")
    assert (settled.status, settled.amount) == (BiddingStatus.SETTLED, Decimal("900.0000"))
    resolution = case.resolution
    assert (case.status, resolution.status, resolution.rule) == ("proposed", "proposed", "midpoint")
    (term,) = resolution.terms
    assert {key: term[key] for key in ("kind", "debtor_id", "creditor_id", "amount")} == {
        "kind": "payment",
        "debtor_id": str(case.respondent.pk),
        "creditor_id": str(case.claimant.pk),
        "amount": {"amount": "900.00", "currency": "EUR"},
    }
    assert settled.resolution_id == resolution.pk
    assert OutboxEvent.objects.filter(type=ResolutionProposed.type_name()).count() == 1
    respond(case, case.claimant)
    assert case.status == "proposed"  # a human's act of each
    respond(case, case.respondent)
    assert case.status == "contracting"


def test_equal_bids_settle_on_that_sum() -> None:
    case = understood()
    bid(case, case.claimant, "800.00")
    assert bid(case, case.respondent, "800.00").amount == Decimal("800.0000")


@pytest.mark.unit
@given(st.sampled_from(["EUR", "JPY", "BHD"]), st.integers(1, 10**9), st.integers(1, 10**9))
def test_the_middle_lies_between_and_has_no_more_decimals_than_the_currency(
    currency: str, one: int, other: int
) -> None:
    unit = Money(Decimal(1), currency).minor_unit
    least, most = sorted((one * unit, other * unit))
    found = middle(most, least, currency)
    assert least <= found.amount <= most
    assert found.amount % unit == 0
    assert abs(found.amount - (most + least) / 2) <= unit / 2


@pytest.mark.parametrize(
    ("least", "most", "settled"), [("0.01", "0.02", "0.02"), ("0.03", "0.04", "0.04"), ("0.02", "0.03", "0.02")]
)
def test_half_a_cent_goes_to_the_even_one(least: str, most: str, settled: str) -> None:
    assert middle(Decimal(most), Decimal(least), "EUR") == eur(settled)


def test_without_an_overlap_the_round_closes_and_both_bids_are_gone() -> None:
    case = mediated()
    bid(case, case.respondent, "713.57")
    copy = Bid.objects.get()
    assert bid_amount(copy) == Decimal("713.57")
    closed = bid(case, case.claimant, "913.58")
    assert (closed.status, closed.amount, case.status) == (BiddingStatus.CLOSED, None, "mediating")
    assert not Bid.objects.exists()
    assert not DataKey.objects.filter(scope_kind="bidding", wrapped__isnull=False).exists()
    with pytest.raises(CannotOpenError):  # not even a copy of it opens
        bid_amount(copy)
    assert list(OutboxEvent.objects.filter(type=BiddingClosed.type_name()).values_list("payload", flat=True)) == [
        {"dispute_id": str(case.id), "bidding_id": str(closed.pk)}
    ]


def test_of_a_round_without_a_deal_no_table_holds_a_readable_bid(unlimited: None, caplog: Any) -> None:
    case = mediated()
    for user, amount in ((case.respondent, "713.57"), (case.claimant, "913.58")):
        body = {"amount": {"amount": amount, "currency": "EUR"}}
        sent = client_of(user).post(case.url("bids"), body, format="json", HTTP_IDEMPOTENCY_KEY=f"bid-{amount}")
        assert sent.status_code == 200
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT coalesce(string_agg(t::text, chr(10)), '') FROM \"{table}\" t")
            text = cursor.fetchone()[0]
            found += [f"{table}: {value}" for value in ("713.57", "913.58", "71357", "91358") if value in text]
            found += [f"{table}: hex" for value in (b"713.57", b"913.58") if value.hex() in text]
    assert found == []
    assert [
        record for record in caplog.records if "713.57" in record.getMessage() or "913.58" in record.getMessage()
    ] == []


def test_only_the_round_and_its_state_are_told_and_to_both_the_same(unlimited: None) -> None:
    case = mediated()
    mine, theirs = client_of(case.claimant), client_of(case.respondent)
    paths = ("", "bids", "timeline", "resolutions", "messages")
    direction = {"payer_id": str(case.respondent.pk), "suggested": None}
    before = [theirs.get(case.url(path)).content for path in paths]
    assert theirs.get(case.url("bids")).json() == {"round": 1, "status": "open", **direction}
    sent = mine.post(case.url("bids"), {"amount": "913.58"}, format="json")
    assert (sent.status_code, sent.json()) == (200, {"round": 1, "status": "open", **direction})
    assert [theirs.get(case.url(path)).content for path in paths] == before
    assert theirs.post(case.url("bids"), {"amount": "713.57"}, format="json").json() == {
        "round": 1,
        "status": "closed",
        **direction,
    }
    assert mine.get(case.url("bids")).json() == {"round": 1, "status": "closed", **direction}
    assert mine.post(case.url("bids"), {"amount": "800.00"}, format="json").json() == {
        "round": 2,
        "status": "open",
        **direction,
    }
    settled = theirs.post(case.url("bids"), {"amount": {"amount": "801.00", "currency": "EUR"}}, format="json").json()
    assert settled == {"round": 2, "status": "settled", "amount": {"amount": "800.50", "currency": "EUR"}, **direction}
    verbs = list(timeline_for(access_dispute(case.claimant, case.id)).values_list("verb", flat=True))
    assert "bid.placed" not in verbs
    facts = JournalEntry.objects.filter(verb__startswith="bidding.").order_by("seq").values_list("facts", flat=True)
    assert list(facts) == [{"round": 1}, {"round": 2, "amount": {"amount": "800.50", "currency": "EUR"}}]


def test_while_the_other_has_not_bid_ones_own_bid_can_be_replaced() -> None:
    case = mediated()
    bid(case, case.claimant, "1100.00")
    bid(case, case.claimant, "900.00")
    assert Bid.objects.count() == 1
    assert bid(case, case.respondent, "900.00").amount == Decimal("900.0000")


def test_after_the_last_round_nobody_bids_any_more() -> None:
    case = mediated()
    for _ in range(3):
        bid(case, case.claimant, "900.00")
        bid(case, case.respondent, "100.00")
    before = footprint()
    with pytest.raises(BiddingUnavailableError, match="used up"):
        bid(case, case.claimant, "900.00")
    assert footprint() == before
    assert BiddingRound.objects.filter(dispute_id=case.id).count() == 3


def test_where_there_is_no_bidding_it_says_why() -> None:
    no_sum = mediating(protocol="mediated")
    for case, why in (
        (mediating(amount=eur("1200.00")), "simple"),
        (three_mediated(), "exactly one"),
        (no_sum, "no sum"),
    ):
        before = footprint()
        with pytest.raises(BiddingUnavailableError, match=why):
            bid(case, case.claimant, "900.00")
        assert footprint() == before
        answer = client_of(case.claimant).get(case.url("bids"))
        assert (answer.status_code, answer.json()["code"]) == (409, "bidding_unavailable")
        assert "bid" not in client_of(case.claimant).get(case.url()).json()["allowed_actions"]
    assert "bid" in client_of((open_case := mediated()).claimant).get(open_case.url()).json()["allowed_actions"]


@pytest.mark.parametrize(
    "amount", ["0.00", "-1.00", "1.001", "NaN", "1e3", "", 900, None, {"amount": "1.00", "currency": "USD"}]
)
def test_a_bid_is_a_sum_in_the_cases_currency(amount: Any) -> None:
    case = mediated()
    client = client_of(case.claimant)
    before = footprint()
    answer = client.post(case.url("bids"), {"amount": amount}, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/amount"), answer.json()
    assert footprint() == before


def test_only_parties_bid() -> None:
    case = mediated()
    with pytest.raises(NotYoursToDoError):
        place_bid(acting_user=assign(case, "mediator"), dispute_id=case.id, amount=eur("900.00"))
    with pytest.raises(ValidationFailedError):
        place_bid(acting_user=case.claimant, dispute_id=case.id, amount=Money(Decimal("900"), "USD"))


def test_a_settled_sum_takes_the_place_of_what_was_drafted_or_ranked() -> None:
    case = ranking()
    rank(case, case.claimant, "600.00", "800.00", "900.00", "1000.00")
    bid(case, case.claimant, "800.00")
    bid(case, case.respondent, "900.00")
    assert [(row.status, row.rule) for row in case.dispute.resolutions.order_by("round")] == [
        ("superseded", ""), ("proposed", "midpoint"),
    ]  # fmt: skip
    drafting = understood()
    ask(drafting)
    bid(drafting, drafting.claimant, "800.00")
    bid(drafting, drafting.respondent, "900.00")
    assert drafting.status == "proposed"


def test_a_rejected_settlement_leads_back_and_the_next_round_is_open() -> None:
    case = understood()
    bid(case, case.claimant, "800.00")
    bid(case, case.respondent, "900.00")
    respond(case, case.claimant, Decision.REJECT)
    assert bid(case, case.claimant, "800.00").number == 2


@pytest.mark.parametrize("how", ["withdraw", "propose", "join"])
def test_an_open_round_ends_with_the_mediation_and_leaves_no_bid(how: str) -> None:
    late = UserFactory()
    case = file_case(invitees=(Invitee(late.email),), protocol="mediated", amount=eur("1200.00"))
    join(case, case.respondent)
    start_dispute(acting_user=case.claimant, dispute_id=case.id)
    disclose(case)
    confirm(case)
    bid(case, case.claimant, "800.00")
    if how == "withdraw":
        withdraw_dispute(acting_user=case.claimant, dispute_id=case.id, reason="")
    elif how == "join":
        join(case, late)
    else:
        ranking(case)
        for user in (case.claimant, case.respondent):
            rank(case, user, "600.00", "800.00", "900.00", "1000.00")
    assert (Bid.objects.count(), BiddingRound.objects.get().status) == (0, "closed")
    assert not DataKey.objects.filter(scope_kind="bidding", wrapped__isnull=False).exists()
    if how != "join":
        with pytest.raises(WrongStateError):
            bid(case, case.respondent, "900.00")
    if how == "propose":
        accept(case)
        assert case.status == "contracting"


def test_sealed_bids_are_equally_long_whatever_the_sum() -> None:
    lengths = set()
    for amount in ("1.00", "99999999999999.00"):
        case = mediated()
        bid(case, case.claimant, amount)
        lengths.add(len(bytes(Bid.objects.get(bidding__dispute_id=case.id).amount_sealed)))
    assert len(lengths) == 1


# --- who pays ---------------------------------------------------------------------------------------------------------
def suggest(case: Case, user: User, payer: User) -> None:
    suggest_direction(acting_user=user, dispute_id=case.id, payer_id=payer.pk)


def shown(case: Case, user: User) -> dict[str, Any]:
    answer: dict[str, Any] = client_of(user).get(case.url("bids")).json()
    return answer


def reversed_case() -> Case:
    """Both agreed that the claimant pays."""
    case = understood()
    suggest(case, case.respondent, case.claimant)
    answer_direction(acting_user=case.claimant, dispute_id=case.id, is_agreed=True)
    return case


@pytest.mark.parametrize(("most", "least"), [("1000.00", "800.00"), ("700.01", "700.00"), ("900.00", "900.00")])
def test_the_other_direction_is_the_exact_mirror(unlimited: None, most: str, least: str) -> None:
    usual, mirrored = understood(), reversed_case()
    for case, payer, asker in (
        (usual, usual.respondent, usual.claimant),
        (mirrored, mirrored.claimant, mirrored.respondent),
    ):
        assert shown(case, asker)["payer_id"] == str(payer.pk)
        bid(case, asker, least)
        bid(case, payer, most)
        (term,) = case.resolution.terms
        assert (term["debtor_id"], term["creditor_id"]) == (str(payer.pk), str(asker.pk))
        assert case.resolution.summary == f"{payer.full_name} pays {asker.full_name} the sum on which their bids met."
    assert usual.resolution.terms[0]["amount"] == mirrored.resolution.terms[0]["amount"]


def test_direction_holds_only_once_the_other_agrees(unlimited: None) -> None:
    case = understood()
    suggest(case, case.claimant, case.claimant)
    for user in case.parties:
        assert shown(case, user) == {
            "round": 1,
            "status": "open",
            "payer_id": str(case.respondent.pk),
            "suggested": {"payer_id": str(case.claimant.pk), "by_id": str(case.claimant.pk)},
        }
    with pytest.raises(NotYoursToDoError), transaction.atomic():
        answer_direction(acting_user=case.claimant, dispute_id=case.id, is_agreed=True)
    answer_direction(acting_user=case.respondent, dispute_id=case.id, is_agreed=False)
    assert (shown(case, case.claimant)["payer_id"], shown(case, case.claimant)["suggested"]) == (
        str(case.respondent.pk),
        None,
    )
    before = footprint()
    with pytest.raises(WrongStateError), transaction.atomic():
        answer_direction(acting_user=case.respondent, dispute_id=case.id, is_agreed=True)
    assert footprint() == before


def test_suggesting_the_same_agrees_and_suggesting_what_holds_takes_back(unlimited: None) -> None:
    case = understood()
    suggest(case, case.claimant, case.claimant)
    suggest(case, case.claimant, case.respondent)
    assert shown(case, case.respondent)["suggested"] is None
    suggest(case, case.claimant, case.claimant)
    suggest(case, case.respondent, case.claimant)
    assert shown(case, case.respondent)["payer_id"] == str(case.claimant.pk)
    suggest(case, case.claimant, case.respondent)  # and back again
    answer_direction(acting_user=case.respondent, dispute_id=case.id, is_agreed=True)
    assert shown(case, case.respondent)["payer_id"] == str(case.respondent.pk)


def test_agreeing_destroys_what_was_bid_and_tells_nobody_that_it_was(unlimited: None) -> None:
    quiet, secret = understood(), understood()
    bid(secret, secret.respondent, "1000.00")
    told = []
    for case in (quiet, secret):
        suggest(case, case.claimant, case.claimant)
        answer_direction(acting_user=case.respondent, dispute_id=case.id, is_agreed=True)
        told.append({key: value for key, value in shown(case, case.claimant).items() if key != "payer_id"})
    assert told[0] == told[1]
    assert (Bid.objects.count(), BiddingRound.objects.count()) == (0, 0)
    bid(secret, secret.respondent, "500.00")  # now the least he would take
    settled = bid(secret, secret.claimant, "700.00")
    assert settled.amount == Decimal("600.0000")


def test_bid_that_was_meant_the_other_way_round_is_refused(unlimited: None) -> None:
    case = reversed_case()
    client = client_of(case.claimant)
    before = footprint()
    answer = client.post(case.url("bids"), {"amount": "900.00", "payer_id": str(case.respondent.pk)}, format="json")
    assert (answer.status_code, footprint()) == (409, before)
    answer = client.post(case.url("bids"), {"amount": "900.00", "payer_id": str(case.claimant.pk)}, format="json")
    assert answer.status_code == 200


def test_nobody_but_the_two_can_be_named_as_the_payer() -> None:
    case = understood()
    lawyer = assign(case, "mediator")
    before = footprint()
    with pytest.raises(ValidationFailedError), transaction.atomic():
        suggest(case, case.claimant, lawyer)
    with pytest.raises(NotYoursToDoError), transaction.atomic():
        suggest(case, lawyer, case.claimant)
    assert footprint() == before


def test_round_from_before_directions_goes_on_with_the_respondent_as_payer() -> None:
    case = understood()
    bid(case, case.claimant, "800.00")
    BiddingRound.objects.update(payer=None)
    bid(case, case.respondent, "1000.00")
    assert case.resolution.terms[0]["debtor_id"] == str(case.respondent.pk)


def test_direction_is_suggested_and_agreed_on_the_page(unlimited: None) -> None:
    case = understood()
    address = f"/disputes/{case.id}/"
    answer = browser(case.claimant).post(f"{address}bid/payer/", {"payer": str(case.claimant.pk)})
    assert answer.status_code == 302
    text = browser(case.respondent).get(address).content.decode()
    assert f'action="{address}bid/payer/agree/"' in text
    assert browser(case.respondent).post(f"{address}bid/payer/agree/").status_code == 302
    text = browser(case.claimant).get(address).content.decode()
    assert "The most you would pay, in EUR" in text
    late = browser(case.claimant).post(f"{address}bid/", {"amount": "900", "payer": str(case.respondent.pk)})
    assert (late.status_code, Bid.objects.count()) == (409, 0)
