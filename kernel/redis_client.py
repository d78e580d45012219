"""The process's connections to Redis or Valkey: bounded in time, and left alone for a moment after a failure.

Redis carries only hints (architecture.md, decision 1), so every use has a way on without it: `run` raises
`RedisGoneError` and the caller falls back to something of its own process.
"""

import hashlib
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

T = TypeVar("T")
Command = tuple[str | bytes, ...]

TIMEOUT_SECONDS = 1.0
REST_SECONDS = (
    1.0  # after a failure nobody waits for Redis during this time: a dead host would cost each request the timeout
)


class RedisGoneError(Exception):
    """Redis does not answer, or did not a moment ago."""


@cache
def client_for(url: str) -> redis.Redis:
    """The process's client of one server. One retry at once replaces a pooled connection that a restart has cut."""
    return redis.Redis.from_url(  # type: ignore[no-any-return,unused-ignore]
        url or "redis://127.0.0.1:1/0",
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
        health_check_interval=0,
    )


class _Lines:
    """Connections for the one command that every request makes: sent and read directly.

    The client's own path (pool locks, retries, telemetry) costs several times the round trip itself.
    """

    def __init__(self, url: str) -> None:
        self._pool = client_for(url).connection_pool
        self._free: deque[Any] = deque()
        self._process = os.getpid()

    def call(self, *command: str | bytes) -> Any:
        """The server's answer. Raises redis.ConnectionError, TimeoutError or ResponseError like the client."""
        (answer,) = self.calls([command])
        if isinstance(answer, redis.ResponseError):
            raise answer
        return answer

    def calls(self, commands: Sequence[Command]) -> list[Any]:
        """The server's answers to several commands, in one trip. A refusal (ResponseError) is an answer like the others."""
        if self._process != os.getpid():  # forked: the parent's sockets are not ours
            self._free, self._process = deque(), os.getpid()
        try:
            line = self._free.pop()
        except IndexError:
            return self._ask(self._pool.make_connection(), commands)
        try:
            return self._ask(line, commands)
        except redis.ConnectionError:  # cut by a restart; so are its neighbours
            self._free.clear()
            return self._ask(self._pool.make_connection(), commands)

    def _ask(self, line: Any, commands: Sequence[Command]) -> list[Any]:
        try:
            line.send_packed_command(line.pack_commands(commands), check_health=False)
            answers = [_answer_on(line) for _ in commands]
        except BaseException:
            line.disconnect()  # an answer may still come: nobody must read it as theirs
            raise
        self._free.append(line)
        return answers


def _answer_on(line: Any) -> Any:
    try:
        return line.read_response()
    except redis.ResponseError as refusal:
        return refusal


@cache
def _lines_to(url: str) -> _Lines:
    return _Lines(url)


def redis_client() -> redis.Redis:
    """The client of the cache server (`CACHE_URL`)."""
    return client_for(settings.CACHE_URL)


class _Rest:
    """Until when each server is left alone, per process."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._lock = threading.Lock()

    def is_on(self, url: str) -> bool:
        return self._until.get(url, 0.0) > time.monotonic()

    def begin(self, url: str) -> None:
        with self._lock:
            self._until[url] = time.monotonic() + REST_SECONDS

    def end(self) -> None:
        with self._lock:
            self._until.clear()


_rest = _Rest()


def run(use: Callable[[redis.Redis], T]) -> T:
    """`use(client)`. Raises RedisGoneError when the server does not answer, and at once for a second after it did
    not.
    """
    url = settings.CACHE_URL
    return _guarded(url, lambda: use(client_for(url)))


def run_command(*command: str | bytes, url: str = "") -> Any:
    """The answer to one command, on the short way; of the cache server unless another is named.

    Raises RedisGoneError like `run`, redis.ResponseError for a refusal.
    """
    url = url or settings.CACHE_URL
    return _guarded(url, lambda: _lines_to(url).call(*command))


@dataclass(frozen=True, slots=True)
class ScriptRun:
    """One run of a script: with which keys and arguments."""

    script: "Script"
    keys: Command
    arguments: Command

    @property
    def rest(self) -> Command:
        return (str(len(self.keys)), *self.keys, *self.arguments)


class Script:
    """A Lua program for the server, named by its hash; its text goes over only when the server does not know it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    def on(self, *keys: str | bytes, arguments: Command = ()) -> ScriptRun:
        return ScriptRun(self, keys, arguments)


def run_scripts(*runs: ScriptRun) -> list[Any]:
    """The answers of several scripts, one after the other, in one trip to the cache server.

    Raises RedisGoneError like `run`, and when the server refuses one of them; the others may have run then.
    """
    url = settings.CACHE_URL
    answers = _guarded(url, lambda: _lines_to(url).calls([("EVALSHA", one.script.sha, *one.rest) for one in runs]))
    for number, answer in enumerate(answers):
        if isinstance(answer, redis.exceptions.NoScriptError):
            again: Command = ("EVAL", runs[number].script.text, *runs[number].rest)
            (answers[number],) = _guarded(url, lambda again=again: _lines_to(url).calls([again]))  # type: ignore[misc]
    for answer in answers:
        if isinstance(answer, redis.ResponseError):
            if isinstance(answer, redis.ReadOnlyError):
                _rest.begin(url)
            raise RedisGoneError(str(answer)) from answer
    return answers


def _guarded(url: str, ask: Callable[[], T]) -> T:
    if _rest.is_on(url):
        raise RedisGoneError("Redis did not answer a moment ago.")
    try:
        return ask()
    except (redis.ConnectionError, redis.TimeoutError, redis.ReadOnlyError, OSError) as error:
        _rest.begin(url)
        raise RedisGoneError(str(error)) from error


def forget_failures() -> None:
    """Try Redis again at once (for tests and for whoever knows that it is back)."""
    _rest.end()
