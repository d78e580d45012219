"""Pictures of stored images and PDFs, made anew in the killable child when first asked for and then kept for a while.

What a browser shows of an upload is never the upload: it is a picture of it, without metadata, scripts or links.
"""

import shutil
import tempfile
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from documents.adapters import sandbox
from documents.adapters.storage import open_checked
from documents.models import StoredFile
from kernel.cache import TwoTierCache

OF_IMAGE = "documents.adapters.jobs.thumbnails:thumbnail"
OF_FIRST_PAGE = "documents.adapters.jobs.pages:first_page"
OF_FIRST_PAGES = "documents.adapters.jobs.pages:first_pages"
LIMITS = sandbox.Limits(
    wall_seconds=15,
    cpu_seconds=12,
    memory_bytes=768 * sandbox.limits.MEBIBYTE,
    answer_bytes=6 * sandbox.limits.MEBIBYTE,
)
EDGE = 320
LARGE_EDGE = 1200
PAGES, PAGE_WIDTH = 3, 820

_made: TwoTierCache[bytes] = TwoTierCache("thumbnails", ttl=3600, max_items=64, dumps=bytes, loads=bytes)
_large: TwoTierCache[bytes] = TwoTierCache("previews", ttl=600, max_items=4, dumps=bytes, loads=bytes)


@dataclass(frozen=True)
class Picture:
    """An image of our own making."""

    content: bytes
    media_type: str


def image_thumbnail(file: StoredFile) -> bytes | None:
    """A JPEG of at most 320 × 320 pixels, of a PDF its first page; None for what is neither image nor PDF or cannot be drawn.

    Who may see the file was checked. Raises FileDamagedError, StorageUnavailableError.
    """
    job = _job(file, OF_FIRST_PAGE)
    return _made.get_or_make(file.sha256, lambda: _make(file, job, {"edge": EDGE}, "jpeg")) or None if job else None


def file_preview(file: StoredFile) -> Picture | None:
    """What is in it, large enough to read: an image of at most 1200 pixels, or a PDF's first three pages below each other.

    Who may see the file was checked. Raises FileDamagedError, StorageUnavailableError.
    """
    job = _job(file, OF_FIRST_PAGES)
    if job is None:
        return None
    is_image = job == OF_IMAGE
    wanted = {"edge": LARGE_EDGE} if is_image else {"most": PAGES, "width": PAGE_WIDTH}
    made = _large.get_or_make(file.sha256, lambda: _make(file, job, wanted, "jpeg" if is_image else "png"))
    return Picture(made, "image/jpeg" if is_image else "image/png") if made else None


def has_preview(file: StoredFile) -> bool:
    """Whether there may be a picture of a file of this type."""
    return _job(file, OF_FIRST_PAGE) is not None


def _job(file: StoredFile, of_pdf: str) -> str | None:
    if file.media_type.startswith("image/"):
        return OF_IMAGE
    return of_pdf if file.media_type == "application/pdf" else None


def _make(file: StoredFile, job: str, arguments: dict[str, Any], kind: str) -> bytes:
    """Empty where there is no picture, so that what cannot be drawn is not tried again and again."""
    with tempfile.TemporaryFile() as copy, open_checked(file) as stored:
        shutil.copyfileobj(stored, copy)  # the child needs a real file, which a store over the network is not
        try:
            found: dict[str, Any] = sandbox.run(job, arguments, limits=LIMITS, file=cast(BinaryIO, copy))
        except sandbox.SandboxError:
            return b""
    picture: bytes = found.get(kind, b"")
    return picture
