"""The documents API: templates, rendering, and a person's own documents."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.public import users_by_id
from documents.adapters.renderer import Rendered, RenderOptions, is_rendering_busy, render
from documents.adapters.storage import StoredBytes, discard_bytes, file_response, keep_bytes
from documents.enums import DocumentStatus
from documents.errors import RenderError
from documents.models import Document, TemplateVersion
from documents.rest.serializers import DocumentAnswer, RenderInput, TemplateAnswer, TemplateListAnswer
from documents.selectors.documents import access_document, renders_waiting
from documents.selectors.inputs import validate_inputs
from documents.selectors.templates import published_version_of, published_versions
from documents.services.documents import create_document, request_document
from kernel.errors import FieldError, NotFoundError, ValidationFailedError
from kernel.registries import document_origins
from kernel.rest.renderers import etag_of, shared_answer
from kernel.rest.viewsets import ApiViewSet

LINK_SECONDS = 300
LINK_SALT = "documents.file"
PROGRESS = {
    DocumentStatus.QUEUED: 0,
    DocumentStatus.RENDERING: 50,
    DocumentStatus.READY: 100,
    DocumentStatus.FAILED: 100,
}


class TemplateViewSet(ApiViewSet):
    """Published templates. The same for everybody, so they carry an ETag and are kept five minutes."""

    serializer_class = TemplateAnswer
    queryset = TemplateVersion.objects.none()

    @extend_schema(
        responses=forced_singular_serializer(TemplateListAnswer),  # type: ignore[no-untyped-call]
        operation_id="listTemplates",
    )
    def list(self, request: Request) -> HttpResponseBase:
        versions = published_versions()
        etag = etag_of("templates", *(version.pk for version in versions))
        answer = {"results": [template_answer(version) for version in versions], "next": None, "previous": None}
        return shared_answer(request, etag, answer)

    @extend_schema(responses=TemplateAnswer, operation_id="getTemplate")
    def retrieve(self, request: Request, template_id: UUID) -> HttpResponseBase:
        version = published_version_of(template_id)
        return shared_answer(request, etag_of("template", version.pk), template_answer(version))


class DocumentViewSet(ApiViewSet):
    """A person's own renderings."""

    serializer_class = DocumentAnswer

    @extend_schema(request=RenderInput, responses={200: DocumentAnswer, 202: DocumentAnswer}, operation_id="renderPdf")
    def render_pdf(self, request: Request) -> Response:
        """Render a template with data: 200 with the file's address, or 202 with `options.async`, where many wait already and where it
        takes more than a few seconds.

        503 `render_queue_full` with `Retry-After` where so many wait that nothing more is queued.
        """
        serializer = RenderInput(data=request.data)
        serializer.is_valid(raise_exception=True)
        wanted = serializer.validated_data
        version = _wanted_version(wanted["templateId"], wanted.get("version"))
        data = validate_inputs(version, wanted["data"])
        options = wanted.get("options", {})
        wish = _Wish(version, data, _own_draft(request.user, options.get("draftId")), options.get("pdfA", False))
        owner_id, show = cast(UUID, request.user.pk), self._shower(request.user)
        takes_long = False
        if not (options.get("async") or is_rendering_busy() or renders_waiting() >= settings.RENDERS_WAITING_AT_ONCE):
            try:
                return self.command(
                    lambda made: _create(wish, owner_id, made), show, prepare=lambda: _render_and_keep(wish)
                )
            except RenderError as error:
                if error.reason != "time":
                    raise
                takes_long = True
        return self.command(
            lambda: _request(wish, owner_id, takes_long=takes_long),
            show,
            status=202,
            location=lambda made: reverse("documents:document", args=[made]),
        )

    @extend_schema(responses=DocumentAnswer, operation_id="getDocument")
    def retrieve(self, request: Request, document_id: UUID) -> Response:
        return Response(document_answer(access_document(request.user, document_id), request.user))

    def _shower(self, user: Any) -> Callable[[UUID | None], dict[str, Any]]:
        def show(made: UUID | None) -> dict[str, Any]:
            return document_answer(access_document(user, cast(UUID, made)), user)

        return show


