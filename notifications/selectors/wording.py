"""What each kind says. The words are made in the language that is active when a function here is called."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notifications.enums import Kind

TITLE_IN_SUBJECT = 90


@dataclass(frozen=True)
class Facts:
    """What the words of a case's news are made of. `person` is whom the news is about, or empty."""

    title: str
    person: str = ""
    round: int = 0
    days: int = 0

    def values(self) -> dict[str, object]:
        return {
            "title": shortened(self.title),
            "person": self.person or _("An invited person"),
            "round": self.round,
            "left": days_left(self.days),
        }


@dataclass(frozen=True)
class Words:
    """The headline (also the mail's subject), what it means, and what the button says."""

    headline: str
    body: str
    action: str


def shortened(title: str) -> str:
    """A case's title as it fits into a subject line."""
    return title if len(title) <= TITLE_IN_SUBJECT else title[: TITLE_IN_SUBJECT - 1].rstrip() + "…"


def days_left(days: int) -> str:
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}


def words_of(kind: Kind, facts: Facts) -> Words:
    """The words of a kind, for the reader's language."""
    words, values = _WORDS[kind](), facts.values()
    return Words(words.headline % values, words.body % values, words.action % values)


def _password_changed() -> Words:
    return Words(
        _("Your password was changed"),
        _(
            "The password of your account was changed, and everything that was signed in has been signed "
            "out. If it was not you, ask for a new password at once."
        ),
        _("Open Accord"),
    )


def _party_joined() -> Words:
    return Words(
        _("%(person)s takes part in “%(title)s”"),
        _("An invited person has accepted and takes part in the case."),
        _("Open the case"),
    )


def _party_declined() -> Words:
    return Words(
        _("%(person)s does not take part in “%(title)s”"),
        _(
            "The invitation was declined. You can invite somebody else, start with those who have joined, or "
            "withdraw the case."
        ),
        _("Open the case"),
    )


def _invitation_lapsed() -> Words:
    return Words(
        _("No answer from %(person)s in “%(title)s”"),
        _(
            "The invitation was not answered in time and is no longer valid. You can send a new one or start "
            "with those who have joined."
        ),
        _("Open the case"),
    )


def _state_truth() -> Words:
    return Words(
        _("Your turn: tell your side of “%(title)s”"),
        _(
            "The case has started. Write in your own words what happened and what you want. Nobody, not even "
            "our staff, reads it before every party has told their side or the time is over; then all "
            "statements open at the same moment."
        ),
        _("Tell your side"),
    )


def _deadline_proposed() -> Words:
    return Words(
        _("Another deadline is proposed in “%(title)s”: do you agree?"),
        _(
            "A party has asked for another date. It holds once everybody else has accepted it; until then "
            "the old one stays."
        ),
        _("See the date and answer"),
    )


def _deadline_moved() -> Words:
    return Words(
        _("The deadline in “%(title)s” has been moved"),
        _("Everybody accepted the other date. It holds from now on."),
        _("Open the case"),
    )


def _deadline_refused() -> Words:
    return Words(
        _("The date you asked for in “%(title)s” was refused"),
        _("The present deadline stays. Why, if anything was said, is in the case; you can ask for another date."),
        _("Open the case"),
    )


def _more_time_asked() -> Words:
    return Words(
        _("%(person)s asks for more time to answer in “%(title)s”"),
        _(
            "Somebody you invited wants to answer later. If you accept, the invitation runs until the new date; if you refuse, "
            "the present one stays. Who gets the time they need more often takes part."
        ),
        _("See the date and answer"),
    )


def _wrong_person() -> Words:
    return Words(
        _("Wrong address for %(person)s in “%(title)s”"),
        _(
            "Whoever reads the address you gave says that they are not the person you mean. That link is closed. Invite the right "
            "address; until then the case waits."
        ),
        _("Invite the right address"),
    )


def _remind_statement() -> Words:
    return Words(
        _("Reminder, %(left)s to go: tell your side of “%(title)s”"),
        _(
            "Your statement is not in yet. When the time is over, the statements that are there open to everybody and mediation "
            "begins. Nobody loses by silence, but your side is then missing. If you need longer, ask for another date in the case."
        ),
        _("Tell your side"),
    )


