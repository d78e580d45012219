"""`manage.py launch` (`make run`): the whole of Accord on this machine, for development and for trying it out."""

from argparse import ArgumentParser
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections

from kernel.servers.commandline import current_launch


class Command(BaseCommand):
    help = "Start PostgreSQL, Valkey, web, worker, beat, relay and mail catcher, and keep them running."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--without-demo", action="store_true", help="Load no demo people.")

    def handle(self, *args: Any, without_demo: bool, **options: Any) -> None:
        current_launch().run(_migrate, _nothing if without_demo else _load_demo)


def _migrate() -> None:
    call_command("migrate", interactive=False, verbosity=0)
    call_command("loadpolicies", verbosity=0, stdout=StringIO())
    connections.close_all()


def _load_demo() -> None:
    call_command("loaddemo", verbosity=0)
    connections.close_all()


def _nothing() -> None:
    """No demo people."""
