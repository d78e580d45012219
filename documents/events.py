"""What documents tells others."""

from dataclasses import dataclass
from uuid import UUID

from kernel.events import Event


@dataclass(frozen=True)
class FileStored(Event):
    """A file was registered; where a scanner is configured it waits for its verdict."""

    file_id: UUID


@dataclass(frozen=True)
class FileScanned(Event):
    """A file's scan state is final."""

    file_id: UUID
    scan_status: str


@dataclass(frozen=True)
class DocumentRequested(Event):
    """A rendering is queued."""

    document_id: UUID


@dataclass(frozen=True)
class DocumentTakesLong(Event):
    """A rendering is more than quick work: it is done when no other such one is at work."""

    document_id: UUID


@dataclass(frozen=True)
class DocumentReady(Event):
    """A rendering is stored."""

    document_id: UUID
    file_id: UUID


@dataclass(frozen=True)
class DocumentFailed(Event):
    """A rendering failed for good."""

    document_id: UUID


@dataclass(frozen=True)
class TemplatePublished(Event):
    """A template has a new published version."""

    version_id: UUID
