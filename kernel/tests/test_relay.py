"""The relay: at least once, exactly one effect, nothing lost, nothing in anybody's way."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import redis
from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connection, transaction
from pytest_django.fixtures import Settings

from kernel import relay, subscriptions
from kernel.clock import now
from kernel.context import request_id
from kernel.entry import entry
from kernel.errors import ConflictError
from kernel.events import Event
from kernel.journal import Actor, StreamRef, record
from kernel.management.commands.relay import Command, _Doorbell, send_task
from kernel.models import Delivery, JournalEntry, JournalStream, OutboxEvent
from kernel.outbox import publish, wake_after_commit
from kernel.subscriptions import GiveUp, RetryLater, subscriber
from kernel.testing.plugin import Clock

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class BellRung(Event):
    bell_id: UUID


@pytest.fixture(autouse=True)
def _own_subscribers() -> Iterator[None]:
    """What a test declares is forgotten after it."""
    by_name, by_type = dict(subscriptions._by_name), {k: list(v) for k, v in subscriptions._by_type.items()}
    yield
    subscriptions._by_name.clear()
    subscriptions._by_type.clear()
    subscriptions._by_name.update(by_name)
    subscriptions._by_type.update(by_type)


def publish_bell(count: int = 1) -> list[UUID]:
    with transaction.atomic():
        bells = [uuid4() for _ in range(count)]
        for bell in bells:
            publish(BellRung(bell))
    return bells


def expand_all() -> None:
    while relay.expand_events():
        pass


def run_all() -> int:
    expand_all()
    done = 0
    while ran := relay.run_local_deliveries():
        done += ran
    return done


def the_delivery(name: str = "test.heard") -> Delivery:
    return Delivery.objects.get(subscriber=name)


def leave_a_mark(event: BellRung) -> None:
    """An effect in the database: one journal entry in the bell's stream."""
    record(stream=StreamRef("dispute", event.bell_id), verb="bell.heard", actor=Actor.system("test"))


def marks() -> Counter[UUID]:
    return Counter(JournalEntry.objects.filter(verb="bell.heard").values_list("stream_id", flat=True))


def listen(handler: Callable[..., Any] = leave_a_mark, name: str = "test.heard", **more: Any) -> None:
    subscriber(BellRung, name=name, **more)(handler)


# --- expansion --------------------------------------------------------------------------------------------------------


def test_event_gets_one_delivery_for_each_subscriber() -> None:
    listen(name="test.one")
    listen(name="test.two", queue="mail")
    publish_bell(3)
    assert relay.expand_events() == 3
    assert relay.expand_events() == 0
    found = Counter(Delivery.objects.values_list("subscriber", "queue", "state"))
    assert found == {("test.one", "", "pending"): 3, ("test.two", "mail", "pending"): 3}


def test_event_that_nobody_hears_is_done_with() -> None:
    publish_bell()
    assert relay.expand_events() == 1
    assert (OutboxEvent.objects.filter(dispatched_at=None).count(), Delivery.objects.count()) == (0, 0)
    assert relay.backlog()[0] == 0


def test_event_of_a_type_this_version_does_not_know_waits_for_one_that_does() -> None:
    listen()
    OutboxEvent.objects.create(type="kernel.OfTomorrow", payload={})
    publish_bell()
    assert relay.expand_events() == 1
    waiting = OutboxEvent.objects.get(dispatched_at=None)
    assert waiting.type == "kernel.OfTomorrow"
    assert relay.backlog()[0] == 2  # it, and the bell's delivery

    @dataclass(frozen=True)
    class OfTomorrow(Event):
        pass

    try:
        heard: list[Event] = []
        subscriber(OfTomorrow, name="test.tomorrow")(heard.append)
        run_all()
        assert heard == [OfTomorrow()]
    finally:
        del Event.registry["kernel.OfTomorrow"]


