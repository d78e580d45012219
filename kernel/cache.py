"""A cache in two tiers, this process's memory and Redis, that makes each value once however many ask for it at once.

A value lives `ttl` seconds in Redis and at most `local_ttl` in each process. Every key has a generation that
`invalidate` moves on; values and locks carry it in their names, so a maker that began before the invalidation cannot
bring back what it read. Other processes see an invalidation within `local_ttl`.
"""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import orjson

from kernel import metrics
from kernel.ids import new_id
from kernel.redis_client import RedisGoneError, run, run_command

T = TypeVar("T")

POLL_SECONDS = 0.02
LEASE_SECONDS = 3.0  # a maker renews it every second; when its process dies another one takes over after this time

RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
ADVANCE = "redis.call('INCR', KEYS[1]) return redis.call('EXPIRE', KEYS[1], ARGV[1])"
RENEW = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0"


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
        generation = int(_or_none("GET", self._generation_key(name)) or 0)
        packed: Any = _or_none("GET", f"accord:cache:{self.name}:{name}:{generation}")
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
            run(lambda client: client.eval(ADVANCE, 1, generation, str(lifetime)))
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
                generation = int(run_command("GET", self._generation_key(name)) or 0)
                slot = f"accord:cache:{self.name}:{name}:{generation}"
                kept: Any = run_command("GET", slot)
                if kept is not None:
                    self._count("shared")
                    return self._loads(kept)
                locked = run_command("SET", f"{slot}:lock", token, "NX", "PX", str(int(LEASE_SECONDS * 1000)))
            except RedisGoneError:
                self._count("made")
                return make()
            if locked:
                return self._make_under_lock(slot, token, make)
            time.sleep(POLL_SECONDS)

    def _make_under_lock(self, slot: str, token: str, make: Callable[[], T]) -> T:
        try:
            with _renewed(f"{slot}:lock", token):
                kept: Any = _or_none("GET", slot)  # stored between our look and our lock
                if kept is not None:
                    self._count("shared")
                    return self._loads(kept)
                self._count("made")
                value = make()
                packed = self._dumps(value)
                _or_none("SET", slot, packed, "PX", str(max(1, int(self._ttl * 1000))))
                return value
        finally:
            _or_none("EVAL", RELEASE, "1", f"{slot}:lock", token)


def _or_none(*command: str | bytes) -> Any:
    try:
        return run_command(*command)
    except RedisGoneError:
        return None


@contextmanager
def _renewed(lock: str, token: str) -> Iterator[None]:
    """Keep the lock's lease alive while the value is made, however long that takes."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(LEASE_SECONDS / 3):
            _or_none("EVAL", RENEW, "1", lock, token, str(int(LEASE_SECONDS * 1000)))

    keeper = threading.Thread(target=renew, name="cache-lease", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
