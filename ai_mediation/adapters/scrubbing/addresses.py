"""Street addresses as ES, DE, FR, IT, GB and US write them: the street with its number, and floor, postcode and town beside it.

A street's type and a house number make an address; a town or a postcode alone does not (British postcodes do: they name a few doors).
What follows the number decides too: "via PayPal 300 euros" and "Weg 3 Tage" are none.
"""

import re
from collections.abc import Iterator

from ai_mediation.adapters.scrubbing.everyday import word_set
from ai_mediation.adapters.scrubbing.findings import Finding, Kind
from ai_mediation.adapters.scrubbing.folding import View
from ai_mediation.adapters.scrubbing.quantities import is_amount, is_followed_by_month

_LETTER = r"[^\W\d_]"
_B = r"(?<![^\W_])"
_E = r"(?![^\W_])"
_HOUSE = (
    r"(?P<house>\d{1,4}(?: ?(?:bis|ter|quater)(?![^\W_])| ?[a-h](?![^\W_]))?(?:[-/]\d{1,4}[a-h]?)?)(?![\w:%]|[.,/-]\d)"
)
_NUMBER_SIGN = r"(?:n[ro]?[º°.]{0,2} ?|num(?:ero|\.)? ?|nr\.? ?)?"
_NAME_WORD = rf"(?:{_LETTER}[\w'’.-]{{0,30}})"
_SMALL = r"(?:de|del|la|las|los|el|y|e|i|d|du|des|le|les|l|della|delle|dei|degli|di|san|santa|sant|saint|sainte|st)"

# floors, doors, postcodes and towns that may follow or go before; each bounded
_TOWN = (
    rf"{_LETTER}[\w'’.-]{{1,30}}(?:[ -](?:(?:am|an der|im|upon|on|de|del|la|las|los|el|le|les|sur|sous|en|di|d'|main|bei"
    rf"|ob|der) ?){{0,3}}{_LETTER}[\w'’-]{{1,30}}){{0,2}}"
)
_GB_POSTCODE = (
    r"(?:gir ?0aa|[a-pr-uwyz](?:\d{1,2}|[a-hk-y]\d{1,2}|\d[a-hjkps-uw]|[a-hk-y]\d[abehmnprv-y]) \d[abd-hjlnp-uw-z]{2})"
)
_POSTCODE = r"(?:(?:d|e|f|i)-)?\d{5}(?:-\d{4})?(?!\d)"
_FLOOR = (
    r"(?:,? {0,2}(?:(?:apt|apartment|apto|appt|appartement|unit|suite|ste|flat|floor|piso|planta|puerta|pta|portal|bloque|bl"
    r"|esc|escalera|local|"
    r"int|interno|scala|piano|bat|batiment|etage|esc|wohnung|whg|stock|og|hinterhaus|hh)\.? ?#?\w{1,5}|#\w{1,5}"
    r"|\d{1,2} ?[º°ªo]\.?(?: ?[a-z](?![^\W_])| ?(?:izq|izda|izquierda|dcha|der|derecha|dch|ctro|centro)\.?)?"
    r"|(?:bajo|atico|entresuelo|principal|eg|dg)(?: [a-z](?![^\W_])| (?:izq|izda|izquierda|dcha|derecha)\.?)?)){0,3}"
)

_ES = (
    r"(?:c/|cl\.|c\. ?/|calle|avenida|avda\.?|avd\.|av\.|plaza|plza\.?|pza\.?|paseo|p[º°]\.?|camino|carretera|ctra\.?|ronda"
    r"|travesia|glorieta|pasaje|urbanizacion|urb\.?|gran via|rambla|calleja|callejon|poligono|carrer|rua)"
)
_IT = r"(?:via|viale|v\.le|piazza|p\.zza|piazzale|corso|c\.so|largo|vicolo|strada|contrada|borgo|lungotevere|salita)"
_FR = (
    r"(?:rue|avenue|av\.|boulevard|bd\.?|blvd\.?|place|pl\.|chemin|impasse|allee|allees|quai|cours|route|square|passage"
    r"|sentier|villa|faubourg|residence|esplanade)"
)
_EN = (
    r"(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|court|ct|place|pl|square|sq|terrace|close|crescent"
    r"|gardens|grove|mews|way|"
    r"hill|row|parade|walk|green|park|highway|hwy|parkway|pkwy|circle|cir|trail|broadway|turnpike|rise|view|yard|wharf|gate|embankment)"
)
_DE_SUFFIX = (
    r"(?:strasse|straße|str|weg|platz|allee|gasse|ring|damm|ufer|chaussee|steig|pfad|promenade|zeile|stieg|markt"
    r"|brucke|graben|kamp|hof)"
)