def test_two_hundred_events_are_expanded_at_once_and_the_rest_next_time() -> None:
    listen()
    publish_bell(250)
    assert [relay.expand_events(), relay.expand_events(), relay.expand_events()] == [200, 50, 0]
    assert Delivery.objects.count() == 250


# --- subscribers that only touch the database -------------------------------------------------------------------------


def test_local_delivery_has_its_effect_once_and_under_the_requests_id() -> None:
    heard: list[str] = []

    def hear(event: BellRung) -> None:
        heard.append(request_id())
        leave_a_mark(event)

    listen(hear)
    (bell,) = publish_bell()
    OutboxEvent.objects.update(request_id="request-9")
    assert run_all() == 1
    assert run_all() == 0
    assert (marks(), heard, request_id()) == ({bell: 1}, ["request-9"], "")
    done = the_delivery()
    assert (done.state, done.attempts, done.last_error, done.claim) == ("done", 1, "", None)
    assert done.finished_at is not None


def test_local_delivery_that_fails_leaves_nothing_and_waits_longer_each_time(clock: Clock) -> None:
    def fail(event: BellRung) -> None:
        leave_a_mark(event)
        raise ValueError("the password is swordfish")

    listen(fail, max_attempts=8)
    publish_bell()
    for attempt, pause in enumerate(relay.BACK_OFF[:7], start=1):
        assert run_all() == 1
        waiting = the_delivery()
        assert (waiting.state, waiting.attempts, waiting.last_error) == ("pending", attempt, "ValueError")
        seconds = (waiting.available_at - now()).total_seconds()
        assert pause * 0.8 - 1 <= seconds <= pause * 1.2, attempt
        assert run_all() == 0
        clock.advance(timedelta(seconds=pause * 1.2 + 1))
    assert run_all() == 1
    dead = the_delivery()
    assert (dead.state, dead.attempts, dead.finished_at is not None) == ("dead", 8, True)
    assert run_all() == 0
    assert not marks()
    assert relay.backlog()[2] == 1


def test_retry_later_counts_as_an_attempt_and_keeps_its_words() -> None:
    def later(_event: BellRung) -> None:
        raise RetryLater("The scanner is still busy.")

    listen(later, max_attempts=2)
    publish_bell()
    run_all()
    waiting = the_delivery()
    assert (waiting.state, waiting.attempts, waiting.last_error) == (
        "pending",
        1,
        "RetryLater: The scanner is still busy.",
    )


def test_give_up_is_a_dead_letter_at_once() -> None:
    def give_up(event: BellRung) -> None:
        leave_a_mark(event)
        raise GiveUp("This address does not exist.")

    listen(give_up)
    publish_bell()
    run_all()
    dead = the_delivery()
    assert (dead.state, dead.attempts, dead.last_error) == ("dead", 1, "GiveUp: This address does not exist.")
    assert not marks()


def test_domain_error_is_kept_with_its_words_and_foreign_words_are_not() -> None:
    assert relay.describe(ConflictError("Already signed.")) == "ConflictError: Already signed."
    assert relay.describe(ValueError("private text")) == "ValueError"
    assert len(relay.describe(GiveUp("x" * 1000))) == 300


def test_unknown_subscriber_is_a_dead_letter_that_says_so() -> None:
    listen(name="test.of_yesterday")
    publish_bell()
    relay.expand_events()
    del subscriptions._by_name["test.of_yesterday"]
    relay.run_local_deliveries()
    dead = the_delivery("test.of_yesterday")
    assert (dead.state, dead.last_error) == ("dead", "GiveUp: This version of Accord has no such subscriber.")


def test_event_whose_payload_fits_no_more_is_tried_and_kept() -> None:
    listen(max_attempts=1)
    publish_bell()
    relay.expand_events()
    OutboxEvent.objects.update(payload={})
    relay.run_local_deliveries()
    assert (the_delivery().state, the_delivery().last_error) == ("dead", "TypeError")


