"""The gateway against a provider on a real socket: both wire formats, names kept at home, every fault of the list."""

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from email.utils import format_datetime
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections
from pydantic import BaseModel, Field
from pytest_django.fixtures import Settings

from accounts.tests.factories import UserFactory
from ai_mediation.adapters import asking, budgets, kept
from ai_mediation.adapters.gateway import Gateway
from ai_mediation.adapters.prompts import prompt_named
from ai_mediation.adapters.providers.calls import asked_pause
from ai_mediation.adapters.questions import Answer, Audience, KnownPerson, Material, Question, Usage
from ai_mediation.enums import Purpose
from ai_mediation.errors import BudgetUsedUpError, ProviderUnavailableError
from ai_mediation.models import Budget, Consultation, ModelPrice
from ai_mediation.selectors import routing
from ai_mediation.selectors.routing import Link
from ai_mediation.services.consultations import Asked, record_consultation
from ai_mediation.tests.stub_provider import Asked as Sent
from ai_mediation.tests.stub_provider import Fault, StubProvider, use
from kernel.breaker import CircuitBreaker
from kernel.clock import now
from kernel.crypto import KeyScope, destroy_key
from kernel.ids import new_id
from kernel.redis_client import forget_failures, redis_client
from kernel.testing.plugin import Clock

pytestmark = pytest.mark.db

PROMPT = """
system = "You are the mediator. Write in {{locale}}."
user = '''
{{task}}

{{materials}}
'''
[parameters]
temperature = 0.25
"""
MARIA, JONAS = KnownPerson(new_id(), ("Maria Weber",)), KnownPerson(new_id(), ("Jonas Blum",))
PROVIDERS = ("openai", "anthropic")


class Summary(BaseModel):
    text: str = Field(min_length=3)
    amounts: list[int]


@pytest.fixture(autouse=True)
def _prompts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "greeting.1.toml").write_text(PROMPT, encoding="utf-8")
    for module in ("adapters.asking", "management.commands.rebuild_consultation"):
        monkeypatch.setattr(f"ai_mediation.{module}.prompt_named", lambda reference: prompt_named(reference, tmp_path))


@pytest.fixture(autouse=True)
def _fresh(redis_url: str) -> Iterator[None]:
    forget_failures()
    kept.forget_here()
    yield
    CircuitBreaker._known.clear()
    forget_failures()


@pytest.fixture
def quick_pauses(settings: Settings) -> None:
    """As many attempts as ever, sooner after each other."""
    settings.AI_RETRY_PAUSES = (0.01, 0.02)


@pytest.fixture(params=PROVIDERS)
def provider(request: pytest.FixtureRequest, settings: Settings, stub_provider: StubProvider) -> str:
    """The stub as the one or the other."""
    use(settings, stub_provider, request.param)
    return str(request.param)


def question(text: str = "Maria Weber owes Jonas Blum 300 euros.", **changes: Any) -> Question[Any]:
    asked: Question[Any] = Question(
        purpose=Purpose.CHAT,
        prompt="greeting",
        audience=Audience("joint", dispute_id=new_id()),
        locale="en",
        materials=(Material("statement", text, "s1"),),
        values={"task": "Say what you read."},
        people=(MARIA, JONAS),
        max_tokens=200,
    )
    return replace(asked, **changes)


def link(name: str, timeout: float = 10.0, **changes: Any) -> Link:
    return replace(Link(name, "stub-model", timeout, None, 1000), **changes)


def echo(sent: Sent) -> str:
    """A model that says what it was given."""
    return sent.messages[0][1]


# --- an answer --------------------------------------------------------------------------------------------------------
def test_names_stay_at_home_and_come_back_in_the_answer(db: None, stub_provider: StubProvider, provider: str) -> None:
    stub_provider.model = echo
    answer = Gateway().ask(question())

    (sent,) = stub_provider.requests
    assert not any(name in sent.body.decode() for name in ("Maria", "Weber", "Jonas", "Blum"))
    assert "Maria Weber owes Jonas Blum 300 euros." in answer.value
    assert "PERSON_" not in answer.value
    assert sent.system == "You are the mediator. Write in en."
    assert "Say what you read." in sent.messages[0][1]


