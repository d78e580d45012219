"""RFC 9457 problem documents: one shape for every error, with words that help and none that tell secrets."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings
from rest_framework.exceptions import ErrorDetail

from kernel.errors import ConflictError, FieldError
from kernel.problems import domain_problem, flatten, locked_out, problem_response

MEMBERS = {"type", "title", "status", "detail", "instance", "code", "request_id"}


@pytest.fixture(autouse=True)
def _edge(settings: Settings) -> None:
    settings.ROOT_URLCONF = "kernel.tests.command_urls"
    settings.ACCORD_ANON_RATE = "off"


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The document, after checking everything that all of them have."""
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    assert answer["Cache-Control"] == "no-store"
    body: dict[str, Any] = answer.json()
    assert set(body) >= MEMBERS
    assert (body["status"], body["code"]) == (status, code)
    assert body["request_id"] == answer["X-Request-ID"]
    assert body["instance"] == f"urn:accord:request:{body['request_id']}"
    assert body["type"] == "about:blank" if status == 500 else body["type"].endswith(f"/problems/{code}")
    assert len(body["title"]) > 5
    assert len(body["detail"]) > 5
    for word in (b"secret", b"swordfish", b"Traceback", b"10.0.0.7", b"File "):
        assert word not in answer.content
    return body


@pytest.mark.parametrize(
    ("what", "status", "code"),
    [
        ("domain", 409, "conflict"),
        ("unavailable", 503, "external_service_failed"),
        ("throttled", 429, "throttled"),
        ("mismatch", 422, "idempotency_key_reused"),
        ("missing", 404, "not_found"),
        ("http404", 404, "not_found"),
        ("denied", 403, "permission_denied"),
        ("drf-denied", 403, "permission_denied"),
        ("drf-throttled", 429, "throttled"),
        ("drf-other", 500, "error"),
        ("anonymous", 401, "not_authenticated"),
        ("suspicious", 400, "validation_failed"),
        ("fields", 400, "validation_failed"),
        ("database", 503, "database_unavailable"),
        ("interface", 503, "database_unavailable"),
        ("crash", 500, "internal_error"),
    ],
)
def test_whatever_an_api_view_raises_is_a_problem(client: Client, what: str, status: int, code: str) -> None:
    problem(client.get(f"/api/raising/{what}"), status, code)


