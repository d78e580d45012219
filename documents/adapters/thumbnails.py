"""Small pictures of stored images, made when first asked for and then kept for a while."""

import shutil
import tempfile
from typing import Any, BinaryIO, cast

from documents.adapters import sandbox
from documents.adapters.storage import open_key
from documents.models import StoredFile
from kernel.cache import TwoTierCache

MAKE = "documents.adapters.jobs.thumbnails:thumbnail"
LIMITS = sandbox.Limits(
    wall_seconds=15, cpu_seconds=12, memory_bytes=768 * sandbox.limits.MEBIBYTE, answer_bytes=sandbox.limits.MEBIBYTE
)
EDGE = 320

_made: TwoTierCache[bytes] = TwoTierCache("thumbnails", ttl=3600, max_items=64, dumps=bytes, loads=bytes)


def image_thumbnail(file: StoredFile) -> bytes | None:
    """A JPEG of at most 320 × 320 pixels without metadata; None for what is no image or cannot be drawn.

    Who may see the file was checked. Raises StorageUnavailableError.
    """
    if not file.media_type.startswith("image/"):
        return None
    return _made.get_or_make(file.sha256, lambda: _make(file)) or None


def _make(file: StoredFile) -> bytes:
    """Empty where there is no picture, so that what cannot be drawn is not tried again and again."""
    with tempfile.TemporaryFile() as copy, open_key(file.key) as stored:
        shutil.copyfileobj(stored, copy)  # the child needs a real file, which a store over the network is not
        try:
            found: dict[str, Any] = sandbox.run(MAKE, {"edge": EDGE}, limits=LIMITS, file=cast(BinaryIO, copy))
        except sandbox.SandboxError:
            return b""
    jpeg: bytes = found.get("jpeg", b"")
    return jpeg
