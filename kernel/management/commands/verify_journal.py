"""`manage.py verify_journal`: exit 0 when the journal is whole, 1 naming stream and number where it is not."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from kernel.models.journal import JournalEntry
from kernel.verification import verify_journal


class Command(BaseCommand):
    help = "Check every hash chain of the journal, and the checkpoints outside the database."

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for finding in verify_journal():
            found += 1
            self.stderr.write(str(finding))
        if found:
            sys.exit(1)
        self.stdout.write(f"The journal is whole: {JournalEntry.objects.count()} entries.")
