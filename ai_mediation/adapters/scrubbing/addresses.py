"""Street addresses as ES, DE, FR, IT, GB and US write them: the street with its number, and floor, postcode and town beside it.

A street's type and a house number make an address, and so does a number before a postcode and its town. A town alone does not; a British
postcode does: it names a few doors. What follows the number decides too: "via PayPal 300 euros" and "Weg 3 Tage" are none.

Found from the words that name types of streets, so that a text is read once; what stands around them is looked at no further than an
address is long.
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
    r"(?P<house>\d{1,4}(?: ?(?:bis|ter|quater)(?![^\W_])| ?[a-h](?![^\W_]))?(?:[-/](?:\d{1,4}[a-h]?|[a-h](?!\w)))?)"
    r"(?![\w:%]|[.,/-]\d)"
)
_NAME_WORD = rf"(?:{_LETTER}[\w'.-]{{0,30}})"

# --- what may follow: floors, doors, postcodes, towns ---------------------------------------------------------------------
_SMALL_IN_TOWNS = r"(?:am|an der|im|upon|on|de|del|la|las|los|el|le|les|sur|sous|en|di|d'|main|bei|ob|der)"
_TOWN = rf"{_LETTER}[\w'.-]{{1,30}}(?:[ -](?:{_SMALL_IN_TOWNS} ?){{0,3}}{_LETTER}[\w'-]{{1,30}}){{0,2}}"
_GB_INWARD = r"[0-9][abd-hjlnp-uw-z]{2}"
_GB_OUTWARD = r"(?:gir|[a-pr-uwyz](?:\d{1,2}|[a-hk-y]\d{1,2}|\d[a-hjkps-uw]|[a-hk-y]\d[abehmnprv-y]))"
_GB_POSTCODE = rf"{_GB_OUTWARD} {_GB_INWARD}"
_POSTCODE = r"(?:[defi]-)?\d{5}(?:-\d{4})?(?!\d)"
_SIDE = r"(?:izq|izda|izquierda|dcha|dch|der|derecha|ctro|centro)\.?"
_FLOOR = (
    r"(?:,? {0,2}(?:"
    r"(?:apt|apartment|apto|appt|appartement|unit|suite|ste|flat|floor|piso|planta|puerta|pta|portal|bloque|bl|esc|escalera|local|int|"
    r"interno|scala|piano|bat|batiment|etage|wohnung|whg|stock|og|hinterhaus|hh)\.? ?#?\w{1,5}|#\w{1,5}"
    rf"|\d{{1,2}} ?[oa°]\.?(?: ?[a-z](?![^\W_])| ?{_SIDE})?(?!\w)"
    rf"|(?:bajo|atico|entresuelo|principal)(?: [a-z](?![^\W_])| {_SIDE})?(?!\w)"
    r")){0,3}"
)
_AFTER = re.compile(
    rf"{_FLOOR}(?:(?:,\n|,| -|\n)? {{0,2}}(?:{_POSTCODE} {{1,2}}(?P<behind>{_TOWN})"
    rf"|(?P<before>{_TOWN}),? {{1,2}}(?:[a-z]{{2}},? {{1,2}})?(?:{_POSTCODE}|{_GB_POSTCODE}){_E}))?"
)
_TOWN_FIRST = re.compile(rf"{_B}(?:{_POSTCODE} (?P<behind>{_TOWN})|(?P<before>{_TOWN}),? {_POSTCODE}),[ \n]\Z")
_LONGEST = 80
_END_OF_ADDRESS = re.compile(rf"\s*(?:\Z|[,;.)\n])|{_FLOOR} \d{{5}}")

# --- type, name, number: ES and IT --------------------------------------------------------------------------------------
_LEADING = word_set(
    """
    calle c cl avenida avda avd av plaza plza pza paseo po camino carretera ctra ronda travesia glorieta pasaje urbanizacion urb gran
    rambla callejon poligono carrer rua via viale v piazza p piazzale corso largo vicolo strada contrada borgo lungotevere salita
    """
)
_ABBREVIATED = r"c ?/|c\. ?/|cl\.|avda\.?|avd\.|plza\.?|pza\.?|ctra\.?|urb\."
_NUMBER_SIGN = r"(?:no?[o°.]{0,2} ?|num(?:ero|\.)? ?|nr\.? ?)?"
_TYPE_FIRST = re.compile(
    rf"(?P<type>{_ABBREVIATED}|v\.le|p\.zza|c\.so|av\.|gran(?= via)|{_LETTER}+) {{0,2}}(?P<name>{_NAME_WORD}(?: {_NAME_WORD}){{0,6}}?)"
    rf"(?:,? {{1,2}}|,){_NUMBER_SIGN}{_HOUSE}"
)
_IS_ABBREVIATED = re.compile(_ABBREVIATED)
_SAID_IN_PASSING = word_set("calle avenida viale piazza")  # streets even when nothing is written with a capital
_NO_STREETS = frozenset(["c", "v", "p", "cl", "urb"])  # alone, without their dot or stroke

# --- name with its type, number: DE ---------------------------------------------------------------------------------------
_ENDINGS = tuple(
    word_set(
        """
        strasse straße str weg platz allee gasse ring damm ufer chaussee steig pfad promenade zeile stieg markt brucke graben kamp hof
        """
    )
)
_HOUSE_BEHIND = re.compile(rf"\.? {{1,2}}{_HOUSE}")
_WORDS_BEFORE = re.compile(r"(?:[^\W\d_][\w'.-]{1,30} ){1,4}\Z")
_POSTCODE_AND_TOWN = re.compile(rf"[0-9](?<![\w.,].)\d{{4}}(?!\w) {{1,2}}{_LETTER}")
_STREET_BEFORE_POSTCODE = re.compile(
    rf"(?P<name>{_NAME_WORD}(?: {_NAME_WORD}){{0,3}}) {_HOUSE}(?:,|,\n|\n| -) {{0,2}}(?:[defi]-)?\Z"
)
_SMALL_IN_STREETS = word_set(
    "am an der den dem auf im in unter zum zur hinter de del la las los el du des le di della dei"
)

# --- number, type, name: FR -----------------------------------------------------------------------------------------------
_FRENCH = word_set(
    """
    rue avenue av boulevard bd blvd place pl chemin impasse allee allees quai cours route square passage sentier villa faubourg
    residence esplanade
    """
)
_SMALL_IN_FRENCH = r"(?:(?:de|du|des|la|le|les|d|l|et) {1,2}|[dl]')"
_HOUSE_BEFORE = re.compile(rf"{_B}{_HOUSE},? {{1,2}}\Z")
_FRENCH_NAME = re.compile(rf"\.? {{1,2}}(?P<name>{_SMALL_IN_FRENCH}{{0,3}}{_NAME_WORD}(?:[ -]{_NAME_WORD}){{0,3}})")
_SMALL_WRITTEN = frozenset(["rue", "boulevard", "impasse", "chemin"])

# --- number, name, type: GB and US ------------------------------------------------------------------------------------------
_ENGLISH = word_set(
    """
    street st road rd avenue ave lane ln drive dr boulevard blvd court ct place pl square sq terrace close crescent gardens grove mews
    way hill row parade walk green park highway hwy parkway pkwy circle cir trail broadway turnpike rise view yard wharf gate embankment
    """
)
_ENGLISH_BEFORE = re.compile(
    rf"{_B}(?P<house>\d{{1,5}}(?: ?[a-h](?![^\W_]))?(?:[-/]\d{{1,4}})?),? {{1,2}}"
    rf"(?P<name>(?:(?:[nsew]|ne|nw|se|sw)\.? )?(?:{_NAME_WORD}|\d{{1,3}}(?:st|nd|rd|th))(?: {_NAME_WORD}){{0,3}} )\Z"
)
_ENGLISH_BEHIND = re.compile(rf"\.?(?: (?:n|s|e|w|ne|nw|se|sw|north|south|east|west){_E}\.?)?")
_NO_NAMES = word_set(
    """
    hard test flash long other same next following own first second third last
    new best only easy right wrong better whole this that the a an one
    """
)
_COURTS = word_set("claims county supreme high magistrates district appeal crown")

_BOX = re.compile(
    r"(?:p\.? ?o\.? ?box|apartado(?: de correos)?|apdo\.?|postfach|boite postale|b\.?p\.|casella postale) {0,2}\d{1,6}(?!\w)"
)
_BOXES = word_set("p po apartado apdo postfach boite b bp casella")
_INWARD = re.compile(rf"{_GB_INWARD}(?![^\W_])")
_OUTWARD_BEFORE = re.compile(rf"{_B}{_GB_OUTWARD} \Z")


_TELLING = _LEADING | _FRENCH | _ENGLISH | _BOXES
_HAS_DIGIT = re.compile("[0-9]")


def find_addresses(view: View) -> Iterator[Finding]:
    """Places in the view's plain text."""
    text, plain = view.folded, view.plain
    if not _HAS_DIGIT.search(text):
        return
    telling = {word for word in set(view.spelt) if word in _TELLING or word.endswith(_ENDINGS)}
    for match in [match for match, word in zip(view.words, view.spelt, strict=True) if word in telling]:
        word, start, end = match.group(), match.start(), match.end()
        if word in _LEADING and (found := _TYPE_FIRST.match(text, start)) and _is_street_first(text, plain, found):
            yield _whole(text, plain, start, found.end())
        if word in _FRENCH and (place := _french(text, plain, word, start, end)):
            yield _whole(text, plain, *place)
        if word in _BOXES and (box := _BOX.match(text, start)):
            yield Finding(Kind.ADDRESS, start, box.end())
        if plain[start].isupper():
            if word in _ENGLISH and (place := _english(text, plain, start, end)):
                yield _whole(text, plain, *place)
            if word.endswith(_ENDINGS) and (place := _german(text, plain, word, start, end)):
                yield _whole(text, plain, *place)
    for match in _POSTCODE_AND_TOWN.finditer(text):
        if plain[match.end() - 1].isupper() and (place := _before_postcode(text, plain, match.start())):
            yield _whole(text, plain, *place)
    for match in _INWARD.finditer(text):
        begin = max(0, match.start() - 6)
        if plain[match.end() - 1].isupper() and (outward := _OUTWARD_BEFORE.search(text[begin : match.start()])):
            yield Finding(Kind.ADDRESS, begin + outward.start(), match.end())


