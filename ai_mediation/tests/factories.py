"""Policies and what was asked, for tests."""

from ai_mediation.models import PolicyVersion
from ai_mediation.public import install_shipped_policies


def policies() -> dict[str, PolicyVersion]:
    """The shipped policies, published, by name."""
    install_shipped_policies()
    return {version.policy.slug: version for version in PolicyVersion.objects.select_related("policy")}
