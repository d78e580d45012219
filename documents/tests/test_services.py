"""Templates, documents and files in the database."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, transaction
from django.utils.translation import override

from accounts.tests.factories import UserFactory
from documents.adapters.library import shipped_templates
from documents.adapters.renderer import Rendered
from documents.enums import DocumentStatus, ScanStatus, VersionStatus
from documents.errors import StateConflictError, TemplateNotFoundError
from documents.models import Document, StoredFile, TemplateVersion
from documents.rules import can_see_document, can_see_version
from documents.selectors.documents import documents_visible_to
from documents.selectors.inputs import validate_inputs
from documents.selectors.templates import published_version, versions_visible_to
from documents.services.documents import fail_document, finish_document, request_document
from documents.services.files import record_scan
from documents.services.templates import install_templates, publish_version, retire_version
from documents.tests.factories import document_of, file_of, kept, published
from documents.transitions import DOCUMENT, DOCUMENT_ACTIONS, SCAN, VERSION, VERSION_ACTIONS
from kernel.errors import ValidationFailedError
from kernel.journal import Actor
from kernel.models import JournalEntry, OutboxEvent

pytestmark = pytest.mark.db
BY = Actor.system("test")
SHAPING: list[dict[str, Any]] = [{"syntax": "markdown"}, {"clauses": {"x": {}}}, {"logo": b"x"}]
RENDERED = Rendered(pdf=b"%PDF", sha256="0" * 64, pages=3, engine="none")


def version_in(status: VersionStatus) -> TemplateVersion:
    version = published()
    draft = TemplateVersion.objects.create(
        template=version.template, number=99, schema={}, body="", styles="", content_hash="x"
    )
    if status != VersionStatus.DRAFT:
        publish_version(version_id=draft.pk, actor=BY)
    if status == VersionStatus.RETIRED:
        retire_version(version_id=draft.pk, actor=BY)
    draft.refresh_from_db()
    return draft


@pytest.mark.parametrize("status", VersionStatus)
@pytest.mark.parametrize("action", VERSION_ACTIONS)
def test_version_moves_as_the_table_says(status: VersionStatus, action: str) -> None:
    version = version_in(status)
    move = {"publish": publish_version, "retire": retire_version}[action]
    rows = JournalEntry.objects.count(), OutboxEvent.objects.count()
    target = VERSION.get((status, action))

    if target is None:
        with pytest.raises(StateConflictError), transaction.atomic():
            move(version_id=version.pk, actor=BY)
        assert (JournalEntry.objects.count(), OutboxEvent.objects.count()) == rows
    else:
        move(version_id=version.pk, actor=BY)
    version.refresh_from_db()
    assert version.status == (target or status)


@pytest.mark.parametrize(
    "change",
    [
        {"body": "new"},
        {"schema": {}},
        {"styles": "x"},
        {"status": "draft"},
        {"number": 7},
        {"syntax": "markdown"},
        {"clauses": {"x": {}}},
        {"logo": b"x"},
    ],
)
def test_published_version_never_changes(change: dict[str, Any]) -> None:
    version = published()

    with pytest.raises(DatabaseError), transaction.atomic():
        TemplateVersion.objects.filter(pk=version.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        TemplateVersion.objects.filter(pk=version.pk).delete()


def test_installing_twice_publishes_once_and_a_new_text_becomes_a_new_version() -> None:
    first = published()
    ours = [one for one in shipped_templates() if one.kind == "settlement_agreement"]
    assert install_templates(sources=ours) == []
    [english] = [one for one in ours if one.locale == "en"]

    [second] = install_templates(sources=[replace(english, body="<p>new</p>")])

    first.refresh_from_db()
    assert (first.status, second.status, second.number) == ("retired", "published", first.number + 1)


@pytest.mark.parametrize(
    ("locale", "found"), [("en", "en"), ("es", "es"), ("es-MX", "es"), ("de", "en"), ("xx-YY", "en")]
)
def test_published_version_falls_back_to_language_then_english(locale: str, found: str) -> None:
    published()

    assert published_version("settlement_agreement", locale).template.locale == found


def test_unknown_kind_of_template_is_refused() -> None:
    with pytest.raises(TemplateNotFoundError):
        published_version("will", "en")


def test_data_that_fits_comes_back_normalised(settlement_data: dict[str, Any]) -> None:
    settlement_data["title"] = "  Cafe\u0301  "

    assert validate_inputs(published(), settlement_data)["title"] == "Caf\u00e9"


@pytest.mark.parametrize(
    ("path", "value", "pointer"),
    [
        (("title",), None, "/data/title"),
        (("title",), "a\x00b", "/data/title"),
        (("title",), "\ud800", "/data/title"),
        (("date",), "21.11.2026", "/data/date"),
        (("date",), "2026-02-30", "/data/date"),
        (("parties",), [], "/data/parties"),
        (("parties", 0, "role"), "judge", "/data/parties/0/role"),
        (("terms", 0, "amount"), {"amount": "1.005", "currency": "EUR"}, "/data/terms/0/amount"),
        (("terms", 0, "amount"), {"amount": "1", "currency": "ZZZ"}, "/data/terms/0/amount"),
        (("terms", 0, "amount"), {"amount": 1, "currency": "EUR"}, "/data/terms/0/amount"),
        (("terms", 0, "instalments", 1, "due_date"), 5, "/data/terms/0/instalments/1/due_date"),
        (("surprise",), 1, "/data"),
    ],
)
def test_data_that_does_not_fit_is_refused_with_a_pointer(
    settlement_data: dict[str, Any], path: tuple[Any, ...], value: Any, pointer: str
) -> None:
    target: Any = settlement_data
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value

    with pytest.raises(ValidationFailedError) as caught:
        validate_inputs(published(), settlement_data)

    assert [error.pointer for error in caught.value.errors] == [pointer]


@pytest.mark.parametrize(
    ("path", "value", "english", "spanish"),
    [
        ("title", 5, "another type is expected: string.", "de otro tipo: string."),
        ("title", "", "at least this many characters: 1.", "al menos este número de caracteres: 1."),
        ("date", "21.11.2026", "the format “date”.", "el formato «date»."),
        ("parties", [], "at least this many entries: 2.", "al menos este número de elementos: 2."),
        ("surprise", "a secret", "It knows: agreed_facts, ", "Conoce: agreed_facts, "),
    ],
)
def test_what_does_not_fit_is_said_in_the_readers_language_and_without_what_was_sent(
    settlement_data: dict[str, Any], path: str, value: Any, english: str, spanish: str
) -> None:
    settlement_data[path] = value
    for language, text in (("en", english), ("es", spanish)):
        with override(language), pytest.raises(ValidationFailedError) as caught:
            validate_inputs(published(), settlement_data)
        assert text in caught.value.errors[0].detail
        assert "21.11.2026" not in caught.value.errors[0].detail
        assert "surprise" not in caught.value.errors[0].detail


def test_what_is_wrong_with_an_amount_is_said_in_the_readers_language(settlement_data: dict[str, Any]) -> None:
    settlement_data["terms"][0]["amount"] = {"amount": "1.005", "currency": "EUR"}
    with override("es"), pytest.raises(ValidationFailedError) as caught:
        validate_inputs(published(), settlement_data)
    assert caught.value.errors[0].detail == "EUR tiene 2 decimales; el importe tiene más."


@pytest.mark.parametrize("junk", [None, 1, "x", [], [{}], {"a": {"$ref": "file:///etc/passwd"}}])
def test_data_of_any_other_shape_is_refused(junk: Any) -> None:
    with pytest.raises(ValidationFailedError):
        validate_inputs(published(), junk)


def document_in(status: DocumentStatus) -> Document:
    document = request_document(version_id=published().pk, data={}, owner_id=UserFactory().pk)
    if status == DocumentStatus.RENDERING:
        Document.objects.filter(pk=document.pk).update(status=status)
    elif status == DocumentStatus.READY:
        finish_document(document_id=document.pk, rendered=RENDERED, stored=kept(made_here=True))
    elif status == DocumentStatus.FAILED:
        fail_document(document_id=document.pk, reason="x")
    document.refresh_from_db()
    return document


@pytest.mark.parametrize("status", DocumentStatus)
def test_document_finishes_and_fails_only_while_at_work(status: DocumentStatus) -> None:
    for finish in (True, False):
        document = document_in(status)
        can = status in {DocumentStatus.QUEUED, DocumentStatus.RENDERING}
        same = DocumentStatus.READY if finish else DocumentStatus.FAILED
        files = StoredFile.objects.count()

        def act(document: Document = document, finish: bool = finish) -> Document:
            if finish:
                return finish_document(document_id=document.pk, rendered=RENDERED, stored=kept(made_here=True))
            return fail_document(document_id=document.pk, reason="y")

        if can or status == same:
            act()
        else:
            with pytest.raises(StateConflictError), transaction.atomic():
                act()
        document.refresh_from_db()
        assert document.status == (same if can else status)
        assert StoredFile.objects.count() - files == (1 if can and finish else 0)
    assert set(DOCUMENT_ACTIONS) == {action for _state, action in DOCUMENT}


@pytest.mark.parametrize("status", ScanStatus)
@pytest.mark.parametrize("result", [ScanStatus.CLEAN, ScanStatus.INFECTED, ScanStatus.UNSCANNABLE])
def test_only_a_pending_file_takes_a_verdict(status: ScanStatus, result: ScanStatus) -> None:
    file = file_of()
    StoredFile.objects.filter(pk=file.pk).update(scan_status=status)

    record_scan(file_id=file.pk, result=result, detail="x")

    file.refresh_from_db()
    assert file.scan_status == (result if status == ScanStatus.PENDING else status)
    assert file.is_readable == (file.scan_status in {"clean", "unscanned"})
    assert {state for state, _action in SCAN} == {ScanStatus.PENDING}


def test_first_scan_state_follows_the_scanner(settings: Any) -> None:
    settings.CLAMD_SOCKET = ""
    assert file_of().scan_status == "unscanned"
    settings.CLAMD_SOCKET = "/run/clamd"
    assert file_of().scan_status == "pending"
    assert file_of(made_here=True).scan_status == "clean"


def test_rules_and_visible_to_are_twins() -> None:
    owner, other, admin = UserFactory(), UserFactory(), UserFactory(admin=True)
    inactive = UserFactory(inactive=True)
    documents = [document_of(owner.pk), document_of(other.pk), document_of(None), document_of(inactive.pk)]
    documents.append(document_of(owner.pk, subject=("contract", uuid4())))
    version_in(VersionStatus.RETIRED)
    versions = list(TemplateVersion.objects.all())

    for user in (owner, other, admin, inactive, AnonymousUser()):
        assert {d.pk for d in documents if can_see_document(user, d)} == {d.pk for d in documents_visible_to(user)}
        assert {v.pk for v in versions if can_see_version(user, v)} == {v.pk for v in versions_visible_to(user)}
