"""The file storage (local folder or S3): keeping, ingesting, opening and serving files. No rows are written here.

Keys are `{yyyy}/{mm}/{random}`: they say nothing about people or contents, and the file's type is never guessed from them.
"""

import hashlib
import logging
import re
import secrets
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import IO, Any, BinaryIO, cast
from uuid import UUID

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from documents.adapters import sandbox
from documents.enums import ScanStatus
from documents.errors import (
    FileDamagedError,
    FileTooLargeError,
    FileTypeError,
    StorageUnavailableError,
    UnacceptableFileError,
)
from documents.models import StoredFile
from documents.selectors.files import stored_file
from kernel.cache import TwoTierCache
from kernel.metrics import FILES_DAMAGED
from kernel.text import TextError, clean_text

INSPECT = "documents.adapters.jobs.inspection:inspect"
LIMITS = sandbox.Limits(wall_seconds=30, cpu_seconds=25, memory_bytes=768 * sandbox.limits.MEBIBYTE)
ACCEPTED = "pdf, png, jpg, webp, gif, txt, csv, md, eml, docx, xlsx, odt, ods, zip"
LINK_SECONDS = 60
CHUNK = 256 * 1024
OUR_KEY = re.compile(r"\d{4}/\d{2}/[\w-]{32}(_\w+)?", re.ASCII)

log = logging.getLogger(__name__)
_verified: TwoTierCache[bool] = TwoTierCache("verified-files", ttl=3600, max_items=2000)


@dataclass(frozen=True)
class StoredBytes:
    """Bytes that Accord made itself and kept."""

    key: str
    size: int
    sha256: str
    media_type: str
    file_name: str = ""
    text: str = ""
    made_here: bool = True


@dataclass(frozen=True)
class Ingested:
    """An upload that was recognised, opened by the real parser and kept."""

    key: str
    file_name: str
    media_type: str
    size: int
    sha256: str
    scan_status: str
    text: str
    made_here: bool = False


def keep_bytes(data: bytes, *, media_type: str, suffix: str = "") -> StoredBytes:
    """Write bytes of our own making to storage. `suffix` (".pdf") is for the file's name only. Raises StorageUnavailableError."""
    with _storage_errors(), tempfile.TemporaryFile() as file:
        file.write(data)
        key = _save(cast(BinaryIO, file))
    digest = hashlib.sha256(data).hexdigest()
    return StoredBytes(
        key=key, size=len(data), sha256=digest, media_type=media_type, file_name=f"{digest[:16]}{suffix}"
    )


def ingest_upload(file: Any, *, file_name: str, max_bytes: int | None = None) -> Ingested:
    """Take an upload: stream it to a nameless temporary file with its hash, recognise it, open it with its real parser in
    the killable child, then write it to storage.

    `file` is a Django upload or a binary file. Raises FileTypeError (415), FileTooLargeError (413), UnacceptableFileError
    (400) and StorageUnavailableError (503); in each case nothing is kept.
    """
    limit = settings.EVIDENCE_MAX_BYTES if max_bytes is None else max_bytes
    name = _clean_name(file_name)
    with _storage_errors(), tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as taken:
        size, digest = _take(_chunks(file), taken, limit)
        found = _inspect(cast(BinaryIO, taken), name)
        key = _save(cast(BinaryIO, taken))
    return Ingested(
        key=key,
        file_name=name,
        media_type=found["media_type"],
        size=size,
        sha256=digest,
        scan_status=(ScanStatus.PENDING if settings.CLAMD_SOCKET else ScanStatus.UNSCANNED).value,
        text=found["text"],
    )


def discard_bytes(key: str) -> None:
    """Remove a kept file whose row was not written. A key that is not there is fine."""
    with _storage_errors():
        default_storage.delete(key)


def open_file(file_id: UUID) -> BinaryIO:
    """As `open_checked`, by the file's id. Raises NotFoundError, FileDamagedError, StorageUnavailableError."""
    return open_checked(stored_file(file_id))


