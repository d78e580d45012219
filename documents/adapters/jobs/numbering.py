"""Numbers of clauses, and what refers to them. Imports no Django.

A body says what a passage is and never which number it has; here each gets its number, after the data are filled in, so that
a clause that was left out leaves no gap and every reference names the clause as it is counted:

    <masthead title="…" reference="…" subject="…">       the head of the first page, and what runs over the others
    <part><h2>…</h2>                                      a passage without a number
    <recitals><item>…</item></recitals>                   (A), (B)
    <points><item>…</item></points>                       (1), (2)
    <clause id="fees"><h3>…</h3><item id="late">…</item>  1., then 1.1; an item within an item is (a), within that (i)
    <schedule id="plan"><h2>…</h2>                        Schedule 1; its items are 1, 2
    <ref to="late">                                       1.1, as a link; of a schedule its number alone
    <signatures><signature role="debtor" name="…" capacity="…"></signatures>

A part, clause or schedule ends where the next one begins. Data cannot make any of these: their `<` is escaped before.
"""

import re
from dataclasses import dataclass, field
from html import escape

ELEMENT = re.compile(
    r"<(/?)(masthead|part|recitals|points|clause|item|schedule|ref|signatures|signature|h3)\b([^<>]*)>", re.IGNORECASE
)
ATTRIBUTE = re.compile(r'([a-z-]+)\s*=\s*"([^"]*)"', re.IGNORECASE)
KEY = re.compile(r"[a-z][a-z0-9-]{0,63}")
SECTIONS = frozenset({"part", "clause", "schedule"})
LISTS = frozenset({"recitals", "points"})
WORDS = {
    "en": {
        "page": "Page",
        "of": "of",
        "text": "Text",
        "schedule": "Schedule",
        "signature": "Signature",
        "date": "Date",
    },
    "es": {"page": "Página", "of": "de", "text": "Texto", "schedule": "Anexo", "signature": "Firma", "date": "Fecha"},
}
ROMAN = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


class NumberingError(ValueError):
    """The body's own elements do not fit together; the text says where."""


@dataclass
class _Open:
    """An element that has begun: its own label, how many items it has, and what its items' labels look like."""

    name: str
    label: str = ""
    items: int = 0
    is_headed: bool = False
    depth: int = 0


