"""Reading a case: its page, one part of it, what a proposal quotes, small pictures of evidence, the contract's PDF."""

from functools import wraps
from typing import Any, cast
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from disputes.selectors.access import access_dispute, access_evidence, access_resolution, living_contract
from disputes.selectors.case_page import Room
from disputes.selectors.room_proposal import quoted_source
from disputes.selectors.room_record import may_open
from disputes.web.pages import View, reader, signed_in
from disputes.web.room_page import NOTHING, PARTS, is_fragment, shared, show_page, show_part
from documents.public import Picture, StoredFile, file_preview, file_response, image_thumbnail, stored_file
from kernel.errors import NotFoundError, ServiceUnavailableError, ValidationFailedError
from kernel.problems import error_page

THUMBNAIL_SECONDS = 3600


@require_safe
@signed_in
def case_page(request: HttpRequest, dispute_id: UUID) -> HttpResponse:
    """The room of one case: whole, readable and usable without scripts. Raises Http404 for whoever does not see it."""
    room = Room(access_dispute(reader(request), dispute_id))
    try:
        return show_page(request, room)
    except ValidationFailedError as error:  # a place in the chat that we did not give out
        raise Http404 from error


@require_safe
@signed_in
def room_part(request: HttpRequest, dispute_id: UUID, name: str) -> HttpResponse:
    """One part as it is now. For scripts; without one it is a piece of a page."""
    room = Room(access_dispute(reader(request), dispute_id))
    if name not in PARTS:
        raise Http404
    return show_part(request, room, name)


@require_safe
@signed_in
def room_source(request: HttpRequest, dispute_id: UUID, resolution_id: UUID, number: str) -> HttpResponse:
    """The text that a proposal quotes, with the passage marked."""
    access = access_dispute(reader(request), dispute_id)
    room = Room(access)
    resolution = access_resolution(access, resolution_id)
    context = {
        **shared(room, reader(request), NOTHING),
        "quoted": quoted_source(room, resolution, int(number) if number.isdecimal() and len(number) < 5 else 0),
        "resolution": resolution,
        "is_fragment": is_fragment(request),
    }
    return render(request, "disputes/room/source.html" if is_fragment(request) else "disputes/source.html", context)


def _kept_by_the_browser(view: View) -> View:
    """A picture may stay in this person's own browser for an hour, and nowhere else; everything else is kept nowhere."""

    @wraps(view)
    def kept(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code == 200:
            response["Cache-Control"] = f"private, max-age={THUMBNAIL_SECONDS}"
        return response

    return kept


def _or_later(view: View) -> View:
    """A storage that does not answer is a page that says so, not a fault."""

    @wraps(view)
    def served(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except ServiceUnavailableError as error:
            page = error_page(request, status=error.status, heading=_("One moment, please"), detail=error.detail)
            page["Retry-After"] = error.headers["Retry-After"]
            return page

    return served


@require_safe
@_kept_by_the_browser
@signed_in
@_or_later
def evidence_thumbnail(request: HttpRequest, dispute_id: UUID, evidence_id: UUID) -> HttpResponse:
    """A small picture of an image or PDF on record, for whoever may open the file itself."""
    jpeg = image_thumbnail(_file_on_record(request, dispute_id, evidence_id))
    return _shown(Picture(jpeg, "image/jpeg") if jpeg else None)


@require_safe
@_kept_by_the_browser
@signed_in
@_or_later
def evidence_preview(request: HttpRequest, dispute_id: UUID, evidence_id: UUID) -> HttpResponse:
    """The same large enough to read: an image, or the first pages of a PDF."""
    return _shown(file_preview(_file_on_record(request, dispute_id, evidence_id)))


def _file_on_record(request: HttpRequest, dispute_id: UUID, evidence_id: UUID) -> StoredFile:
    access = access_dispute(reader(request), dispute_id)
    evidence = access_evidence(access, evidence_id)
    if not may_open(Room(access), evidence):
        raise NotFoundError
    return evidence.file


def _shown(picture: Picture | None) -> HttpResponse:
    if picture is None:
        raise NotFoundError
    response = HttpResponse(picture.content, content_type=picture.media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    return response


@require_safe
@signed_in
@_or_later
def contract_document(request: HttpRequest, dispute_id: UUID) -> HttpResponse:
    """The contract's PDF to look at: as it is up for signature, and sealed once everybody has signed."""
    contract = living_contract(access_dispute(reader(request), dispute_id))
    if contract.file_id is None:
        raise NotFoundError
    return cast(HttpResponse, file_response(stored_file(contract.file_id), as_name="contract.pdf", inline=True))
