"""Rendering over HTTP."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.core import signing
from django.test import Client

from accounts.tests.factories import UserFactory, bearer
from documents.events import DocumentRequested
from documents.models import Document, StoredFile
from documents.subscribers import render_document
from documents.tests.factories import published
from kernel.entry import entry

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
    import hashlib

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
