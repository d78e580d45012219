"""The first administrator of a deployment."""

import os
import sys
from getpass import getpass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from accounts.models import User
from accounts.selectors.people import find_account
from accounts.services.password_rules import check_new_password
from accounts.services.people import create_administrator
from kernel.entry import entry
from kernel.errors import ValidationFailedError
from kernel.text import TextError, clean_text

PASSWORD_VARIABLE = "ACCORD_ADMIN_PASSWORD"  # noqa: S105 - the name of the variable


class Command(BaseCommand):
    help = (
        f"Make an administrator. The password comes from {PASSWORD_VARIABLE}, else from standard input; "
        "never from the command line, where others could read it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("full_name")

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"].strip().lower()
        password = self._password()
        try:
            validate_email(email)
            full_name = clean_text(options["full_name"], max_length=200)
            check_new_password(password, user=User(email=email, full_name=full_name), pointer="/password")
        except ValidationError as error:
            raise CommandError(f"{email} is no e-mail address.") from error
        except TextError as error:
            raise CommandError(f"The name cannot be taken: {error}") from error
        except ValidationFailedError as error:
            raise CommandError(" ".join(item.detail for item in error.errors)) from error
        if find_account(email) is not None:
            raise CommandError(f"{email} has an account. An administrator can change its role in the admin.")
        with entry():
            create_administrator(email=email, full_name=full_name, password=password)
        self.stdout.write(f"{email} is an administrator and can sign in at /admin/.")

    @staticmethod
    def _password() -> str:
        given = os.environ.get(PASSWORD_VARIABLE, "")
        if given:
            return given
        if sys.stdin.isatty():
            return getpass("Password: ")
        return sys.stdin.readline().rstrip("\r\n")
