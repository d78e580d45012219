"""Filters of the case list."""

from collections.abc import Mapping

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.public import User
from disputes.enums import DisputeStatus, ParticipantStatus, Side
from disputes.models import Dispute
from disputes.selectors.my_cases import with_words
from kernel.errors import FieldError, ValidationFailedError


def filter_disputes(disputes: QuerySet[Dispute], user: User, query: Mapping[str, str]) -> QuerySet[Dispute]:
    """`status` (comma-separated), `role` (claimant, respondent, lawyer) and `q` (every word, in title or description).

    Raises ValidationFailedError for a status or role that does not exist.
    """
    if wanted := query.get("status"):
        states = wanted.split(",")
        if not set(states) <= set(DisputeStatus.values):
            _refuse("/status", _("The states are %(states)s.") % {"states": ", ".join(DisputeStatus.values)})
        disputes = disputes.filter(status__in=states)
    if role := query.get("role"):
        disputes = _of_role(disputes, user, role)
    return with_words(disputes, query.get("q", ""))


def _of_role(disputes: QuerySet[Dispute], user: User, role: str) -> QuerySet[Dispute]:
    if role in (Side.CLAIMANT, Side.RESPONDENT):
        return disputes.filter(
            participants__user=user, participants__side=role, participants__status=ParticipantStatus.JOINED
        )
    if role == "lawyer":
        return disputes.filter(assignments__lawyer=user, assignments__ended_at=None)
    return _refuse("/role", _("The roles are claimant, respondent and lawyer."))


def _refuse(pointer: str, detail: str) -> QuerySet[Dispute]:
    raise ValidationFailedError(errors=[FieldError(pointer, "invalid_choice", detail)])
