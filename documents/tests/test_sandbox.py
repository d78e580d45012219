"""The killable child: what it may not do, what ends it, and that nobody else notices."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from documents.adapters import sandbox
from documents.adapters.sandbox import JobFailedError, JobKilledError, Limits
from documents.adapters.sandbox.client import PROJECT, server_pid
from documents.adapters.sandbox.confine import MACHINES, NUMBERS, REFUSED, ConfinementError, system_call_filter

pytestmark = pytest.mark.live
JOBS = "documents.tests.jobs"
MEBIBYTE = 1024 * 1024


def run(name: str, limits: Limits | None = None, **arguments: Any) -> Any:
    return sandbox.run(f"{JOBS}:{name}", arguments, limits=limits or Limits(wall_seconds=20, cpu_seconds=15))


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def wait_until_dead(pid: int, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not is_alive(pid):
            return True
        time.sleep(0.05)
    return False


def test_job_answers_with_plain_values() -> None:
    value = {"text": "ñ", "bytes": b"\x00\xff", "list": [1, 2.5, None, True]}

    assert run("echo", value=value) == value


def test_child_has_no_network_and_starts_nothing() -> None:
    refused = run("attempts")

    assert refused == dict.fromkeys(refused, errno.EPERM) | {"write": refused["write"]}
    assert refused["write"] in {errno.EACCES, errno.EFBIG}
    assert not Path("/tmp/accord-sandbox-wrote-this").exists() or not Path("/tmp/accord-sandbox-wrote-this").read_text()


def test_child_may_use_threads() -> None:
    assert run("thread_works") == 1


def test_child_reads_nothing_but_what_engines_need(tmp_path: Path) -> None:
    secret = tmp_path / "seal.pem"
    secret.write_text("key")

    assert run("readable", path=str(PROJECT / "static/fonts/fonts.conf"))
    assert not run("readable", path=str(secret))
    assert not run("readable", path="/etc/passwd")


def test_child_knows_no_secret_of_the_deployment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "do not tell")
    sandbox.shut_down()

    assert "SECRET_KEY" not in run("environment")
    assert "DATABASE_URL" not in run("environment")


def test_file_is_handed_over_by_descriptor(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(b"hello" * 1000)

    with path.open("rb") as file:
        file.read(3)
        answer = sandbox.run(f"{JOBS}:read_all", {}, file=file)

    assert answer == b"hello" * 1000


def test_exception_in_job_is_told() -> None:
    with pytest.raises(JobFailedError) as caught:
        run("fail")

    assert (caught.value.kind, caught.value.detail) == ("ValueError", "as asked")


@pytest.mark.parametrize(
    ("job", "arguments", "limits", "reason"),
    [
        ("burn", {}, Limits(wall_seconds=20, cpu_seconds=1), "time"),
        ("sleep", {"seconds": 60}, Limits(wall_seconds=0.5), "time"),
        ("eat", {}, Limits(wall_seconds=20, memory_bytes=200 * MEBIBYTE), "memory"),
        ("crash", {}, Limits(wall_seconds=20), "crash"),
        ("chatter", {"size": 2 * MEBIBYTE}, Limits(wall_seconds=20, answer_bytes=MEBIBYTE), "answer"),
    ],
)
def test_job_over_its_limit_is_killed(job: str, arguments: dict[str, Any], limits: Limits, reason: str) -> None:
    started = time.monotonic()

    with pytest.raises(JobKilledError) as caught:
        run(job, limits, **arguments)

    assert caught.value.reason == reason
    assert time.monotonic() - started < 20
    assert run("echo", value="fine") == "fine"


def test_bombs_leave_others_unaffected() -> None:
    def bomb(job: str) -> str:
        with pytest.raises(JobKilledError) as caught:
            run(job, Limits(wall_seconds=15, cpu_seconds=1, memory_bytes=200 * MEBIBYTE))
        return caught.value.reason

    with ThreadPoolExecutor(12) as pool:
        bombs = [pool.submit(bomb, job) for job in ("burn", "eat", "crash") * 2]
        good = [pool.submit(run, "echo", value=number) for number in range(24)]
        answers = [future.result() for future in good]
        reasons = sorted(future.result() for future in bombs)

    assert answers == list(range(24))
    assert reasons == ["crash", "crash", "memory", "memory", "time", "time"]


def test_killed_server_is_started_again_and_its_job_done_once_more() -> None:
    first = server_pid()
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(run, "sleep", seconds=1.0)
        time.sleep(0.4)
        os.kill(first, signal.SIGKILL)

        assert pending.result() == "awake"

    assert server_pid() != first


def test_children_die_with_their_server() -> None:
    seen: list[int] = []
    watcher = threading.Thread(target=lambda: seen.extend(children_of(server_pid(), 3)))
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(run, "sleep", seconds=1.5)
        watcher.start()
        watcher.join()
        assert seen
        os.kill(server_pid(), signal.SIGKILL)
        assert all(wait_until_dead(pid, 3) for pid in seen)
        pending.result()


def children_of(pid: int, seconds: float) -> list[int]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            return [int(child) for child in found]
        time.sleep(0.02)
    return []


def test_server_dies_with_its_parent_however_that_ends() -> None:
    script = (
        "from documents.adapters.sandbox import client, run; import os, signal, threading\n"
        "starter = threading.Thread(target=client.server_pid); starter.start(); starter.join()\n"
        # the thread that started the server has ended: the server must not
        f"assert run('{JOBS}:echo', {{'value': 1}}) == 1\n"
        "print(client.server_pid(), flush=True); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=False)

    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert wait_until_dead(int(ended.stdout))


def test_server_dies_with_its_parent_also_while_it_starts() -> None:
    script = (
        "from documents.adapters.sandbox import client; import os, signal; from pathlib import Path\n"
        "client.preload('documents.tests.slow_start'); client.start_early(); started = []\n"
        "while not started:\n"
        "    tasks = Path('/proc/self/task').glob('*/children')\n"
        "    children = [pid for task in tasks for pid in task.read_text().split()]\n"
        "    started = [pid for pid in children if b'slow_start' in Path(f'/proc/{pid}/cmdline').read_bytes()]\n"
        "print(*started, flush=True); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    # The pipes end with the last process that holds them: a server that lives on would exceed the time.
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=False, timeout=40
    )

    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert wait_until_dead(int(ended.stdout))


def test_early_start_and_a_job_that_comes_meanwhile_make_one_server() -> None:
    sandbox.shut_down()
    starting = sandbox.start_early()

    assert run("echo", value="first") == "first"
    mine = server_pid()
    starting.join()

    assert server_pid() == mine
    assert len(servers_of(os.getpid())) == 1


def servers_of(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for task in tasks for child in task.read_text().split()]
    return [
        pid for pid in children if b"documents.adapters.sandbox.server" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


def test_early_start_that_fails_is_logged_and_the_next_job_tries_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.shut_down()
    with monkeypatch.context() as broken:
        broken.setattr(sys, "executable", "/nonexistent/python")
        sandbox.start_early().join()

    assert "did not start early" in caplog.text
    assert run("echo", value="fine") == "fine"


def test_forked_process_has_a_server_of_its_own() -> None:
    script = (
        "from documents.adapters.sandbox import client, run; import os\n"
        "mine = client.server_pid(); child = os.fork()\n"
        f"answer = run('{JOBS}:echo', {{'value': 7}}); other = client.server_pid()\n"
        "assert answer == 7 and (other == mine) == (child != 0)\n"
        "if child == 0: client.shut_down(); os._exit(0)\n"
        "assert os.waitpid(child, 0)[1] == 0\n"
        f"assert run('{JOBS}:echo', {{'value': 8}}) == 8\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stderr


def test_filter_is_written_for_both_machines_and_refused_elsewhere() -> None:
    for machine in MACHINES:
        program = system_call_filter(machine)
        assert len(program) % 8 == 0
        assert len(program) // 8 < 256  # jumps are one byte; far below the kernel's 4096
    assert set(REFUSED) <= set(NUMBERS)
    with pytest.raises(ConfinementError):
        system_call_filter("riscv64")
