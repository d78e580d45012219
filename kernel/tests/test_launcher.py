"""`make run` as processes: readiness, restarts, orders to stop, what a killed launcher leaves behind."""

import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from kernel.servers.processes import start_time
from kernel.testing.live import LiveStack, stack_environment
from kernel.testing.template import ROOT

pytestmark = pytest.mark.live

EVERY_CHILD = {"postgres", "valkey", "web", "worker", "beat", "relay", "mail"}


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStack]:
    """A whole `make run` in an empty folder: servers, migrations and all."""
    data = tmp_path_factory.mktemp("run") / "data"
    socket_folder = data / "run" / "pg"
    stack = LiveStack(data, f"postgresql://accord@/accord?host={socket_folder}", stack_environment(data))
    try:
        stack.start(seconds=300)
        yield stack
    finally:
        stack.stop()


def test_launch_runs_every_child_and_says_where(own_stack: LiveStack) -> None:
    assert set(own_stack.pids()) == EVERY_CHILD
    assert own_stack.is_ready()
    assert f"{own_stack.base_url}/dev/mail/" in own_stack.output()
    assert own_stack.sql("SELECT 1") == [(1,)]


def test_second_launch_of_the_same_folder_is_refused_in_one_line(own_stack: LiveStack) -> None:
    code, words = launch_and_wait(own_stack.environment)

    assert code == 1
    assert words.count("\n") == 1
    assert "already runs" in words


def test_second_launch_beside_the_first_has_its_own_everything(own_stack: LiveStack, tmp_path: Path) -> None:
    data = tmp_path / "data"
    other = LiveStack(data, "", stack_environment(data))
    try:
        other.start(seconds=300)
        assert other.base_url != own_stack.base_url
        assert other.services["DATABASE_URL"] != own_stack.services["DATABASE_URL"]
        assert own_stack.is_ready()

        pids = list(other.pids().values())
        began = time.monotonic()
        assert other.stop(signal.SIGINT) == 0
        assert time.monotonic() - began < 20
        assert [pid for pid in pids if start_time(pid)] == []
    finally:
        other.stop(signal.SIGKILL)


@pytest.mark.parametrize("name", ["worker", "relay", "web", "mail", "valkey", "postgres"])
def test_killed_child_is_started_again(own_stack: LiveStack, name: str) -> None:
    address = own_stack.services["REDIS_URL"], own_stack.services["SMTP_PORT"], own_stack.base_url
    old = own_stack.kill(name)

    own_stack.wait_restarted(name, old)
    own_stack.wait_until(own_stack.is_ready, seconds=60)

    assert (own_stack.services["REDIS_URL"], own_stack.services["SMTP_PORT"], own_stack.base_url) == address
    assert set(own_stack.pids()) == EVERY_CHILD


@pytest.mark.parametrize(("name", "program", "count"), [("worker", b"celery", 2), ("web", b"uvicorn", 1)])
def test_who_renders_has_its_rendering_server_before_the_first_document(
    own_stack: LiveStack, name: str, program: bytes, count: int
) -> None:
    def parents() -> list[int]:
        found = processes_of({own_stack.pids()[name]})
        return [parent_of(pid) for pid in found if b"documents.adapters.sandbox.server" in command_of(pid)]

    own_stack.wait_until(lambda: len(parents()) == count, seconds=60)

    assert len(set(parents())) == count
    assert all(program in command_of(pid) for pid in parents())


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def command_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def test_mail_is_caught_and_shown_newest_first(own_stack: LiveStack) -> None:
    for number in (1, 2):
        mail = EmailMessage()
        mail["Subject"], mail["To"], mail["From"] = f"Größe {number}", "Ana@Example.org", "no-reply@accord.invalid"
        mail.set_content(f"See https://accord.invalid/i/abc{number}.\n")
        mail.add_alternative(f'<p><a href="https://accord.invalid/h/{number}">Open</a></p>', subtype="html")
        with smtplib.SMTP("127.0.0.1", int(own_stack.services["SMTP_PORT"]), timeout=20) as client:
            client.send_message(mail)

    caught = own_stack.mails("ana@example.org")

    assert [mail["subject"] for mail in caught] == ["Größe 2", "Größe 1"]
    assert set(caught[0]) == {"to", "subject", "text", "html", "links", "received_at"}
    assert caught[0]["links"] == ["https://accord.invalid/i/abc2", "https://accord.invalid/h/2"]
    assert caught[0]["text"] == "See https://accord.invalid/i/abc2.\n"
    assert own_stack.mails("nobody@example.org") == []
    assert b"Gr\xc3\xb6\xc3\x9fe 2" in own_stack.request("GET", "/dev/mail/").body


