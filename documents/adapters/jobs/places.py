"""Where the signatures of a document stand on its pages, in the killable child. Imports no Django."""

import logging
from collections.abc import Iterator
from typing import Any

import weasyprint

from documents.adapters.jobs.rendering import AssetFetcher, OurFonts, document_of, filled_body

POINTS = 0.75  # a CSS pixel in points
PREFIX = "signature-"


def signature_places(
    *,
    body: str,
    styles: str,
    data: dict[str, Any],
    locale: str,
    syntax: str = "html",
    clauses: dict[str, dict[str, str]] | None = None,
    assets: dict[str, bytes] | None = None,
) -> dict[str, Any]:
    """{"places": [{"role", "page", "left", "bottom", "width", "height"}, …]} in the order of the text.

    `page` counts from 1; the rest is in points, from the lower left corner of the page, as PDF counts: the field above the
    first line of the role's block.
    """
    logging.disable(logging.CRITICAL)
    given = assets or {}
    filled = filled_body(body, data, locale, "0" * 16, syntax, clauses or {}, "logo" in given)
    fetcher, fonts = AssetFetcher(given), OurFonts()
    sheet = weasyprint.CSS(string=styles, url_fetcher=fetcher, font_config=fonts)
    html = document_of(filled, title="", locale=locale)
    pages = weasyprint.HTML(string=html, url_fetcher=fetcher).render(stylesheets=[sheet], font_config=fonts).pages
    return {"places": [place for number, page in enumerate(pages, start=1) for place in _places(page, number)]}


def _places(page: Any, number: int) -> Iterator[dict[str, Any]]:
    for block in page._page_box.descendants():
        role = _role(block)
        if role is None:
            continue
        line = next((box for box in block.descendants() if _class(box) == "line"), None)
        if line is not None:
            yield {
                "role": role,
                "page": number,
                "left": round(line.position_x * POINTS, 2),
                "bottom": round((page.height - line.position_y - line.margin_height()) * POINTS, 2),
                "width": round(line.margin_width() * POINTS, 2),
                "height": round(line.margin_height() * POINTS, 2),
            }


def _role(box: Any) -> str | None:
    element = getattr(box, "element", None)
    identity = element.get("id", "") if element is not None and hasattr(element, "get") else ""
    is_block = "block" in _class(box).split()
    return str(identity).removeprefix(PREFIX) if is_block and str(identity).startswith(PREFIX) else None


def _class(box: Any) -> str:
    element = getattr(box, "element", None)
    return str(element.get("class") or "") if element is not None and hasattr(element, "get") else ""
