"""Writing templates: Markdown, numbers that number themselves, the clause library, drafts and what changed."""

from typing import Any

import pytest
from django.http import QueryDict
from jinja2 import TemplateError

from accounts.tests.factories import UserFactory
from documents.adapters.jobs.markdown import MarkdownError, html_template
from documents.adapters.jobs.numbering import NumberingError, numbered, roman
from documents.adapters.jobs.rendering import filled_body, plain_text
from documents.adapters.library import shipped_clauses, shipped_templates
from documents.enums import Syntax, VersionStatus
from documents.errors import StateConflictError
from documents.models import TemplateVersion
from documents.public import signature_exclusion
from documents.selectors.differences import compared, differences
from documents.selectors.input_form import Field, data_of, form_of, without_row
from documents.selectors.inputs import validate_inputs
from documents.services.authoring import edit_draft, start_draft
from documents.services.templates import install_clauses, publish_version
from documents.tests.factories import document_of, published, published_of
from kernel.errors import ValidationFailedError
from kernel.journal import Actor
from kernel.models import JournalEntry

BY = Actor.system("test")
CONTRACT = """
<masthead title="Agreement" reference="{{ ref }}">

## Background [recitals]

1. One
2. Two, see clause [#late]

## Fees [=fees]

1. First:
   1. sub one
   2. [=second] sub two
2. [=late] Late.

{% if optional %}
## Optional

1. Refers to [#second].
{% endif %}

## Table

| No | Name |
|---|---|
{% for name in names %}
| {{ loop.index }} | {{ name }} |
{% endfor %}

<signatures>
{% for name in names %}
<signature role="party-{{ loop.index }}" name="{{ name }}">
{% endfor %}
</signatures>

## Plan [schedule =plan]

1. See schedule [#plan]
"""


def filled(
    body: str, data: dict[str, Any], clauses: dict[str, dict[str, str]] | None = None, locale: str = "en"
) -> str:
    return filled_body(body, data, locale, "abc", "markdown", clauses or {}, False)


def lines(body: str, data: dict[str, Any], **options: Any) -> list[str]:
    return [" ".join(line.split()) for line in plain_text(filled(body, data, **options)).splitlines()]


@pytest.mark.unit
@pytest.mark.parametrize(("optional", "table"), [(True, "3. Table"), (False, "2. Table")])
def test_clauses_number_themselves_and_references_follow(optional: bool, table: str) -> None:
    read = lines(CONTRACT, {"ref": "R", "optional": optional, "names": ["Ana", "Bo"]})

    assert [line for line in read if line[:1] in "(123456789S"] == [
        "(A) One",
        "(B) Two, see clause 1.2",
        "1. Fees",
        "1.1 First:",
        "(a) sub one",
        "(b) sub two",
        "1.2 Late.",
        *(["2. Optional", "2.1 Refers to 1.1(b)."] if optional else []),
        table,
        "1 Ana",
        "2 Bo",
        *(["Signature"] * 2),
        "Schedule 1",
        "1. See schedule 1",
    ]


@pytest.mark.unit
def test_data_are_neither_markdown_nor_markup_nor_template() -> None:
    attack = '**b** [#late] {{ 7*7 }} <clause id="x"> <signature role="x"> | 1. # [=q] {% include "x" %}'

    html = filled(CONTRACT, {"ref": attack, "optional": False, "names": [attack]})

    assert "<strong>" not in html
    assert "49" not in html
    assert html.count('class="clause"') == 2
    assert html.count('class="block"') == 1
    assert plain_text(html).count("{{ 7*7 }}") == 3  # the reference in the head, the table, the signature


@pytest.mark.unit
@pytest.mark.parametrize(
    "body",
    [
        "## A [=a]\n\n1. [#gone]",
        "## A [=a]\n\n## B [=a]",
        "<item>alone</item>",
        "<signature role='x'>",
        '<signatures>\n<signature role="X Y">\n</signatures>',
        '<signatures>\n<signature role="x">\n<signature role="x">\n</signatures>',
        "</clause>",
    ],
)
def test_elements_that_do_not_fit_are_refused(body: str) -> None:
    with pytest.raises(NumberingError):
        filled(body, {})


@pytest.mark.unit
@pytest.mark.parametrize("body", ["## A [nonsense]", "a \ue000 b"])
def test_markdown_that_means_nothing_is_refused(body: str) -> None:
    with pytest.raises(MarkdownError):
        html_template(body)


@pytest.mark.unit
@pytest.mark.parametrize(
    "body",
    [
        '{% include "other" %}',
        '{% import "clause" as c %}{{ c.__class__ }}',
        '{% extends "../x" %}',
        "{% include name %}",
    ],
)
def test_nothing_but_the_versions_own_clauses_can_be_included(body: str) -> None:
    with pytest.raises((TemplateError, TypeError)):
        filled(body, {"name": "/etc/passwd"}, {"clause": {"syntax": "html", "body": "x"}})


