"""The pages of the template library: who reaches them, what they show, and a document made from a form."""

import io
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from accounts.tests.factories import UserFactory
from documents.adapters.library import LIBRARY, shipped_clauses
from documents.models import Document, TemplateVersion
from documents.selectors.input_form import form_of
from documents.services.templates import install_clauses
from documents.tests.factories import published_of
from documents.tests.test_authoring import posted
from kernel.models import JournalEntry

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def page(name: str, *args: Any) -> str:
    return reverse(f"documents-pages:{name}", args=args)


def signed_in(role: str, **fields: Any) -> tuple[Client, Any]:
    user = UserFactory(role=role, **fields)
    client = Client()
    client.force_login(user)
    return client, user


@pytest.fixture
def version() -> TemplateVersion:
    install_clauses(sources=shipped_clauses())
    return published_of("nda")


@pytest.mark.parametrize("role", ["client", "lawyer", "admin"])
def test_only_staff_reach_the_library_and_only_administrators_write(role: str, version: TemplateVersion) -> None:
    client, _user = signed_in(role)
    read = 404 if role == "client" else 200
    write = 302 if role == "admin" else 404
    before = TemplateVersion.objects.count(), JournalEntry.objects.count()

    assert client.get(page("templates")).status_code == read
    assert client.get(page("template", version.template_id)).status_code == read
    assert client.get(page("fill", version.pk)).status_code == read
    assert client.post(page("retire", version.pk)).status_code == write
    assert client.post(page("draft", version.template_id)).status_code == write

    version.refresh_from_db()
    assert version.status == ("retired" if role == "admin" else "published")
    if role != "admin":
        assert (TemplateVersion.objects.count(), JournalEntry.objects.count()) == before


def test_draft_is_edited_tried_and_published(version: TemplateVersion) -> None:
    client, _user = signed_in("admin")
    client.post(page("draft", version.template_id))
    draft = TemplateVersion.objects.get(status="draft")
    sent = {
        "hash": draft.content_hash,
        "body": draft.body.replace("Mutual", "Two-way"),
        "schema": json.dumps(draft.schema),
        "styles": draft.styles,
        "syntax": "markdown",
    }

    lawyer, _other = signed_in("lawyer")
    assert lawyer.get(page("edit", draft.pk)).status_code == 404
    assert lawyer.get(page("fill", draft.pk)).status_code == 404
    assert client.get(page("edit", draft.pk)).status_code == 200
    assert client.post(page("edit", draft.pk), {**sent, "schema": "{"}).status_code == 400
    assert client.post(page("edit", draft.pk), sent).status_code == 302
    assert client.post(page("edit", draft.pk), sent).status_code == 409  # written on what was there before
    assert client.post(page("publish", draft.pk)).status_code == 302

    draft.refresh_from_db()
    version.refresh_from_db()
    assert (draft.status, version.status) == ("published", "retired")
    assert client.get(page("edit", draft.pk)).status_code == 404
    told = client.get(page("template", version.template_id)).content.decode()
    assert "<del>Mutual</del><ins>Two</ins><ins>-</ins><ins>way</ins>" in told or "<ins>Two-way</ins>" in told


def test_logo_is_opened_written_anew_and_shown(version: TemplateVersion) -> None:
    client, _user = signed_in("admin")
    client.post(page("draft", version.template_id))
    draft = TemplateVersion.objects.get(status="draft")
    sent = {"body": draft.body, "schema": json.dumps(draft.schema), "styles": draft.styles, "syntax": "markdown"}
    drawn = io.BytesIO()
    comment = PngInfo()
    comment.add_text("Author", "PRIVATE-MARK")
    Image.new("RGB", (300, 80), "navy").save(drawn, "PNG", pnginfo=comment)
    no_picture = SimpleUploadedFile("logo.png", b"<svg onload=alert(1)>", "image/png")
    picture = SimpleUploadedFile("logo.png", drawn.getvalue(), "image/png")

    refused = client.post(page("edit", draft.pk), {**sent, "hash": draft.content_hash, "logo": no_picture})
    taken = client.post(page("edit", draft.pk), {**sent, "hash": draft.content_hash, "logo": picture})

    before = draft.content_hash
    draft.refresh_from_db()
    assert (refused.status_code, taken.status_code) == (400, 302)
    assert bytes(draft.logo).startswith(b"\x89PNG")
    assert b"PRIVATE-MARK" not in bytes(draft.logo)
    assert draft.content_hash != before
    shown = client.post(page("preview", draft.pk), posted(form_of(draft.schema, draft.schema["examples"][0])))
    assert 'class="logo" src="data:image/png;base64,' in shown.content.decode()
    client.post(page("edit", draft.pk), {**sent, "hash": draft.content_hash, "no_logo": "1"})
    draft.refresh_from_db()
    assert (bytes(draft.logo), draft.content_hash) == (b"", before)


