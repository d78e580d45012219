"""The base of every API view: where a command's parts run, and what makes two bodies the same."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test import Client
from django.utils.datastructures import MultiValueDict
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from kernel.errors import ConflictError
from kernel.models import IdempotencyRecord
from kernel.rest.parsers import JSONParser
from kernel.rest.viewsets import ApiViewSet, body_fingerprint


class Steps:
    """A command that writes down where each of its parts ran."""

    def __init__(self, failing: str = "", failure: BaseException | None = None) -> None:
        self.ran: list[tuple[str, bool]] = []
        self.failing, self.failure = failing, failure or ConflictError("No.")
        self.thing = uuid4()

    def step(self, name: str) -> None:
        self.ran.append((name, connection.in_atomic_block))
        if name == self.failing:
            raise self.failure

    def prepare(self) -> str:
        self.step("prepare")
        return "ready"

    def run(self, prepared: str) -> UUID:
        assert prepared == "ready"
        self.step("run")
        return self.thing

    def render(self, made: UUID | None) -> Any:
        assert made == self.thing
        self.step("render")
        return {"id": str(made)}


def view_of_a_post(headers: dict[str, str]) -> ApiViewSet:
    view = ApiViewSet()
    request = APIRequestFactory().post("/api/steps", {"a": 1}, format="json", headers=headers)
    view.request = Request(request, parsers=[JSONParser()])
    return view


def command(steps: Steps, key: str | None = None) -> Any:
    view = view_of_a_post({} if key is None else {"Idempotency-Key": key})
    return view.command(steps.run, steps.render, status=201, prepare=steps.prepare, location=lambda pk: f"/api/{pk}")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", [None, "k"])
def test_command_prepares_outside_runs_inside_and_renders_after_the_transaction(key: str | None) -> None:
    steps = Steps()
    answer = command(steps, key)
    assert steps.ran == [("prepare", False), ("run", True), ("render", False)]
    assert (answer.status_code, answer.data, answer["Location"]) == (
        201,
        {"id": str(steps.thing)},
        f"/api/{steps.thing}",
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("failing", ["prepare", "run"])
@pytest.mark.parametrize("failure", [ConflictError("No."), OperationalError("gone"), KeyboardInterrupt()])
def test_command_that_fails_frees_its_key(failing: str, failure: BaseException) -> None:
    with pytest.raises(type(failure)):
        command(Steps(failing, failure), "k")
    assert not IdempotencyRecord.objects.exists()
    assert command(Steps(), "k").status_code == 201


@pytest.mark.django_db(transaction=True)
def test_command_whose_rendering_fails_is_done_all_the_same() -> None:
    steps = Steps("render", RuntimeError())
    with pytest.raises(RuntimeError):
        command(steps, "k")
    again = Steps()
    again.thing = steps.thing
    assert command(again, "k").data == {"id": str(steps.thing)}
    assert again.ran == [("render", False)]


@pytest.mark.django_db
def test_location_is_left_out_when_nothing_was_made() -> None:
    view = view_of_a_post({})
    answer = view.command(lambda: None, status=204, location=lambda pk: f"/api/{pk}")
    assert (answer.status_code, answer.data, answer.has_header("Location")) == (204, None, False)


# --- what makes two bodies the same -----------------------------------------------------------------------------------

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3)
    ),
    max_leaves=6,
)
objects = st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), values, max_size=4)


class Sent(Request):
    """A request whose body is read already."""

    def __init__(self, data: Any) -> None:
        self._full_data = data

    @property
    def data(self) -> Any:
        return self._full_data


@pytest.mark.unit
@given(objects, objects)
def test_json_bodies_are_the_same_exactly_when_their_values_are(one: dict[str, Any], two: dict[str, Any]) -> None:
    turned = json.loads(json.dumps(dict(reversed(one.items())), indent=3))
    assert body_fingerprint(Sent(one)) == body_fingerprint(Sent(turned))
    written = json.dumps(one, sort_keys=True) == json.dumps(two, sort_keys=True)
    assert (body_fingerprint(Sent(one)) == body_fingerprint(Sent(two))) == written


def form(**fields: list[Any]) -> bytes:
    return body_fingerprint(Sent(MultiValueDict(fields)))


@pytest.mark.unit
def test_form_bodies_are_the_same_by_fields_values_and_contents() -> None:
    def file(content: bytes = b"abc", name: str = "a.txt") -> SimpleUploadedFile:
        return SimpleUploadedFile(name, content)

    whole = form(a=["1", "2"], b=["x"], file=[file()])
    assert form(file=[file()], b=["x"], a=["1", "2"]) == whole
    others = {
        form(a=["2", "1"], b=["x"], file=[file()]),
        form(a=["1", "2"], file=[file()]),
        form(a=["1", "2"], b=["x"], file=[file(b"abd")]),
        form(a=["1", "2"], b=["x"], file=[file(name="b.txt")]),
        form(a=["1", "2"], b=["x"], file=[file(), file()]),
        form(a=["1"], b=["x", "2"], file=[file()]),
        form(a=["1", "2"], b=["x"], other=[file()]),
    }
    assert len(others) == 7
    assert whole not in others


@pytest.mark.unit
def test_uploaded_file_is_read_from_its_beginning_afterwards() -> None:
    file = SimpleUploadedFile("a.txt", b"abc" * 50_000)
    form(file=[file])
    assert file.read() == b"abc" * 50_000


@pytest.mark.django_db
def test_keys_are_for_post_alone(settings: Settings) -> None:
    settings.ROOT_URLCONF = "kernel.tests.command_urls"
    Client().patch("/api/things", {}, content_type="application/json", headers={"Idempotency-Key": "k"})
    assert not IdempotencyRecord.objects.exists()
