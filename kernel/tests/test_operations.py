"""Health, numbers and the API's description, as operators and clients see them."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from django.test import Client
from django.utils import timezone
from openapi_spec_validator import validate
from prometheus_client.parser import text_string_to_metric_families
from pytest_django.fixtures import Settings

from kernel import health
from kernel.breaker import CircuitBreaker
from kernel.metrics import exposition
from kernel.models import Delivery, OutboxEvent
from kernel.redis_client import client_for
from kernel.registries import health_checks

ROOT = Path(__file__).resolve().parents[2]
DEAD = "unix:///nonexistent/valkey.sock"


@pytest.fixture(autouse=True)
def _unlimited(settings: Settings) -> None:
    settings.ACCORD_ANON_RATE = "off"


@pytest.fixture
def extra_check() -> Iterator[None]:
    def hang() -> None:
        time.sleep(3)

    health_checks.register("slow", hang)
    yield
    health_checks._entries.pop("slow")


# --- alive and ready -------------------------------------------------------------------------------------------------


def test_healthz_answers_without_asking_anybody(client: Client, settings: Settings) -> None:
    settings.CACHE_URL = settings.BROKER_URL = DEAD
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db(transaction=True)
def test_readyz_all_well_is_200_with_each_result(client: Client) -> None:
    answer = client.get("/readyz")
    body = answer.json()
    assert (answer.status_code, body["status"]) == (200, "ok"), body
    assert {name: check["status"] for name, check in body["checks"].items()} | {
        "database": "ok",
        "cache": "ok",
        "broker": "ok",
        "storage": "ok",
    } == {name: check["status"] for name, check in body["checks"].items()}


@pytest.mark.django_db(transaction=True)
def test_readyz_names_what_fails_and_no_address(client: Client, settings: Settings) -> None:
    settings.BROKER_URL = DEAD
    answer = client.get("/readyz")
    checks = answer.json()["checks"]
    assert answer.status_code == 503
    assert {name for name, check in checks.items() if check["status"] != "ok"} == {"broker"}
    assert b"nonexistent" not in answer.content


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("extra_check")
def test_readyz_check_that_hangs_is_given_two_seconds(client: Client) -> None:
    started = time.monotonic()
    answer = client.get("/readyz")
    assert time.monotonic() - started < 2.7
    assert answer.status_code == 503
    assert answer.json()["checks"]["slow"]["reason"] == "No answer within 2 seconds."


@pytest.mark.django_db(transaction=True)
def test_readyz_pending_migration_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db.migrations.recorder import MigrationRecorder

    monkeypatch.setattr(health, "_migrations", health._Migrations())
    MigrationRecorder.Migration.objects.filter(app="notifications").delete()
    MigrationRecorder.Migration.objects.filter(app="kernel").delete()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "migrations are not applied" in answer.json()["checks"]["database"]["reason"]


# --- numbers ---------------------------------------------------------------------------------------------------------


def numbers() -> dict[tuple[str, str], float]:
    return {
        (sample.name, ",".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(exposition().decode())
        for sample in family.samples
    }


@pytest.mark.django_db
def test_metrics_tell_of_outbox_queues_and_breakers() -> None:
    event = OutboxEvent.objects.create(type="t", payload={})
    for number, state in enumerate(["pending", "dead", "dead", "done"]):
        Delivery.objects.create(event=event, subscriber=f"s{number}", state=state)
    client_for(os.environ["REDIS_URL"]).rpush("pdf", b"a", b"b", b"c")
    breaker = CircuitBreaker("llm-numbers", failure_threshold=1)
    with pytest.raises(ZeroDivisionError):
        breaker.call(lambda: 1 / 0)
    found = numbers()
    assert found["accord_outbox_backlog", "event"] == 1
    assert found["accord_outbox_backlog", "delivery"] == 1
    assert found["accord_outbox_age_seconds", "event"] >= 0
    assert found["accord_dead_letters", ""] == 2
    assert found["accord_queue_length", "pdf"] == 3
    assert found["accord_queue_length", "mail"] == 0
    assert found["accord_breaker_state", "llm-numbers"] == 2
    assert found["accord_scrape_failed", "outbox"] == 0


@pytest.mark.django_db
def test_metrics_source_that_fails_leaves_the_others(settings: Settings) -> None:
    settings.BROKER_URL = DEAD
    found = numbers()
    assert found["accord_scrape_failed", "queues"] == 1
    assert found["accord_dead_letters", ""] == 0


def test_metrics_of_several_processes_are_added_up(tmp_path: Path) -> None:
    """Two processes count, a third one is scraped."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
    }

    def run(code: str) -> str:
        setup = "import django; django.setup(); from kernel import metrics; "
        process = subprocess.run(
            [sys.executable, "-c", setup + code], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert process.returncode == 0, process.stderr
        return process.stdout

    for _process in range(2):
        run("metrics.PDF_SECONDS.observe(0.2); metrics.OPEN_SOCKETS.inc()")
    told = run("print(metrics.exposition().decode())")
    assert "accord_pdf_seconds_count 2.0" in told
    assert "accord_open_sockets 0.0" in told or "accord_open_sockets" not in told  # their processes have ended


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("extra", "status"),
    [
        ({}, 200),
        ({"REMOTE_ADDR": "10.1.2.3"}, 200),
        ({"REMOTE_ADDR": "203.0.113.5"}, 403),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 403),
        ({"REMOTE_ADDR": "10.1.2.3", "HTTP_FORWARDED": "for=127.0.0.1"}, 403),
        ({"REMOTE_ADDR": ""}, 403),
    ],
)
def test_metrics_are_for_neighbours_only(client: Client, extra: dict[str, str], status: int) -> None:
    answer = client.get("/metrics", **extra)  # type: ignore[arg-type]
    assert answer.status_code == status
    assert (b"accord_" in answer.content) is (status == 200)


