"""Processes killed in the middle of the demo: it ends green all the same, and nothing is lost or done twice.

The demo runs as a process of its own; the test reads its protocol line by line and strikes when a certain step is printed.
"""

import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from config.tests.demo_runs import last_words, load_templates, manage, player
from kernel.servers.processes import start_time
from kernel.testing.live import LiveStack
from kernel.testing.template import ROOT

pytestmark = pytest.mark.live

SECONDS = 420


class Demo:
    """One case being played. `strike(words, act)` calls `act` once the protocol shows a line with `words`."""

    def __init__(self, stack: LiveStack, here: Path, *cases: str) -> None:
        self.stack = stack
        self.lines: list[str] = []
        self._strikes: list[tuple[str, Callable[[], object]]] = []
        self.struck: list[str] = []
        self._process = subprocess.Popen(
            player(stack, here, *cases),
            cwd=ROOT,
            env=stack.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def strike(self, words: str, act: Callable[[], object]) -> "Demo":
        self._strikes.append((words, act))
        return self

    def end(self) -> None:
        """Returns when the demo has ended green; AssertionError with its protocol otherwise."""
        watchdog = threading.Timer(SECONDS, self._process.kill)
        watchdog.start()
        try:
            assert self._process.stdout is not None
            for line in self._process.stdout:
                self.lines.append(line)
                for words, act in [each for each in self._strikes if each[0] in line]:
                    self._strikes.remove((words, act))
                    act()
                    self.struck.append(words)
            code = self._process.wait(30)
        finally:
            watchdog.cancel()
            self._process.kill()
            self._process.stdout.close()  # type: ignore[union-attr]
        protocol = "".join(self.lines)
        assert code == 0, f"{protocol}\n{last_words(self.stack)}"
        assert not self._strikes, f"never struck: {self._strikes}\n{protocol}"


@pytest.fixture(scope="module")
def templated_stack(live_server_stack: LiveStack) -> LiveStack:
    load_templates(live_server_stack)
    return live_server_stack


@pytest.fixture
def stack(templated_stack: LiveStack) -> Iterator[LiveStack]:
    """The module's deployment, well before and after each fault."""
    templated_stack.wait_until(templated_stack.is_ready, seconds=90)
    yield templated_stack
    templated_stack.wait_until(templated_stack.is_ready, seconds=90)


def assert_nothing_lost_and_nothing_twice(stack: LiveStack, since: datetime) -> None:
    """For whatever was filed since: the cases of a test that failed before are its own matter."""

    def count(question: str) -> int:
        return int(stack.sql(f"SELECT count(*) FROM {question}")[0][0])

    stack.wait_until(lambda: count("kernel_outbox_event WHERE dispatched_at IS NULL") == 0, seconds=60)
    stack.wait_until(lambda: count("kernel_delivery WHERE state IN ('pending', 'queued', 'running')") == 0, seconds=150)
    assert stack.sql("SELECT subscriber, last_error FROM kernel_delivery WHERE state = 'dead'") == []
    disputes = stack.sql("SELECT id, status FROM disputes_dispute WHERE created_at >= %s", (since,))
    contracts = stack.sql("SELECT dispute_id FROM disputes_contract WHERE created_at >= %s", (since,))
    assert [status for _id, status in disputes] == ["executed"] * len(disputes)
    assert sorted(contracts) == sorted((dispute_id,) for dispute_id, _status in disputes)

    seen: dict[tuple[str, str], int] = {}
    for mail in stack.mails():
        key = (str(mail["to"]), mail["subject"] + mail["text"])
        seen[key] = seen.get(key, 0) + 1
    assert seen
    assert [key[0] for key, times in seen.items() if times > 1] == []

    done = manage(stack, "verify_journal")
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


def moment(stack: LiveStack) -> datetime:
    now: datetime = stack.sql("SELECT kernel_now()")[0][0]
    return now


def killer(stack: LiveStack, name: str) -> Callable[[], object]:
    """Kills the process, waiting first for it to be there again after an earlier strike."""

    def strike() -> None:
        stack.wait_until(lambda: start_time(stack.pid(name)) is not None, seconds=60)
        stack.kill(name)

    return strike


# Each process dies where it has work: the mail of the invitation, the draft or the seal is on its way. The web process dies
# where the client repeats its request with the same key: a person who registers twice would look first.
FAULTS = {
    "worker": ["files the dispute", "writes to the mediator", "reads and signs"],
    "relay": ["files the dispute", "reads and signs"],
    "valkey": ["files the dispute", "reads and signs"],
    "web": ["states their truth", "reads and signs"],
}


@pytest.mark.parametrize("name", FAULTS)
def test_demo_ends_green_when_a_process_is_killed(stack: LiveStack, tmp_path: Path, name: str) -> None:
    demo = Demo(stack, tmp_path, "deposit")
    for words in FAULTS[name]:
        demo.strike(words, killer(stack, name))
    old, since = stack.pid(name), moment(stack)

    demo.end()

    assert stack.wait_restarted(name, old)
    assert_nothing_lost_and_nothing_twice(stack, since)


@pytest.mark.long
def test_demo_ends_green_when_everything_dies_again_and_again(stack: LiveStack, tmp_path: Path) -> None:
    demo = Demo(stack, tmp_path, "deposit", "flatmates", "invoice")
    for words in ("states their truth", "writes to everybody", "reads and signs"):
        demo.strike(words, killer(stack, "web"))
    stop, since = threading.Event(), moment(stack)
    struck: list[str] = []

    def reap() -> None:
        # Two rounds, not as long as the demo runs: the launcher's pause before it starts a process grows with every death
        # within a minute, and a worker that is killed whenever its pause is over has no life to work in.
        for victim in ("worker", "relay", "valkey", "beat", "mail") * 2:
            while not stop.wait(5):
                if stack.is_ready():
                    killer(stack, victim)()
                    struck.append(victim)
                    break

    reaper = threading.Thread(target=reap)
    reaper.start()
    try:
        demo.end()
    finally:
        stop.set()
        reaper.join()
    assert len(struck) >= 5, struck
    stack.wait_until(stack.is_ready, seconds=120)
    assert_nothing_lost_and_nothing_twice(stack, since)
