"""The library: which templates there are, their versions, what changed between two, and writing a new one."""

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from documents.adapters.renderer import render_html
from documents.enums import Syntax, VersionStatus
from documents.errors import RenderError, StateConflictError
from documents.models import TemplateVersion
from documents.public import inspect_signature_image
from documents.rules import can_author
from documents.selectors.differences import differences
from documents.selectors.schema_order import in_order
from documents.selectors.templates import access_template, access_version, library
from documents.services.authoring import edit_draft, start_draft
from documents.services.templates import publish_version, retire_version
from documents.web.pages import for_authors, for_staff, reader
from kernel.entry import entry
from kernel.errors import FieldError, ValidationFailedError
from kernel.journal import Actor

LARGEST_LOGO = 300_000


@require_safe
@for_staff
def template_list(request: HttpRequest) -> HttpResponse:
    """Every template, by what it is for."""
    return render(request, "documents/templates.html", {"rows": library(), "is_author": can_author(reader(request))})


@require_safe
@for_staff
def template_page(request: HttpRequest, template_id: UUID) -> HttpResponse:
    """One template: its versions, and what changed between two of them."""
    template = access_template(reader(request), template_id)
    is_author = can_author(reader(request))
    shown = template.versions.all() if is_author else template.versions.exclude(status=VersionStatus.DRAFT)
    versions = list(shown.order_by("-number"))
    after = _chosen(versions, request.GET.get("to", "")) or (versions[0] if versions else None)
    before = _chosen(versions, request.GET.get("from", "")) or (versions[1] if len(versions) > 1 else None)
    context = {
        "template": template,
        "versions": versions,
        "before": before,
        "after": after,
        "differences": differences(before, after) if before and after and before != after else [],
        "is_author": is_author,
    }
    return render(request, "documents/template.html", context)


@require_POST
@for_authors
def begin_draft(request: HttpRequest, template_id: UUID) -> HttpResponse:
    """A draft to write on."""
    template = access_template(reader(request), template_id)
    with entry():
        draft = start_draft(template_id=template.pk, actor=Actor.user(reader(request).pk))
    return HttpResponseRedirect(reverse("documents-pages:edit", args=[draft.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
@for_authors
def edit_page(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Write a draft."""
    version = access_version(reader(request), version_id)
    if version.status != VersionStatus.DRAFT:
        raise Http404
    if request.method != "POST":
        return _editor(request, version, _written(version))
    typed = {name: request.POST.get(name, "").replace("\r\n", "\n") for name in ("body", "schema", "styles", "syntax")}
    typed["hash"] = request.POST.get("hash", "")
    try:
        logo = _logo(request)
    except ValidationFailedError as error:
        return _editor(request, version, typed, [one.detail for one in error.errors], status=400)
    try:
        with entry():
            edit_draft(
                version_id=version.pk,
                expected_hash=typed["hash"],
                body=typed["body"],
                schema=_schema(typed["schema"]),
                styles=typed["styles"],
                logo=logo,
                syntax=Syntax.MARKDOWN if typed["syntax"] == Syntax.MARKDOWN else Syntax.HTML,
                actor=Actor.user(reader(request).pk),
            )
    except ValidationFailedError as error:
        return _editor(request, version, typed, [one.detail for one in error.errors], status=400)
    except StateConflictError as error:
        return _editor(request, version, typed, [str(error)], status=409)
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("documents-pages:edit", args=[version.pk]))


@require_POST
@for_authors
def publish_page(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Publish a draft, once it has been seen to make a document of its schema's example."""
    version = access_version(reader(request), version_id)
    try:
        example = (version.schema.get("examples") or [None])[0]
        if example is not None:
            render_html(version.pk, example)
        with entry():
            publish_version(version_id=version.pk, actor=Actor.user(reader(request).pk))
    except (RenderError, StateConflictError) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Version %(number)s is published.") % {"number": version.number})
    return HttpResponseRedirect(reverse("documents-pages:template", args=[version.template_id]))


@require_POST
@for_authors
def retire_page(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """No new documents from this version."""
    version = access_version(reader(request), version_id)
    try:
        with entry():
            retire_version(version_id=version.pk, actor=Actor.user(reader(request).pk))
    except StateConflictError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Version %(number)s is retired.") % {"number": version.number})
    return HttpResponseRedirect(reverse("documents-pages:template", args=[version.template_id]))


def _logo(request: HttpRequest) -> bytes | None:
    """The picture that was sent, opened in the killable child and written anew; empty to have none; None to leave it."""
    upload = request.FILES.get("logo")
    if upload is None:
        return b"" if "no_logo" in request.POST else None
    png = inspect_signature_image(upload.read()) if (upload.size or 0) <= LARGEST_LOGO else None
    if png is None or len(png) > LARGEST_LOGO:
        detail = _("The logo must be a PNG of at most 2000 × 1000 pixels and 300 kB.")
        raise ValidationFailedError(errors=[FieldError("/logo", "invalid", detail)])
    return png


def _chosen(versions: list[TemplateVersion], number: str) -> TemplateVersion | None:
    return next((one for one in versions if str(one.number) == number), None)


def _written(version: TemplateVersion) -> dict[str, str]:
    schema = json.dumps(in_order(version.schema), ensure_ascii=False, indent=2)
    return {
        "body": version.body,
        "schema": schema,
        "styles": version.styles,
        "syntax": version.syntax,
        "hash": version.content_hash,
    }


def _schema(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None  # the service says what is expected


def _editor(
    request: HttpRequest,
    version: TemplateVersion,
    typed: dict[str, str],
    errors: list[str] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    context = {"version": version, "typed": typed, "errors": errors or [], "syntaxes": Syntax.choices}
    return render(request, "documents/edit.html", context, status=status)