@dataclass
class _Numbering:
    words: dict[str, str]
    fingerprint: str
    has_logo: bool
    out: list[str] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    references: list[tuple[int, str]] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    clauses: int = 0
    schedules: int = 0

    def begin(self, name: str, attributes: dict[str, str], source: str) -> None:
        handler = getattr(self, f"begin_{name}")
        handler(attributes, source)

    def begin_masthead(self, attributes: dict[str, str], source: str) -> None:
        title, reference, subject = (attributes.get(name, "") for name in ("title", "reference", "subject"))
        words = self.words
        self.out.append(
            f'<header class="masthead" data-title="{title}" data-case="{reference}" '
            f'data-text="{words["text"]} {self.fingerprint}" data-page="{words["page"]}" data-of="{words["of"]}">'
        )
        if self.has_logo:
            self.out.append('<img class="logo" src="asset:logo" alt="">')
        if reference:
            self.out.append(f'<p class="eyebrow">{reference}</p>')
        self.out.append(f"<h1>{title}</h1>")
        if subject:
            self.out.append(f'<p class="subject">{subject}</p>')
        self.out.append("</header>")

    def begin_part(self, attributes: dict[str, str], source: str) -> None:
        self.close_section(source)
        self.push("part", '<section class="part"{}>', attributes, "")

    def begin_clause(self, attributes: dict[str, str], source: str) -> None:
        self.close_section(source)
        self.clauses += 1
        self.push("clause", '<div class="clause"{}>', attributes, str(self.clauses))

    def begin_schedule(self, attributes: dict[str, str], source: str) -> None:
        self.close_section(source)
        self.schedules += 1
        self.push("schedule", '<section class="schedule"{}>', attributes, str(self.schedules))
        self.out.append(f'<p class="eyebrow">{self.words["schedule"]} {self.schedules}</p>')

    def begin_recitals(self, attributes: dict[str, str], source: str) -> None:
        self.push("recitals", '<div class="recitals"{}>', attributes, "")

    def begin_points(self, attributes: dict[str, str], source: str) -> None:
        self.push("points", '<div class="points"{}>', attributes, "")

    def begin_item(self, attributes: dict[str, str], source: str) -> None:
        parent = self.stack[-1] if self.stack else None
        if parent is None or parent.name == "signatures":
            raise NumberingError(f"An item stands in a clause, in recitals, points or a schedule: {source}")
        parent.items += 1
        shown, whole = _label(parent)
        self.push("item", '<div class="item"{}>', attributes, whole, depth=parent.depth + 1)
        self.out.append(f'<span class="no">{shown}</span>')

    def begin_ref(self, attributes: dict[str, str], source: str) -> None:
        key = attributes.get("to", "")
        self.references.append((len(self.out), key))
        self.out.append(source)

    def begin_signatures(self, attributes: dict[str, str], source: str) -> None:
        self.push("signatures", '<div class="signatures"{}>', attributes, "")

    def begin_signature(self, attributes: dict[str, str], source: str) -> None:
        role = attributes.get("role", "")
        if not KEY.fullmatch(role) or role in self.roles:
            raise NumberingError(f"A signature needs a role of its own, of small letters, digits and hyphens: {source}")
        if not self.stack or self.stack[-1].name != "signatures":
            raise NumberingError(f"A signature stands within signatures: {source}")
        self.roles.append(role)
        place = self.stack[-1]
        if place.items % 2 == 0:
            self.out.append('<div class="pair">')
        place.items += 1
        words = self.words
        capacity = f'<p class="role">{attributes["capacity"]}</p>' if attributes.get("capacity") else ""
        even = " even" if place.items % 2 == 0 else ""
        self.out.append(
            f'<div class="block{even}" id="signature-{role}"><p class="who">{attributes.get("name", "")}</p>{capacity}'
            f'<div class="line"></div><p class="caption">{words["signature"]}</p>'
            f'<div class="line short"></div><p class="caption">{words["date"]}</p></div>'
        )
        if place.items % 2 == 0:
            self.out.append("</div>")

    def begin_h3(self, attributes: dict[str, str], source: str) -> None:
        self.out.append(source)
        if self.stack and self.stack[-1].name == "clause" and not self.stack[-1].is_headed:
            self.stack[-1].is_headed = True
            self.out.append(f'<span class="no">{self.stack[-1].label}.</span>')

    def push(self, name: str, opening: str, attributes: dict[str, str], label: str, depth: int = 0) -> None:
        key = attributes.get("id", "")
        if key:
            if not KEY.fullmatch(key):
                raise NumberingError(f"A name to refer to has small letters, digits and hyphens: {key}")
            if key in self.labels:
                raise NumberingError(f"Two passages have the same name: {key}")
            self.labels[key] = label
        self.out.append(opening.format(f' id="{key}"' if key else ""))
        self.stack.append(_Open(name, label, depth=depth))

    def close_section(self, source: str) -> None:
        while self.stack:
            if self.stack[-1].name == "item":
                raise NumberingError(f"An item has no end before {source}")
            self.pop()

    def end(self, name: str, source: str) -> None:
        if name in {"h3", "ref", "masthead", "signature"}:
            if name == "h3":
                self.out.append(source)
            return
        while self.stack and self.stack[-1].name != name:
            if self.stack[-1].name == "item" or name in {"item"}:
                raise NumberingError(f"{source} ends what has not begun")
            self.pop()
        if not self.stack:
            raise NumberingError(f"{source} ends what has not begun")
        self.pop()

    def pop(self) -> None:
        closed = self.stack.pop()
        if closed.name == "signatures" and closed.items % 2:
            self.out.append("</div>")
        self.out.append("</section>" if closed.name in {"part", "schedule"} else "</div>")

    def resolve(self) -> None:
        for place, key in self.references:
            if key not in self.labels:
                raise NumberingError(f"There is nothing to refer to by the name: {key}")
            self.out[place] = f'<a class="ref" href="#{key}">{self.labels[key]}</a>'


def numbered(filled: str, *, locale: str, fingerprint: str = "", has_logo: bool = False) -> str:
    """A filled body with its own elements as plain HTML, numbered. Raises NumberingError."""
    state = _Numbering(words_of(locale), escape(fingerprint, quote=True), has_logo)
    position = 0
    for found in ELEMENT.finditer(filled):
        state.out.append(filled[position : found.start()])
        position = found.end()
        closing, name, rest = found.group(1), found.group(2).lower(), found.group(3)
        if closing:
            state.end(name, found.group())
        else:
            state.begin(name, dict(ATTRIBUTE.findall(rest)), found.group())
    state.out.append(filled[position:])
    state.close_section("the end")
    state.resolve()
    return "".join(state.out)


def words_of(locale: str) -> dict[str, str]:
    """The few words that the page itself says, in the document's language; English where there are none."""
    return WORDS.get(locale.partition("-")[0].partition("_")[0], WORDS["en"])


def _label(parent: _Open) -> tuple[str, str]:
    """The number of the parent's newest item: as it stands beside the text, and as others refer to it."""
    count = parent.items
    if parent.name == "clause":
        label = f"{parent.label}.{count}"
        return label, label
    if parent.name == "recitals":
        return f"({letter(count)})", f"({letter(count)})"
    if parent.name == "item" and parent.depth == 1:
        return f"({letter(count).lower()})", f"{parent.label}({letter(count).lower()})"
    if parent.name == "item":
        return f"({roman(count)})", f"{parent.label}({roman(count)})"
    if parent.name == "schedule":
        return f"{count}.", str(count)
    return f"({count})", f"({count})"


def letter(index: int) -> str:
    """1 → A … 26 → Z, 27 → AA: how recitals are counted."""
    text = ""
    while index > 0:
        index, digit = divmod(index - 1, 26)
        text = chr(ord("A") + digit) + text
    return text


def roman(number: int) -> str:
    """1 → i, 4 → iv, 9 → ix."""
    text = ""
    for value, sign in ROMAN:
        while number >= value:
            text, number = text + sign, number - value
    return text
