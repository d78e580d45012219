from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AiMediationConfig(AppConfig):
    name = "ai_mediation"
    verbose_name = _("AI mediation")

    def ready(self) -> None:
        from ai_mediation import subscribers  # noqa: F401 - declares them
