"""The life cycles of documents as data: (state, action) → state."""

from documents.enums import DocumentStatus, ScanStatus, VersionStatus

VERSION: dict[tuple[VersionStatus, str], VersionStatus] = {
    (VersionStatus.DRAFT, "publish"): VersionStatus.PUBLISHED,
    (VersionStatus.PUBLISHED, "retire"): VersionStatus.RETIRED,
}

DOCUMENT: dict[tuple[DocumentStatus, str], DocumentStatus] = {
    (DocumentStatus.QUEUED, "start"): DocumentStatus.RENDERING,
    # A worker that was killed leaves a document in `rendering`; the redelivered event starts it again.
    (DocumentStatus.RENDERING, "start"): DocumentStatus.RENDERING,
    (DocumentStatus.RENDERING, "finish"): DocumentStatus.READY,
    (DocumentStatus.QUEUED, "fail"): DocumentStatus.FAILED,
    (DocumentStatus.RENDERING, "fail"): DocumentStatus.FAILED,
}

SCAN: dict[tuple[ScanStatus, str], ScanStatus] = {
    (ScanStatus.PENDING, "clear"): ScanStatus.CLEAN,
    (ScanStatus.PENDING, "condemn"): ScanStatus.INFECTED,
    (ScanStatus.PENDING, "give_up"): ScanStatus.UNSCANNABLE,
}

VERSION_ACTIONS = ("publish", "retire")
DOCUMENT_ACTIONS = ("start", "finish", "fail")
SCAN_ACTIONS = ("clear", "condemn", "give_up")
