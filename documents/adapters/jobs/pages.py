"""Pictures of a PDF's first pages, drawn by PDFium in the killable child. Imports no Django.

Nothing of the PDF reaches a browser but pixels: no script, no link, no form, no embedded file.
"""

import io
from typing import Any, BinaryIO

import pypdfium2
from PIL import Image

from documents.adapters.jobs.thumbnails import QUALITY

TALLEST = 2  # times the width: a page that is taller is drawn smaller
GAP = 16
GROUND = (228, 231, 236)


def first_page(*, edge: int, file: BinaryIO) -> dict[str, Any]:
    """{"jpeg"} of at most `edge` × `edge` pixels, or {"refused": reason}."""
    drawn = _drawn(file.read(), most=1, width=edge * 2)
    if not drawn:
        return {"refused": "broken"}
    [page] = drawn
    page.thumbnail((edge, edge))
    written = io.BytesIO()
    page.save(written, "JPEG", quality=QUALITY, optimize=True)
    return {"jpeg": written.getvalue()}


def first_pages(*, most: int, width: int, file: BinaryIO) -> dict[str, Any]:
    """{"png", "pages"}: at most `most` pages, one below the other, each `width` pixels wide at most; or {"refused": reason}."""
    drawn = _drawn(file.read(), most=most, width=width)
    if not drawn:
        return {"refused": "broken"}
    sheet = Image.new("RGB", (width, sum(page.height + GAP for page in drawn) - GAP), GROUND)
    top = 0
    for page in drawn:
        sheet.paste(page, ((width - page.width) // 2, top))
        top += page.height + GAP
    written = io.BytesIO()
    sheet.quantize(128).save(written, "PNG", optimize=True)
    return {"png": written.getvalue(), "pages": len(drawn)}


def _drawn(pdf: bytes, *, most: int, width: int) -> list[Image.Image]:
    """The pages that can be drawn, in order; a broken one ends it."""
    pages: list[Image.Image] = []
    try:
        document = pypdfium2.PdfDocument(pdf)
        for number in range(min(most, len(document))):
            page = document[number]
            wide, high = page.get_size()
            scale = min(width / max(wide, 1), width * TALLEST / max(high, 1))
            pages.append(page.render(scale=scale, draw_annots=False).to_pil().convert("RGB"))
    except (pypdfium2.PdfiumError, ValueError):
        return pages
    return pages


def warm_up() -> None:
    """Draw one empty page, so that PDFium is in memory before the first fork."""
    document = pypdfium2.PdfDocument.new()
    document.new_page(10, 10)
    document[0].render()
