"""Circuit breaker, shared by all processes through Redis: one process's five failures spare all others the wait.

Closed: calls go through; five failures in a row open it. Open: calls are refused at once. After `reset_seconds` one
caller, in one process, may probe (half open); its success closes the breaker, its failure opens it again. Without
Redis each process keeps its own (M. Nygard, Release It!, "Circuit Breaker").
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Literal, TypeVar

from django.utils.translation import gettext as _

from kernel import metrics
from kernel.errors import ServiceUnavailableError
from kernel.ids import new_id
from kernel.redis_client import RedisGoneError, Script, ScriptRun, run, run_scripts

T = TypeVar("T")
State = Literal["closed", "half_open", "open"]

PREFIX: Final = "accord:breaker:"
NAMES: Final = "accord:breakers"
PROBE_SECONDS: Final = 60  # a probe that died with its process is taken for failed after this time

# One script, so that no two processes can both probe and no failure is lost between read and write.
# KEYS[1] the breaker's hash; ARGV: verb, ticket, threshold, reset milliseconds, probe milliseconds.
# The hash: failures, opened (milliseconds, 0 when closed), probe (a ticket), probing (milliseconds).
# `admit` answers {admitted, milliseconds to wait}; `withdrawn` gives a probe back;
# `failed` answers {1 if it opened now, 0}; `state` {0|1|2, 0}.
SCRIPT: Final = Script("""
local key, verb, ticket = KEYS[1], ARGV[1], ARGV[2]
local threshold, reset, patience = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local opened = tonumber(redis.call('HGET', key, 'opened') or 0)
local probing = tonumber(redis.call('HGET', key, 'probing') or 0)
local at = string.format('%.0f', now)
if verb == 'admit' then
  if opened == 0 then return {1, 0} end
  if now - opened < reset then return {0, reset - (now - opened)} end
  if probing > 0 and now - probing < patience then return {0, 1000} end
  redis.call('HSET', key, 'probe', ticket, 'probing', at)
  return {1, 0}
elseif verb == 'succeeded' then
  if opened == 0 or redis.call('HGET', key, 'probe') == ticket then redis.call('DEL', key) end
  return {0, 0}
elseif verb == 'withdrawn' then
  if redis.call('HGET', key, 'probe') == ticket then redis.call('HDEL', key, 'probe', 'probing') end
  return {0, 0}
elseif verb == 'failed' then
  if opened > 0 then
    if redis.call('HGET', key, 'probe') ~= ticket then return {0, 0} end
    redis.call('HSET', key, 'opened', at)
    redis.call('HDEL', key, 'probe', 'probing')
    return {1, 0}
  end
  if redis.call('HINCRBY', key, 'failures', 1) >= threshold then
    redis.call('HSET', key, 'opened', at)
    return {1, 0}
  end
  return {0, 0}
end
if opened == 0 then return {0, 0} end
if probing > 0 or now - opened >= reset then return {1, 0} end
return {2, 0}
""")


class CircuitOpenError(ServiceUnavailableError):
    """The service behind this breaker failed too often; it is left alone for a while."""

    code = "circuit_open"


class _Local:
    """One breaker kept in this process, for when Redis is gone. The same rules."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures = 0
        self._opened: float | None = None
        self._probe = ""
        self._probing = 0.0

    def admit(self, ticket: str, reset: float) -> tuple[bool, float]:
        with self._lock:
            now = time.monotonic()
            if self._opened is None:
                return True, 0.0
            if now - self._opened < reset:
                return False, reset - (now - self._opened)
            if self._probe and now - self._probing < PROBE_SECONDS:
                return False, 1.0
            self._probe, self._probing = ticket, now
            return True, 0.0

    def succeeded(self, ticket: str) -> None:
        with self._lock:
            if self._opened is None or self._probe == ticket:
                self._failures, self._opened, self._probe = 0, None, ""

    def withdrawn(self, ticket: str) -> None:
        with self._lock:
            if self._probe == ticket:
                self._probe = ""

    def failed(self, ticket: str, threshold: int) -> bool:
        with self._lock:
            if self._opened is not None:
                if self._probe != ticket:
                    return False
                self._opened, self._probe = time.monotonic(), ""
                return True
            self._failures += 1
            if self._failures >= threshold:
                self._opened = time.monotonic()
                return True
            return False

    def state(self, reset: float) -> State:
        with self._lock:
            if self._opened is None:
                return "closed"
            return "half_open" if self._probe or time.monotonic() - self._opened >= reset else "open"


