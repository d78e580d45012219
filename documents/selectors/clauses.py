"""Reading the clause library, and which of its clauses a body takes."""

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _

from documents.models import Clause
from kernel.errors import FieldError, ValidationFailedError

INCLUDE = re.compile(r"""\{%[-+]?\s*include\s+(?:"([^"{}]*)"|'([^'{}]*)')""")
MOST = 60

Texts = dict[str, dict[str, str]]


def included_names(body: str) -> list[str]:
    """The names of the clauses that a body includes, in order, each once."""
    return list(dict.fromkeys(first or second for first, second in INCLUDE.findall(body)))


def library_texts(locale: str) -> Texts:
    """All clauses of a language, as a renderer takes them."""
    rows = Clause.objects.filter(locale=locale).values_list("slug", "syntax", "body")
    return {slug: {"syntax": syntax, "body": body} for slug, syntax, body in rows}


def taken_from(library: Mapping[str, dict[str, str]], body: str) -> Texts:
    """The clauses that `body` takes, those that they take in turn among them. Raises ValidationFailedError."""
    taken: Texts = {}
    waiting = included_names(body)
    while waiting:
        name = waiting.pop(0)
        if name in taken:
            continue
        if name not in library or len(taken) >= MOST:
            detail = _("The clause library has no clause “%(name)s” in this language.") % {"name": name[:64]}
            raise ValidationFailedError(errors=[FieldError("/body", "unknown_clause", detail)])
        taken[name] = library[name]
        waiting += included_names(library[name]["body"])
    return taken