def _whole(text: str, plain: str, start: int, end: int) -> Finding:
    """With floor, postcode and town, before or after; towns are written with a capital."""
    if after := _AFTER.match(text, end):
        end = max(end, _with_town(text, plain, after, end))
    begin = max(0, start - _LONGEST)
    if before := _TOWN_FIRST.search(text[begin:start]):
        town = before.start("behind") if before["behind"] else before.start("before")
        if plain[begin + town].isupper():
            start = begin + before.start()
    while text[end - 1] in ".'-":
        end -= 1
    return Finding(Kind.ADDRESS, start, end)


def _with_town(text: str, plain: str, after: re.Match[str], end: int) -> int:
    if after["before"]:
        return after.end() if plain[after.start("before")].isupper() else end
    if after["behind"]:
        town = after.start("behind")
        return _last_capital(plain, town, after.end("behind")) if plain[town].isupper() else end
    floor = re.compile(_FLOOR).match(text, end)
    return floor.end() if floor else end


def _last_capital(plain: str, start: int, end: int) -> int:
    """Where the last word with a capital ends: of "10115 Berlin and then" that is Berlin. `start` if there is none."""
    stop = start
    for word in re.finditer(r"[^\s'-]+", plain[start:end]):
        if word.group()[0].isupper():
            stop = start + word.end()
    return stop


