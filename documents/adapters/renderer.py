"""The renderer: template version + data → PDF, HTML or text, in the killable child. Never called inside a transaction."""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from documents.adapters import sandbox
from documents.errors import RenderError
from documents.models import TemplateVersion
from documents.selectors.templates import version_with_template
from kernel.metrics import PDF_SECONDS

RENDER = "documents.adapters.jobs.rendering:render"
PLACES = "documents.adapters.jobs.places:signature_places"
RENDER_PAGE = "documents.adapters.jobs.rendering:render_page"
LIMITS = sandbox.Limits(wall_seconds=30, cpu_seconds=25)


@dataclass(frozen=True)
class RenderOptions:
    """How to render. `assets` are PNG images by the name the template uses in `asset:<name>`."""

    assets: Mapping[str, bytes] | None = None


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
    version = version_with_template(version_id)
    started = time.perf_counter()
    given = dict((options or RenderOptions()).assets or {})
    answer = _run(RENDER, {**_job(version, data, "pdf"), "assets": _logo(version) | given})
    PDF_SECONDS.observe(time.perf_counter() - started)
    return _rendered(answer)


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


def _run(job: str, arguments: dict[str, Any]) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = sandbox.run(job, arguments, limits=LIMITS)
    except sandbox.JobKilledError as error:
        raise RenderError(
            _("The document needs more time or memory than it may use; shorten its texts."), reason=error.reason
        ) from error
    except sandbox.JobFailedError as error:
        raise RenderError(_("The template and the data do not fit together."), reason="template") from error
    except sandbox.SandboxError as error:
        raise RenderError(_("The renderer ended unexpectedly; try again."), reason="crash") from error
    return answer
