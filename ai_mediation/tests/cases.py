"""Case files for tests: the shipped cases, and short ones made of a few lines."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import yaml
from pypdf import PdfReader

from disputes.public import CaseFile, Party, PartyResponse, ResolutionDraft, Round, Source, SourceKind, TermData
from kernel.money import Money

CASES = Path(__file__).resolve().parents[2] / "demo" / "cases"
TODAY = date(2025, 11, 21)
FILED = datetime(2025, 11, 20, 10, tzinfo=UTC)
Side = Literal["claimant", "respondent"]


def id_of(key: str) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_OID, key)


def party(name: str, side: Side = "claimant", locale: str = "en") -> Party:
    return Party(id_of(name), name, side, locale)


def source(kind: SourceKind, author: str | None, text: str, number: int = 0) -> Source:
    key = f"{kind}-{author}-{number}-{text[:20]}"
    return Source(kind, id_of(key), id_of(author) if author else None, text, FILED, f"{kind}.txt")


def euros(amount: str | int | Decimal, currency: str = "EUR") -> Money:
    return Money(Decimal(amount), currency)


def case_of(
    truths: Mapping[str, str] | None = None,
    *,
    claimants: Sequence[str] = ("Anna Berg",),
    respondents: Sequence[str] = ("Bert Claes",),
    messages: Iterable[tuple[str, str]] = (),
    evidence: Iterable[tuple[str, str]] = (),
    amount: Money | None = None,
    description: str = "",
    locale: str = "en",
    rounds: tuple[Round, ...] = (),
    today: date = TODAY,
) -> CaseFile:
    sources = [source("truth", name, text) for name, text in (truths or {}).items()]
    sources += [source("evidence", name, text, n) for n, (name, text) in enumerate(evidence)]
    sources += [source("message", name, text, n) for n, (name, text) in enumerate(messages)]
    people = [party(name) for name in claimants] + [party(name, "respondent") for name in respondents]
    return CaseFile(
        dispute_id=id_of("dispute"),
        title="A matter between neighbours",
        description=description,
        category="other",
        amount=amount,
        locale=locale,
        timezone="Europe/Berlin",
        filed_at=FILED,
        today=today,
        parties=tuple(people),
        sources=tuple(sources),
        rounds=rounds,
        mode="mediation",
    )


def shipped(name: str) -> tuple[dict[str, Any], CaseFile]:
    """A case of demo/cases as the parties' joint record would hold it: truths, evidence with its text, joint messages."""
    folder = CASES / name
    script = yaml.safe_load((folder / "case.yaml").read_text())
    names = {person["key"]: person["full_name"] for person in script["parties"]}
    case = case_of(
        {names[key]: text for key, text in script["truths"].items()},
        claimants=[p["full_name"] for p in script["parties"] if p["role"] == "claimant"],
        respondents=[p["full_name"] for p in script["parties"] if p["role"] == "respondent"],
        messages=[(names[m["by"]], m["text"]) for m in script["messages"] if not m.get("private")],
        evidence=[(names[e["by"]], f"{e['description']}\n{_text_of(folder / e['file'])}") for e in script["evidence"]],
        amount=Money.parse(script["amount"]),
        description=script["description"],
        locale=script["locale"],
    )
    return script, replace(case, title=script["title"])


def _text_of(path: Path) -> str:
    if path.suffix == ".pdf":
        return "\n".join(page.extract_text() for page in PdfReader(BytesIO(path.read_bytes())).pages)
    return path.read_text() if path.suffix in (".txt", ".csv") else ""


def payments(draft: ResolutionDraft) -> dict[tuple[str, str], Decimal]:
    """(debtor, creditor) by name → amount."""
    names = {id_of(name): name for name in NAMES}
    return {
        (names.get(t.debtor_id, "?"), names.get(t.creditor_id, "?")): t.amount.amount
        for t in draft.terms
        if t.kind == "payment" and t.amount and t.debtor_id and t.creditor_id
    }


NAMES = [
    "Anna Berg", "Bert Claes", "Cleo Diaz", "Dora Ebel", "Mara Engel", "Tobias Krug", "Petra Novak", "Aylin Demir",
    "Jonas Beck", "Inés Romero", "Claire Whitfield",
]  # fmt: skip


def only_payment(draft: ResolutionDraft) -> TermData:
    (term,) = [t for t in draft.terms if t.kind == "payment"]
    return term


def answered(number: int, draft: ResolutionDraft, *responses: PartyResponse) -> Round:
    return Round(number, "countered", draft.terms, responses)


def response(
    name: str,
    decision: Literal["accept", "reject", "counter"],
    *,
    comment: str = "",
    terms: tuple[TermData, ...] | None = None,
    instalments: int | None = None,
) -> PartyResponse:
    return PartyResponse(id_of(name), decision, comment, terms, instalments)
