from ai_mediation.models.budget_hold import BudgetHold
from ai_mediation.models.compliance_check import ComplianceCheck
from ai_mediation.models.consultation import Consultation
from ai_mediation.models.draft import Draft
from ai_mediation.models.exchange import Exchange
from ai_mediation.models.policy import Policy, PolicyVersion
from ai_mediation.models.route import Budget, ModelPrice, Route

__all__ = [
    "Budget",
    "BudgetHold",
    "ComplianceCheck",
    "Consultation",
    "Draft",
    "Exchange",
    "ModelPrice",
    "Policy",
    "PolicyVersion",
    "Route",
]
