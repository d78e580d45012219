"""Envelope encryption: bound to its place, gone with its key, rewrapped without touching content."""

import base64
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from kernel import crypto
from kernel.crypto import (
    CannotOpenError,
    KeyScope,
    blind_index,
    destroy_key,
    master_keys,
    open_sealed,
    open_text,
    rewrap_data_keys,
    seal,
    seal_text,
)
from kernel.models import DataKey

pytestmark = pytest.mark.django_db

ROW = UUID(int=7)


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    """As in a process that has just started."""
    forget()
    yield
    forget()


def forget() -> None:
    crypto._cache._entries.clear()


def a_scope(kind: str = "dispute") -> KeyScope:
    return KeyScope(kind, uuid4())


def put(scope: KeyScope, plaintext: bytes = b"secret", **place: Any) -> bytes:
    return seal(plaintext, scope=scope, **{"table": "t", "row_id": ROW, "column": "c", **place})


def get(token: bytes, scope: KeyScope, **place: Any) -> bytes:
    return open_sealed(token, scope=scope, **{"table": "t", "row_id": ROW, "column": "c", **place})


# --- sealing and opening ----------------------------------------------------------------------------------------------


@effort(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=300))
def test_sealed_bytes_open_at_their_place(plaintext: bytes) -> None:
    scope = KeyScope("dispute", UUID(int=1))
    token = put(scope, plaintext)
    assert get(token, scope) == plaintext
    assert len(token) == 31 + len(plaintext)
    assert token[:3] == b"\x01\x00\x01"
    if len(plaintext) > 3:
        assert plaintext not in token


