"""Forms of the public pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from kernel.rest.fields import EmailField
from kernel.text import TextError, clean_text

LARGEST_PDF = 50 * 1024 * 1024


class SignForm(forms.Form):
    full_name = forms.CharField(
        label=_("Your full name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    consent = forms.BooleanField(label=_("I agree"), required=True)
    checksum = forms.CharField(max_length=64, widget=forms.HiddenInput)
    signature_image = forms.CharField(max_length=300_000, required=False, widget=forms.HiddenInput)
    signature_file = forms.FileField(
        label=_("Or a picture of your signature"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/png,image/*"}),
    )


class DeclineForm(forms.Form):
    reason = forms.CharField(
        label=_("Why you do not sign"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class DelegateForm(forms.Form):
    """Whom the seat is handed on to; names and addresses by the rules of the API's fields."""

    name = forms.CharField(
        label=_("Full name of that person"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    email = forms.CharField(
        label=_("E-mail address of that person"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )

    def clean_name(self) -> str:
        try:
            return clean_text(self.cleaned_data["name"], max_length=200)
        except TextError as error:
            raise forms.ValidationError(str(error), code=error.code) from error

    def clean_email(self) -> str:
        try:
            return EmailField().to_internal_value(self.cleaned_data["email"])
        except serializers.ValidationError as error:
            raise forms.ValidationError(gettext("Enter an e-mail address such as name@example.org.")) from error


class CorrectForm(DelegateForm):
    """Another address for a signer; an empty name keeps the one that is there."""

    name = forms.CharField(
        label=_("Name, if it changes"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class VerifyForm(forms.Form):
    file = forms.FileField(
        label=_("PDF or proof bundle"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": "application/pdf,.pdf,application/zip,.zip"}),
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
            raise forms.ValidationError(_("Choose a PDF or a proof bundle, or enter a checksum."))
        if values.get("file") and values["file"].size > LARGEST_PDF:
            raise forms.ValidationError(_("The file may have at most 50 MB."))
        return values
