"""A calmer wording of one's own message: a model may find better words, and may not touch a figure; rules answer otherwise."""

import re
from dataclasses import replace
from uuid import UUID

from pydantic import BaseModel

from ai_mediation.adapters.mediator.grounds import RefusedAnswerError, checked_text
from ai_mediation.adapters.offline.temper import CalmerWording, calmer_wording, is_heated
from ai_mediation.adapters.questions import Audience, KnownPerson, Material, Question
from ai_mediation.enums import Purpose

_DIGITS = re.compile(r"\d+")
LONGEST = 5000  # characters a model is asked about; the rules read longer ones


def calmer_question(
    text: str, locale: str, *, person_id: UUID, people: tuple[KnownPerson, ...] = ()
) -> Question[CalmerWording]:
    """Of the writer's audience alone. What needs no change is not sent to a model."""
    by_rules = calmer_wording(text, locale)
    needs_model = bool(by_rules.found) and len(text) <= LONGEST
    return Question(
        purpose=Purpose.CHAT,
        prompt="calmer" if needs_model else "",
        audience=Audience("person", person_id=person_id),
        locale=locale,
        materials=(Material("message", text, "message"),),
        people=people,
        read=lambda output: _wording(output, text, by_rules),
        offline=lambda: by_rules,
        asked_by_id=person_id,
        max_tokens=1500,
    )


def _wording(output: BaseModel | str, text: str, by_rules: CalmerWording) -> CalmerWording:
    if not isinstance(output, str):
        raise RefusedAnswerError("no text")
    calm = checked_text(output, [text], longest=max(400, 2 * len(text)))
    if sorted(_DIGITS.findall(calm)) != sorted(_DIGITS.findall(text)):
        raise RefusedAnswerError("a figure was lost, added or changed")
    if is_heated(calm):
        raise RefusedAnswerError("still heated")
    return replace(by_rules, text=calm, is_changed=calm != text)