@effort(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_sealed_text_opens_as_the_same_text(text: str) -> None:
    scope = KeyScope("dispute", UUID(int=1))
    token = seal_text(text, scope=scope, table="t", row_id=ROW, column="c")
    assert open_text(token, scope=scope, table="t", row_id=ROW, column="c") == text


def test_same_plaintext_never_seals_to_the_same_bytes() -> None:
    scope = a_scope()
    assert len({put(scope) for _ in range(200)}) == 200


@pytest.mark.parametrize("moved", [{"table": "u"}, {"column": "d"}, {"row_id": UUID(int=8)}, {"row_id": "7"}])
def test_sealed_value_moved_to_another_place_does_not_open(moved: dict[str, Any]) -> None:
    scope = a_scope()
    token = put(scope)
    with pytest.raises(CannotOpenError, match="changed or moved"):
        get(token, scope, **moved)
    assert get(token, scope) == b"secret"


def test_sealed_value_of_another_scope_does_not_open() -> None:
    one = a_scope()
    token = put(one)
    for other in (KeyScope("capsule", one.id), a_scope(), KeyScope("person", one.id)):
        with pytest.raises(CannotOpenError):
            get(token, other)  # there is no key
        put(other)
        with pytest.raises(CannotOpenError):
            get(token, other)  # there is one, and it is another


def test_sealed_value_any_changed_bit_does_not_open() -> None:
    scope = a_scope()
    token = put(scope)
    for place in range(len(token)):
        with pytest.raises(CannotOpenError):
            get(token[:place] + bytes([token[place] ^ 1]) + token[place + 1 :], scope)


@pytest.mark.parametrize(
    "junk", [b"", b"x", b"\x01", b"\x00" * 40, b"\x01" * 40, b"\x01\x00\x01" + b"\x00" * 27, b"a" * 1000]
)
def test_what_was_never_sealed_does_not_open(junk: bytes) -> None:
    scope = a_scope()
    put(scope)
    with pytest.raises(CannotOpenError):
        get(junk, scope)


def test_sealed_value_cut_short_or_made_longer_does_not_open() -> None:
    scope = a_scope()
    token = put(scope, b"")
    assert get(token, scope) == b""
    for other in (token[:-1], token + b"\x00", token[:30]):
        with pytest.raises(CannotOpenError):
            get(other, scope)


def test_opening_takes_what_the_database_driver_gives() -> None:
    scope = a_scope()
    assert get(memoryview(put(scope)), scope) == b"secret"  # type: ignore[arg-type]


# --- data keys --------------------------------------------------------------------------------------------------------


def test_data_key_lies_wrapped_in_the_database(settings: Settings) -> None:
    scope = a_scope()
    put(scope)
    row = DataKey.objects.get(scope_id=scope.id)
    (master_id,) = master_keys()
    assert (row.scope_kind, row.version, row.master_id) == ("dispute", 1, master_id)
    assert len(bytes(row.wrapped or b"")) == 12 + 32 + 16
    _version, key = crypto._current_key(scope)
    assert key not in bytes(row.wrapped or b"")


def test_data_key_is_made_once_and_read_once(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    scope = a_scope()
    tokens = [put(scope) for _ in range(3)]
    assert DataKey.objects.filter(scope_id=scope.id).count() == 1
    with django_assert_num_queries(0):
        assert {get(token, scope) for token in tokens} == {b"secret"}


def test_data_key_copied_to_another_scopes_row_does_not_unwrap() -> None:
    one, two = a_scope(), a_scope()
    put(one)
    token = put(two)
    DataKey.objects.filter(scope_id=two.id).update(wrapped=DataKey.objects.get(scope_id=one.id).wrapped)
    with settled(), pytest.raises(CannotOpenError, match="does not open under the master key"):
        get(token, two)


def settled() -> Any:
    """As if the test's transaction were committed and this another process: nothing but the database knows a key."""
    connection.run_on_commit.clear()
    forget()
    return pytest.MonkeyPatch.context()


def test_newer_version_seals_and_older_ones_still_open() -> None:
    scope = a_scope()
    old = put(scope)
    (master_id,) = master_keys()
    DataKey.objects.create(
        scope_kind=scope.kind,
        scope_id=scope.id,
        version=2,
        master_id=master_id,
        wrapped=crypto.wrap(b"k" * 32, scope, 2, master_id),
    )
    settled()
    new = put(scope)
    assert (old[2], new[2]) == (1, 2)
    assert (get(old, scope), get(new, scope)) == (b"secret", b"secret")
    with pytest.raises(CannotOpenError):
        get(new[:2] + b"\x01" + new[3:], scope)


# --- destroying -------------------------------------------------------------------------------------------------------


def test_destroyed_key_opens_and_seals_nothing_and_its_row_stays() -> None:
    scope, other = a_scope(), a_scope()
    token, kept = put(scope), put(other)
    assert destroy_key(scope) == 1
    assert destroy_key(scope) == 0
    for _ in range(2):
        with pytest.raises(CannotOpenError, match="destroyed"):
            get(token, scope)
        with pytest.raises(CannotOpenError, match="destroyed"):
            put(scope)
        settled()
    assert DataKey.objects.get(scope_id=scope.id).wrapped is None
    assert get(kept, other) == b"secret"


@pytest.mark.django_db(transaction=True)
def test_destroyed_key_is_served_by_another_process_for_its_seconds_and_no_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scope = a_scope()
    token = put(scope)
    assert get(token, scope) == b"secret"
    DataKey.objects.filter(scope_id=scope.id).update(wrapped=None)  # another process destroyed it
    assert get(token, scope) == b"secret"

    later = time.monotonic() + crypto._CACHE_SECONDS + 0.1
    monkeypatch.setattr("kernel.crypto.time.monotonic", lambda: later)
    with pytest.raises(CannotOpenError, match="destroyed"):
        get(token, scope)
    with pytest.raises(CannotOpenError, match="destroyed"):
        put(scope)


@pytest.mark.django_db(transaction=True)
def test_destroyed_key_read_by_a_neighbour_until_the_commit_is_dropped_with_it() -> None:
    scope = a_scope()
    token = put(scope)

    def neighbour() -> bytes:
        try:
            return get(token, scope)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            destroy_key(scope)
            assert (
                pool.submit(neighbour).result() == b"secret"
            )  # not committed yet, and now in the process's cache again
        with pytest.raises(CannotOpenError):
            pool.submit(neighbour).result()


@pytest.mark.django_db(transaction=True)
def test_destroying_that_is_rolled_back_destroyed_nothing() -> None:
    scope = a_scope()
    token = put(scope)
    with transaction.atomic():
        destroy_key(scope)
        with pytest.raises(CannotOpenError):
            get(token, scope)
        transaction.set_rollback(True)
    assert get(token, scope) == b"secret"


# --- keys and transactions --------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_key_of_a_rolled_back_transaction_is_never_used_again() -> None:
    scope = a_scope("person")
    with transaction.atomic():
        lost = put(scope)
        put(scope)  # the second one finds the row that only this transaction sees
        assert get(lost, scope) == b"secret"
        transaction.set_rollback(True)

    kept = put(scope)
    forget()  # another process, or this one half a minute later

    assert get(kept, scope) == b"secret"
    with pytest.raises(CannotOpenError):
        get(lost, scope)


@pytest.mark.django_db(transaction=True)
def test_key_of_a_rolled_back_savepoint_is_never_used_again() -> None:
    scope = a_scope("person")
    with transaction.atomic():
        with transaction.atomic():
            put(scope)
            get(put(scope), scope)
            transaction.set_rollback(True)
        kept = [put(scope), put(scope)]
    forget()
    assert [get(token, scope) for token in kept] == [b"secret", b"secret"]


@pytest.mark.django_db(transaction=True)
def test_key_made_and_destroyed_in_one_transaction_stays_destroyed() -> None:
    scope = a_scope("capsule")
    with transaction.atomic():
        token = put(scope)
        destroy_key(scope)
        with pytest.raises(CannotOpenError):
            get(token, scope)
    with pytest.raises(CannotOpenError):
        get(token, scope)
    with pytest.raises(CannotOpenError):
        put(scope)


@pytest.mark.django_db(transaction=True)
def test_key_is_known_to_the_process_after_the_commit(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    scope = a_scope()
    with transaction.atomic():
        token = put(scope)
    with django_assert_num_queries(0):
        assert get(token, scope) == b"secret"
        put(scope)


@pytest.mark.django_db(transaction=True)
def test_key_made_by_ten_at_once_is_one_key() -> None:
    scope, begin = a_scope(), threading.Barrier(10)

    def sealer(number: int) -> bytes:
        try:
            begin.wait(30)
            with transaction.atomic():
                return put(scope, str(number).encode())
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        tokens = list(pool.map(sealer, range(10)))
    forget()
    assert [get(token, scope) for token in tokens] == [str(number).encode() for number in range(10)]
    assert DataKey.objects.filter(scope_id=scope.id).count() == 1


# --- the master key ring ----------------------------------------------------------------------------------------------

OLD, NEW = (base64.urlsafe_b64encode(bytes([number]) * 32).decode() for number in (1, 2))


@pytest.mark.unit
@pytest.mark.parametrize(
    "ring",
    [
        *(
            "",
            ":",
            "old:",
            f":{OLD}",
            OLD,
            f"old:{OLD},",
            f"old:{OLD[:-4]}",
            f"old:{OLD}AAAA",
            "old:ü",
            "old:" + "!" * 44,
        ),
        *(f"{'x' * 33}:{OLD}", f"old:{OLD};new:{NEW}", f"old:{OLD},old:{NEW}"),
    ],
)
def test_ring_that_cannot_be_read_is_refused_without_showing_a_key(settings: Settings, ring: str) -> None:
    settings.ACCORD_MASTER_KEY = ring
    with pytest.raises(ImproperlyConfigured, match="ACCORD_MASTER_KEY") as refusal:
        master_keys()
    assert OLD[:8] not in str(refusal.value)


@pytest.mark.unit
@pytest.mark.parametrize("written", [OLD, OLD.rstrip("="), base64.b64encode(b"\xff" * 32).decode()])
def test_ring_takes_base64_in_its_usual_forms(settings: Settings, written: str) -> None:
    settings.ACCORD_MASTER_KEY = f" new:{NEW} , old:{written}"
    assert list(master_keys()) == ["new", "old"]
    assert len(master_keys()["old"]) == 32


def rotate() -> str:
    out = StringIO()
    call_command("rotate_keys", stdout=out)
    return out.getvalue()


def test_rotation_rewraps_every_key_and_touches_no_content(settings: Settings) -> None:
    settings.ACCORD_MASTER_KEY = f"old:{OLD}"
    scopes = [a_scope() for _ in range(5)]
    tokens = [put(scope) for scope in scopes]
    destroy_key(scopes[4])
    settled()

    settings.ACCORD_MASTER_KEY = f"new:{NEW},old:{OLD}"
    others = DataKey.objects.exclude(scope_id__in=[scope.id for scope in scopes])
    assert not others.exists()
    assert [get(token, scope) for token, scope in zip(tokens[:4], scopes, strict=False)] == [b"secret"] * 4
    assert rotate() == "4 data keys rewrapped under new.\n"
    assert rotate() == "0 data keys rewrapped under new.\n"
    assert set(DataKey.objects.filter(wrapped__isnull=False).values_list("master_id", flat=True)) == {"new"}

    settings.ACCORD_MASTER_KEY = f"new:{NEW}"
    settled()
    assert [get(token, scope) for token, scope in zip(tokens[:4], scopes, strict=False)] == [b"secret"] * 4
    with pytest.raises(CannotOpenError, match="destroyed"):
        get(tokens[4], scopes[4])


def test_rotation_goes_on_in_batches(settings: Settings) -> None:
    settings.ACCORD_MASTER_KEY = f"old:{OLD}"
    for _ in range(7):
        put(a_scope())
    settings.ACCORD_MASTER_KEY = f"new:{NEW},old:{OLD}"
    assert rewrap_data_keys(batch=3) == 7


@pytest.mark.parametrize("ring", [f"new:{NEW}", f"new:{NEW},old:{NEW}"])
def test_rotation_with_the_wrong_ring_is_refused_in_one_line(settings: Settings, ring: str) -> None:
    settings.ACCORD_MASTER_KEY = f"old:{OLD}"
    scope = a_scope()
    token = put(scope)
    settings.ACCORD_MASTER_KEY = ring
    with pytest.raises(CommandError, match=r"old|does not open") as refusal:
        rotate()
    assert "\n" not in str(refusal.value)
    settings.ACCORD_MASTER_KEY = f"old:{OLD}"
    settled()
    assert get(token, scope) == b"secret"


def test_reading_with_the_wrong_ring_says_which_key_is_missing(settings: Settings) -> None:
    settings.ACCORD_MASTER_KEY = f"old:{OLD}"
    scope = a_scope()
    token = put(scope)
    settled()
    settings.ACCORD_MASTER_KEY = f"new:{NEW}"
    with pytest.raises(CannotOpenError, match="'old' is not in ACCORD_MASTER_KEY"):
        get(token, scope)
    with pytest.raises(CannotOpenError, match="'old' is not in ACCORD_MASTER_KEY"):
        put(scope)
    settings.ACCORD_MASTER_KEY = f"old:{NEW}"
    with pytest.raises(CannotOpenError, match="does not open under the master key"):
        get(token, scope)


# --- blind index ------------------------------------------------------------------------------------------------------


def test_blind_index_is_stable_and_tells_values_and_purposes_apart(settings: Settings) -> None:
    index = blind_index("ana@example.org", purpose="email")
    assert len(index) == 32
    settings.ACCORD_MASTER_KEY = f"new:{NEW}"  # rotation does not move it
    assert blind_index("ana@example.org", purpose="email") == index
    others = {
        blind_index("ana@example.org", purpose="phone"),
        blind_index("Ana@example.org", purpose="email"),
        blind_index("", purpose="email"),
    }
    settings.SECRET_KEY = "another one, fifty characters long, or a few more"
    others.add(blind_index("ana@example.org", purpose="email"))
    assert index not in others
    assert len(others) == 4
