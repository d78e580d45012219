"""Reading templates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from documents.enums import VersionStatus
from documents.errors import TemplateNotFoundError
from documents.models import Document, Template, TemplateVersion
from documents.rules import can_work_with_templates
from kernel.errors import NotFoundError


def versions_visible_to(user: Any) -> QuerySet[TemplateVersion]:
    """Published versions for whoever is signed in; all of them for administrators."""
    versions = TemplateVersion.objects.select_related("template")
    if not (user.is_authenticated and user.is_active):
        return versions.none()
    return versions if user.role == "admin" else versions.filter(status=VersionStatus.PUBLISHED)


def published_versions() -> Sequence[TemplateVersion]:
    """All texts that new documents can be made from, by kind and language."""
    published = TemplateVersion.objects.filter(status=VersionStatus.PUBLISHED).select_related("template")
    return list(published.order_by("template__kind", "template__locale"))


def published_version_of(template_id: UUID) -> TemplateVersion:
    """The published version of one template. Raises TemplateNotFoundError."""
    version = (
        TemplateVersion.objects.filter(template_id=template_id, status=VersionStatus.PUBLISHED)
        .select_related("template")
        .first()
    )
    if version is None:
        raise TemplateNotFoundError(_("There is no published template with this id; see GET /api/docs/templates."))
    return version


def published_version(kind: str, locale: str) -> TemplateVersion:
    """The text of `kind` in `locale`, else in the same language, else in English. Raises TemplateNotFoundError."""
    wanted = list(dict.fromkeys([locale, locale.partition("-")[0], "en"]))
    found = {
        version.template.locale: version
        for version in TemplateVersion.objects.filter(
            status=VersionStatus.PUBLISHED, template__kind=kind, template__locale__in=wanted
        ).select_related("template")
    }
    for candidate in wanted:
        if candidate in found:
            return found[candidate]
    raise TemplateNotFoundError(
        _("There is no published template of the kind “%(kind)s”; an administrator has to load it.") % {"kind": kind}
    )


def version_with_template(version_id: UUID) -> TemplateVersion:
    """Any version by its id, also a retired one: documents made from it can be made again. Raises TemplateNotFoundError."""
    version = TemplateVersion.objects.filter(pk=version_id).select_related("template").first()
    if version is None:
        raise TemplateNotFoundError(_("There is no template version with this id."))
    return version


def signature_exclusion(document_id: UUID) -> str:
    """Why the document's template may not be signed electronically; empty where it may, or where there is no such document."""
    excluded = Document.objects.filter(pk=document_id).values_list("version__template__signature_excluded", flat=True)
    return excluded.first() or ""


@dataclass(frozen=True)
class LibraryRow:
    """One template in the list: what new documents are made from, and whether somebody is writing on it."""

    template: Template
    published: TemplateVersion | None
    draft: TemplateVersion | None


def library() -> list[LibraryRow]:
    """Every template with its published version and its newest draft, by title; two statements however many there are."""
    current: dict[tuple[UUID, str], TemplateVersion] = {}
    shown = TemplateVersion.objects.filter(status__in=[VersionStatus.PUBLISHED, VersionStatus.DRAFT])
    for version in shown.defer("body", "schema", "styles", "clauses", "logo").order_by("number"):
        current[version.template_id, version.status] = version
    return [
        LibraryRow(one, current.get((one.pk, VersionStatus.PUBLISHED)), current.get((one.pk, VersionStatus.DRAFT)))
        for one in Template.objects.order_by("kind", "locale")
    ]


def access_template(user: Any, template_id: UUID) -> Template:
    """One template, for those who work with the library. Raises NotFoundError."""
    template = Template.objects.filter(pk=template_id).first() if can_work_with_templates(user) else None
    if template is None:
        raise NotFoundError
    return template


def access_version(user: Any, version_id: UUID) -> TemplateVersion:
    """One version that `user` may see. Raises NotFoundError."""
    version = versions_visible_to(user).filter(pk=version_id).first()
    if version is None:
        raise NotFoundError
    return version


def access_fillable(user: Any, version_id: UUID) -> TemplateVersion:
    """A version that a document may be made from: published, or a draft that `user` may see, to try it. Raises NotFoundError."""
    version = access_version(user, version_id)
    if version.status == VersionStatus.RETIRED:
        raise NotFoundError
    return version
