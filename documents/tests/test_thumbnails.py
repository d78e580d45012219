"""Thumbnails: made in the killable child, small, upright, without what the photo told about itself."""

import io
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from documents.models import StoredFile
from documents.public import image_thumbnail
from documents.tests.test_inspection import pdf

pytestmark = [pytest.mark.live, pytest.mark.django_db]
ORIENTATION = 0x0112


def photo(kind: str, size: tuple[int, int], **save: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA" if kind == "PNG" else "RGB", size, (200, 30, 30, 0) if kind == "PNG" else "red").save(
        out, kind, **save
    )
    return out.getvalue()


def stored(content: bytes, media_type: str) -> StoredFile:
    """Not saved: the adapter reads its key, type and hash."""
    key = default_storage.save("tests/thumbnail", ContentFile(content))
    return StoredFile(key=key, media_type=media_type, sha256=f"{hash(content):064x}"[-64:])


def drawn(content: bytes, media_type: str) -> Image.Image:
    made = image_thumbnail(stored(content, media_type))
    assert made is not None
    return Image.open(io.BytesIO(made))


def test_a_photo_becomes_small_upright_and_silent() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # taken with the camera on its side
    exif[0x010F] = "zq-camera-zq"
    taken = photo("JPEG", (1600, 800), exif=exif)
    assert b"zq-camera-zq" in taken

    small = drawn(taken, "image/jpeg")

    assert (small.format, small.size) == ("JPEG", (160, 320))
    assert not small.getexif()


def test_transparency_becomes_white() -> None:
    small = drawn(photo("PNG", (40, 20)), "image/png")
    assert small.size == (40, 20)
    assert small.getpixel((3, 3)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (pdf(), "application/pdf"),
        (pdf(), "image/png"),
        (b"", "image/png"),
        (photo("JPEG", (300, 300))[:200], "image/jpeg"),
    ],
)
def test_what_cannot_be_drawn_has_none(content: bytes, media_type: str) -> None:
    assert image_thumbnail(stored(content, media_type)) is None
