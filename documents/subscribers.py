"""What documents does when something happened."""

from documents.adapters import clamd
from documents.adapters.renderer import render
from documents.adapters.storage import keep_bytes, open_key
from documents.enums import DocumentStatus, ScanStatus
from documents.errors import RenderError
from documents.events import DocumentRequested, FileStored
from documents.selectors.documents import document_to_render
from documents.selectors.files import stored_file
from documents.services.documents import fail_document, finish_document
from documents.services.files import record_scan
from kernel.subscriptions import Done, RetryLater, subscriber


@subscriber(FileStored, name="documents.scan_file", queue="default", max_attempts=40)
def scan_file(event: FileStored, done: Done) -> None:
    """Have a pending file scanned. A scanner that is down leaves it pending, to be tried again."""
    row = stored_file(event.file_id)
    if row.scan_status != ScanStatus.PENDING:
        return
    try:
        with open_key(row.key) as stream:
            verdict = clamd.scan(stream)
    except clamd.ScannerDownError as error:
        raise RetryLater(f"The scanner does not answer: {error}") from error
    with done():
        record_scan(file_id=row.pk, result=verdict.status, detail=verdict.detail)


@subscriber(DocumentRequested, name="documents.render_document", queue="pdf")
def render_document(event: DocumentRequested, done: Done) -> None:
    """Render a queued document. What fails by its own content fails for good; anything else is tried again."""
    row = document_to_render(event.document_id)
    if row.status not in {DocumentStatus.QUEUED, DocumentStatus.RENDERING}:
        return
    try:
        rendered = render(row.version_id, row.data)
    except RenderError as error:
        if error.reason == "crash":
            raise
        with done():
            fail_document(document_id=row.pk, reason=f"{error.reason}: {error.detail}")
        return
    stored = keep_bytes(rendered.pdf, media_type="application/pdf", suffix=".pdf")
    with done():
        finish_document(document_id=row.pk, rendered=rendered, stored=stored)
