"""Template version + data → HTML → PDF, in the killable child. Imports no Django.

Same input, same bytes on the same build: no clock, no random number and no font of the machine takes part; the file
identifier and the dates derive from the content.
"""

import hashlib
import io
import logging
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pydyf
import weasyprint
from weasyprint.text.ffi import pango
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from documents.adapters.jobs.markdown import html_template
from documents.adapters.jobs.numbering import numbered
from documents.adapters.jobs.template_language import fill_in

FONTS = Path(__file__).resolve().parents[3] / "static" / "fonts"
NO_BREAK = {"td", "th", "span", "strong", "em", "b", "i", "a", "sup", "sub", "br"}
FROM_THE_RIGHT = {"ar", "fa", "he", "ur", "yi"}
UNDATED = "2000-01-01"
UNSEEN = {"head", "style", "script", "title", "template"}


class AssetFetcher(URLFetcher):  # type: ignore[misc, unused-ignore]
    """Knows the assets that came with the job (`asset:name`) and refuses every other address, whatever its scheme."""

    def __init__(self, assets: Mapping[str, bytes]) -> None:
        super().__init__(allowed_protocols=())
        self.assets = assets

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        name = url.removeprefix("asset:")
        if not url.startswith("asset:") or name not in self.assets:
            raise ValueError("Only assets that belong to the document can be used in it.")
        return URLFetcherResponse(url, self.assets[name], {"Content-Type": "image/png"})


class OurFonts(FontConfiguration):  # type: ignore[misc, unused-ignore]
    """The fonts of `fonts.conf` and no others: a document's own @font-face rules are passed over."""

    def add_font_face(self, rule_descriptors: object, url_fetcher: object) -> None:
        """Load nothing."""


def render(
    *,
    body: str,
    styles: str,
    data: dict[str, Any],
    locale: str,
    stage: str,
    assets: dict[str, bytes] | None = None,
    syntax: str = "html",
    clauses: dict[str, dict[str, str]] | None = None,
    archive: bool = False,
) -> dict[str, Any]:
    """One document.

    `stage` html → {"html"}; text → {"text"}; pdf → {"pdf", "pages", "engine"}. `data` gains the member `document` with
    `fingerprint`: 16 hex digits that change with any change of template or data (printed in the footer), and `logo`:
    whether one came along. `syntax` is html or markdown; `clauses` are the library's texts that the body includes, by name,
    each {"syntax", "body"}. `archive`: PDF/A-3u (ISO 19005-3) with `data` embedded as `data.json`.
    """
    print_of_input = fingerprint(body, styles, data, locale, syntax, clauses or {})
    filled = filled_body(body, data, locale, print_of_input[:16], syntax, clauses or {}, "logo" in (assets or {}))
    if stage == "text":
        return {"text": plain_text(filled)}
    page = document_of(
        filled,
        title=str(data.get("title", "")) or heading_of(filled),
        locale=locale,
        styles=styles if stage == "html" else "",
        dated=date_in(data),
    )
    if stage == "html":
        return {"html": page}
    if archive:
        identifier = hashlib.sha256(f"archive\0{print_of_input}".encode()).hexdigest()
        source = msgspec.json.format(msgspec.json.encode(data, order="sorted"), indent=2)
        return render_page(
            html=page, styles=styles, identifier=identifier, assets=assets or {}, source=source, dated=date_in(data)
        )
    return render_page(html=page, styles=styles, identifier=print_of_input, assets=assets or {})


def filled_body(
    body: str,
    data: dict[str, Any],
    locale: str,
    identifier: str,
    syntax: str,
    clauses: Mapping[str, Mapping[str, str]],
    has_logo: bool,
) -> str:
    """The body as HTML: Markdown read, data filled in, clauses numbered."""
    texts = {name: as_html(clause["body"], clause["syntax"]) for name, clause in clauses.items()}
    known = {**data, "document": {"fingerprint": identifier, "logo": has_logo}}
    filled = fill_in(as_html(body, syntax), known, locale, texts)
    return numbered(filled, locale=locale, fingerprint=identifier, has_logo=has_logo)


def as_html(body: str, syntax: str) -> str:
    """A body in either syntax as an HTML template."""
    return html_template(body) if syntax == "markdown" else body


def heading_of(filled: str) -> str:
    """The words of the first heading: the document's title where the data name none."""
    found = re.search(r"<h1\b[^>]*>(.*?)</h1>", filled, re.DOTALL)
    return plain_text(found.group(1)) if found else ""


