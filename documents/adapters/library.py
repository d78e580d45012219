"""The templates and clauses that are shipped with Accord: files below `templates/documents/`.

library/house.css                 the print styles that all of them share
library/<slug>/template.json      {"kind": …, "locales": {"en": "title", …}, "signature_excluded": {"en": "reason", …}?}
library/<slug>/schema.json        JSON Schema of the inputs, the same for all languages; its `examples` fill in a preview
library/<slug>/styles.css         print styles of this template alone, if it has some
library/<slug>/<locale>/body.md   the text, or body.html
clauses/<slug>/<locale>.md        a clause that several templates share; its first line is a heading, the title
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from documents.enums import Syntax
from documents.selectors.clauses import Texts, taken_from
from documents.selectors.schema_order import with_order

LIBRARY = Path(__file__).resolve().parents[2] / "templates" / "documents" / "library"
MARK = re.compile(r"\s*\[[^\]]*\]\s*$")


@dataclass(frozen=True)
class ShippedTemplate:
    """One text in one language, as it lies in the library."""

    slug: str
    kind: str
    locale: str
    title: str
    schema: dict[str, Any]
    body: str
    styles: str
    syntax: str = Syntax.HTML.value
    clauses: Texts = field(default_factory=dict)
    signature_excluded: str = ""


@dataclass(frozen=True)
class ShippedClause:
    """One clause in one language."""

    slug: str
    locale: str
    title: str
    body: str
    syntax: str = Syntax.MARKDOWN.value


def shipped_templates(library: Path = LIBRARY) -> Iterator[ShippedTemplate]:
    """All templates of the library, by name and language."""
    house = house_styles(library)
    clauses = list(shipped_clauses(library))
    for description in sorted(library.glob("*/template.json")):
        folder = description.parent
        meta = json.loads(description.read_text(encoding="utf-8"))
        schema = with_order(json.loads((folder / "schema.json").read_text(encoding="utf-8")))
        own = folder / "styles.css"
        styles = house + (own.read_text(encoding="utf-8") if own.exists() else "")
        for locale, title in sorted(meta["locales"].items()):
            body, syntax = _body(folder / locale)
            yield ShippedTemplate(
                slug=folder.name,
                kind=meta["kind"],
                locale=locale,
                title=title,
                schema=schema,
                body=body,
                styles=styles,
                syntax=syntax,
                clauses=taken_from(
                    {one.slug: {"syntax": one.syntax, "body": one.body} for one in clauses if one.locale == locale},
                    body,
                ),
                signature_excluded=meta.get("signature_excluded", {}).get(locale, ""),
            )


def shipped_clauses(library: Path = LIBRARY) -> Iterator[ShippedClause]:
    """All clauses, by name and language."""
    for path in sorted(library.parent.glob("clauses/*/*.md")):
        body = path.read_text(encoding="utf-8")
        title = MARK.sub("", body.splitlines()[0].lstrip("# "))
        yield ShippedClause(slug=path.parent.name, locale=path.stem, title=title, body=body)


def house_styles(library: Path = LIBRARY) -> str:
    """The print styles that a new template begins with."""
    path = library / "house.css"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _body(folder: Path) -> tuple[str, str]:
    markdown = folder / "body.md"
    if markdown.exists():
        return markdown.read_text(encoding="utf-8"), Syntax.MARKDOWN.value
    return (folder / "body.html").read_text(encoding="utf-8"), Syntax.HTML.value
