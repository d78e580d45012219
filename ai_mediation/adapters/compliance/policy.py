"""A policy as data: rules that need no program, so that a lawyer can read, change and publish them.

A file `policies/<slug>.toml` (or the same as JSON in a version's row): slug, title, purpose and rules. See docs/ai.md.
"""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from ai_mediation.adapters.compliance.checks import CHECKS
from ai_mediation.adapters.compliance.phrases import Phrase, PhraseError, parse_phrase
from kernel.canonical import canonical_bytes

LIBRARY = Path(__file__).resolve().parents[2] / "policies"
LANGUAGES = ("en", "es")
Severity = Literal["low", "medium", "high"]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)]
PhraseSource = Annotated[str, StringConstraints(min_length=1, max_length=400)]


class PolicyError(ValueError):
    """A policy that cannot be used; the message says where and why."""


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class InWords(_Data):
    """The same sentence in every language of the product."""

    en: Sentence
    es: Sentence

    def to(self, locale: str) -> str:
        return self.es if locale.partition("-")[0] == "es" else self.en


class PhraseLists(_Data):
    """Phrases by the language of the text; a language without any is one the rule does not read."""

    en: tuple[PhraseSource, ...] = ()
    es: tuple[PhraseSource, ...] = ()

    @cached_property
    def parsed(self) -> dict[str, tuple[Phrase, ...]]:
        return {language: tuple(map(parse_phrase, getattr(self, language))) for language in LANGUAGES}

    def __bool__(self) -> bool:
        return bool(self.en or self.es)


class Rule(_Data):
    """One rule. `forbidden`: a finding where a phrase stands. `needed`: a finding when none stands anywhere. `check`: a computation.

    `unless`: not where one of these stands in the same clause. `when`: only for texts in which one of these stands. `basis` is what the
    rule rests on: a law, a decision, a standard. `negatable`: whether "not" before the phrase turns it round.
    """

    id: Slug
    kind: Literal["forbidden", "needed", "check"]
    severity: Severity
    basis: Sentence
    message: InWords
    suggestion: InWords
    phrases: PhraseLists = PhraseLists()
    unless: PhraseLists = PhraseLists()
    when: PhraseLists = PhraseLists()
    negatable: bool = True
    check: str = ""
    limit: float | None = None

    @model_validator(mode="after")
    def _whole(self) -> "Rule":
        if self.kind == "check" and self.check not in CHECKS:
            raise ValueError(f"rule {self.id}: there is no check {self.check!r}; known are {sorted(CHECKS)}")
        if self.kind != "check" and not self.phrases:
            raise ValueError(f"rule {self.id}: it names no phrases")
        try:
            for lists in (self.phrases, self.unless, self.when):
                lists.parsed  # noqa: B018 - a phrase that cannot be read is refused here, not in somebody's analysis
        except PhraseError as error:
            raise ValueError(f"rule {self.id}: {error}") from error
        return self


class Policy(_Data):
    """Named rules that a text is read against."""

    slug: Slug
    title: InWords
    purpose: InWords
    rules: tuple[Rule, ...] = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def _distinct(self) -> "Policy":
        ids = [rule.id for rule in self.rules]
        if len(set(ids)) != len(ids):
            raise ValueError(f"two rules of {self.slug} have the same id")
        return self

    @property
    def content_hash(self) -> str:
        """Hex SHA-256 of everything the policy says."""
        return hashlib.sha256(canonical_bytes(self.as_json())).hexdigest()

    def as_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json")


def read_policy(content: Mapping[str, Any]) -> Policy:
    """A policy from its data. Raises PolicyError."""
    try:
        return Policy.model_validate(dict(content))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False)[:5])
        raise PolicyError(wrong) from error


def read_policy_file(path: Path) -> Policy:
    """A policy from a TOML file, where the rules are called `rule`. Raises PolicyError, OSError."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path.name}: {error}") from error
    return read_policy({**{name: value for name, value in raw.items() if name != "rule"}, "rules": raw.get("rule", [])})


def shipped_policies(library: Path = LIBRARY) -> Iterator[Policy]:
    """The policies that come with Accord, by name."""
    for path in sorted(library.glob("*.toml")):
        yield read_policy_file(path)