@pytest.mark.django_db(transaction=True)
def test_effect_that_would_fail_at_the_commit_is_this_deliverys_failure_and_stops_no_other() -> None:
    ill = uuid4()

    def hear(event: BellRung) -> None:
        if event.bell_id == ill:  # a foreign key to nothing: deferred, so it shows only at the commit
            Delivery.objects.create(event_id=uuid4(), subscriber="test.nobody")
        else:
            leave_a_mark(event)

    listen(hear)
    with entry():
        publish(BellRung(ill))
    bells = publish_bell(2)
    assert run_all() == 3
    assert marks() == dict.fromkeys(bells, 1)
    failed = Delivery.objects.get(event__payload__bell_id=str(ill))
    assert (failed.state, failed.attempts, failed.last_error) == ("pending", 1, "IntegrityError")


def test_failure_of_one_subscriber_is_no_matter_of_the_others() -> None:
    def fail(_event: BellRung) -> None:
        raise ValueError

    listen(fail, name="test.ill")
    listen(name="test.well")
    bells = publish_bell(3)
    assert run_all() == 6
    assert marks() == dict.fromkeys(bells, 1)


def test_event_published_by_a_subscriber_is_carried_too() -> None:
    @dataclass(frozen=True)
    class EchoHeard(Event):
        bell_id: UUID

    try:
        echoes: list[UUID] = []
        listen(lambda event: publish(EchoHeard(event.bell_id)))
        subscriber(EchoHeard, name="test.echo")(lambda event: echoes.append(event.bell_id))
        bells = publish_bell(2)
        run_all()
        run_all()
        assert sorted(echoes) == sorted(bells)
    finally:
        del Event.registry["kernel.EchoHeard"]


@pytest.mark.django_db(transaction=True)
def test_relays_side_by_side_do_each_thing_once() -> None:
    workers: set[int] = set()

    def hear(event: BellRung) -> None:
        workers.add(threading.get_ident())
        leave_a_mark(event)
        time.sleep(0.002)

    listen(hear)
    bells = publish_bell(120)
    begin = threading.Barrier(4)

    def one_relay(_number: int) -> int:
        try:
            begin.wait(30)
            relay.expand_events()
            begin.wait(30)
            done = 0
            while made := relay.run_local_deliveries():
                done += made
            return done
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(one_relay, range(4)))
    assert sum(done) == 120
    assert marks() == dict.fromkeys(bells, 1)
    assert set(Delivery.objects.values_list("state", "attempts")) == {("done", 1)}
    assert len(workers) > 1, done


@pytest.mark.django_db(transaction=True)
def test_relay_passes_by_what_another_relay_holds() -> None:
    listen()
    held, free = publish_bell(2)
    relay.expand_events()
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Delivery.objects.select_for_update().get(event__payload__bell_id=str(held))

        def other_relay() -> int:
            try:
                return relay.run_local_deliveries()
            finally:
                connection.close()

        assert pool.submit(other_relay).result(timeout=20) == 1
    assert marks() == {free: 1}


@pytest.mark.django_db(transaction=True)
def test_relay_killed_between_effect_and_mark_has_neither() -> None:
    class Killed(BaseException):
        pass

    def die(event: BellRung) -> None:
        leave_a_mark(event)
        raise Killed

    listen(die)
    publish_bell()
    relay.expand_events()
    with pytest.raises(Killed):
        relay.run_local_deliveries()
    assert (the_delivery().state, the_delivery().attempts, sum(marks().values())) == ("pending", 0, 0)


# --- subscribers with a queue -----------------------------------------------------------------------------------------


