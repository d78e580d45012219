"""The renderer: template version + data → PDF, HTML or text, in the killable child. Never called inside a transaction.

The same input on the same build gives the same bytes, so a PDF is kept for a quarter of an hour under the hash of its input. What
is kept is sealed under a key that only this very input gives: whoever reads the cache reads nothing.
"""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.utils.translation import gettext as _

from documents.adapters import sandbox
from documents.errors import RenderError
from documents.models import TemplateVersion
from documents.selectors.templates import version_with_template
from kernel.cache import TwoTierCache
from kernel.canonical import canonical_bytes
from kernel.metrics import PDF_SECONDS

RENDER = "documents.adapters.jobs.rendering:render"
PLACES = "documents.adapters.jobs.places:signature_places"
RENDER_PAGE = "documents.adapters.jobs.rendering:render_page"
LIMITS = sandbox.Limits(wall_seconds=30, cpu_seconds=25)
QUICK = sandbox.Limits(wall_seconds=10, cpu_seconds=4)  # a contract takes a quarter of a second
WAITING_AT_MOST = 4
KEPT_SECONDS = 900.0
LARGEST_KEPT = 2 * 1024 * 1024
ENGINE = ("weasyprint", "pydyf", "jinja2", "babel", "fonttools", "markdown-it-py")

_kept: TwoTierCache[bytes] = TwoTierCache("renders", ttl=KEPT_SECONDS, max_items=8, dumps=bytes, loads=bytes)


@dataclass(frozen=True)
class RenderOptions:
    """How to render. `assets` are PNG images by the name the template uses in `asset:<name>`.

    `archive`: PDF/A-3 with the data embedded as `data.json`. `quick`: what takes longer than QUICK is killed with the reason `time`;
    it may still be rendered where nobody waits for it.
    """

    assets: Mapping[str, bytes] | None = None
    archive: bool = False
    quick: bool = False


@dataclass(frozen=True)
class Rendered:
    """One PDF. `sha256` is hex; `engine` says which versions and fonts made it."""

    pdf: bytes
    sha256: str
    pages: int
    engine: str


@dataclass(frozen=True)
class SignaturePlace:
    """Where one named role signs: a page from 1, and a field in points from the page's lower left corner."""

    role: str
    page: int
    left: float
    bottom: float
    width: float
    height: float


def render(version_id: UUID, data: dict[str, Any], options: RenderOptions | None = None) -> Rendered:
    """The PDF of a template version with data that fits its schema. Raises RenderError."""
    wanted = options or RenderOptions()
    version = version_with_template(version_id)
    job = _job(version, data, "pdf")
    job |= {"assets": _logo(version) | dict(wanted.assets or {}), "archive": wanted.archive}
    return _kept_or_made(job, QUICK if wanted.quick else LIMITS)


def _kept_or_made(job: dict[str, Any], limits: sandbox.Limits) -> Rendered:
    """From the cache, else made, once however many ask at once; what is larger than LARGEST_KEPT is made each time."""
    secret = hashlib.sha256(canonical_bytes(["render", build(), _digests(job)])).digest()
    tried: list[bool] = []
    made: list[Rendered] = []

    def make() -> bytes:
        tried.append(True)
        made.append(_made(job, limits))
        return b"" if len(made[0].pdf) > LARGEST_KEPT else _sealed(made[0], secret)

    try:
        token = _kept.get_or_make(hashlib.sha256(secret).hexdigest(), make)
    except RenderError:
        if tried:
            raise
        token = b""  # somebody else's attempt, perhaps under tighter limits
    if made:
        return made[0]
    return _opened(token, secret) if token else _made(job, limits)


def _made(job: dict[str, Any], limits: sandbox.Limits) -> Rendered:
    started = time.perf_counter()
    answer = _run(RENDER, job, limits)
    PDF_SECONDS.observe(time.perf_counter() - started)
    return _rendered(answer)


def _digests(job: dict[str, Any]) -> dict[str, Any]:
    return job | {"assets": {name: hashlib.sha256(image).hexdigest() for name, image in job["assets"].items()}}