def _remind_consent() -> Words:
    return Words(
        _("Reminder, %(left)s to go: consent to arbitration in “%(title)s”?"),
        _(
            "The rounds of mediation are used up. If every party consents, an arbitrator decides; without everybody's consent the "
            "case closes without an agreement when the time is over. Consenting is your free choice."
        ),
        _("Open the case"),
    )


def _remind_signature() -> Words:
    return Words(
        _("Reminder, %(left)s to go: the contract in “%(title)s” waits for your signature"),
        _(
            "It takes effect when every party has signed. If not everybody has signed when the time is over, it has no effect and "
            "mediation goes on."
        ),
        _("Read and sign"),
    )


def _truths_disclosed() -> Words:
    return Words(
        _("All statements in “%(title)s” are open: read them"),
        _(
            "Every party can now read what the others wrote. Next comes the mediation: talk in the case's "
            "room, answer the others' points, and ask for a proposal whenever you are ready."
        ),
        _("Read the statements"),
    )


def _resolution_failed() -> Words:
    return Words(
        _("No proposal could be drafted for “%(title)s”"),
        _(
            "What the parties have written so far was not enough for a proposal. Add facts, offers or "
            "evidence and ask for a proposal again."
        ),
        _("Open the case"),
    )


def _proposal_ready() -> Words:
    return Words(
        _("A proposal for “%(title)s” waits for your answer"),
        _(
            "The mediator has proposed a settlement (round %(round)d). Read it, then accept it, reject it or "
            "make a counter-offer. Nothing is agreed before every party has accepted."
        ),
        _("Read the proposal and answer"),
    )


def _round_failed() -> Words:
    return Words(
        _("No agreement yet in “%(title)s”: the next round is open"),
        _(
            "Not everybody accepted the proposal of round %(round)d. Go on talking; any party can ask for "
            "the next proposal."
        ),
        _("Go on with the case"),
    )


def _agreed() -> Words:
    return Words(
        _("Everybody accepted the proposal in “%(title)s”"),
        _("The parties agree. If the case asks for a contract, it is drawn up now and you will be asked to sign it."),
        _("Open the case"),
    )


def _understanding_ready() -> Words:
    return Words(
        _("Is this how you see it? Your position in “%(title)s”"),
        _(
            "The AI mediator has summed up your position, for you alone. Confirm it or correct it: the first proposal waits until "
            "every party has, or the time is over. Nobody else reads your summary or your answer."
        ),
        _("Read the summary"),
    )


def _please_rank() -> Words:
    return Words(
        _("Proposals to rank in “%(title)s”"),
        _(
            "Several proposals of round %(round)d are there. Put them into your own order; nobody else sees it. The order of all "
            "parties chooses the one that is proposed."
        ),
        _("Rank the proposals"),
    )


def _bidding_closed() -> Words:
    return Words(
        _("No deal in this round of bidding in “%(title)s”"),
        _(
            "The two bids did not meet. Both were destroyed; nobody learns them. You can bid again or go on with the mediation."
        ),
        _("Open the case"),
    )


def _human_overdue() -> Words:
    return Words(
        _("“%(title)s” waits for a person longer than promised"),
        _(
            "The parties were told by when a person answers; that time is over. Appoint a mediator, or answer them in the case."
        ),
        _("Open the case"),
    )


def _escalated() -> Words:
    return Words(
        _("“%(title)s” waits for a human mediator"),
        _(
            "A person was asked to take over the mediation. You will be told as soon as one is appointed; "
            "you can go on writing in the case meanwhile."
        ),
        _("Open the case"),
    )


def _arbitration_started() -> Words:
    return Words(
        _("Arbitration has begun in “%(title)s”"),
        _(
            "Every party consented, so a human arbitrator will decide the case. The decision rests only on "
            "what all parties can read."
        ),
        _("Open the case"),
    )


def _decision_given() -> Words:
    return Words(
        _("The arbitrator has decided “%(title)s”"),
        _("The decision and its reasons are in the case."),
        _("Read the decision"),
    )


