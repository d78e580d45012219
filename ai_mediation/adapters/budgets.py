"""Budgets: what a call can use at most is reserved before it, what it used is settled after it.

Counters live in Redis; one script looks at all that a call counts against (its case, its person, the day) and reserves in all or in
none, so that parallel calls never go over together. A counter that Redis has forgotten is set from the consultations first. Without
Redis at all the consultations and what is set aside (`holds`) are summed for each call, under a lock of the database; what was used
meanwhile is told to the counters that are still there when Redis is back.

A token is at least one byte, so the bytes of a request bound its tokens from above. Of a call that broke off unseen the whole
reservation stays counted: the provider may have counted it.
"""

import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from ai_mediation.adapters import holds
from ai_mediation.enums import BudgetScope
from ai_mediation.errors import BudgetUsedUpError
from ai_mediation.selectors.routing import limits
from ai_mediation.selectors.spending import spent
from kernel.clock import now
from kernel.ids import new_id
from kernel.redis_client import RedisGoneError, Script, ScriptRun, run_command, run_scripts

PREFIX: Final = "accord:ai:budget:"
KEPT_SECONDS: Final = 2 * 86_400
CLOCK_SECONDS: Final = 60.0

# KEYS: the counters, hashes of {born, tokens, micros}. ARGV: verb, tokens, micros, then for each key two values.
# reserve: limits of tokens and micros (-1: none). Answers {0} when reserved; {1, n} when the n-th is used up; {2, n} when it is unknown.
# settle: the counter's `born` at the reservation, and unused. What was reserved is exchanged for what was used (ARGV 2 and 3 are the
# differences); a counter born since then has never seen the reservation and gets what was used (the last two values).
SCRIPT: Final = Script("""
local verb, tokens, micros = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
if verb == 'reserve' then
  for n, key in ipairs(KEYS) do
    local kept = redis.call('HMGET', key, 'born', 'tokens', 'micros')
    if not kept[1] then return {2, n} end
    local most_tokens, most_micros = tonumber(ARGV[2 + 2 * n]), tonumber(ARGV[3 + 2 * n])
    if most_tokens >= 0 and tonumber(kept[2]) + tokens > most_tokens then return {1, n} end
    if most_micros >= 0 and micros > 0 and tonumber(kept[3]) + micros > most_micros then return {1, n} end
  end
  local born = {0}
  for n, key in ipairs(KEYS) do
    redis.call('HINCRBY', key, 'tokens', tokens)
    redis.call('HINCRBY', key, 'micros', micros)
    born[n + 1] = redis.call('HGET', key, 'born')
  end
  return born
end
local used_tokens, used_micros = tonumber(ARGV[#ARGV - 1]), tonumber(ARGV[#ARGV])
for n, key in ipairs(KEYS) do
  local born = redis.call('HGET', key, 'born')
  if born == ARGV[2 + 2 * n] then
    redis.call('HINCRBY', key, 'tokens', tokens)
    redis.call('HINCRBY', key, 'micros', micros)
  elseif born then
    redis.call('HINCRBY', key, 'tokens', used_tokens)
    redis.call('HINCRBY', key, 'micros', used_micros)
  end
end
return {0}
""")
SEED: Final = Script("""
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], 'born', ARGV[1], 'tokens', ARGV[2], 'micros', ARGV[3])
  redis.call('EXPIRE', KEYS[1], ARGV[4])
end
return 0
""")


@dataclass(frozen=True)
class Counted:
    """One thing that a call counts against."""

    scope: BudgetScope
    key: str
    dispute_id: UUID | None = None
    asked_by_id: UUID | None = None

    def spent(self) -> tuple[int, int]:
        return spent(dispute_id=self.dispute_id, asked_by_id=self.asked_by_id)


@dataclass(frozen=True)
class Reservation:
    """What was set aside, and where. Settle it once."""

    counted: tuple[Counted, ...]
    tokens: int
    micros: int
    born: tuple[str, ...] = ()
    row: UUID | None = None

    def settle(self, tokens: int, micros: int) -> None:
        """Count what was used in place of what was set aside."""
        with suppress(RedisGoneError):  # the counters are gone with Redis; they are set anew from the consultations
            for run in self.settling(tokens, micros):
                run_scripts(run)

    def settling(self, tokens: int, micros: int) -> tuple[ScriptRun, ...]:
        """The same for `run_scripts`, for who has more to tell Redis in the same trip."""
        if self.row is not None:
            holds.settle(self.row, tokens=tokens, micros=micros)
            _owed.add(self.counted, tokens, micros)
            return ()
        arguments = ["settle", str(tokens - self.tokens), str(micros - self.micros)]
        for born in self.born:
            arguments += [born, ""]
        arguments += [str(tokens), str(micros)]
        return (SCRIPT.on(*(one.key for one in self.counted), arguments=tuple(arguments)),)


