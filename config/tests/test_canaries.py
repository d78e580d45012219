"""A thousand marks in private channels, and where they turn up: in no prompt of another audience, and nowhere at rest in clear.

Channels are caucuses, private pairs, statements still sealed, summaries, corrections, rankings and bids; at rest is every table, journal
and outbox among them, the cache server with the tasks that wait in it, and the log.
The model repeats everything it is shown, so what it is shown is what would get out.
"""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from accounts.public import User
from accounts.tests.factories import bearer
from ai_mediation.adapters import kept
from ai_mediation.subscribers import answer_line, draft_resolution, replies, sum_up_position
from ai_mediation.tests.stub_provider import StubProvider
from disputes.events import MessagePosted, ResolutionRequested, UnderstandingRequested
from disputes.services.ranking import rank_candidates
from disputes.services.understanding import answer_understanding
from disputes.tests import factories
from kernel import relay
from kernel.breaker import CircuitBreaker
from kernel.management.commands.relay import send_task
from kernel.redis_client import forget_failures, redis_client

pytestmark = pytest.mark.db
MARK = re.compile("KANARI-([A-Z]+)-[0-9]{4}")
A_LINE = 25  # marks in one line
CHANNELS = {
    "CLAIMANT": 7,
    "RESPONDENT": 7,
    "COPARTY": 7,
    "PAIR": 7,
    "CORRECTION": 4,
    "SUMMARY": 4,
    "SEALED": 4,
}  # lines
# Bids that do not meet, however they might be written.
BIDS = {"claimant": "713571.13", "respondent": "613571.17"}
A_BID = re.compile(r"[67]13[.,' \u00a0]?571(?:[.,]?1[37])?")


@contextmanager
def done() -> Iterator[None]:
    with transaction.atomic():
        yield


