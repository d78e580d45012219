"""`manage.py rotate_keys`: rewrap every data key under the first key of ACCORD_MASTER_KEY."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from kernel.crypto import CannotOpenError, master_keys, rewrap_data_keys


class Command(BaseCommand):
    help = "Rewrap data keys under the current master key. Put the new key first in ACCORD_MASTER_KEY, keep the old one until this ends."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = rewrap_data_keys()
        except (CannotOpenError, ImproperlyConfigured) as error:
            raise CommandError(f"{error} Nothing else was changed; give the old key too and run this again.") from error
        self.stdout.write(f"{count} data keys rewrapped under {next(iter(master_keys()))}.")
