from ai_mediation.models.consultation import Consultation

__all__ = ["Consultation"]
