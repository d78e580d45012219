"""People with an account, made the way everybody gets one: register, and confirm by the mailed link."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from config.tests.browser.mails import wait_for_link
from kernel.ids import new_id
from kernel.testing.live import LiveStack

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Person:
    """Whom a test signs in."""

    email: str
    full_name: str
    password: str = PASSWORD


def new_address(name: str) -> str:
    """An address nobody has."""
    return f"{re.sub('[^a-z]', '', name.lower())}.{new_id().hex[-10:]}@example.org"


def new_person(
    stack: LiveStack, full_name: str = "Ana Torres", *, locale: str = "en", zone: str = "Europe/Madrid"
) -> Person:
    """A confirmed account. By the API, since the pages have tests of their own."""
    person = Person(new_address(full_name), full_name)
    body = {"email": person.email, "password": PASSWORD, "full_name": full_name, "locale": locale, "timezone": zone}
    answer = stack.request("POST", "/api/register", body=body)
    assert answer.status == 201, answer.body
    token = urlsplit(wait_for_link(stack, person.email, "/verify-email/")).path.rpartition("/")[2]
    done = stack.request("POST", "/api/auth/verify-email", body={"token": token})
    assert done.status == 204, done.body
    return person


def access_token(stack: LiveStack, person: Person) -> str:
    """For what a test prepares by the API: send it as `Authorization: Bearer …`."""
    answer = stack.request("POST", "/api/auth/login", body={"email": person.email, "password": person.password})
    assert answer.status == 200, answer.body
    return str(answer.json["access"])
