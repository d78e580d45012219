"""Which servers this deployment uses: those the environment names, those that already run, or our own for a while."""

import contextlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kernel.servers.errors import LaunchError
from kernel.servers.folder import DataFolder
from kernel.servers.postgres import Postgres
from kernel.servers.processes import Child, start_time
from kernel.servers.valkey import Valkey, broker_url

PATIENCE_SECONDS = 15


@dataclass
class Services:
    """The addresses, and the children that serve them when they are ours."""

    database_url: str
    redis_url: str
    postgres: tuple[Postgres, Child] | None = None
    valkey: tuple[Valkey, Child] | None = None
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What a child process has to be told."""
        # Celery reads this name before its settings; it has its own word for a unix socket.
        broker = {} if os.environ.get("BROKER_URL") else {"CELERY_BROKER_URL": broker_url(self.redis_url)}
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url, **broker, **self.extra}

    @property
    def children(self) -> list[Child]:
        return [owned[1] for owned in (self.postgres, self.valkey) if owned is not None]

    def wait_ready(self) -> None:
        for owned in (self.postgres, self.valkey):
            if owned is not None:
                owned[0].wait_ready(owned[1])

    def stop(self) -> None:
        """Valkey first: whoever still writes needs the database."""
        for owned in (self.valkey, self.postgres):
            if owned is not None:
                owned[1].stop(30)


def publish(folder: DataFolder, facts: Mapping[str, str]) -> None:
    """Writes run/services.json whole: the addresses, and the process that owns them."""
    pid = os.getpid()
    document = {**facts, "owner": {"pid": pid, "started": start_time(pid)}}
    temporary = folder.services_file.with_suffix(f".{pid}")
    temporary.touch(mode=0o600)
    temporary.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    temporary.replace(folder.services_file)


def owner_of(data_dir: Path) -> int | None:
    """The living process that owns the servers of a data folder."""
    try:
        owner = json.loads((Path(data_dir) / "run" / "services.json").read_text(encoding="utf-8"))["owner"]
        pid = int(owner["pid"])
        return pid if start_time(pid) == owner["started"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def discover(data_dir: Path) -> dict[str, str] | None:
    """The addresses in run/services.json of a data folder, None when their owner no longer lives. Never raises."""
    if owner_of(data_dir) is None:
        return None
    try:
        document = json.loads((Path(data_dir) / "run" / "services.json").read_text(encoding="utf-8"))
        return {str(name): str(value) for name, value in document.items() if name != "owner"}
    except (OSError, ValueError, AttributeError):
        return None


def start_missing(folder: DataFolder) -> Services:
    """Starts what the environment does not name; `wait_ready` tells when it answers.

    The folder is claimed and locked by the caller, who stops it all.
    """
    services = Services(os.environ.get("DATABASE_URL", ""), os.environ.get("REDIS_URL", ""))
    try:
        if not services.database_url:
            postgres = Postgres.prepare(
                folder.path / "postgres",
                sockets=folder.sockets,
                log=folder.logs / "postgres.log",
                pid_file=folder.run / "postgres.pid",
            )
            child = postgres.child()
            child.start()
            services.postgres = (postgres, child)
            services.database_url = postgres.url()
        if not services.redis_url:
            valkey = Valkey.prepare(
                folder.path / "valkey",
                sockets=folder.sockets,
                log=folder.logs / "valkey.log",
                pid_file=folder.run / "valkey.pid",
            )
            child = valkey.child()
            child.start()
            services.valkey = (valkey, child)
            services.redis_url = valkey.url
    except BaseException:
        services.stop()
        raise
    return services


@contextlib.contextmanager
def ensure(data_dir: Path) -> Iterator[Services]:
    """Servers for the block: those the environment names, else running ones of the data folder, else our own.

    LaunchError in one line when there are none and none can be started. While we own them, other commands may use them
    too (run/services.json), and we wait for those before we stop.
    """
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        yield Services(os.environ["DATABASE_URL"], os.environ["REDIS_URL"])
        return
    folder = DataFolder(Path(data_dir))
    folder.claim()
    with contextlib.ExitStack() as stack:
        running = _join_or_lock(folder, stack)
        if running is not None:
            given = {name: os.environ.get(name) for name in ("DATABASE_URL", "REDIS_URL")}
            addresses = {**running, **{name: value for name, value in given.items() if value}}
            database_url, redis_url = addresses.pop("DATABASE_URL"), addresses.pop("REDIS_URL")
            yield Services(database_url, redis_url, extra=addresses)
            return
        services = start_missing(folder)
        try:
            services.wait_ready()
            publish(folder, services.environment)
            yield services
        finally:
            folder.services_file.unlink(missing_ok=True)
            folder.wait_for_guests()
            services.stop()


def _join_or_lock(folder: DataFolder, stack: contextlib.ExitStack) -> dict[str, str] | None:
    """The running servers, with us as their guest; or None, with the folder locked for us to start our own."""
    busy = f"Another command is starting or stopping the servers of {folder.path}: try again when it has ended."
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        guest = contextlib.ExitStack()
        guest.enter_context(folder.guest())
        if running := discover(folder.path):
            stack.push(guest)
            return running
        guest.close()
        try:
            stack.enter_context(folder.lock(wait_seconds=0, busy=busy))
            return None
        except LaunchError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.1)


__all__ = ["LaunchError", "Services", "discover", "ensure", "owner_of", "publish", "start_missing"]
