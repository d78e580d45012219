"""The door to documents for other apps.

A settlement agreement, from an accepted resolution to a stored PDF:

    version = published_version("settlement_agreement", "es")
    data = validate_inputs(version, {
        "case_reference": "AC-7F3K2", "title": "Unpaid invoice", "date": "2026-11-21",
        "parties": [{"name": "Ana Gil", "role": "claimant"}, {"name": "Bo Lind", "role": "respondent"}],
        "recitals": ["…"],                # optional; without them two neutral ones are written
        "agreed_facts": ["…"],            # optional
        "terms": [{"kind": "payment", "text": "…", "debtor": "Bo Lind", "creditor": "Ana Gil",
                   "amount": {"amount": "900.00", "currency": "EUR"}, "due_date": None, "condition": "",
                   "instalments": [{"amount": {"amount": "450.00", "currency": "EUR"}, "due_date": "2026-12-15"}, …]}],
    })                                    # ValidationFailedError
    # optional: "confidential": bool, "governing_law": str, "cure_days": int, "neutral": str; no other members
    rendered = render(version.pk, data)   # adapter: outside a transaction; RenderError
    text = render_text(version.pk, data)  # the same words, for `contract_text`
    stored = keep_bytes(rendered.pdf, media_type="application/pdf", suffix=".pdf")
    with done():                          # or entry()
        document = create_document(version_id=version.pk, data=data, rendered=rendered, stored=stored,
                                   owner_id=None, subject=("contract", contract_id))
        # document.file_id, document.sha256, document.pages

Where each named role signs in the PDF: `signature_places(version.pk, data)`, outside a transaction.

Whether a document may be signed electronically: `signature_exclusion(document_id)` is empty, or the reason why not.

Evidence: `ingested = ingest_upload(upload, file_name=upload.name, max_bytes=…)` outside the transaction, then
`register_file(stored=ingested, owner_id=…, purpose="evidence")` inside; `discard_bytes(ingested.key)` if that fails.
Serve it after your own check: `file_response(file)`; others than the uploader only if `file.is_readable`.
"""

from typing import Any, BinaryIO

from documents.adapters import sandbox as _sandbox
from documents.adapters.library import shipped_clauses as _shipped_clauses
from documents.adapters.library import shipped_templates as _shipped_templates
from documents.adapters.renderer import (
    Rendered,
    RenderOptions,
    render,
    render_html,
    render_page,
    render_text,
    signature_places,
)
from documents.adapters.storage import (
    ACCEPTED as ACCEPTED_FILE_TYPES,
)
from documents.adapters.storage import (
    Ingested,
    StoredBytes,
    bytes_response,
    discard_bytes,
    file_response,
    ingest_upload,
    keep_bytes,
    open_file,
    read_file,
)
from documents.adapters.thumbnails import Picture, file_preview, has_preview, image_thumbnail
from documents.models import Document, StoredFile, Template, TemplateVersion
from documents.selectors.documents import access_document, document_of_draft
from documents.selectors.files import stored_file
from documents.selectors.inputs import validate_inputs
from documents.selectors.templates import published_version, published_versions, signature_exclusion
from documents.services.documents import create_document
from documents.services.files import register_file
from documents.services.templates import install_clauses, install_templates

SandboxLimits = _sandbox.Limits
SandboxError = _sandbox.SandboxError


def start_sandbox_early() -> None:
    """For processes that will render or inspect: the warm server of this process starts beside its other work."""
    _sandbox.start_early()


def preload_isolated(module: str) -> None:
    """Have the warm server import `module` (no Django in it), whose functions are then run by `run_isolated`."""
    _sandbox.preload(module)


def run_isolated(
    job: str, arguments: dict[str, Any], *, limits: SandboxLimits | None = None, file: BinaryIO | None = None
) -> Any:
    """Run `package.module:function` on untrusted bytes in a killable child; plain values in and out. Raises SandboxError."""
    return _sandbox.run(job, arguments, limits=limits or SandboxLimits(), file=file)


def inspect_signature_image(image: bytes) -> bytes | None:
    """A drawn signature, opened in the killable child and re-encoded without metadata; None if it is no acceptable PNG."""
    try:
        found = _sandbox.run("documents.adapters.jobs.inspection:inspect_signature", {"image": image})
    except _sandbox.SandboxError:
        return None
    png: bytes | None = found.get("png")
    return png


def install_shipped_templates() -> list[TemplateVersion]:
    """Publish what is shipped and not published yet, in the caller's transaction."""
    install_clauses(sources=_shipped_clauses())
    return install_templates(sources=_shipped_templates())


__all__ = [
    "ACCEPTED_FILE_TYPES",
    "Document",
    "Ingested",
    "Picture",
    "RenderOptions",
    "Rendered",
    "SandboxError",
    "SandboxLimits",
    "StoredBytes",
    "StoredFile",
    "Template",
    "TemplateVersion",
    "access_document",
    "bytes_response",
    "create_document",
    "discard_bytes",
    "document_of_draft",
    "file_preview",
    "file_response",
    "has_preview",
    "image_thumbnail",
    "ingest_upload",
    "inspect_signature_image",
    "install_shipped_templates",
    "keep_bytes",
    "open_file",
    "preload_isolated",
    "published_version",
    "published_versions",
    "read_file",
    "register_file",
    "render",
    "render_html",
    "render_page",
    "render_text",
    "run_isolated",
    "signature_exclusion",
    "signature_places",
    "start_sandbox_early",
    "stored_file",
    "validate_inputs",
]
