"""Forms of a case's page. What they take is what the API takes, in the same lengths."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from disputes.enums import Side
from disputes.selectors.case_file import Instalment, TermData
from disputes.selectors.terms import MAX_INSTALMENTS, MAX_TEXT
from disputes.web.fields import DayField, FilesField, money_of, written_amount
from disputes.web.forms import CleanTextField
from kernel.money import Money

LONG = {"rows": 12}
SHORT = {"rows": 3}


class RoomForm(forms.Form):
    """A form that stands on one page with many others: its fields' ids begin with its own name."""

    name = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"id_{self.name}_%s")
        super().__init__(*args, **kwargs)


class StatementForm(RoomForm):
    name = "statement"
    content = CleanTextField(
        label=__("My statement"),
        help_text=__("What happened, what you ask for, what you would accept. Up to 50,000 characters."),
        max_length=50_000,
        multiline=True,
        widget=forms.Textarea(attrs=LONG),
    )
    final = forms.BooleanField(label=__("I understand that I cannot change this text afterwards."))


MOST_FILES = 20


class EvidenceForm(RoomForm):
    name = "evidence"
    file = FilesField(
        label=__("Files"),
        required=False,
        max_length=255,
        allow_empty_file=True,
        help_text=__("Photos, PDF, text, office documents or mails; several at once, each up to 50 MB."),
    )
    text = CleanTextField(
        label=__("Or write it as a text"),
        max_length=100_000,
        multiline=True,
        required=False,
        widget=forms.Textarea(attrs=SHORT),
    )
    description = CleanTextField(label=__("What it shows"), max_length=500, required=False)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        files: list[UploadedFile[Any]] = values.get("file") or []
        if not self.errors and not files and not values.get("text"):
            raise forms.ValidationError(_("Choose a file, or write a text."), code="required")
        if len(files) > MOST_FILES:
            self.add_error("file", _("At most %(count)d files at once.") % {"count": MOST_FILES})
        return values


class MessageForm(RoomForm):
    name = "message"
    content = CleanTextField(
        label=__("Your message"), max_length=10_000, multiline=True, widget=forms.Textarea(attrs={"rows": 2})
    )
    ask_mediator = forms.BooleanField(label=__("Ask the mediator to answer"), required=False)
    client_id = CleanTextField(max_length=64, required=False, widget=forms.HiddenInput)


class ReasonForm(RoomForm):
    """Why: optional, and read by the other parties."""

    reason = CleanTextField(
        label=__("Why"), max_length=2000, multiline=True, required=False, widget=forms.Textarea(attrs=SHORT)
    )


class EscalateForm(ReasonForm):
    name = "escalate"


class EndForm(ReasonForm):
    name = "end"


class WithdrawForm(ReasonForm):
    name = "withdraw"
    sure = forms.BooleanField(label=__("Yes, I withdraw this case for good."))


class DeclineContractForm(ReasonForm):
    name = "decline"
    sure = forms.BooleanField(label=__("Yes, I do not sign. The contract is then void for everybody."))


class ConsentForm(RoomForm):
    name = "consent"
    sure = forms.BooleanField(
        label=__("I consent that a person decides the case, if every party does, and that the decision binds me.")
    )


class AcceptForm(RoomForm):
    name = "accept"
    sure = forms.BooleanField(label=__("I have read the terms and accept them. If everybody does, they bind me."))
    comment = CleanTextField(
        label=__("A word to the others"),
        max_length=4000,
        multiline=True,
        required=False,
        widget=forms.Textarea(attrs=SHORT),
    )


class RejectForm(RoomForm):
    name = "reject"
    comment = CleanTextField(
        label=__("Why not"),
        help_text=__("It helps to find a better proposal. Everybody in the case reads it."),
        max_length=4000,
        multiline=True,
        required=False,
        widget=forms.Textarea(attrs=SHORT),
    )


