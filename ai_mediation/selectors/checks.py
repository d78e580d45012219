"""Reading what was found in texts."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from ai_mediation.models import ComplianceCheck
from ai_mediation.selectors.sealed import open_json
from kernel.errors import NotFoundError


def checks_visible_to(user: Any) -> QuerySet[ComplianceCheck]:
    """One's own; the deployment's checks of contracts are shown by the back-office and by the contract's holds."""
    if not (user.is_authenticated and user.is_active):
        return ComplianceCheck.objects.none()
    return ComplianceCheck.objects.filter(asked_by_id=user.pk).select_related("version__policy")


def access_check(user: Any, check_id: UUID) -> ComplianceCheck:
    """One check of one's own. Raises NotFoundError for all others alike."""
    check = checks_visible_to(user).filter(pk=check_id).first()
    if check is None:
        raise NotFoundError
    return check


def findings_of(check: ComplianceCheck) -> list[dict[str, Any]]:
    """The findings of a person's own check, with their quotes."""
    if check.findings_sealed is None or check.asked_by_id is None:
        return []
    found: list[dict[str, Any]] = open_json(
        check.findings_sealed, person_id=check.asked_by_id, model=ComplianceCheck, row_id=check.pk
    )
    return found