class Broker:
    """Takes what the relay sends; refuses while `is_away`."""

    def __init__(self) -> None:
        self.tasks: list[tuple[str, str, list[str]]] = []
        self.is_away = False

    def __call__(self, queue: str, name: str, ids: list[str]) -> None:
        if self.is_away:
            raise ConnectionError("refused")
        assert not connection.in_atomic_block or connection.savepoint_ids == []
        self.tasks.append((queue, name, ids))

    def ids(self) -> Counter[str]:
        return Counter(each for _queue, _name, ids in self.tasks for each in ids)


@pytest.fixture
def broker() -> Broker:
    return Broker()


def nothing(_event: BellRung, _done: Any) -> None:
    pass


def test_queued_deliveries_go_out_in_batches_by_queue_and_subscriber(broker: Broker) -> None:
    listen(nothing, name="test.mail", queue="mail")
    listen(nothing, name="test.push", queue="push")
    listen(nothing, name="test.pdf", queue="pdf")
    publish_bell(12)
    relay.expand_events()
    assert relay.send_queued_deliveries(broker) == 36
    assert relay.send_queued_deliveries(broker) == 0
    sizes = sorted((queue, name, len(ids)) for queue, name, ids in broker.tasks)
    assert sizes == [
        *[("mail", "test.mail", 2), ("mail", "test.mail", 10)],
        *[("pdf", "test.pdf", 1)] * 12,
        *[("push", "test.push", 2), ("push", "test.push", 10)],
    ]
    assert broker.ids() == {str(row.pk): 1 for row in Delivery.objects.all()}
    assert set(Delivery.objects.values_list("state", "attempts")) == {("queued", 0)}


def test_queued_delivery_that_nobody_claims_is_sent_again_soon_then_ever_more_rarely(
    broker: Broker, clock: Clock
) -> None:
    listen(nothing, queue="mail")
    publish_bell()
    relay.expand_events()
    relay.send_queued_deliveries(broker)
    passed = 0
    for second, is_missed in [(13, False), (17, True), (32, False), (36, True), (70, False), (74, True), (144, False),
                              (150, True), (296, False), (302, True), (538, False), (544, True)]:  # fmt: skip
        clock.advance(timedelta(seconds=second - passed))
        passed = second
        assert relay.send_queued_deliveries(broker) == int(is_missed), second
    assert broker.ids() == {str(the_delivery().pk): 7}
    assert the_delivery().attempts == 0


def test_broker_that_refuses_is_tried_again_in_a_moment(broker: Broker, clock: Clock) -> None:
    listen(nothing, queue="pdf")
    publish_bell(3)
    relay.expand_events()
    broker.is_away = True
    assert relay.send_queued_deliveries(broker) == 3
    assert set(Delivery.objects.values_list("state", "attempts")) == {("pending", 0)}
    assert relay.send_queued_deliveries(broker) == 0
    broker.is_away = False
    clock.advance(timedelta(seconds=4))
    assert relay.send_queued_deliveries(broker) == 3
    assert set(broker.ids().values()) == {1}


def queued(broker: Broker, **more: Any) -> Delivery:
    listen(nothing, **{"queue": "mail", **more})
    publish_bell()
    relay.expand_events()
    relay.send_queued_deliveries(broker)
    return the_delivery()


def claimed(delivery: Delivery) -> Delivery:
    found = relay.claim(delivery.pk)
    assert found is not None
    return found


def test_claim_takes_it_once_and_no_finished_or_waiting_one(broker: Broker) -> None:
    delivery = queued(broker)
    mine = claimed(delivery)
    assert (mine.state, mine.attempts) == ("running", 1)
    assert mine.claim is not None
    assert relay.claim(delivery.pk) is None
    relay.postpone(mine, RetryLater("Later."))
    assert relay.claim(delivery.pk) is None  # the broker delivers twice, but its time has not come
    Delivery.objects.update(available_at=now())
    again = claimed(delivery)
    assert (again.attempts, again.claim != mine.claim) == (2, True)
    relay.finish(again)
    assert relay.claim(delivery.pk) is None
    Delivery.objects.update(state="dead")
    assert relay.claim(delivery.pk) is None
    assert relay.claim(uuid4()) is None


