"""Texts read against policies over HTTP, and what the back-office sees and does."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import InternalError, ProgrammingError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from accounts.public import User
from accounts.tests.factories import UserFactory, bearer, browser
from ai_mediation.adapters.compliance.policy import LIBRARY
from ai_mediation.enums import PolicyStatus
from ai_mediation.models import ComplianceCheck, Consultation, PolicyVersion
from ai_mediation.tests.factories import policies
from kernel.crypto import KeyScope, destroy_key
from kernel.models import JournalEntry

pytestmark = pytest.mark.db

BAD = "Introduction.\n\nThe Tenant waives all statutory rights. Each side bears its own costs."
SECRET = "The Customer, called Zyxwvut, waives all statutory rights."


@pytest.fixture(autouse=True)
def _published(db: None) -> None:
    policies()


def analyze(user: User, text: Any = BAD, policy: Any = "unfair-terms", **headers: str) -> Any:
    return Client(headers=headers).post(
        "/api/ai/analyze", {"text": text, "policy": policy}, content_type="application/json", **bearer(user)
    )


def test_a_text_is_read_and_the_run_recorded() -> None:
    user = UserFactory()

    answer = analyze(user)

    body = answer.json()
    assert answer.status_code == 200
    (finding,) = body["findings"]
    assert (finding["rule"], finding["severity"]) == ("rights-of-the-law-waived", "high")
    assert BAD[finding["start"] : finding["end"]] == finding["quote"] == "The Tenant waives all statutory rights."
    assert (body["riskLevel"], body["suggestions"], body["readBy"]) == ("high", [finding["suggestion"]], "rules")
    check = ComplianceCheck.objects.get(pk=body["checkId"])
    assert (check.asked_by, check.risk_level, check.policy_hash) == (user, "high", check.version.content_hash)
    assert check.rules_found == [
        {"rule": finding["rule"], "severity": "high", "start": finding["start"], "end": finding["end"]}
    ]
    consultation = Consultation.objects.get()
    assert (consultation.asked_by, consultation.purpose, consultation.subject_id) == (user, "analysis", check.pk)


def test_a_text_without_findings_is_low_risk() -> None:
    body = analyze(UserFactory(), "Each side bears its own costs and nobody owes anybody anything more.").json()
    assert (body["findings"], body["riskLevel"], body["suggestions"]) == ([], "low", [])


def test_the_text_is_nowhere_in_clear_and_goes_with_the_persons_key() -> None:
    user = UserFactory()
    body = analyze(user, SECRET).json()
    check = ComplianceCheck.objects.get()

    assert "Zyxwvut" in body["findings"][0]["quote"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(c)::text FROM ai_mediation_compliancecheck c")
        assert "Zyxwvut" not in cursor.fetchone()[0]
    assert not JournalEntry.objects.filter(facts__icontains="Zyxwvut").exists()
    assert b"Zyxwvut" not in bytes(check.findings_sealed or b"")
    destroy_key(KeyScope("person", user.pk))
    assert "Zyxwvut" not in analyze(UserFactory(), "Each side bears its own costs.").content.decode()


def test_the_same_key_gives_the_same_check_again_and_another_body_is_refused() -> None:
    user = UserFactory()
    first = analyze(user, **{"Idempotency-Key": "k1"})
    again = analyze(user, **{"Idempotency-Key": "k1"})

    assert again.json() == first.json()
    assert ComplianceCheck.objects.count() == 1
    assert analyze(user, SECRET, **{"Idempotency-Key": "k1"}).status_code == 422


def test_places_count_in_the_normalised_text() -> None:
    text = "  Cafe\u0301 owners.\r\nThe Tenant waives all statutory rights.  "
    normal = "Café owners.\nThe Tenant waives all statutory rights."
    (finding,) = analyze(UserFactory(), text).json()["findings"]
    assert normal[finding["start"] : finding["end"]] == finding["quote"] == "The Tenant waives all statutory rights."


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"policy": "no-such"}, "/policy"),
        ({"policy": ""}, "/policy"),
        ({"policy": None}, "/policy"),
        ({"policy": ["unfair-terms"]}, "/policy"),
        ({"text": ""}, "/text"),
        ({"text": 5}, "/text"),
        ({"text": "a\x00b"}, "/text"),
        ({"text": "a\u202eb"}, "/text"),
        ({"text": "x" * 100_001}, "/text"),
        ({"text": {"a": 1}}, "/text"),
    ],
)
def test_wrong_input_is_named_and_nothing_recorded(change: dict[str, Any], pointer: str) -> None:
    answer = analyze(UserFactory(), **change)

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert not ComplianceCheck.objects.exists()
    if change.get("policy") == "no-such":
        assert "consumer-settlement, missing-essentials, unfair-terms" in answer.json()["errors"][0]["detail"]


def test_a_spanish_reader_is_answered_in_spanish() -> None:
    answer = analyze(UserFactory(), **{"Accept-Language": "es"})
    assert "renuncia a derechos" in answer.json()["findings"][0]["message"]


def test_the_twenty_first_question_of_a_minute_waits(settings: Any) -> None:
    settings.ACCORD_RATES = {**settings.ACCORD_RATES, "ai": "2/min"}
    user = UserFactory()

    assert [analyze(user).status_code for _ in range(3)] == [200, 200, 429]
    assert ComplianceCheck.objects.count() == 2
    assert analyze(UserFactory()).status_code == 200


def test_policies_are_listed_with_an_etag_for_everybody() -> None:
    headers = bearer(UserFactory())
    answer = Client().get("/api/ai/policies", **headers)

    listed = answer.json()["results"]
    assert [one["slug"] for one in listed] == ["consumer-settlement", "missing-essentials", "unfair-terms"]
    assert listed[2]["title"] == "Unfair terms"
    assert {"id", "severity", "message", "basis"} == set(listed[2]["rules"][0])
    again = Client().get("/api/ai/policies", HTTP_IF_NONE_MATCH=answer["ETag"], **headers)
    assert again.status_code == 304


def test_a_run_costs_the_same_for_one_finding_and_twenty() -> None:
    user = UserFactory()
    analyze(user)
    counts = []
    for text in (BAD, "\n".join(f"{n}. The Tenant waives all statutory rights." for n in range(20))):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            analyze(user, text)
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- publishing ---------------------------------------------------------------------------------------------------------------
def test_installing_twice_changes_nothing() -> None:
    before = list(PolicyVersion.objects.values_list("pk", "status"))
    policies()
    assert list(PolicyVersion.objects.values_list("pk", "status")) == before


def test_a_published_version_never_changes_in_the_database() -> None:
    version = PolicyVersion.objects.get(policy__slug="unfair-terms")
    changes: list[dict[str, Any]] = [{"content": {}}, {"content_hash": "0" * 64}, {"number": 9}, {"status": "draft"}]
    for change in changes:
        with pytest.raises((InternalError, ProgrammingError)), transaction.atomic():
            PolicyVersion.objects.filter(pk=version.pk).update(**change)
    with pytest.raises((InternalError, ProgrammingError)), transaction.atomic():
        version.delete()


def test_an_own_version_is_imported_as_a_draft_published_and_retired_in_the_admin(tmp_path: Any) -> None:
    stricter = (LIBRARY / "unfair-terms.toml").read_text(encoding="utf-8").replace("limit = 20.0", "limit = 10.0")
    file = tmp_path / "unfair-terms.toml"
    file.write_text(stricter, encoding="utf-8")
    text = "Late payments bear interest at 15 % per year."
    user, page = UserFactory(), browser(UserFactory(admin=True))

    call_command("loadpolicies", str(file))
    first, draft = PolicyVersion.objects.filter(policy__slug="unfair-terms").order_by("number")
    assert (draft.number, draft.status) == (2, PolicyStatus.DRAFT)
    assert analyze(user, text).json()["findings"] == []

    assert act(page, "publish", draft) == 302
    body = analyze(user, text).json()
    assert [one["rule"] for one in body["findings"]] == ["excessive-interest"]
    assert body["policy"] == {"slug": "unfair-terms", "version": 2, "hash": draft.content_hash}
    first.refresh_from_db()
    assert first.status == PolicyStatus.RETIRED

    act(page, "publish", first)  # a retired one does not come back
    first.refresh_from_db()
    assert first.status == PolicyStatus.RETIRED
    act(page, "retire", draft)
    assert analyze(user, text).status_code == 400
    verbs = JournalEntry.objects.filter(subject_kind="policy_version", subject_id__in=[first.pk, draft.pk])
    assert list(verbs.order_by("seq").values_list("verb", flat=True)) == [
        "policy.publish", "policy.retire", "policy.publish", "policy.retire",
    ]  # fmt: skip


def test_a_file_with_a_mistake_imports_nothing(tmp_path: Any) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text('slug = "wrong"', encoding="utf-8")
    before = PolicyVersion.objects.count()
    with pytest.raises(CommandError, match="Nothing was imported"):
        call_command("loadpolicies", str(file))
    assert PolicyVersion.objects.count() == before


def test_checks_are_listed_for_administrators_without_quotes() -> None:
    analyze(UserFactory(), SECRET)
    check = ComplianceCheck.objects.get()
    page = browser(UserFactory(admin=True))
    for address in ("/admin/ai_mediation/compliancecheck/", f"/admin/ai_mediation/compliancecheck/{check.pk}/change/"):
        answer = page.get(address)
        assert answer.status_code == 200
        assert "Zyxwvut" not in answer.content.decode()
    assert browser(UserFactory(lawyer=True)).get("/admin/ai_mediation/compliancecheck/").status_code == 403


@pytest.mark.parametrize(("locale", "severity"), [("en", "high"), ("es", "alto")])
def test_a_policy_is_read_in_the_back_office_as_a_lawyer_reads_it(locale: str, severity: str) -> None:
    """Every rule with its message, suggestion and what it rests on, and all it looks for."""
    page = browser(UserFactory(admin=True, locale=locale))
    version = policies()["unfair-terms"]
    address = f"/admin/ai_mediation/policyversion/{version.pk}/change/"
    shown = page.get(address).content.decode()
    rules = version.content["rules"]
    said = [escape(rule[part][locale]) in shown for rule in rules for part in ("message", "suggestion")]
    assert (len(said), all(said)) == (2 * len(rules), True)
    assert all(escape(rule["basis"]) in shown for rule in rules)
    assert all(escape(one) in shown for rule in rules for one in (*rule["phrases"]["en"], *rule["phrases"]["es"]))
    assert shown.count(f"· {severity} ·") == sum(rule["severity"] == "high" for rule in rules) > 0


def act(page: Client, action: str, version: PolicyVersion) -> int:
    answer = page.post("/admin/ai_mediation/policyversion/", {"action": action, "_selected_action": [str(version.pk)]})
    return answer.status_code