def test_draft_that_makes_no_document_is_not_published(version: TemplateVersion) -> None:
    client, _user = signed_in("admin")
    client.post(page("draft", version.template_id))
    draft = TemplateVersion.objects.get(status="draft")
    TemplateVersion.objects.filter(pk=draft.pk).update(body="## A\n\n1. {{ no_such_input }}")

    client.post(page("publish", draft.pk))

    draft.refresh_from_db()
    version.refresh_from_db()
    assert (draft.status, version.status) == ("draft", "published")


def test_form_is_filled_previewed_and_made_into_a_document(version: TemplateVersion) -> None:
    client, user = signed_in("lawyer")
    example = {**version.schema["examples"][0], "purpose": "<script>alert(1)</script> {{ 7*7 }} Ñandú"}
    sent = posted(form_of(version.schema, example))

    shown = client.post(page("preview", version.pk), sent)
    assert shown.status_code == 200
    html = shown.content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }} Ñandú" in html
    assert "<script" not in html
    assert shown.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert (shown.headers["X-Frame-Options"], shown.headers["Cache-Control"]) == ("SAMEORIGIN", "no-store")

    assert client.post(page("fill", version.pk), {**sent, "purpose": ""}).status_code == 400
    assert Document.objects.count() == 0
    made = client.post(page("fill", version.pk), sent)
    document = Document.objects.get()
    assert (made.status_code, made.headers["Location"]) == (302, page("document", document.pk))
    assert (document.owner_id, document.status, document.data["purpose"]) == (user.pk, "ready", example["purpose"])

    assert document.sha256 in client.get(page("document", document.pk)).content.decode()
    file = client.get(page("document-file", document.pk))
    assert file.getvalue().startswith(b"%PDF-")
    other, _user = signed_in("lawyer")
    for name in ("document", "document-file"):
        assert other.get(page(name, document.pk)).status_code == 404


def test_inputs_stand_in_the_order_in_which_their_author_wrote_them(version: TemplateVersion) -> None:
    written = json.loads((LIBRARY / "nda" / "schema.json").read_text(encoding="utf-8"))
    client, _user = signed_in("admin")
    client.post(page("draft", version.template_id))
    draft = TemplateVersion.objects.get(status="draft")

    assert [one.name for one in form_of(draft.schema, {})] == list(written["properties"])
    shown = client.get(page("edit", draft.pk)).context["typed"]["schema"]
    assert list(json.loads(shown)["properties"]) == list(written["properties"])
    assert json.loads(shown) == written
    turned = {**written, "properties": dict(reversed(written["properties"].items()))}
    sent = {"body": draft.body, "schema": json.dumps(turned), "styles": draft.styles, "syntax": "markdown"}
    client.post(page("edit", draft.pk), {**sent, "hash": draft.content_hash})
    draft.refresh_from_db()
    assert [one.name for one in form_of(draft.schema, {})] == list(reversed(written["properties"]))


def test_rows_are_added_and_removed_without_script() -> None:
    version = published_of("payment_plan")
    client, _user = signed_in("lawyer")
    example = version.schema["examples"][0]
    sent = posted(form_of(version.schema, {**example, "instalments": example["instalments"][:2]}))

    more = client.post(page("fill", version.pk), {**sent, "_add": "instalments"}).content.decode()
    assert 'name="instalments.count" value="3"' in more
    assert 'name="instalments.2.amount.amount" value=""' in more
    less = client.post(page("fill", version.pk), {**sent, "_drop": "instalments.0"}).content.decode()
    assert 'name="instalments.count" value="1"' in less
    assert f'value="{example["instalments"][1]["due_date"]}"' in less


def test_library_asks_the_database_the_same_for_one_template_and_for_all(django_assert_num_queries: Any) -> None:
    from documents.selectors.templates import library

    published_of("nda")
    with django_assert_num_queries(2):
        assert len(library()) == 2
    published_of("mutual_release")
    with django_assert_num_queries(2):
        assert len(library()) == 4
