"""What PostgreSQL itself writes down: that a rule was broken, never what somebody had written."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg
import pytest
import yaml

from kernel.servers.postgres import DURABLE, Postgres

pytestmark = pytest.mark.live

ROOT = Path(__file__).resolve().parents[2]
MARKER = "zq-told-in-confidence-zq"


def compose_options() -> list[str]:
    command = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["database"]["command"]
    return [option for option in command[1:] if option != "-c"]


@pytest.fixture(params=[DURABLE, compose_options()], ids=["make run", "compose"])
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, Path]]:
    """A server of its own with these options: its address and its log."""
    options: Sequence[str] = request.param
    folder = Path(tempfile.mkdtemp(prefix="accord-log-"))  # short: a socket's path has room for 107 characters
    folder.chmod(0o755)
    log = folder / "postgres.log"
    postgres = Postgres.prepare(
        folder / "postgres", sockets=folder / "sockets", log=log, pid_file=folder / "postgres.pid", options=options
    )
    child = postgres.child()
    child.start()
    postgres.wait_ready(child)
    yield postgres.url(), log
    child.stop(20)
    shutil.rmtree(folder)


def test_log_names_the_broken_rule_without_the_values(server: tuple[str, Path]) -> None:
    url, log = server
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE told (words text NOT NULL UNIQUE CHECK (words <> ''), number integer)")
        connection.execute("SET log_min_duration_statement = 0")
        connection.execute("INSERT INTO told VALUES (%s)", [MARKER])
        with pytest.raises(psycopg.errors.UniqueViolation, match=MARKER):
            connection.execute("INSERT INTO told VALUES (%s)", [MARKER])
        connection.execute("SET log_min_duration_statement = -1")
        with pytest.raises(psycopg.errors.UniqueViolation, match=MARKER):
            connection.execute(f"INSERT INTO told VALUES ('{MARKER}')")
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(f"UPDATE told SET words = '' WHERE words = '{MARKER}'")
        with pytest.raises(psycopg.errors.NotNullViolation):
            connection.execute(f"INSERT INTO told (number) SELECT length('{MARKER}')")
    written = log.read_text()
    assert written.count("duplicate key value violates unique constraint") == 2
    assert "duration: " in written
    assert MARKER not in written
