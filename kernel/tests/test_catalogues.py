"""The translations: whole, compiled, and of the texts that the sources hold today. `make messages` brings them up to date."""

import ast
import importlib
import importlib.util
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import orjson
import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.apps import apps
from django.conf import settings
from django.test import RequestFactory
from django.utils.translation import gettext, override
from django.utils.translation.template import templatize
from rest_framework.exceptions import ValidationError

from kernel.errors import DomainError, NotFoundError, ValidationFailedError
from kernel.problems import domain_problem, not_found
from kernel.rest.fields import MoneyField

pytestmark = pytest.mark.unit

ROOT = Path(settings.LOCALE_PATHS[0]).parent
LANGUAGES = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
# Read in the worker's log by whoever runs Accord, and answered to nobody.
FOR_OPERATORS = {"SealError"}
NO_TEXTS = {"tests", "testing", "migrations", "bench", "demo", "static", "static-collected", "node_modules"}

# How the sources mark a text, and where in the call it and its plural stand.
MARKS = {
    **dict.fromkeys(("_", "__", "gettext", "gettext_lazy", "gettext_noop"), (0,)),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (0, 1)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), (1,)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), (1, 2)),
}
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[#0\- +]*[\d.]*[a-zA-Z%]")


def po_file(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def read_catalogue(language: str) -> Catalog:
    with po_file(language).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def forms(text: object) -> tuple[str, ...]:
    """A message's text, or the singular and the plurals of one that counts."""
    return (text,) if isinstance(text, str) else tuple(text) if isinstance(text, (tuple, list)) else ()


def texts(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def is_source(path: Path) -> bool:
    inner = path.relative_to(ROOT).parts
    return not NO_TEXTS.intersection(inner) and not any(part.startswith(".") for part in inner)


def sources(*endings: str) -> Iterator[Path]:
    packages = [folder for folder in sorted(ROOT.iterdir()) if (folder / "__init__.py").exists()]
    for folder in [*packages, ROOT / "templates"]:
        for path in sorted(folder.rglob("*")):
            if path.suffix in endings and path.is_file() and is_source(path):
                yield path


def marked_in_python(code: str) -> Iterator[str]:
    """The texts in calls of gettext and its kin. Raises AssertionError for one that is put together before it is looked up."""
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        for place in MARKS.get(name, ()):
            given = node.args[place] if place < len(node.args) else None
            if isinstance(given, ast.Constant) and isinstance(given.value, str):
                yield given.value
            assert not isinstance(given, (ast.JoinedStr, ast.BinOp, ast.IfExp)), (
                f"line {node.lineno}: give {name} the text itself, with named placeholders, and fill them in afterwards"
            )


def marked_in_template(source: str) -> Iterator[str]:
    """The texts of `translate` and `blocktranslate`, as makemessages finds them."""
    code = " ".join(templatize(source).splitlines())
    for _line, function, found, _comments in extract_python(BytesIO(code.encode()), DEFAULT_KEYWORDS, [], {}):
        has_context = str(function) in ("pgettext", "npgettext")
        yield from (text for text in forms(found)[has_context:] if text)


def all_marked() -> Iterator[tuple[str, str]]:
    """Every text that the sources mark, with the file it stands in."""
    for path in sources(".py", ".html", ".txt"):
        read = marked_in_python if path.suffix == ".py" else marked_in_template
        for text in read(path.read_text()):
            yield text, str(path.relative_to(ROOT))


def domain_errors() -> list[type[DomainError]]:
    """Every refusal of every app; those that tests make up are none."""
    for app in apps.get_app_configs():
        if importlib.util.find_spec(f"{app.name}.errors"):
            importlib.import_module(f"{app.name}.errors")
    return [error for error in sorted(family(DomainError), key=str) if ".tests." not in f".{error.__module__}."]


def family(parent: type[DomainError]) -> set[type[DomainError]]:
    return {parent}.union(*(family(child) for child in parent.__subclasses__()))


def unmarked_refusals(code: str, errors: set[str]) -> Iterator[int]:
    """The lines where a refusal, or what is wrong with one field, is told in a text that no catalogue knows."""
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        place = 2 if name == "FieldError" else 0 if name in errors else None
        given = [*(node.args[place : place + 1] if place is not None else []), *told_by_name(node)]
        if place is not None and any(is_bare(text) for text in given):
            yield node.lineno


def told_by_name(call: ast.Call) -> list[ast.expr]:
    return [keyword.value for keyword in call.keywords if keyword.arg == "detail"]


def is_bare(text: ast.expr) -> bool:
    if isinstance(text, ast.BinOp):
        return is_bare(text.left)
    return isinstance(text, ast.JoinedStr) or (isinstance(text, ast.Constant) and isinstance(text.value, str))


def placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text))


def test_every_other_language_has_a_catalogue() -> None:
    assert LANGUAGES == ["es"]
    assert all(po_file(language).exists() for language in LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogue_is_whole(language: str) -> None:
    catalogue = read_catalogue(language)
    unfinished = [message.id for message in texts(catalogue) if message.fuzzy or not all(forms(message.string))]
    assert not unfinished
    assert not catalogue.fuzzy
    assert not catalogue.obsolete
    assert len(list(texts(catalogue))) > 800


@pytest.mark.parametrize("language", LANGUAGES)
def test_plurals_have_all_their_forms(language: str) -> None:
    catalogue = read_catalogue(language)
    count = int(re.search(r"nplurals=(\d+)", po_file(language).read_text())[1])  # type: ignore[index]
    assert {len(forms(message.string)) for message in texts(catalogue) if message.pluralizable} == {count}


@pytest.mark.parametrize("language", LANGUAGES)
def test_translation_keeps_every_placeholder(language: str) -> None:
    for message in texts(read_catalogue(language)):
        is_format = message.python_format or "python-format" in message.flags
        original = forms(message.id)[-1]
        for text in forms(message.string):
            if is_format:
                assert placeholders(text) == placeholders(original), original
            assert re.findall(r"`[^`]+`|\{[^}]*\}", text) == re.findall(r"`[^`]+`|\{[^}]*\}", original), original
            assert text[:1].isspace() == original[:1].isspace(), original
            assert text[-1:].isspace() == original[-1:].isspace(), original


@pytest.mark.parametrize("language", LANGUAGES)
def test_compiled_catalogue_is_this_one(language: str) -> None:
    with po_file(language).with_suffix(".mo").open("rb") as file:
        compiled = read_mo(file)
    assert said(compiled) == said(read_catalogue(language))


def said(catalogue: Catalog) -> dict[Any, tuple[str, ...]]:
    return {(context_of(message), forms(message.id)): forms(message.string) for message in texts(catalogue)}


def context_of(message: Message) -> str | None:
    """Where a text stands, for one that means several things; a compiled catalogue gives it as bytes."""
    return message.context.decode() if isinstance(message.context, bytes) else message.context


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_sources_is_in_the_catalogue(language: str) -> None:
    known = {text for message in texts(read_catalogue(language)) for text in forms(message.id)}
    missing = {text: where for text, where in all_marked() if text not in known}
    assert not missing, f"run `make messages` and translate what is new: {missing}"


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('_("one")', ["one"]),
        ('x(__("one"), gettext_noop("two"))', ["one", "two"]),
        ('translation.gettext("one " "and the same")', ["one and the same"]),
        ('ngettext("%(count)d one", "%(count)d many", n)', ["%(count)d one", "%(count)d many"]),
        ('pgettext("where", "one")', ["one"]),
        ('_("one %(name)s") % {"name": name}', ["one %(name)s"]),
        ("_(heading)", []),
        ('other("none")', []),
    ],
)
def test_marked_texts_are_found(code: str, found: list[str]) -> None:
    assert list(marked_in_python(code)) == found


