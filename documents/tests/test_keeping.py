"""What is kept stays what it was: checksums on reading, room per person, orphans, full disks, outages. Folder and (by moto) S3."""

import io
import resource
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from moto import mock_aws

from accounts.tests.factories import UserFactory, bearer
from documents.adapters.storage import file_response, ingest_upload, keep_bytes, kept_keys, read_file
from documents.errors import FileDamagedError, QuotaExceededError, StorageUnavailableError
from documents.events import DocumentRequested
from documents.models import Document, StoredFile
from documents.services.documents import request_document
from documents.services.files import register_file
from documents.subscribers import render_document
from documents.tasks import rescan_pending, resume_renders, sweep_orphans
from documents.tests.factories import kept, published, settlement
from documents.tests.test_clamd import EICAR, FakeClamd
from documents.tests.test_storage import free_ports
from kernel.entry import entry
from kernel.models import JournalEntry, OutboxEvent
from kernel.testing.plugin import Clock

pytestmark = [pytest.mark.live, pytest.mark.db]


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, settings: Any, tmp_path: Path) -> Iterator[str]:
    """The default storage: a folder, or a bucket that moto answers for."""
    settings.S3_BUCKET_NAME = "accord" if request.param == "s3" else ""
    if request.param == "folder":
        location = {"location": tmp_path / "media"}
        backend: dict[str, Any] = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": location}
        settings.STORAGES = {**settings.STORAGES, "default": backend}
        yield "folder"
        return
    options = {**settings.S3_OPTIONS, "bucket_name": "accord", "access_key": "a", "secret_key": "b"}
    options |= {"region_name": "us-east-1", "endpoint_url": None}
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options},
    }
    with mock_aws():
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="accord")
        yield "s3"


def row_of(content: bytes = b"%PDF-1.7 kept") -> StoredFile:
    return register_file(stored=keep_bytes(content, media_type="application/pdf"), owner_id=None, purpose="test")


def overwrite(key: str, content: bytes) -> None:
    default_storage.delete(key)
    if hasattr(default_storage, "bucket"):
        default_storage.bucket.Object(key).put(Body=content)
    else:
        Path(default_storage.path(key)).write_bytes(content)


def test_bytes_that_changed_or_vanished_are_not_handed_out(storage: str) -> None:
    changed, gone, whole = row_of(), row_of(), row_of()
    assert file_response(changed).status_code in {200, 302}
    overwrite(changed.key, b"%PDF-1.7 KEPT")  # as long as before
    default_storage.delete(gone.key)

    for file in (changed, gone):
        with pytest.raises(FileDamagedError):
            file_response(file)
        with pytest.raises(FileDamagedError):
            read_file(file.pk)
    assert read_file(whole.pk) == b"%PDF-1.7 kept"
    assert file_response(whole).status_code == (200 if storage == "folder" else 302)


def test_what_no_file_claims_is_removed_after_a_day_and_nothing_else(storage: str, clock: Clock) -> None:
    file, orphan = row_of(), keep_bytes(b"left behind", media_type="text/plain")
    default_storage.save("checkpoints/head.json", ContentFile(b"{}"))
    default_storage.save("2026/11/readme.txt", ContentFile(b"by hand"))
    assert {key for key, _written in kept_keys()} == {file.key, orphan.key}

    assert sweep_orphans() == 0
    clock.advance(timedelta(hours=25))
    assert sweep_orphans() == 1
    assert sweep_orphans() == 0

    assert {key for key, _written in kept_keys()} == {file.key}
    assert default_storage.exists("checkpoints/head.json")
    assert default_storage.exists("2026/11/readme.txt")


def test_an_upload_beyond_ones_room_is_refused_and_nothing_is_written(settings: Any) -> None:
    settings.STORAGE_QUOTA_BYTES = 10
    owner, other = UserFactory().pk, UserFactory().pk
    register_file(stored=kept(b"123456"), owner_id=owner, purpose="evidence")
    rows = StoredFile.objects.count(), OutboxEvent.objects.count(), JournalEntry.objects.count()

    with pytest.raises(QuotaExceededError) as caught, transaction.atomic():
        register_file(stored=kept(b"12345"), owner_id=owner, purpose="evidence")

    assert (caught.value.status, caught.value.facts) == (413, {"quota_bytes": 10, "used_bytes": 6})
    assert (StoredFile.objects.count(), OutboxEvent.objects.count(), JournalEntry.objects.count()) == rows
    register_file(stored=kept(b"1234"), owner_id=owner, purpose="evidence")
    register_file(stored=kept(b"12345"), owner_id=other, purpose="evidence")
    register_file(
        stored=kept(b"12345", made_here=True), owner_id=owner, purpose="sealed"
    )  # ours to keep, whatever it takes
    with pytest.raises(QuotaExceededError), transaction.atomic():
        request_document(version_id=published().pk, data={}, owner_id=owner)
    assert not Document.objects.exists()


