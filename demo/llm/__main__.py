"""`python -m demo.llm <python of the model's environment> [openai] [anthropic]` (`make demo-llm`).

Plays a case and asks every AI endpoint with a small real model behind the gateway, once through each provider, on a server started for
it in a folder of its own; then tells what the model answered, where the rules answered in its place and why, tokens and times. Exit 1 on
any surprise, and when no answer of the model was used through a provider.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import yaml

from demo.client import Client
from demo.llm.front import Front
from demo.llm.questions import ask_everything, settlement
from demo.llm.report import Report, tell
from demo.llm.rows import MODEL, MOST_TOKENS, SECONDS
from demo.play import Case
from demo.protocol import Protocol, SurpriseError

ROOT: Final = Path(__file__).resolve().parents[2]
CASE: Final = ROOT / "demo" / "cases" / "deposit"
OUT: Final = ROOT / "demo" / "out"
PROVIDERS: Final = ("openai", "anthropic")
MIRRORED: Final = 2  # invented cases, two drafts each; more tell more and take longer
BACKGROUND: Final = 900.0  # seconds: a slow model answers one question after the other
PATIENCE: Final = 300.0  # seconds for a server to come up on a slow machine


def main(arguments: list[str]) -> int:
    if not arguments or not set(arguments[1:]) <= set(PROVIDERS):
        print(__doc__, file=sys.stderr)
        return 2
    model_python, wanted = arguments[0], arguments[1:] or list(PROVIDERS)
    try:
        with model_server(model_python) as address, Front(address) as front:
            print(f"{MODEL} answers at {address} (llama.cpp).")
            with accord(front) as server:
                return max(played(server, front, provider) for provider in wanted)
    except (SurpriseError, httpx.HTTPError) as surprise:
        print(f"\nSurprise: {surprise}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def played(server: "Server", front: Front, provider: str) -> int:
    """A case from filing to the sealed contract, and the endpoints, with this provider alone before the rules; tells what came of it."""
    server.shell(f"answer_by({provider!r})")
    seen, called = len(server.shell("consultations_since(0)")), len(front.calls)
    time.sleep(2.5)  # a route is in use within two seconds in every process
    print(f"\nThrough the provider `{provider}`: {MODEL}, {SECONDS} s an answer, at most {most_tokens()} tokens.")
    Client.patience = BACKGROUND
    protocol = Protocol()
    script = yaml.safe_load((CASE / "case.yaml").read_text(encoding="utf-8"))
    case = Case(CASE, script, server.url, protocol, OUT / f"llm-{provider}", mediation="mediated")
    try:
        target = case.play()
        protocol.cases += 1
        names = tuple(person.name for person in case.people.values())
        ask_everything(case.claimant, case.dispute_id, settlement((names[0], names[1])), protocol)
    finally:  # also after a surprise: what was asked until then
        code = tell(Report(provider, server.shell(f"consultations_since({seen})"), front.calls[called:]))
    print(f"  → demo/out/llm-{provider}/{target.name}")
    print(f"  Mirror test: {server.command('mirror_test', '--cases', str(MIRRORED)).splitlines()[-1]}")
    return code


def most_tokens() -> str:
    return ", ".join(f"{most} ({purpose})" for purpose, most in MOST_TOKENS.items())


class Server:
    """Accord, started for the demo."""

    def __init__(self, url: str, environment: dict[str, str]) -> None:
        self.url, self.environment = url, environment

    def shell(self, statement: str) -> Any:
        """What a function of `demo.llm.rows` prints, run beside the server."""
        said = self.command("shell", "-v", "0", "-c", f"from demo.llm.rows import *; {statement}")
        return json.loads(said.splitlines()[-1])

    def command(self, *arguments: str) -> str:
        """What a command of manage.py prints."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout


@contextmanager
def model_server(python: str) -> Iterator[str]:
    """The address of the model; it ends with this process, also when that is killed."""
    with tempfile.TemporaryFile("w+") as log:
        command = [python, "-m", "demo.llm.model_server"]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            if not address:
                log.seek(0)
                raise SurpriseError(f"the model did not start:\n{log.read()[-2000:]}")
            yield address
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


@contextmanager
def accord(front: Front) -> Iterator[Server]:
    """A server of its own, on a free port and in a folder that goes away, with both providers pointed at the model."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="accord-llm-") as folder:
        environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        environment |= {
            "ACCORD_DATA": f"{folder}/data",
            "ACCORD_HOST": "127.0.0.1",
            "ACCORD_PORT": str(port),
            "OPENAI_BASE_URL": f"{front.address}/v1",
            "OPENAI_API_KEY": "none",
            "ANTHROPIC_BASE_URL": front.address,
            "ANTHROPIC_API_KEY": "none",
        }
        environment.pop("ACCORD_BASE_URL", None)
        log = Path(folder) / "launch.log"
        with log.open("wb") as output:
            command = [sys.executable, "manage.py", "launch"]
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        try:
            server = Server(f"http://127.0.0.1:{port}", environment)
            wait_until_ready(server.url, process, log)
            yield server
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def wait_until_ready(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while not (answers(f"{url}/readyz") and "Accord is ready" in log.read_text(errors="replace")):
        if process.poll() is not None or time.monotonic() > until:
            raise SurpriseError(f"Accord did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.3)


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=3).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