# type, name, number: ES and IT
_TYPE_FIRST = re.compile(
    rf"{_B}(?P<type>{_ES}|{_IT})(?<=[\w./º°]) {{0,2}}(?P<name>{_NAME_WORD}(?: {_NAME_WORD}){{0,6}}?)(?:,? {{1,2}}"
    rf"|, ?){_NUMBER_SIGN}{_HOUSE}"
)
# name with its type, number: DE
_TYPE_WITHIN = re.compile(
    rf"{_B}(?P<name>(?:(?:{_LETTER}[\w-]{{1,30}}) ){{0,3}}(?:{_LETTER}[\w-]{{0,30}}?)?{_DE_SUFFIX}\.?) {{1,2}}{_HOUSE}|"
    rf"{_B}(?P<preposed>(?:am|an der|an den|auf dem|auf der|im|in der|unter den|zum|zur|hinter der|alte|alter|neue"
    rf"|neuer) {_LETTER}[\w-]{{2,30}}) {{1,2}}(?P<house2>\d{{1,3}} ?[a-h]?)(?=, {{0,2}}\d{{5}})"
)
# number, type, name: FR
_NUMBER_FIRST_FR = re.compile(
    rf"{_B}{_HOUSE},? {{1,2}}(?P<type>{_FR}){_E} {{0,2}}(?P<name>(?:{_SMALL}[ ']{{1,2}}){{0,3}}{_NAME_WORD}(?:[ -]{_NAME_WORD}){{0,3}})"
)
# number, name, type: GB and US
_NUMBER_FIRST_EN = re.compile(
    rf"{_B}(?P<house>\d{{1,5}}(?: ?[a-h](?![^\W_]))?(?:[-/]\d{{1,4}})?),? {{1,2}}(?P<name>(?:(?:[nsew]|ne|nw|se"
    rf"|sw)\.? )?(?:{_NAME_WORD}|\d{{1,3}}(?:st|nd|rd|th))(?: {_NAME_WORD}){{0,3}}?) (?P<type>{_EN}){_E}\.?"
    rf"(?: (?:n|s|e|w|ne|nw|se|sw|north|south|east|west){_E}\.?)?"
)
_BOX = re.compile(
    rf"{_B}(?:p\. ?o\. ?box|po box|apartado(?: de correos)?|apdo\.?|postfach|boite postale|b\.?p\."
    rf"|casella postale) {{0,2}}\d{{1,6}}(?!\w)"
)
_POSTCODES = re.compile(rf"{_B}{_GB_POSTCODE}{_E}")
_AFTER = re.compile(
    rf"{_FLOOR}(?:(?:,| -|\n|,\n)? {{0,2}}(?:{_POSTCODE} {{1,2}}(?P<town1>{_TOWN})"
    rf"|(?P<town2>{_TOWN}),? {{1,2}}(?:[a-z]{{2}},? {{1,2}})?(?:{_POSTCODE}|{_GB_POSTCODE}){_E}))?"
)
_BEFORE = re.compile(rf"{_B}(?:{_POSTCODE} (?P<town>{_TOWN})|(?P<town3>{_TOWN}) {_POSTCODE}),(?: |\n)\Z")
_LONGEST_BEFORE = 60
_NO_NAMES = word_set(
    """
    claims county supreme high magistrates district appeal hard test flash long other same next following own second first third
    last new best only easy right wrong better whole this that the a an one
    """
)
_ABBREVIATED_TYPES = word_set(
    """
    c/ cl. c./ c. / avda avda. avd. ctra ctra. pza pza. plza plza. urb.
    """
)
_ALWAYS_STREETS = frozenset(["calle", "avenida", "c/", "viale", "piazza"])
_END_OF_ADDRESS = re.compile(rf"(?:\s*\Z|\s*[,;.)\n]|{_FLOOR}(?: \d{{5}}))")


