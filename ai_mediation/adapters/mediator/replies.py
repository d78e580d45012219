"""The mediator's answer in a room: asked of a model with that room's words alone; rules answer otherwise.

The joint room's question holds the joint record; a caucus's question holds that record and that party's own lines, and its answer goes
to that party only. An answer that names what its sources do not, or carries an address or markup, is refused.
"""

from collections.abc import Sequence
from datetime import date

from pydantic import BaseModel

from ai_mediation.adapters.claim_form import ClaimForm
from ai_mediation.adapters.mediator.candidates import form_of_case
from ai_mediation.adapters.mediator.grounds import RefusedAnswerError, checked_text
from ai_mediation.adapters.mediator.materials import form_material, people
from ai_mediation.adapters.offline.names import plain
from ai_mediation.adapters.offline.replies import reply
from ai_mediation.adapters.offline.wording import wording_for
from ai_mediation.adapters.offline.wording.replies import reply_words
from ai_mediation.adapters.questions import Audience, Material, Question
from ai_mediation.enums import Purpose
from disputes.public import CaseFile, MediatorTurn

LONGEST = 1500  # characters of an answer
MOST_EARLIER = 30  # lines of the caucus before


def reply_question(
    turn: MediatorTurn, case: CaseFile, locale: str, earlier: Sequence[tuple[str, str]] = ()
) -> Question[str]:
    """`case` holds the joint record alone; `earlier` are the lines of this very caucus before, and none for the joint room."""
    if case.understandings or case.permitted:
        raise ValueError("A reply rests on the joint record and on its own room, not on what others told the mediator.")
    in_caucus = turn.kind == "caucus"
    form = form_of_case(case)
    said = [Material("lines to answer", "\n".join(turn.lines), "lines")]
    if in_caucus and earlier:
        spoken = "\n".join(f"{who}: {text}" for who, text in earlier[-MOST_EARLIER:])
        said.append(Material("this private session so far", spoken, "session"))
    materials = (form_material(form, "joint record"), *said)
    return Question(
        purpose=Purpose.CHAT,
        prompt="reply-caucus" if in_caucus else "reply-room",
        audience=Audience("caucus", case.dispute_id, turn.author_id)
        if in_caucus
        else Audience("joint", case.dispute_id),
        locale=locale,
        materials=materials,
        values={"state": _state(turn, locale)},
        people=people(case.parties),
        read=lambda output: _text(output, turn, case, form, locale, earlier),
        offline=lambda: reply(turn, case, locale),
        max_tokens=500,
        so_far=lambda text: _checked(text, turn, case, form, locale, earlier),
        joined=lambda begun, ruled: f"{begun}\n\n{ruled}",
    )


def _text(
    output: BaseModel | str,
    turn: MediatorTurn,
    case: CaseFile,
    form: ClaimForm,
    locale: str,
    earlier: Sequence[tuple[str, str]],
) -> str:
    """The model's words, checked, and under them who speaks and how a human is reached: that line is never left to a model."""
    if not isinstance(output, str):
        raise RefusedAnswerError("no text")
    text = _checked(output, turn, case, form, locale, earlier)
    say = reply_words(locale)
    human = say.human_there if turn.state.has_human_mediator else say.human
    return f"{text}\n\n{say.who_i_am} {human}"


def _checked(
    text: str, turn: MediatorTurn, case: CaseFile, form: ClaimForm, locale: str, earlier: Sequence[tuple[str, str]]
) -> str:
    """The words, plain. Raises RefusedAnswerError when they name what this room does not hold."""
    known = [entry.quote for entry in form.entries] + [*turn.lines, _state(turn, locale), plain(case.title)]
    known += [text for _, text in earlier]
    return checked_text(text, known, longest=LONGEST, names=[party.full_name for party in case.parties])


def _state(turn: MediatorTurn, locale: str) -> str:
    say = reply_words(locale)
    parts = [say.statuses.get(turn.state.status, ""), say.rounds.format(count=turn.state.rounds_left)]
    parts += [_by(say.statement_deadline, turn.state.statement_deadline, locale)]
    parts += [_by(say.consent_deadline, turn.state.consent_deadline, locale)]
    return " ".join(part for part in parts if part)


def _by(sentence: str, day: date | None, locale: str) -> str:
    return sentence.format(day=wording_for(locale).day(day)) if day else ""
