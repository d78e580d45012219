"""`manage.py loadtemplates`: publish the shipped templates. Safe to repeat; a changed text becomes a new version."""

from typing import Any

from django.core.management.base import BaseCommand

from documents.public import install_shipped_templates
from kernel.entry import entry


class Command(BaseCommand):
    help = "Publish the templates shipped with Accord; what is published already stays as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        with entry():
            published = install_shipped_templates()
        for version in published:
            self.stdout.write(f"published {version.template} version {version.number}")
        if not published:
            self.stdout.write("all shipped templates are published already")
