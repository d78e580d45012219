"""The analyst: rules read a text, and a model's findings are added when one is configured.

A model may only point at what is there: a finding whose quote does not stand in the text is dropped, and a model never takes a finding
of the rules away.
"""

import re
from dataclasses import asdict, dataclass
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ai_mediation.adapters.compliance.analysis import Analysis, Finding, analyse, in_order
from ai_mediation.adapters.compliance.policy import Policy
from ai_mediation.adapters.gateway import gateway
from ai_mediation.adapters.mediator.grounds import LINK
from ai_mediation.adapters.questions import Answer, Audience, Material, Question
from ai_mediation.enums import Purpose

PROMPT = "analysis"
RULES = "rules"
MODEL_RULE = "model"
MOST_READ = 30_000  # characters of a text that a model is shown; the rules read all of it
MOST_FINDINGS = 20


class ModelFinding(BaseModel):
    """One finding as a model answers it."""

    model_config = ConfigDict(extra="forbid")

    severity: Literal["low", "medium", "high"]
    quote: str = Field(min_length=8, max_length=1000, description="Exact words of the text, copied.")
    message: str = Field(min_length=1, max_length=500)
    suggestion: str = Field(min_length=1, max_length=500)


class ModelFindings(BaseModel):
    """A model's structured answer."""

    model_config = ConfigDict(extra="forbid")

    findings: list[ModelFinding] = Field(max_length=MOST_FINDINGS)


@dataclass(frozen=True)
class Review:
    """What was found, by whom, and the record of asking."""

    analysis: Analysis
    question: Question[tuple[ModelFinding, ...]]
    answer: Answer[tuple[ModelFinding, ...]]
    has_model: bool
    dropped: int = 0

    @property
    def engine(self) -> str:
        return f"{RULES} + {self.answer.model}" if self.has_model else RULES

    def as_json(self) -> list[dict[str, Any]]:
        """The findings in the API's shape."""
        return [asdict(finding) for finding in self.analysis.findings]


def review_text(
    text: str, policy: Policy, locale: str, *, asked_by_id: UUID | None = None, dispute_id: UUID | None = None
) -> Review:
    """Read `text` against `policy`, messages in `locale`; a contract's audience is its dispute's parties.

    A provider that does not answer leaves what the rules found.
    """
    by_rules = analyse(text, policy, locale)
    question = _question(text, policy, locale, asked_by_id, dispute_id)
    answer = gateway().ask(question)
    by_model = [one for one in answer.value if one is not NOTHING]
    found = [finding for one in by_model if (finding := _located(one, text)) is not None]
    known = {(finding.start, finding.end) for finding in by_rules.findings if finding.end}
    added = [one for one in found if not any(start <= one.start and one.end <= end for start, end in known)]
    return Review(
        Analysis(in_order([*by_rules.findings, *added])),
        question,
        answer,
        has_model=NOTHING not in answer.value,
        dropped=len(by_model) - len(found),
    )


# What the rules' own answer to the model's question is: nobody else read the text.
NOTHING = ModelFinding.model_construct(severity="low", quote="", message="", suggestion="")


def _question(
    text: str, policy: Policy, locale: str, asked_by_id: UUID | None, dispute_id: UUID | None
) -> Question[tuple[ModelFinding, ...]]:
    audience = Audience("joint", dispute_id=dispute_id) if dispute_id else Audience("person", person_id=asked_by_id)
    return Question(
        purpose=Purpose.ANALYSIS,
        prompt=PROMPT,
        audience=audience,
        locale=locale,
        materials=(Material("text to read", text[:MOST_READ], "text"),),
        values={
            "title": policy.title.to(locale),
            "purpose": policy.purpose.to(locale),
            "rules": "\n".join(f"- {rule.id} ({rule.severity}): {rule.message.to(locale)}" for rule in policy.rules),
        },
        output=ModelFindings,
        read=_read,
        offline=lambda: (NOTHING,),
        asked_by_id=asked_by_id,
        max_tokens=2000,
    )


def _read(output: BaseModel | str) -> tuple[ModelFinding, ...]:
    if not isinstance(output, ModelFindings):
        raise TypeError("An analysis is a structured answer.")
    return tuple(output.findings)


def _located(found: ModelFinding, text: str) -> Finding | None:
    """The finding with its exact place; None when the words quoted do not stand in the text (white space apart)."""
    start = text.find(found.quote)
    end = start + len(found.quote)
    if start < 0:
        words = [re.escape(word) for word in found.quote.split()]
        match = re.search(r"\s+".join(words), text) if words else None
        if match is None:
            return None
        start, end = match.span()
    return Finding(
        rule=MODEL_RULE,
        severity=found.severity,
        quote=text[start:end],
        start=start,
        end=end,
        message=_plain(found.message),
        suggestion=_plain(found.suggestion),
    )


def _plain(words: str) -> str:
    """One line of plain text: no markup, no addresses to follow."""
    return " ".join(re.sub(r"[<>`*_#\[\]]", " ", LINK.sub("…", words)).split())
