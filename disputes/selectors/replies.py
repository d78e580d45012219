"""What a party answered at the door: how it stands to the claim, its words, the amount it would agree to."""

import json
from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext as _

from disputes.enums import Side, Stance
from disputes.models import Participant, Reply, Truth
from kernel.crypto import KeyScope, open_text
from kernel.money import Money

MAX_TEXT = 49_000  # the closing line fits into a truth's 50,000 besides


@dataclass(frozen=True)
class DoorAnswer:
    """`stance` is a `Stance`; `text` may be empty only for who agrees, or in a draft."""

    stance: str
    text: str = ""
    amount: Money | None = None

    @property
    def is_complete(self) -> bool:
        """Who does not simply agree says why."""
        return bool(self.text) or self.stance == Stance.AGREE

    def as_json(self) -> str:
        return json.dumps(
            {"stance": self.stance, "text": self.text, "amount": self.amount.as_json() if self.amount else None}
        )

    @classmethod
    def parse(cls, value: str) -> "DoorAnswer":
        given = json.loads(value)
        return cls(given["stance"], given["text"], Money.parse(given["amount"]) if given["amount"] else None)


def statement_text(answer: DoorAnswer, *, side: str, language: str) -> str:
    """The answer as a statement: one's own words, closed by the stance and the amount in a sentence that can be quoted."""
    with translation.override(language):
        closing = [str(_STANCES[Stance(answer.stance)]())]
        if answer.amount is not None:
            written = f"{answer.amount.as_json()['amount']} {answer.amount.currency}"
            sentence = (
                _("To settle this, I would accept %(amount)s.")
                if side == Side.CLAIMANT
                else _("To settle this, I would pay %(amount)s.")
            )
            closing.append(sentence % {"amount": written})
    return "\n\n".join(part for part in (answer.text, " ".join(closing)) if part)


_STANCES = {
    Stance.AGREE: lambda: _("I agree with the claim."),
    Stance.PARTLY: lambda: _("I agree with part of the claim."),
    Stance.DISAGREE: lambda: _("I do not agree with the claim."),
}


def reply_content(reply: Reply) -> DoorAnswer:
    """The words of a reply. Callers have checked who reads them."""
    return DoorAnswer.parse(
        open_text(
            bytes(reply.content_sealed),
            scope=KeyScope("dispute", reply.dispute_id),
            table="disputes_reply",
            row_id=reply.pk,
            column="content",
        )
    )


def waiting_reply(participant: Participant) -> DoorAnswer | None:
    """One's own answer that becomes one's truth once truths are open; for nobody else's eyes."""
    return _reply(participant, is_given=True)


def typed_reply(participant: Participant) -> DoorAnswer | None:
    """What was typed before signing in, for the person whom the invitation is for."""
    return _reply(participant, is_given=False)


def _reply(participant: Participant, *, is_given: bool) -> DoorAnswer | None:
    reply = Reply.objects.filter(participant=participant, is_given=is_given).first()
    return reply_content(reply) if reply is not None else None


def truth_answer(truth: Truth) -> DoorAnswer | None:
    """Stance and amount of a truth that was given at the door, without its words. Callers have checked who reads the truth."""
    if truth.answer_sealed is None:
        return None
    return DoorAnswer.parse(
        open_text(
            bytes(truth.answer_sealed),
            scope=KeyScope("dispute", truth.dispute_id),
            table="disputes_truth",
            row_id=truth.pk,
            column="answer",
        )
    )