@pytest.mark.django_db
@pytest.mark.parametrize(("is_admin", "status"), [(True, 200), (False, 403)])
def test_metrics_through_the_proxy_are_for_admins(
    client: Client, settings: Settings, is_admin: bool, status: int
) -> None:
    from django.contrib.auth import get_user_model

    user = get_user_model().objects.create(
        email="root@example.org",
        full_name="Root",
        is_active=True,
        email_verified_at=timezone.now(),
        role="admin" if is_admin else "client",
    )
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    assert client.get("/metrics", HTTP_X_FORWARDED_FOR="203.0.113.5").status_code == status


def test_alert_rules_use_only_numbers_that_exist() -> None:
    """The rules in deploy/prometheus name metrics of ours; a renamed one must not go silent."""
    import re

    from kernel import metrics

    rules = (ROOT / "deploy/prometheus/alerts.yml").read_text()
    yaml.safe_load(rules)
    source = (ROOT / "kernel/metrics.py").read_text()
    named = set(re.findall(r"\b(accord_[a-z_]+)\b", rules))
    known = set(re.findall(r'"(accord_[a-z_]+)"', source))
    assert metrics.REQUEST_SECONDS
    assert named
    assert {re.sub(r"_(bucket|count|sum)$", "", name) for name in named} <= known


# --- the description -------------------------------------------------------------------------------------------------


def test_schema_is_valid_public_and_cached(client: Client) -> None:
    answer = client.get("/api/schema/", HTTP_ACCEPT="application/json")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "public, max-age=300"
    document = yaml.safe_load(answer.content)
    validate(document)
    assert client.get("/api/schema/", HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 304


def test_schema_operations_have_names_tags_and_problems(client: Client) -> None:
    document = yaml.safe_load(client.get("/api/schema/").content)
    operations = [
        operation
        for path in document["paths"].values()
        for method, operation in path.items()
        if method in {"get", "post", "put", "patch", "delete"}
    ]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    for operation in operations:
        assert operation["tags"]
        assert {"429", "503", "default"} <= set(operation["responses"])
    assert not any(path.startswith("/api/schema") or not path.startswith("/api/") for path in document["paths"])


def test_swagger_page_has_no_inline_script_and_its_files_are_there(client: Client) -> None:
    import re

    page = client.get("/api/schema/swagger/").content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>|\son[a-z]+=|<style|\sstyle=", page)
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert len(files) == 4
    for file in files:
        assert (ROOT / file.lstrip("/")).stat().st_size > 100
