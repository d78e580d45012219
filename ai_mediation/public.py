"""The door to ai_mediation for other apps."""

from ai_mediation.adapters.compliance.policy import shipped_policies as _shipped_policies
from ai_mediation.models import Consultation, PolicyVersion
from ai_mediation.services.policies import install_policies as _install_policies


def install_shipped_policies() -> list[PolicyVersion]:
    """Publish what is shipped and not there yet, in the caller's transaction."""
    return _install_policies(sources=_shipped_policies())


__all__ = ["Consultation", "install_shipped_policies"]
