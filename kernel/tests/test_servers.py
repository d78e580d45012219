"""PostgreSQL and Valkey from wheels: as root on every rung of the ladder, as an ordinary user, shared and left behind."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel.servers import broker_url, discover
from kernel.servers.errors import LaunchError
from kernel.servers.folder import DataFolder
from kernel.servers.processes import start_time
from kernel.testing.live import stack_environment
from kernel.testing.template import ROOT

REFUSE = [sys.executable, str(Path(__file__).with_name("refuse_namespaces.py"))]
TRY = """
import os, sys
from pathlib import Path
import psycopg, redis
from kernel.servers import LaunchError, ensure
from kernel.servers.binaries import find_postgres
from kernel.servers.identity import choose
try:
    with ensure(Path(sys.argv[1])) as services:
        redis.Redis.from_url(services.redis_url).set("a", "b")
        answer = psycopg.connect(services.database_url).execute("SELECT 1").fetchone()[0]
        print(choose(find_postgres(), Path(sys.argv[1]) / "postgres").name, answer, flush=True)
        if len(sys.argv) > 2:
            sys.stdin.read()
except LaunchError as error:
    sys.exit(f"accord: {error}")
"""
READER = ["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]
# A capability ends at a namespace's border: there, our Python must be where everybody may go.
PYTHON_IS_OPEN = all(path.stat().st_mode & 0o001 for path in Path(sys.base_prefix).parents)
ORDINARY = [
    (1, REFUSE, "ourselves"),
    (1, [], "ourselves"),
    *([(43210, [], "user namespace")] if PYTHON_IS_OPEN else []),
]
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path that everybody may pass, as a project's folder usually is."""
    path = Path(tempfile.mkdtemp(prefix="accord-t-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def attempt(data: Path, *prefix: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*prefix, sys.executable, "-c", TRY, str(data)],
        cwd=ROOT,
        env=stack_environment(data),
        capture_output=True,
        text=True,
        timeout=180,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.live
@AS_ROOT
@pytest.mark.parametrize(
    ("lost", "parent_mode", "identity"),
    [
        ([], 0o755, "user namespace"),
        ([], 0o700, "user namespace"),
        (REFUSE, 0o755, "nobody with access"),
        (REFUSE, 0o700, "nobody with access"),
        ([*REFUSE, "setpriv", "--bounding-set=-setpcap", "--inh-caps=-setpcap"], 0o755, "nobody"),
    ],
)
def test_root_starts_postgres_by_the_first_way_that_works(
    folder: Path, lost: list[str], parent_mode: int, identity: str
) -> None:
    folder.chmod(parent_mode)

    done = attempt(folder / "data", *lost)

    assert (done.stdout, done.stderr) == (f"{identity} 1\n", "")


@pytest.mark.live
@AS_ROOT
def test_root_without_any_way_gets_one_line_that_names_the_urls(folder: Path) -> None:
    folder.chmod(0o700)

    done = attempt(folder / "data", *REFUSE, "setpriv", "--bounding-set=-setpcap", "--inh-caps=-setpcap")

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "DATABASE_URL" in done.stderr
    assert "REDIS_URL" in done.stderr


@pytest.mark.live
@AS_ROOT
def test_data_made_as_nobody_is_used_again_in_a_namespace(folder: Path) -> None:
    assert attempt(folder / "data", *REFUSE).returncode == 0

    assert attempt(folder / "data").stdout == "user namespace 1\n"


@pytest.mark.live
@AS_ROOT
@pytest.mark.parametrize(("uid", "lost", "identity"), ORDINARY)
def test_ordinary_user_starts_them_without_ceremony(folder: Path, uid: int, lost: list[str], identity: str) -> None:
    """Another uid, which may read everything, so that this project and its Python can stay where they are."""
    home = folder / "home"
    home.mkdir()
    os.chown(home, uid, uid)

    done = attempt(home / "data", *lost, "setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", *READER)

    assert (done.stdout, done.stderr) == (f"{identity} 1\n", "")
    assert (home / "data" / "postgres").stat().st_uid == uid


@pytest.mark.live
def test_killed_owner_leaves_no_server(folder: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", TRY, str(folder / "data"), "stay"],
        cwd=ROOT,
        env=stack_environment(folder / "data"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    process.stdout.readline()
    run = folder / "data" / "run"
    pids = [int((run / name).read_text()) for name in ("postgres.pid", "valkey.pid")]
    assert discover(folder / "data") is not None

    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdin.close()
    process.stdout.close()

    deadline = time.monotonic() + 20
    while any(start_time(pid) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert discover(folder / "data") is None


@pytest.mark.live
def test_second_command_shares_the_servers_and_is_waited_for(folder: Path) -> None:
    data = folder / "data"
    command = [sys.executable, "-c", TRY, str(data), "stay"]
    processes = []
    for _ in range(2):
        process = subprocess.Popen(
            command, cwd=ROOT, env=stack_environment(data), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stdout.readline().endswith(b" 1\n")
        processes.append(process)
    owner, guest = processes
    postgres = int((data / "run" / "postgres.pid").read_text())

    assert owner.stdin is not None
    owner.stdin.close()
    time.sleep(0.5)
    assert owner.poll() is None
    assert start_time(postgres) is not None
    guest.communicate(timeout=60)
    assert owner.wait(60) == 0
    assert start_time(postgres) is None
    assert owner.stdout is not None
    owner.stdout.close()


@pytest.mark.unit
@pytest.mark.parametrize(
    ("redis_url", "expected"),
    [
        ("redis://:secret@127.0.0.1:6379/1", "redis://:secret@127.0.0.1:6379/1"),
        ("unix:///tmp/a/valkey.sock?db=3", "redis+socket:///tmp/a/valkey.sock?virtual_host=3"),
        ("unix:///tmp/a/valkey.sock", "redis+socket:///tmp/a/valkey.sock?virtual_host=0"),
    ],
)
def test_broker_url_says_the_same_server_in_celerys_words(redis_url: str, expected: str) -> None:
    assert broker_url(redis_url) == expected


def test_long_path_keeps_its_sockets_in_the_temp_folder(tmp_path: Path) -> None:
    long = DataFolder(tmp_path / ("a" * 90))

    long.claim()

    assert long.sockets.parent == Path(tempfile.gettempdir())
    assert long.sockets.stat().st_mode & 0o777 == 0o700
    long.forget()
    assert not long.sockets.exists()


def test_forget_refuses_a_folder_without_the_marker(tmp_path: Path) -> None:
    (tmp_path / "kept").touch()

    with pytest.raises(LaunchError, match="not ours"):
        DataFolder(tmp_path).forget()

    assert (tmp_path / "kept").exists()


def test_discover_does_not_believe_a_dead_owner(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "services.json").write_text('{"REDIS_URL": "x", "owner": {"pid": 1, "started": "another"}}')

    assert discover(tmp_path) is None