def _lawyer_assigned() -> Words:
    return Words(
        _("You are assigned to “%(title)s”"),
        _(
            "An administrator has assigned this case to you. Your part in it, and what it lets you see, is "
            "shown in the case."
        ),
        _("Open the case"),
    )


def _contract_review() -> Words:
    return Words(
        _("Please review the contract in “%(title)s”"),
        _(
            "The contract is drawn up and waits for a lawyer's approval before the parties can sign it. "
            "Approve it, or return it with a comment."
        ),
        _("Review the contract"),
    )


def _please_sign() -> Words:
    return Words(
        _("Please sign the contract in “%(title)s”"),
        _(
            "The contract carries the terms that were accepted. Read it and sign it online; it takes effect "
            "when every party has signed. Nobody receives a signed copy before."
        ),
        _("Read and sign"),
    )


def _contract_voided() -> Words:
    return Words(
        _("The contract in “%(title)s” will not be signed"),
        _(
            "It was declined, ran out of time or could not be completed, and has no effect. What is possible "
            "now is shown in the case."
        ),
        _("Open the case"),
    )


def _executed() -> Words:
    return Words(
        _("Signed by all: the contract in “%(title)s” is complete"),
        _(
            "Every party has signed, and the document carries its seal. Download your copy from the case and "
            "keep it; anyone who has the file can check on the verification page that it is unchanged."
        ),
        _("Download the signed contract"),
    )


def _withdrawn() -> Words:
    return Words(
        _("“%(title)s” was withdrawn"),
        _("The claimant has withdrawn the case. Nothing more is asked of you."),
        _("Open the case"),
    )


def _lapsed() -> Words:
    return Words(
        _("“%(title)s” has ended without an answer"),
        _("None of the invited persons takes part, so the case has lapsed. You can file a new one at any time."),
        _("Open the case"),
    )


def _closed() -> Words:
    return Words(
        _("“%(title)s” is closed"),
        _("The case has ended. Its outcome and everything you may read stay available to you."),
        _("Open the case"),
    )


_WORDS: dict[Kind, Callable[[], Words]] = {
    Kind.PASSWORD_CHANGED: _password_changed,
    Kind.PARTY_JOINED: _party_joined,
    Kind.PARTY_DECLINED: _party_declined,
    Kind.INVITATION_LAPSED: _invitation_lapsed,
    Kind.STATE_TRUTH: _state_truth,
    Kind.DEADLINE_PROPOSED: _deadline_proposed,
    Kind.DEADLINE_MOVED: _deadline_moved,
    Kind.DEADLINE_REFUSED: _deadline_refused,
    Kind.MORE_TIME_ASKED: _more_time_asked,
    Kind.WRONG_PERSON: _wrong_person,
    Kind.REMIND_STATEMENT: _remind_statement,
    Kind.REMIND_CONSENT: _remind_consent,
    Kind.REMIND_SIGNATURE: _remind_signature,
    Kind.TRUTHS_DISCLOSED: _truths_disclosed,
    Kind.UNDERSTANDING_READY: _understanding_ready,
    Kind.PLEASE_RANK: _please_rank,
    Kind.BIDDING_CLOSED: _bidding_closed,
    Kind.HUMAN_OVERDUE: _human_overdue,
    Kind.RESOLUTION_FAILED: _resolution_failed,
    Kind.PROPOSAL_READY: _proposal_ready,
    Kind.ROUND_FAILED: _round_failed,
    Kind.AGREED: _agreed,
    Kind.ESCALATED: _escalated,
    Kind.ARBITRATION_STARTED: _arbitration_started,
    Kind.DECISION_GIVEN: _decision_given,
    Kind.LAWYER_ASSIGNED: _lawyer_assigned,
    Kind.CONTRACT_REVIEW: _contract_review,
    Kind.PLEASE_SIGN: _please_sign,
    Kind.CONTRACT_VOIDED: _contract_voided,
    Kind.EXECUTED: _executed,
    Kind.WITHDRAWN: _withdrawn,
    Kind.LAPSED: _lapsed,
    Kind.CLOSED: _closed,
}
