"""Writing stored files: registering what an adapter kept, and what the scanner said."""

from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from documents.enums import ScanStatus
from documents.errors import QuotaExceededError
from documents.events import FileScanned, FileStored
from documents.models import StoredFile
from documents.selectors.files import bytes_of
from documents.transitions import SCAN
from kernel.clock import DbNow
from kernel.outbox import publish

SCAN_RESULTS = {ScanStatus.CLEAN: "clear", ScanStatus.INFECTED: "condemn", ScanStatus.UNSCANNABLE: "give_up"}


class Kept(Protocol):
    """What the storage adapters answer."""

    @property
    def key(self) -> str: ...
    @property
    def file_name(self) -> str: ...
    @property
    def media_type(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def sha256(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def made_here(self) -> bool: ...


@transaction.atomic
def register_file(*, stored: Kept, owner_id: UUID | None, purpose: str) -> StoredFile:
    """The row of a file that an adapter has kept.

    What Accord made itself counts as clean. An upload waits for the scanner; where none is configured it is `unscanned`.
    Publishes FileStored, and FileScanned at once when the scan state is final. Raises QuotaExceededError for an upload that its
    owner has no room for.
    """
    if not stored.made_here and owner_id is not None:
        claim_room(owner_id=owner_id, size=stored.size)
    status = _first_scan_status(stored)
    row = StoredFile.objects.create(
        key=stored.key,
        file_name=stored.file_name,
        media_type=stored.media_type,
        size=stored.size,
        sha256=stored.sha256,
        text_extract=stored.text,
        scan_status=status,
        owner_id=owner_id,
        purpose=purpose,
    )
    publish(FileStored(file_id=row.pk))
    if status != ScanStatus.PENDING:
        publish(FileScanned(file_id=row.pk, scan_status=status.value))
    return row


def claim_room(*, owner_id: UUID, size: int) -> None:
    """Make sure that `size` more bytes fit into what one person may keep. Until the transaction ends nobody else adds to it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"files of {owner_id}"])
    taken, most = bytes_of(owner_id), settings.STORAGE_QUOTA_BYTES
    if taken + size > most:
        detail = _(
            "Your files take %(taken)s of %(most)s, and this one needs %(size)s. Ask the administrators for more room, or send a "
            "smaller file."
        )
        facts = {"taken": filesizeformat(taken), "most": filesizeformat(most), "size": filesizeformat(size)}
        raise QuotaExceededError(detail % facts, quota_bytes=most, used_bytes=taken)


def _first_scan_status(stored: Kept) -> ScanStatus:
    if stored.made_here:
        return ScanStatus.CLEAN
    return ScanStatus.PENDING if settings.CLAMD_SOCKET else ScanStatus.UNSCANNED


@transaction.atomic
def record_scan(*, file_id: UUID, result: ScanStatus, detail: str = "") -> StoredFile:
    """Write the scanner's verdict. A second verdict changes nothing: the first one counted."""
    row = StoredFile.objects.select_for_update(of=("self",), no_key=True).get(pk=file_id)
    target = SCAN.get((ScanStatus(row.scan_status), SCAN_RESULTS[result]))
    if target is None:
        return row
    row.scan_status = target
    row.scan_detail = detail[:200]
    StoredFile.objects.filter(pk=row.pk).update(scan_status=target, scan_detail=row.scan_detail, scanned_at=DbNow())
    publish(FileScanned(file_id=row.pk, scan_status=target.value))
    return row
