"""Forms of whoever comes in by an invitation."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from disputes.enums import Stance
from disputes.models import Invitation
from disputes.selectors.replies import MAX_TEXT, DoorAnswer
from disputes.web.fields import (
    AddressField,
    DayField,
    FilesField,
    currency_choices,
    money_of,
    usual_currency,
    written_amount,
)
from disputes.web.forms import CleanTextField
from documents.public import ACCEPTED_FILE_TYPES
from kernel.clock import local_date

MOST_FILES = 20


def name_field() -> CleanTextField:
    return CleanTextField(
        label=__("Your full name"),
        max_length=200,
        help_text=__("As it should stand in an agreement."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class AnswerForm(forms.Form):
    """Your side: how you stand to the claim, in your words, what you would agree to, and what shows it."""

    full_name = name_field()
    stance = forms.ChoiceField(label=__("How do you see the claim?"), choices=Stance.choices, widget=forms.RadioSelect)
    text = CleanTextField(
        label=__("Your side, in your own words"),
        help_text=__("What happened, what you see otherwise, what would settle it for you. Not needed if you agree."),
        max_length=MAX_TEXT,
        multiline=True,
        required=False,
        widget=forms.Textarea(attrs={"rows": 10}),
    )
    amount = forms.CharField(
        max_length=24,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    currency = forms.ChoiceField(label=__("Currency"), required=False)
    uploads = FilesField(
        label=__("Files that show it"),
        required=False,
        max_length=255,
        allow_empty_file=True,
        help_text=__("Photos, PDF, text, office documents or mails; several at once, together up to 50 MB."),
    )

    def __init__(self, data: Any = None, files: Any = None, *, invitation: Invitation, is_known: bool, **kwargs: Any):
        super().__init__(data, files, **kwargs)
        participant, dispute = invitation.participant, invitation.participant.dispute
        if is_known:
            del self.fields["full_name"]
        self.claim_currency = dispute.currency
        amount = self.fields["amount"]
        if participant.side == "claimant":
            amount.label = _("Amount you would accept")
        else:
            amount.label = _("Amount you would accept to pay")
        if self.claim_currency:
            amount.label += f" ({self.claim_currency})"
            del self.fields["currency"]
        else:
            choice = self.fields["currency"]
            choice.choices = currency_choices()  # type: ignore[attr-defined]
            choice.initial = usual_currency(dispute.timezone)
        amount.help_text = _(
            "It opens together with your statement, to everybody at the same moment. Leave it empty if you would rather "
            "tell only the mediator later."
        )
        self.fields["uploads"].widget.attrs["accept"] = ",".join(f".{end}" for end in ACCEPTED_FILE_TYPES.split(", "))

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        currency = self.claim_currency or values.get("currency") or usual_currency("")
        try:
            values["money"] = money_of(values.get("amount") or "", currency)
        except forms.ValidationError as error:
            self.add_error("amount", error)
        if (
            values.get("stance") not in (None, "", Stance.AGREE)
            and not values.get("text")
            and "text" not in self.errors
        ):
            self.add_error(
                "text",
                forms.ValidationError(_("Say in your own words what you see otherwise."), code="required"),
            )
        if len(values.get("uploads") or []) > MOST_FILES:
            self.add_error("uploads", _("At most %(count)d files at once.") % {"count": MOST_FILES})
        return values

    def answer(self) -> DoorAnswer:
        """What was given, or what can be kept of it."""
        given = self.cleaned_data
        return DoorAnswer(given.get("stance") or "", given.get("text") or "", given.get("money"))


def as_typed(answer: DoorAnswer) -> dict[str, Any]:
    """An answer as the form's first values."""
    values = {"stance": answer.stance, "text": answer.text}
    if answer.amount is not None:
        values |= {"amount": written_amount(answer.amount), "currency": answer.amount.currency}
    return values


class MoreTimeForm(forms.Form):
    """A later date to answer."""

    date = DayField(label=__("Until which day?"))
    why = CleanTextField(label=__("Why"), max_length=500, required=False)

    def __init__(self, data: Any = None, *, invitation: Invitation, **kwargs: Any):
        super().__init__(data, **kwargs)
        dispute = invitation.participant.dispute
        last = local_date(dispute.respond_by, dispute.timezone)
        self.fields["date"].initial = last + timedelta(days=14)
        self.fields["date"].widget.attrs["min"] = str(last + timedelta(days=1))


class FreshLinkForm(forms.Form):
    email = AddressField(label=__("The e-mail address the invitation went to"), autocomplete="email")
