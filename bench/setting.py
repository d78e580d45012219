"""What a benchmark runs against: servers of its own in a folder of its own, with rows made by a seeding program."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kernel.servers import ensure

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def seeded(module: str) -> Iterator[tuple[dict[str, Any], dict[str, str], Path]]:
    """What `module` says it made (the last line it prints, JSON), the environment of the programs to start, and the folder."""
    with tempfile.TemporaryDirectory(prefix="accord-bench-") as folder, ensure(Path(folder)) as services:
        environment = {
            **os.environ,
            **services.environment,
            "ACCORD_DATA": folder,
            "DJANGO_SETTINGS_MODULE": "config.settings.bench",
            "ACCORD_ENV": "test",
        }
        done = subprocess.run(
            [sys.executable, "-m", module], env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
        )
        yield json.loads(done.stdout.splitlines()[-1]), environment, Path(folder)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def program(command: list[str], environment: dict[str, str], url: str, log: Path) -> Iterator[int]:
    """A server (its pid) for the time of the block, ready when `url` answers anything; on one core, as docker-compose.yml has it."""
    core = min(os.sched_getaffinity(0))
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        )
    try:
        until = time.monotonic() + 60
        while not answers(url):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{command[0]} did not come up:\n{log.read_text()[-2000:]}")
            time.sleep(0.1)
        yield process.pid
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
