"""A cache in two tiers, this process's memory and Redis, that makes each value once however many ask for it at once.

A value lives `ttl` seconds in Redis and at most `local_ttl` in each process. Every key has a generation that
`invalidate` moves on; values and locks carry it in their names, so a maker that began before the invalidation cannot
bring back what it read. Other processes see an invalidation within `local_ttl`.
"""

import hashlib
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, Generic, TypeVar

import orjson

from kernel import metrics
from kernel.ids import new_id
from kernel.redis_client import RedisGoneError, Script, ScriptRun, run_scripts

T = TypeVar("T")

POLL_SECONDS = 0.02
LEASE_SECONDS = 3.0  # a maker renews it every second; when its process dies another one takes over after this time

# KEYS: the key's generation. ARGV: the slot without its generation, a token (empty: only look), milliseconds of the lease.
# Answers {generation, the kept value or nothing, 1 when there is none and the lease is ours now}.
LOOK: Final = Script("""
local generation = redis.call('GET', KEYS[1]) or '0'
local slot = ARGV[1] .. generation
local kept = redis.call('GET', slot)
if kept or ARGV[2] == '' then return {generation, kept, 0} end
if redis.call('SET', slot .. ':lock', ARGV[2], 'NX', 'PX', ARGV[3]) then return {generation, false, 1} end
return {generation, false, 0}
""")
# KEYS: slot, lock. ARGV: token, value, milliseconds. Keeps the value (when there is room) and gives the lease back.
KEEP: Final = Script("""
redis.pcall('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
return 0
""")
RELEASE: Final = Script("if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0")
ADVANCE: Final = Script("redis.call('INCR', KEYS[1]) return redis.call('EXPIRE', KEYS[1], ARGV[1])")
RENEW: Final = Script(
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0"
)


class _Flight(Generic[T]):
    """One making of a value that several threads wait for."""

    def __init__(self) -> None:
        self._landed = threading.Event()
        self._value: T | None = None
        self._error: BaseException | None = None

    def land(self, value: T) -> None:
        self._value = value
        self._landed.set()

    def crash(self, error: BaseException) -> None:
        self._error = error
        self._landed.set()

    def wait(self) -> T:
        self._landed.wait()
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]