@pytest.mark.django_db(transaction=True)
def test_claim_by_ten_at_once_is_one_claim(broker: Broker) -> None:
    delivery = queued(broker)
    begin = threading.Barrier(10)

    def worker(_number: int) -> bool:
        try:
            begin.wait(30)
            return relay.claim(delivery.pk) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        assert Counter(pool.map(worker, range(10))) == {True: 1, False: 9}
    assert the_delivery().attempts == 1


def test_lease_of_a_dead_worker_ends_and_another_takes_over(broker: Broker, clock: Clock) -> None:
    mine = claimed(queued(broker))
    clock.advance(relay.LEASE - timedelta(seconds=2))
    assert relay.send_queued_deliveries(broker) == 0
    assert relay.extend_lease(mine)
    clock.advance(timedelta(seconds=4))
    assert relay.send_queued_deliveries(broker) == 0
    clock.advance(relay.LEASE)
    assert relay.send_queued_deliveries(broker) == 1
    assert not relay.extend_lease(mine)
    other = claimed(mine)
    assert (other.attempts, broker.ids()) == (2, {str(mine.pk): 2})
    assert relay.extend_lease(other)


def test_delivery_that_kills_its_worker_every_time_becomes_a_dead_letter(broker: Broker, clock: Clock) -> None:
    delivery = queued(broker, max_attempts=3)
    for _ in range(3):
        claimed(delivery)
        clock.advance(relay.LEASE + timedelta(seconds=1))
        relay.send_queued_deliveries(broker)
    assert (the_delivery().state, the_delivery().attempts) == ("dead", 3)
    assert the_delivery().last_error == "GiveUp: Its worker ended in the middle of every attempt."
    assert broker.ids() == {str(delivery.pk): 3}


@pytest.mark.django_db(transaction=True)
def test_done_marks_the_delivery_with_its_effect_and_a_crash_between_has_neither(broker: Broker) -> None:
    mine = claimed(queued(broker))
    bell = UUID(mine.event.payload["bell_id"])

    class Killed(BaseException):
        pass

    def crash() -> None:
        with relay.done_with_effect(mine):
            leave_a_mark(BellRung(bell))
            raise Killed

    with pytest.raises(Killed):
        crash()
    assert (the_delivery().state, marks()) == ("running", {})

    with relay.done_with_effect(mine):
        leave_a_mark(BellRung(bell))
    assert (the_delivery().state, marks()) == ("done", {bell: 1})


@pytest.mark.django_db(transaction=True)
def test_worker_whose_delivery_was_taken_over_has_no_effect(broker: Broker, clock: Clock) -> None:
    slow = claimed(queued(broker))
    clock.advance(relay.LEASE + timedelta(seconds=1))
    relay.send_queued_deliveries(broker)
    bell = UUID(slow.event.payload["bell_id"])

    def effect(delivery: Delivery) -> None:
        with relay.done_with_effect(delivery):
            leave_a_mark(BellRung(bell))

    with pytest.raises(relay.LeaseLostError):
        effect(slow)  # nobody has it yet, but it is not the slow one's any more
    quick = claimed(slow)
    with pytest.raises(relay.LeaseLostError):
        effect(slow)
    assert not marks()
    effect(quick)
    for late in (slow, quick):
        with pytest.raises(relay.LeaseLostError):
            effect(late)
    assert marks() == {bell: 1}


# --- the process ------------------------------------------------------------------------------------------------------


def test_backlog_tells_how_many_how_old_and_how_dead(clock: Clock) -> None:
    listen(nothing, queue="mail")
    assert relay.backlog() == (0, 0.0, 0)
    publish_bell(2)
    clock.advance(timedelta(seconds=90))
    count, age, dead = relay.backlog()
    assert (count, 90 <= age < 100, dead) == (2, True, 0)
    relay.expand_events()
    assert relay.backlog()[:1] == (2,)
    Delivery.objects.update(state="dead")
    assert relay.backlog() == (0, 0.0, 2)


