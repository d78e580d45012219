"""The words of accounts."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a person may do in general; being a party or a neutral belongs to a dispute."""

    CLIENT = "client", _("Client")
    LAWYER = "lawyer", _("Lawyer")
    ADMIN = "admin", _("Administrator")


class Locale(models.TextChoices):
    EN = "en", "English"
    ES = "es", "Español"


class Channel(models.TextChoices):
    """The ways to tell a person something."""

    IN_APP = "in_app", _("In the app")
    EMAIL = "email", _("E-mail")
    PUSH = "push", _("Push message")
