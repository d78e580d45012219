"""Who is told of a case's news. Asked when it happens, and again just before the mail leaves: who has acted since
is left alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.public import administrator_ids
from disputes.public import (
    PartyContact,
    assigned_lawyer_ids,
    contract_brief,
    deadline_brief,
    dispute_brief,
    is_understanding_waiting,
    participant_name,
    party_contacts,
    ranking_deadline,
    reminder_brief,
    resolution_brief,
    understanding_deadline,
    understood_user_id,
)
from notifications.enums import Kind
from notifications.selectors.wording import Facts

REMINDERS = frozenset({Kind.REMIND_STATEMENT, Kind.REMIND_CONSENT, Kind.REMIND_SIGNATURE})


@dataclass(frozen=True)
class News:
    """Something that happened in a case: which, and the proposal, contract or participant it is about."""

    kind: Kind
    dispute_id: UUID
    subject_id: UUID | None = None


@dataclass(frozen=True)
class CaseNews:
    """What there is to say of a case's news, and where it is read. `about` is the person it is about, when they
    have an account.
    """

    facts: Facts
    link: str
    deadline: datetime | None
    about: UUID | None = None


def readers_of(news: News) -> tuple[UUID, ...]:
    """The people whom the news concerns now."""
    return _READERS[news.kind](news)


def describe(news: News) -> CaseNews:
    """The news as its words need it."""
    brief = dispute_brief(news.dispute_id)
    person, about = _person(news)
    return CaseNews(
        facts=Facts(title=brief.title, person=person, round=_round(news), days=_days(news)),
        link=brief.link,
        deadline=_deadline(news, brief.statement_deadline),
        about=about,
    )


def _days(news: News) -> int:
    return reminder_brief(news.subject_id).days if news.kind in REMINDERS and news.subject_id is not None else 0


def _person(news: News) -> tuple[str, UUID | None]:
    if news.kind == Kind.WRONG_PERSON and news.subject_id is not None:
        return participant_name(news.subject_id), None
    if news.kind == Kind.MORE_TIME_ASKED and news.subject_id is not None:
        asked_by = deadline_brief(news.subject_id).proposed_by_participant_id
        return (participant_name(asked_by) if asked_by is not None else ""), None
    if news.kind not in _ABOUT_PARTICIPANT:
        return "", None
    for contact in party_contacts(news.dispute_id, only_active=False):
        if contact.participant_id == news.subject_id:
            return contact.full_name, contact.user_id
    return "", None


def _round(news: News) -> int:
    if news.kind not in _WITH_ROUND or news.subject_id is None:
        return 0
    return resolution_brief(news.subject_id).round


def _deadline(news: News, statement_deadline: datetime | None) -> datetime | None:
    if news.kind in _WITH_PROPOSED_DATE and news.subject_id is not None:
        return deadline_brief(news.subject_id).deadline
    if news.kind in REMINDERS and news.subject_id is not None:
        return reminder_brief(news.subject_id).deadline
    if news.kind == Kind.UNDERSTANDING_READY and news.subject_id is not None:
        return understanding_deadline(news.subject_id)
    if news.kind == Kind.PLEASE_RANK and news.subject_id is not None:
        return ranking_deadline(news.subject_id)
    return statement_deadline if news.kind == Kind.STATE_TRUTH else None


def _contacts(news: News) -> tuple[PartyContact, ...]:
    return party_contacts(news.dispute_id, only_active=True)


def _ids(contacts: tuple[PartyContact, ...]) -> tuple[UUID, ...]:
    return tuple(contact.user_id for contact in contacts)


def _all_parties(news: News) -> tuple[UUID, ...]:
    return _ids(_contacts(news))


def _other_parties(news: News) -> tuple[UUID, ...]:
    return _ids(tuple(contact for contact in _contacts(news) if contact.participant_id != news.subject_id))


def _claimants(news: News) -> tuple[UUID, ...]:
    return _ids(tuple(contact for contact in _contacts(news) if contact.side == "claimant"))


def _who_have_not_stated(news: News) -> tuple[UUID, ...]:
    if dispute_brief(news.dispute_id).status != "stating":
        return ()
    return _ids(tuple(contact for contact in _contacts(news) if not contact.has_stated))


def _who_have_not_answered(news: News) -> tuple[UUID, ...]:
    resolution = resolution_brief(news.subject_id) if news.subject_id is not None else None
    return resolution.pending_user_ids if resolution is not None and resolution.status == "proposed" else ()


def _who_have_not_signed(news: News) -> tuple[UUID, ...]:
    contract = contract_brief(news.subject_id) if news.subject_id is not None else None
    return contract.unsigned_user_ids if contract is not None and contract.status == "signing" else ()


def _reviewers(news: News) -> tuple[UUID, ...]:
    contract = contract_brief(news.subject_id) if news.subject_id is not None else None
    return assigned_lawyer_ids(news.dispute_id) if contract is not None and contract.status == "review" else ()


def _who_may_answer_the_date(news: News) -> tuple[UUID, ...]:
    proposal = deadline_brief(news.subject_id) if news.subject_id is not None else None
    if proposal is None or proposal.status != "open":
        return ()
    return tuple(user_id for user_id in _all_parties(news) if user_id != proposal.proposed_by_user_id)


def _who_asked_for_the_date(news: News) -> tuple[UUID, ...]:
    proposal = deadline_brief(news.subject_id) if news.subject_id is not None else None
    if proposal is None or proposal.status != "refused":
        return ()
    return tuple(user_id for user_id in _all_parties(news) if user_id == proposal.proposed_by_user_id)


def _still_runs(news: News) -> bool:
    """Whether the date that a reminder names is still the one to meet; a moved deadline is reminded of anew."""
    brief, reminder = dispute_brief(news.dispute_id), reminder_brief(_subject(news))
    return reminder.awaited != "statement_deadline" or brief.statement_deadline == reminder.deadline


def _subject(news: News) -> UUID:
    if news.subject_id is None:
        raise ValueError(f"{news.kind} is about something.")
    return news.subject_id


def _who_are_reminded_to_state(news: News) -> tuple[UUID, ...]:
    return _who_have_not_stated(news) if _still_runs(news) else ()


def _who_have_not_consented(news: News) -> tuple[UUID, ...]:
    if dispute_brief(news.dispute_id).consent_deadline != reminder_brief(_subject(news)).deadline:
        return ()
    return _ids(tuple(contact for contact in _contacts(news) if not contact.has_consented))


def _who_are_reminded_to_sign(news: News) -> tuple[UUID, ...]:
    brief = dispute_brief(news.dispute_id)
    return contract_brief(brief.contract_id).unsigned_user_ids if brief.contract_id is not None else ()


def _whose_summary_it_is(news: News) -> tuple[UUID, ...]:
    """That party alone: the others do not learn that its summary is there, nor whether it was answered."""
    reader = understood_user_id(_subject(news)) if is_understanding_waiting(_subject(news)) else None
    return tuple(user_id for user_id in _all_parties(news) if user_id == reader)


def _who_have_not_ranked(news: News) -> tuple[UUID, ...]:
    resolution = resolution_brief(_subject(news))
    return resolution.pending_user_ids if resolution.status == "ranking" else ()


def _who_can_send_a_person(news: News) -> tuple[UUID, ...]:
    if dispute_brief(news.dispute_id).human_due_at is None:
        return ()
    return tuple(dict.fromkeys((*assigned_lawyer_ids(news.dispute_id), *administrator_ids())))


def _assigned_lawyers(news: News) -> tuple[UUID, ...]:
    return assigned_lawyer_ids(news.dispute_id)


_READERS: dict[Kind, Callable[[News], tuple[UUID, ...]]] = {
    Kind.PARTY_JOINED: _other_parties,
    Kind.PARTY_DECLINED: _claimants,
    Kind.INVITATION_LAPSED: _claimants,
    Kind.STATE_TRUTH: _who_have_not_stated,
    Kind.DEADLINE_PROPOSED: _who_may_answer_the_date,
    Kind.DEADLINE_MOVED: _all_parties,
    Kind.DEADLINE_REFUSED: _who_asked_for_the_date,
    Kind.MORE_TIME_ASKED: _who_may_answer_the_date,
    Kind.WRONG_PERSON: _claimants,
    Kind.REMIND_STATEMENT: _who_are_reminded_to_state,
    Kind.REMIND_CONSENT: _who_have_not_consented,
    Kind.REMIND_SIGNATURE: _who_are_reminded_to_sign,
    Kind.TRUTHS_DISCLOSED: _all_parties,
    Kind.UNDERSTANDING_READY: _whose_summary_it_is,
    Kind.PLEASE_RANK: _who_have_not_ranked,
    Kind.BIDDING_CLOSED: _all_parties,
    Kind.HUMAN_OVERDUE: _who_can_send_a_person,
    Kind.RESOLUTION_FAILED: _all_parties,
    Kind.PROPOSAL_READY: _who_have_not_answered,
    Kind.ROUND_FAILED: _all_parties,
    Kind.AGREED: _all_parties,
    Kind.ESCALATED: _all_parties,
    Kind.ARBITRATION_STARTED: _all_parties,
    Kind.DECISION_GIVEN: _all_parties,
    Kind.LAWYER_ASSIGNED: _assigned_lawyers,
    Kind.CONTRACT_REVIEW: _reviewers,
    Kind.PLEASE_SIGN: _who_have_not_signed,
    Kind.CONTRACT_VOIDED: _all_parties,
    Kind.EXECUTED: _all_parties,
    Kind.WITHDRAWN: _all_parties,
    Kind.LAPSED: _all_parties,
    Kind.CLOSED: _all_parties,
}
_WITH_PROPOSED_DATE = frozenset(
    {Kind.DEADLINE_PROPOSED, Kind.DEADLINE_MOVED, Kind.DEADLINE_REFUSED, Kind.MORE_TIME_ASKED}
)
_WITH_ROUND = frozenset({Kind.PLEASE_RANK, Kind.PROPOSAL_READY, Kind.ROUND_FAILED})
_ABOUT_PARTICIPANT = frozenset({Kind.PARTY_JOINED, Kind.PARTY_DECLINED, Kind.INVITATION_LAPSED})
