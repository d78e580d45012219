"""`manage.py loaddemo`: demo people and the shipped templates, for trying Accord out on one machine."""

import json
import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.public import Role, User
from documents.public import install_shipped_templates
from kernel.clock import now
from kernel.entry import entry

PEOPLE = (
    ("admin", "Ada Admin", "admin@demo.example", "en"),
    ("lawyer", "Lena Lawyer", "lawyer@demo.example", "en"),
    ("lawyer", "Marco Mediador", "mediador@demo.example", "es"),
    ("client", "Clara Claimant", "clara@demo.example", "en"),
    ("client", "Rafael Respondente", "rafael@demo.example", "es"),
)
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Command(BaseCommand):
    help = "Load demo people with random passwords (kept in demo-logins.json of the data folder) and the shipped templates."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.ACCORD_ENV == "prod" or settings.ACCORD_HOST not in LOOPBACK:
            raise CommandError(
                "Demo people are only loaded for a server on the loopback: their passwords lie in a file."
            )
        with entry():
            install_shipped_templates()
            logins = self._load_people(_kept_logins())
        _keep(logins)
        self.stdout.write(f"{len(logins)} demo people; their passwords are in {_path()}.")

    def _load_people(self, known: dict[str, str]) -> list[dict[str, str]]:
        logins = []
        for role, full_name, email, locale in PEOPLE:
            user = User.objects.filter(email=email).first()
            password = known.get(email, "")
            if user is None or not password:
                password = f"Demo-{secrets.token_urlsafe(9)}"
                user = user or User(email=email, email_verified_at=now())
                user.full_name, user.role, user.locale, user.timezone = full_name, Role(role), locale, "Europe/Madrid"
                user.set_password(password)
                user.save()
            logins.append({"role": role, "email": email, "password": password})
        return logins


def _path() -> Path:
    return Path(settings.ACCORD_DATA) / "demo-logins.json"


def _kept_logins() -> dict[str, str]:
    try:
        return {login["email"]: login["password"] for login in json.loads(_path().read_text(encoding="utf-8"))}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _keep(logins: list[dict[str, str]]) -> None:
    _path().parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(_path(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(logins, file, indent=1)
