"""The door to ai_mediation for other apps."""

from ai_mediation.models import Consultation

__all__ = ["Consultation"]
