"""`manage.py rebuild_consultation <id>`: the exact request of one consultation, and whether it is what was recorded."""

import hashlib
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from ai_mediation.adapters.prompts import PromptError, prompt_named
from ai_mediation.models import Consultation
from ai_mediation.selectors.consultations import sent_request
from kernel.crypto import CannotOpenError


class Command(BaseCommand):
    help = (
        "Print the request of a consultation byte for byte and check its hashes. People's names in it are placeholders."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("consultation", type=UUID)

    def handle(self, *args: Any, **options: Any) -> None:
        row = Consultation.objects.filter(pk=options["consultation"]).first()
        if row is None:
            raise CommandError("There is no such consultation.")
        try:
            request = sent_request(row)
        except CannotOpenError as error:
            raise CommandError("The key that sealed this request was destroyed: it cannot be read any more.") from error
        if request is None:
            raise CommandError("No request is kept: rules answered, or its time is over.")
        if hashlib.sha256(request).digest() != bytes(row.input_hash):
            raise CommandError("The kept request does not have the recorded hash.")
        self.stdout.write(request.decode())
        self.stderr.write(f"SHA-256 {bytes(row.input_hash).hex()}: as recorded.")
        self.stderr.write(_prompt_line(row.prompt_version))


def _prompt_line(recorded: str) -> str:
    name, _, digest = recorded.partition("+")
    try:
        prompt = prompt_named(name)
    except PromptError:
        return f"Prompt {recorded}: this code does not have that file any more."
    same = "as recorded" if prompt.sha256.startswith(digest) and digest else "DIFFERENT from what was recorded"
    return f"Prompt {recorded}: the file is {same}."
