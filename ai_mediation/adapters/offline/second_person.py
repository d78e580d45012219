"""An English sentence of a party said back to it: "I painted my rooms" becomes "you painted your rooms".

Only what turns round safely is turned; whatever speaks for several people, addresses somebody or quotes is left to be quoted.
"""

import re

_UNSAFE = re.compile(
    r"(?<![^\W_])(?:we|us|our|ours|we're|we've|we'd|you|your|yours|let's|thou|mr|dear)(?![^\W_])|[\"“”«»„?:;()\n]|\bam i\b|\bwas i\b"
    r"|\b(?:have|had|do|did|would|will|can|could|should) i\b",
    re.IGNORECASE,
)
_TURNS = {
    "i am": "you are",
    "i'm": "you are",
    "i was": "you were",
    "i wasn't": "you were not",
    "i've": "you have",
    "i'd": "you would",
    "i'll": "you will",
    "i": "you",
    "me": "you",
    "my": "your",
    "mine": "yours",
    "myself": "yourself",
}
_TURN = re.compile(
    r"(?<![\w'])(?:i am|i'm|i was(?:n't)?|i've|i'd|i'll|i|me|my|mine|myself)(?![\w'])",
    re.IGNORECASE,
)
_PERFECT = re.compile(
    r"(?<![\w'])i'd (?=(?:\w+ed|been|had|paid|given|taken|said|told|found|left)(?!\w))", re.IGNORECASE
)
_LEADING = re.compile(r"\A(?:and|but|so|also|because|well|then),?\s+", re.IGNORECASE)
_KEEPS_CAPITAL = re.compile(
    r"\A(?:I(?![\w'])|I['’]|[A-Z]{2,}|(?:Mr|Ms|Mrs|Dr)\b|(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
    r"|January|February|March|April|May|June|July|August|September|October|November|December)\b)"
)
_ORDINARY = frozenset(
    [
        "the",
        "a",
        "an",
        "this",
        "that",
        "these",
        "those",
        "my",
        "he",
        "she",
        "it",
        "they",
        "there",
        "on",
        "in",
        "at",
        "after",
        "before",
        "when",
        "while",
        "since",
        "then",
        "his",
        "her",
        "their",
        "its",
        "both",
        "all",
        "some",
        "no",
        "nobody",
        "one",
        "two",
        "three",
        "four",
        "five",
        "if",
        "as",
        "for",
        "from",
        "with",
        "without",
        "because",
        "although",
        "though",
        "by",
        "last",
        "next",
        "about",
        "only",
        "each",
        "every",
        "everything",
        "nothing",
        "also",
        "today",
        "yesterday",
        "now",
    ]
)


def turned(sentence: str) -> str | None:
    """The sentence said to its author, without its full stop and in lower case where it begins; None where that is not safe."""
    text = " ".join(sentence.split()).rstrip(".!;").replace("’", "'")
    text = _LEADING.sub("", text)
    if not text or _UNSAFE.search(text) or text.isupper():
        return None
    said = _TURN.sub(lambda match: _TURNS[match.group().lower()], _PERFECT.sub("you had ", text))
    first = text.split(None, 1)[0].rstrip(",'s").lower() if text else ""
    if _TURN.match(text) or first in _ORDINARY:
        return said[:1].lower() + said[1:]
    return said
