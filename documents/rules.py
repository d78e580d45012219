"""Who may what, one predicate each; `selectors.*.visible_to` are their twins."""

from typing import Any

from documents.enums import VersionStatus
from documents.models import Document, TemplateVersion


def can_see_document(user: Any, document: Document) -> bool:
    """Documents made on their own are their maker's; those of a case are served by the case."""
    return bool(user.is_authenticated and user.is_active and document.owner_id == user.pk and not document.subject_kind)


def can_work_with_templates(user: Any) -> bool:
    """Lawyers and administrators read the library, its history included, and make documents from it."""
    return bool(user.is_authenticated and user.is_active and user.role in {"lawyer", "admin"})


def can_author(user: Any) -> bool:
    """Administrators write, publish and retire templates."""
    return bool(user.is_authenticated and user.is_active and user.role == "admin")


def can_see_version(user: Any, version: TemplateVersion) -> bool:
    """Published texts are for everybody who is signed in, drafts for administrators."""
    if not (user.is_authenticated and user.is_active):
        return False
    return version.status == VersionStatus.PUBLISHED or user.role == "admin"
