"""The scanner's wire format, against a server that speaks it."""

import io
import socket
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from documents.adapters.clamd import ScannerDownError, answers, scan
from documents.adapters.storage import keep_bytes
from documents.enums import ScanStatus
from documents.events import FileStored
from documents.models import StoredFile
from documents.services.files import register_file
from documents.subscribers import scan_file
from kernel.entry import entry
from kernel.subscriptions import RetryLater

pytestmark = pytest.mark.live
# In two parts, so that scanners leave this file alone.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class FakeClamd:
    """INSTREAM as in clamd(8): reads the chunks, answers one line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.limit = 1_000_000
        self.answer: bytes | None = None
        self.received = b""
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                connection.sendall(self._talk(stream))

    def _talk(self, stream: Any) -> bytes:
        command = stream.read(6)
        if command == b"zPING\0":
            return b"PONG\0"
        if command + stream.read(4) != b"zINSTREAM\0":
            return b"UNKNOWN COMMAND\0"
        self.received = b""
        while size := int.from_bytes(stream.read(4), "big"):
            self.received += stream.read(size)
            if len(self.received) > self.limit:
                return b"INSTREAM size limit exceeded. ERROR\0"
        if self.answer is not None:
            return self.answer
        return b"stream: Eicar-Signature FOUND\0" if EICAR in self.received else b"stream: OK\0"


@pytest.fixture
def clamd(tmp_path: Path) -> Iterator[FakeClamd]:
    server = FakeClamd(tmp_path / "c")
    yield server
    server.listener.close()


def test_clean_bytes_are_clean_and_arrive_whole(clamd: FakeClamd) -> None:
    content = b"harmless" * 50_000

    verdict = scan(io.BytesIO(content), str(clamd.path))

    assert (verdict.status, verdict.detail) == (ScanStatus.CLEAN, "")
    assert clamd.received == content


def test_eicar_is_infected(clamd: FakeClamd) -> None:
    verdict = scan(io.BytesIO(EICAR), f"unix:{clamd.path}")

    assert (verdict.status, verdict.detail) == (ScanStatus.INFECTED, "Eicar-Signature")


def test_file_over_the_scanners_limit_is_unscannable(clamd: FakeClamd) -> None:
    clamd.limit = 1000

    assert scan(io.BytesIO(bytes(5_000_000)), str(clamd.path)).status == ScanStatus.UNSCANNABLE


@pytest.mark.parametrize("answer", [b"", b"stream: Something ERROR\0", b"garbage"])
def test_any_other_answer_means_that_the_scanner_is_down(clamd: FakeClamd, answer: bytes) -> None:
    clamd.answer = answer

    with pytest.raises(ScannerDownError):
        scan(io.BytesIO(b"x"), str(clamd.path))


def test_scanner_that_is_there_says_so(clamd: FakeClamd, tmp_path: Path) -> None:
    assert answers(str(clamd.path))
    assert not answers(str(tmp_path / "nothing"))


def test_scanner_that_is_not_there_is_down(tmp_path: Path) -> None:
    with pytest.raises(ScannerDownError):
        scan(io.BytesIO(b"x"), str(tmp_path / "nothing"))


@pytest.fixture
def local_storage(settings: Any, tmp_path: Path) -> None:
    backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "media"}}
    settings.STORAGES = {**settings.STORAGES, "default": backend}


def pending(content: bytes) -> StoredFile:
    file = register_file(stored=keep_bytes(content, media_type="text/plain"), owner_id=None, purpose="evidence")
    StoredFile.objects.filter(pk=file.pk).update(scan_status=ScanStatus.PENDING)
    return file


def done() -> AbstractContextManager[None]:
    return entry()


@pytest.mark.db
@pytest.mark.usefixtures("local_storage")
def test_subscriber_records_the_verdict_once(settings: Any, clamd: FakeClamd) -> None:
    settings.CLAMD_SOCKET = str(clamd.path)
    good, bad = pending(b"fine"), pending(EICAR)

    for file in (good, bad, bad):
        scan_file(FileStored(file.pk), done)

    good.refresh_from_db()
    bad.refresh_from_db()
    assert (good.scan_status, bad.scan_status, bad.scan_detail) == ("clean", "infected", "Eicar-Signature")


@pytest.mark.db
@pytest.mark.usefixtures("local_storage")
def test_file_stays_pending_while_the_scanner_is_down(settings: Any, tmp_path: Path) -> None:
    settings.CLAMD_SOCKET = str(tmp_path / "nothing")
    file = pending(b"fine")

    with pytest.raises(RetryLater):
        scan_file(FileStored(file.pk), done)

    file.refresh_from_db()
    assert file.scan_status == "pending"
