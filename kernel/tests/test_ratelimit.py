"""Rate limits: exact under parallel calls, sliding, usable without Redis; and whose address counts."""

import logging
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from kernel import ratelimit
from kernel import redis_client as redis_client_module
from kernel.errors import ThrottledError
from kernel.ratelimit import check, client_address, parse_rate, remote_address
from kernel.redis_client import forget_failures, redis_client

CALLS = 200
NOWHERE = "unix:///nonexistent/valkey.sock?db=0"


def passes(attempt: Callable[[], bool], calls: int = CALLS, threads: int = 40) -> int:
    """How many of `calls` parallel attempts pass."""
    gate = threading.Barrier(threads)

    def work(share: int) -> int:
        gate.wait()
        return sum(attempt() for _call in range(share))

    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(work, [calls // threads] * threads))


def is_let_through(bucket: str, key: str, rate: str) -> bool:
    try:
        check(bucket, key, rate)
    except ThrottledError:
        return False
    return True


@pytest.fixture
def without_redis(settings: Settings) -> None:
    settings.CACHE_URL = NOWHERE
    ratelimit._local.forget()
    forget_failures()


def test_rate_limit_200_parallel_calls_exactly_the_limit_pass() -> None:
    assert passes(lambda: is_let_through("parallel", "10.0.0.1", "60/min")) == 60


def test_rate_limit_read_and_write_apart_lets_more_pass() -> None:
    """The same race without atomicity: the test above would notice."""
    client = redis_client()

    def naive() -> bool:
        if client.llen("naive") >= 60:
            return False
        time.sleep(0.001)
        client.rpush("naive", b"1")
        return True

    assert passes(naive) > 60


def test_rate_limit_other_key_or_bucket_has_its_own_window() -> None:
    assert [is_let_through("a", "x", "1/min") for _call in range(2)] == [True, False]
    assert is_let_through("a", "y", "1/min")
    assert is_let_through("b", "x", "1/min")


def test_rate_limit_window_slides_and_frees_one_call_at_a_time() -> None:
    check("slide", "x", "2/s")
    time.sleep(0.6)
    check("slide", "x", "2/s")
    assert not is_let_through("slide", "x", "2/s")
    time.sleep(0.45)  # the first has left the window, the second has not: a fixed window would have freed both
    assert is_let_through("slide", "x", "2/s")
    assert not is_let_through("slide", "x", "2/s")


def test_rate_limit_refusal_says_when_to_come_back() -> None:
    check("wait", "x", "1/min")
    with pytest.raises(ThrottledError) as refusal:
        check("wait", "x", "1/min")
    assert refusal.value.headers["Retry-After"] == "60"


def test_rate_limit_lowered_takes_hold_at_once() -> None:
    for _call in range(5):
        check("lowered", "x", "10/min")
    assert not is_let_through("lowered", "x", "3/min")


def test_rate_limit_off_counts_nothing() -> None:
    assert all(is_let_through("off", "x", "off") for _call in range(50))
    assert redis_client().keys("accord:rate:*") == []


def test_rate_limit_keys_in_redis_hold_no_address() -> None:
    check("login", "somebody@example.org", "10/min")
    (name,) = redis_client().keys("*")
    assert b"somebody" not in name
    assert 0 < redis_client().pttl(name) <= 60_000


@pytest.mark.usefixtures("without_redis")
def test_rate_limit_without_redis_holds_in_this_process(caplog: pytest.LogCaptureFixture) -> None:
    ratelimit._said_at = float("-inf")
    with caplog.at_level(logging.WARNING):
        assert passes(lambda: is_let_through("local", "x", "60/min")) == 60
    assert [record.getMessage() for record in caplog.records] == ["Redis is gone: rate limits are kept per process"]


@pytest.mark.usefixtures("without_redis")
def test_rate_limit_without_redis_does_not_wait_for_it_each_time() -> None:
    started = time.monotonic()
    for _call in range(200):
        check("fast", "x", "off" if _call % 2 else "1000/min")
    assert time.monotonic() - started < 1


def test_rate_limit_script_lost_by_a_restart_is_loaded_again() -> None:
    check("script", "x", "2/min")
    redis_client().script_flush()
    check("script", "x", "2/min")
    assert not is_let_through("script", "x", "2/min")


@pytest.mark.unit
@pytest.mark.parametrize(
    ("text", "expected"),
    [("60/min", (60, 60)), ("10/s", (10, 1)), ("5/hour", (5, 3600)), ("off", (0, 0)), ("", (0, 0))],
)
def test_parse_rate_reads_what_people_write(text: str, expected: tuple[int, int]) -> None:
    assert parse_rate(text) == expected


@pytest.mark.unit
@pytest.mark.parametrize("text", ["sixty/min", "60", "60/fortnight", "-1/min", "0/min", "/min"])
def test_parse_rate_refuses_the_rest(text: str) -> None:
    with pytest.raises(ValueError, match="60/min"):
        parse_rate(text)


@pytest.mark.unit
@pytest.mark.parametrize(
    ("proxies", "direct", "forwarded", "expected"),
    [
        (0, "203.0.113.9", "198.51.100.1", "203.0.113.9"),  # nobody is trusted: the claim counts for nothing
        (1, "10.0.0.2", "198.51.100.1", "198.51.100.1"),
        (
            1,
            "10.0.0.2",
            "6.6.6.6, 198.51.100.1",
            "198.51.100.1",
        ),  # what the client sent stands left of the proxy's word
        (2, "10.0.0.2", "6.6.6.6, 198.51.100.1, 10.0.0.3", "198.51.100.1"),
        (2, "203.0.113.9", "6.6.6.6", "203.0.113.9"),  # came past a proxy: only the connection is believed
        (1, "10.0.0.2", "garbage", "10.0.0.2"),
        (1, "10.0.0.2", "", "10.0.0.2"),
        (1, "10.0.0.2", "198.51.100.1:4711", "198.51.100.1"),
        (1, "10.0.0.2", "[2001:db8::1]:4711", "2001:db8::1"),
        (0, "::ffff:203.0.113.9", "", "203.0.113.9"),
        (0, "", "", "0.0.0.0"),
    ],
)
def test_remote_address_believes_only_trusted_proxies(
    settings: Settings, proxies: int, direct: str, forwarded: str, expected: str
) -> None:
    settings.ACCORD_TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR=direct, HTTP_X_FORWARDED_FOR=forwarded)
    assert remote_address(request) == expected


@pytest.mark.unit
def test_client_address_ipv6_network_of_64_bits_is_one_client() -> None:
    addresses = ["2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:3::1"]
    seen = [client_address(RequestFactory().get("/", REMOTE_ADDR=address)) for address in addresses]
    assert seen == ["2001:db8:1:2::", "2001:db8:1:2::", "2001:db8:1:3::"]


def test_rate_limit_dead_server_is_a_refusal_of_no_one(settings: Settings) -> None:
    settings.CACHE_URL = NOWHERE
    forget_failures()
    with pytest.raises(redis.ConnectionError):
        redis_client().ping()
    check("any", "x", "1/min")


def test_rate_limit_connections_cut_by_the_server_are_replaced(settings: Settings) -> None:
    """As after a restart: what was pooled is dead, the next call must neither fail nor be counted twice."""
    assert passes(lambda: is_let_through("cut", "x", "60/min"), calls=40, threads=20) == 40
    pooled = redis_client_module._lines_to(settings.CACHE_URL)._free
    assert pooled
    for line in pooled:
        line._sock.shutdown(socket.SHUT_RDWR)
    assert passes(lambda: is_let_through("cut", "x", "60/min"), calls=40, threads=20) == 20
    assert ratelimit._local._moments.keys().isdisjoint({ratelimit._name("cut", "x")})
