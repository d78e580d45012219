"""The signer's page: pages as pictures, a signature typed, drawn or chosen, looked over once more, then given."""

import base64
import io
from typing import Any

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from documents.public import keep_bytes
from documents.tests.factories import document_of
from esign.models import Envelope, Signature
from esign.selectors.envelopes import signing_token
from esign.tests.factories import envelope_of, guest, seat_of
from kernel.models import JournalEntry

pytestmark = pytest.mark.db
A, B = "a@example.org", "b@example.org"


def drawn(width: int = 400, height: int = 120) -> bytes:
    written = io.BytesIO()
    Image.new("RGBA", (width, height), (0, 0, 80, 255)).save(written, "PNG")
    return written.getvalue()


def data_url(image: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(image).decode()


def two_pages() -> Any:
    document, written = pypdfium2.PdfDocument.new(), io.BytesIO()
    for width in (300, 600):
        document.new_page(width, 400)
    document.save(written)
    pdf = written.getvalue()
    return document_of(None, pdf, stored=keep_bytes(pdf, media_type="application/pdf", suffix=".pdf"))


def address(envelope: Envelope, email: str = A) -> str:
    return f"/sign/{signing_token(seat_of(envelope, email))}"


def form(envelope: Envelope, action: str, **fields: Any) -> dict[str, Any]:
    return {"action": action, "full_name": "Ana Gil", "consent": "on", "checksum": envelope.document_sha256, **fields}


def test_each_page_is_a_picture_and_looking_at_it_is_recorded_for_who_signs_only(client: Client) -> None:
    envelope = envelope_of(guest(A), guest(B, role="viewer"), document=two_pages())
    statuses = [client.get(f"{address(envelope)}/pages/{number}").status_code for number in (0, 1, 2, 3)]
    assert statuses == [404, 200, 200, 404]
    picture = client.get(f"{address(envelope)}/pages/2")
    assert (picture["Content-Type"], picture["Cache-Control"]) == ("image/png", "no-store")
    with Image.open(io.BytesIO(picture.content)) as opened:
        assert (opened.format, opened.width) == ("PNG", 1000)
    assert client.get(f"{address(envelope, B)}/pages/1").status_code == 200
    assert [seat_of(envelope, email).status for email in (A, B)] == ["viewed", "notified"]


def test_a_document_that_is_no_pdf_has_no_pictures_and_no_error(client: Client) -> None:
    broken = b"%PDF-1.7 made up"
    stored = keep_bytes(broken, media_type="application/pdf", suffix=".pdf")
    envelope = envelope_of(guest(A), document=document_of(None, broken, stored=stored))
    assert client.get(f"{address(envelope)}/pages/1").status_code == 404


@pytest.mark.parametrize("how", ["typed", "drawn", "chosen"])
def test_look_over_then_sign(how: str, client: Client) -> None:
    envelope = envelope_of(guest(A), guest(B))
    before = JournalEntry.objects.count()
    marks: dict[str, dict[str, Any]] = {
        "typed": {},
        "drawn": {"signature_image": data_url(drawn())},
        "chosen": {"signature_file": SimpleUploadedFile("me.png", drawn(), content_type="image/png")},
    }
    mark = marks[how]

    review = client.post(address(envelope), form(envelope, "review", **mark))

    page = review.content.decode()
    assert review.status_code == 200
    assert (JournalEntry.objects.count(), Signature.objects.count()) == (before, 0)
    assert ("Ana Gil" in page, envelope.document_sha256 in page) == (True, True)
    shown = page.partition('name="signature_image" value="')[2].partition('"')[0]
    assert bool(shown) == (how != "typed")

    signed = client.post(address(envelope), form(envelope, "sign", signature_image=shown))

    assert signed.status_code == 200
    signature = Signature.objects.get()
    assert signature.full_name == "Ana Gil"
    assert (signature.image is not None) == (how != "typed")
    if signature.image is not None:
        with Image.open(io.BytesIO(bytes(signature.image))) as opened:
            assert opened.size == (400, 120)


@pytest.mark.parametrize("action", ["review", "sign"])
@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"consent": ""}, 400),
        ({"full_name": ""}, 400),
        ({"signature_image": "data:image/svg+xml;base64,PHN2Zz4="}, 400),
        ({"signature_image": data_url(b"\x89PNG\r\n\x1a\nno")}, 400),
        ({"signature_image": data_url(drawn(2400, 100))}, 400),
        ({"signature_file": b"GIF89a"}, 400),
        ({"signature_file": b"\x89PNG" + bytes(300_000)}, 400),
    ],
)
def test_what_cannot_be_used_is_refused_and_nothing_is_written(
    action: str, change: dict[str, Any], status: int, client: Client
) -> None:
    envelope = envelope_of(guest(A))
    before = JournalEntry.objects.count()
    fields = {
        name: SimpleUploadedFile("me.png", value) if isinstance(value, bytes) else value
        for name, value in change.items()
    }
    answer = client.post(address(envelope), {**form(envelope, action), **fields})
    assert answer.status_code == status
    assert (JournalEntry.objects.count(), Signature.objects.count()) == (before, 0)


def test_what_changed_since_it_was_shown_is_not_signed(client: Client) -> None:
    envelope = envelope_of(guest(A))
    answer = client.post(address(envelope), form(envelope, "sign", checksum="0" * 64))
    assert (answer.status_code, Signature.objects.count()) == (409, 0)


def test_an_approver_approves_with_a_text_of_its_own(client: Client) -> None:
    envelope = envelope_of(guest(A), guest(B, role="approver"))
    page = client.get(address(envelope, B)).content.decode()
    assert "I do not become a party to it" in page
    assert "Draw your signature" not in page
    assert client.post(address(envelope, B), form(envelope, "sign")).status_code == 200
    assert Signature.objects.get().consent_version == "2026-1-approval"