def test_round_goes_on_while_there_is_work_and_survives_a_database_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernel.management.commands.relay.close_old_connections", lambda: None)
    sent: list[str] = []
    monkeypatch.setattr("kernel.management.commands.relay.send_task", lambda queue, _name, _ids: sent.append(queue))
    listen(nothing, name="test.pdf", queue="pdf")
    with transaction.atomic():
        OutboxEvent.objects.create(type="kernel.BellRung", payload={"bell_id": str(uuid4())})
    Delivery.objects.bulk_create(
        Delivery(
            event=OutboxEvent.objects.create(type="kernel.BellRung", payload={}, dispatched_at=now()),
            subscriber="test.pdf",
            queue="pdf",
        )
        for _ in range(250)
    )
    rounds = [Command()._round() for _ in range(4)]
    assert (rounds, len(sent)) == ([True, True, True, False], 251)
    for error in (OperationalError("gone"), InterfaceError("closed")):
        with monkeypatch.context() as patch:

            def away(error: Exception = error) -> int:
                raise error

            patch.setattr(relay, "expand_events", away)
            assert Command()._round() is False


@pytest.mark.django_db(transaction=True)
def test_relay_runs_until_told_to_stop_and_wakes_for_a_ring() -> None:
    heard: dict[UUID, float] = {}
    listen(lambda event: heard.setdefault(event.bell_id, time.monotonic()))
    told: dict[UUID, float] = {}

    def person() -> None:
        try:
            time.sleep(0.7)  # the relay has gone to sleep
            for _ in range(3):
                (bell,) = publish_bell()
                told[bell] = time.monotonic()
                deadline = time.monotonic() + 10
                while bell not in heard and time.monotonic() < deadline:
                    time.sleep(0.01)
        finally:
            connection.close()
            os.kill(os.getpid(), signal.SIGTERM)

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    thread = threading.Thread(target=person)
    try:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        thread.start()
        call_command("relay")
    finally:
        thread.join()
        for number, handler in before.items():
            signal.signal(number, handler)
    assert set(heard) == set(told)
    assert min(heard[bell] - told[bell] for bell in told) < 1.0  # by the bell, not by the sweep of two seconds


@pytest.mark.django_db(transaction=True)
def test_doorbell_many_rings_are_one_and_without_redis_there_is_the_sweep(
    settings: Settings, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kernel.management.commands.relay.SWEEP_SECONDS", 0.4)
    bell, stop = _Doorbell(), threading.Event()

    def waited() -> float:
        begun = time.monotonic()
        bell.wait(stop)
        return time.monotonic() - begun

    waited()
    assert waited() >= 0.3
    for _ in range(30):
        with entry():
            wake_after_commit()
    assert waited() < 0.3
    assert waited() >= 0.3  # all thirty were one
    listening = bell._pubsub
    assert listening is not None

    client = redis.Redis.from_url(redis_url)
    client.client_kill_filter(_type="pubsub")
    client.close()
    settings.CACHE_URL = "unix:///nowhere/valkey.sock"
    waited()
    assert waited() >= 0.3


def test_task_is_sent_by_name_to_its_queue_and_not_retried(settings: Settings, redis_url: str) -> None:
    send_task("pdf", "test.pdf", ["1", "2"])
    client = redis.Redis.from_url(redis_url)
    (raw,) = client.lrange("pdf", 0, -1)  # type: ignore[misc,unused-ignore]
    client.close()
    assert b'"kernel.deliver"' in raw


def test_streams_of_marks_are_whole() -> None:
    """The tests' own effect is a journal entry; its head must exist once it is written."""
    leave_a_mark(BellRung(uuid4()))
    assert JournalStream.objects.filter(entries__verb="bell.heard").count() == 1
