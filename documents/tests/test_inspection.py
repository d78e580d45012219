"""Uploads are opened by their real parser in the killable child; bombs and impostors are refused."""

import io
import tempfile
import time
import zipfile
import zlib
from typing import Any, BinaryIO, cast

import pytest
from PIL import Image
from pypdf import PdfWriter

from documents.adapters import sandbox
from documents.adapters.jobs.inspection import ACCEPTED

pytestmark = pytest.mark.live
INSPECT = "documents.adapters.jobs.inspection:inspect"


def inspect(name: str, content: bytes, limits: sandbox.Limits | None = None) -> Any:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        return sandbox.run(
            INSPECT,
            {"extension": name.rpartition(".")[2]},
            limits=limits or sandbox.Limits(),
            file=cast(BinaryIO, file),
        )


def picture(kind: str, size: tuple[int, int] = (8, 8)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, kind)
    return out.getvalue()


def noise() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((64, 64), 90).save(out, "PNG")
    return out.getvalue()


def pdf(pages: int = 2, password: str = "") -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(100, 100)
    if password:
        writer.encrypt(password, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


MOMENT = (2026, 1, 1, 0, 0, 0)


def archive(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as file:
        for name, content in members.items():
            file.writestr(zipfile.ZipInfo(name, MOMENT), content, compression)  # the same bytes in every test process
    return out.getvalue()


DOCX = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}
XLSX = {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<w/>"}
ODT = {"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<c/>"}
MAIL = b"From: a@example.org\r\nTo: b@example.org\r\nDate: Mon, 1 Jun 2026 10:00:00 +0000\r\nSubject: Kitchen\r\n\r\nHello Bo.\r\n"


@pytest.mark.parametrize(
    ("name", "content", "media_type", "text"),
    [
        ("a.pdf", pdf(), "application/pdf", ""),
        ("a.png", picture("PNG"), "image/png", ""),
        ("a.jpg", picture("JPEG"), "image/jpeg", ""),
        ("a.jpeg", picture("PNG"), "image/png", ""),  # the content decides
        ("a.webp", picture("WEBP"), "image/webp", ""),
        ("a.gif", picture("GIF"), "image/gif", ""),
        ("a.txt", "Señor\r\nline".encode(), "text/plain", "Señor\nline"),
        ("a.txt", "Señor".encode("cp1252"), "text/plain", "Señor"),
        ("a.txt", "\ufeffSeñor".encode("utf-16-le"), "text/plain", "Señor"),
        ("a.csv", b"a;b\n1;2\n", "text/csv", "a;b\n1;2\n"),
        ("a.md", b"# Title", "text/markdown", "# Title"),
        ("a.eml", MAIL, "message/rfc822", None),
        ("a.docx", archive(DOCX), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ""),
        ("a.xlsx", archive(XLSX), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ""),
        ("a.odt", archive(ODT), "application/vnd.oasis.opendocument.text", ""),
        ("a.zip", archive({"in/a.txt": b"abc", "b": b""}), "application/zip", "in/a.txt (3 bytes)\nb (0 bytes)"),
        ("a.zip", archive({}), "application/zip", ""),
    ],
)
def test_accepted_file_is_recognised_by_its_content(
    name: str, content: bytes, media_type: str, text: str | None
) -> None:
    found = inspect(name, content)

    assert found["media_type"] == media_type
    if text is None:
        assert "Subject: Kitchen" in found["text"]
        assert "Hello Bo." in found["text"]
    else:
        assert found["text"].strip() == text.strip()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.exe", b"MZ\x90\x00", "type"),
        ("a", b"hello", "type"),
        ("a.svg", b"<svg onload='x'/>", "type"),
        ("a.html", b"<script>", "type"),
        ("a.pdf", picture("PNG"), "type"),
        ("a.pdf", b"junk" + pdf(), "type"),
        ("a.pdf", b"%PDF-1.7\nnonsense", "broken"),
        ("a.pdf", pdf(password="secret"), "protected"),
        ("a.png", pdf(), "type"),
        ("a.png", noise()[:2000], "broken"),
        ("a.png", b"<html>", "type"),
        ("a.txt", pdf(), "type"),
        ("a.txt", b"a\x00b", "type"),
        ("a.txt", bytes(range(32)), "type"),
        ("a.docx", archive({"evil.exe": b"MZ"}), "type"),
        ("a.docx", archive({**DOCX, "word/vbaProject.bin": b"x"}), "macros"),
        ("a.docx", archive(XLSX), "type"),
        ("a.docx", archive(DOCX)[:40], "broken"),
        ("a.docx", archive({**DOCX, "big": bytes(50_000_000)}), "too_big"),
        ("a.odt", archive(DOCX), "broken"),
        ("a.zip", pdf(), "type"),
        ("a.zip", archive({"a": b"abc"})[:30], "broken"),
        ("a.zip", archive({"big": bytes(50_000_000)}), "too_big"),
        ("a.zip", archive({str(number): b"" for number in range(5001)}), "too_big"),
        ("a.eml", b"no headers at all", "type"),
    ],
    ids=lambda value: value if isinstance(value, str) else "content",  # contents carry times of day
)
def test_unacceptable_file_is_refused_with_its_reason(name: str, content: bytes, reason: str) -> None:
    assert inspect(name, content) == {"refused": reason}


