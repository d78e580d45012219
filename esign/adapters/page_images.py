"""Draws one page of the document up for signature. Runs in the killable child; imports no Django.

What the signer sees are pixels made here: nothing of the PDF itself reaches the page, no script, no link, no form.
"""

import io
from typing import Any, BinaryIO

import pypdfium2

TALLEST = 3  # times the width: a page that is taller is drawn smaller


def page_image(*, number: int, width: int, file: BinaryIO) -> dict[str, Any]:
    """{"png", "pages"} of page `number` (from 1), at most `width` pixels wide; {"refused": reason} where there is none."""
    try:
        document = pypdfium2.PdfDocument(file.read())
        pages = len(document)
        if not 1 <= number <= pages:
            return {"refused": "no_such_page", "pages": pages}
        page = document[number - 1]
        wide, high = page.get_size()
        scale = min(width / max(wide, 1), width * TALLEST / max(high, 1))
        picture = page.render(scale=scale, draw_annots=False).to_pil().convert("RGB")
    except (pypdfium2.PdfiumError, ValueError):
        return {"refused": "broken"}
    written = io.BytesIO()
    picture.quantize(64).save(written, "PNG", optimize=True)
    return {"png": written.getvalue(), "pages": pages}


def warm_up() -> None:
    """Draw one empty page, so that PDFium is in memory before the first fork."""
    document = pypdfium2.PdfDocument.new()
    document.new_page(10, 10)
    document[0].render()
