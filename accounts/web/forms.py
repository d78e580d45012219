"""Forms of the pages that mailed links open."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class NewPasswordForm(forms.Form):
    """A new password, typed twice. Whether it is good enough is the service's question."""

    new_password = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=512,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters, not only digits, and none of the common ones."),
    )
    repeated = forms.CharField(
        label=_("New password again"),
        strip=False,
        max_length=512,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "repeated" in data and data.get("new_password") != data["repeated"]:
            self.add_error("repeated", gettext("The two passwords differ. Type the same one twice."))
        return data
