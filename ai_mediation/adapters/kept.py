"""Answers that are kept for a while: exact, sealed, each for one audience, made once however many ask at once.

What is kept is the provider's text as it came, people's names still replaced, sealed under the key of the audience's case or person:
in Redis and in memory alike. A key says provider, model, prompt version, the whole scrubbed request, locale, parameters and audience.

Beside it each process has answers *at hand* for a minute, with names back in place, sealed as well: whoever asks the same question again
there is spared the scrubbing.
"""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Final
from uuid import UUID

import msgspec
from django.conf import settings

from ai_mediation.adapters.questions import Audience
from kernel.cache import TwoTierCache
from kernel.crypto import CannotOpenError, KeyScope, open_sealed, seal

TABLE: Final = "ai_mediation_kept_answer"
LEAST_SECONDS, MOST_SECONDS = 15 * 60, 60 * 60
_HERE_SECONDS: Final = 60.0
_MOST_ITEMS: Final = 2000
_PLATFORM: Final = KeyScope("platform", UUID(int=0))
_lock = threading.Lock()
_at_hand: OrderedDict[str, tuple[float, bytes]] = OrderedDict()


class KeptAnswer(msgspec.Struct, frozen=True):
    """A provider's answer: the text as it came (at hand: with names in place), and the hash of the text as it came."""

    text: str
    text_hash: bytes
    request: bytes
    input_tokens: int
    output_tokens: int
    micros: int


def scope_of(audience: Audience) -> KeyScope:
    """Whose key seals what is kept for this audience."""
    if audience.dispute_id is not None:
        return KeyScope("dispute", audience.dispute_id)
    return KeyScope("person", audience.person_id) if audience.person_id is not None else _PLATFORM


def kept_or_made(purpose: str, key: str, audience: Audience, make: Callable[[], KeptAnswer]) -> tuple[KeptAnswer, bool]:
    """The answer, and whether it was there (or being made) already."""
    made: list[KeptAnswer] = []

    def make_and_seal() -> bytes:
        made.append(make())
        return _sealed(made[0], key, audience)

    answers = _answers(purpose, _seconds(purpose))
    try:
        token = answers.get_or_make(_name(key, audience), make_and_seal)
    except CannotOpenError:  # the audience's key was destroyed: nothing is kept for it any more
        return (made[0] if made else make()), False
    if made:
        return made[0], False
    try:
        return _opened(token, key, audience), True
    except CannotOpenError:  # sealed under a key that is gone: as good as not there
        answers.invalidate(_name(key, audience))
        return make(), False


def kept(purpose: str, key: str, audience: Audience) -> KeptAnswer | None:
    """The kept answer, or None."""
    token = _answers(purpose, _seconds(purpose)).kept(_name(key, audience))
    if token is None:
        return None
    try:
        return _opened(token, key, audience)
    except CannotOpenError:
        return None


def keep(purpose: str, key: str, audience: Audience, answer: KeptAnswer) -> None:
    """Keep an answer that was made elsewhere: a streamed one."""
    with suppress(CannotOpenError):  # the audience's key was destroyed: nothing is kept for it any more
        _answers(purpose, _seconds(purpose)).get_or_make(_name(key, audience), lambda: _sealed(answer, key, audience))


def at_hand(key: str, audience: Audience) -> KeptAnswer | None:
    """The answer this process gave to exactly this question within the last minute, names in place; or None."""
    with _lock:
        found = _at_hand.get(_name(key, audience))
    if found is None or found[0] < time.monotonic():
        return None
    try:
        return _opened(found[1], key, audience)
    except CannotOpenError:
        return None


def hand(key: str, audience: Audience, answer: KeptAnswer) -> None:
    """Have an answer, names in place, at hand."""
    try:
        sealed = _sealed(answer, key, audience)
    except CannotOpenError:  # the audience's key was destroyed: nothing is kept for it any more
        return
    with _lock:
        _at_hand[_name(key, audience)] = (time.monotonic() + _HERE_SECONDS, sealed)
        while len(_at_hand) > _MOST_ITEMS:
            _at_hand.popitem(last=False)


def forget_here() -> None:
    """Forget what this process holds (for tests and measurements); Redis keeps its own."""
    with _lock:
        _at_hand.clear()
    _answers.cache_clear()


def _name(key: str, audience: Audience) -> str:
    return f"{audience.key}|{key}"


def _sealed(answer: KeptAnswer, key: str, audience: Audience) -> bytes:
    packed = msgspec.msgpack.encode(answer)
    return seal(packed, scope=scope_of(audience), table=TABLE, row_id=_row(key, audience), column="answer")


def _opened(token: bytes, key: str, audience: Audience) -> KeptAnswer:
    packed = open_sealed(token, scope=scope_of(audience), table=TABLE, row_id=_row(key, audience), column="answer")
    return msgspec.msgpack.decode(packed, type=KeptAnswer)


def _row(key: str, audience: Audience) -> str:
    return hashlib.sha256(_name(key, audience).encode()).hexdigest()


def _seconds(purpose: str) -> int:
    wanted = int(settings.AI_CACHE_SECONDS.get(purpose, LEAST_SECONDS))
    return min(MOST_SECONDS, max(LEAST_SECONDS, wanted))


@cache
def _answers(purpose: str, seconds: int) -> TwoTierCache[bytes]:
    return TwoTierCache(
        f"ai-{purpose}", ttl=seconds, max_items=_MOST_ITEMS, local_ttl=_HERE_SECONDS, dumps=bytes, loads=bytes
    )
