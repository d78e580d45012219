"""A thousand marks in private channels, and where they turn up: in no prompt of another audience, and nowhere at rest in clear.

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
from disputes.services.understanding import answer_understanding
from disputes.tests import factories
from kernel.breaker import CircuitBreaker
from kernel.redis_client import forget_failures, redis_client

pytestmark = pytest.mark.db
MARK = re.compile("KANARI-([A-Z]+)-[0-9]{4}")
A_LINE = 25  # marks in one line
CHANNELS = {"CLAIMANT": 8, "RESPONDENT": 8, "COPARTY": 8, "PAIR": 8, "CORRECTION": 4, "SEALED": 4}  # lines


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


def candidates(case: factories.Case) -> None:
    factories.ask(case)
    draft_resolution(ResolutionRequested(case.id, case.resolution.pk), done)


def answer_to(user: User, url: str) -> str:
    return Client().get(url, **bearer(user)).content.decode()


def readable(case: factories.Case, other: factories.Case) -> list[str]:
    parts = ("", "messages?limit=100", "truths", "resolutions", "understanding", "timeline", "evidence")
    return [one.url(part) for one in (case, other) for part in parts] + ["/api/ai/consultations", "/api/disputes"]


def tables_with_marks() -> list[str]:
    """Tables (journal, outbox, deliveries and consultations among them) that hold a mark in clear, as text or as bytes."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        found = []
        for table in tables:
            quoted = connection.ops.quote_name(table)
            cursor.execute(
                f"SELECT count(*) FROM {quoted} t WHERE t::text LIKE %s OR t::text LIKE %s",
                ["%KANARI-%", f"%{b'KANARI-'.hex()}%"],
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