class TwoTierCache(Generic[T]):
    """Values that are dear to make and the same for everyone who knows the key.

    Values are JSON by default; `dumps` and `loads` change that (to seal private text, for instance). Keys are hashed
    before they leave the process. Without Redis each process makes and keeps its own.
    """

    def __init__(
        self,
        name: str,
        ttl: float,
        max_items: int,
        *,
        local_ttl: float = 2.0,
        dumps: Callable[[T], bytes] = orjson.dumps,
        loads: Callable[[bytes], T] = orjson.loads,
    ) -> None:
        self.name = name
        self._ttl = ttl
        self._local_ttl = min(local_ttl, ttl)
        self._max_items = max_items
        self._dumps = dumps
        self._loads = loads
        self._lock = threading.Lock()
        self._items: OrderedDict[str, tuple[float, T]] = OrderedDict()
        self._flights: dict[str, _Flight[T]] = {}
        self._epoch = 0  # moves with every invalidation of this process

    def get_or_make(self, key: str, make: Callable[[], T]) -> T:
        """The cached value of `key`, or what `make()` returns, called once for all who ask meanwhile.

        An error of `make` reaches every waiting thread of this process and is not cached.
        """
        name = hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
        with self._lock:
            kept = self._items.get(name)
            if kept is not None and kept[0] > time.monotonic():
                self._items.move_to_end(name)
                self._count("process")
                return kept[1]
            flight = self._flights.get(name)
            leads = flight is None
            if flight is None:
                flight = self._flights[name] = _Flight()
            epoch = self._epoch
        if not leads:
            value = flight.wait()
            self._count("process")
            return value
        try:
            value = self._shared_or_made(name, make)
        except BaseException as error:
            self._end(name, flight)
            flight.crash(
                error if isinstance(error, Exception) else RuntimeError("The maker of this value was stopped.")
            )
            raise
        self._keep(name, value, epoch)
        self._end(name, flight)
        flight.land(value)
        return value

    def kept(self, key: str) -> T | None:
        """The cached value, or None; nothing is made."""
        name = hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
        with self._lock:
            here = self._items.get(name)
            epoch = self._epoch
        if here is not None and here[0] > time.monotonic():
            self._count("process")
            return here[1]
        try:
            _slot, packed, _is_ours = self._look(name, "")
        except RedisGoneError:
            return None
        if packed is None:
            return None
        self._count("shared")
        value = self._loads(packed)
        self._keep(name, value, epoch)
        return value

    def invalidate(self, key: str) -> None:
        """Forget `key`: here at once, in other processes within `local_ttl`, also for makers that are at work now."""
        name = hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
        with self._lock:
            self._epoch += 1
            self._items.pop(name, None)
            self._flights.pop(name, None)
        generation = self._generation_key(name)
        lifetime = int(self._ttl * 2 + 3600)
        try:
            run_scripts(ADVANCE.on(generation, arguments=(str(lifetime),)))
        except RedisGoneError:
            return  # nobody can read the shared value either, until Redis is back with at most `ttl` of it left

    # --- this process
    # -----------------------------------------------------------------------------------------------------

    def _keep(self, name: str, value: T, epoch: int) -> None:
        with self._lock:
            if epoch != self._epoch:
                return
            self._items[name] = (time.monotonic() + self._local_ttl, value)
            self._items.move_to_end(name)
            while len(self._items) > self._max_items:
                self._items.popitem(last=False)

    def _end(self, name: str, flight: _Flight[T]) -> None:
        with self._lock:
            if self._flights.get(name) is flight:
                del self._flights[name]

    def _count(self, outcome: str) -> None:
        metrics.CACHE_REQUESTS.labels(self.name, outcome).inc()

    # --- all processes
    # ----------------------------------------------------------------------------------------------------

    def _generation_key(self, name: str) -> str:
        return f"accord:cache:{self.name}:{name}:generation"

    def _shared_or_made(self, name: str, make: Callable[[], T]) -> T:
        token = str(new_id())
        while True:
            try:
                slot, kept, is_ours = self._look(name, token)
            except RedisGoneError:
                self._count("made")
                return make()
            if kept is not None:
                self._count("shared")
                return self._loads(kept)
            if is_ours:
                return self._make_under_lock(slot, token, make)
            time.sleep(POLL_SECONDS)

    def _look(self, name: str, token: str) -> tuple[str, bytes | None, bool]:
        """The key's slot, what it holds, and whether we are the one to fill it. Raises RedisGoneError."""
        slots = f"accord:cache:{self.name}:{name}:"
        lease = str(int(LEASE_SECONDS * 1000))
        (answer,) = run_scripts(LOOK.on(self._generation_key(name), arguments=(slots, token, lease)))
        generation, kept, is_ours = answer
        return f"{slots}{int(generation)}", kept, bool(is_ours)

    def _make_under_lock(self, slot: str, token: str, make: Callable[[], T]) -> T:
        lock = f"{slot}:lock"
        with _leases.renewed(lock, token):
            try:
                self._count("made")
                value = make()
                packed = self._dumps(value)
            except BaseException:
                _tried(RELEASE.on(lock, arguments=(token,)))
                raise
            _tried(KEEP.on(slot, lock, arguments=(token, packed, str(max(1, int(self._ttl * 1000))))))
        return value


def _tried(*runs: ScriptRun) -> None:
    with suppress(RedisGoneError):  # others make their own then
        run_scripts(*runs)


class _Leases:
    """The leases of this process's makers, kept alive by one thread for all of them, however long the making takes.

    It looks round three times in the time of a lease while there are any, and sleeps while there are none.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held: dict[str, str] = {}  # lock by token
        self._keeper: threading.Thread | None = None
        self._is_asleep = False

    @contextmanager
    def renewed(self, lock: str, token: str) -> Iterator[None]:
        with self._changed:
            self._held[token] = lock
            if self._keeper is None:
                self._keeper = threading.Thread(target=self._keep, name="cache-leases", daemon=True)
                self._keeper.start()
            elif self._is_asleep:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                del self._held[token]

    def _keep(self) -> None:
        while True:
            with self._changed:
                while not self._held:
                    self._is_asleep = True
                    self._changed.wait()
                self._is_asleep = False
            time.sleep(LEASE_SECONDS / 3)
            with self._changed:
                held = list(self._held.items())
            lifetime = str(int(LEASE_SECONDS * 1000))
            if held:
                _tried(*(RENEW.on(lock, arguments=(token, lifetime)) for token, lock in held))


def _forget_leases() -> None:
    global _leases
    _leases = _Leases()


_leases = _Leases()
os.register_at_fork(after_in_child=_forget_leases)
