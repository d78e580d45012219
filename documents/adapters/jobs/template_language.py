"""The language of template bodies: Jinja2's syntax on plain data, with nothing of Python within reach.

`a.b` and `a["b"]` look up a mapping's member or a list's index and nothing else: no attribute of a Python object is ever
read, so `__class__` and friends are merely members that do not exist. Only the filters and functions named here can be
called. Values are text: markup or `{{ }}` in data stays text (autoescape, one pass). A member that is missing is an error
unless tested with `is defined` or `default`. `{% include "name" %}` takes a clause that came along with the version; there is
no other file to include or import.

Runs in the killable child: a template that loops for ever costs its own limit.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from jinja2 import DictLoader, StrictUndefined
from jinja2.runtime import LoopContext, Macro, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from documents.adapters.jobs.numbering import letter
from kernel.money import Money

LOOP_MEMBERS = frozenset({"index", "index0", "first", "last", "length"})
TESTS = frozenset(
    {
        "defined",
        "undefined",
        "given",
        "none",
        "even",
        "odd",
        "equalto",
        "eq",
        "ne",
        "in",
        "string",
        "mapping",
        "sequence",
        "number",
    }
)
FILTERS = frozenset({"default", "join", "length", "upper", "lower", "trim", "first", "last", "escape", "e"})


class DataEnvironment(ImmutableSandboxedEnvironment):
    """A Jinja environment in which only plain data exist."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self._member(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        return self._member(obj, argument)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return False

    def is_safe_callable(self, obj: Any) -> bool:
        return isinstance(obj, Macro)

    def _member(self, obj: Any, key: Any) -> Any:
        if isinstance(obj, Undefined):
            return obj[key]  # raises with the name that is missing
        if isinstance(obj, Mapping) and isinstance(key, str) and key in obj:
            return obj[key]
        if isinstance(obj, (list, tuple)) and isinstance(key, int) and -len(obj) <= key < len(obj):
            return obj[key]
        if isinstance(obj, LoopContext) and key in LOOP_MEMBERS:
            return getattr(obj, key)
        return self.undefined(obj=obj, name=key)


def fill_in(body: str, data: Mapping[str, Any], locale: str, clauses: Mapping[str, str] | None = None) -> str:
    """The template's body with `data` in it, as HTML. Raises jinja2.TemplateError."""
    environment = DataEnvironment(
        loader=DictLoader(clauses or {}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in FILTERS} | locale_filters(locale)
    environment.tests = {name: environment.tests[name] for name in TESTS if name != "given"} | {"given": is_given}
    return environment.from_string(body).render(data)


def locale_filters(locale: str) -> dict[str, Callable[..., Any]]:
    """Filters that write dates, money and lists as people of `locale` do."""
    language = "en_001" if locale == "en" else locale.replace("-", "_")  # bare English: 21 November 2026, US$10.00

    def long_date(value: str) -> str:
        return str(format_date(date.fromisoformat(value), format="long", locale=language))

    def money(value: Mapping[str, str]) -> str:
        return Money.parse(dict(value)).format(language)

    def listing(values: Iterable[str]) -> str:
        return str(format_list([str(value) for value in values], locale=language))

    return {
        "date": long_date,
        "money": money,
        "listing": listing,
        "paragraphs": paragraphs,
        "letter": letter,
        "total": total,
        "less": less,
        "times": times,
        "sum_of": sum_of,
        "sentence": sentence,
        "number": lambda value: str(Decimal(value)),
        "decimal": lambda value: str(format_decimal(Decimal(str(value)), locale=language)),
        "percent": lambda value: str(
            format_percent(Decimal(str(value)) / 100, locale=language, decimal_quantization=False)
        ),
    }


def paragraphs(value: str) -> Markup:
    """Lines of text as `<p>` elements; empty lines part them, nothing in them is markup."""
    lines = [line.strip() for line in str(value).splitlines()]
    return Markup("").join(Markup("<p>{}</p>").format(escape(line)) for line in lines if line)


def is_given(value: Any) -> bool:
    """Whether there is something to write: a member that is missing, null or empty is not given."""
    return not isinstance(value, Undefined) and value not in (None, "", [], {})


def sentence(value: str) -> str:
    """Text that begins a sentence: its first letter is large."""
    text = str(value)
    return text[:1].upper() + text[1:]


def less(debt: Mapping[str, str], parts: Iterable[Mapping[str, Any]], count: int) -> dict[str, str]:
    """What remains of a sum when the first `count` parts are paid."""
    rest = Money.parse(dict(debt))
    for part in list(parts)[:count]:
        rest = rest - Money.parse(dict(part["amount"]))
    return rest.as_json()


def times(value: Mapping[str, str], count: int) -> dict[str, str]:
    """A sum of money taken `count` times: what so many shares of one nominal value come to."""
    one = Money.parse(dict(value))
    return Money(one.amount * int(count), one.currency).as_json()


def sum_of(rows: Iterable[Mapping[str, Any]], name: str) -> int:
    """The sum of a whole-number member over rows."""
    return sum(int(row[name]) for row in rows)


def total(amounts: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The sum of instalments' amounts, as the money object it is written with."""
    sums = [Money.parse(dict(item["amount"])) for item in amounts]
    first, *rest = sums
    for money in rest:
        first = first + money
    return first.as_json()
