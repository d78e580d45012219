"""An embedded Valkey: a socket only, every write in an append-only file, nothing evicted (it is the broker too)."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from kernel.servers.binaries import find_valkey
from kernel.servers.errors import LaunchError
from kernel.servers.processes import Child, tethered

SOCKET = "valkey.sock"


def socket_url(sockets: Path) -> str:
    """The address of the server that keeps its socket in `sockets`, known before it runs."""
    return f"unix://{sockets / SOCKET}?db=0"


@dataclass
class Valkey:
    """A server with its files in `home` and its socket in `sockets`."""

    home: Path
    sockets: Path
    log: Path
    pid_file: Path
    program: str
    durable: bool = True

    @classmethod
    def prepare(cls, home: Path, *, sockets: Path, log: Path, pid_file: Path, durable: bool = True) -> "Valkey":
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        return cls(home, sockets, log, pid_file, find_valkey(), durable)

    @property
    def socket(self) -> Path:
        return self.sockets / SOCKET

    @property
    def url(self) -> str:
        return socket_url(self.sockets)

    def child(self) -> Child:
        command = [self.program, "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"]
        command += ["--dir", str(self.home), "--daemonize", "no", "--save", "", "--maxmemory-policy", "noeviction"]
        command += ["--appendonly", "yes" if self.durable else "no", "--appendfsync", "everysec"]
        return Child(
            name="valkey",
            command=tethered(command, signal_number=signal.SIGTERM),
            log=self.log,
            environment={**os.environ, "LC_ALL": "C"},
            pid_file=self.pid_file,
            folder=self.home,
        )

    def wait_ready(self, child: Child, *, seconds: float = 30) -> None:
        """Returns when it answers PING (it answers LOADING while it reads its append-only file)."""
        import redis

        client = redis.Redis.from_url(self.url, socket_timeout=5)
        deadline = time.monotonic() + seconds
        try:
            while True:
                child.must_run()
                try:
                    client.ping()
                    return
                except redis.RedisError as error:
                    if time.monotonic() > deadline:
                        raise LaunchError(f"Valkey does not answer: {error} (log: {self.log})") from error
                time.sleep(0.02)
        finally:
            client.close()


def broker_url(redis_url: str) -> str:
    """The same server in Celery's words: kombu calls a unix socket redis+socket:// and its database virtual_host."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    database = query.pop("db", "0")
    return f"redis+socket://{parts.netloc}{parts.path}?{urlencode({'virtual_host': database, **query})}"
