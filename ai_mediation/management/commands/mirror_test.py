"""`manage.py mirror_test`: how often the configured chain changes its terms when only the people trade names and places."""

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand

from ai_mediation.adapters.gateway import gateway
from ai_mediation.adapters.mediator.candidates import candidates_question
from ai_mediation.adapters.mediator.mirror import flip_rate, sample_cases
from ai_mediation.adapters.offline.draft import MODEL
from disputes.public import CandidateDraft, CaseFile


class Command(BaseCommand):
    help = "Draft invented cases twice, names and order traded, and report how often the terms differ. Costs two calls a case."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--cases", type=int, default=8)

    def handle(self, *args: Any, **options: Any) -> None:
        asked, makers = gateway(), Counter[str]()

        def drafter(case: CaseFile) -> tuple[CandidateDraft, ...]:
            answer = asked.ask(candidates_question(case))
            makers[f"{answer.provider} {answer.model}" if answer.provider != MODEL else "rules"] += 1
            return answer.value

        rate = flip_rate(sample_cases(options["cases"]), drafter)
        self.stdout.write(
            f"{rate.flipped} of {rate.cases} invented cases changed their terms when names and order were traded "
            f"({100 * rate.share:.1f} %). Drafts by: {', '.join(f'{who} {count}' for who, count in makers.items())}."
        )
