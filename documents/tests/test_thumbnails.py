"""Thumbnails: made in the killable child, small, upright, without what the photo told about itself."""

import hashlib
import io
import math
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from documents.models import StoredFile
from documents.public import file_preview, image_thumbnail
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
    return StoredFile(key=key, media_type=media_type, sha256=hashlib.sha256(content).hexdigest())


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
        (pdf(), "image/png"),
        (pdf()[:60], "application/pdf"),
        (b"%PDF-1.7 and nothing else", "application/pdf"),
        (b"hello", "text/plain"),
        (b"", "image/png"),
        (photo("JPEG", (300, 300))[:200], "image/jpeg"),
    ],
)
def test_what_cannot_be_drawn_has_none(content: bytes, media_type: str) -> None:
    assert image_thumbnail(stored(content, media_type)) is None
    assert file_preview(stored(content, media_type)) is None


def coloured(*sizes: tuple[float, float]) -> bytes:
    """A PDF whose pages are red, green and blue, and so on."""
    out = io.BytesIO()
    pages = [
        Image.new("RGB", (round(wide), round(high)), colour)
        for (wide, high), colour in zip(sizes, ["red", "lime", "blue", "black"], strict=False)
    ]
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:])
    return out.getvalue()


def test_a_pdf_shows_its_first_page_small_and_its_first_three_large() -> None:
    content = coloured((300, 400), (300, 400), (300, 400), (300, 400))

    small = drawn(content, "application/pdf")
    large = file_preview(stored(content, "application/pdf"))

    assert (small.format, small.size) == ("JPEG", (240, 320))
    assert near(small.getpixel((9, 9)), (255, 0, 0))
    assert large is not None
    sheet = Image.open(io.BytesIO(large.content)).convert("RGB")
    page = math.ceil(820 * 4 / 3)
    assert (large.media_type, sheet.size) == ("image/png", (820, 3 * page + 2 * 16))
    tops = [number * (page + 16) + 9 for number in range(3)]
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    assert [near(sheet.getpixel((400, top)), colour) for top, colour in zip(tops, colours, strict=True)] == [True] * 3


def near(seen: Any, wanted: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < 12 for one, other in zip(seen, wanted, strict=True))


def test_pages_of_absurd_size_are_drawn_within_bounds() -> None:
    content = coloured((10, 3000), (3000, 10))

    large = file_preview(stored(content, "application/pdf"))

    assert large is not None
    wide, high = Image.open(io.BytesIO(large.content)).size
    assert wide == 820
    assert high <= 2 * 820 + 16 + 20


def test_a_large_image_is_shown_smaller_and_silent() -> None:
    exif = Image.Exif()
    exif[0x010F] = "zq-camera-zq"

    large = file_preview(stored(photo("JPEG", (3000, 1500), exif=exif), "image/jpeg"))

    assert large is not None
    assert large.media_type == "image/jpeg"
    assert Image.open(io.BytesIO(large.content)).size == (1200, 600)
    assert b"zq-camera-zq" not in large.content
