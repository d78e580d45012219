"""One party's own file, for tests, out of the same short cases."""

from disputes.public import CaseFile, PartyFile


def file_of(
    case: CaseFile, name: str, *, locale: str | None = None, caucus: tuple[tuple[str, str], ...] = ()
) -> PartyFile:
    """What `name` alone may read of its own case."""
    party = next(person for person in case.parties if person.full_name == name)
    return PartyFile(
        dispute_id=case.dispute_id,
        participant_id=party.user_id,
        party=party,
        title=case.title,
        locale=locale or case.locale,
        timezone=case.timezone,
        today=case.today,
        parties=case.parties,
        sources=tuple(source for source in case.sources if source.author_id == party.user_id),
        caucus=caucus,  # type: ignore[arg-type]
        amount=case.amount,
    )
