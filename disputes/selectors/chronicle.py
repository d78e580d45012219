"""The timeline in words: what the journal of a case says, for people who read it on a page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from accounts.public import users_by_id
from disputes.enums import Decision, Part
from disputes.models import Assignment, Participant
from disputes.selectors.access import CaseAccess
from disputes.selectors.timeline import timeline_for
from kernel.models import JournalEntry

WORDS: Mapping[str, str | Promise] = {
    "dispute.filed": __("%(who)s filed the case."),
    "party.invited": __("%(whom)s was invited."),
    "party.joined": __("%(whom)s joined."),
    "party.declined": __("%(whom)s declined to take part."),
    "invitation.lapsed": __("The invitation of %(whom)s lapsed."),
    "dispute.start": __("Everybody now gives their statement."),
    "dispute.lapse": __("The case lapsed: no respondent is left."),
    "dispute.withdraw": __("%(who)s withdrew the case."),
    "dispute.disclose": __("The statements were disclosed to everybody at the same time."),
    "dispute.close_unanswered": __("The case was closed: nobody gave a statement in time."),
    "dispute.propose": __("A proposal was made."),
    "dispute.reopen": __("The proposal was not accepted by everybody; mediation goes on."),
    "dispute.agree": __("Everybody accepted the proposal."),
    "dispute.arbitrate": __("Arbitration began."),
    "dispute.decide": __("The arbitrator decided."),
    "award.draft_asked": __("%(who)s asked the AI for a draft of the award."),
    "award.drafted": __("The AI gave the arbitrator a draft of the award."),
    "award.draft_failed": __("No draft of the award could be written."),
    "dispute.draw_up": __("The contract is being drawn up."),
    "dispute.close": __("The case was closed."),
    "dispute.send_for_signature": __("The contract is ready to be signed."),
    "dispute.give_up_contract": __("The contract did not come about; mediation goes on."),
    "dispute.return_contract": __("The contract has to change; mediation goes on."),
    "dispute.execute": __("Everybody has signed; the contract is sealed."),
    "dispute.decline_contract": __("The contract will not be signed; mediation goes on."),
    "dispute.end": __("The mediation ended without an agreement."),
    "ending.asked": __("%(who)s asked to end the case without an agreement."),
    "ending.taken_back": __("%(who)s no longer asks to end the case."),
    "dispute.escalated": __("The case waits for a human mediator."),
    "truth.submitted": __("%(who)s gave a statement."),
    "truth.addendum": __("%(who)s added to their statement."),
    "understanding.requested": __("The mediator was asked how it understands %(whom)s."),
    "evidence.added": __("%(who)s put evidence on record."),
    "evidence.withdrawn": __("%(who)s withdrew a piece of evidence."),
    "resolution.requested": __("A proposal was asked for."),
    "resolution.candidates": __("Several proposals are there to be ranked, each party for itself."),
    "bidding.direction_suggested": __("%(who)s suggested who pays in the bidding."),
    "bidding.direction_agreed": __("%(who)s agreed on who pays in the bidding."),
    "bidding.direction_refused": __("%(who)s refused another direction of the bidding."),
    "bidding.direction_taken_back": __("%(who)s took the suggestion on who pays in the bidding back."),
    "bidding.closed": __("A round of bidding ended without a deal."),
    "bidding.settled": __("A round of bidding ended with a sum."),
    "resolution.failed": __("No proposal could be drafted."),
    "resolution.answered": __("%(who)s answered the proposal: %(answer)s."),
    "arbitration.consent_awaited": __("The rounds are used up; consent to arbitration is awaited."),
    "arbitration.consented": __("%(who)s consented to arbitration."),
    "arbitration.consent_revoked": __("%(who)s took back the consent to arbitration."),
    "deadline.proposed": __("%(who)s asked for another date."),
    "deadline.accepted": __("%(who)s accepted the other date."),
    "deadline.moved": __("The deadline was moved."),
    "deadline.refused": __("%(who)s refused the other date."),
    "deadline.more_time_asked": __("%(whom)s asked for more time to answer the invitation."),
    "deadline.reminded": __("Who still has to act was reminded of the deadline."),
    "party.address_wrong": __("The address of %(whom)s is wrong: another person reads it."),
    "party.replaced": __("%(whom)s is no longer waited for at the wrong address."),
    "reply.given": __("%(who)s told their side; it stays sealed until all are in."),
    "lawyer.assigned": __("%(whom)s was assigned as %(part)s."),
    "lawyer.unassigned": __("The assignment of %(whom)s ended."),
    "contract.requested": __("The contract was asked for."),
    "contract.drawn_up": __("The contract was drawn up."),
    "contract.held": __("The contract check found something that a lawyer has to look at."),
    "contract.hold_lifted": __("%(who)s lifted a hold of the contract check."),
    "contract.in_review": __("The contract waits for a lawyer's approval."),
    "contract.approved": __("%(who)s approved the contract."),
    "contract.returned": __("%(who)s returned the contract."),
    "contract.signed": __("%(who)s signed the contract."),
    "contract.voided": __("The contract is void."),
}


@dataclass(frozen=True)
class Happening:
    """One line of the timeline; `verb` is the journal's own word for it."""

    at: datetime
    verb: str
    text: str


def chronicle(access: CaseAccess, *, newest: int = 200) -> list[Happening]:
    """What happened in the case as this reader may know it, newest first; four statements."""
    entries = list(timeline_for(access).order_by("-seq")[:newest])
    names = _Names(access, entries)
    return [Happening(entry.created_at, entry.verb, _sentence(entry, names)) for entry in entries]


def _sentence(entry: JournalEntry, names: "_Names") -> str:
    words = WORDS.get(entry.verb)
    if words is None:
        return entry.verb
    return str(words) % {
        "who": names.actor(entry),
        "whom": names.subject(entry),
        "part": _label(Part, entry.facts.get("part")),
        "answer": _label(Decision, entry.facts.get("decision")),
    }


def _label(choices: type[Part] | type[Decision], value: object) -> str:
    return str(choices(value).label) if value in choices.values else str(value or "…")


class _Names:
    """Who the ids in the entries are. A party is named as in the case; of the back-office parties learn the neutrals' names."""

    def __init__(self, access: CaseAccess, entries: Iterable[JournalEntry]) -> None:
        participants = Participant.objects.filter(dispute=access.dispute)
        assignments = Assignment.objects.filter(dispute=access.dispute).select_related("lawyer")
        self._known: dict[UUID, str] = {}
        for participant in participants:
            name = participant.full_name or _("the invited person")
            self._known[participant.pk] = name
            if participant.user_id is not None:
                self._known[participant.user_id] = name
        if access.standing.is_party:
            assignments = assignments.exclude(part=Part.COUNSEL)
        for assignment in assignments:
            self._known[assignment.pk] = self._known[assignment.lawyer_id] = assignment.lawyer.full_name
        if not access.standing.is_party:
            strangers = {entry.actor_id for entry in entries if entry.actor_id is not None} - set(self._known)
            self._known |= {key: user.full_name for key, user in users_by_id(strangers).items()}

    def actor(self, entry: JournalEntry) -> str:
        if entry.actor_kind == "ai":
            return _("The AI mediator")
        if entry.actor_kind != "user" or entry.actor_id is None:
            return "Accord"
        return self._known.get(entry.actor_id) or _("The back-office")

    def subject(self, entry: JournalEntry) -> str:
        return self._known.get(entry.subject_id or UUID(int=0)) or _("Somebody")
