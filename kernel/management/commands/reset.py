"""`manage.py reset` (`make reset`): stop what runs from the data folder and forget all that is in it."""

import os
import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kernel.servers.errors import LaunchError
from kernel.servers.folder import DataFolder, default_folder
from kernel.servers.processes import wait_gone
from kernel.servers.services import owner_of


class Command(BaseCommand):
    help = "Stop Accord and remove its data folder (only one that carries Accord's marker)."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        folder = DataFolder(default_folder())
        if not folder.path.exists():
            self.stdout.write(f"There is nothing at {folder.path}.")
            return
        try:
            if folder.marker.exists() and (pid := owner_of(folder.path)) is not None:
                os.kill(pid, signal.SIGTERM)
                if not wait_gone(pid, 30):
                    raise LaunchError(f"Process {pid} still runs from {folder.path}: end it first.")
            folder.forget()
        except (LaunchError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Forgot {folder.path}.")