class DocumentFileViewSet(ApiViewSet):
    """The file behind a `fileUrl`: the address itself carries a signature, bound to document and person, for five minutes."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    serializer_class = DocumentAnswer

    @extend_schema(
        parameters=[OpenApiParameter("token", OpenApiTypes.STR, required=True)],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, 302: OpenApiResponse(description="Signed address")},
        operation_id="getDocumentFile",
    )
    def retrieve(self, request: Request, document_id: UUID) -> HttpResponseBase:
        document = access_document(_person_of(request.query_params.get("token", ""), document_id), document_id)
        if document.file is None:
            raise NotFoundError
        return file_response(document.file, as_name=f"{document.pk}.pdf", inline=True)


def template_answer(version: TemplateVersion) -> dict[str, Any]:
    template = version.template
    return {
        "templateId": template.pk,
        "slug": template.slug,
        "kind": template.kind,
        "locale": template.locale,
        "title": template.title,
        "version": version.number,
        "schema": version.schema,
    }


def document_answer(document: Document, user: Any) -> dict[str, Any]:
    """One document, with a fresh address of its file when it is ready."""
    file = document.file
    return {
        "id": document.pk,
        "status": document.status,
        "progress": PROGRESS[DocumentStatus(document.status)],
        "fileUrl": file_url(document, user) if file else None,
        "checksum": file.sha256 if file else None,
        "size": file.size if file else None,
        "pages": document.pages,
        "pdfA": document.is_archive,
        "failure": document.failure or None,
    }


def file_url(document: Document, user: Any) -> str:
    """An address of the file that works for five minutes, and only as long as `user` may see the document."""
    token = signing.dumps([str(document.pk), str(user.pk)], salt=LINK_SALT)
    return f"{settings.ACCORD_BASE_URL}{reverse('documents:document-file', args=[document.pk])}?token={token}"


def _person_of(token: str, document_id: UUID) -> Any:
    try:
        document, person = signing.loads(token, salt=LINK_SALT, max_age=LINK_SECONDS)
        if UUID(document) != document_id:
            raise NotFoundError
        user = users_by_id([UUID(person)]).get(UUID(person))
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise NotFoundError from error
    if user is None:
        raise NotFoundError
    return user


def _wanted_version(template_id: UUID, number: int | None) -> TemplateVersion:
    version = published_version_of(template_id)
    if number is not None and number != version.number:
        detail = _("The published version is %(number)s.") % {"number": version.number}
        raise ValidationFailedError(errors=[FieldError("/version", "not_published", detail)])
    return version


@dataclass(frozen=True)
class _Wish:
    """What a caller may have rendered: checked."""

    version: TemplateVersion
    data: dict[str, Any]
    draft_id: UUID | None
    is_archive: bool


def _render_and_keep(wish: _Wish) -> tuple[Rendered, StoredBytes]:
    rendered = render(wish.version.pk, wish.data, RenderOptions(archive=wish.is_archive, quick=True))
    return rendered, keep_bytes(rendered.pdf, media_type="application/pdf", suffix=".pdf")


def _own_draft(user: Any, draft_id: UUID | None) -> UUID | None:
    """The draft, if it is the caller's. Drafts live above this app, which asks through the kernel's registry."""
    if draft_id is None:
        return None
    is_own = document_origins.get("draft")
    if is_own is None or not is_own(user, draft_id):
        detail = _("There is no draft of yours with this id.")
        raise ValidationFailedError(errors=[FieldError("/options/draftId", "not_found", detail)])
    return draft_id


def _request(wish: _Wish, owner_id: UUID, *, takes_long: bool) -> UUID:
    document = request_document(
        version_id=wish.version.pk,
        data=wish.data,
        owner_id=owner_id,
        draft_id=wish.draft_id,
        is_archive=wish.is_archive,
        takes_long=takes_long,
    )
    return document.pk


def _create(wish: _Wish, owner_id: UUID, made: tuple[Rendered, StoredBytes]) -> UUID:
    rendered, stored = made
    try:
        document = create_document(
            version_id=wish.version.pk,
            data=wish.data,
            rendered=rendered,
            stored=stored,
            owner_id=owner_id,
            draft_id=wish.draft_id,
            is_archive=wish.is_archive,
        )
    except BaseException:
        discard_bytes(stored.key)
        raise
    return document.pk
