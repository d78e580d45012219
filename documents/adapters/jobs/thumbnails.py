"""A small picture of an uploaded image, made in the killable child. Imports no Django."""

import io
from typing import Any, BinaryIO

from PIL import Image, ImageOps, UnidentifiedImageError

from documents.adapters.jobs.inspection import IMAGES, LARGEST_IMAGE_PIXELS

QUALITY = 78


def thumbnail(*, edge: int, file: BinaryIO) -> dict[str, Any]:
    """{"jpeg", "width", "height"} or {"refused": reason}: upright, at most `edge` pixels wide and high, on white, no metadata."""
    Image.MAX_IMAGE_PIXELS = LARGEST_IMAGE_PIXELS
    try:
        with Image.open(file, formats=list(IMAGES)) as picture:
            if picture.width * picture.height > LARGEST_IMAGE_PIXELS:
                return {"refused": "too_big"}
            picture.draft("RGB", (edge * 2, edge * 2))  # a JPEG is then decoded at a fraction of its size
            picture.thumbnail((edge * 2, edge * 2))
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((edge, edge))
            small = _on_white(upright)
    except Image.DecompressionBombError:
        return {"refused": "too_big"}
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, KeyError, EOFError):
        return {"refused": "broken"}
    written = io.BytesIO()
    small.save(written, "JPEG", quality=QUALITY, optimize=True)
    return {"jpeg": written.getvalue(), "width": small.width, "height": small.height}


def _on_white(picture: Image.Image) -> Image.Image:
    """Without transparency, which JPEG does not have; and without whatever the file said about itself."""
    drawn = picture.convert("RGBA")
    ground = Image.new("RGB", drawn.size, "white")
    ground.paste(drawn, mask=drawn.getchannel("A"))
    return ground
