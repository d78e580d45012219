from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AiMediationConfig(AppConfig):
    name = "ai_mediation"
    verbose_name = _("AI mediation")

    def ready(self) -> None:
        from ai_mediation import subscribers  # noqa: F401 - declares them
        from ai_mediation.selectors.drafts import owns_draft
        from kernel.registries import document_origins

        document_origins.register("draft", owns_draft)
