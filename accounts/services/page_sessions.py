"""Signing in and out at a page: what the person's journal says about it. The session itself is Django's."""

from django.db import transaction

from accounts.models import User
from accounts.services.records import record_person
from kernel.context import Origin


@transaction.atomic
def note_page_sign_in(*, user: User, origin: Origin) -> None:
    """The person signed in with a browser."""
    record_person(person_id=user.pk, verb="person.signed_in", origin=origin, facts={"at": "page"})


@transaction.atomic
def note_page_sign_out(*, user: User, origin: Origin) -> None:
    """The person signed out with a browser."""
    record_person(person_id=user.pk, verb="person.signed_out", origin=origin, facts={"at": "page"})
