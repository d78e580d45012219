"""The template database: migrated once a run, cloned by every worker and after every transactional test.

After a test that committed, the database is dropped and cloned anew, instead of Django's flush. Flush truncates every
table, which the journal's triggers refuse, as they should; switching triggers off (session_replication_role) would need
a superuser, and would also lose the rows that migrations made. A clone is exactly what migrations left, and as quick.

`python -m kernel.testing.template NAME` builds it, in a process of its own beside the tests' collection. In the
template `kernel_now()` adds what the one row of `kernel_test_clock` says: a table, so that every process sees it.
"""

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg
from psycopg import sql

from kernel.testing.environment import SETTINGS, TestRun, with_database

ROOT = Path(__file__).resolve().parents[2]
# The advisory lock of "one builds, the others wait" on a server that outlives the run.
BUILDING = 7_240_117
CLOCK = """
CREATE TABLE kernel_test_clock (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    shift interval NOT NULL DEFAULT '0'
);
INSERT INTO kernel_test_clock DEFAULT VALUES;
CREATE OR REPLACE FUNCTION kernel_now() RETURNS timestamptz LANGUAGE sql VOLATILE
    AS 'SELECT clock_timestamp() + (SELECT shift FROM kernel_test_clock)';
"""


def _fingerprint() -> str:
    """Of what a migrated database depends on: another migration, another template."""
    digest = hashlib.sha256()
    patterns = ("*/migrations/*.py", "templates/documents/library/**/*", "kernel/testing/template.py")
    for path in sorted(path for pattern in patterns for path in ROOT.glob(pattern)):
        if path.is_file():
            digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


class Template:
    """The template of one run on its server."""

    def __init__(self, run: TestRun) -> None:
        self.run = run
        self.name = f"accord_template_{_fingerprint()}"
        self.maintenance_url = with_database(run.server_url, "postgres")
        self._failure = run.folder / "template.failed"
        self._builder: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Starts building; `wait` tells when it is there."""
        with (self.run.folder / "template.log").open("wb") as log:
            self._builder = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "kernel.testing.template", self.name],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "DJANGO_SETTINGS_MODULE": SETTINGS, "ACCORD_TEST_FAILURE": str(self._failure)},
            )

    def end(self) -> None:
        if self._builder is not None and self._builder.poll() is None:
            self._builder.kill()
            self._builder.wait()

    def wait(self, seconds: float = 300) -> None:
        """Returns when the template can be cloned; RuntimeError with the migrations' output if it failed."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._failure.exists():
                output = (self.run.folder / "template.log").read_text(encoding="utf-8", errors="replace")
                raise RuntimeError(f"The template database could not be migrated:\n{output[-6000:]}")
            try:
                if self._exists():
                    return
            except psycopg.OperationalError:  # the server is still starting
                pass
            time.sleep(0.1)
        raise RuntimeError(f"The template database was not there within {seconds:.0f} s.")

    def clone(self, name: str) -> None:
        """Makes database `name` what the migrations left, whatever it was before and whoever is connected to it."""
        with psycopg.connect(self.maintenance_url, autocommit=True) as connection:
            target = sql.Identifier(name)
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(target))
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(target, sql.Identifier(self.name)))

    def drop(self, name: str) -> None:
        with psycopg.connect(self.maintenance_url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _exists(self) -> bool:
        with psycopg.connect(self.maintenance_url, autocommit=True, connect_timeout=5) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (self.name,)).fetchone()
            return found is not None


def build(name: str, server_url: str) -> None:
    """Migrates a database under another name and renames it at the end: `name` exists only when it is complete."""
    unfinished = f"{name}_unfinished"
    with psycopg.connect(with_database(server_url, "postgres"), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (BUILDING,))
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            return
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(unfinished)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(unfinished)))
        os.environ["DATABASE_URL"] = with_database(server_url, unfinished)
        _migrate()
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as made:
            made.execute(CLOCK)
        connection.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(unfinished), sql.Identifier(name))
        )


def _migrate() -> None:
    import django
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    connections.close_all()


if __name__ == "__main__":
    try:
        build(sys.argv[1], os.environ["DATABASE_URL"])
    except BaseException:
        Path(os.environ["ACCORD_TEST_FAILURE"]).touch()
        raise
