"""Figures a mediator needs: sums and days. Whatever looks like a number of somebody is left alone when it is one of these."""

import re

_UNITS_AFTER = re.compile(
    r"\s{0,2}(?:[€$£¥%]|(?:euros?|eur|usd|us\$|gbp|chf|dollars?|bucks|pounds?|pence|quid|libras?|dolares|pesos?|francs?|francos?|franken|"
    r"cents?|centimos?|centimes|centesimi|mil|million(?:en|s|es)?|millones|milioni|tsd|k|kwh|mwh|km|m2|m²|qm|sqm|kg|gb|mb|"
    r"days?|dias?|tage[n]?|jours?|giorni|weeks?|semanas?|wochen?|semaines?|settimane|months?|mes(?:es)?|monate?n?|mois|mesi|"
    r"years?|anos?|jahre?n?|ans|annees?|anni|hours?|horas?|stunden?|heures?|ore|times|veces|mal|fois|volte|percent|prozent|por ciento|"
    r"units?|unidades|stuck|pieces?|piezas?|pezzi|persons?|people|personas?)(?![^\W_]))"
)
_SIGN_BEFORE = re.compile(r"(?:[€$£¥]|(?<![^\W_])(?:eur|usd|us\$|gbp|chf|euros?))\s{0,2}\Z")
_MONTH_AFTER = re.compile(
    r"(?:st|nd|rd|th|\.|er)?\s{1,2}(?:de\s|of\s|di\s)?(?:jan|feb|mar|apr|abr|avr|may|mai|mag|jun|giu|juin|jul|lug|juil|aug"
    r"|ago|aou|sep|set|oct|okt|ott|nov|dec|"
    r"dez|dic|ene|fev|gen)[a-z]{0,7}(?![^\W_])"
)
_DATE = re.compile(
    r"(?:0?[1-9]|[12]\d|3[01])(?P<one>[ ./-])(?:0?[1-9]|1[0-2])(?P=one)(?:19|20)?\d{2}(?!\d|(?P=one)\d)"
    r"|(?:0?[1-9]|1[0-2])(?P<two>[ ./-])(?:0?[1-9]|[12]\d|3[01])(?P=two)(?:19|20)\d{2}(?!\d)"
    r"|(?:19|20)\d{2}(?P<three>[ ./-]?)(?:0[1-9]|1[0-2])(?P=three)(?:0[1-9]|[12]\d|3[01])(?!\d)"
)
_LONGEST_UNIT = 8


def is_amount(text: str, start: int, end: int) -> bool:
    """Whether the figure at this place of a folded text is of money or of some unit."""
    before = text[max(0, start - _LONGEST_UNIT) : start]
    return bool(_UNITS_AFTER.match(text, end) or _SIGN_BEFORE.search(before))


def is_date(figures: str) -> bool:
    """Whether figures begin as a day is written: 31.08.2025, 2025-08-31, 08/31/2025, 20250831."""
    return _DATE.match(figures) is not None


def is_followed_by_month(text: str, end: int) -> bool:
    return _MONTH_AFTER.match(text, end) is not None
