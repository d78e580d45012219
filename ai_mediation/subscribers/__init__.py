"""The mediator at work: what it does when the dispute core says that something happened. The AI is a client of that core.

`drafting` (a proposal was asked for) · `awards` (an arbitrator wants a draft) · `understanding` (a party's position is to be summed
up) · `replies` (somebody wrote a line) · `contract_checks` (a contract was drawn up, a hold was lifted).
"""

from ai_mediation.subscribers.awards import draft_award
from ai_mediation.subscribers.contract_checks import check_contract, note_override
from ai_mediation.subscribers.drafting import draft_resolution
from ai_mediation.subscribers.replies import answer_line
from ai_mediation.subscribers.understanding import sum_up_position

__all__ = ["answer_line", "check_contract", "draft_award", "draft_resolution", "note_override", "sum_up_position"]
