"""`manage.py loadpolicies`: publish the shipped policies, or import files as drafts for an administrator to publish."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ai_mediation.adapters.compliance.policy import PolicyError, read_policy_file
from ai_mediation.public import install_shipped_policies
from ai_mediation.services.policies import import_policy
from kernel.entry import entry


class Command(BaseCommand):
    help = "Publish the policies shipped with Accord; or import FILES (TOML) as drafts, which the admin publishes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, help="policies of this deployment, imported as drafts")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["files"]:
            self._import(options["files"])
            return
        with entry():
            published = install_shipped_policies()
        for version in published:
            self.stdout.write(f"published {version.policy.slug} version {version.number}")
        if not published:
            self.stdout.write("all shipped policies are there already")

    def _import(self, files: list[Path]) -> None:
        try:
            sources = [read_policy_file(path) for path in files]
        except (PolicyError, OSError) as error:
            raise CommandError(f"Nothing was imported: {error}") from error
        for source in sources:
            with entry():
                version = import_policy(source=source)
            if version is None:
                self.stdout.write(f"{source.slug}: there is a version with these rules already")
            else:
                self.stdout.write(
                    f"imported {source.slug} version {version.number} as a draft; publish it in the admin"
                )