@pytest.mark.parametrize(
    ("what", "status", "code"),
    [
        ("http404", 404, "not_found"),
        ("denied", 403, "permission_denied"),
        ("suspicious", 400, "validation_failed"),
        ("database", 503, "database_unavailable"),
        ("crash", 500, "internal_error"),
    ],
)
def test_plain_view_answers_problems_to_programs_and_pages_to_people(
    client: Client, what: str, status: int, code: str
) -> None:
    problem(client.get(f"/api/plain-raising/{what}"), status, code)
    problem(client.get(f"/page/{what}", headers={"Accept": "application/json"}), status, code)
    page = client.get(f"/page/{what}", headers={"Accept": "text/html"})
    assert (page.status_code, page["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert b"secret" not in page.content
    if status == 500:
        assert page["X-Request-ID"].encode() in page.content


def test_domain_errors_facts_and_headers_come_along(client: Client) -> None:
    body = problem(client.get("/api/raising/domain"), 409, "conflict")
    assert (body["allowed_from"], body["count"], body["detail"]) == (["stating"], 2, "Already so.")
    assert client.get("/api/raising/unavailable")["Retry-After"] == "7"
    assert client.get("/api/raising/throttled")["Retry-After"] == "1"
    assert client.get("/api/raising/drf-throttled")["Retry-After"] == "3"
    assert client.get("/api/raising/database")["Retry-After"] == "5"


def test_facts_cannot_take_a_standard_members_place() -> None:
    import json

    answer = problem_response(
        None, status=409, code="conflict", detail="So.", instance="mine", request_id="mine", type="mine"
    )
    body = json.loads(answer.content)
    assert body["instance"].startswith("urn:accord:request:")
    assert "mine" not in answer.content.decode()
    error = ConflictError("So.", allowed_from=(UUID(int=1),))
    assert json.loads(domain_problem(None, error).content)["allowed_from"] == [str(UUID(int=1))]


def test_unknown_path_is_404(client: Client) -> None:
    problem(client.get("/api/nothing-here"), 404, "not_found")
    problem(client.post("/api/nothing-here", "{", content_type="application/json"), 404, "not_found")


def test_other_method_is_405_with_those_that_are_allowed(client: Client) -> None:
    answer = client.delete("/api/others")
    problem(answer, 405, "method_not_allowed")
    assert answer["Allow"] == "POST, OPTIONS"


def test_nobody_is_401_with_the_way_in(client: Client) -> None:
    answer = client.get("/api/members")
    problem(answer, 401, "not_authenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_not_acceptable_is_406(client: Client) -> None:
    problem(client.get("/api/raising/domain", headers={"Accept": "text/csv"}), 406, "not_acceptable")


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        ("{", "application/json", 400, "validation_failed"),
        (b"\xff", "application/json", 400, "validation_failed"),
        ("[]", "application/json", 400, "validation_failed"),
        ("a=1", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        ("<a/>", "application/xml", 415, "unsupported_media_type"),
        ("{}", "", 415, "unsupported_media_type"),
        ("{}", "nonsense", 415, "unsupported_media_type"),
    ],
)
def test_body_of_the_wrong_kind(client: Client, body: Any, content_type: str, status: int, code: str) -> None:
    found = problem(client.generic("POST", "/api/orders", body, content_type=content_type), status, code)
    assert status != 400 or found["errors"][0]["pointer"] == ""


def test_body_too_large_is_413(client: Client, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    problem(client.post("/api/orders", {"name": "x" * 200}, content_type="application/json"), 413, "too_large")


def test_multipart_that_is_broken_is_400(client: Client) -> None:
    for content_type in ("multipart/form-data", "multipart/form-data; boundary="):
        body = client.generic(
            "POST", "/api/uploads", b"--x\r\n", content_type=content_type, headers={"Idempotency-Key": "k"}
        )
        problem(body, 400, "validation_failed")


# --- pointers (RFC 6901) ----------------------------------------------------------------------------------------------


def pointers(client: Client, body: dict[str, Any]) -> dict[str, str]:
    found = problem(client.post("/api/orders", body, content_type="application/json"), 400, "validation_failed")
    assert all(set(error) == {"pointer", "code", "detail"} for error in found["errors"])
    return {error["pointer"]: error["code"] for error in found["errors"]}


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({}, {"/name": "required"}),
        ({"name": None}, {"/name": "null"}),
        ({"name": "x" * 11, "parts": 5}, {"/name": "max_length", "/parts": "not_a_list"}),
        (
            {"name": "a", "parts": [{"name": "a"}, {}, {"name": 5}]},
            {"/parts/1/name": "required", "/parts/2/name": "invalid"},
        ),
        ({"name": "a", "sizes": [1, "x", 3, None]}, {"/sizes/1": "invalid", "/sizes/3": "null"}),
        (
            {"name": "a", "tags": {"a/b": "x", "m~n": "x", "": "x"}},
            {"/tags/a~1b": "invalid", "/tags/m~0n": "invalid", "/tags/": "invalid"},
        ),
        ({"name": "both"}, {"": "both"}),
        ({"name": "a", "parts": [[]]}, {"/parts/0": "invalid"}),
    ],
)
def test_pointer_leads_to_what_is_wrong(client: Client, body: dict[str, Any], wanted: dict[str, str]) -> None:
    assert pointers(client, body) == wanted


def resolve(document: Any, pointer: str) -> Any:
    """RFC 6901, section 4."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        document = document[int(name)] if isinstance(document, list) else document[name]
    return document


leaf = st.builds(lambda text: [{"message": ErrorDetail(text), "code": "c"}], st.text(min_size=1))
names = st.text(max_size=6).filter(lambda name: name not in {"non_field_errors", "message", "code"})


@pytest.mark.unit
@given(st.recursive(leaf, lambda inner: st.dictionaries(names, inner, min_size=1, max_size=3), max_leaves=8))
def test_flattened_pointers_resolve_in_the_document_they_came_from(details: Any) -> None:
    found = flatten(details)
    assert found
    for error in found:
        assert resolve(details, error.pointer)[0]["message"] == error.detail
    assert len({error.pointer for error in found}) == len(found)


@pytest.mark.unit
def test_two_errors_of_one_field_keep_their_field() -> None:
    details = {"a": [{"message": "one", "code": "x"}, {"message": "two", "code": "y"}]}
    assert flatten(details) == [FieldError("/a", "x", "one"), FieldError("/a", "y", "two")]
    assert flatten({"message": [{"message": "m", "code": "c"}], "code": [{"message": "n", "code": "d"}]}) == [
        FieldError("/message", "c", "m"),
        FieldError("/code", "d", "n"),
    ]


# --- CSRF, lock-out, limits -------------------------------------------------------------------------------------------


def test_csrf_refusal_is_a_problem_or_a_page() -> None:
    client = Client(enforce_csrf_checks=True)
    problem(client.post("/api/guarded", {}), 403, "csrf_failed")
    page = client.post("/guarded", {}, headers={"Accept": "text/html"})
    assert (page.status_code, page["Content-Type"]) == (403, "text/html; charset=utf-8")


def test_lock_out_is_a_problem_or_a_page() -> None:
    import json

    answer = locked_out(RequestFactory().post("/api/auth/login"))
    assert (answer.status_code, answer["Retry-After"], json.loads(answer.content)["code"]) == (429, "900", "throttled")
    page = locked_out(RequestFactory().post("/admin/login/", headers={"Accept": "text/html"}))
    assert (page.status_code, page["Retry-After"], page["Content-Type"]) == (429, "900", "text/html; charset=utf-8")


def test_limit_is_a_problem(client: Client, settings: Settings) -> None:
    settings.ACCORD_ANON_RATE = "1/min"
    client.get("/api/nothing-here")
    answer = client.get("/api/nothing-here")
    problem(answer, 429, "throttled")
    assert 1 <= int(answer["Retry-After"]) <= 60