@pytest.mark.parametrize("code", ['_(f"{name} is late")', '_("%s is late" % name)', '_("one" if a else "two")'])
def test_texts_put_together_before_they_are_looked_up_are_refused(code: str) -> None:
    with pytest.raises(AssertionError, match="line 1"):
        list(marked_in_python(code))


def test_marked_texts_of_templates_are_found() -> None:
    source = (
        '{% load i18n %}<p title="it\'s">{% translate "One" %}</p>\n  {% trans "Two" as two %}\n'
        "{% blocktranslate with name=a.b %}Three {{ name }}{% endblocktranslate %}\n"
        "    {% blocktranslate count n=x %}{{ n }} four{% plural %}{{ n }} fours{% endblocktranslate %}"
        '{% translate "Five" context "a number" %}'
    )
    found = ["One", "Two", "Three %(name)s", "%(n)s four", "%(n)s fours", "Five"]
    assert list(marked_in_template(source)) == found


def test_refusals_of_all_apps_are_walked() -> None:
    found = {error.__module__.partition(".")[0] for error in domain_errors()}
    assert {"kernel", "accounts", "documents", "esign", "disputes", "notifications"} <= found


@pytest.mark.parametrize("error", domain_errors(), ids=lambda error: f"{error.__module__}.{error.__name__}")
def test_title_of_every_refusal_is_translated(error: type[DomainError]) -> None:
    with override("en"):
        assert gettext(error.title) == error.title
    for language in LANGUAGES:
        with override(language):
            assert gettext(error.title) != error.title


