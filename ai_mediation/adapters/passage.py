"""The way to a provider and back: the breaker and the budgets are asked in one trip to Redis, and told in one."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ai_mediation.adapters.budgets import Reservation, Wanted
from kernel.breaker import CircuitBreaker
from kernel.ids import new_id
from kernel.redis_client import RedisGoneError, ScriptRun, run_scripts


@dataclass(frozen=True)
class Passage:
    """Leave for one call, and what is set aside for it. End it once."""

    breaker: CircuitBreaker
    ticket: str
    reservation: Reservation

    def end(self, *, went_well: bool, used: tuple[int, int] | None) -> None:
        """How the call went and what it used, in tokens and millionths; None: nobody knows, so all of it may have been."""
        tokens, micros = used or (self.reservation.tokens, self.reservation.micros)
        told, *_settled = _answers(
            self.breaker.telling(self.ticket, went_well=went_well), *self.reservation.settling(tokens, micros)
        )
        self.breaker.told(self.ticket, told, went_well=went_well)


def passage(breaker: CircuitBreaker, wanted: Wanted) -> Passage:
    """Leave for a call. Raises CircuitOpenError or BudgetUsedUpError; then nothing is set aside and nobody's probe is taken."""
    ticket = str(new_id())
    admitted, reserved = _asked(breaker.asking(ticket), wanted)
    try:
        breaker.admitted(ticket, admitted)
    except Exception:
        if reserved is not None and reserved[0] == 0:
            wanted.reserved(reserved).settle(0, 0)
        raise
    try:
        return Passage(breaker, ticket, wanted.reserved(reserved))
    except Exception:
        breaker.withdraw(ticket)
        raise


def _asked(asking: ScriptRun, wanted: Wanted) -> list[Any]:
    try:
        return run_scripts(asking, wanted.asked())
    except RedisGoneError:
        return [None, None]


def _answers(*runs: ScriptRun) -> list[Any]:
    with suppress(RedisGoneError):
        return run_scripts(*runs)
    return [None] * len(runs)
