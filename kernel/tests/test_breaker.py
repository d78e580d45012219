"""The circuit breaker: five failures in a row open it for all processes, one probe closes it."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from pytest_django.fixtures import Settings

from kernel.breaker import CircuitBreaker, CircuitOpenError, states
from kernel.redis_client import forget_failures
from kernel.retry import retrying


class ProviderError(Exception):
    pass


class RefusedInputError(Exception):
    pass


def fail() -> None:
    raise ProviderError


def fail_times(breaker: CircuitBreaker, times: int) -> None:
    for _call in range(times):
        with pytest.raises(ProviderError):
            breaker.call(fail)


@pytest.fixture(params=["shared", "alone"])
def breaker(request: pytest.FixtureRequest, settings: Settings) -> Iterator[CircuitBreaker]:
    """A breaker with Redis, and the same one without."""
    if request.param == "alone":
        settings.CACHE_URL = "unix:///nonexistent/valkey.sock"
    forget_failures()
    yield CircuitBreaker("provider", reset_seconds=0.3)
    CircuitBreaker._known.clear()
    forget_failures()


def test_breaker_four_failures_stays_closed_the_fifth_opens(breaker: CircuitBreaker) -> None:
    fail_times(breaker, 4)
    assert breaker.state() == "closed"
    fail_times(breaker, 1)
    assert breaker.state() == "open"
    calls: list[int] = []
    with pytest.raises(CircuitOpenError) as refusal:
        breaker.call(lambda: calls.append(1))
    assert calls == []
    assert (refusal.value.status, refusal.value.code) == (503, "circuit_open")
    assert int(refusal.value.headers["Retry-After"]) >= 1


def test_breaker_success_between_failures_starts_the_count_anew(breaker: CircuitBreaker) -> None:
    fail_times(breaker, 4)
    assert breaker.call(lambda: "fine") == "fine"
    fail_times(breaker, 4)
    assert breaker.state() == "closed"


def test_breaker_error_that_is_the_callers_fault_does_not_count(breaker: CircuitBreaker) -> None:
    def refuse() -> None:
        raise RefusedInputError

    for _call in range(10):
        with pytest.raises(RefusedInputError):
            breaker.call(refuse, failures=(ProviderError,))
    assert breaker.state() == "closed"


def test_breaker_five_slow_results_are_given_and_open_it(breaker: CircuitBreaker) -> None:
    def slowly() -> str:
        time.sleep(0.02)
        return "late"

    for _call in range(4):
        assert breaker.call(slowly, slow_after=0.01) == "late"
    assert breaker.call(lambda: "quick", slow_after=5) == "quick"  # the count starts anew
    for _call in range(5):
        assert breaker.state() == "closed"
        assert breaker.call(slowly, slow_after=0.01) == "late"
    assert breaker.state() == "open"


def test_breaker_permission_is_told_its_outcome_later(breaker: CircuitBreaker) -> None:
    for _call in range(5):
        breaker.tell(breaker.admit(), went_well=False)
    with pytest.raises(CircuitOpenError):
        breaker.admit()
    time.sleep(0.35)
    breaker.tell(breaker.admit(), went_well=True)
    assert breaker.state() == "closed"


def test_breaker_half_open_lets_exactly_one_probe_through(breaker: CircuitBreaker) -> None:
    fail_times(breaker, 5)
    time.sleep(0.35)
    assert breaker.state() == "half_open"
    gate = threading.Barrier(20)
    probes: list[int] = []

    def probe() -> None:
        probes.append(1)
        time.sleep(0.2)

    def attempt(_number: int) -> bool:
        gate.wait()
        try:
            breaker.call(probe)
        except CircuitOpenError:
            return False
        return True

    with ThreadPoolExecutor(20) as pool:
        passed = list(pool.map(attempt, range(20)))
    assert (sum(passed), len(probes)) == (1, 1)
    assert breaker.state() == "closed"


def test_breaker_failed_probe_opens_it_again(breaker: CircuitBreaker) -> None:
    fail_times(breaker, 5)
    time.sleep(0.35)
    fail_times(breaker, 1)
    assert breaker.state() == "open"
    with pytest.raises(CircuitOpenError):
        breaker.call(lambda: None)


def test_breaker_of_the_same_name_is_open_in_another_process() -> None:
    here, there = CircuitBreaker("llm"), CircuitBreaker("llm", listed=False)
    fail_times(here, 3)
    fail_times(there, 2)
    for breaker in (here, there):
        with pytest.raises(CircuitOpenError):
            breaker.call(lambda: None)


def test_breaker_states_tell_of_breakers_that_failed_elsewhere() -> None:
    fail_times(CircuitBreaker("elsewhere", listed=False), 5)
    CircuitBreaker("healthy")
    found = states()
    assert {name: found[name] for name in ("elsewhere", "healthy")} == {"elsewhere": "open", "healthy": "closed"}


@pytest.mark.unit
def test_retrying_twice_more_after_half_a_second_and_one_and_a_half() -> None:
    slept: list[float] = []
    calls: list[int] = []

    def fail_twice() -> str:
        calls.append(1)
        if len(calls) < 3:
            raise ProviderError
        return "done"

    assert retrying(fail_twice, retry_on=(ProviderError,), sleep=slept.append) == "done"
    assert len(slept) == 2
    assert 0.375 <= slept[0] <= 0.625
    assert 1.125 <= slept[1] <= 1.875


@pytest.mark.unit
def test_retrying_gives_up_after_the_third_failure_with_the_last_error() -> None:
    calls: list[int] = []

    def always() -> None:
        calls.append(1)
        raise ProviderError(len(calls))

    with pytest.raises(ProviderError, match="3"):
        retrying(always, retry_on=(ProviderError,), sleep=lambda _seconds: None)
    assert len(calls) == 3


@pytest.mark.unit
@pytest.mark.parametrize("error", [RefusedInputError(), CircuitOpenError("open")])
def test_retrying_other_errors_and_open_circuits_are_raised_at_once(error: Exception) -> None:
    calls: list[int] = []

    def once() -> None:
        calls.append(1)
        raise error

    with pytest.raises(type(error)):
        retrying(once, retry_on=(ProviderError, CircuitOpenError), sleep=lambda _seconds: None)
    assert len(calls) == 1


class BusyError(Exception):
    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds


def asked_pause(error: Exception) -> float | None:
    return error.seconds if isinstance(error, BusyError) else None


@pytest.mark.unit
@pytest.mark.parametrize(("asked", "shortest"), [(None, 0.375), (0.1, 0.375), (7.0, 7.0)])
def test_retrying_a_pause_that_was_asked_for_is_kept(asked: float | None, shortest: float) -> None:
    slept: list[float] = []

    def busy() -> None:
        raise BusyError(asked)

    with pytest.raises(BusyError):
        retrying(busy, retry_on=(BusyError,), attempts=1, sleep=slept.append, asked_pause=asked_pause)
    assert len(slept) == 1
    assert shortest <= slept[0] <= max(shortest, 0.625)


@pytest.mark.unit
def test_retrying_a_pause_past_the_end_is_not_begun() -> None:
    slept: list[float] = []
    calls: list[int] = []

    def busy() -> None:
        calls.append(1)
        raise BusyError(7)

    with pytest.raises(BusyError):
        retrying(busy, retry_on=(BusyError,), sleep=slept.append, asked_pause=asked_pause, until=time.monotonic() + 5)
    assert (calls, slept) == ([1], [])
