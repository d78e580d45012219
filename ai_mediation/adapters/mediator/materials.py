"""People's texts as materials of a question, and the people whose names must not leave."""

from collections.abc import Iterable

from ai_mediation.adapters.claim_form import ClaimForm
from ai_mediation.adapters.questions import KnownPerson, Material
from disputes.public import Party, Source

LONGEST_SOURCE = 20_000  # characters of one text that a model is shown; rules read all of it
MOST_SOURCES = 60


def people(parties: Iterable[Party]) -> tuple[KnownPerson, ...]:
    return tuple(KnownPerson(party.user_id, (party.full_name,)) for party in parties if party.full_name.strip())


def source_materials(sources: Iterable[Source]) -> tuple[Material, ...]:
    """Each text with the id its quotations cite."""
    kept = [source for source in sources if source.text.strip()][:MOST_SOURCES]
    return tuple(Material(source.kind, source.text[:LONGEST_SOURCE], str(source.id)) for source in kept)


def form_material(form: ClaimForm, label: str, *, first: int = 1) -> Material:
    """The claim form as numbered lines: what drafting prompts are shown in place of a party's whole text."""
    lines = []
    for number, entry in enumerate(form.entries, start=first):
        what = " ".join(part for part in (entry.kind, entry.meaning) if part)
        lines.append(f"[{number}] {what}: {' '.join(entry.quote.split())}")
    return Material(label, "\n".join(lines), label)
