"""Documents drafted from inputs over HTTP: what is missing, what is wrong, how good it is, and what became of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.public import User
from accounts.tests.factories import UserFactory, bearer
from ai_mediation.models import Consultation, Draft
from ai_mediation.tests.factories import policies
from ai_mediation.tests.stub_provider import StubProvider
from disputes.tests import factories as cases
from documents.public import Document
from documents.tests.factories import published, settlement
from kernel.crypto import KeyScope, destroy_key
from kernel.ids import new_id

pytestmark = [pytest.mark.live, pytest.mark.db]  # the renderer's processes


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "media"}}
    settings.STORAGES = {**settings.STORAGES, "default": backend}


@pytest.fixture(autouse=True)
def _published(db: None) -> None:
    published()
    policies()


def whole() -> dict[str, Any]:
    return {
        "case_reference": "AC-1", "title": "The quaggafence", "date": "2027-05-03",
        "parties": [{"name": "Ana Gil", "role": "claimant"}, {"name": "Bo Lind", "role": "respondent"}],
        "terms": [
            {
                "kind": "payment", "text": "Bo Lind pays Ana Gil 900 EUR.", "debtor": "Bo Lind", "creditor": "Ana Gil",
                "amount": {"amount": "900.00", "currency": "EUR"}, "due_date": None,
                "instalments": [
                    {"amount": {"amount": "450.00", "currency": "EUR"}, "due_date": "2027-06-01"},
                    {"amount": {"amount": "450.00", "currency": "EUR"}, "due_date": "2027-07-01"},
                ],
            }
        ],
    }  # fmt: skip


def generate(user: User, inputs: Any = None, headers: Any = None, **body: Any) -> Any:
    sent = {"type": "settlement_agreement", "inputs": whole() if inputs is None else inputs, **body}
    return Client(headers=headers or {}).post(
        "/api/ai/generate-document", sent, content_type="application/json", **bearer(user)
    )


def test_whole_inputs_give_a_draft_of_full_quality() -> None:
    answer = generate(UserFactory())

    body = answer.json()
    assert answer.status_code == 200
    assert (body["qualityScore"], body["warnings"]) == (1.0, [])
    assert {one["name"] for one in body["checks"]} == {
        "completeness", "blanks", "amounts", "dates", "policy", "readability",
    }  # fmt: skip
    assert "Bo Lind pays Ana Gil 900 EUR." in body["draftText"]
    assert "Bo Lind pays Ana Gil 900 EUR." in body["sections"]["1. What the parties will do"]
    assert list(body["sections"])[:2] == ["Settlement agreement", "Background"]
    assert all(text.strip() for text in body["sections"].values())


def test_nothing_at_all_gives_placeholders_and_warnings() -> None:
    body = generate(UserFactory(), {}).json()

    assert "[Case reference]" in body["draftText"]
    assert body["qualityScore"] < 0.65
    assert {f"Missing: /{name}." for name in ("case_reference", "title", "date", "parties", "terms")} <= set(
        body["warnings"]
    )
    assert any("blanks are still to be filled in" in warning for warning in body["warnings"])


@pytest.mark.parametrize(
    ("change", "check", "said"),
    [
        ({"instalments": [{"amount": {"amount": "450.00", "currency": "EUR"}, "due_date": "2027-06-01"}]}, "amounts", "come to 450.00 EUR"),
        ({"debtor": "Carl"}, "amounts", "“Carl”, who is none of the parties"),
        ({"creditor": "Bo Lind"}, "amounts", "debtor and creditor are the same"),
        ({"instalments": [], "due_date": "2026-01-01"}, "dates", "before the agreement"),
        ({"text": "Bo Lind pays ____ to [name]."}, "blanks", "still to be filled in"),
        ({"text": "Bo Lind pays 900 EUR in 3 instalments of 250 EUR."}, "policy", "do not add up"),
    ],
)  # fmt: skip
def test_each_check_costs_quality_and_says_why(change: dict[str, Any], check: str, said: str) -> None:
    inputs = whole()
    inputs["terms"][0] |= change

    body = generate(UserFactory(), inputs).json()

    assert {one["name"] for one in body["checks"] if one["score"] < 1} == {check}
    assert 0.5 < body["qualityScore"] < 1
    assert [warning for warning in body["warnings"] if said in warning]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"type": "love_letter"}, "/type"),
        ({"type": ""}, "/type"),
        ({"type": None}, "/type"),
        ({"policy": "no-such"}, "/policy"),
        ({"inputs": []}, "/inputs"),
        ({"inputs": "x"}, "/inputs"),
        ({"inputs": {"title": 5}}, "/inputs/title"),
        ({"inputs": {"date": "31 June"}}, "/inputs/date"),
        ({"inputs": {"surprise": 1}}, "/inputs"),
        ({"inputs": {"parties": [{"name": "A", "role": "king"}]}}, "/inputs/parties/0/role"),
        ({"inputs": {"title": "a\x00b"}}, "/inputs/title"),
        ({"inputs": {"recitals": ["x" * 4900] * 45}}, "/inputs"),
        ({"tone": "x" * 41}, "/tone"),
        ({"context": {"disputeId": "x"}}, "/context/disputeId"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(body: dict[str, Any], pointer: str) -> None:
    inputs = body.pop("inputs", None)
    answer = generate(UserFactory(), inputs, **body)

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert [error["pointer"] for error in answer.json()["errors"]][:1] == [pointer]
    assert not Draft.objects.exists()
    if body.get("type") == "love_letter":
        assert "settlement_agreement" in answer.json()["errors"][0]["detail"]


def test_language_and_tone_are_answered_honestly() -> None:
    spanish = generate(UserFactory(), locale="es-MX", tone="friendly").json()
    assert "Acuerdo transaccional" in spanish["sections"]
    assert any("tone" in warning for warning in spanish["warnings"])
    french = generate(UserFactory(), locale="fr").json()
    assert any("There is no template in “fr”" in warning for warning in french["warnings"])


GIVEN = "Ana Gil built the fence on 3 May 2026 for 900 euros, and Bo Lind did not pay."
CLEARER = "On 3 May 2026 Ana Gil built the fence for 900 euros; Bo Lind did not pay."


@pytest.mark.parametrize(
    ("said", "wording", "provider"),
    [(CLEARER, CLEARER, "openai"), (CLEARER.replace("900", "800"), GIVEN, "offline-rules")],
)
def test_a_model_words_the_background_and_nothing_else(
    stub_provider: StubProvider, said: str, wording: str, provider: str
) -> None:
    sent = said.replace("Ana Gil", "PERSON_1").replace("Bo Lind", "PERSON_2")
    stub_provider.model = lambda asked: json.dumps({"passages": [{"number": 1, "text": sent}]})

    body = generate(UserFactory(), {**whole(), "recitals": [GIVEN]}, tone="friendly").json()

    assert [text in body["draftText"] for text in (GIVEN, CLEARER, said)] == [
        text == wording for text in (GIVEN, CLEARER, said)
    ]
    assert "Bo Lind pays Ana Gil 900 EUR." in body["draftText"]
    consultation = Consultation.objects.get()
    assert (consultation.provider, consultation.purpose, consultation.subject_kind) == (provider, "draft", "draft")
    by_model = (
        "A language model (stub-o) worded 1 background passage. Its figures, days and names were compared with yours; "
    )
    by_template = "The wording is that of the published template; the tone changes nothing in it."
    assert body["warnings"] == [f"{by_model}read it before you use it." if provider == "openai" else by_template]
    if provider != "openai":
        assert consultation.parameters == {"passed_over": ["wrong_schema: RefusedAnswerError"]}


def test_a_draft_is_its_owners_alone_and_sealed() -> None:
    owner = UserFactory()
    body = generate(owner).json()
    address = f"/api/ai/drafts/{body['draftId']}"

    stored = Client().get(address, **bearer(owner)).json()
    assert {name: stored[name] for name in body} == body
    assert (stored["status"], stored["links"]) == ("drafted", {"case": None, "document": None})
    assert stored["inputs"]["title"] == "The quaggafence"
    for other in (UserFactory(), UserFactory(admin=True), UserFactory(lawyer=True)):
        assert Client().get(address, **bearer(other)).status_code == 404
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(d)::text FROM ai_mediation_draft d")
        assert "quaggafence" not in str(cursor.fetchall())
    consultation = Consultation.objects.get()
    assert (consultation.purpose, consultation.subject_kind) == ("draft", "draft")
    destroy_key(KeyScope("person", owner.pk))


def test_rendering_with_the_drafts_id_links_draft_document_and_case() -> None:
    case = cases.stating()
    body = generate(case.claimant, context={"disputeId": str(case.id)}).json()
    rendering = {"templateId": str(published().template_id), "data": whole(), "options": {"draftId": body["draftId"]}}

    def render(user: User) -> Any:
        return Client().post("/api/docs/render-pdf", rendering, content_type="application/json", **bearer(user))

    refused = render(case.respondent)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/options/draftId")
    assert not Document.objects.exists()
    document = render(case.claimant).json()
    stored = Client().get(f"/api/ai/drafts/{body['draftId']}", **bearer(case.claimant)).json()
    assert (stored["status"], stored["documentId"], stored["disputeId"]) == ("rendered", document["id"], str(case.id))
    assert stored["links"] == {"case": f"/api/disputes/{case.id}", "document": f"/api/docs/{document['id']}"}
    for link in stored["links"].values():
        assert Client().get(link, **bearer(case.claimant)).status_code == 200


def test_a_case_of_others_cannot_be_named() -> None:
    for dispute_id in (cases.stating().id, new_id()):
        assert generate(UserFactory(), context={"disputeId": str(dispute_id)}).status_code == 404
    assert not Draft.objects.exists()


def test_the_same_key_drafts_once() -> None:
    user, key = UserFactory(), {"Idempotency-Key": "d1"}
    assert generate(user, headers=key).json() == generate(user, headers=key).json()
    assert Draft.objects.count() == 1


def test_everything_the_schema_knows_can_be_drafted() -> None:
    body = generate(UserFactory(), settlement()).json()
    assert body["qualityScore"] > 0.9, body["warnings"]
