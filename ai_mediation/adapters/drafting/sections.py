"""A rendered document cut at its headings."""

from html.parser import HTMLParser

HEADINGS = ("h1", "h2", "h3")
BLOCKS = frozenset({"p", "div", "tr", "li", "section", "table", "br", "header"})
UNSEEN = frozenset({"head", "style", "script", "title", "template"})


class _Cutter(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.sections: list[tuple[str, list[str]]] = [("", [])]
        self._heading: list[str] | None = None
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNSEEN:
            self._hidden += 1
        elif tag in HEADINGS:
            self._heading = []
        elif tag in BLOCKS:
            self.sections[-1][1].append("\n")
        elif tag in {"td", "th"}:
            self.sections[-1][1].append("  ")

    def handle_endtag(self, tag: str) -> None:
        if tag in UNSEEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in HEADINGS and self._heading is not None:
            self.sections.append((" ".join("".join(self._heading).split()), []))
            self._heading = None
        elif tag == "span":
            self._words(" ")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._words(data)

    def _words(self, data: str) -> None:
        (self._heading if self._heading is not None else self.sections[-1][1]).append(data)


def sections_of(html: str) -> dict[str, str]:
    """Heading → text below it, in the order of the document; a heading with nothing below it is left out."""
    cutter = _Cutter()
    cutter.feed(html)
    cutter.close()
    found: dict[str, str] = {}
    for heading, pieces in cutter.sections:
        lines = [" ".join(line.split()) for line in "".join(pieces).split("\n")]
        text = "\n".join(line for line in lines if line)
        if heading and text:
            found[_distinct(heading, found)] = text
    return found


def _distinct(heading: str, taken: dict[str, str]) -> str:
    name, number = heading, 2
    while name in taken:
        name, number = f"{heading} ({number})", number + 1
    return name
