"""The API of documents and e-sign, end to end over HTTP."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.tests.factories import UserFactory, bearer
from documents.tests.factories import document_of, published
from esign.models import Envelope, Signer
from esign.tests.factories import envelope_of, spec, token_of

pytestmark = pytest.mark.db


@pytest.fixture
def api() -> Client:
    return Client()


def initiate(api: Client, user: Any, document: Any, signers: list[dict[str, Any]], **extra: Any) -> Any:
    body = {"docId": str(document.pk), "signers": signers, "workflow": "parallel", **extra}
    return api.post("/api/esign/initiate", body, content_type="application/json", **bearer(user))


def test_initiating_gives_the_callers_own_link_and_nobody_elses(api: Client) -> None:
    ana, bo = UserFactory(), UserFactory()
    document = document_of(ana.pk)

    answer = initiate(api, ana, document, [{"name": "Ana", "email": ana.email}, {"name": "Bo", "email": bo.email}])

    assert answer.status_code == 201
    body = answer.json()
    envelope = Envelope.objects.get(pk=body["trackingId"])
    mine = Signer.objects.get(envelope=envelope, user=ana)
    theirs = Signer.objects.get(envelope=envelope, user=bo)
    from esign.selectors.envelopes import signing_token

    assert body["signingUrl"].endswith(signing_token(mine))
    for url in (f"/api/esign/{envelope.pk}", "/api/me"):
        assert signing_token(theirs) not in api.get(url, **bearer(ana)).content.decode()


def test_caller_who_is_not_first_gets_no_link(api: Client) -> None:
    ana = UserFactory()
    signers = [{"name": "Guest", "email": "g@example.org", "order": 1}, {"name": "Ana", "email": ana.email, "order": 2}]

    answer = initiate(api, ana, document_of(ana.pk), signers, workflow="sequential")

    assert answer.json()["signingUrl"] is None


def test_unverified_account_is_not_taken_for_the_signer(api: Client) -> None:
    ana, squatter = UserFactory(), UserFactory(unverified=True)

    initiate(api, ana, document_of(ana.pk), [{"name": "V", "email": squatter.email}])

    assert Signer.objects.get().user_id is None


@pytest.mark.parametrize(
    "change",
    [
        {"docId": str(uuid4())},
        {"docId": 5},
        {"signers": []},
        {"signers": "x"},
        {"signers": [{"name": "A"}]},
        {"signers": [{"name": "A", "email": "no"}]},
        {"signers": [{"name": "A", "email": "a@b.org"}, {"name": "B", "email": "A@b.org"}]},
        {"signers": [{"name": "A", "email": "a@b.org", "order": 10**30}]},
        {"workflow": "random"},
        {"workflow": None},
    ],
)
def test_wrong_input_is_a_problem_and_writes_nothing(api: Client, change: dict[str, Any]) -> None:
    ana = UserFactory()
    body = {
        "docId": str(document_of(ana.pk).pk),
        "signers": [{"name": "A", "email": "a@b.org"}],
        "workflow": "parallel",
    }

    answer = api.post("/api/esign/initiate", {**body, **change}, content_type="application/json", **bearer(ana))

    assert answer.status_code in {400, 404}
    assert answer["Content-Type"] == "application/problem+json"
    assert not Envelope.objects.exists()


def test_others_documents_and_envelopes_do_not_exist(api: Client) -> None:
    ana, bo, stranger = UserFactory(), UserFactory(), UserFactory()
    document = document_of(ana.pk)
    envelope = envelope_of(spec(bo), creator=ana)

    assert initiate(api, stranger, document, [{"name": "S", "email": stranger.email}]).status_code == 404
    for path in (f"/api/docs/{document.pk}", f"/api/esign/{envelope.pk}", f"/api/esign/{envelope.pk}/file"):
        assert api.get(path, **bearer(stranger)).status_code == 404
        assert api.get(path).status_code == 401
    for verb in ("remind", "void"):
        path = f"/api/esign/{envelope.pk}/{verb}"
        assert api.post(path, {}, content_type="application/json", **bearer(stranger)).status_code == 404
        assert api.post(path, {}, content_type="application/json", **bearer(bo)).status_code == 403
        assert api.post(path, {}, content_type="application/json", **bearer(ana)).status_code == 200
    assert api.get(f"/api/esign/{envelope.pk}", **bearer(bo)).json()["status"] == "voided"


def test_envelope_answer_has_no_addresses_and_tells_what_the_caller_may(api: Client) -> None:
    ana, bo = UserFactory(), UserFactory()
    envelope = envelope_of(spec(bo), creator=ana, subject=("document", uuid4()))

    seen = api.get(f"/api/esign/{envelope.pk}", **bearer(bo))

    assert bo.email not in seen.content.decode()
    assert token_of(envelope) not in seen.content.decode()
    assert seen.json()["allowed_actions"] == ["sign", "decline"]
    assert api.get(f"/api/esign/{envelope.pk}", **bearer(ana)).json()["allowed_actions"] == [
        "remind",
        "void",
        "resend",
        "correct",
    ]
    assert [event["verb"] for event in seen.json()["events"]] == ["envelope.created", "envelope.sent"]


def test_templates_carry_an_etag(api: Client) -> None:
    published()
    who = bearer(UserFactory())

    first = api.get("/api/docs/templates", **who)
    assert [row["locale"] for row in first.json()["results"]] == ["en", "es"]
    again = api.get("/api/docs/templates", HTTP_IF_NONE_MATCH=first["ETag"], **who)
    assert (again.status_code, "max-age=300" in first["Cache-Control"]) == (304, True)
    one = first.json()["results"][0]
    assert api.get(f"/api/docs/templates/{one['templateId']}", **who).json() == one
    assert api.get(f"/api/docs/templates/{uuid4()}", **who).status_code == 404
