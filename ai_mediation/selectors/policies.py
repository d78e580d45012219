"""Reading policies."""

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from ai_mediation.enums import PolicyStatus
from ai_mediation.models import PolicyVersion


def _published() -> QuerySet[PolicyVersion]:
    return PolicyVersion.objects.filter(status=PolicyStatus.PUBLISHED).select_related("policy")


def published_policies() -> Sequence[PolicyVersion]:
    """Everything a text can be read against now, by name."""
    return list(_published().order_by("policy__slug"))


def published_policy(slug: str) -> PolicyVersion | None:
    """The published version of one policy."""
    return _published().filter(policy__slug=slug).first()


def policies_named(slugs: Iterable[str]) -> Sequence[PolicyVersion]:
    """The published versions of these, by name; a name without one is left out."""
    return list(_published().filter(policy__slug__in=list(slugs)).order_by("policy__slug"))


def known_slugs() -> list[str]:
    """Names of the policies that are published."""
    return list(_published().order_by("policy__slug").values_list("policy__slug", flat=True))


def unknown_slugs(slugs: Iterable[str]) -> list[str]:
    """Those of which there has never been any version, published or not."""
    wanted = list(slugs)
    known = set(PolicyVersion.objects.filter(policy__slug__in=wanted).values_list("policy__slug", flat=True))
    return [slug for slug in wanted if slug not in known]
