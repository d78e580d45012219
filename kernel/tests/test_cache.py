"""The two-tier cache: made once for all, taken over when the maker dies, never older than an invalidation."""

import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client import REGISTRY
from pytest_django.fixtures import Settings

import kernel.cache
from kernel.cache import TwoTierCache, _Leases
from kernel.redis_client import forget_failures, redis_client


class Maker:
    """Counts how often it was asked to make the value."""

    def __init__(self, seconds: float = 0.1) -> None:
        self.calls = 0
        self._seconds = seconds
        self._lock = threading.Lock()

    def __call__(self) -> int:
        with self._lock:
            self.calls += 1
            number = self.calls
        time.sleep(self._seconds)
        return number


def all_at_once(work: Callable[[int], int], times: int = 100) -> list[int]:
    gate = threading.Barrier(times)

    def go(number: int) -> int:
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(go, range(times)))


def cache(**options: float) -> TwoTierCache[int]:
    return TwoTierCache("test", ttl=options.pop("ttl", 60), max_items=100, **options)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _redis_answers() -> None:
    forget_failures()


def test_cache_100_threads_of_one_process_make_once() -> None:
    one, make = cache(), Maker()
    assert all_at_once(lambda _number: one.get_or_make("k", make)) == [1] * 100
    assert make.calls == 1


def test_cache_several_processes_make_once() -> None:
    """Five caches that share nothing but Redis, as five processes do."""
    caches, make = [cache() for _process in range(5)], Maker(0.3)
    assert all_at_once(lambda number: caches[number % 5].get_or_make("k", make)) == [1] * 100
    assert make.calls == 1


@pytest.fixture
def short_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fifth of the time for a lease, and a keeper that has not slept yet."""
    monkeypatch.setattr("kernel.cache.LEASE_SECONDS", 0.6)
    monkeypatch.setattr("kernel.cache._leases", _Leases())


def test_cache_maker_killed_another_process_takes_over(short_leases: None) -> None:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - the process that dies

        def make_forever() -> int:
            os.write(write, b"x")
            time.sleep(60)
            return 0

        cache().get_or_make("k", make_forever)
        os._exit(1)
    os.read(read, 1)
    make = Maker(0)
    waiting = ThreadPoolExecutor(1).submit(cache().get_or_make, "k", make)
    time.sleep(1)
    assert make.calls == 0  # the maker lives: we wait
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert waiting.result(timeout=6) == 1
    assert make.calls == 1


def test_cache_slow_maker_keeps_its_lease(short_leases: None) -> None:
    """Longer than the lease: without renewal a second one would begin."""
    make = Maker(1)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda one: one.get_or_make("k", make), [cache(), cache()]))
    assert (results, make.calls) == ([1, 1], 1)


def test_cache_one_thread_keeps_the_leases_of_all_makers(short_leases: None) -> None:
    """Three at work at once, twice; the second time after the keeper has nothing left to do."""

    def keepers() -> int:
        return [thread.name for thread in threading.enumerate()].count("cache-leases")

    before, makers = keepers(), [Maker(0.9) for _ in range(3)]
    for _round in range(2):
        work = [(one, key, make) for key, make in zip("abc", makers, strict=True) for one in (cache(), cache())]
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda it: it[0].get_or_make(it[1], it[2]), work))
        for key in "abc":
            cache().invalidate(key)
        until = time.monotonic() + 5
        while not kernel.cache._leases._is_asleep:
            assert time.monotonic() < until
            time.sleep(0.01)
    assert [make.calls for make in makers] == [2, 2, 2]
    assert keepers() == before + 1


def test_cache_error_reaches_all_waiters_and_is_not_kept() -> None:
    one = cache()
    calls: list[int] = []

    def fail() -> int:
        calls.append(1)
        time.sleep(0.2)
        raise LookupError("no")

    def attempt(_number: int) -> int:
        with pytest.raises(LookupError):
            one.get_or_make("k", fail)
        return 0

    all_at_once(attempt, 20)
    assert len(calls) == 1
    assert one.get_or_make("k", lambda: 7) == 7


def test_cache_invalidated_is_made_anew_here_at_once_and_elsewhere_soon() -> None:
    here, there, make = cache(local_ttl=0.2), cache(local_ttl=0.2), Maker(0)
    assert (here.get_or_make("k", make), there.get_or_make("k", make)) == (1, 1)
    here.invalidate("k")
    assert here.get_or_make("k", make) == 2
    time.sleep(0.25)
    assert there.get_or_make("k", make) == 2


def test_cache_invalidated_while_made_does_not_keep_what_was_read_before() -> None:
    one = cache()
    begun, go_on = threading.Event(), threading.Event()

    def old() -> int:
        begun.set()
        go_on.wait(5)
        return 1

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(one.get_or_make, "k", old)
        begun.wait(5)
        one.invalidate("k")
        assert one.get_or_make("k", lambda: 2) == 2
        go_on.set()
        assert first.result(5) == 1  # who asked before gets what was true then
    assert one.get_or_make("k", lambda: 3) == 2
    assert cache().get_or_make("k", lambda: 4) == 2


def test_cache_tells_what_is_kept_and_makes_nothing() -> None:
    here, there = cache(), cache()
    assert here.kept("k") is None
    here.get_or_make("k", lambda: 5)
    assert (here.kept("k"), there.kept("k"), there.kept("other")) == (5, 5, None)
    here.invalidate("k")
    assert (here.kept("k"), cache().kept("k")) == (None, None)


def test_cache_value_expires_after_its_ttl() -> None:
    one, make = cache(ttl=0.2), Maker(0)
    assert one.get_or_make("k", make) == 1
    time.sleep(0.25)
    assert one.get_or_make("k", make) == 2


def test_cache_without_redis_each_process_makes_its_own(settings: Settings) -> None:
    settings.CACHE_URL = "unix:///nonexistent/valkey.sock"
    one, make = cache(), Maker()
    assert all_at_once(lambda _number: one.get_or_make("k", make), 20) == [1] * 20
    one.invalidate("k")
    assert one.get_or_make("k", make) == 2


def test_cache_holds_no_more_than_max_items_in_the_process() -> None:
    one: TwoTierCache[int] = TwoTierCache("small", ttl=60, max_items=3)
    for number in range(10):
        one.get_or_make(str(number), lambda number=number: number)  # type: ignore[misc]
    assert len(one._items) == 3


def test_cache_key_is_hashed_before_it_leaves_the_process() -> None:
    cache().get_or_make("who owes Maria money?", lambda: 1)
    assert not any(b"Maria" in key for key in redis_client().keys("*"))


def test_cache_counts_hits_and_makings() -> None:
    def counted(outcome: str) -> float:
        return REGISTRY.get_sample_value("accord_cache_requests_total", {"cache": "counted", "outcome": outcome}) or 0.0

    first: TwoTierCache[int] = TwoTierCache("counted", ttl=60, max_items=3)
    second: TwoTierCache[int] = TwoTierCache("counted", ttl=60, max_items=3)
    before = [counted(outcome) for outcome in ("made", "process", "shared")]
    first.get_or_make("k", lambda: 1)
    first.get_or_make("k", lambda: 1)
    second.get_or_make("k", lambda: 1)
    after = [counted(outcome) for outcome in ("made", "process", "shared")]
    assert [b - a for a, b in zip(before, after, strict=True)] == [1, 1, 1]