class CircuitBreaker:
    """Guards the calls to one service. `name` is shared: the same name is the same breaker in every process."""

    _known: "dict[str, CircuitBreaker]" = {}

    def __init__(
        self, name: str, failure_threshold: int = 5, reset_seconds: float = 30, *, listed: bool = True
    ) -> None:
        self.name = name
        self._threshold = failure_threshold
        self._reset = reset_seconds
        self._local = _Local()
        if listed:
            self._known[name] = self

    def call(
        self,
        fn: Callable[[], T],
        *,
        failures: tuple[type[Exception], ...] = (Exception,),
        slow_after: float | None = None,
    ) -> T:
        """`fn()`. Exceptions in `failures` count against the service, others (a refusal of bad input) show it alive.

        A result that took more than `slow_after` seconds is given, and counts against the service like a failure.
        Raises CircuitOpenError (503 circuit_open, Retry-After) without calling when the breaker is open.
        """
        ticket = self.admit()
        began = time.monotonic()
        try:
            result = fn()
        except failures:
            self.tell(ticket, went_well=False)
            raise
        except Exception:
            self.tell(ticket, went_well=True)
            raise
        if slow_after is not None and time.monotonic() - began > slow_after:
            self.tell(ticket, went_well=False)
        else:
            self.tell(ticket, went_well=True)
        return result

    def admit(self) -> str:
        """Permission for one call whose outcome is told later, by `tell`; for what does not fit into one function.

        Raises CircuitOpenError like `call`.
        """
        ticket = str(new_id())
        self.admitted(ticket, self._asked(self.asking(ticket)))
        return ticket

    def tell(self, ticket: str, *, went_well: bool) -> None:
        """How the call with this permission went."""
        self.told(ticket, self._asked(self.telling(ticket, went_well=went_well)), went_well=went_well)

    def withdraw(self, ticket: str) -> None:
        """The permission was not used: somebody else may probe."""
        self._local.withdrawn(ticket)
        self._asked(self._run("withdrawn", ticket))

    # --- the same for who has more to ask Redis in the same trip: `asking` and `telling` go into `run_scripts`, and
    # --- `admitted` and `told` get what came back, or None when Redis was gone -----------------------------------------

    def asking(self, ticket: str) -> ScriptRun:
        """Asks for permission; the answer is for `admitted`."""
        return self._run("admit", ticket)

    def admitted(self, ticket: str, answer: Any) -> None:
        """Raises CircuitOpenError when the answer is no."""
        if answer is None:
            admitted, seconds = self._local.admit(ticket, self._reset)
        else:
            admitted, seconds = bool(answer[0]), int(answer[1]) / 1000
        if not admitted:
            raise CircuitOpenError(
                _("A service that this needs has failed repeatedly and is left alone for a moment. Try again soon."),
                retry_after=max(1, round(seconds)),
            )

    def telling(self, ticket: str, *, went_well: bool) -> ScriptRun:
        """Tells how it went; the answer is for `told`."""
        return self._run("succeeded" if went_well else "failed", ticket)

    def told(self, ticket: str, answer: Any, *, went_well: bool) -> None:
        if went_well:
            self._local.succeeded(ticket)
            return
        if answer is None:
            opened = self._local.failed(ticket, self._threshold)
        else:
            opened = bool(answer[0])
            with suppress(RedisGoneError):
                run(lambda client: client.hset(NAMES, self.name, str(self._reset)))
        if opened:
            metrics.BREAKER_TRIPS.labels(self.name).inc()

    def state(self) -> State:
        """As all processes see it."""
        answer = self._asked(self._run("state"))
        return self._local.state(self._reset) if answer is None else ("closed", "half_open", "open")[int(answer[0])]

    def reset(self) -> None:
        """Close it by hand, everywhere."""
        self._local = _Local()
        try:
            run(lambda client: client.delete(PREFIX + self.name))
        except RedisGoneError:
            return

    def _run(self, verb: str, ticket: str = "") -> ScriptRun:
        arguments = (verb, ticket, str(self._threshold), str(int(self._reset * 1000)), str(PROBE_SECONDS * 1000))
        return SCRIPT.on(PREFIX + self.name, arguments=arguments)

    def _asked(self, question: ScriptRun) -> Any:
        try:
            return run_scripts(question)[0]
        except RedisGoneError:
            return None


def states() -> dict[str, State]:
    """The state of every breaker this process knows of, and of all that ever failed in another one."""
    breakers = dict(CircuitBreaker._known)
    try:
        failed: Any = run(lambda client: client.hgetall(NAMES))
    except RedisGoneError:
        failed = {}
    for name, reset in failed.items():
        if name.decode() not in breakers:
            breakers[name.decode()] = CircuitBreaker(name.decode(), reset_seconds=float(reset), listed=False)
    return {name: breaker.state() for name, breaker in sorted(breakers.items())}