def test_every_refusal_is_told_in_a_text_of_the_catalogues() -> None:
    errors = {error.__name__ for error in domain_errors()} - FOR_OPERATORS
    bare = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sources(".py")
        for line in unmarked_refusals(path.read_text(), errors)
    ]
    assert not bare


@pytest.mark.parametrize(
    ("code", "is_refused"),
    [
        ('raise ConflictError("No.")', True),
        ('raise ConflictError(f"No, {name}.")', True),
        ('raise errors.ConflictError("No, %s." % name)', True),
        ('raise ConflictError(detail="No.")', True),
        ('FieldError("/name", "blank", "No.")', True),
        ('raise ConflictError(_("No, %(name)s.") % {"name": name}, reason="late")', False),
        ("raise ConflictError(detail)", False),
        ('FieldError("/name", "blank", _("No."))', False),
        ('OtherError("No.")', False),
    ],
)
def test_refusals_in_bare_texts_are_found(code: str, is_refused: bool) -> None:
    assert list(unmarked_refusals(code, {"ConflictError"})) == ([1] if is_refused else [])


def lines_of(problem: bytes, *members: str) -> list[str]:
    return [orjson.loads(problem)[member] for member in members]


def test_problem_is_written_in_the_readers_language() -> None:
    request = RequestFactory().get("/api/")
    with override("es"):
        absent = domain_problem(request, NotFoundError()).content
        wrong = domain_problem(request, ValidationFailedError(errors=[])).content
    assert lines_of(absent, "title", "detail") == [
        "No encontrado",
        "Aquí no hay nada que usted pueda ver. Compruebe la dirección o inicie sesión con otra cuenta.",
    ]
    assert lines_of(wrong, "title") == ["Parte de los datos no es válida"]
    with override("en"):
        assert lines_of(domain_problem(request, NotFoundError()).content, "title") == ["Not found"]


def test_what_is_wrong_with_an_amount_is_said_in_the_readers_language() -> None:
    with override("es"), pytest.raises(ValidationError) as refusal:
        MoneyField().run_validation({"amount": "1.005", "currency": "EUR"})
    assert refusal.value.detail == ["EUR tiene 2 decimales; el importe tiene más."]


def test_page_is_written_in_the_readers_language() -> None:
    with override("es"):
        page = not_found(RequestFactory().get("/nowhere")).content.decode()
    assert '<html lang="es"' in page
    assert "No encontrado" in page
    assert "A la página de inicio" in page
