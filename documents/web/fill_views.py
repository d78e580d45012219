"""From a template to a document: the form that its schema makes, the preview beside it, and the PDF."""

from base64 import b64encode
from html import escape
from typing import Any
from uuid import UUID

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from documents.adapters.renderer import render as render_pdf
from documents.adapters.renderer import render_html
from documents.adapters.storage import discard_bytes, file_response, keep_bytes
from documents.errors import RenderError
from documents.models import TemplateVersion
from documents.selectors.documents import access_document
from documents.selectors.input_form import data_of, form_of, without_row
from documents.selectors.inputs import validate_inputs
from documents.selectors.templates import access_fillable
from documents.services.documents import create_document
from documents.web.pages import for_staff, framed, reader
from kernel.entry import entry
from kernel.errors import FieldError, NotFoundError, ValidationFailedError

FONTS = (("Regular", 400, "normal"), ("SemiBold", 600, "normal"), ("Italic", 400, "italic"))
SCREEN = (
    "@media screen{html{background:#fff}body{max-width:158mm;margin:0 auto;padding:14mm 10mm}"
    ".schedule{border-top:2px solid #c9ced5;margin-top:12mm;padding-top:8mm}}"
)


@csp_update({"frame-src": ["'self'"]})
@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def fill_page(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """The form. POST: another row, one row less, or the document."""
    version = access_fillable(reader(request), version_id)
    if request.method != "POST":
        data = _example(version) if "example" in request.GET else {}
        return _form(request, version, data)
    posted = request.POST
    if "_add" in posted:
        return _form(request, version, data_of(version.schema, posted), grown=posted["_add"])
    if "_drop" in posted:
        name, _separator, index = posted["_drop"].rpartition(".")
        left = without_row(posted, name, int(index)) if index.isdecimal() and len(index) < 6 else posted
        return _form(request, version, data_of(version.schema, left))
    return _make(request, version)


@require_POST
@for_staff
@xframe_options_sameorigin
def preview(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """The document as a page, for the frame beside the form: without script, and with nothing fetched but our fonts."""
    version = access_fillable(reader(request), version_id)
    try:
        html = render_html(version.pk, validate_inputs(version, data_of(version.schema, request.POST)))
    except ValidationFailedError as error:
        return framed(
            _told([f"{one.pointer.removeprefix('/data/')}: {one.detail}" for one in error.errors]), status=400
        )
    except RenderError as error:
        return framed(_told([str(error)]), status=400)
    html = html.replace("</head>", f"<style>{_font_faces()}{SCREEN}</style></head>", 1)
    if version.logo:
        picture = b64encode(bytes(version.logo)).decode("ascii")
        html = html.replace('src="asset:logo"', f'src="data:image/png;base64,{picture}"')
    return framed(html)


@require_safe
@for_staff
def document_page(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """A document of one's own: what it is, and its file."""
    document = access_document(reader(request), document_id)
    return render(request, "documents/document.html", {"document": document, "template": document.version.template})


@require_safe
@for_staff
def document_file(request: HttpRequest, document_id: UUID) -> HttpResponseBase:
    """The PDF of a document of one's own."""
    document = access_document(reader(request), document_id)
    if document.file is None:
        raise NotFoundError
    return file_response(document.file, as_name=f"{document.version.template.slug}.pdf", inline=True)


def _make(request: HttpRequest, version: TemplateVersion) -> HttpResponse:
    typed = data_of(version.schema, request.POST)
    try:
        data = validate_inputs(version, typed)
        rendered = render_pdf(version.pk, data)
    except ValidationFailedError as error:
        return _form(request, version, typed, errors=error.errors, status=400)
    except RenderError as error:
        return _form(request, version, typed, errors=[FieldError("/data", "render", str(error))], status=400)
    stored = keep_bytes(rendered.pdf, media_type="application/pdf", suffix=".pdf")
    try:
        with entry():
            document = create_document(
                version_id=version.pk, data=data, rendered=rendered, stored=stored, owner_id=reader(request).pk
            )
    except BaseException:
        discard_bytes(stored.key)
        raise
    return HttpResponseRedirect(reverse("documents-pages:document", args=[document.pk]))


def _form(
    request: HttpRequest,
    version: TemplateVersion,
    data: dict[str, Any],
    *,
    grown: str = "",
    errors: list[FieldError] | None = None,
    status: int = 200,
) -> HttpResponse:
    fields = form_of(version.schema, data, errors, grown=grown)
    whole = [one.detail for one in errors or [] if one.pointer.strip("/") == "data"]
    context = {
        "version": version,
        "template": version.template,
        "fields": fields,
        "errors": errors or [],
        "whole": whole,
    }
    return render(request, "documents/fill.html", context, status=status)


def _example(version: TemplateVersion) -> dict[str, Any]:
    """The schema's example in the template's language, else the first; English ones come first."""
    examples = version.schema.get("examples") or [{}]
    is_second = version.template.locale.startswith("es") and len(examples) > 1
    chosen: dict[str, Any] = examples[1 if is_second else 0]
    return chosen


def _told(lines: list[str]) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    language = escape(get_language() or "en", quote=True)
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>–</title><style>{_font_faces()}'
        "body{font:16px/1.5 'Accord Sans',sans-serif;margin:2rem;color:#171b21}</style></head>"
        f"<body><ul>{items}</ul></body></html>"
    )


def _font_faces() -> str:
    return "".join(
        f'@font-face{{font-family:"Accord {family}";src:url("{static(f"fonts/Accord{family}-{name}.ttf")}");'
        f"font-weight:{weight};font-style:{style}}}"
        for family in ("Sans", "Serif")
        for name, weight, style in FONTS
    )
