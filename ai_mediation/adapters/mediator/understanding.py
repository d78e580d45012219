"""The claim form and the summary of one party's position, asked of a model and checked; rules answer otherwise.

Both questions are of that party's audience alone. The summary's question shows the claim form and its quoted spans, not the texts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ai_mediation.adapters.claim_form import Claimed, ClaimForm, claim_form
from ai_mediation.adapters.gateway import Gateway
from ai_mediation.adapters.mediator.grounds import RefusedAnswerError, checked_text
from ai_mediation.adapters.mediator.materials import form_material, people, source_materials
from ai_mediation.adapters.offline.claims import own_sources, read_claim_form
from ai_mediation.adapters.offline.names import plain
from ai_mediation.adapters.offline.numbers import NUMBER, read_number
from ai_mediation.adapters.offline.understanding import LONGEST, summarize
from ai_mediation.adapters.offline.wording import wording_for
from ai_mediation.adapters.questions import Answer, Audience, Question
from ai_mediation.enums import Purpose
from disputes.public import PartyFile
from kernel.money import Money, MoneyError

MOST_ENTRIES = 80


class FormEntry(BaseModel):
    """One entry as a model gives it."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["fact", "date", "amount", "wish", "reservation"]
    source_id: str = Field(max_length=64)
    quote: str = Field(min_length=1, max_length=600, description="Exact words of that source, copied.")
    start: int = Field(default=0, ge=0, description="Where the quote begins in the source, in characters; 0 if unsure.")
    meaning: str = Field(default="", max_length=40)
    amount: str | None = Field(
        default=None, max_length=24, description="For an amount: digits with a point, such as 1450.00."
    )
    currency: str | None = Field(default=None, max_length=3)
    date: str | None = Field(
        default=None, max_length=10, description="For a date: YYYY-MM-DD, only when the year is said."
    )


class FormAnswer(BaseModel):
    """A model's claim form."""

    model_config = ConfigDict(extra="forbid")

    entries: list[FormEntry] = Field(max_length=MOST_ENTRIES)


@dataclass(frozen=True)
class Understood:
    """One party's claim form and summary, and the records of asking for them."""

    form: ClaimForm
    summary: str
    form_answer: Answer[ClaimForm]
    summary_answer: Answer[str]

    def form_json(self) -> Mapping[str, Any]:
        return self.form.as_json()


def understand(gateway: Gateway, file: PartyFile) -> Understood:
    """Fill the form, then sum it up. Raises what `Gateway.ask` raises."""
    formed = gateway.ask(claim_form_question(file))
    summed = gateway.ask(summary_question(file, formed.value))
    return Understood(formed.value, summed.value, formed, summed)


def claim_form_question(file: PartyFile) -> Question[ClaimForm]:
    sources = own_sources(file)
    return Question(
        purpose=Purpose.MEDIATION,
        prompt="claim-form",
        audience=_audience(file),
        locale=file.locale,
        materials=source_materials(sources),
        people=people(file.parties),
        output=FormAnswer,
        read=lambda output: _form(output, file),
        offline=lambda: read_claim_form(file),
        max_tokens=4000,
    )


def _form(output: BaseModel | str, file: PartyFile) -> ClaimForm:
    if not isinstance(output, FormAnswer):
        raise RefusedAnswerError("no claim form")
    form = claim_form((_claimed(entry) for entry in output.entries), own_sources(file))
    if not form.entries and read_claim_form(file).entries:
        raise RefusedAnswerError("no entry stands where it says")
    return form


def _claimed(entry: FormEntry) -> Claimed:
    return Claimed(
        entry.kind,
        entry.source_id,
        entry.start,
        entry.start + len(entry.quote),
        entry.quote,
        plain(entry.meaning, longest=40),
        _money(entry),
        _day(entry.date),
    )


def _money(entry: FormEntry) -> Money | None:
    """A sum that the quotation itself names; what a model computes is none."""
    if entry.kind != "amount" or not entry.amount or not entry.currency:
        return None
    try:
        money = Money(Decimal(entry.amount), entry.currency.upper())
    except (InvalidOperation, MoneyError):
        return None
    return money if any(read_number(match.group()) == money.amount for match in NUMBER.finditer(entry.quote)) else None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def summary_question(file: PartyFile, form: ClaimForm) -> Question[str]:
    return Question(
        purpose=Purpose.MEDIATION,
        prompt="understanding",
        audience=_audience(file),
        locale=file.locale,
        materials=(form_material(form, "claim form"),),
        values={
            "side": file.party.side,
            "title": plain(file.title) or "—",
            "filed": file.amount.format(file.locale) if file.amount else "—",
        },
        people=people(file.parties),
        read=lambda output: _summary(output, file, form),
        offline=lambda: summarize(file),
        max_tokens=900,
    )


def _summary(output: BaseModel | str, file: PartyFile, form: ClaimForm) -> str:
    """Only what the party's own entries, the filing and the list of parties name."""
    if not isinstance(output, str):
        raise RefusedAnswerError("no text")
    known = [entry.quote for entry in form.entries]
    known += [wording_for(file.locale).money(entry.money) for entry in form.entries if entry.money]
    known += [
        file.title,
        file.amount.format(file.locale) if file.amount else "",
        file.amount.format("en") if file.amount else "",
    ]
    known += [source.label for source in own_sources(file)]
    return checked_text(output, known, longest=LONGEST, names=[party.full_name for party in file.parties])


def _audience(file: PartyFile) -> Audience:
    return Audience("caucus", file.dispute_id, file.party.user_id)
