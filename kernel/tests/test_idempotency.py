"""Idempotency-Key: the same request twice is done once, whatever goes wrong in between."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from kernel.clock import now
from kernel.entry import entry
from kernel.errors import AuthenticationRequiredError, RequestInProgressError
from kernel.housekeeping import forget_old_records
from kernel.idempotency import LOCKED, Claim, claim_key, release, settle
from kernel.models import IdempotencyRecord
from kernel.registries import Principal, authenticators
from kernel.testing.plugin import Clock
from kernel.tests.command_urls import ThingViewSet, made

pytestmark = pytest.mark.django_db


class Caller:
    """A user as the edge sees one."""

    is_authenticated = True
    is_active = True

    def __init__(self) -> None:
        self.pk = uuid4()


CALLERS = {"ana": Caller(), "bob": Caller()}


def read_token(credentials: str) -> Principal:
    if credentials not in CALLERS:
        raise AuthenticationRequiredError
    return Principal(user=CALLERS[credentials], session_id=None)


@pytest.fixture(autouse=True)
def _edge(settings: Settings) -> Iterator[None]:
    settings.ROOT_URLCONF = "kernel.tests.command_urls"
    settings.ACCORD_ANON_RATE = "off"
    before = dict(authenticators._entries)
    authenticators._entries["bearer"] = read_token
    ThingViewSet.prepared, ThingViewSet.is_failing, ThingViewSet.seconds = [], False, 0.0
    yield
    authenticators._entries.clear()
    authenticators._entries.update(before)


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def post(client: Client, key: str | None = "k1", path: str = "/api/things", body: Any = None, **more: Any) -> Any:
    headers = {"Authorization": f"Bearer {more.pop('caller', 'ana')}"}
    if key is not None:
        headers["Idempotency-Key"] = key
    method = getattr(client, more.pop("method", "post"))
    return method(
        path, {"name": "a"} if body is None else body, **{"content_type": "application/json", **more}, headers=headers
    )


def test_same_request_again_gets_the_first_answer_and_is_not_done(client: Client) -> None:
    first, again = post(client), post(client)
    assert (first.status_code, again.status_code, made()) == (201, 201, 1)
    assert again.json() == first.json()
    assert again["Location"] == first["Location"] == f"/api/things/{first.json()['id']}"


def test_first_answer_is_rendered_anew(client: Client) -> None:
    from uuid import UUID

    from kernel.journal import Actor, StreamRef, record

    first = post(client).json()
    record(stream=StreamRef("dispute", UUID(first["id"])), verb="other", actor=Actor.system("test"))
    assert post(client).json() == {"id": first["id"], "entries": 2}


def test_answer_without_a_body_is_repeated_too(client: Client) -> None:
    assert [post(client, path="/api/quiet").status_code for _ in range(2)] == [204, 204]
    assert made() == 1


def test_without_a_key_each_request_is_done(client: Client) -> None:
    ids = {post(client, None).json()["id"] for _ in range(3)}
    assert (len(ids), made(), IdempotencyRecord.objects.count()) == (3, 3, 0)


def test_same_key_with_another_body_is_422_and_not_done(client: Client) -> None:
    post(client)
    answer = post(client, body={"name": "b"})
    assert (answer.status_code, answer.json()["code"], made()) == (422, "idempotency_key_reused", 1)
    assert post(client).status_code == 201


def test_equal_json_written_in_another_way_is_the_same_body(client: Client) -> None:
    for body in ('{"a":1,"b":[2]}', ' { "b" : [ 2 ] , "a" : 1 } ', '{"\\u0061":1,"b":[2]}'):
        assert post(client, body=body).status_code == 201
    assert made() == 1
    assert post(client, body='{"a":"1","b":[2]}').status_code == 422


@pytest.mark.parametrize(
    "other",
    [{"caller": "bob"}, {"path": "/api/others"}, {"key": "k2"}, {"key": "K1"}, {"path": "/api/named/" + "x" * 400}],
)
def test_another_caller_path_or_key_is_another_request(client: Client, other: dict[str, Any]) -> None:
    assert post(client).status_code == 201
    assert post(client, **other).status_code == 201
    assert made() == 2
    assert post(client, **other).status_code == 201
    assert made() == 2


def test_long_paths_that_begin_alike_are_two(client: Client) -> None:
    for name in ("x" * 400 + "1", "x" * 400 + "2"):
        assert post(client, path=f"/api/named/{name}").status_code == 201
    assert made() == 2


def test_anonymous_callers_are_nobody_known(client: Client) -> None:
    headers = {"Idempotency-Key": "k1"}
    first = client.post("/api/things", {}, content_type="application/json", headers=headers)
    assert (first.status_code, post(client, body={}).status_code, made()) == (201, 201, 2)


@pytest.mark.parametrize("method", ["patch", "put", "get"])
def test_other_methods_ignore_the_key(client: Client, method: str) -> None:
    for _ in range(2):
        assert post(client, method=method, body={} if method != "get" else {"a": "1"}).status_code == 200
    assert (made(), IdempotencyRecord.objects.count()) == (2, 0)


def test_view_whose_answer_holds_a_secret_ignores_the_key(client: Client) -> None:
    for key in ("k1", "k1", "", "é"):
        assert post(client, key, path="/api/secrets").status_code == 201
    assert (made(), IdempotencyRecord.objects.count()) == (4, 0)


@pytest.mark.parametrize("key", ["", "x" * 256, "späße", "a\tb", "a\x7fb", "a\x00b"])
def test_key_that_is_none_is_400_and_nothing_is_done(client: Client, key: str) -> None:
    answer = post(client, key)
    assert (answer.status_code, made()) == (400, 0)
    assert answer.json()["errors"][0]["pointer"] == "/Idempotency-Key"


@pytest.mark.parametrize("key", ["x", "x" * 255, " ", '"quoted"', "8e03978e-40d5-43dd-bc93-6894a57f9324", "a;b=c,d"])
def test_key_may_be_any_printable_ascii(client: Client, key: str) -> None:
    assert [post(client, key).status_code for _ in range(2)] == [201, 201]


def test_key_lies_in_the_database_as_a_digest_and_no_answer_lies_there(client: Client) -> None:
    post(client, "a-key-that-must-not-be-read")
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(r::text, '') FROM kernel_idempotency_record r")
        assert "must-not" not in cursor.fetchone()[0]
    row = IdempotencyRecord.objects.get()
    assert (row.status, row.caller, row.path) == (201, str(CALLERS["ana"].pk), "/api/things")


# --- what goes wrong --------------------------------------------------------------------------------------------------


def test_request_that_failed_may_be_made_again_with_its_key(client: Client) -> None:
    ThingViewSet.is_failing = True
    assert [post(client).status_code for _ in range(2)] == [500, 500]
    assert (made(), IdempotencyRecord.objects.count()) == (0, 0)
    ThingViewSet.is_failing = False
    assert post(client).status_code == 201
    assert made() == 1


def test_body_that_cannot_be_read_claims_no_key(client: Client) -> None:
    assert post(client, body="{").status_code == 400
    assert IdempotencyRecord.objects.count() == 0
    assert post(client).status_code == 201


def test_request_while_the_first_one_runs_is_409_and_says_when(client: Client) -> None:
    post(client)
    IdempotencyRecord.objects.update(status=None, resource_id=None)
    answer = post(client)
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (409, "request_in_progress", "1")
    assert post(client, body={"name": "b"}).status_code == 422
    assert made() == 1


def test_lock_of_a_killed_request_ends(client: Client, clock: Clock) -> None:
    post(client)
    IdempotencyRecord.objects.update(status=None, resource_id=None)
    clock.advance(LOCKED - timedelta(seconds=5))
    assert post(client).status_code == 409
    clock.advance(timedelta(seconds=6))
    assert (post(client).status_code, made()) == (201, 2)
    assert (post(client).status_code, made()) == (201, 2)


def test_key_is_forgotten_after_a_day_even_before_housekeeping(client: Client, clock: Clock) -> None:
    first = post(client).json()["id"]
    clock.advance(timedelta(hours=23, minutes=59))
    assert post(client).json()["id"] == first
    clock.advance(timedelta(minutes=2))
    second = post(client).json()["id"]
    assert (second != first, made()) == (True, 2)
    assert forget_old_records()[0] == 0
    assert post(client).json()["id"] == second
    clock.advance(timedelta(hours=25))
    assert forget_old_records()[0] == 1


def claim(key: str = "k") -> Claim:
    return claim_key(caller="c", method="POST", path="/p", key=key, body=b"{}")


def test_request_that_outlived_its_lock_has_no_effect_once_another_took_the_key(clock: Clock) -> None:
    slow = claim()
    clock.advance(LOCKED + timedelta(seconds=1))
    quick = claim()
    assert (quick.record_id, quick.locked_until > slow.locked_until) == (slow.record_id, True)
    with pytest.raises(RequestInProgressError):
        settle(slow, status=201, resource_id=uuid4())
    release(slow)
    wanted = uuid4()
    settle(quick, status=201, resource_id=wanted)
    assert (claim().status, claim().resource_id) == (201, wanted)
    with pytest.raises(RequestInProgressError):
        settle(slow, status=201, resource_id=uuid4())
    release(quick)  # settled: no crash afterwards unsettles it
    assert claim().resource_id == wanted


def test_request_that_outlived_its_lock_and_nobody_asked_again_is_settled(clock: Clock) -> None:
    slow = claim()
    clock.advance(LOCKED * 2)
    settle(slow, status=200, resource_id=None)
    assert claim().status == 200


def test_lock_ends_by_the_databases_clock() -> None:
    assert LOCKED - timedelta(seconds=10) < claim().locked_until - now() <= LOCKED


# --- files ------------------------------------------------------------------------------------------------------------


def upload(client: Client, content: bytes = b"abc", name: str = "a.txt", key: str = "k1", **fields: Any) -> Any:
    return client.post(
        "/api/uploads",
        {"file": SimpleUploadedFile(name, content), **fields},
        headers={"Idempotency-Key": key, "Authorization": "Bearer ana"},
    )


def test_upload_is_the_same_by_its_fields_and_contents_not_by_its_boundary(client: Client) -> None:
    big = b"x" * 3_000_000  # spooled to a temporary file
    first = upload(client, big, description="d")
    assert (first.status_code, upload(client, big, description="d").json()) == (201, first.json())
    assert (made(), len(ThingViewSet.prepared)) == (1, 1)
    others: list[dict[str, Any]] = [
        {"content": big[:-1] + b"y"},
        {"name": "b.txt"},
        {"description": "e"},
        {"more": "1"},
    ]
    for other in others:
        values: dict[str, Any] = {"content": big, "description": "d", **other}
        assert upload(client, **values).status_code == 422, list(other)
    assert made() == 1


def test_upload_that_failed_prepares_again(client: Client) -> None:
    ThingViewSet.is_failing = True
    assert upload(client).status_code == 500
    ThingViewSet.is_failing = False
    assert upload(client).status_code == 201
    assert (made(), len(ThingViewSet.prepared)) == (1, 2)


# --- at once ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_twenty_same_requests_at_once_have_one_effect() -> None:
    begin = threading.Barrier(20)
    ThingViewSet.seconds = 0.2

    def person(_number: int) -> tuple[int, str | None]:
        try:
            begin.wait(30)
            answer = post(Client(raise_request_exception=False))
            return answer.status_code, answer.json().get("id")
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(person, range(20)))

    assert made() == 1
    assert set(Counter(status for status, _ in answers)) <= {201, 409}
    assert len({made_id for status, made_id in answers if status == 201}) == 1
    ThingViewSet.seconds = 0.0
    assert post(Client()).json()["id"] in {made_id for _, made_id in answers}


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_after_the_lock_of_a_killed_one_ended_have_one_effect(clock: Clock) -> None:
    claim_key(caller=str(CALLERS["ana"].pk), method="POST", path="/api/things", key="k1", body=b'{"name":"a"}')
    clock.advance(LOCKED + timedelta(seconds=1))
    begin = threading.Barrier(20)

    def person(_number: int) -> int:
        try:
            begin.wait(30)
            return int(post(Client(raise_request_exception=False)).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        statuses = Counter(pool.map(person, range(20)))
    assert (made(), set(statuses) <= {201, 409}) == (1, True), statuses


@pytest.mark.django_db(transaction=True)
def test_effect_and_its_record_are_one_commit(client: Client) -> None:
    """Whoever sees the thing sees the key's outcome too."""
    with entry():
        pass
    answer = post(client)
    row = IdempotencyRecord.objects.get()
    assert (str(row.resource_id), row.status) == (answer.json()["id"], 201)
