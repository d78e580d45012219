"""Rendering over HTTP."""

import hashlib
import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.conf import settings
from django.core import signing
from django.test import Client
from pypdf import PdfReader

from accounts.tests.factories import UserFactory, bearer
from documents.adapters.renderer import RenderOptions, render
from documents.adapters.sandbox import Limits
from documents.events import DocumentRequested, DocumentTakesLong
from documents.models import Document, StoredFile
from documents.subscribers import render_document, render_long_document
from documents.tests.factories import published
from kernel.entry import entry
from kernel.models import JournalEntry, OutboxEvent
from kernel.redis_client import client_for
from kernel.subscriptions import RetryLater

pytestmark = [pytest.mark.live, pytest.mark.db]


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "media"}}
    settings.STORAGES = {**settings.STORAGES, "default": backend}


def ask(user: Any, data: Any, headers: dict[str, str] | None = None, **extra: Any) -> Any:
    body = {"templateId": str(published().template_id), "version": 1, "data": data, **extra}
    return Client().post(
        "/api/docs/render-pdf", body, content_type="application/json", headers=headers or {}, **bearer(user)
    )


def fetch(url: str) -> Any:
    parts = urlsplit(url)
    return Client().get(f"{parts.path}?{parts.query}")


def test_render_at_once_gives_a_file_with_its_checksum(settlement_data: dict[str, Any]) -> None:
    user = UserFactory()

    answer = ask(user, settlement_data, {"Idempotency-Key": "k1"})
    again = ask(user, settlement_data, {"Idempotency-Key": "k1"})

    body = answer.json()
    assert answer.status_code == 200
    assert again.json()["id"] == body["id"]
    file = b"".join(fetch(body["fileUrl"]))
    assert (hashlib.sha256(file).hexdigest(), len(file)) == (body["checksum"], body["size"])
    assert ask(user, settlement_data).json()["checksum"] == body["checksum"]
    other = ask(user, settlement_data | {"title": "Other"}, {"Idempotency-Key": "k1"})
    assert other.status_code == 422


def test_render_later_answers_202_and_finishes_in_the_background(settlement_data: dict[str, Any]) -> None:
    user = UserFactory()
    answer = ask(user, settlement_data, options={"async": True})
    assert (answer.status_code, answer.json()["status"], answer.json()["fileUrl"]) == (202, "queued", None)

    render_document(DocumentRequested(Document.objects.get().pk), lambda: entry())
    render_document(DocumentRequested(Document.objects.get().pk), lambda: entry())

    polled = Client().get(answer["Location"], **bearer(user)).json()
    assert (polled["status"], polled["progress"], polled["failure"]) == ("ready", 100, None)
    assert StoredFile.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"data": None}, 400),
        ({"data": []}, 400),
        ({"data": {}}, 400),
        ({"data": "x" * 1000}, 400),
        ({"version": 99}, 400),
        ({"version": "one"}, 400),
        ({"templateId": str(uuid4())}, 404),
        ({"templateId": []}, 400),
        ({"options": 5}, 400),
        ({"options": {"async": "maybe"}}, 400),
    ],
)
def test_wrong_input_makes_no_document(change: dict[str, Any], status: int, settlement_data: dict[str, Any]) -> None:
    answer = ask(UserFactory(), **{"data": settlement_data, **change})

    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert not Document.objects.exists()


def test_file_address_is_bound_to_document_person_and_time(settlement_data: dict[str, Any], monkeypatch: Any) -> None:
    user, other = UserFactory(), UserFactory()
    body = ask(user, settlement_data).json()
    path = f"/api/docs/{body['id']}/file"

    assert fetch(body["fileUrl"]).status_code == 200
    for token in (
        "",
        "x",
        signing.dumps([body["id"], str(other.pk)], salt="documents.file"),
        signing.dumps([str(uuid4()), str(user.pk)], salt="documents.file"),
        signing.dumps([body["id"], str(user.pk)], salt="something.else"),
        signing.dumps(["x"], salt="documents.file"),
        signing.dumps(5, salt="documents.file"),
    ):
        assert Client().get(path, {"token": token}).status_code == 404
    monkeypatch.setattr("documents.rest.viewsets.LINK_SECONDS", -1)
    assert fetch(body["fileUrl"]).status_code == 404
    user.is_active = False
    user.save()
    monkeypatch.setattr("documents.rest.viewsets.LINK_SECONDS", 300)
    assert fetch(body["fileUrl"]).status_code == 404