def png_bomb(width: int, height: int) -> bytes:
    """A few kB that claim to be a huge picture."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\x00\x00\x00"
    pixels = zlib.compress(bytes(10_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def pdf_bomb() -> bytes:
    """One page whose content stream unpacks to 2 GB (three layers of Flate)."""
    packed = zlib.compress(bytes(400_000_000), 9)
    packed = zlib.compress(packed, 9)
    stream = b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n" % len(packed) + packed + b"\nendstream"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<<>>>>",
        stream,
    ]
    out, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj" % number + body + b"endobj\n"
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(out)
    return (
        out
        + b"xref\n0 5\n0000000000 65535 f \n"
        + table
        + b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % start
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", png_bomb(60_000, 60_000)),
        ("a.png", png_bomb(8_000, 9_999)),
        ("a.pdf", pdf_bomb()),
        ("a.pdf", b"%PDF-1.7\n" + b"[" * 200_000),
        ("a.pdf", b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 1 0 R/Kids[1 0 R]>>endobj\ntrailer<</Root 1 0 R>>"),
        ("a.txt", b"a" * 30_000_000),
        ("a.eml", b"From: a@b.c\nSubject: x\nContent-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\n" * 100_000),
    ],
)
def test_bomb_is_refused_or_bounded(name: str, content: bytes) -> None:
    started = time.monotonic()
    try:
        found = inspect(name, content, sandbox.Limits(wall_seconds=15, cpu_seconds=12))
    except sandbox.SandboxError:
        found = {"refused": "killed"}

    assert "refused" in found or len(found["text"]) <= 100_000
    assert time.monotonic() - started < 25
    assert inspect("b.txt", b"others are fine")["text"] == "others are fine"


def test_accepted_types_are_the_ones_people_are_told() -> None:
    from documents.adapters.storage import ACCEPTED as TOLD

    assert set(TOLD.split(", ")) | {"jpeg"} == set(ACCEPTED)


def test_drawn_signature_is_re_encoded_without_what_came_along() -> None:
    image = picture("PNG", (200, 60))
    tampered = (
        image[:-12] + b"\x00\x00\x00\x05tEXtA\x00bcd" + zlib.crc32(b"tEXtA\x00bcd").to_bytes(4, "big") + image[-12:]
    )

    found = sandbox.run("documents.adapters.jobs.inspection:inspect_signature", {"image": tampered})

    assert found["png"].startswith(b"\x89PNG")
    assert b"tEXt" not in found["png"]


@pytest.mark.parametrize(
    "image", [b"", b"\x89PNG\r\n\x1a\n", picture("JPEG"), picture("PNG", (3000, 20)), png_bomb(60000, 60000)]
)
def test_drawn_signature_that_is_no_small_png_is_refused(image: bytes) -> None:
    found = sandbox.run("documents.adapters.jobs.inspection:inspect_signature", {"image": image})

    assert "refused" in found