def find_addresses(view: View) -> Iterator[Finding]:
    """Places in the view's plain text."""
    text, plain = view.folded, view.plain
    if any(character.isdigit() for character in text):
        for match in _TYPE_FIRST.finditer(text):
            if _is_street_first(text, plain, match):
                yield _whole(text, plain, match.start(), match.end())
        for match in _TYPE_WITHIN.finditer(text):
            if (start := _german_start(text, plain, match)) is not None:
                yield _whole(text, plain, start, match.end())
        for match in _NUMBER_FIRST_FR.finditer(text):
            if (end := _french_end(text, plain, match)) is not None:
                yield _whole(text, plain, match.start(), end)
        for match in _NUMBER_FIRST_EN.finditer(text):
            if _is_english(plain, match):
                yield _whole(text, plain, match.start(), match.end())
        for pattern in (_BOX, _POSTCODES):
            for match in pattern.finditer(text):
                if pattern is _BOX or plain[match.start()].isupper():
                    yield Finding(Kind.ADDRESS, *match.span())


def _whole(text: str, plain: str, start: int, end: int) -> Finding:
    """With floor, postcode and town before or after; towns are written with a capital."""
    after = _AFTER.match(text, end)
    if after:
        end = max(end, _with_town(plain, after, end))
    begin = max(0, start - _LONGEST_BEFORE)
    before = _BEFORE.search(text[begin:start])
    if before and plain[begin + before.start("town" if before["town"] else "town3")].isupper():
        start = begin + before.start()
    return Finding(Kind.ADDRESS, start, end)


def _with_town(plain: str, after: re.Match[str], end: int) -> int:
    if after["town1"]:
        stop = _last_capital(plain, after.start("town1"), after.end("town1"))
        return stop if stop else end
    if after["town2"]:
        return after.end() if plain[after.start("town2")].isupper() else end
    return after.end()


def _last_capital(plain: str, start: int, end: int) -> int | None:
    """Where the last capitalised word of a town ends: "10115 Berlin and then" is Berlin."""
    stop = None
    for word in re.finditer(r"[^\s-]+", plain[start:end]):
        if word.group()[0].isupper():
            stop = start + word.end()
    return stop if plain[start].isupper() else None


def _counts_something(text: str, match: re.Match[str]) -> bool:
    start, end = match.span("house")
    return is_amount(text, start, end) or is_followed_by_month(text, end)


def _is_street_first(text: str, plain: str, match: re.Match[str]) -> bool:
    if _counts_something(text, match):
        return False
    kind = match["type"]
    if kind in _ABBREVIATED_TYPES:
        return True
    name = plain[match.start("name") : match.end("name")].split()
    if name[-1][0].isupper():
        return plain[match.start("type")].isupper() or kind != "via" or bool(_END_OF_ADDRESS.match(text, match.end()))
    return kind in _ALWAYS_STREETS and len(name) <= 3 and bool(_END_OF_ADDRESS.match(text, match.end()))


def _german_start(text: str, plain: str, match: re.Match[str]) -> int | None:
    if match["preposed"]:
        return match.start() if plain[match.start("preposed")].isupper() else None
    if _counts_something(text, match):
        return None
    start, end = match.span("name")
    words = list(re.finditer(r"\S+", plain[start:end]))
    last = words[-1].group()
    if not last[0].isupper() or (folded_bare(last) in {"str", "weg", "hof", "markt", "ring"} and len(words) == 1):
        return None
    begin = words[-1].start()
    if last.lower() in {
        "strasse",
        "straße",
        "str.",
        "platz",
        "allee",
        "weg",
        "ring",
        "damm",
        "ufer",
        "gasse",
        "markt",
        "promenade",
        "chaussee",
        "hof",
    }:
        for word in reversed(words[:-1]):
            if not word.group()[0].isupper():
                break
            begin = word.start()
        if begin == words[-1].start():
            return None
    return start + begin


def folded_bare(word: str) -> str:
    return word.lower().rstrip(".")


def _french_end(text: str, plain: str, match: re.Match[str]) -> int | None:
    """Up to the last capitalised word of the name; a "rue" may be written small ("12 rue des fleurs")."""
    start, end = match.span("name")
    stop = None
    for word in re.finditer(r"[^\s'’-]+", plain[start:end]):
        if word.group()[0].isupper():
            stop = start + word.end()
    if stop is None and match["type"] in {"rue", "boulevard", "impasse", "chemin"} and _END_OF_ADDRESS.match(text, end):
        stop = end
    return stop


def _is_english(plain: str, match: re.Match[str]) -> bool:
    name = plain[match.start("name") : match.end("name")].split()
    if not plain[match.start("type")].isupper() or any(word.lower() in _NO_NAMES for word in name):
        return False
    return all(word[0].isupper() or word[0].isdigit() for word in name) and not is_followed_by_month(
        match.string, match.end("house")
    )
