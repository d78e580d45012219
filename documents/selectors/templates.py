"""Reading templates."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from documents.enums import VersionStatus
from documents.errors import TemplateNotFoundError
from documents.models import TemplateVersion


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
