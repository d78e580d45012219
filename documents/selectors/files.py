"""Reading stored files. Who may see one is decided by the app that owns it."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from django.db.models import Sum

from documents.enums import ScanStatus
from documents.models import StoredFile
from kernel.clock import DbNow
from kernel.errors import NotFoundError


def stored_file(file_id: UUID) -> StoredFile:
    """The file's row. Raises NotFoundError."""
    row = StoredFile.objects.filter(pk=file_id).first()
    if row is None:
        raise NotFoundError
    return row


def bytes_of(owner_id: UUID) -> int:
    """How much room a person's files take."""
    return StoredFile.objects.filter(owner_id=owner_id).aggregate(total=Sum("size"))["total"] or 0


def claimed_keys(keys: Iterable[str]) -> set[str]:
    """Those of `keys` that belong to a file."""
    return set(StoredFile.objects.filter(key__in=list(keys)).values_list("key", flat=True))


def pending_files(*, older_than: timedelta, most: int) -> Sequence[StoredFile]:
    """Files whose scan is due for longer than that, the oldest first."""
    pending = StoredFile.objects.filter(scan_status=ScanStatus.PENDING, created_at__lt=DbNow() - older_than)
    return list(pending.order_by("created_at")[:most])
