# ruff: noqa: SIM905 - lists of words are read as words
"""Which of our languages a text is in, by its commonest words."""

from ai_mediation.adapters.compliance.wordlist import Words

ENOUGH = 20  # words; shorter texts are read in every language
SHARE = 0.06  # of all words: in running English and Spanish a third and more are these
_COMMON = {
    "en": frozenset(
        "the of and to in is that for it with as be on by this shall will any or are not from which at has have "
        "been each party agree agrees agreed agreement pay pays may must if their his her its was were".split()
    ),
    "es": frozenset(
        "de la que el en los del se las por un para con una su al lo como o sera podra debera cada parte partes "
        "sus este esta acuerdo paga pagara acuerda acuerdan entre si fue son es y".split()
    ),
}
# What is none of ours, told by words that ours does not have.
_OTHERS = {
    "fr": frozenset(
        "le les des du et une dans est pour par sur au aux qui ne pas ce cette il elle ou avec sont sera doit".split()
    ),
    "de": frozenset(
        "der die und den von zu das mit sich des auf fur ist nicht ein eine dem im wird werden oder als auch bei".split()
    ),
    "it": frozenset("il di che e per non con della del gli i sono dal nel alla al una le o anche entro ogni".split()),
    "pt": frozenset("o a e do da em um os no na uma nao ao dos das pelo pela sera ou cada".split()),
}


def languages_of(text: Words) -> tuple[str, ...]:
    """The languages the text is to be read in; none when it is long enough to tell and in neither."""
    if len(text.words) < ENOUGH:
        return tuple(_COMMON)
    share = {language: _share(text, common) for language, common in _COMMON.items()}
    best, foreign = max(share.values()), max(_share(text, common) for common in _OTHERS.values())
    return tuple(language for language, part in share.items() if part >= SHARE and part >= best / 4 and part >= foreign)


def _share(text: Words, common: frozenset[str]) -> float:
    return sum(len(text.places.get(word, ())) for word in common) / len(text.words)
