"""The template language: plain data only."""

import pytest
from jinja2 import TemplateError

from documents.adapters.jobs.numbering import letter
from documents.adapters.jobs.rendering import plain_text
from documents.adapters.jobs.template_language import fill_in

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{{ a.b }}", "1"),
        ("{{ a['b'] }}", "1"),
        ("{% for x in list %}{{ loop.index }}{{ x }}{% if not loop.last %},{% endif %}{% endfor %}", "1x,2y"),
        ("{{ day|date }}", "5 January 2027"),
        ("{{ sum|money }}", "€1,450.00"),
        ("{{ parts|total|money }}", "€3.00"),
        ("{{ names|listing }}", "Ana, Bo and Eva"),
        ("{{ markup }}", "&lt;b&gt;{{ 7*7 }}&lt;/b&gt;"),
        ("{{ lines|paragraphs }}", "<p>one</p><p>&lt;i&gt;two</p>"),
        ("{% macro hi(x) %}[{{ x }}]{% endmacro %}{{ hi(markup) }}", "[&lt;b&gt;{{ 7*7 }}&lt;/b&gt;]"),
        ("{{ gone|default('-') }}", "-"),
        ("{% if gone is defined %}x{% endif %}", ""),
    ],
)
def test_template_with_data_becomes_text(body: str, expected: str) -> None:
    data = {
        "a": {"b": 1},
        "list": ["x", "y"],
        "day": "2027-01-05",
        "sum": {"amount": "1450.00", "currency": "EUR"},
        "parts": [{"amount": {"amount": "1.50", "currency": "EUR"}}] * 2,
        "names": ["Ana", "Bo", "Eva"],
        "markup": "<b>{{ 7*7 }}</b>",
        "lines": "one\n\n<i>two\n",
    }

    assert fill_in(body, data, "en") == expected


@pytest.mark.parametrize(
    "body",
    [
        "{{ a.__class__ }}",
        "{{ a['__class__'] }}",
        "{{ text.upper() }}",
        "{{ text.format(1) }}",
        "{{ a.items() }}",
        "{{ a.keys }}",
        "{{ text|attr('__class__') }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ fill.__globals__ }}",
        "{{ self.__init__ }}",
        "{{ range(10) }}",
        "{{ lipsum() }}",
        "{{ cycler }}",
        "{{ loop }}",
        "{{ a.missing }}",
        "{{ missing }}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{{ list.0.append }}",
        "{% for x in list %}{{ loop.__class__ }}{% endfor %}",
        "{% macro m() %}{% endmacro %}{{ m.__globals__ }}",
        "{% if",
    ],
)
def test_anything_of_python_is_out_of_reach(body: str) -> None:
    with pytest.raises((TemplateError, TypeError)):
        fill_in(body, {"a": {"b": 1}, "text": "t", "list": ["x"]}, "en")


def test_spanish_dates_and_money_are_written_the_spanish_way() -> None:
    data = {"day": "2027-01-05", "sum": {"amount": "12450.00", "currency": "EUR"}}

    assert fill_in("{{ day|date }} · {{ sum|money }}", data, "es") == "5 de enero de 2027 · 12.450,00\xa0€"


def test_recitals_are_counted_by_letters() -> None:
    assert [letter(number) for number in (1, 2, 26, 27, 52, 53)] == ["A", "B", "Z", "AA", "AZ", "BA"]


def test_plain_text_has_the_words_and_no_markup() -> None:
    html = "<style>x</style><h1>Title &amp; more</h1><p>One <b>bold</b>\n word</p><table><tr><td>a</td><td>b</td></tr></table>"

    assert plain_text(html) == "Title & more\nOne bold word\na  b"