@pytest.mark.unit
def test_included_clause_is_numbered_in_its_place() -> None:
    clause = {"severability": {"syntax": "markdown", "body": "## Severability\n\n1. Text of {{ who }}."}}

    read = lines('## First\n\n1. a\n\n{% include "severability" %}\n\n## Last\n\n1. z', {"who": "<b>"}, clauses=clause)

    assert read == ["1. First", "1.1 a", "2. Severability", "2.1 Text of <b>.", "3. Last", "3.1 z"]


@pytest.mark.unit
def test_roman_numbers() -> None:
    assert [roman(number) for number in (1, 4, 9, 14, 29)] == ["i", "iv", "ix", "xiv", "xxix"]


@pytest.mark.unit
def test_logo_is_shown_where_one_came_along() -> None:
    assert 'src="asset:logo"' in numbered('<masthead title="T">', locale="en", has_logo=True)
    assert "asset:logo" not in numbered('<masthead title="T">', locale="en", has_logo=False)


# --- the form of a schema ----------------------------------------------------------------------------------------------


def posted(fields: list[Field]) -> dict[str, list[str]]:
    """What a browser sends for a form as it is shown."""
    sent: dict[str, list[str]] = {}
    for one in fields:
        if one.kind in {"group", "rows"}:
            sent |= posted(one.fields)
            if one.kind == "rows":
                sent[f"{one.name}.count"] = [str(len(one.fields))]
        elif one.kind in {"choice", "choices"}:
            sent[one.name] = [value for value, _label, is_chosen in one.options if is_chosen]
        elif one.kind == "money":
            sent |= {f"{one.name}.{part}": [str(one.value[part])] for part in ("amount", "currency")}
        elif one.kind != "check" or one.value:
            sent[one.name] = [str(one.value)]
    return sent


def query(sent: dict[str, list[str]]) -> QueryDict:
    made = QueryDict(mutable=True)
    for name, values in sent.items():
        made.setlist(name, values)
    return made


def without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_empty(one) for name, one in value.items() if one is not None and one != ""}
    return [without_empty(one) for one in value] if isinstance(value, list) else value


@pytest.mark.unit
@pytest.mark.parametrize("template", list(shipped_templates()), ids=lambda one: f"{one.kind}-{one.locale}")
def test_form_gives_back_the_data_it_was_filled_with(template: Any) -> None:
    for example in template.schema["examples"]:
        assert data_of(template.schema, query(posted(form_of(template.schema, example)))) == without_empty(example)


@pytest.mark.unit
def test_rows_are_added_and_dropped() -> None:
    sent = query({"parts.count": ["2"], "parts.0.text": ["a"], "parts.1.text": ["b"], "other": ["x"]})
    row = {"type": "object", "properties": {"text": {"type": "string"}}}
    schema = {"type": "object", "properties": {"parts": {"type": "array", "items": row}, "other": {"type": "string"}}}

    assert data_of(schema, without_row(sent, "parts", 0)) == {"parts": [{"text": "b"}], "other": "x"}
    assert data_of(schema, without_row(sent, "parts", 1)) == {"parts": [{"text": "a"}], "other": "x"}
    [parts, _other] = form_of(schema, data_of(schema, sent), grown="parts")
    assert [row.fields[0].value for row in parts.fields] == ["a", "b", ""]
    assert data_of(schema, query({"parts.count": ["99999999"]})) == {}


@pytest.mark.unit
@pytest.mark.parametrize(
    "part",
    [
        True,
        {},
        {"$ref": "#/nowhere/at/all"},
        {"$ref": "#"},
        {"type": "object", "properties": {"b": {"$ref": "#/properties/a"}}},
        {"anyOf": []},
        {"type": "array"},
        {"type": ["string", "null"]},
    ],
)
def test_schema_that_is_strange_still_has_a_form(part: Any) -> None:
    schema = {"type": "object", "properties": {"a": part}}

    assert len(form_of(schema, {"a": "x"})) == 1
    assert isinstance(data_of(schema, query({"a": ["x"], "a.count": ["2"]})), dict)


@pytest.mark.db
def test_every_input_that_is_missing_is_named_once() -> None:
    version = published_of("nda")

    with pytest.raises(ValidationFailedError) as caught:
        validate_inputs(version, {"first": {"name": "Ana"}})

    missing = set(version.schema["required"]) - {"first"}
    assert sorted(one.pointer for one in caught.value.errors) == sorted(
        [*(f"/data/{name}" for name in missing), "/data/first/address"]
    )
    assert {one.code for one in caught.value.errors} == {"required"}


