"""Opens an uploaded file with the real parser of its type, in the killable child. Imports no Django.

`inspect` answers what the file *is*; the client's claim (name, Content-Type) only narrows what it may be. Text is read for
the types people and the mediator can quote from, at most TEXT_LIMIT characters.
"""

import email
import email.policy
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any, BinaryIO

import filetype
from PIL import Image, ImageFile, UnidentifiedImageError
from pypdf import PdfReader
from pypdf.errors import PyPdfError

TEXT_LIMIT = 100_000
PAGES_READ = 300
LARGEST_IMAGE_PIXELS = 80_000_000
LARGEST_ARCHIVE_BYTES = 400 * 1024 * 1024
LARGEST_ARCHIVE_MEMBERS = 5_000
LARGEST_RATIO = 200

IMAGES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif", "MPO": "image/jpeg"}
OFFICE = {
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "word/document.xml"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xl/workbook.xml"),
}
OPEN_DOCUMENT = {
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}
TEXTS = {"txt": "text/plain", "csv": "text/csv", "md": "text/markdown"}
ACCEPTED = ("pdf", "png", "jpg", "jpeg", "webp", "gif", *TEXTS, "eml", *OFFICE, *OPEN_DOCUMENT, "zip")
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


class RefusedError(Exception):
    """The file is not acceptable. `reason`: type | broken | protected | too_big | macros."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def inspect(*, extension: str, file: BinaryIO) -> dict[str, Any]:
    """{"media_type", "text", "pages"} or {"refused": reason}. `extension` is the lower-case ending of the file's name."""
    try:
        return _inspector(extension)(extension, file)
    except RefusedError as error:
        return {"refused": error.reason}


def inspect_signature(*, image: bytes) -> dict[str, Any]:
    """A drawn signature: a PNG of at most 2000 × 1000 pixels, re-encoded without metadata → {"png", "width", "height"}."""
    try:
        with Image.open(io.BytesIO(image), formats=("PNG",)) as picture:
            if picture.width > 2000 or picture.height > 1000 or min(picture.size) < 8:
                return {"refused": "too_big"}
            drawn = picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return {"refused": "broken"}
    clean = io.BytesIO()
    drawn.save(clean, "PNG", optimize=False)
    return {"png": clean.getvalue(), "width": drawn.width, "height": drawn.height}


def _inspector(extension: str) -> Callable[[str, BinaryIO], dict[str, Any]]:
    if extension == "pdf":
        return _pdf
    if extension in {"png", "jpg", "jpeg", "webp", "gif"}:
        return _image
    if extension in TEXTS:
        return _text
    if extension in OFFICE or extension in OPEN_DOCUMENT:
        return _office
    if extension == "eml":
        return _mail
    if extension == "zip":
        return _archive
    raise RefusedError("type")


def _sniffed(file: BinaryIO) -> str:
    head = file.read(8192)
    file.seek(0)
    kind = filetype.guess(head)
    return kind.mime if kind else ""


def _pdf(extension: str, file: BinaryIO) -> dict[str, Any]:
    if file.read(5) != b"%PDF-":
        raise RefusedError("type")
    file.seek(0)
    try:
        reader = PdfReader(file, strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise RefusedError("protected")
        pages = len(reader.pages)
        if pages < 1:
            raise RefusedError("broken")
        text = _pdf_text(reader)
    except RefusedError:
        raise
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError) as error:
        raise RefusedError("broken") from error
    return {"media_type": "application/pdf", "text": text, "pages": pages}


def _pdf_text(reader: PdfReader) -> str:
    parts: list[str] = []
    size = 0
    for page in reader.pages[:PAGES_READ]:
        try:
            part = page.extract_text()
        except Exception:  # noqa: S112 - a page whose text cannot be read is still a page
            continue
        parts.append(part)
        size += len(part)
        if size >= TEXT_LIMIT:
            break
    return _tidy("\n".join(parts))