class InviteForm(RoomForm):
    name = "invite"
    email = forms.EmailField(
        label=__("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    full_name = CleanTextField(label=__("Full name"), max_length=200, required=False)
    side = forms.ChoiceField(
        label=__("On which side"),
        choices=[(Side.RESPONDENT, __("the other side")), (Side.CLAIMANT, __("my side"))],
        initial=Side.RESPONDENT,
    )

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().lower()


class SignForm(RoomForm):
    name = "sign"
    full_name = CleanTextField(
        label=__("Your full name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    consent = forms.BooleanField(label=__("I agree to this text and sign the contract."))
    checksum = CleanTextField(max_length=64, widget=forms.HiddenInput)
    signature_image = forms.CharField(max_length=300_000, required=False, widget=forms.HiddenInput)


# --- a counter-proposal -----------------------------------------------------------------------------------------------
class AmountField(forms.CharField):
    """A sum in a known currency, as people of the reader's language write numbers: 1,200.00 or 1.200,00."""

    def __init__(self, *, currency: str, **kwargs: Any) -> None:
        self.currency = currency
        super().__init__(
            max_length=24,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "amount"}),
            **kwargs,
        )

    def prepare_value(self, value: Any) -> Any:
        return written_amount(value) if isinstance(value, Money) else value

    def clean(self, value: Any) -> Money | None:
        return money_of(str(super().clean(value) or ""), self.currency)


HOW = [
    ("terms", __("With other terms")),
    ("instalments", __("The same sum, in equal parts")),
    ("words", __("Only say what has to change")),
]


class CounterForm(RoomForm):
    """Other terms than those on the table: amounts, days and words can be changed, a term can be left out.

    `terms` of the cleaned data are whole, with their ids; or there is `instalments` alone, or only the comment.
    """

    name = "counter"
    how = forms.ChoiceField(label=__("Your answer"), choices=HOW, initial="terms", widget=forms.RadioSelect)
    instalments = forms.IntegerField(
        label=__("How many parts"),
        min_value=1,
        max_value=MAX_INSTALMENTS,
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    comment = CleanTextField(
        label=__("What you want to say about it"),
        max_length=4000,
        multiline=True,
        required=False,
        widget=forms.Textarea(attrs=SHORT),
    )

    def __init__(self, *args: Any, terms: Sequence[TermData], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.terms = terms
        for number, term in enumerate(terms):
            self._add_term(number, term)

    def _add_term(self, number: int, term: TermData) -> None:
        start = f"t{number}"
        if term.amount is not None:
            self.fields[f"{start}_amount"] = AmountField(
                label=_("Amount in %(currency)s") % {"currency": term.amount.currency},
                currency=term.amount.currency,
                initial=term.amount,
            )
        if not term.instalments:
            self.fields[f"{start}_due"] = DayField(label=_("Until"), required=False, initial=term.due_date)
        for place, part in enumerate(term.instalments):
            self.fields[f"{start}_p{place}_amount"] = AmountField(
                label=_("Part %(number)d, %(currency)s") % {"number": place + 1, "currency": part.amount.currency},
                currency=part.amount.currency,
                initial=part.amount,
            )
            self.fields[f"{start}_p{place}_due"] = DayField(label=_("Until"), initial=part.due_date)
        self.fields[f"{start}_text"] = CleanTextField(
            label=_("In words"),
            max_length=MAX_TEXT,
            multiline=True,
            required=term.kind != "payment",
            initial=term.text,
            widget=forms.Textarea(attrs=SHORT),
        )
        self.fields[f"{start}_out"] = forms.BooleanField(label=_("Leave this term out"), required=False)

    def groups(self) -> list[dict[str, Any]]:
        """The fields term by term, for the template."""
        found = []
        for number, term in enumerate(self.terms):
            start = f"t{number}"
            found.append(
                {
                    "number": number + 1,
                    "term": term,
                    "text": self[f"{start}_text"],
                    "out": self[f"{start}_out"],
                    "amount": self[f"{start}_amount"] if term.amount is not None else None,
                    "due": self[f"{start}_due"] if not term.instalments else None,
                    "parts": [
                        (self[f"{start}_p{place}_amount"], self[f"{start}_p{place}_due"])
                        for place in range(len(term.instalments))
                    ],
                }
            )
        return found

    def _clean_fields(self) -> None:
        """Only what the chosen way of answering needs has to be right; the rest is shown again as it was typed."""
        super()._clean_fields()  # type: ignore[misc]  # of Django's BaseForm; the stubs do not tell of it
        for name in [name for name in self.errors if self._is_beside(name)]:
            del self.errors[name]

    def _is_beside(self, name: str) -> bool:
        """Whether a field belongs to a way that was not chosen, or to a term that is left out."""
        how = self.cleaned_data.get("how")
        if not re.match(r"t\d+_", name):
            return name == "instalments" and how != "instalments"
        return how != "terms" or bool(self.cleaned_data.get(f"{name.partition('_')[0]}_out"))

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        how = values.get("how")
        if how == "instalments" and values.get("instalments") is None and "instalments" not in self.errors:
            self.add_error("instalments", _("Say in how many parts."))
        if how == "words" and not values.get("comment") and "comment" not in self.errors:
            self.add_error("comment", _("Say what has to change."))
        if how == "terms" and not self.errors:
            values["terms"] = self._read_terms(values)
            if not values["terms"]:
                raise forms.ValidationError(_("Something has to remain. To want none of it, reject the proposal."))
        return values

    def _read_terms(self, values: dict[str, Any]) -> tuple[TermData, ...]:
        return tuple(
            _changed(term, f"t{number}", values)
            for number, term in enumerate(self.terms)
            if not values.get(f"t{number}_out")
        )


def _changed(term: TermData, start: str, values: dict[str, Any]) -> TermData:
    due: date | None = values.get(f"{start}_due") if not term.instalments else term.due_date
    return TermData(
        id=term.id,
        kind=term.kind,
        debtor_id=term.debtor_id,
        creditor_id=term.creditor_id,
        amount=values[f"{start}_amount"] if term.amount is not None else None,
        due_date=due,
        condition=term.condition,
        text=values[f"{start}_text"],
        instalments=tuple(
            Instalment(values[f"{start}_p{place}_amount"], values[f"{start}_p{place}_due"])
            for place in range(len(term.instalments))
        ),
    )
