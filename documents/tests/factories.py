"""Documents and files for tests, without rendering anything."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from documents.adapters.library import shipped_clauses, shipped_templates
from documents.adapters.renderer import Rendered
from documents.models import Document, StoredFile, TemplateVersion
from documents.services.documents import create_document
from documents.services.files import register_file
from documents.services.templates import install_clauses, install_templates


@dataclass(frozen=True)
class KeptBytes:
    """A file that is claimed to be in storage."""

    key: str
    file_name: str
    media_type: str
    size: int
    sha256: str
    text: str = ""
    made_here: bool = False


BYTES: dict[str, bytes] = {}  # what was claimed to be in storage, by its SHA-256


def kept(content: bytes = b"hello", *, made_here: bool = False, media_type: str = "text/plain") -> KeptBytes:
    digest = hashlib.sha256(content).hexdigest()
    BYTES[digest] = content
    return KeptBytes(f"2026/11/{uuid4().hex}", "hello.txt", media_type, len(content), digest, "", made_here)


def file_of(owner_id: UUID | None = None, content: bytes = b"hello", *, made_here: bool = False) -> StoredFile:
    return register_file(stored=kept(content, made_here=made_here), owner_id=owner_id, purpose="test")


def published(locale: str = "en") -> TemplateVersion:
    """The shipped settlement agreement, published."""
    return published_of("settlement_agreement", locale)


def published_of(kind: str, locale: str = "en") -> TemplateVersion:
    """The shipped template of a kind, published in all its languages, with the library's clauses."""
    install_clauses(sources=shipped_clauses())
    install_templates(sources=[one for one in shipped_templates() if one.kind == kind])
    return TemplateVersion.objects.select_related("template").get(
        status="published", template__kind=kind, template__locale=locale
    )


def document_of(owner_id: UUID | None, content: bytes = b"%PDF-1.7 made up", **fields: Any) -> Document:
    """A document that is ready, with a file row that has no bytes behind it."""
    stored = fields.pop("stored", None) or kept(content, made_here=True, media_type="application/pdf")
    return create_document(
        version_id=published().pk,
        data=fields.pop("data", {"title": "A made-up agreement"}),
        rendered=Rendered(pdf=content, sha256=stored.sha256, pages=1, engine="none"),
        stored=stored,
        owner_id=owner_id,
        **fields,
    )


def settlement() -> dict[str, Any]:
    """Data of a settlement with everything the schema knows."""
    data: dict[str, Any] = json.loads((Path(__file__).parent / "settlement.json").read_text(encoding="utf-8"))
    return data