def test_a_full_disk_is_said_so_keeps_no_half_file_and_heals_by_itself(settings: Any, tmp_path: Path) -> None:
    location = {"location": tmp_path / "media"}
    backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": location}
    settings.STORAGES = {**settings.STORAGES, "default": backend}
    content = b"word " * 100_000

    with no_room_beyond(100_000):
        with pytest.raises(StorageUnavailableError):
            ingest_upload(io.BytesIO(content), file_name="a.txt")
        with pytest.raises(StorageUnavailableError):
            keep_bytes(content, media_type="text/plain")
    assert [path for path in (tmp_path / "media").rglob("*") if path.is_file()] == []

    assert ingest_upload(SimpleUploadedFile("a.txt", content), file_name="a.txt").size == len(content)


class no_room_beyond:  # noqa: N801 - reads as a condition
    """The operating system refuses to write past so many bytes of any file, as a full disk does."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __enter__(self) -> None:
        self.before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.size, self.before[1]))

    def __exit__(self, *_: object) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self.before)


def pending(content: bytes) -> StoredFile:
    file = row_of(content)
    StoredFile.objects.filter(pk=file.pk).update(scan_status="pending")
    return file


def test_what_waited_for_the_scanner_is_scanned_once_it_answers(settings: Any, tmp_path: Path, clock: Clock) -> None:
    location = {"location": tmp_path / "media"}
    backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": location}
    settings.STORAGES = {**settings.STORAGES, "default": backend}
    settings.CLAMD_SOCKET = str(tmp_path / "c")
    good, bad, damaged = pending(b"fine"), pending(EICAR), pending(b"was this")
    overwrite(damaged.key, b"now this")

    def states() -> list[str]:
        return [StoredFile.objects.get(pk=file.pk).scan_status for file in (good, bad, damaged)]

    clock.advance(timedelta(minutes=3))
    assert rescan_pending() == 0
    assert states() == ["pending", "pending", "pending"]
    scanner = FakeClamd(tmp_path / "c")
    try:
        assert rescan_pending() == 3
    finally:
        scanner.listener.close()
    assert states() == ["clean", "infected", "unscannable"]


def test_a_rendering_left_behind_is_asked_for_again_and_fails_after_a_day(
    settings: Any, tmp_path: Path, clock: Clock
) -> None:
    location = {"location": tmp_path / "media"}
    backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": location}
    settings.STORAGES = {**settings.STORAGES, "default": backend}
    document = request_document(version_id=published().pk, data={}, owner_id=UserFactory().pk)

    def asked() -> int:
        return OutboxEvent.objects.filter(payload__document_id=str(document.pk)).count()

    assert (resume_renders(), asked()) == (0, 1)
    clock.advance(timedelta(minutes=11))
    assert (resume_renders(), asked()) == (1, 2)
    document.refresh_from_db()
    assert document.status == "queued"
    clock.advance(timedelta(hours=25))
    assert resume_renders() == 1
    document.refresh_from_db()
    assert (document.status, document.failure) == ("failed", "left behind for a day")
    assert resume_renders() == 0


def test_renders_outlast_a_storage_that_is_away(settings: Any, tmp_path: Path, clock: Clock) -> None:
    folder = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "media"}}
    options = {**settings.S3_OPTIONS, "bucket_name": "accord", "access_key": "a", "secret_key": "b"}
    options |= {"region_name": "us-east-1", "endpoint_url": f"http://127.0.0.1:{free_ports(1)[0]}"}
    away = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    user, version = UserFactory(), published()
    document = request_document(version_id=version.pk, data=settlement(), owner_id=user.pk)
    body = {"templateId": str(version.template_id), "data": settlement()}

    settings.STORAGES, settings.S3_BUCKET_NAME = {**settings.STORAGES, "default": away}, "accord"
    with pytest.raises(StorageUnavailableError):
        render_document(DocumentRequested(document.pk), lambda: entry())
    asked = Client().post("/api/docs/render-pdf", body, content_type="application/json", **bearer(user))
    clock.advance(timedelta(minutes=30))
    assert resume_renders() == 0
    assert (asked.status_code, asked.json()["code"], asked["Retry-After"]) == (503, "storage_unavailable", "5")
    assert [row.status for row in Document.objects.all()] == ["queued"]
    assert not StoredFile.objects.exists()

    settings.STORAGES, settings.S3_BUCKET_NAME = {**settings.STORAGES, "default": folder}, ""
    assert resume_renders() == 1
    render_document(DocumentRequested(document.pk), lambda: entry())
    document.refresh_from_db()
    assert document.status == "ready"
    assert document.file_id is not None
    assert len(read_file(document.file_id)) == document.size
