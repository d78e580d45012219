"""Forms of the pages of accounts. They take what the API takes."""

from collections import defaultdict
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.enums import Channel, Locale
from accounts.models import User
from accounts.models.user import known_timezones, validate_timezone
from kernel.registries import NewsTopic
from kernel.rest import fields as api
from kernel.text import TextError, clean_text

REGIONS = ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


class NameField(forms.CharField):
    """A person's name: one line, nothing invisible."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}), **kwargs)

    def clean(self, value: Any) -> str:
        try:
            return clean_text(str(super().clean(value) or ""), max_length=200)
        except TextError as error:
            raise forms.ValidationError(str(error), code=error.code) from error


class AddressField(forms.CharField):
    """An e-mail address, lower-case."""

    def __init__(self, *, autocomplete: str = "email", **kwargs: Any) -> None:
        attributes = {"autocomplete": autocomplete, "autocapitalize": "none", "spellcheck": "false"}
        super().__init__(max_length=254, widget=forms.EmailInput(attrs=attributes), **kwargs)

    def clean(self, value: Any) -> str:
        try:
            return api.EmailField().to_internal_value(super().clean(value))
        except serializers.ValidationError as error:
            raise forms.ValidationError(gettext("Enter an e-mail address such as name@example.org.")) from error


class PasswordField(forms.CharField):
    """A password, taken as it is typed and never shown again."""

    def __init__(self, *, autocomplete: str = "new-password", **kwargs: Any) -> None:
        super().__init__(
            strip=False, max_length=512, widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}), **kwargs
        )


class TimezoneField(forms.ChoiceField):
    """One of the zones of the list; every IANA name is taken, since browsers know more of them than the list shows."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=zone_choices, **kwargs)

    def valid_value(self, value: Any) -> bool:
        return value in known_timezones()

    def validate(self, value: Any) -> None:
        forms.Field.validate(self, value)
        validate_timezone(value)


def zone_choices() -> list[tuple[str, Any]]:
    """UTC, then the towns of each region."""
    towns: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for zone in sorted(known_timezones()):
        region, _slash, town = zone.partition("/")
        if region in REGIONS and town:
            towns[region].append((zone, town.replace("_", " ").replace("/", " – ")))
    return [("UTC", "UTC"), *((region, towns[region]) for region in REGIONS)]


class WithZone(forms.Form):
    """A form that keeps a zone the list does not show among its choices."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = self["timezone"].value()
        field = self.fields["timezone"]
        if isinstance(field, forms.ChoiceField) and zone in known_timezones():
            shown = {name for _group, rows in zone_choices() if isinstance(rows, list) for name, _town in rows} | {
                "UTC"
            }
            if zone not in shown:
                field.choices = [(zone, zone), *zone_choices()]


class SignInForm(forms.Form):
    """Address and password. Whether they are right is one question with one answer."""

    email = AddressField(label=_("E-mail address"), autocomplete="username")
    password = PasswordField(label=_("Password"), autocomplete="current-password")


class SignUpForm(WithZone):
    """What POST /api/register takes."""

    full_name = NameField(label=_("Your full name"), help_text=_("As it should stand in an agreement."))
    email = AddressField(label=_("E-mail address"))
    password = PasswordField(
        label=_("Password"), help_text=_("At least 10 characters, not only digits, and none of the common ones.")
    )
    locale = forms.ChoiceField(label=_("Language"), choices=Locale.choices)
    timezone = TimezoneField(label=_("Time zone"), help_text=_("Deadlines and times are shown in it."))


class AboutMeForm(WithZone):
    full_name = NameField(label=_("Your full name"), help_text=_("As it should stand in an agreement."))
    locale = forms.ChoiceField(
        label=_("Language"), choices=Locale.choices, help_text=_("Of the pages, and of the mails we send you.")
    )
    timezone = TimezoneField(label=_("Time zone"), help_text=_("Deadlines and times are shown in it."))


class NewsForm(forms.Form):
    """A switch for each topic and channel, on unless switched off; fields are called `topic:channel`."""

    def __init__(self, *args: Any, user: User, topics: list[tuple[str, NewsTopic]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        off = {(row.kind, row.channel) for row in user.notification_preferences.all() if not row.enabled}
        self.rows: list[tuple[str, list[Any]]] = []
        for name, topic in topics:
            for channel in topic.channels:
                self.fields[f"{name}:{channel}"] = forms.BooleanField(
                    label=Channel(channel).label, required=False, initial=(name, channel) not in off
                )
            self.rows.append((str(topic.label), [self[f"{name}:{channel}"] for channel in topic.channels]))


class AskResetForm(forms.Form):
    email = AddressField(label=_("E-mail address"))


class NewPasswordForm(forms.Form):
    """A new password, typed twice. Whether it is good enough is the service's question."""

    new_password = PasswordField(
        label=_("New password"), help_text=_("At least 10 characters, not only digits, and none of the common ones.")
    )
    repeated = PasswordField(label=_("New password again"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "repeated" in data and data.get("new_password") != data["repeated"]:
            self.add_error("repeated", gettext("The two passwords differ. Type the same one twice."))
        return data


class PasswordForm(NewPasswordForm):
    """A new password for whoever is signed in. Who has none yet is not asked for the present one."""

    current_password = PasswordField(label=_("Present password"), autocomplete="current-password")
    field_order = ("current_password", "new_password", "repeated")

    def __init__(self, *args: Any, has_password: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_password:
            del self.fields["current_password"]
