"""Answers by rules: from the case as its reader may read it, and from how Accord works. Says what it does not know.

Never legal advice: who is right and what to accept is for a lawyer, or the human mediator whom every party can ask for.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ai_mediation.adapters.assistant.passages import Quote, best_quotes, content_words
from ai_mediation.adapters.assistant.topics import Topic, topics_of
from disputes.public import Deadline, Passage, ReaderFile
from kernel.formats import distance_text, moment_text

LATEST_PROPOSAL = 600  # characters of a proposal that are quoted


@dataclass(frozen=True)
class Spoken:
    """An answer; `quotes` are what its numbers in square brackets point at, from 1."""

    text: str
    quotes: tuple[Quote, ...] = ()

    def __str__(self) -> str:
        """What is streamed."""
        return self.text


def answer_by_rules(question: str, case: ReaderFile | None, locale: str) -> Spoken:
    """The answer in the active language; with `case`, about that case."""
    topics = topics_of(question)
    quotes: list[Quote] = []
    blocks = [*_about_case(question, topics, case, locale, quotes)] if case is not None else []
    blocks += _about_accord(topics, case)
    if not blocks:
        blocks.append(_nothing_found(case))
    blocks.append(_("This answer comes from fixed rules; no language model was used."))
    return Spoken("\n\n".join(blocks), tuple(quotes))


# --- the case -----------------------------------------------------------------------------------------------------------------
def _about_case(
    question: str, topics: list[Topic], case: ReaderFile, locale: str, quotes: list[Quote]
) -> Iterator[str]:
    found = best_quotes(question, case.passages)
    is_bare = not topics and not content_words(question)
    wants_state = Topic.STATE in topics or Topic.NEXT in topics or is_bare
    if wants_state:
        yield _("Where “%(title)s” stands: %(state)s") % {"title": case.title, "state": case.state}
    if Topic.DEADLINE in topics or wants_state:
        yield _deadlines(case, locale)
    if wants_state:
        yield _("What you do next: %(step)s") % {"step": case.next_step}
    if Topic.WHO in topics:
        yield _people(case)
    if Topic.SIGNING in topics and (case.signed_by or case.unsigned_by):
        yield _signatures(case)
    if Topic.PROPOSAL in topics:
        yield from _proposal(case, quotes)
    fresh = [quote for quote in found if not any(quote.passage.id == known.passage.id for known in quotes)]
    if fresh:
        yield "\n".join([_("In the case I find:"), *(_quoted(quote, quotes) for quote in fresh)])
    elif not topics and not wants_state:
        yield _nothing_found(case)


def _deadlines(case: ReaderFile, locale: str) -> str:
    if not case.deadlines:
        return _("No deadline is running in this case now.")
    return "\n".join(_deadline(one, case, locale) for one in case.deadlines)


def _deadline(deadline: Deadline, case: ReaderFile, locale: str) -> str:
    return _("%(what)s: until %(moment)s, %(distance)s.") % {
        "what": deadline.what,
        "moment": moment_text(deadline.at, locale=locale, timezone=case.timezone),
        "distance": distance_text(deadline.at - case.present, locale=locale),
    }


def _people(case: ReaderFile) -> str:
    lines = [f"– {one.name} ({one.role}{', ' + _('you') if one.is_me else ''})" for one in case.people]
    return "\n".join([_("Who takes part:"), *lines])


def _signatures(case: ReaderFile) -> str:
    nobody = _("nobody yet")
    signed, missing = ", ".join(case.signed_by) or nobody, ", ".join(case.unsigned_by) or _("nobody")
    return _("Signed so far: %(signed)s. Still to sign: %(missing)s.") % {"signed": signed, "missing": missing}


def _proposal(case: ReaderFile, quotes: list[Quote]) -> Iterator[str]:
    newest = next((one for one in reversed(case.passages) if one.kind == "proposal"), None)
    if newest is None:
        yield _("No proposal has been made in this case yet.")
        return
    end = len(newest.text)
    if end > LATEST_PROPOSAL:
        end = newest.text.rfind(" ", 0, LATEST_PROPOSAL)
        end = end if end > 0 else LATEST_PROPOSAL
    yield "\n".join([_("The newest proposal says:"), _quoted(Quote(newest, 0, end), quotes)])


def _quoted(quote: Quote, quotes: list[Quote]) -> str:
    quotes.append(quote)
    words = " ".join(quote.text.split())
    return f"[{len(quotes)}] {label_of(quote.passage)}: “{words}”"


def label_of(passage: Passage) -> str:
    """What a passage is and whose, in the active language."""
    kind = {
        "description": _("Description of the case"),
        "truth": _("Statement"),
        "evidence": _("Evidence"),
        "message": _("Private message") if passage.is_private else _("Message"),
        "proposal": _("Proposal"),
        "contract": _("Contract"),
    }[passage.kind]
    return f"{kind}, {passage.author}" if passage.author else kind


def _nothing_found(case: ReaderFile | None) -> str:
    if case is None:
        return _(
            "I do not know that. I can explain how Accord works: filing a case, statements, evidence, proposals, "
            "ranking, deadlines, signing and who reads what. Ask from within a case, and I look into what you may read "
            "there."
        )
    return _(
        "I find nothing in what you may read of this case that answers that. Ask with the words that stand in the "
        "texts, or ask the others in the room."
    )


# --- Accord -------------------------------------------------------------------------------------------------------------------
def _about_accord(topics: list[Topic], case: ReaderFile | None) -> Iterator[str]:
    general = {
        Topic.ADVICE: _(
            "I cannot tell you who is right, what a court would decide or what to accept: that is legal advice. Ask a "
            "lawyer, or ask for a human mediator in the case."
        ),
        Topic.ACT: _(
            "I cannot do anything in a case. Every step there is yours to take, with the buttons of the case."
        ),
        Topic.HUMAN: _(
            "Every party can ask for a human: “Ask for a human mediator” in the case. The request goes to the people "
            "of this service, and the case waits for nobody meanwhile: you can go on talking."
        ),
        Topic.PRIVACY: _(
            "Statements stay sealed until all are in or the time is over, then every party reads them at the same "
            "moment. The joint room is read by everybody in the case. A private message is read by its two people, "
            "and what you write to the mediator alone by you and the mediator. What you ask me is kept encrypted for "
            "you alone."
        ),
        Topic.ARBITRATION: _(
            "Arbitration happens only if every party consented beforehand; consent can be taken back until it begins. "
            "A named person decides, who has read nothing that was said in private."
        ),
        Topic.NO_ANSWER: _(
            "Silence decides nothing about anybody. Reminders go out before the day; when it has passed, the case goes "
            "on with those who joined, or closes unanswered, and then nothing of it binds you. Until then you can "
            "propose a later day, and afterwards you can still go another way, such as a court."
        ),
        Topic.BREACH: _(
            "Accord cannot make anybody pay or perform. What you have is proof: the signed and sealed contract, which "
            "anybody can check, with the history of the case. Remind the other side in writing, with a last day; if that "
            "day passes too, take the contract to a lawyer, a mediator or a court. You can also file a new case here."
        ),
        Topic.BINDING: _(
            "What all have signed is a contract between you, with electronic signatures and a sealed record of who "
            "signed what and when. Whether a court enforces it as it stands depends on the law that applies and on what "
            "it says: ask a lawyer before you sign if that matters to you."
        ),
        Topic.CAUCUS: _(
            "A caucus is your own talk with the mediator. Nobody else in the case reads it, nor learns that there is "
            "one. What you say there counts for proposals only where you allow it, line by line, and you can take that "
            "back."
        ),
        Topic.UNDERSTANDING: _(
            "Before any proposal the mediator writes down how it understands your side, for you alone. Confirm it, or "
            "say what is wrong; proposals rest on what you confirmed."
        ),
        Topic.RANKING: _(
            "In each round there are several proposals made by different principles. Each party puts them in its own "
            "order, unseen by the others. The one that beats every other in pairs is proposed (Schulze method; a tie "
            "goes to the one that is best for all together), and even then it holds only if every party accepts it."
        ),
        Topic.BIDDING: _(
            "Instead of ranking, two parties may bid on the sum: each names in secret the figure it would still agree "
            "to. If the figures meet, the middle is proposed; if not, both are destroyed and nobody ever reads them."
        ),
        Topic.WITHDRAWING: _(
            "Whoever filed a case can withdraw it in the case, until a proposal has been accepted. All parties together, "
            "or the mediator, can end it too. It then stays readable to its parties and nothing is decided."
        ),
        Topic.SIGN_IN: _(
            "On the sign-in page, under “No password, or forgotten?”, ask for a link by mail: it lets you in, and you "
            "can set a password in your profile. The same helps when a link has expired."
        ),
        Topic.DATA: _(
            "Statements, private messages, rankings and bids are encrypted where they are stored, and pages show each "
            "thing only to those who may read it. If a language model is used here, names, addresses and account "
            "numbers are replaced before anything leaves. To see, correct or delete your data, ask whoever runs this "
            "service."
        ),
        Topic.AI: _(
            "I am a program, not a person. I decide nothing and represent nobody; every party can ask for a human."
        ),
    }
    help_texts = {
        Topic.STATEMENT: _(
            "In the statement you say what happened, what you ask for and what you would accept. It cannot be changed "
            "once it is given; you can add to it."
        ),
        Topic.EVIDENCE: _(
            "Evidence is put on record in the case: a file, or a text. Before the statements are disclosed only you "
            "see yours, then all parties do. It is never edited; it can be withdrawn, and then stays listed as "
            "withdrawn."
        ),
        Topic.PROPOSAL: _(
            "A proposal holds only if every party accepts it. You can accept it, reject it, or answer with other "
            "terms; then another round begins."
        ),
        Topic.SIGNING: _(
            "When all have accepted, the contract is drawn up and every party signs it in Accord. After the last "
            "signature it is sealed, and anybody can check later that nothing was changed."
        ),
        Topic.DEADLINE: _(
            "A day given as a deadline ends at 23:59:59 in the time zone of the case. A deadline moves when one party "
            "proposes another day and all others agree."
        ),
        Topic.FILING: _(
            "To begin, file a case with “New dispute”: a title, what happened, and the e-mail address of the other "
            "side. They are invited by mail, each side gives its statement, then proposals are made until everybody "
            "accepts one or a human is asked."
        ),
        Topic.COSTS: _("What this service costs is decided by who runs it; I do not know it."),
    }
    for topic in topics:
        if topic in general:
            yield general[topic]
        elif (topic in help_texts and case is None) or topic is Topic.COSTS:
            yield help_texts[topic]