@pytest.fixture(autouse=True)
def _fresh(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(replies, "QUIET", timedelta(0))
    forget_failures()
    kept._answers.cache_clear()
    yield
    CircuitBreaker._known.clear()
    forget_failures()


def marks(channel: str, line: int) -> str:
    return " ".join(f"KANARI-{channel}-{line * A_LINE + number:04d}" for number in range(A_LINE))


def in_lines(channel: str, say: Callable[[str], object]) -> None:
    for line in range(CHANNELS[channel]):
        say(f"Between us: {marks(channel, line)}")


def planted() -> factories.Case:
    """Three parties, disclosed; caucuses, a pair, corrections full of marks; and a second case with a statement still sealed."""
    case = factories.three_mediated()
    co_claimant = case.co_parties[0]
    for channel, user in (("CLAIMANT", case.claimant), ("RESPONDENT", case.respondent), ("COPARTY", co_claimant)):
        in_lines(channel, lambda text, user=user: factories.caucus(case, user, text))  # type: ignore[misc]
    in_lines(
        "PAIR",
        lambda text: factories.say(case, case.claimant, text, is_private=True, recipient_id=co_claimant.pk),
    )
    return case


def sealed() -> factories.Case:
    case = factories.stating()
    factories.state(case, case.respondent, "\n".join(marks("SEALED", line) for line in range(CHANNELS["SEALED"])))
    return case


def channels_in(texts: list[str]) -> set[str]:
    return {channel for text in texts for channel in MARK.findall(text)}


def shown_during(stub: StubProvider, act: Callable[[], None]) -> set[str]:
    """The channels whose marks stood in what the model was shown during the act."""
    already = len(stub.requests)
    act()
    assert len(stub.requests) > already, "the model was not asked"
    return channels_in([sent.text for sent in stub.requests[already:]])


def asked_in(case: factories.Case, user: User, *, in_caucus: bool) -> None:
    line = factories.say(case, user, "Mediator, what now?", is_private=in_caucus)
    answer_line(MessagePosted(case.id, line.id, line.stream_id, True), done)


def summed_up(case: factories.Case, user: User) -> None:
    sum_up_position(UnderstandingRequested(case.id, factories.participant_of(case, user).pk), done)


def corrected(case: factories.Case, user: User) -> None:
    told = "\n".join(marks("CORRECTION", line) for line in range(CHANNELS["CORRECTION"]))
    answer_understanding(acting_user=user, dispute_id=case.id, decision="correct", correction=told)


def test_a_thousand_marks_reach_no_other_audience_and_rest_nowhere_in_clear(
    db: None, stub_provider: StubProvider, caplog: pytest.LogCaptureFixture
) -> None:
    assert sum(CHANNELS.values()) * A_LINE == 1000
    caplog.set_level(logging.DEBUG)
    stub_provider.model = lambda asked: asked.text[:3000]
    case, other = planted(), sealed()
    co_claimant = case.co_parties[0]

    for user in case.parties:
        assert shown_during(stub_provider, lambda user=user: summed_up(case, user)) == set()  # type: ignore[misc]
        corrected(case, user)
    assert shown_during(stub_provider, lambda: candidates(case)) == set()
    assert shown_during(stub_provider, lambda: asked_in(case, case.respondent, in_caucus=False)) == set()
    for channel, user in (("CLAIMANT", case.claimant), ("RESPONDENT", case.respondent), ("COPARTY", co_claimant)):
        shown = shown_during(stub_provider, lambda user=user: asked_in(case, user, in_caucus=True))  # type: ignore[misc]
        assert shown == {channel}
    assert shown_during(stub_provider, lambda: asked_in(other, other.claimant, in_caucus=False)) == set()

    assert channels_in([record.getMessage() + repr(record.__dict__) for record in caplog.records]) == set()
    assert tables_with_marks() == []
    assert keys_with_marks() == []
    own = {
        case.claimant: {"CLAIMANT", "PAIR", "CORRECTION"},
        case.respondent: {"RESPONDENT", "CORRECTION"},
        co_claimant: {"COPARTY", "PAIR", "CORRECTION"},
        factories.assign(case): set(),
        other.claimant: set(),
    }
    for user, channels in own.items():
        answers = [answer_to(user, url) for url in readable(case, other)]
        assert channels_in(answers) <= channels
    claimants = [answer_to(case.claimant, url) for url in readable(case, other)]
    # all this would see the marks if they were there
    assert channels_in(claimants) >= {"CLAIMANT", "PAIR"}
    factories.say(case, case.claimant, "KANARI-JOINT-0001")
    redis_client().set("a probe", "KANARI-JOINT-0001")
    assert (tables_with_marks(), keys_with_marks()) == (["disputes_message"], [b"a probe"])
    redis_client().delete("a probe")


def test_summaries_rankings_and_bids_reach_no_other_audience_and_rest_nowhere_in_clear(
    db: None, stub_provider: StubProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stub_provider.model = lambda asked: asked.text[:3000]
    case = factories.mediated()
    for number, user in enumerate((case.claimant, case.respondent)):
        factories.understand(case, user, "\n".join(marks("SUMMARY", 2 * number + line) for line in range(2)))
        answer_understanding(acting_user=user, dispute_id=case.id, decision="confirm")
    assert shown_during(stub_provider, lambda: candidates(case)) == set()
    order = list(case.resolution.candidates.order_by("-number").values_list("pk", flat=True))
    rank_candidates(acting_user=case.claimant, dispute_id=case.id, resolution_id=case.resolution.pk, order=order)
    factories.bid(case, case.claimant, BIDS["claimant"])
    asked_everywhere(case, stub_provider)
    factories.bid(case, case.respondent, BIDS["respondent"])
    asked_everywhere(case, stub_provider)
    sent = [task.text for task in stub_provider.requests]
    waiting = tasks_that_wait()

    def found_in(text: str) -> set[str]:
        """What of the private answers stands in a text: marks of summaries, a bid, the claimant's first two in their order."""
        ranked = re.search(rf"{order[0]}\W{{1,6}}{order[1]}", text)
        return {
            name
            for name, is_there in (("summary", MARK.search(text)), ("bid", A_BID.search(text)), ("ranking", ranked))
            if is_there
        }

    assert set().union(*map(found_in, sent)) == set()
    assert set().union(*(found_in(record.getMessage() + repr(record.__dict__)) for record in caplog.records)) == set()
    assert (tables_with_marks(), keys_with_marks()) == ([], [])
    assert tables_with("713571", "613571", "713,571", "613,571", *in_order(order)) == []
    assert (len(waiting) > 3, set().union(*map(found_in, waiting))) == (True, set())
    theirs = [answer_to(case.respondent, url) for url in readable(case, case)]
    own = [answer_to(case.claimant, url) for url in readable(case, case)]
    assert {mark for text in theirs for mark in MARK.findall(text)} == {"SUMMARY"}  # the respondent's own
    assert [number for number in range(50) if f"KANARI-SUMMARY-{number:04d}" in "".join(theirs)] == []
    assert "ranking" not in set().union(*map(found_in, theirs))
    assert "bid" not in set().union(*map(found_in, [*theirs, *own]))
    # all this would see them if they were there
    assert set().union(*map(found_in, own)) == {"summary", "ranking"}
    factories.say(case, case.claimant, "I bid 713,571.13.")
    assert "bid" in found_in(answer_to(case.respondent, case.url("messages")))


def asked_everywhere(case: factories.Case, stub: StubProvider) -> None:
    """The mediator is asked in the room and in both caucuses: nothing of the private answers is in what the model is shown."""
    for user, in_caucus in ((case.respondent, False), (case.claimant, True), (case.respondent, True)):
        shown = shown_during(stub, lambda user=user, in_caucus=in_caucus: asked_in(case, user, in_caucus=in_caucus))  # type: ignore[misc]
        assert shown == set()


def tasks_that_wait() -> list[str]:
    """What the relay hands to the workers, as it lies in the broker."""
    while relay.expand_events():
        pass
    queues: set[str] = set()

    def send(queue: str, subscriber: str, ids: list[str]) -> None:
        queues.add(queue)
        send_task(queue, subscriber, ids)

    relay.run_local_deliveries()
    relay.send_queued_deliveries(send)
    client: Any = redis_client()
    return [raw.decode() for queue in sorted(queues) for raw in client.lrange(queue, 0, -1)]


def candidates(case: factories.Case) -> None:
    factories.ask(case)
    draft_resolution(ResolutionRequested(case.id, case.resolution.pk), done)


def answer_to(user: User, url: str) -> str:
    return Client().get(url, **bearer(user)).content.decode()


def readable(case: factories.Case, other: factories.Case) -> list[str]:
    parts = ("", "messages?limit=100", "truths", "resolutions", "understanding", "timeline", "evidence")
    return [one.url(part) for one in (case, other) for part in parts] + ["/api/ai/consultations", "/api/disputes"]


def in_order(order: list[Any]) -> list[str]:
    """The first two of a ranking, as lists of them are written."""
    return [f"{order[0]}{between}{order[1]}" for between in ('", "', '","', ", ", ",", '\\\\", \\\\"')]


def tables_with_marks() -> list[str]:
    return tables_with("KANARI-")


def tables_with(*needles: str) -> list[str]:
    """Tables (journal, outbox, deliveries and consultations among them) that hold one of these in clear, as text or as bytes."""
    patterns = [f"%{form}%" for needle in needles for form in (needle, needle.encode().hex())]
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        found = []
        for table in tables:
            quoted = connection.ops.quote_name(table)
            cursor.execute(
                f"SELECT count(*) FROM {quoted} t WHERE t::text LIKE ANY(%s)",
                [patterns],
            )
            row = cursor.fetchone()
            if row and row[0]:
                found.append(table)
    return found


def keys_with_marks() -> list[bytes]:
    """Keys of the cache server that hold a mark."""
    client: Any = redis_client()
    readers: dict[bytes, Callable[[bytes], Any]] = {
        b"string": client.get,
        b"hash": client.hgetall,
        b"set": client.smembers,
        b"list": lambda key: client.lrange(key, 0, -1),
        b"zset": lambda key: client.zrange(key, 0, -1),
        b"stream": client.xrange,
    }
    return [key for key in client.scan_iter(count=1000) if "KANARI-" in repr(readers[client.type(key)](key))]