@pytest.mark.db
def test_instalments_must_add_up_to_the_debt() -> None:
    version = published_of("payment_plan")
    data = version.schema["examples"][0]
    short = {**data, "instalments": data["instalments"][:-1]}
    mixed = {**data, "instalments": [{**data["instalments"][0], "amount": {"amount": "1.00", "currency": "USD"}}]}

    assert validate_inputs(version, data) == data
    for wrong, code in ((short, "sum"), (mixed, "currency")):
        with pytest.raises(ValidationFailedError) as caught:
            validate_inputs(version, wrong)
        assert [(one.pointer, one.code) for one in caught.value.errors] == [("/data/instalments", code)]


# --- drafts -----------------------------------------------------------------------------------------------------------


def edit(draft: TemplateVersion, **changes: Any) -> TemplateVersion:
    given: dict[str, Any] = {
        "expected_hash": draft.content_hash,
        "body": draft.body,
        "schema": draft.schema,
        "styles": draft.styles,
        "syntax": Syntax(draft.syntax),
    }
    return edit_draft(version_id=draft.pk, actor=BY, **{**given, **changes})


@pytest.mark.db
def test_draft_begins_as_a_copy_is_there_once_and_becomes_the_published_text() -> None:
    install_clauses(sources=shipped_clauses())
    version = published_of("nda")
    draft = start_draft(template_id=version.template_id, actor=BY)
    assert start_draft(template_id=version.template_id, actor=BY) == draft
    assert (draft.number, draft.status, draft.content_hash) == (version.number + 1, "draft", version.content_hash)

    changed = edit(draft, body=draft.body.replace("Mutual", "Two-way"))
    publish_version(version_id=draft.pk, actor=BY)

    version.refresh_from_db()
    draft.refresh_from_db()
    assert (version.status, draft.status) == (VersionStatus.RETIRED, VersionStatus.PUBLISHED)
    assert draft.content_hash == changed.content_hash != version.content_hash
    assert [one.part for one in differences(version, draft)] == ["body"]
    assert JournalEntry.objects.filter(verb="template.draft_edited").count() == 1


@pytest.mark.db
def test_published_version_keeps_the_words_of_its_clauses() -> None:
    install_clauses(sources=shipped_clauses())
    version = published_of("nda")
    before = version.clauses["severability"]["body"]
    from documents.models import Clause

    Clause.objects.filter(slug="severability", locale="en").update(body="## New\n\n1. Other words.")
    draft = edit(start_draft(template_id=version.template_id, actor=BY))

    version.refresh_from_db()
    assert version.clauses["severability"]["body"] == before
    assert draft.clauses["severability"]["body"] == "## New\n\n1. Other words."


@pytest.mark.db
def test_what_is_no_draft_or_was_changed_meanwhile_is_not_written() -> None:
    install_clauses(sources=shipped_clauses())
    version = published()
    draft = start_draft(template_id=version.template_id, actor=BY)
    journalled = JournalEntry.objects.count()

    for target, changes, error in (
        (version, {"body": "x"}, StateConflictError),
        (draft, {"body": "x", "expected_hash": "0" * 64}, StateConflictError),
        (draft, {"schema": {"type": "nonsense"}}, ValidationFailedError),
        (draft, {"schema": {"type": "object", "properties": 7}}, ValidationFailedError),
        (draft, {"body": '{% include "gone" %}'}, ValidationFailedError),
        (draft, {"body": "a\x00b"}, ValidationFailedError),
        (draft, {"styles": "x" * 100_001}, ValidationFailedError),
        (draft, {"schema": {"type": "object", "title": "\ud800"}}, ValidationFailedError),
        (draft, {"schema": {"type": "object", "title": "\x00"}}, ValidationFailedError),
    ):
        with pytest.raises(error):
            edit(target, **changes)
    before = draft.content_hash
    draft.refresh_from_db()
    assert draft.content_hash == before
    assert JournalEntry.objects.count() == journalled


@pytest.mark.db
def test_template_that_may_not_be_signed_electronically_says_why() -> None:
    document = document_of(UserFactory().pk)
    assert signature_exclusion(document.pk) == ""

    spanish = published_of("incorporation", "es")
    assert published_of("incorporation").template.signature_excluded == ""
    type(document).objects.filter(pk=document.pk).update(version=spanish)

    assert "escritura pública" in signature_exclusion(document.pk)


@pytest.mark.unit
def test_difference_shows_words_within_a_line_and_two_lines_around() -> None:
    old = "a\nb\nc\nThe fee is ten euros.\nd\ne\nf"

    found = list(compared(old, old.replace("ten", "twelve")))

    assert [line.kind for line in found] == ["gap", "same", "same", "changed", "same", "same"]
    assert found[3].pieces == (
        ("same", "The fee is "),
        ("removed", "ten"),
        ("added", "twelve"),
        ("same", " euros."),
    )
