"""Forms of the public pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

LARGEST_PDF = 50 * 1024 * 1024


class SignForm(forms.Form):
    full_name = forms.CharField(
        label=_("Your full name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    consent = forms.BooleanField(label=_("I agree"), required=True)
    checksum = forms.CharField(max_length=64, widget=forms.HiddenInput)


class DeclineForm(forms.Form):
    reason = forms.CharField(
        label=_("Why you do not sign"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class VerifyForm(forms.Form):
    file = forms.FileField(
        label=_("PDF file"), required=False, widget=forms.ClearableFileInput(attrs={"accept": "application/pdf,.pdf"})
    )
    checksum = forms.CharField(
        label=_("or its SHA-256 checksum"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not self.errors and not values.get("file") and not values.get("checksum"):
            raise forms.ValidationError(_("Choose a PDF or enter its checksum."))
        if values.get("file") and values["file"].size > LARGEST_PDF:
            raise forms.ValidationError(_("The file may have at most 50 MB."))
        return values
