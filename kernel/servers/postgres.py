"""An embedded PostgreSQL: one cluster in the data folder, reached by its socket only."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from kernel.servers.binaries import find_postgres
from kernel.servers.errors import LaunchError
from kernel.servers.identity import Identity, choose, let_pass
from kernel.servers.processes import Child, start_time, wait_gone

USER = "accord"
DATABASE = "accord"
SOCKET_FOLDER = "pg"
# Statements, parameters and DETAIL lines hold what people wrote: the log says which rule was broken, not by which value.
DISCREET = (
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
    "log_parameter_max_length=0",
    "log_parameter_max_length_on_error=0",
)
DURABLE = ("max_connections=200", "shared_buffers=128MB", *DISCREET)
# A cluster that is thrown away needs no safety: three times faster to fill, clone and drop.
DISPOSABLE = (*DURABLE, "fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


def socket_url(sockets: Path, database: str = DATABASE) -> str:
    """The address of the server that keeps its socket below `sockets`, known before it runs."""
    return f"postgresql://{USER}@/{database}?host={quote(str(sockets / SOCKET_FOLDER))}"


@dataclass
class Postgres:
    """A cluster in `home`/pg with its socket in `sockets`/pg."""

    home: Path
    sockets: Path
    log: Path
    pid_file: Path
    identity: Identity
    options: Sequence[str] = DURABLE

    @classmethod
    def prepare(
        cls, home: Path, *, sockets: Path, log: Path, pid_file: Path, options: Sequence[str] = DURABLE
    ) -> "Postgres":
        """Chooses programs and identity, and makes the cluster if there is none. LaunchError says what is missing."""
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        postgres = cls(home, sockets, log, pid_file, choose(find_postgres(), home), options)
        postgres.identity.take(home)
        # PostgreSQL's owner makes its socket here; what we keep beside it stays ours.
        postgres.own_sockets.mkdir(exist_ok=True, mode=0o700, parents=True)
        postgres.identity.take(postgres.own_sockets)
        if postgres.identity.needs_passage:
            let_pass(sockets)
        postgres._make_cluster()
        postgres._wait_for_predecessor()
        return postgres

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    @property
    def own_sockets(self) -> Path:
        return self.sockets / SOCKET_FOLDER

    def url(self, database: str = DATABASE) -> str:
        return socket_url(self.sockets, database)

    def child(self, environment: dict[str, str] | None = None) -> Child:
        """The server, to be started by the caller: SIGINT is PostgreSQL's fast shutdown."""
        settings = [word for option in self.options for word in ("-c", option)]
        command = [self.identity.programs.postgres, "-D", str(self.cluster), "-h", "", "-k", str(self.own_sockets)]
        return Child(
            name="postgres",
            command=self.identity.server(
                [*command, "-c", "unix_socket_permissions=0700", *settings], death_signal=signal.SIGINT
            ),
            log=self.log,
            environment={**os.environ, **(environment or {}), "LC_ALL": "C.UTF-8"},
            stop_signal=signal.SIGINT,
            pid_file=self.pid_file,
            folder=Path("/"),
        )

    def wait_ready(self, child: Child, *, seconds: float = 60) -> None:
        """Returns when the database answers, and makes ours in a fresh cluster."""
        import psycopg

        deadline = time.monotonic() + seconds
        while True:
            child.must_run()
            try:
                with psycopg.connect(self.url("postgres"), autocommit=True, connect_timeout=5) as connection:
                    found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
                    if found is None:
                        connection.execute(f"CREATE DATABASE {DATABASE}")
                    return
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline:
                    raise LaunchError(f"PostgreSQL does not answer: {str(error).strip()} (log: {self.log})") from error
            time.sleep(0.03)

    def _make_cluster(self) -> None:
        version_file = self.cluster / "PG_VERSION"
        if version_file.exists():
            version = version_file.read_text(encoding="ascii").strip()
            if version != str(self.identity.programs.major):
                raise LaunchError(
                    f"The data in {self.cluster} is of PostgreSQL {version}, and the programs here are "
                    f"{self.identity.programs.major}: install that version, or set ACCORD_DATA to another folder."
                )
            return
        unfinished = self.home / "cluster.unfinished"
        if unfinished.exists():
            shutil.rmtree(unfinished)
        words = ("--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions")
        try:
            made = self.identity.run([self.identity.programs.initdb, "-D", str(unfinished), "-U", USER, *words])
        except subprocess.TimeoutExpired as error:
            raise LaunchError("initdb did not end within two minutes.") from error
        if made.returncode != 0:
            reason = (made.stderr.strip() or made.stdout.strip()).splitlines() or [f"code {made.returncode}"]
            raise LaunchError(
                f"PostgreSQL could not make its files in {self.home}: {reason[-1]} "
                "Or set DATABASE_URL to a server of your own."
            )
        unfinished.rename(self.cluster)

    def _wait_for_predecessor(self) -> None:
        """A postmaster whose launcher was killed may still be writing its last pages; a stale pid file lies otherwise.

        We hold the data folder's lock, so no living launcher owns that postmaster.
        """
        pid_file = self.cluster / "postmaster.pid"
        if not pid_file.exists():
            return
        found = re.match(r"\d+", pid_file.read_text(encoding="utf-8", errors="replace"))
        pid = int(found[0]) if found else 0
        if pid and start_time(pid) is not None and self._serves_our_cluster(pid):
            os.kill(pid, signal.SIGINT)
            if not wait_gone(pid, 30):
                raise LaunchError(f"PostgreSQL (process {pid}) still uses {self.cluster}: end it first.")
        pid_file.unlink(missing_ok=True)

    def _serves_our_cluster(self, pid: int) -> bool:
        try:
            return os.readlink(f"/proc/{pid}/cwd") == str(self.cluster.resolve())
        except OSError:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            return str(self.cluster).encode() in words
