"""Celery entry points of documents: what is found by looking, so that nothing waits for a message that got lost."""

import logging
from datetime import timedelta
from itertools import islice

from celery import shared_task
from django.conf import settings

from documents.adapters import clamd
from documents.adapters.scanning import verdict_on
from documents.adapters.storage import check_storage, discard_bytes, kept_keys
from documents.errors import StorageUnavailableError
from documents.selectors.documents import renders_left_behind
from documents.selectors.files import claimed_keys, pending_files
from documents.services.documents import ask_again, fail_document
from documents.services.files import record_scan
from kernel.clock import now
from kernel.entry import entry

log = logging.getLogger(__name__)

SCAN_IS_LATE = timedelta(minutes=2)
RENDER_IS_LATE, RENDER_IS_LOST = timedelta(minutes=10), timedelta(hours=24)
UNCLAIMED_FOR = timedelta(hours=24)
AT_ONCE = 200


@shared_task(name="documents.rescan_pending")
def rescan_pending() -> int:
    """Scan what still waits for it, once the scanner answers again; returns how many files have their verdict now."""
    if not settings.CLAMD_SOCKET:
        return 0
    decided = 0
    for file in pending_files(older_than=SCAN_IS_LATE, most=AT_ONCE):
        try:
            verdict = verdict_on(file)
        except clamd.ScannerDownError:
            if not clamd.answers():
                break
            continue  # it stumbles over this one; the others have their turn
        except StorageUnavailableError:
            break
        with entry():
            record_scan(file_id=file.pk, result=verdict.status, detail=verdict.detail)
        decided += 1
    return decided


@shared_task(name="documents.resume_renders")
def resume_renders() -> int:
    """Ask again for renderings that were left behind, once storage answers; those of yesterday have failed. Returns how many."""
    late = renders_left_behind(older_than=RENDER_IS_LATE, most=AT_ONCE)
    if not late:
        return 0
    try:
        check_storage()
    except StorageUnavailableError:
        return 0
    lost = now() - RENDER_IS_LOST
    for document in late:
        with entry():
            if document.created_at < lost:
                fail_document(document_id=document.pk, reason="left behind for a day")
            else:
                ask_again(document_id=document.pk)
    return len(late)


@shared_task(name="documents.sweep_orphans")
def sweep_orphans() -> int:
    """Remove from storage what no file has claimed for a day: its transaction never came to its end. Returns how many."""
    before = now() - UNCLAIMED_FOR
    old = (key for key, written in kept_keys() if written < before)
    removed = 0
    while keys := list(islice(old, 1000)):
        for key in sorted(set(keys) - claimed_keys(keys)):
            discard_bytes(key)
            removed += 1
    if removed:
        log.info("orphans removed from storage", extra={"files": removed})
    return removed
