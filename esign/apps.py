from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EsignConfig(AppConfig):
    name = "esign"
    verbose_name = _("Electronic signatures")

    def ready(self) -> None:
        from documents.public import preload_isolated
        from esign import subscribers  # noqa: F401

        preload_isolated("esign.adapters.inspection")
        preload_isolated("esign.adapters.page_images")