def test_command_uses_the_running_servers(own_stack: LiveStack) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", "from django.conf import settings; print(settings.DATABASE_URL)"],
        cwd=ROOT,
        env=own_stack.environment,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert own_stack.services["DATABASE_URL"] in done.stdout, done.stderr
    assert own_stack.is_ready()


def test_killed_launcher_leaves_no_process_and_starts_again(tmp_path: Path) -> None:
    data = tmp_path / "data"
    stack = LiveStack(data, "", stack_environment(data))
    stack.start(seconds=300)
    pids = stack.pids()
    sessions = set(pids.values())

    stack.stop(signal.SIGKILL)

    deadline = time.monotonic() + 60  # PostgreSQL writes its pages first
    while left := [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in processes_of(sessions) if start_time(pid)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.1)
    stack.start(seconds=300)
    assert stack.stop() == 0


def test_reset_stops_what_runs_and_forgets_the_folder(tmp_path: Path) -> None:
    data = tmp_path / "data"
    stack = LiveStack(data, "", stack_environment(data))
    stack.start(seconds=300)

    done = subprocess.run(
        [sys.executable, "-m", "kernel.servers.reset"],
        cwd=ROOT,
        env=stack.environment,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert (done.returncode, done.stdout) == (0, f"Forgot {data}.\n")
    assert stack.process is not None
    assert stack.process.wait(60) == 0
    assert not data.exists()


def test_taken_port_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, words = launch_and_wait(stack_environment(tmp_path / "data", ACCORD_PORT=str(port)))

    assert code == 1
    assert words == (
        f"accord: Port {port} of 127.0.0.1 is not free (Address already in use): stop what listens there, "
        "or choose another: make run ACCORD_PORT=8001\n"
    )


def test_other_host_than_loopback_is_refused(tmp_path: Path) -> None:
    code, words = launch_and_wait(stack_environment(tmp_path / "data", ACCORD_HOST="0.0.0.0"))

    assert (code, words.count("\n")) == (1, 1)
    assert not (tmp_path / "data").exists()


def test_foreign_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")

    code, words = launch_and_wait(stack_environment(tmp_path))
    reset = subprocess.run(
        [sys.executable, "-m", "kernel.servers.reset"],
        cwd=ROOT,
        env=stack_environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert (code, words.count("\n")) == (1, 1)
    assert "thesis.txt" in words
    assert reset.returncode == 1
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to make a folder of somebody else's")
def test_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    os.chown(tmp_path / "data", 12345, 12345)

    code, words = launch_and_wait(stack_environment(tmp_path / "data"))

    assert (code, words.count("\n")) == (1, 1)
    assert "belongs to uid 12345" in words


def launch_and_wait(environment: dict[str, str]) -> tuple[int, str]:
    """A launch that is expected to end by itself: its code and all it said."""
    done = subprocess.run(
        [sys.executable, "manage.py", "launch", "--without-demo"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )
    return done.returncode, done.stdout


def processes_of(sessions: set[int]) -> list[int]:
    """Every living process of these sessions: children of children too."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            fields = (path / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) in sessions:
            found.append(int(path.name))
    return found