def _image(extension: str, file: BinaryIO) -> dict[str, Any]:
    Image.MAX_IMAGE_PIXELS = LARGEST_IMAGE_PIXELS
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint, in the same process, switches it on
    if not _sniffed(file).startswith("image/"):
        raise RefusedError("type")
    try:
        with Image.open(file, formats=list(IMAGES)) as picture:
            if picture.width * picture.height > LARGEST_IMAGE_PIXELS:
                raise RefusedError("too_big")
            media_type = IMAGES[picture.format or ""]
            picture.load()
    except Image.DecompressionBombError as error:
        raise RefusedError("too_big") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, KeyError, EOFError) as error:
        raise RefusedError("broken") from error
    return {"media_type": media_type, "text": "", "pages": 1}


def _text(extension: str, file: BinaryIO) -> dict[str, Any]:
    if _sniffed(file):
        raise RefusedError("type")
    text = decode_text(file.read())
    return {"media_type": TEXTS[extension], "text": _tidy(text), "pages": 1}


def decode_text(data: bytes) -> str:
    """UTF-8 (with or without mark), UTF-16 with mark, else Windows-1252. Control characters mean: no text."""
    is_marked_utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    encodings = ["utf-16"] if is_marked_utf16 else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if CONTROL.search(text):
            raise RefusedError("type")
        return text
    raise RefusedError("type")


def _office(extension: str, file: BinaryIO) -> dict[str, Any]:
    """The zip's directory is checked for what must be there and for bombs; nothing is unpacked but the type's marker."""
    if file.read(4) != b"PK\x03\x04":
        raise RefusedError("type")
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            _refuse_bomb(members)
            names = {member.filename for member in members}
            if any(name.lower().endswith("vbaproject.bin") or name.startswith("Basic/") for name in names):
                raise RefusedError("macros")
            media_type = _office_type(extension, archive, names)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, OSError, ValueError, KeyError, NotImplementedError) as error:
        raise RefusedError("broken") from error
    return {"media_type": media_type, "text": "", "pages": 1}


def _archive(extension: str, file: BinaryIO) -> dict[str, Any]:
    """Its directory is listed, one member a line with its size; nothing in it is unpacked, neither here nor anywhere."""
    if file.read(4) not in {b"PK\x03\x04", b"PK\x05\x06"}:
        raise RefusedError("type")
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, zipfile.LargeZipFile, OSError, ValueError, KeyError, NotImplementedError) as error:
        raise RefusedError("broken") from error
    _refuse_bomb(members)
    listing = (f"{member.filename} ({member.file_size} bytes)" for member in members if not member.is_dir())
    return {"media_type": "application/zip", "text": _tidy("\n".join(listing)), "pages": 1}


def _office_type(extension: str, archive: zipfile.ZipFile, names: set[str]) -> str:
    if extension in OFFICE:
        media_type, required = OFFICE[extension]
        if required not in names or "[Content_Types].xml" not in names:
            raise RefusedError("type")
        return media_type
    media_type = OPEN_DOCUMENT[extension]
    with archive.open("mimetype") as marker:
        if marker.read(200).decode("ascii", "replace").strip() != media_type or "content.xml" not in names:
            raise RefusedError("type")
    return media_type


def _refuse_bomb(members: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members) or 1
    if len(members) > LARGEST_ARCHIVE_MEMBERS or unpacked > LARGEST_ARCHIVE_BYTES or unpacked / packed > LARGEST_RATIO:
        raise RefusedError("too_big")
    if any(member.flag_bits & 1 for member in members):
        raise RefusedError("protected")


def _mail(extension: str, file: BinaryIO) -> dict[str, Any]:
    if _sniffed(file):
        raise RefusedError("type")
    message = email.message_from_binary_file(file, policy=email.policy.default)
    if not isinstance(message, EmailMessage) or not (message["from"] and (message["date"] or message["subject"])):
        raise RefusedError("type")
    headers = [f"{name}: {message[name]}" for name in ("From", "To", "Date", "Subject") if message[name]]
    try:
        body = message.get_body(preferencelist=("plain",))
        content = str(body.get_content()) if body else ""
    except (LookupError, ValueError, AttributeError):
        content = ""
    return {"media_type": "message/rfc822", "text": _tidy("\n".join([*headers, "", content])), "pages": 1}


def _tidy(text: str) -> str:
    """NFC, no control characters, unpaired surrogates dropped, bounded: fit for a database column and for quoting."""
    clean = CONTROL.sub("", text.encode("utf-8", "ignore").decode()).replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", clean)[:TEXT_LIMIT]
