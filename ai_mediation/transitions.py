"""The life cycle of a policy version as data: (state, action) → state."""

from ai_mediation.enums import PolicyStatus

POLICY_VERSION: dict[tuple[PolicyStatus, str], PolicyStatus] = {
    (PolicyStatus.DRAFT, "publish"): PolicyStatus.PUBLISHED,
    (PolicyStatus.PUBLISHED, "retire"): PolicyStatus.RETIRED,
}