def _counts_something(text: str, start: int, end: int) -> bool:
    return is_amount(text, start, end) or is_followed_by_month(text, end)


def _is_street_first(text: str, plain: str, match: re.Match[str]) -> bool:
    kind = match["type"]
    if _counts_something(text, *match.span("house")) or kind in _NO_STREETS:
        return False
    if _IS_ABBREVIATED.fullmatch(kind):
        return True
    is_ended = _END_OF_ADDRESS.match(text, match.end()) is not None
    words = plain[match.start("name") : match.end("name")].split()
    if kind == "gran" and words[0].lower() not in ("via", "vía"):
        return False
    if words[-1][0].isupper():
        return plain[match.start()].isupper() or kind not in ("via", "po") or is_ended
    return kind in _SAID_IN_PASSING and len(words) <= 3 and is_ended


def _french(text: str, plain: str, word: str, start: int, end: int) -> tuple[int, int] | None:
    """Up to the last capital of the name; a "rue" may be written small ("12 rue des fleurs")."""
    begin = max(0, start - 16)
    house, name = _HOUSE_BEFORE.search(text[begin:start]), _FRENCH_NAME.match(text, end)
    if not house or not name:
        return None
    stop = _last_capital(plain, *name.span("name"))
    if stop == name.start("name"):
        if word not in _SMALL_WRITTEN or not _END_OF_ADDRESS.match(text, name.end()):
            return None
        stop = name.end()
    return begin + house.start(), stop


