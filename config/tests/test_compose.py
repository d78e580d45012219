"""docker-compose.yml as plain processes: every service's own command line, environment and health check, without images.

PostgreSQL and both Valkeys run with the settings the file gives them, the application's processes with exactly the
environment of their service (addresses and paths of the containers replaced), the migrations as the owner of the
database and everything else as the role that owns nothing. The proxy's configuration is read here, and checked by Caddy
itself where there is one.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
import yaml

from kernel.servers.binaries import find_valkey
from kernel.servers.postgres import Postgres
from kernel.servers.processes import tethered

pytestmark = pytest.mark.live

ROOT = Path(__file__).resolve().parents[2]
BASE_URL = "https://accord.example.org"
GIVEN = {"ACCORD_BASE_URL": BASE_URL, "ACCORD_ALLOWED_HOSTS": "accord.example.org", "SMTP_HOST": "127.0.0.1"}
SAYS_READY = {"beat": "beat ready", "relay": "relay ready"}
PATIENCE_SECONDS = 180.0


def interpolate(text: str) -> str:
    """What compose makes of ${NAME}, ${NAME:-default} and ${NAME:?why}; $$ is a dollar."""

    def value(found: re.Match[str]) -> str:
        name, operator, rest = found["name"], found["operator"], found["rest"]
        if operator == ":?" and name not in GIVEN:
            raise AssertionError(f"{name} has to be given: {rest}")
        return GIVEN.get(name, rest if operator == ":-" else "")

    pattern = r"(?<!\$)\$\{(?P<name>[A-Z_]+)(?:(?P<operator>:[-?])(?P<rest>[^}]*))?\}"
    return re.sub(pattern, value, text).replace("$$", "$")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@dataclass
class Stack:
    """The services of the file that are processes here."""

    services: dict[str, Any]
    folder: Path
    secrets: dict[str, Path]
    ports: dict[str, int]
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def words(self, name: str, words: list[str]) -> list[str]:
        """A command line of the file, with the programs of this environment and ports that are free."""
        replaced = [str(self.ports.get(f"{name}:{word}", interpolate(word))) for word in words]
        replaced = ["127.0.0.1" if word == "0.0.0.0" else word for word in replaced]
        own = Path(sys.executable).parent / replaced[0]
        return [str(own) if own.exists() else replaced[0], *replaced[1:]]

    def environment(self, name: str) -> dict[str, str]:
        """The service's environment and nothing of ours but where programs lie."""
        given = {key: interpolate(str(value)) for key, value in self.services[name]["environment"].items()}
        for key, value in given.items():
            if value.startswith("/run/secrets/"):
                given[key] = str(self.secrets[value.removeprefix("/run/secrets/")])
            for address, port in self.ports.items():
                given[key] = given[key].replace(f"//{address}/", f"//127.0.0.1:{port}/")
        programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        kept = {key: os.environ[key] for key in ("LD_LIBRARY_PATH", "LANG") if key in os.environ}
        own = {"PATH": programs, "HOME": str(self.folder), "HOSTNAME": socket.gethostname(), "PYTHONUNBUFFERED": "1"}
        return {**kept, **own, **given, "ACCORD_DATA": str(self.folder / "data")}

    def start(self, name: str) -> "subprocess.Popen[bytes]":
        with self.log(name).open("ab") as log:
            process = subprocess.Popen(
                tethered(self.words(name, self.services[name]["command"]), signal_number=signal.SIGKILL),
                cwd=ROOT,
                env=self.environment(name),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.running[name] = process
        return process

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def output(self, name: str) -> str:
        return self.log(name).read_text(encoding="utf-8", errors="replace")

    def wait_ready(self, name: str) -> None:
        """Returns when the service's own health check says so, or its log where it has none."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._is_ready(name):
            assert self.running[name].poll() is None, f"{name} ended:\n{self.output(name)[-4000:]}"
            assert time.monotonic() < deadline, f"{name} was not ready:\n{self.output(name)[-4000:]}"
            time.sleep(0.3)

    def _is_ready(self, name: str) -> bool:
        if name in SAYS_READY:
            return SAYS_READY[name] in self.output(name)
        kind, *words = self.services[name]["healthcheck"]["test"]
        command = ["sh", "-c", interpolate(words[0])] if kind == "CMD-SHELL" else self.words(name, words)
        checked = subprocess.run(command, cwd=ROOT, env=self.environment(name), capture_output=True, check=False)
        return checked.returncode == 0

    def stop(self) -> None:
        for process in self.running.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)


def read_compose() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return parsed


def make_secrets(folder: Path, database_url: str, owner_url: str) -> dict[str, Path]:
    """scripts/secrets itself makes them; only the two addresses are of this test's server."""
    subprocess.run([str(ROOT / "scripts" / "secrets"), str(folder)], check=True, capture_output=True)
    declared = read_compose()["secrets"]
    files = {name: folder / Path(entry["file"]).name for name, entry in declared.items()}
    for name, url in (("database_url", database_url), ("database_owner_url", owner_url)):
        files[name].chmod(0o600)
        files[name].write_text(url, encoding="ascii")
    return files


def start_valkey(stack: Stack, name: str) -> None:
    """The file's own configuration, with a port and a folder of ours."""
    _, container_path = stack.services[name]["command"]
    mounted = dict(volume.split(":")[1::-1] for volume in stack.services[name]["volumes"])
    configuration = ROOT / mounted[container_path]
    (stack.folder / name).mkdir()
    command = [find_valkey(), str(configuration), "--dir", str(stack.folder / name), "--bind", "127.0.0.1"]
    command += ["--port", str(stack.ports[f"{name}:6379"])]
    with stack.log(name).open("ab") as log:
        stack.running[name] = subprocess.Popen(
            tethered(command, signal_number=signal.SIGKILL), stdout=log, stderr=log, start_new_session=True
        )
    client = redis.Redis(port=stack.ports[f"{name}:6379"])
    for _ in range(200):
        try:
            client.ping()
            break
        except redis.ConnectionError:
            time.sleep(0.05)
    client.close()


@pytest.fixture(scope="module")
def static_files() -> None:
    """The Dockerfile's own line, in the shell it will have."""
    (line,) = re.findall(r"^RUN (ACCORD_ENV=prod .*collectstatic.*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    made = subprocess.run(["sh", "-c", line], cwd=ROOT, env={"PATH": path}, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr[-3000:]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, static_files: None) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("compose")
    (folder / "data" / "checkpoints").mkdir(parents=True)
    services = read_compose()["services"]
    options = services["database"]["command"][1:]
    assert options[::2] == ["-c"] * (len(options) // 2)
    # A socket's path has room for 107 characters.
    sockets = Path(f"/tmp/accord-compose-{os.getpid()}")
    sockets.mkdir(mode=0o700)
    postgres = Postgres.prepare(
        folder / "postgres",
        sockets=sockets,
        log=folder / "postgres.log",
        pid_file=folder / "postgres.pid",
        options=options[1::2],
    )
    server = postgres.child()
    server.start()
    addresses = ("broker:6379", "cache:6379", "web:8000", "sockets:8001")
    stack = Stack(services, folder, {}, {address: free_port() for address in addresses})
    try:
        postgres.wait_ready(server)
        with psycopg.connect(postgres.url(), autocommit=True) as owner:
            owner.execute((ROOT / "deploy/postgres/application-role.sql").read_text(encoding="utf-8").encode())
        app_url = postgres.url().replace("accord@", "accord_app@", 1)
        stack.secrets |= make_secrets(folder / "secrets", app_url, postgres.url())
        start_valkey(stack, "broker")
        start_valkey(stack, "cache")
        migrated = stack.start("migrate").wait(PATIENCE_SECONDS)
        assert migrated == 0, stack.output("migrate")[-4000:]
        yield stack
    finally:
        stack.stop()
        server.stop(20)
        shutil.rmtree(sockets, ignore_errors=True)


@pytest.mark.parametrize("name", ["web", "sockets", "worker", "beat", "relay"])
def test_service_started_as_the_file_says_becomes_ready(stack: Stack, name: str) -> None:
    stack.start(name)
    stack.wait_ready(name)
    assert stack.services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_checkpoint_is_written_while_beat_holds_its_lock(stack: Stack) -> None:
    """The two once had the same lock number: no checkpoint as long as a beat ran, and a worker full of waiting tasks."""
    assert stack.running["beat"].poll() is None
    command = [sys.executable, "manage.py", "checkpoint_journal"]
    written = subprocess.run(
        command, cwd=ROOT, env=stack.environment("worker"), capture_output=True, text=True, check=False, timeout=120
    )
    assert written.returncode == 0, written.stderr


def test_web_behind_a_proxy_serves_hashed_files_and_hides_development(stack: Stack) -> None:
    import http.client

    def ask(path: str, **headers: str) -> tuple[int, str, "http.client.HTTPMessage"]:
        connection = http.client.HTTPConnection("127.0.0.1", stack.ports["web:8000"], timeout=30)
        proxied = {"Host": "accord.example.org", "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
        connection.request("GET", path, headers={**proxied, **headers})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace"), answer.headers

    stack.wait_ready("web")
    status, page, headers = ask("/verify/")
    assert status == 200
    assert "max-age=31536000" in headers["Strict-Transport-Security"]
    (style,) = re.findall(r'href="(/static/accord/base\.[0-9a-f]{12}\.css)"', page)
    status, _, headers = ask(style)
    assert (status, "immutable" in headers["Cache-Control"]) == (200, True)
    assert ask("/dev/mail/")[0] == 404
    assert ask("/metrics")[0] == 403
    assert ask("/api/me")[0] == 401
    assert ask("/verify/", Host="elsewhere.example.org")[0] == 400


def test_application_role_may_not_touch_the_journals_past(stack: Stack) -> None:
    """The process's own address: rows may be added, nothing may be truncated or altered."""
    with psycopg.connect(stack.secrets["database_url"].read_text(), autocommit=True) as application:
        assert application.execute("SELECT count(*) FROM django_migrations").fetchone() != (0,)
        for statement in ("TRUNCATE kernel_journal_entry", "ALTER TABLE kernel_journal_entry DISABLE TRIGGER ALL"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                application.execute(statement)


@pytest.mark.parametrize("name", ["web", "sockets", "worker"])
def test_service_with_a_default_secret_refuses_to_start(stack: Stack, name: str, tmp_path: Path) -> None:
    weak = tmp_path / "secret"
    weak.write_text("changeme", encoding="ascii")
    environment = stack.environment(name) | {"SECRET_KEY_FILE": str(weak)}
    # granian starts its workers again and again; what they import is asked here
    words = stack.words(name, stack.services[name]["command"])
    words = [sys.executable, "-c", "import config.wsgi"] if name == "web" else words
    ended = subprocess.run(
        words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
    )
    assert ended.returncode != 0
    assert "SECRET_KEY is a default" in ended.stdout + ended.stderr


def test_proxy_speaks_tls_1_3_keeps_logs_30_days_and_writes_no_tokens(tmp_path: Path) -> None:
    """Read here; `caddy validate` checks the same file where Caddy is installed (CADDY names another program)."""
    text = (ROOT / "deploy/caddy/Caddyfile").read_text(encoding="utf-8")
    assert re.search(r"protocols tls1\.3$", text, re.MULTILINE)
    assert "roll_keep_for 720h" in text
    for secret_path in ("i", "verify-email", "reset", "sign", "c", "api/invitations"):
        assert secret_path in re.findall(r'regexp "\^/\(([^)]*)\)', text)[0].split("|")
    upstreams = re.findall(r"\{\$ACCORD_\w+_UPSTREAM:(\w+):(\d+)\}", text)
    services = read_compose()["services"]
    assert {name for name, _ in upstreams} == {"web", "sockets"}
    assert all(port in services[name]["command"] for name, port in upstreams)
    program = os.environ.get("CADDY") or shutil.which("caddy")
    if program:
        environment = {**GIVEN, "HOME": str(tmp_path), "ACCORD_LOG_FOLDER": str(tmp_path)}
        command = [program, "validate", "--config", "deploy/caddy/Caddyfile", "--adapter", "caddyfile"]
        checked = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr


def test_file_names_only_volumes_secrets_and_files_that_exist() -> None:
    compose = read_compose()
    for name, service in compose["services"].items():
        assert set(service.get("secrets", ())) <= set(compose["secrets"]), name
        assert set(service["networks"]) <= set(compose["networks"]), name
        assert set(service.get("depends_on", ())) <= set(compose["services"]), name
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert (ROOT / source).is_file() if source.startswith("./") else source in compose["volumes"], volume
        for key, value in service.get("environment", {}).items():
            if str(value).startswith("/run/secrets/"):
                assert key.endswith("_FILE"), key
                assert value.removeprefix("/run/secrets/") in service["secrets"], (name, key)
    assert compose["networks"]["inside"] == {"internal": True}
    assert "outside" not in compose["services"]["database"]["networks"]
