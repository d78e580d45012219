"""What the AI is asked for, and how it went."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Purpose(TextChoices):
    CHAT = "chat", _("Chat")
    DRAFT = "draft", _("Draft")
    ANALYSIS = "analysis", _("Analysis")
    MEDIATION = "mediation", _("Mediation")


class Outcome(TextChoices):
    ANSWERED = "answered", _("Answered")
    REFUSED = "refused", _("Refused by our checks")
    FAILED = "failed", _("Failed")


class PolicyStatus(TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    RETIRED = "retired", _("retired")


class RiskLevel(TextChoices):
    LOW = "low", _("low")
    MEDIUM = "medium", _("medium")
    HIGH = "high", _("high")


class ProviderName(TextChoices):
    OPENAI = "openai", _("OpenAI or compatible")
    ANTHROPIC = "anthropic", _("Anthropic")


class BudgetScope(TextChoices):
    DISPUTE = "dispute", _("One case, in all")
    USER = "user", _("One person, in a day")
    DAY = "day", _("Everybody, in a day")
