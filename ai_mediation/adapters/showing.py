"""What of a streamed answer is shown while it is still being written: whole sentences that passed, so that nothing is taken back.

A question says by `so_far` what of an answer that has come this far may be shown; the rest waits until its sentence is complete. Refusing
a sentence ends the answer there: it was never shown, and what was shown before it stands.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ai_mediation.adapters.offline.sentences import last_end
from ai_mediation.adapters.providers.calls import failure
from ai_mediation.adapters.questions import Question


def shown(question: Question[Any], pieces: Iterable[str]) -> Iterator[str]:
    """Pieces as they may be shown: as they come where the question checks only the whole, else sentence by sentence.

    Joined they are `question.so_far` of the whole. Raises ProviderFailure `wrong_schema` at the first sentence that is refused.
    """
    if question.so_far is None:
        yield from pieces
        return
    text, complete, given = "", 0, ""
    for piece in pieces:
        text += piece
        end = last_end(text, complete)
        if end > complete:
            complete = end
            fresh = _growth(question.so_far, text[:complete], given)
            given += fresh
            if fresh:
                yield fresh
    if text[complete:].strip() and (rest := _growth(question.so_far, text, given)):
        yield rest


def _growth(so_far: Callable[[str], str], text: str, given: str) -> str:
    """What may be shown of `text` beyond what was given."""
    try:
        allowed = so_far(text)
    except ValueError as refusal:
        raise failure("wrong_schema", type(refusal).__name__) from refusal
    if not allowed.startswith(given):
        raise failure("wrong_schema", "what was shown would change")
    return allowed[len(given) :]