def test_an_archive_embeds_its_data_and_comes_out_the_same_again(settlement_data: dict[str, Any]) -> None:
    user = UserFactory()

    body = ask(user, settlement_data, options={"pdfA": True}).json()
    later = ask(user, settlement_data, options={"pdfA": True, "async": True})
    render_document(DocumentRequested(Document.objects.get(status="queued").pk), lambda: entry())

    reader = PdfReader(io.BytesIO(b"".join(fetch(body["fileUrl"]))))
    assert json.loads(reader.attachments["data.json"][0]) == settlement_data
    assert Client().get(later["Location"], **bearer(user)).json()["checksum"] == body["checksum"]
    assert ask(user, settlement_data).json()["checksum"] != body["checksum"]
    assert (body["pdfA"], later.json()["pdfA"]) == (True, True)


def test_what_takes_long_is_queued_and_done_one_at_a_time(
    settlement_data: dict[str, Any], monkeypatch: Any, other_connection: Any
) -> None:
    monkeypatch.setattr("documents.adapters.renderer.QUICK", Limits(wall_seconds=0.01, cpu_seconds=4))
    settlement_data["case_reference"] = str(uuid4())[:20]
    user = UserFactory()

    answer = ask(user, settlement_data)
    later = ask(user, settlement_data, options={"async": True})

    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    slow, asked = Document.objects.order_by("created_at")
    render_document(DocumentRequested(asked.pk), lambda: entry())
    assert Client().get(later["Location"], **bearer(user)).json()["status"] == "rendering"
    told = [event.payload["document_id"] for event in OutboxEvent.objects.filter(type__endswith="DocumentTakesLong")]
    assert told == [str(slow.pk), str(asked.pk)]
    lock = "SELECT pg_{}advisory_{}lock(hashtextextended('documents.long_rendering', 1))"
    other_connection.execute(lock.format("", ""))
    with pytest.raises(RetryLater):
        render_long_document(DocumentTakesLong(slow.pk), lambda: entry())
    other_connection.execute(lock.format("", "un"))
    for document in (slow, asked, asked):
        render_long_document(DocumentTakesLong(document.pk), lambda: entry())
    assert [document.status for document in Document.objects.all()] == ["ready", "ready"]
    assert other_connection.execute(lock.format("try_", "")).fetchone() == (True,)


def test_with_many_waiting_a_render_is_queued_and_with_too_many_refused(
    settlement_data: dict[str, Any], settings: Any
) -> None:
    user = UserFactory()
    settings.RENDERS_WAITING_AT_ONCE, settings.RENDERS_WAITING_AT_MOST = 1, 2

    first = ask(user, settlement_data)
    asked = ask(user, settlement_data, options={"async": True})
    queued = ask(user, settlement_data)
    rows = (
        Document.objects.count(),
        OutboxEvent.objects.count(),
        JournalEntry.objects.filter(verb__startswith="document").count(),
    )
    refused = ask(user, settlement_data)

    assert [answer.status_code for answer in (first, asked, queued, refused)] == [200, 202, 202, 503]
    assert queued["Location"] == f"/api/docs/{queued.json()['id']}"
    assert (refused.json()["code"], refused["Retry-After"]) == ("render_queue_full", "30")
    assert (
        Document.objects.count(),
        OutboxEvent.objects.count(),
        JournalEntry.objects.filter(verb__startswith="document").count(),
    ) == rows
    for document in Document.objects.filter(status="queued"):
        render_document(DocumentRequested(document.pk), lambda: entry())
    assert ask(user, settlement_data).status_code == 200


def test_the_same_input_is_rendered_once(settlement_data: dict[str, Any], monkeypatch: Any) -> None:
    from documents.adapters import sandbox

    version, real = published(), sandbox.run
    jobs: list[str] = []
    settlement_data["case_reference"] = str(uuid4())[:20]

    def counted(job: str, *args: Any, **options: Any) -> Any:
        jobs.append(job)
        return real(job, *args, **options)

    monkeypatch.setattr(sandbox, "run", counted)

    first, again = render(version.pk, settlement_data), render(version.pk, dict(reversed(settlement_data.items())))
    other = render(version.pk, settlement_data | {"title": "Another"})

    assert first == again
    assert other.sha256 != first.sha256
    assert len(jobs) == 2


def test_what_is_kept_of_a_render_cannot_be_read_in_the_cache(settlement_data: dict[str, Any]) -> None:
    settlement_data["title"] = f"zq{uuid4().hex}"
    made = render(published().pk, settlement_data, RenderOptions(archive=True))

    kept = [
        value
        for key in client_for(settings.REDIS_URL).scan_iter("accord:cache:renders:*")
        if (value := client_for(settings.REDIS_URL).get(key)) and len(value) > 1000
    ]

    assert any(len(value) > len(made.pdf) for value in kept)
    assert not any(b"%PDF" in value for value in kept)