def render_page(
    *,
    html: str,
    styles: str,
    identifier: str,
    assets: dict[str, bytes] | None = None,
    source: bytes | None = None,
    dated: str = "",
) -> dict[str, Any]:
    """HTML and CSS of our own making (or of a template) → {"pdf", "pages", "engine"}; tagged, with `lang`.

    `source`: the data it was made from, embedded in a PDF/A-3u under the day `dated` (ISO 8601), never under the clock's.
    """
    logging.disable(logging.CRITICAL)
    fetcher = AssetFetcher(assets or {})
    fonts = OurFonts()
    sheet = weasyprint.CSS(string=styles, url_fetcher=fetcher, font_config=fonts)
    laid_out = weasyprint.HTML(string=html, url_fetcher=fetcher).render(stylesheets=[sheet], font_config=fonts)
    options: dict[str, Any] = {}
    if source is not None:
        laid_out.metadata.attachments.append(_embedded(source, dated))
        options = {"pdf_variant": "pdf/a-3u", "finisher": _name_embedded_files_once}
    pdf = laid_out.write_pdf(pdf_identifier=identifier[:32].encode(), pdf_tags=True, **options)
    return {"pdf": pdf, "pages": len(laid_out.pages), "engine": engine_fingerprint()}


def _embedded(source: bytes, dated: str) -> weasyprint.Attachment:
    day = datetime.fromisoformat(dated or UNDATED).replace(tzinfo=UTC)
    return weasyprint.Attachment(
        file_obj=io.BytesIO(source),
        name="data.json",
        description="The data this document was made from",
        created=day,
        modified=day,
        relationship="Source",
    )


def _name_embedded_files_once(_document: object, pdf: pydyf.PDF) -> None:
    """WeasyPrint lists a document's own attachment twice among its associated files."""
    pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))


def date_in(data: Mapping[str, Any]) -> str:
    """The day the document itself bears, as ISO 8601; empty where it bears none."""
    value = data.get("date")
    try:
        return date.fromisoformat(value).isoformat() if isinstance(value, str) else ""
    except ValueError:
        return ""


def document_of(filled: str, *, title: str, locale: str, styles: str = "", dated: str = "") -> str:
    """The whole page around a template's body; its lines run from the right where those of `locale` do."""
    style = f"<style>{styles}</style>" if styles else ""
    language = escape(locale.replace("_", "-"), quote=True)
    direction = ' dir="rtl"' if language.partition("-")[0] in FROM_THE_RIGHT else ""
    day = f'<meta name="dcterms.created" content="{dated}">' if dated else ""
    return (
        f'<!DOCTYPE html><html lang="{language}"{direction}><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="generator" content="Accord">{day}{style}</head><body>{filled}</body></html>'
    )


def fingerprint(
    body: str, styles: str, data: dict[str, Any], locale: str, syntax: str = "html", clauses: Any = None
) -> str:
    """SHA-256 over everything that shapes the document."""
    content = msgspec.json.encode([body, styles, data, locale, syntax, clauses or {}], order="sorted")
    return hashlib.sha256(content).hexdigest()


@cache
def engine_fingerprint() -> str:
    """Versions of the engine and a digest of the fonts: two documents of one fingerprint are comparable byte by byte."""
    digest = hashlib.sha256()
    for path in sorted(FONTS.glob("*.[to]tf")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return (
        f"weasyprint {weasyprint.__version__}, pydyf {pydyf.__version__}, pango {pango.pango_version()}, "
        f"fonts {digest.hexdigest()[:12]}"
    )


class _TextReader(HTMLParser):
    """Collects what a reader of the page would read, one block a line; a clause's number stays with its text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self.hidden = 0
        self.is_number = False
        self.is_after_number = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNSEEN:
            self.hidden += 1
        elif tag == "span" and ("class", "no") in attrs:
            self.is_number = True
        elif tag not in NO_BREAK or tag == "br":
            if not self.is_after_number:
                self.lines.append("")
            self.is_after_number = False
        elif tag in {"td", "th"} and self.lines[-1]:
            self.lines[-1] += "  "

    def handle_endtag(self, tag: str) -> None:
        if tag in UNSEEN:
            self.hidden = max(0, self.hidden - 1)
        elif tag == "span" and self.is_number:
            self.is_number, self.is_after_number = False, True
            self.lines[-1] += " "
        elif tag not in NO_BREAK:
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            words = " ".join(data.split())
            self.is_after_number = self.is_after_number and not words
            lead = " " if data[:1].isspace() and self.lines[-1] and not self.lines[-1].endswith(" ") else ""
            tail = " " if data[-1:].isspace() and words else ""
            self.lines[-1] += f"{lead}{words}{tail}" if words else lead


def plain_text(html: str) -> str:
    """The words of a page without its markup: one line per block, no empty lines."""
    reader = _TextReader()
    reader.feed(html)
    reader.close()
    return "\n".join(line for raw in reader.lines if (line := raw.strip()))


def warm_up() -> None:
    """Lay out one small page, so that fonts, hyphenation and the PDF writer are in memory before the first fork."""
    styles = "body{font-family:'Accord Serif'} em{font-style:italic} b{font-weight:600} i{font-family:'Accord Sans'}"
    text = "<p>Aa <em>Bb</em> <b>Cc</b> <i>Dd</i></p><table><tr><td>1</td></tr></table>"
    render_page(html=document_of(text, title="", locale="en"), styles=styles, identifier="0" * 32)
    logging.disable(logging.NOTSET)
