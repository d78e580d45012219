"""Parallel signing on real connections."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from accounts.public import User
from accounts.tests.factories import UserFactory
from esign.errors import AlreadySignedError, EnvelopeNotOpenError
from esign.models import Envelope, Signature, Signer
from esign.services import signing
from esign.tests.factories import envelope_of, sign, spec
from kernel.entry import entry
from kernel.models import OutboxEvent

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]
AT_ONCE = 20


def sign_at_once(envelope: Envelope, users: list[User]) -> list[str]:
    barrier = Barrier(len(users))

    def attempt(user: User) -> str:
        try:
            barrier.wait()
            with entry():
                sign(envelope, user)
        except (AlreadySignedError, EnvelopeNotOpenError) as error:
            return type(error).__name__
        except Exception as error:
            return type(error).__name__
        finally:
            connections.close_all()
        return "signed"

    with ThreadPoolExecutor(len(users)) as pool:
        return sorted(pool.map(attempt, users))


def test_twenty_parallel_signs_of_one_slot_give_one_signature() -> None:
    ana, bo = UserFactory(), UserFactory()
    envelope = envelope_of(spec(ana), spec(bo))

    outcomes = sign_at_once(envelope, [ana] * AT_ONCE)

    assert outcomes == ["AlreadySignedError"] * (AT_ONCE - 1) + ["signed"]
    assert Signature.objects.count() == 1


def test_last_signatures_at_the_same_moment_complete_once() -> None:
    people = [UserFactory() for _ in range(8)]
    envelope = envelope_of(*[spec(person) for person in people])

    assert sign_at_once(envelope, people) == ["signed"] * 8

    assert Signature.objects.count() == 8
    assert OutboxEvent.objects.filter(type="esign.EnvelopeFullySigned").count() == 1


def test_without_the_lock_the_same_race_goes_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first test can fail: unlocked, several get past the check and only the unique key stops them."""
    ana, bo = UserFactory(), UserFactory()
    envelope = envelope_of(spec(ana), spec(bo))
    monkeypatch.setattr(signing, "locked_envelope", lambda envelope_id: Envelope.objects.get(pk=envelope_id))
    monkeypatch.setattr(signing, "open_and_locked", lambda envelope_id, action: Envelope.objects.get(pk=envelope_id))
    monkeypatch.setattr(
        Signer.objects.__class__,
        "select_for_update",
        lambda manager, **_: manager.get_queryset(),
        raising=False,
    )

    outcomes = sign_at_once(envelope, [ana] * AT_ONCE)

    assert outcomes != ["AlreadySignedError"] * (AT_ONCE - 1) + ["signed"]