def _sealed(rendered: Rendered, secret: bytes) -> bytes:
    """The key seals this one text only, so its nonce need not be random."""
    packed = msgspec.msgpack.encode([rendered.pdf, rendered.pages, rendered.engine])
    return AESGCM(secret).encrypt(bytes(12), packed, b"render")


def _opened(token: bytes, secret: bytes) -> Rendered:
    pdf, pages, engine = msgspec.msgpack.decode(AESGCM(secret).decrypt(bytes(12), token, b"render"))
    return _rendered({"pdf": pdf, "pages": pages, "engine": engine})


@cache
def build() -> str:
    """What of this installation shapes a PDF: the engine's versions, our code that drives it, the fonts."""
    digest = hashlib.sha256("".join(installed_version(name) for name in ENGINE).encode())
    jobs = Path(__file__).parent / "jobs"
    fonts = Path(__file__).resolve().parents[2] / "static" / "fonts"
    for path in (*sorted(jobs.glob("*.py")), *sorted(fonts.glob("*.[to]tf")), fonts / "fonts.conf"):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def is_rendering_busy() -> bool:
    """Whether so much waits in this process already that one more should not be waited for."""
    return sandbox.waiting("making") >= WAITING_AT_MOST


def render_html(version_id: UUID, data: dict[str, Any]) -> str:
    """The same document as a page of HTML; its logo is at the address `asset:logo`. Raises RenderError."""
    version = version_with_template(version_id)
    return str(_run(RENDER, {**_job(version, data, "html"), "assets": _logo(version)})["html"])


def render_text(version_id: UUID, data: dict[str, Any]) -> str:
    """The words of the same document, one block a line. Raises RenderError."""
    return str(_run(RENDER, _job(version_with_template(version_id), data, "text"))["text"])


def signature_places(version_id: UUID, data: dict[str, Any]) -> list[SignaturePlace]:
    """The places for signatures in the PDF of the same version and data, in the order of the text. Raises RenderError."""
    version = version_with_template(version_id)
    job = {name: value for name, value in _job(version, data, "pdf").items() if name != "stage"}
    answer = _run(PLACES, {**job, "assets": _logo(version)})
    return [SignaturePlace(**place) for place in answer["places"]]


def render_page(*, html: str, styles: str, assets: Mapping[str, bytes] | None = None) -> Rendered:
    """A page that Accord wrote itself (such as a certificate). The same sandbox: it may quote people. Raises RenderError."""
    html = str.__str__(html)  # a SafeString is no plain text for the wire
    identifier = hashlib.sha256(f"{html}\0{styles}".encode()).hexdigest()
    return _rendered(
        _run(RENDER_PAGE, {"html": html, "styles": styles, "identifier": identifier, "assets": dict(assets or {})})
    )


def _job(version: TemplateVersion, data: dict[str, Any], stage: str) -> dict[str, Any]:
    return {
        "body": version.body,
        "syntax": version.syntax,
        "clauses": version.clauses,
        "styles": version.styles,
        "data": data,
        "locale": version.template.locale,
        "stage": stage,
    }


def _logo(version: TemplateVersion) -> dict[str, bytes]:
    """The version's own logo, as the asset that a masthead shows."""
    return {"logo": bytes(version.logo)} if version.logo else {}


def _rendered(answer: dict[str, Any]) -> Rendered:
    pdf: bytes = answer["pdf"]
    return Rendered(pdf=pdf, sha256=hashlib.sha256(pdf).hexdigest(), pages=answer["pages"], engine=answer["engine"])


def _run(job: str, arguments: dict[str, Any], limits: sandbox.Limits = LIMITS) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = sandbox.run(job, arguments, limits=limits, lane="making")
    except sandbox.JobKilledError as error:
        raise RenderError(
            _("The document needs more time or memory than it may use; shorten its texts."), reason=error.reason
        ) from error
    except sandbox.JobFailedError as error:
        raise RenderError(_("The template and the data do not fit together."), reason="template") from error
    except sandbox.SandboxError as error:
        raise RenderError(_("The renderer ended unexpectedly; try again."), reason="crash") from error
    return answer
