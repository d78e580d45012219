"""The rows of the running server that `make demo-llm` needs: which provider answers, and what the consultations say afterwards.

Run by `manage.py shell`, which finds the servers of ACCORD_DATA; prints one line of JSON.
"""

import json
from typing import Final

MODEL: Final = "SmolLM2-135M-Instruct"
SECONDS: Final = 15  # the longest a route may have: a small machine needs it
MOST_TOKENS: Final = {
    "chat": 100,
    "draft": 160,
    "analysis": 220,
    "mediation": 220,
}  # what two slow cores can say in that time


def answer_by(provider: str) -> None:
    """One route for each purpose, to this provider alone; the rules are behind it. In use within two seconds, without a restart."""
    from accounts.public import User
    from ai_mediation.enums import Purpose
    from ai_mediation.models import Route
    from ai_mediation.services.routing import save_setting
    from kernel.entry import entry

    admin = User.objects.get(email="admin@demo.example")
    for purpose in Purpose.values:
        row = Route.objects.filter(purpose=purpose, position=1).first() or Route(purpose=purpose, position=1)
        row.provider, row.model, row.timeout_seconds = provider, MODEL, SECONDS
        row.max_tokens, row.temperature = MOST_TOKENS[purpose], 0.2
        with entry():
            save_setting(row=row, acting_user_id=admin.pk)
    print(json.dumps({"routes": len(Purpose.values)}))


def consultations_since(seen: int) -> None:
    """Every consultation after the first `seen`, oldest first."""
    from ai_mediation.models import Consultation

    rows = Consultation.objects.order_by("created_at", "id")[seen:]
    fields = (
        "purpose", "provider", "model", "prompt_version", "subject_kind", "input_tokens", "output_tokens", "latency_ms",
        "is_cached", "outcome",
    )  # fmt: skip
    told = [
        {**{name: getattr(row, name) for name in fields}, "passed_over": row.parameters.get("passed_over", [])}
        for row in rows
    ]
    print(json.dumps(told))