def test_the_record_of_an_answer_is_exact(db: None, stub_provider: StubProvider, provider: str) -> None:
    ModelPrice.objects.create(provider=provider, model=f"stub-{provider[0]}", input_price="1", output_price="2")
    routing.invalidate()
    answer = Gateway().ask(question())

    (sent,) = stub_provider.requests
    assert answer.value == "Good morning."
    assert (answer.provider, answer.model, answer.is_cached) == (provider, f"stub-{provider[0]}", False)
    assert answer.request == sent.body
    assert answer.input_hash == hashlib.sha256(sent.body).digest()
    assert answer.output_hash == hashlib.sha256(b"Good morning.").digest()
    assert answer.prompt_version == f"greeting@1+{hashlib.sha256(PROMPT.encode()).hexdigest()[:12]}"
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (len(sent.body) // 4, 3)
    assert answer.cost == Decimal(answer.usage.input_tokens + 2 * 3) / 1_000_000
    assert answer.parameters == {
        "temperature": 0.25 if provider == "openai" else None,
        "max_tokens": 200,
        "timeout": 10.0,
    }
    assert len(sent.headers["idempotency-key"]) == 64


def test_a_link_of_the_back_office_decides_temperature_and_tokens(
    db: None, stub_provider: StubProvider, provider: str
) -> None:
    Gateway((link(provider, temperature=0.75, max_tokens=50),)).ask(question())

    said = json.loads(stub_provider.requests[0].body)
    assert (said["model"], said["temperature"], said["max_tokens"]) == ("stub-model", 0.75, 50)


def test_a_structured_answer_is_asked_for_natively_and_checked(
    db: None, stub_provider: StubProvider, provider: str
) -> None:
    stub_provider.model = lambda sent: json.dumps({"text": f"As said: {echo(sent)}", "amounts": [300]})
    answer = Gateway().ask(question('"Maria Weber"\nsaid \\ so', output=Summary, read=lambda it: it))

    assert isinstance(answer.value, Summary)
    assert (answer.value.amounts, '"Maria Weber"\nsaid \\ so' in answer.value.text) == ([300], True)
    schema = stub_provider.requests[0].schema
    assert schema is not None
    assert set(schema["properties"]) == {"text", "amounts"}
    assert schema["additionalProperties"] is False


def test_a_wrong_answer_is_shown_back_once_and_the_repair_taken(
    db: None, stub_provider: StubProvider, provider: str
) -> None:
    good = json.dumps({"text": "Fine.", "amounts": []})
    stub_provider.model = lambda sent: good if len(sent.messages) > 1 else '{"text": "x", "amounts": []}'
    answer = Gateway().ask(question(output=Summary))

    first, second = stub_provider.requests
    assert answer.value == Summary(text="Fine.", amounts=[])
    assert [role for role, _text in second.messages] == ["user", "assistant", "user"]
    assert "at least 3 characters" in second.messages[2][1]
    assert first.headers["idempotency-key"] != second.headers["idempotency-key"]
    assert answer.usage.input_tokens == len(first.body) // 4 + len(second.body) // 4
    assert answer.request == second.body


def test_a_reader_that_refuses_is_told_to_the_model_without_names(
    db: None, stub_provider: StubProvider, provider: str
) -> None:
    def read(text: Any) -> str:
        if "yes" not in text:
            raise ValueError("Maria Weber is not cited.")
        return str(text)

    stub_provider.model = lambda sent: "yes" if len(sent.messages) > 1 else "no"
    answer = Gateway().ask(question(read=read))

    assert answer.value == "yes"
    assert "is not cited" in stub_provider.requests[1].messages[2][1]
    assert b"Maria" not in stub_provider.requests[1].body


def test_an_answer_wrong_twice_is_a_failure_and_rules_answer(
    db: None, stub_provider: StubProvider, provider: str
) -> None:
    stub_provider.always = Fault("wrong_schema")
    asked = question(output=Summary, offline=lambda: Summary(text="By rules.", amounts=[]))
    answer = Gateway().ask(asked)

    assert len(stub_provider.requests) == 2
    assert (answer.provider, answer.value.text) == ("offline-rules", "By rules.")
    assert answer.parameters == {"passed_over": ["wrong_schema: ValidationError"]}


def test_invisible_characters_of_an_answer_are_not_passed_on(db: None, stub_provider: StubProvider) -> None:
    stub_provider.model = lambda sent: "Pay\u202e me\U000e0041 now\x07.\nThanks"
    assert Gateway().ask(question()).value == "Pay me now.\nThanks"


# --- faults -----------------------------------------------------------------------------------------------------------
FAULTS = {
    "429": "rate_limited",
    "500": "server_error",
    "529": "server_error",
    "401": "rejected",
    "silence": "timeout",
    "drip": "timeout",
    "cut": "cut",
    "html": "not_understood",
    "huge": "too_large",
    "garbage": "not_understood",
    "hang_up": "cut",
    "refusal": "refused",
    "gzip": "unreachable",
}


@pytest.mark.parametrize(("fault", "kind"), FAULTS.items())
def test_no_fault_of_a_provider_is_an_error_of_ours(
    db: None, stub_provider: StubProvider, provider: str, quick_pauses: None, fault: Any, kind: str
) -> None:
    stub_provider.always = Fault(fault, retry_after=120 if fault == "429" else None)
    chain = (link(provider, timeout=0.4 if kind == "timeout" else 5.0),)
    began = time.monotonic()
    answer = Gateway(chain).ask(question(offline=lambda: "By rules."))

    assert (answer.value, answer.provider, answer.usage.input_tokens) == ("By rules.", "offline-rules", 0)
    (passed_over,) = answer.parameters["passed_over"]
    assert passed_over.partition(":")[0] == kind
    with pytest.raises(ProviderUnavailableError) as refusal:
        Gateway(chain).ask(question())
    assert (refusal.value.status, refusal.value.code) == (503, "ai_unavailable")
    assert refusal.value.detail == "The AI is busy right now, please try again."
    assert int(refusal.value.headers["Retry-After"]) == (120 if fault == "429" else 15)
    assert time.monotonic() - began < 20  # a silence lasts 120


BODIES = (
    b"null",
    b"[]",
    b'"text"',
    b"{}",
    b"[" * 100_000,
    b'{"choices": [], "content": [], "usage": null}',
    b'{"choices": [null], "content": [null], "usage": []}',
    b'{"choices": [{"message": null}], "content": "text", "usage": {"prompt_tokens": "many", "input_tokens": "many"}}',
    b'{"choices": [{"message": {"content": 7}, "finish_reason": 7}], "content": [{"type": "text", "text": 7}]}',
    b"\xff\xfe",
)


@pytest.mark.parametrize("body", BODIES)
def test_whatever_a_provider_sends_rules_answer(
    db: None, stub_provider: StubProvider, provider: str, body: bytes
) -> None:
    stub_provider.always = Fault("body", body=body)
    answer = Gateway((link(provider, timeout=5.0),)).ask(question(offline=lambda: "By rules."))
    assert answer.value == "By rules."
    assert answer.parameters["passed_over"][0].startswith("not_understood")


def test_counts_and_characters_that_cannot_be_are_not_believed(db: None, stub_provider: StubProvider) -> None:
    usage = {"prompt_tokens": -5, "completion_tokens": 10**30, "total_tokens": 0}
    message = {"role": "assistant", "content": "half \ud800 pair"}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    stub_provider.always = Fault("body", body=json.dumps({"choices": [choice], "usage": usage}).encode())
    answer = Gateway().ask(question())
    assert answer.value == "half ? pair"
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (0, 10_000_000)


def test_an_answer_nested_beyond_sense_is_no_answer(db: None, stub_provider: StubProvider, provider: str) -> None:
    stub_provider.model = lambda sent: '{"text": ' + "[" * 1000 + "]" * 1000 + "}"
    answer = Gateway().ask(question(output=Summary, offline=lambda: Summary(text="By rules.", amounts=[])))
    assert answer.value.text == "By rules."


@pytest.mark.unit
@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), ("-3", 0.0), ("inf", None), ("nan", None), ("1e999", None), ("soon", None), ("", None)],
)
def test_a_pause_that_is_asked_for_is_read_or_left(value: str, seconds: float | None) -> None:
    assert asked_pause({"retry-after": value}) == seconds


