"""`manage.py checkpoint_journal`: write a checkpoint now (beat does it every minute)."""

from typing import Any

from django.core.management.base import BaseCommand

from kernel.checkpoints import write_checkpoint


class Command(BaseCommand):
    help = "Write a signed checkpoint over the journal heads that moved since the last one."

    def handle(self, *args: Any, **options: Any) -> None:
        name = write_checkpoint()
        self.stdout.write(f"Checkpoint {name} written." if name else "No head moved since the last checkpoint.")