@dataclass(frozen=True)
class Wanted:
    """What a call wants to set aside: `asked` of Redis, and then `reserved` with what came back."""

    counted: tuple[Counted, ...]
    tokens: int
    micros: int

    def asked(self) -> ScriptRun:
        """The question to Redis. Raises RedisGoneError when what is owed to its counters cannot be told them."""
        _owed.pay()
        most = limits()
        arguments = ["reserve", str(self.tokens), str(self.micros)]
        for one in self.counted:
            limit = most[one.scope]
            arguments += [str(-1 if value is None else value) for value in (limit.tokens, limit.micros)]
        return SCRIPT.on(*(one.key for one in self.counted), arguments=tuple(arguments))

    def reserved(self, answer: Any) -> Reservation:
        """The reservation of Redis's `answer`, or another one when there was none. Raises BudgetUsedUpError."""
        try:
            for _attempt in range(len(self.counted) + 3):
                if answer is None:
                    (answer,) = run_scripts(self.asked())
                if answer[0] == 0:
                    born = tuple(one.decode() for one in answer[1:])
                    return Reservation(self.counted, self.tokens, self.micros, born)
                named = self.counted[int(answer[1]) - 1]
                if answer[0] == 1:
                    raise _used_up(named)
                spent_tokens, spent_micros = named.spent()
                seed = (str(new_id()), str(spent_tokens), str(spent_micros), str(KEPT_SECONDS))
                run_scripts(SEED.on(named.key, arguments=seed))
                answer = None
        except RedisGoneError:
            return self._held()
        return self._held()  # the counters vanish as soon as they are set

    def _held(self) -> Reservation:
        most = limits()
        try:
            row = holds.hold(
                self.counted, [most[one.scope] for one in self.counted], tokens=self.tokens, micros=self.micros
            )
        except holds.FullError as full:
            raise _used_up(full.counted) from full
        return Reservation(self.counted, self.tokens, self.micros, row=row)


def counted_of(dispute_id: UUID | None, asked_by_id: UUID | None) -> tuple[Counted, ...]:
    """All that a call counts against."""
    today = _today()
    found = [Counted(BudgetScope.DAY, f"{PREFIX}day:{today}")]
    if asked_by_id is not None:
        found.append(Counted(BudgetScope.USER, f"{PREFIX}user:{asked_by_id}:{today}", asked_by_id=asked_by_id))
    if dispute_id is not None:
        found.append(Counted(BudgetScope.DISPUTE, f"{PREFIX}dispute:{dispute_id}", dispute_id=dispute_id))
    return tuple(found)


def reserve(counted: tuple[Counted, ...], *, tokens: int, micros: int) -> Reservation:
    """Set aside what a call can use at most. Raises BudgetUsedUpError when one of the budgets has not that much left."""
    return Wanted(counted, tokens, micros).reserved(None)


def used(counted: Counted) -> tuple[int, int]:
    """Tokens and millionths counted so far, reservations included."""
    try:
        kept: Any = run_command("HMGET", counted.key, "tokens", "micros")
    except RedisGoneError:
        (tokens, micros), (held_tokens, held_micros) = counted.spent(), holds.held(counted)
        return tokens + held_tokens, micros + held_micros
    return (int(kept[0]), int(kept[1])) if kept[0] is not None else counted.spent()


def _today() -> str:
    """The database's day. Its clock is asked once in a minute; in between ours says how much time has passed."""
    global _asked_at
    known = _asked_at
    if known is None or time.monotonic() - known[0] > CLOCK_SECONDS:
        known = _asked_at = (time.monotonic(), now())
    return (known[1] + timedelta(seconds=time.monotonic() - known[0])).date().isoformat()


_asked_at: tuple[float, datetime] | None = None


class _Owed:
    """What was used while Redis was gone: counters that outlived the outage have not seen it, and get it before anything else."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._debts: list[ScriptRun] = []

    def add(self, counted: tuple[Counted, ...], tokens: int, micros: int) -> None:
        # a settling of which no counter knows the reservation: each that there is gets what was used
        unknown = ("-", "") * len(counted)
        arguments = ("settle", "0", "0", *unknown, str(tokens), str(micros))
        with self._lock:
            self._debts.append(SCRIPT.on(*(one.key for one in counted), arguments=arguments))

    def pay(self) -> None:
        """Raises RedisGoneError; then it is owed further on."""
        if not self._debts:
            return
        with self._lock:
            run_scripts(*self._debts)
            self._debts.clear()


_owed = _Owed()


def _used_up(counted: Counted) -> BudgetUsedUpError:
    words = {
        BudgetScope.DISPUTE: _(
            "What the AI may be asked in this case is used up. People can still help: ask for a human mediator."
        ),
        BudgetScope.USER: _("What you may ask the AI in one day is used up. Please try again tomorrow."),
        BudgetScope.DAY: _("What the AI may be asked in one day is used up here. Please try again tomorrow."),
    }[counted.scope]
    moment = now()
    tomorrow = 86_400 - (moment.hour * 3600 + moment.minute * 60 + moment.second)
    return BudgetUsedUpError(words, reason=f"budget:{counted.scope}", retry_after=tomorrow)
