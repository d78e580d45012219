"""The pages of a document up for signature as pictures, made when first looked at and then kept for a while."""

import tempfile
from typing import BinaryIO, cast

from documents.public import SandboxError, SandboxLimits, StoredFile, read_file, run_isolated
from kernel.cache import TwoTierCache

MAKE = "esign.adapters.page_images:page_image"
WIDTH = 1000
MEBIBYTE = 1024 * 1024
LIMITS = SandboxLimits(wall_seconds=20, cpu_seconds=15, memory_bytes=768 * MEBIBYTE, answer_bytes=4 * MEBIBYTE)

_made: TwoTierCache[bytes] = TwoTierCache("signing-pages", ttl=900, max_items=32, dumps=bytes, loads=bytes)


def page_picture(file: StoredFile, number: int) -> bytes | None:
    """Page `number` as PNG; None where there is no such page or it cannot be drawn. Who may see the file was checked."""
    return _made.get_or_make(f"{file.sha256}:{number}", lambda: _make(file, number)) or None


def _make(file: StoredFile, number: int) -> bytes:
    """Empty where there is no picture, so that what cannot be drawn is not tried again and again."""
    with tempfile.TemporaryFile() as copy:
        copy.write(read_file(file.pk))
        copy.seek(0)
        try:
            found = run_isolated(MAKE, {"number": number, "width": WIDTH}, limits=LIMITS, file=cast(BinaryIO, copy))
        except SandboxError:
            return b""
    picture: bytes = found.get("png", b"")
    return picture
