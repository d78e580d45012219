"""A round's candidates with a model's help: it may weigh the merits and add reasons. Every figure, day and clause is made by rules.

The question holds the joint record's claim forms only, so it is of the joint audience; private words move the ranges by rules, outside
any prompt. Numbers or names in the reasons that no cited entry holds refuse the whole answer, and the rules' candidates stand.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ai_mediation.adapters.checks import problems
from ai_mediation.adapters.claim_form import ClaimForm, Entry
from ai_mediation.adapters.mediator.grounds import RefusedAnswerError, checked_text
from ai_mediation.adapters.mediator.materials import form_material, people
from ai_mediation.adapters.offline.candidates import draft_candidates
from ai_mediation.adapters.offline.claims import read_claim_form
from ai_mediation.adapters.offline.wording.candidates import candidate_words
from ai_mediation.adapters.questions import Audience, Material, Question
from ai_mediation.enums import Purpose
from disputes.public import CandidateDraft, CaseFile, Citation, PartyFile, ResolutionDraft

LONGEST_REASON = 500
MOST_REASONS = 4
Pair = tuple[UUID, UUID]


class Weight(BaseModel):
    """How far from the offer to the demand the merits alone would lead, in per cent."""

    model_config = ConfigDict(extra="forbid")

    debtor: int = Field(ge=1, le=20, description="The number of the party that pays.")
    creditor: int = Field(ge=1, le=20, description="The number of the party that is paid.")
    percent: int = Field(ge=0, le=100)


class Reason(BaseModel):
    """One sentence that rests on entries of the claim forms."""

    model_config = ConfigDict(extra="forbid")

    principle: Literal["equal_split", "merits", "interests", "creative"]
    text: str = Field(min_length=1, max_length=LONGEST_REASON)
    entries: list[int] = Field(min_length=1, max_length=6, description="The numbers of the entries it rests on.")


class CandidatesAnswer(BaseModel):
    """What a model adds to the candidates."""

    model_config = ConfigDict(extra="forbid")

    weights: list[Weight] = Field(default_factory=list, max_length=40)
    reasons: list[Reason] = Field(default_factory=list, max_length=4 * MOST_REASONS)


@dataclass(frozen=True)
class _Forms:
    """The joint record as claim forms, entries numbered through."""

    materials: tuple[Material, ...]
    entries: tuple[Entry, ...]

    def entry(self, number: int) -> Entry | None:
        return self.entries[number - 1] if 0 < number <= len(self.entries) else None


def candidates_question(case: CaseFile) -> Question[tuple[CandidateDraft, ...]]:
    forms = _joint_forms(case)
    parties = "\n".join(f"{number}: {party.side}" for number, party in enumerate(case.parties, start=1))
    return Question(
        purpose=Purpose.MEDIATION,
        prompt="candidates",
        audience=Audience("joint", case.dispute_id),
        locale=case.locale,
        materials=forms.materials,
        values={"parties": parties},
        people=people(case.parties),
        output=CandidatesAnswer,
        read=lambda output: _candidates(output, case, forms),
        offline=lambda: draft_candidates(case),
        max_tokens=2500,
    )


def _joint_forms(case: CaseFile) -> _Forms:
    materials: list[Material] = []
    entries: list[Entry] = []
    for number, party in enumerate(case.parties, start=1):
        own = tuple(
            source for source in case.sources if source.author_id == party.user_id and source.kind != "description"
        )
        form = read_claim_form(
            PartyFile(
                dispute_id=case.dispute_id,
                participant_id=party.user_id,
                party=party,
                title=case.title,
                locale=case.locale,
                timezone=case.timezone,
                today=case.today,
                parties=case.parties,
                sources=own,
                amount=case.amount,
            )
        )
        materials.append(form_material(form, f"claim form of party {number}", first=len(entries) + 1))
        entries.extend(form.entries)
    return _Forms(tuple(materials), tuple(entries))


def _candidates(output: BaseModel | str, case: CaseFile, forms: _Forms) -> tuple[CandidateDraft, ...]:
    if not isinstance(output, CandidatesAnswer):
        raise RefusedAnswerError("no candidates")
    drafted = draft_candidates(case, merits=_weights(output.weights, case))
    told = [
        _with_reasons(one, [r for r in output.reasons if r.principle == one.principle], case, forms) for one in drafted
    ]
    if any(problems(case, one.draft) for one in told):
        raise RefusedAnswerError("a candidate fails the checks of every draft")
    return tuple(told)


def _weights(weights: Sequence[Weight], case: CaseFile) -> dict[Pair, Decimal]:
    found: dict[Pair, Decimal] = {}
    for weight in weights:
        if max(weight.debtor, weight.creditor) > len(case.parties):
            raise RefusedAnswerError("a party that is none")
        pair = (case.parties[weight.debtor - 1].user_id, case.parties[weight.creditor - 1].user_id)
        found[pair] = Decimal(weight.percent) / 100
    return found


def _with_reasons(one: CandidateDraft, reasons: Sequence[Reason], case: CaseFile, forms: _Forms) -> CandidateDraft:
    checked = [_reason(reason, one.draft, case, forms) for reason in reasons[:MOST_REASONS]]
    say = candidate_words(case.locale)
    reasoning = one.draft.reasoning.replace(say.how_drafted, say.how_drafted_helped)
    if checked:
        reasoning = "\n\n".join((reasoning, " ".join(text for text, _ in checked)))
    citations = tuple(dict.fromkeys([*one.draft.citations, *(citation for _, cited in checked for citation in cited)]))
    return replace(one, draft=replace(one.draft, reasoning=reasoning, citations=citations))


def _reason(reason: Reason, draft: ResolutionDraft, case: CaseFile, forms: _Forms) -> tuple[str, list[Citation]]:
    entries = [forms.entry(number) for number in reason.entries]
    known = [entry for entry in entries if entry is not None]
    if len(known) != len(entries):
        raise RefusedAnswerError("an entry that is none")
    sources = [entry.quote for entry in known] + [term.text for term in draft.terms if term.kind == "payment"]
    text = checked_text(reason.text, sources, longest=LONGEST_REASON, names=[party.full_name for party in case.parties])
    return text, [Citation(text, entry.source, entry.source_id, entry.start, entry.end, entry.quote) for entry in known]


def form_of_case(case: CaseFile) -> ClaimForm:
    """All entries of the joint record, as the question shows them."""
    return ClaimForm(_joint_forms(case).entries)
