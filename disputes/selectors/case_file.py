"""The case file: what every party of a dispute can read, as plain values for whoever drafts a resolution.

Its sources are for the *joint* audience only: disclosed truths, evidence that others may download, joint-room messages and the
dispute's own description. Nothing of a caucus or a private pair is ever among them. Beside them stand, for drafting alone, what parties
confirmed of themselves (`understandings`) and the lines of caucuses that they permitted (`permitted`).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from kernel.money import Money

SourceKind = Literal["truth", "evidence", "message", "description"]
TermKind = Literal["payment", "act", "declaration"]


@dataclass(frozen=True)
class Party:
    user_id: UUID
    full_name: str
    side: Literal["claimant", "respondent"]
    locale: str


@dataclass(frozen=True)
class Source:
    """One text of the joint record. Citation offsets count characters of exactly this `text`."""

    kind: SourceKind
    id: UUID
    author_id: UUID | None
    text: str
    created_at: datetime
    label: str


@dataclass(frozen=True)
class Instalment:
    amount: Money
    due_date: date


@dataclass(frozen=True)
class TermData:
    """One term: who owes what to whom. Amounts of instalments add up to `amount`."""

    id: UUID
    kind: TermKind
    debtor_id: UUID | None
    creditor_id: UUID | None
    amount: Money | None
    due_date: date | None
    condition: str
    text: str
    instalments: tuple[Instalment, ...] = ()


@dataclass(frozen=True)
class PartyResponse:
    user_id: UUID
    decision: Literal["accept", "reject", "counter"]
    comment: str
    terms: tuple[TermData, ...] | None
    instalments: int | None


@dataclass(frozen=True)
class Round:
    number: int
    status: str
    terms: tuple[TermData, ...]
    responses: tuple[PartyResponse, ...]
    kept_clause_ids: tuple[UUID, ...] = ()  # terms of this round that every party agrees to


@dataclass(frozen=True)
class Understanding:
    """One party's position as that party confirmed or corrected it. It may shape a proposal; it is never quoted in one."""

    user_id: UUID
    summary: str
    correction: str


@dataclass(frozen=True)
class Permitted:
    """A line of a caucus that its party allowed the mediator to use. It may shape a proposal; it is never quoted or cited."""

    user_id: UUID
    text: str
    created_at: datetime


@dataclass(frozen=True)
class CaseFile:
    dispute_id: UUID
    title: str
    description: str
    category: str
    amount: Money | None
    locale: str
    timezone: str
    filed_at: datetime
    today: date
    parties: tuple[Party, ...]
    sources: tuple[Source, ...]
    rounds: tuple[Round, ...]
    mode: Literal["mediation", "arbitration"]
    understandings: tuple[Understanding, ...] = ()
    permitted: tuple[Permitted, ...] = ()
    protocol: Literal["simple", "mediated"] = "simple"
    kept_terms: tuple[
        TermData, ...
    ] = ()  # agreed by every party in the last round: the next one keeps them as they are


@dataclass(frozen=True)
class PartyFile:
    """What one party alone may read of its own case: the audience is that party and the mediator.

    `sources` are its own statement, evidence and joint lines (and the description, for who filed); `caucus` are the lines between it
    and the mediator, oldest first, with who said them ("party" or "mediator").
    """

    dispute_id: UUID
    participant_id: UUID
    party: Party
    title: str
    locale: str
    timezone: str
    today: date
    parties: tuple[Party, ...]
    sources: tuple[Source, ...]
    caucus: tuple[tuple[Literal["party", "mediator"], str], ...] = ()
    amount: Money | None = None  # as filed: what percentages and halves in the party's words are of
    understanding_id: UUID | None = None  # of the summary that is waited for; goes back with it


@dataclass(frozen=True)
class Citation:
    """`quote` is `text[start:end]` of the source; a citation that does not resolve is refused."""

    claim: str
    source: SourceKind
    source_id: UUID
    start: int
    end: int
    quote: str


@dataclass(frozen=True)
class ResolutionDraft:
    summary: str
    agreed_facts: tuple[str, ...]
    disputed_facts: tuple[str, ...]
    terms: tuple[TermData, ...]
    reasoning: str
    citations: tuple[Citation, ...]
    model: str
    prompt_version: str
    recitals: tuple[str, ...] = ()


Principle = Literal["equal_split", "merits", "interests", "creative"]


@dataclass(frozen=True)
class CandidateDraft:
    """One of a round's candidate resolutions, made by one principle; each is whole and could be proposed as it stands."""

    principle: Principle
    draft: ResolutionDraft
