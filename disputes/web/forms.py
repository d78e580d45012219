"""What the forms of this app have in common, and those of the invitation's first screen."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.text import TextError, clean_text


class CleanTextField(forms.CharField):
    """Text as the API takes it: normalised, nothing invisible."""

    def __init__(self, *, multiline: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.multiline = multiline

    def clean(self, value: Any) -> str:
        text = str(super().clean(value) or "")
        try:
            return clean_text(text, max_length=self.max_length or 2000, multiline=self.multiline)
        except TextError as error:
            raise forms.ValidationError(str(error), code=error.code) from error


class JoinForm(forms.Form):
    full_name = CleanTextField(
        label=_("Your full name"),
        max_length=200,
        help_text=_("As it should stand in an agreement."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class DeclineForm(forms.Form):
    reason = CleanTextField(
        label=_("Why you do not take part"),
        max_length=2000,
        multiline=True,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
