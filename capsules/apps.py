from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CapsulesConfig(AppConfig):
    name = "capsules"
    verbose_name = _("Time capsules")