@pytest.mark.unit
def test_a_pause_may_be_asked_for_as_a_date() -> None:
    assert asked_pause({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0.0
    later = format_datetime(now() + timedelta(seconds=90), usegmt=True)
    assert 80 < (asked_pause({"retry-after": later}) or 0) <= 90


def test_the_next_provider_answers_when_the_first_does_not(db: None, settings: Settings) -> None:
    with StubProvider(always=Fault("500")) as first, StubProvider() as second:
        use(settings, first, "openai")
        settings.ANTHROPIC_BASE_URL = second.url
        answer = Gateway((link("openai", timeout=0.4), link("anthropic"))).ask(question())
        assert (answer.provider, answer.value) == ("anthropic", "Good morning.")
        assert (len(first.requests), len(second.requests)) == (1, 1)


def test_a_passing_fault_is_tried_again_with_the_same_key(
    db: None, stub_provider: StubProvider, provider: str, quick_pauses: None
) -> None:
    stub_provider.faults.append(Fault("500"))
    assert Gateway().ask(question()).value == "Good morning."
    first, second = stub_provider.requests
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert first.body == second.body


def test_retry_after_is_honoured(db: None, stub_provider: StubProvider) -> None:
    stub_provider.faults.append(Fault("429", retry_after=1))
    began = time.monotonic()
    assert Gateway().ask(question()).value == "Good morning."
    assert time.monotonic() - began >= 1  # our own first pause is half a second
    assert len(stub_provider.requests) == 2


def test_a_pause_longer_than_the_time_left_is_not_waited_for(db: None, stub_provider: StubProvider) -> None:
    stub_provider.always = Fault("429", retry_after=60)
    began = time.monotonic()
    assert Gateway().ask(question(offline=lambda: "By rules.")).value == "By rules."
    assert time.monotonic() - began < 2
    assert len(stub_provider.requests) == 1


def test_the_breaker_opens_after_five_failures_and_recovers(
    db: None, stub_provider: StubProvider, provider: str, settings: Settings
) -> None:
    settings.AI_BREAKER_SECONDS = 0.5
    stub_provider.always = Fault("500")
    chain = (link(provider, timeout=0.3),)  # too short for a second attempt
    for number in range(8):
        Gateway(chain).ask(question(f"Question {number}", offline=lambda: "By rules."))
    assert len(stub_provider.requests) == 5
    assert asking.breaker_of(provider, "chat").state() == "open"
    assert asking.breaker_of(provider, "draft").state() == "closed"

    stub_provider.always = None
    time.sleep(0.6)
    answer = Gateway(chain).ask(question("Question 9"))
    assert (answer.value, asking.breaker_of(provider, "chat").state()) == ("Good morning.", "closed")


def test_a_provider_that_is_slow_five_times_is_left_alone(
    db: None, stub_provider: StubProvider, settings: Settings
) -> None:
    settings.AI_SLOW_SHARE = 0.01
    stub_provider.delay = 0.15
    answers = [Gateway().ask(question(f"Question {number}", offline=lambda: "Rules.")).value for number in range(6)]
    assert answers == ["Good morning."] * 5 + ["Rules."]


def test_refusals_and_wrong_answers_do_not_open_the_breaker(db: None, stub_provider: StubProvider) -> None:
    stub_provider.always = Fault("refusal")
    for number in range(7):
        Gateway().ask(question(f"Question {number}", offline=lambda: "Rules."))
    assert len(stub_provider.requests) == 7


# --- the cache --------------------------------------------------------------------------------------------------------
def test_the_same_question_is_asked_once_and_the_second_answer_says_so(
    db: None, stub_provider: StubProvider, provider: str
) -> None:
    stub_provider.model = echo
    asked = question()
    first, second = Gateway().ask(asked), Gateway().ask(asked)

    assert len(stub_provider.requests) == 1
    assert (first.value, first.request) == (second.value, second.request)
    assert (second.is_cached, second.usage, second.cost) == (True, Usage(0, 0), Decimal(0))


@pytest.mark.parametrize(
    "other",
    [
        {"audience": Audience("joint", dispute_id=UUID(int=8))},
        {"audience": Audience("caucus", dispute_id=UUID(int=7), person_id=UUID(int=1))},
        {"audience": Audience("caucus", dispute_id=UUID(int=7), person_id=UUID(int=2))},
        {"locale": "es"},
        {"max_tokens": 100},
        {"values": {"task": "Say less."}},
    ],
)
def test_what_differs_is_asked_anew(db: None, stub_provider: StubProvider, other: dict[str, Any]) -> None:
    asked = question("No names here.", audience=Audience("joint", dispute_id=UUID(int=7)))
    Gateway().ask(asked)
    answer = Gateway().ask(replace(asked, **other))

    assert answer.is_cached is False
    first, second = stub_provider.requests
    assert first.headers["idempotency-key"] != second.headers["idempotency-key"]


def test_what_is_kept_is_sealed_and_dies_with_its_key(db: None, stub_provider: StubProvider) -> None:
    stub_provider.model = lambda sent: "MARKER-ANSWER"
    asked = question()
    Gateway().ask(asked)
    client = redis_client()
    stored = b"".join(bytes(client.dump(key) or b"") for key in client.keys("*"))
    assert b"MARKER" not in stored
    assert len(client.keys("accord:cache:ai-chat:*")) == 1

    assert asked.audience.dispute_id is not None
    destroy_key(KeyScope("dispute", asked.audience.dispute_id))
    kept.forget_here()
    assert Gateway().ask(asked).is_cached is False
    assert len(stub_provider.requests) == 2
    new = replace(asked, locale="es")  # what can be sealed for nobody is kept for nobody, and answered all the same
    assert [Gateway().ask(new).is_cached, Gateway().ask(new).is_cached] == [False, False]
    assert "".join(Gateway().stream(new)) == "MARKER-ANSWER"


def test_an_answer_of_another_process_gets_its_names_back_here(db: None, stub_provider: StubProvider) -> None:
    stub_provider.model = echo
    asked = question()
    first = Gateway().ask(asked)
    kept.forget_here()
    second = Gateway().ask(asked)
    third = Gateway().ask(asked)
    assert (second.value, second.output_hash, second.is_cached) == (first.value, first.output_hash, True)
    assert (third.value, third.output_hash, third.request) == (first.value, first.output_hash, first.request)
    assert len(stub_provider.requests) == 1


def test_other_names_behind_the_same_placeholders_are_other_answers(db: None, stub_provider: StubProvider) -> None:
    stub_provider.model = echo
    asked = question()
    Gateway().ask(asked)
    renamed = replace(
        asked,
        people=(replace(MARIA, names=("Anna Kurz",)), JONAS),
        materials=(Material("statement", "Anna Kurz owes Jonas Blum 300 euros.", "s1"),),
    )
    value = Gateway().ask(renamed).value
    assert "Anna Kurz owes Jonas Blum" in value
    assert "Maria" not in value


def in_parallel(times: int, work: Callable[[int], Any]) -> list[Any]:
    gate = threading.Barrier(times)

    def go(number: int) -> Any:
        gate.wait()
        try:
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(go, range(times)))


def test_a_hundred_at_once_make_one_call(transactional_db: None, stub_provider: StubProvider) -> None:
    stub_provider.delay = 0.3
    asked = question()
    answers: list[Answer[Any]] = in_parallel(100, lambda _number: Gateway().ask(asked))

    assert len(stub_provider.requests) == 1
    assert {answer.value for answer in answers} == {"Good morning."}
    assert sum(not answer.is_cached for answer in answers) == 1


# --- budgets ----------------------------------------------------------------------------------------------------------
def limited(scope: str, **limits: Any) -> None:
    Budget.objects.create(scope=scope, **limits)
    routing.invalidate()


def test_a_case_whose_budget_is_used_up_is_answered_by_rules_or_told_so(db: None, stub_provider: StubProvider) -> None:
    limited("dispute", tokens=100)
    assert Gateway().ask(question(offline=lambda: "By rules.")).value == "By rules."
    with pytest.raises(BudgetUsedUpError) as refusal:
        Gateway().ask(question())
    assert (refusal.value.status, refusal.value.code) == (429, "ai_budget_used_up")
    assert stub_provider.requests == []


@pytest.mark.parametrize("is_redis_gone", [False, True])
def test_parallel_calls_never_go_over_the_budget(
    transactional_db: None, stub_provider: StubProvider, settings: Settings, is_redis_gone: bool
) -> None:
    if is_redis_gone:
        settings.CACHE_URL = "unix:///nonexistent/valkey.sock"
        routing._snapshot.invalidate("all")
    dispute = new_id()
    one = budgets.reserve(budgets.counted_of(dispute, None), tokens=0, micros=0)
    one.settle(0, 0)
    limited("dispute", tokens=5000)
    settled = threading.Barrier(
        20
    )  # whoever is answered and whoever is refused: all reservations stand at the same time

    def when_all_are_decided(_sent: Sent) -> str:
        settled.wait(30)
        return "Good morning."

    stub_provider.model = when_all_are_decided
    patient = Gateway((link("openai", timeout=30.0),))
    asked = [question(f"Question {n}", audience=Audience("joint", dispute)) for n in range(20)]

    def ask(number: int) -> bool:
        try:
            patient.ask(asked[number])
        except BudgetUsedUpError:
            settled.wait(30)
            return False
        return True

    answered = in_parallel(20, ask)
    most_for_one = len(stub_provider.requests[0].system + stub_provider.requests[0].messages[0][1]) + 600 + 200
    assert sum(answered) == len(stub_provider.requests) == 5000 // most_for_one
    counted = budgets.counted_of(dispute, None)[1]
    if not is_redis_gone:
        assert budgets.used(counted)[0] == sum(len(sent.body) // 4 + 3 for sent in stub_provider.requests)


def test_without_redis_a_budget_holds_over_all_processes(transactional_db: None, settings: Settings) -> None:
    settings.CACHE_URL = "unix:///nonexistent/valkey.sock"
    limited("dispute", tokens=1000)
    counted = budgets.counted_of(new_id(), None)
    connections.close_all()  # a child has none of ours
    children: list[tuple[int, int]] = []
    for _process in range(2):
        read, write = os.pipe()
        child = os.fork()
        if child == 0:  # pragma: no cover - the other processes
            try:
                reserved = 0
                with suppress(BudgetUsedUpError):
                    for _attempt in range(3):
                        budgets.reserve(counted, tokens=300, micros=0)
                        reserved += 1
                os.write(write, bytes([reserved]))
            finally:
                os._exit(0)
        os.close(write)
        children.append((child, read))
    by_each = [os.read(read, 1)[0] for _child, read in children]
    for child, read in children:
        os.waitpid(child, 0)
        os.close(read)
    assert sum(by_each) == 3
    assert budgets.used(counted[1]) == (900, 0)
    with pytest.raises(BudgetUsedUpError):
        budgets.reserve(counted, tokens=300, micros=0)
    budgets.reserve(counted, tokens=100, micros=0)


def test_what_was_used_without_redis_counts_until_its_consultation_is_there_and_in_counters_that_outlived_the_outage(
    db: None, settings: Settings, clock: Clock
) -> None:
    url, counted = settings.CACHE_URL, budgets.counted_of(new_id(), None)
    before = budgets.reserve(counted, tokens=50, micros=5)
    before.settle(40, 4)
    settings.CACHE_URL = "unix:///nonexistent/valkey.sock"
    used, unused = (budgets.reserve(counted, tokens=500, micros=50) for _ in range(2))
    assert budgets.used(counted[1]) == (1000, 100)
    used.settle(300, 30)
    unused.settle(0, 0)
    assert budgets.used(counted[1]) == (300, 30)
    settings.CACHE_URL = url
    forget_failures()
    budgets.reserve(counted, tokens=7, micros=1)
    assert budgets.used(counted[1]) == (347, 35)
    settings.CACHE_URL = "unix:///nonexistent/valkey.sock"
    clock.advance(timedelta(seconds=61))
    assert budgets.used(counted[1]) == (0, 0)


def test_a_refused_budget_gives_the_probe_back(db: None, stub_provider: StubProvider, settings: Settings) -> None:
    settings.AI_BREAKER_SECONDS = 0.2
    breaker = asking.breaker_of("openai", "chat")
    for _failure in range(5):
        breaker.tell(breaker.admit(), went_well=False)
    time.sleep(0.25)
    limited("dispute", tokens=100)
    with pytest.raises(BudgetUsedUpError):
        Gateway().ask(question())
    assert breaker.state() == "half_open"  # nobody has seen the provider well
    Budget.objects.all().delete()
    routing.invalidate()
    assert Gateway().ask(question()).value == "Good morning."
    assert breaker.state() == "closed"


def test_an_open_breaker_sets_nothing_aside(db: None, stub_provider: StubProvider) -> None:
    asked = question(offline=lambda: "By rules.")
    breaker = asking.breaker_of("openai", "chat")
    counted = budgets.counted_of(asked.audience.dispute_id, None)
    budgets.reserve(counted, tokens=1, micros=0)
    for _failure in range(5):
        breaker.tell(breaker.admit(), went_well=False)
    assert Gateway().ask(asked).value == "By rules."
    assert (budgets.used(counted[1]), stub_provider.requests) == ((1, 0), [])


def test_money_is_counted_too(db: None, stub_provider: StubProvider) -> None:
    ModelPrice.objects.create(provider="openai", model="stub-o", input_price="1000", output_price="1000")
    limited("day", cost="1.00")
    with pytest.raises(BudgetUsedUpError):
        Gateway().ask(question())
    ModelPrice.objects.update(input_price="0.01", output_price="0.01")
    routing.invalidate()
    assert Gateway().ask(question()).value == "Good morning."


def test_counters_that_were_forgotten_are_set_from_the_consultations(db: None, stub_provider: StubProvider) -> None:
    person, dispute = UserFactory(), new_id()
    audience = Audience("caucus", dispute, person.pk)
    asked = question(audience=audience, asked_by_id=person.pk)
    answer = Gateway().ask(asked)
    record_consultation(asked=Asked(**answer.record(asked)), asked_by_id=person.pk)
    old = record_consultation(asked=Asked(**answer.record(asked)), asked_by_id=person.pk)
    Consultation.objects.filter(pk=old).update(created_at=now() - timedelta(days=2))
    tokens = answer.usage.input_tokens + answer.usage.output_tokens
    redis_client().flushdb()

    found = {one.scope: budgets.used(one)[0] for one in budgets.counted_of(dispute, person.pk)}
    assert found == {"day": tokens, "user": tokens, "dispute": 2 * tokens}
    budgets.reserve(budgets.counted_of(dispute, person.pk), tokens=7, micros=0)
    found = {one.scope: budgets.used(one)[0] for one in budgets.counted_of(dispute, person.pk)}
    assert found == {"day": tokens + 7, "user": tokens + 7, "dispute": 2 * tokens + 7}


def test_a_call_nobody_saw_the_end_of_stays_counted_and_one_that_never_began_does_not(
    db: None, stub_provider: StubProvider
) -> None:
    for fault, is_counted in (("500", False), ("silence", True)):
        dispute = new_id()
        stub_provider.always = Fault(fault)  # type: ignore[arg-type]
        asked = question(audience=Audience("joint", dispute), offline=lambda: "By rules.")
        Gateway((link("openai", timeout=0.4),)).ask(asked)
        assert (budgets.used(budgets.counted_of(dispute, None)[1])[0] > 0) is is_counted


# --- streams ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("piece", [1, 3, 7])
def test_a_stream_gives_names_back_wherever_it_is_cut(
    db: None, stub_provider: StubProvider, provider: str, piece: int
) -> None:
    stub_provider.model, stub_provider.piece = echo, piece
    asked = question()
    stream = Gateway().stream(asked)
    pieces = list(stream)

    assert len(pieces) > 5
    assert "Maria Weber owes Jonas Blum 300 euros." in "".join(pieces)
    assert "PERSON_" not in "".join(pieces)
    assert stream.answer.value == "".join(pieces)
    assert stream.answer.request == stub_provider.requests[0].body
    assert stream.answer.usage.input_tokens == len(stub_provider.requests[0].body) // 4

    again = Gateway().stream(asked)
    assert "".join(again) == stream.answer.value
    assert (again.answer.is_cached, len(stub_provider.requests)) == (True, 1)


def test_a_stream_cut_off_after_its_first_piece_says_so(db: None, stub_provider: StubProvider, provider: str) -> None:
    stub_provider.model = lambda sent: "Once upon a time there was a dispute about a fence."
    stub_provider.always = Fault("cut")
    shown: list[str] = []
    with pytest.raises(ProviderUnavailableError):
        shown.extend(Gateway().stream(question(offline=lambda: "By rules.")))
    assert "".join(shown) in "Once upon a time"
    assert shown != []


def test_a_refusal_in_the_middle_of_a_stream_is_no_answer(db: None, stub_provider: StubProvider, provider: str) -> None:
    stub_provider.always = Fault("refusal")
    stream = Gateway().stream(question())
    with pytest.raises(ProviderUnavailableError):
        list(stream)
    with pytest.raises(RuntimeError):
        _ = stream.answer
    assert asking.breaker_of(provider, "chat").state() == "closed"


@pytest.mark.parametrize("fault", ["500", "hang_up"])
def test_a_stream_is_begun_again_when_what_kept_it_passes(
    db: None, stub_provider: StubProvider, provider: str, quick_pauses: None, fault: Any
) -> None:
    stub_provider.faults.append(Fault(fault))
    stream = Gateway().stream(question(offline=lambda: "By rules."))
    assert "".join(stream) == "Good morning."
    first, second = stub_provider.requests
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert (first.body, stream.answer.request) == (second.body, second.body)
    assert stream.answer.provider == provider


def test_a_stream_goes_on_to_the_next_provider_until_its_first_piece(db: None, settings: Settings) -> None:
    with StubProvider(always=Fault("500")) as first, StubProvider() as second:
        use(settings, first, "openai")
        settings.ANTHROPIC_BASE_URL = second.url
        stream = Gateway((link("openai", timeout=0.3), link("anthropic"))).stream(question())
        assert ("".join(stream), stream.answer.provider) == ("Good morning.", "anthropic")
        assert (len(first.requests), len(second.requests)) == (1, 1)


@pytest.mark.parametrize("fault", ["500", "html", "silence", "hang_up", "huge"])
def test_a_stream_that_never_begins_is_answered_by_rules(
    db: None, stub_provider: StubProvider, provider: str, settings: Settings, fault: Any
) -> None:
    settings.AI_STREAM_SECONDS = 0.3  # too short for a second attempt
    stub_provider.always = Fault(fault)
    stream = Gateway().stream(question(offline=lambda: "By rules."))
    assert list(stream) == ["By rules."]
    assert stream.answer.provider == "offline-rules"


# --- any call can be rebuilt ------------------------------------------------------------------------------------------
def test_a_call_can_be_rebuilt_byte_for_byte(db: None, stub_provider: StubProvider, provider: str) -> None:
    asked = question()
    answer = Gateway().ask(asked)
    row = record_consultation(asked=Asked(**answer.record(asked, subject=("dispute", new_id()))))
    out, told = StringIO(), StringIO()
    call_command("rebuild_consultation", str(row), stdout=out, stderr=told)

    assert out.getvalue().encode() == stub_provider.requests[0].body + b"\n"
    assert "as recorded" in told.getvalue().splitlines()[0]
    assert told.getvalue().splitlines()[1].endswith("the file is as recorded.")
    Consultation.objects.filter(pk=row).update(input_hash=b"\0" * 32)
    with pytest.raises(CommandError):
        call_command("rebuild_consultation", str(row))