def _english(text: str, plain: str, start: int, end: int) -> tuple[int, int] | None:
    begin = max(0, start - _LONGEST)
    no_names = _NO_NAMES | _COURTS if text[start:end] == "court" else _NO_NAMES
    before = _ENGLISH_BEFORE.search(text[begin:start])
    if not before:
        return None
    name = plain[begin + before.start("name") : begin + before.end("name")].split()
    if not all(word[0].isupper() or word[0].isdigit() for word in name) or any(
        word.lower() in no_names for word in name
    ):
        return None
    if _counts_something(text, begin + before.start("house"), begin + before.end("house")):
        return None
    behind = _ENGLISH_BEHIND.match(text, end)
    return begin + before.start(), behind.end() if behind else end


def _german(text: str, plain: str, word: str, start: int, end: int) -> tuple[int, int] | None:
    """ "Lindenstr. 14" alone; "Berliner Platz 3" with the capitalised words before it, "Weg 3" without any is none."""
    house = _HOUSE_BEHIND.match(text, end)
    if not house or _counts_something(text, *house.span("house")):
        return None
    if text[start - 1 : start] == "-":
        start = _start_of_hyphened(text, start)
    elif word in _ENDINGS:
        named = _named_before(text, plain, start)
        if named is None:
            return None
        start = named
    return start, house.end()


def _start_of_hyphened(text: str, start: int) -> int:
    hyphened = re.search(r"[^\W\d_][\w-]{0,60}\Z", text[max(0, start - _LONGEST) : start])
    return max(0, start - _LONGEST) + hyphened.start() if hyphened else start


def _named_before(text: str, plain: str, end: int) -> int | None:
    """Where the capitalised words (and the small ones among them) before `end` begin."""
    begin = max(0, end - _LONGEST)
    before = _WORDS_BEFORE.search(text[begin:end])
    start = None
    for word in reversed(list(re.finditer(r"\S+", text[begin + before.start() : end])) if before else []):
        position = begin + (before.start() if before else 0) + word.start()
        if plain[position].isupper():
            start = position
        elif word.group() not in _SMALL_IN_STREETS:
            break
    return start


def _before_postcode(text: str, plain: str, postcode: int) -> tuple[int, int] | None:
    """ "Unter den Linden 77, 10117 Berlin": whatever the street is called, a number stands between its name and the postcode."""
    begin = max(0, postcode - _LONGEST)
    street = _STREET_BEFORE_POSTCODE.search(text[begin:postcode])
    if not street:
        return None
    start = _named_before(text, plain, begin + street.end("name") + 1)
    return None if start is None else (start, begin + street.end("house"))
