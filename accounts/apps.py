from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People and sessions")

    def ready(self) -> None:
        from accounts.public import principal_of_token
        from kernel.registries import authenticators

        authenticators.register("bearer", principal_of_token)
