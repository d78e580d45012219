"""What documents does when something happened."""

from documents.adapters import clamd
from documents.adapters.renderer import RenderOptions, render
from documents.adapters.scanning import verdict_on
from documents.adapters.storage import discard_bytes, keep_bytes
from documents.enums import ScanStatus
from documents.errors import RenderError
from documents.events import DocumentRequested, DocumentTakesLong, FileStored
from documents.models import Document
from documents.selectors.documents import WAITING, document_to_render
from documents.selectors.files import stored_file
from documents.services.documents import fail_document, finish_document, put_aside
from documents.services.files import record_scan
from kernel.leases import only_holder
from kernel.subscriptions import Done, RetryLater, subscriber


@subscriber(FileStored, name="documents.scan_file", queue="default", max_attempts=40)
def scan_file(event: FileStored, done: Done) -> None:
    """Have a pending file scanned. A scanner that is down leaves it pending, to be tried again."""
    row = stored_file(event.file_id)
    if row.scan_status != ScanStatus.PENDING:
        return
    try:
        verdict = verdict_on(row)
    except clamd.ScannerDownError as error:
        raise RetryLater(f"The scanner does not answer: {error}") from error
    with done():
        record_scan(file_id=row.pk, result=verdict.status, detail=verdict.detail)


@subscriber(DocumentRequested, name="documents.render_document", queue="pdf", max_attempts=12)
def render_document(event: DocumentRequested, done: Done) -> None:
    """Render a queued document. What fails by its own content fails for good, what takes long is put aside; else it is tried again."""
    row = document_to_render(event.document_id)
    if row.status in WAITING:
        _render(row, done, is_quick=True)


@subscriber(DocumentTakesLong, name="documents.render_long_document", queue="pdf", max_attempts=400)
def render_long_document(event: DocumentTakesLong, done: Done) -> None:
    """Render a document that takes long, one such at a time in the whole deployment: the others have their worker."""
    row = document_to_render(event.document_id)
    if row.status not in WAITING:
        return
    with only_holder("documents.long_rendering") as is_ours:
        if not is_ours:
            raise RetryLater("Another long document is being rendered.")
        _render(row, done, is_quick=False)


def _render(row: Document, done: Done, *, is_quick: bool) -> None:
    try:
        rendered = render(row.version_id, row.data, RenderOptions(archive=row.is_archive, quick=is_quick))
    except RenderError as error:
        if error.reason == "crash":
            raise
        with done():
            if is_quick and error.reason == "time":
                put_aside(document_id=row.pk)
            else:
                fail_document(document_id=row.pk, reason=f"{error.reason}: {error.detail}")
        return
    stored = keep_bytes(rendered.pdf, media_type="application/pdf", suffix=".pdf")
    try:
        with done():
            finish_document(document_id=row.pk, rendered=rendered, stored=stored)
    except BaseException:
        discard_bytes(stored.key)
        raise