def open_checked(file: StoredFile) -> BinaryIO:
    """The bytes that were kept, as a stream to be closed by the caller: their checksum was compared before the first is handed out.

    Raises FileDamagedError, StorageUnavailableError.
    """
    try:
        stream = open_key(file.key)
    except FileNotFoundError as error:
        raise _damaged(file, "missing") from error
    try:
        with _storage_errors():
            digest = hashlib.file_digest(cast(Any, stream), "sha256").hexdigest()
            stream.seek(0)
        if digest != file.sha256:
            raise _damaged(file, "changed")
    except BaseException:
        stream.close()
        raise
    return stream


def open_key(key: str) -> BinaryIO:
    """The bytes under a storage key, unchecked. Raises FileNotFoundError, StorageUnavailableError."""
    with _storage_errors(but=FileNotFoundError):
        return cast(BinaryIO, default_storage.open(key, "rb"))


def read_file(file_id: UUID) -> bytes:
    """The whole file, for files of our own making. Raises as `open_file`."""
    with open_file(file_id) as stream, _storage_errors():
        return stream.read()


def file_response(file: StoredFile, *, as_name: str = "", inline: bool = False) -> HttpResponseBase:
    """Serve a file whose access was checked: streamed from a local folder, redirected to a signed address of at most 60 s on S3.

    Its checksum is compared first. Nothing in it can run on our origin: `nosniff`, a sandboxing CSP, and an attachment unless
    `inline` is asked for a PDF or image. Raises FileDamagedError, StorageUnavailableError.
    """
    name = as_name or file.file_name
    shown = inline and (file.media_type == "application/pdf" or file.media_type.startswith("image/"))
    disposition = content_disposition_header(not shown, name) or "attachment"
    response: HttpResponseBase
    if settings.S3_BUCKET_NAME:
        _check_remote(file)
        with _storage_errors():
            response = HttpResponseRedirect(_signed_address(file, disposition))
    else:
        response = FileResponse(open_checked(file), content_type=file.media_type)
        response["Content-Length"] = str(file.size)
        response["Content-Disposition"] = disposition
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def bytes_response(data: bytes, *, media_type: str, as_name: str) -> HttpResponse:
    """The same protection for bytes that are not in storage."""
    response = HttpResponse(data, content_type=media_type)
    response["Content-Disposition"] = content_disposition_header(True, as_name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    response["Cache-Control"] = "private, no-store"
    return response


def check_storage() -> None:
    """For the readiness probe: raises when storage cannot be asked."""
    with _storage_errors():
        default_storage.exists("readiness/probe")


def kept_keys() -> Iterator[tuple[str, datetime]]:
    """All keys of ours in storage, each with the time it was written. Raises StorageUnavailableError."""
    storage: Any = default_storage
    with _storage_errors():
        found = _remote_keys(storage.bucket) if hasattr(storage, "bucket") else _local_keys()
        yield from ((key, written) for key, written in found if OUR_KEY.fullmatch(key))


def _remote_keys(bucket: Any) -> Iterator[tuple[str, datetime]]:
    return ((item.key, item.last_modified) for item in bucket.objects.all())


def _local_keys(folder: str = "") -> Iterator[tuple[str, datetime]]:
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:  # nothing was ever kept
        return
    for name in names:
        key = f"{folder}/{name}".lstrip("/")
        with suppress(FileNotFoundError):  # removed meanwhile
            yield key, default_storage.get_modified_time(key)
    for name in folders:
        yield from _local_keys(f"{folder}/{name}".lstrip("/"))


def _check_remote(file: StoredFile) -> None:
    """The client reads from S3 itself, so the bytes are read and compared here, once for each state S3 says the object is in."""
    storage: Any = default_storage
    try:
        with _storage_errors(but=ClientError):
            found = storage.bucket.Object(file.key)
            found.load()
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            raise _damaged(file, "missing") from error
        raise _unavailable() from error
    if found.content_length != file.size:
        raise _damaged(file, "changed")
    _verified.get_or_make(f"{file.key}|{file.sha256}|{found.e_tag}|{found.last_modified}", lambda: _compare(file))


def _compare(file: StoredFile) -> bool:
    open_checked(file).close()
    return True


def _damaged(file: StoredFile, how: str) -> FileDamagedError:
    log.error("a stored file is damaged", extra={"file": str(file.pk), "how": how})
    FILES_DAMAGED.inc()
    return FileDamagedError(
        _(
            "The stored file is not the one that was kept, so it is not handed out. It has to be restored from a backup."
        ),
        retry_after=3600,
    )


def _signed_address(file: StoredFile, disposition: str) -> str:
    parameters = {"ResponseContentDisposition": disposition, "ResponseContentType": file.media_type}
    storage: Any = default_storage
    return str(storage.url(file.key, parameters=parameters, expire=LINK_SECONDS))


def _new_key() -> str:
    return f"{datetime.now(UTC):%Y/%m}/{secrets.token_urlsafe(24)}"


def _save(file: BinaryIO) -> str:
    """All of it under a key of its own, or nothing: a full disk leaves no half file behind."""
    file.seek(0)
    key = _new_key()
    with _storage_errors():
        try:
            return str(default_storage.save(key, File(cast(IO[Any], file))))
        except OSError:
            with suppress(OSError):
                default_storage.delete(key)
            raise


@contextmanager
def _storage_errors(*, but: type[Exception] | tuple[type[Exception], ...] = ()) -> Iterator[None]:
    try:
        yield
    except but:
        raise
    except (OSError, BotoCoreError, ClientError) as error:
        raise _unavailable() from error


def _unavailable() -> StorageUnavailableError:
    return StorageUnavailableError(
        _("The file storage does not answer or is full. Nothing was kept; try again in a moment.")
    )


def _chunks(file: Any) -> Iterable[bytes]:
    if hasattr(file, "chunks"):
        return cast(Iterable[bytes], file.chunks(CHUNK))
    return iter(lambda: file.read(CHUNK), b"")


def _take(chunks: Iterable[bytes], into: Any, limit: int) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise FileTooLargeError(
                _("A file may have at most %(megabytes)s MB.") % {"megabytes": limit // 1024 // 1024}, max_bytes=limit
            )
        digest.update(chunk)
        into.write(chunk)
    if size == 0:
        raise UnacceptableFileError(_("The file is empty."))
    into.flush()
    return size, digest.hexdigest()


def _clean_name(name: str) -> str:
    """The last part of the client's name, without what cannot be shown; at most 255 characters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    try:
        cleaned = clean_text(last, max_length=1000)
    except TextError:
        cleaned = "".join(character for character in last if character.isprintable())
    cleaned = cleaned.strip(" .") or _("file")
    if len(cleaned) > 255:
        suffix = PurePosixPath(cleaned).suffix[:20]
        cleaned = cleaned[: 255 - len(suffix)] + suffix
    return cleaned


def _inspect(file: BinaryIO, name: str) -> dict[str, Any]:
    extension = PurePosixPath(name).suffix.lstrip(".").lower()
    try:
        found: dict[str, Any] = sandbox.run(INSPECT, {"extension": extension}, limits=LIMITS, file=file)
    except sandbox.SandboxError as error:
        raise UnacceptableFileError(
            _("The file could not be opened safely. Save it anew with the program it comes from, or send it as PDF.")
        ) from error
    if "refused" in found:
        raise _refusal(found["refused"])
    return found


def _refusal(reason: str) -> UnacceptableFileError:
    if reason == "type":
        return FileTypeError(
            _("The content is not a file of an accepted type, or its name ends differently. Accepted are: %(types)s.")
            % {"types": ACCEPTED},
            accepted=ACCEPTED.split(", "),
        )
    if reason == "macros":
        return FileTypeError(_("Files with macros are not accepted. Save the file without them, or send it as PDF."))
    if reason == "protected":
        return UnacceptableFileError(_("The file is protected by a password. Send a copy without protection."))
    if reason == "too_big":
        return UnacceptableFileError(_("The file unpacks to more than can be opened safely. Send a smaller one."))
    return UnacceptableFileError(
        _("The file is damaged. Save it anew with the program it comes from, or send it as PDF.")
    )
