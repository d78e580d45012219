"""The mediator's questions: for each task what is asked of a model, how its answer is checked, and the rules that answer otherwise.

`understanding` (claim form, summary) · `candidates` (weighing and reasons; figures are never a model's) · `replies` (room, caucus) ·
`calmer` · `award` · `grounds` (what an answer may name) · `mirror` (how often a model changes its mind when people trade names).

Every question names its audience; an answer that fails a check is refused, and the rules answer.
"""
