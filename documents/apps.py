from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DocumentsConfig(AppConfig):
    name = "documents"
    verbose_name = _("Documents")

    def ready(self) -> None:
        from documents import subscribers  # noqa: F401
        from documents.adapters.storage import check_storage
        from kernel.registries import health_checks

        health_checks.register("storage", check_storage)
