"""Rate limits: an exact sliding window, decided atomically in Redis by the server's clock.

Each bucket and key keeps the moments of its last N accepted requests; a request is accepted when the N-th last one
has left the window. Of 200 parallel requests exactly N pass. Without Redis the same window is kept per process:
limits are then looser by the number of processes, and people can go on.
"""

import hashlib
import ipaddress
import logging
import math
import threading
import time
from collections import OrderedDict, deque
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from redis.exceptions import NoScriptError, ResponseError

from kernel.errors import ThrottledError
from kernel.redis_client import RedisGoneError, run_command

logger = logging.getLogger(__name__)

UNITS = {
    "s": 1,
    "sec": 1,
    "second": 1,
    "min": 60,
    "m": 60,
    "minute": 60,
    "h": 3600,
    "hour": 3600,
    "d": 86400,
    "day": 86400,
}
UNLIMITED = ("", "0", "off", "none")
LOCAL_KEYS = 20_000
UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104 - a stand-in for "no address", never bound

# KEYS[1] window; ARGV: limit, window in microseconds. Answers 0 when accepted, else the microseconds to wait.
WINDOW = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local kept = redis.call('LLEN', KEYS[1])
if kept >= limit then
  local oldest = tonumber(redis.call('LINDEX', KEYS[1], -limit))
  if now - oldest < window then return window - (now - oldest) end
  redis.call('LPOP', KEYS[1], kept - limit + 1)
end
redis.call('RPUSH', KEYS[1], string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))
return 0
"""
WINDOW_SHA = hashlib.sha1(WINDOW.encode(), usedforsecurity=False).hexdigest()


@lru_cache(maxsize=256)
def parse_rate(rate: str) -> tuple[int, int]:
    """`"60/min"` → (60, 60 seconds); (0, 0) means no limit (`"off"`). Raises ValueError with what was expected."""
    if rate.strip().lower() in UNLIMITED:
        return 0, 0
    count, slash, unit = rate.partition("/")
    if not slash or not count.strip().isdigit() or unit.strip() not in UNITS or int(count) < 1:
        raise ValueError(f'A rate is written like "60/min" (s, min, hour or day) or "off", not {rate!r}.')
    return int(count), UNITS[unit.strip()]


def check(bucket: str, key: str, rate: str) -> None:
    """Count one request of `key` in `bucket`. Raises ThrottledError (429, Retry-After) when `rate` is used up."""
    limit, seconds = parse_rate(rate)
    if not limit:
        return
    name = _name(bucket, key)
    try:
        wait = _wait_in_redis(name, limit, seconds)
    except RedisGoneError:
        _say_local(bucket)
        wait = _local.wait(name, limit, seconds)
    if wait > 0:
        retry_after = max(1, math.ceil(wait))
        raise ThrottledError(
            _("Too many requests: %(limit)s are allowed in %(seconds)s seconds. Try again in %(wait)s s.")
            % {"limit": limit, "seconds": seconds, "wait": retry_after},
            retry_after=retry_after,
        )


def _name(bucket: str, key: str) -> str:
    """The Redis key: a keyed hash, since addresses of machines and people have no place in a cache."""
    digest = hashlib.blake2b(key.encode(), digest_size=16, key=settings.SECRET_KEY.encode()[:64]).hexdigest()
    return f"accord:rate:{bucket}:{digest}"


def _wait_in_redis(name: str, limit: int, seconds: int) -> float:
    window = seconds * 1_000_000
    try:
        answer = run_command("EVALSHA", WINDOW_SHA, "1", name, str(limit), str(window))
    except NoScriptError:
        answer = run_command("EVAL", WINDOW, "1", name, str(limit), str(window))
    except ResponseError as error:  # out of memory, loading: as good as gone
        raise RedisGoneError(str(error)) from error
    return int(answer) / 1_000_000


class _LocalWindows:
    """The same windows kept in this process; the least recently used are forgotten when there are too many."""

    def __init__(self) -> None:
        self._moments: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, name: str, limit: int, seconds: int) -> float:
        with self._lock:
            now = time.monotonic()
            moments = self._moments.setdefault(name, deque())
            self._moments.move_to_end(name)
            while len(self._moments) > LOCAL_KEYS:
                self._moments.popitem(last=False)
            while moments and now - moments[0] >= seconds:
                moments.popleft()
            if len(moments) >= limit:
                return seconds - (now - moments[-limit])
            moments.append(now)
            return 0.0

    def forget(self) -> None:
        with self._lock:
            self._moments.clear()


_local = _LocalWindows()
_said_at = -math.inf


def _say_local(bucket: str) -> None:
    global _said_at
    if time.monotonic() - _said_at >= 60:
        _said_at = time.monotonic()
        logger.warning("Redis is gone: rate limits are kept per process", extra={"bucket": bucket})


# --- who is asking
# -------------------------------------------------------------------------------------------------------


def remote_address(request: HttpRequest) -> str:
    """The caller's full IP address, seen through `ACCORD_TRUSTED_PROXIES` proxies.

    Each trusted proxy appends the address it was called from to X-Forwarded-For, so the caller's is that many places
    from the right; what stands further left is the caller's own claim and is never read.
    """
    direct = _address(request.META.get("REMOTE_ADDR", "")) or UNKNOWN_ADDRESS
    proxies: int = settings.ACCORD_TRUSTED_PROXIES
    if not proxies:
        return direct
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if len(forwarded) < proxies:
        return direct
    return _address(forwarded[-proxies]) or direct


def client_address(request: HttpRequest) -> str:
    """The address that limits count by: an IPv6 caller is its /64 network, since one subscriber holds all of it."""
    address = ipaddress.ip_address(remote_address(request))
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)


def _address(text: str) -> str:
    """A plain IP address out of `1.2.3.4`, `1.2.3.4:567`, `[::1]:567` or `::ffff:1.2.3.4`; empty when it is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)
