"""The templates that are shipped with Accord: files below `templates/documents/library/`.

<slug>/template.json           {"kind": …, "locales": {"en": "title", …}}
<slug>/schema.json             JSON Schema of the inputs, the same for all languages
<slug>/styles.css              print styles, the same for all languages
<slug>/<locale>/body.html      the text
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIBRARY = Path(__file__).resolve().parents[2] / "templates" / "documents" / "library"


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


def shipped_templates(library: Path = LIBRARY) -> Iterator[ShippedTemplate]:
    """All templates of the library, by name and language."""
    for description in sorted(library.glob("*/template.json")):
        folder = description.parent
        meta = json.loads(description.read_text(encoding="utf-8"))
        schema = json.loads((folder / "schema.json").read_text(encoding="utf-8"))
        styles = (folder / "styles.css").read_text(encoding="utf-8")
        for locale, title in sorted(meta["locales"].items()):
            yield ShippedTemplate(
                slug=folder.name,
                kind=meta["kind"],
                locale=locale,
                title=title,
                schema=schema,
                body=(folder / locale / "body.html").read_text(encoding="utf-8"),
                styles=styles,
            )
