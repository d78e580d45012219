"""Forms in which a person writes terms of their own: the mediator's proposal, the arbitrator's award.

A form begins with the terms of a draft or of the last round, if there is one, and has empty rows for more; an empty row is no term.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from disputes.enums import TermKind
from disputes.selectors.case_file import Instalment, TermData
from disputes.selectors.terms import MAX_TEXT
from disputes.web.fields import DayField, currency_choices
from disputes.web.forms import CleanTextField
from disputes.web.room_forms import LONG, SHORT, AmountField, RoomForm
from kernel.ids import new_id

EMPTY_ROWS = 4
KINDS = [
    ("", __("– no term –")),
    (TermKind.PAYMENT, __("somebody pays a sum")),
    (TermKind.ACT, __("somebody does something")),
    (TermKind.DECLARATION, __("something is declared")),
]


class TermsForm(RoomForm):
    """`terms` of the cleaned data are whole; those that the form began with keep their ids."""

    def __init__(
        self,
        *args: Any,
        parties: Sequence[tuple[UUID, str]],
        currency: str,
        terms: Sequence[TermData] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.terms = tuple(terms)
        self.people = [("", "–"), *((str(user_id), name) for user_id, name in parties)]
        if not currency:
            self.fields["currency"] = forms.ChoiceField(label=_("Currency of the sums"), choices=currency_choices())
            currency = self._chosen_currency()
        self.currency = currency
        for number in range(len(self.terms) + EMPTY_ROWS):
            self._add_row(number, self.terms[number] if number < len(self.terms) else None)

    def _chosen_currency(self) -> str:
        chosen = str(self.data.get(self.add_prefix("currency")) or "") if self.is_bound else ""
        choices = [code for code, _name in currency_choices()]
        return chosen if chosen in choices else choices[0]

    def _add_row(self, number: int, term: TermData | None) -> None:
        start = f"t{number}"
        money = term.amount if term is not None else None
        currency = money.currency if money is not None else self.currency
        self.fields[f"{start}_kind"] = forms.ChoiceField(
            label=_("What is owed"), choices=KINDS, required=False, initial=term.kind if term else ""
        )
        for name, label, given in (
            ("debtor", _("Who owes it"), term.debtor_id if term else None),
            ("creditor", _("To whom"), term.creditor_id if term else None),
        ):
            self.fields[f"{start}_{name}"] = forms.ChoiceField(
                label=label, choices=self.people, required=False, initial=str(given or "")
            )
        self.fields[f"{start}_amount"] = AmountField(
            label=_("Amount in %(currency)s") % {"currency": currency}, currency=currency, required=False, initial=money
        )
        self.fields[f"{start}_due"] = DayField(
            label=_("Until"), required=False, initial=term.due_date if term is not None else None
        )
        for place, part in enumerate(term.instalments if term is not None else ()):
            self.fields[f"{start}_p{place}_amount"] = AmountField(
                label=_("Part %(number)d, %(currency)s") % {"number": place + 1, "currency": part.amount.currency},
                currency=part.amount.currency,
                required=False,
                initial=part.amount,
            )
            self.fields[f"{start}_p{place}_due"] = DayField(label=_("Until"), required=False, initial=part.due_date)
        self.fields[f"{start}_text"] = CleanTextField(
            label=_("In words"),
            max_length=MAX_TEXT,
            multiline=True,
            required=False,
            initial=term.text if term else "",
            widget=forms.Textarea(attrs=SHORT),
        )
        self.fields[f"{start}_condition"] = CleanTextField(
            label=_("On condition that"),
            max_length=MAX_TEXT,
            multiline=True,
            required=False,
            initial=term.condition if term else "",
            widget=forms.Textarea(attrs={"rows": 1}),
        )

    def rows(self) -> list[dict[str, Any]]:
        """The fields row by row, for the template. `is_open`: there is something in it, or it is the first empty one."""
        found = []
        for number in range(len(self.terms) + EMPTY_ROWS):
            start, term = f"t{number}", self.terms[number] if number < len(self.terms) else None
            names = [name for name in self.fields if name.startswith(f"{start}_")]
            found.append(
                {
                    "number": number + 1,
                    "is_open": number <= len(self.terms)
                    or any(self[name].errors or self[name].value() for name in names),
                    **{name: self[f"{start}_{name}"] for name in ("kind", "debtor", "creditor", "amount", "due")},
                    **{name: self[f"{start}_{name}"] for name in ("text", "condition")},
                    "parts": [
                        (self[f"{start}_p{place}_amount"], self[f"{start}_p{place}_due"])
                        for place in range(len(term.instalments) if term is not None else 0)
                    ],
                }
            )
        return found

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        read = [self._read(number, values) for number in range(len(self.terms) + EMPTY_ROWS)]
        terms = tuple(term for term in read if term is not None)
        if not terms and not self.errors:
            raise forms.ValidationError(_("Write at least one term."), code="required")
        values["terms"] = terms
        return values

    def _read(self, number: int, values: dict[str, Any]) -> TermData | None:
        """The term of one row; None for an empty row, and for one with errors, which are at its fields."""
        start = f"t{number}"
        kind, amount, text = (values.get(f"{start}_{name}") for name in ("kind", "amount", "text"))
        if not kind:
            if (amount or text) and f"{start}_kind" not in self.errors:
                self.add_error(f"{start}_kind", _("Say what is owed, or empty this row."))
            return None
        before = self.terms[number] if number < len(self.terms) else None
        self._check(start, kind, values, before)
        if any(name.startswith(f"{start}_") for name in self.errors):
            return None
        is_payment = kind == TermKind.PAYMENT
        return TermData(
            id=before.id if before is not None else new_id(),
            kind=kind,
            debtor_id=_person(values.get(f"{start}_debtor")),
            creditor_id=_person(values.get(f"{start}_creditor")),
            amount=amount if is_payment else None,
            due_date=values.get(f"{start}_due"),
            condition=values.get(f"{start}_condition") or "",
            text=text or "",
            instalments=self._parts(start, values, before) if is_payment else (),
        )

    def _check(self, start: str, kind: str, values: dict[str, Any], before: TermData | None) -> None:
        if kind == TermKind.PAYMENT:
            for name, words in (
                ("amount", _("How much is paid?")),
                ("debtor", _("Who pays?")),
                ("creditor", _("Who is paid?")),
            ):
                if not values.get(f"{start}_{name}") and f"{start}_{name}" not in self.errors:
                    self.add_error(f"{start}_{name}", words)
        else:
            if not values.get(f"{start}_text") and f"{start}_text" not in self.errors:
                self.add_error(f"{start}_text", _("Say in words what is owed or declared."))
            if values.get(f"{start}_amount"):
                self.add_error(f"{start}_amount", _("Only a payment has an amount."))
        debtor = values.get(f"{start}_debtor")
        if debtor and debtor == values.get(f"{start}_creditor"):
            self.add_error(f"{start}_creditor", _("Nobody owes something to themselves."))

    def _parts(self, start: str, values: dict[str, Any], before: TermData | None) -> tuple[Instalment, ...]:
        """The instalments that are filled in; emptied ones fall away."""
        count = len(before.instalments) if before is not None else 0
        given = [
            (values.get(f"{start}_p{place}_amount"), values.get(f"{start}_p{place}_due")) for place in range(count)
        ]
        return tuple(Instalment(amount, due) for amount, due in given if amount is not None and due is not None)


def _person(value: Any) -> UUID | None:
    return UUID(value) if value else None


class ProposalForm(TermsForm):
    """The appointed mediator's own proposal."""

    name = "propose"
    base = forms.UUIDField(required=False, widget=forms.HiddenInput)
    summary = CleanTextField(
        label=__("The proposal in short"), max_length=4000, multiline=True, widget=forms.Textarea(attrs=SHORT)
    )
    reasoning = CleanTextField(
        label=__("Why you propose it"),
        help_text=__("All parties read it. Say nothing here that one of them told you in private."),
        max_length=20_000,
        multiline=True,
        widget=forms.Textarea(attrs=LONG),
    )


class AwardForm(TermsForm):
    """The arbitrator's award. `sure` is the signature: who is signed in signs."""

    name = "award"
    draft = forms.UUIDField(required=False, widget=forms.HiddenInput)
    reasoning = CleanTextField(
        label=__("Reasons"),
        help_text=__("On what every party could read. All parties read it."),
        max_length=20_000,
        multiline=True,
        widget=forms.Textarea(attrs=LONG),
    )

    def __init__(self, *args: Any, signer: str, is_drafted: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_drafted:
            self.fields["keep_sources"] = forms.BooleanField(
                label=_("Put the facts and passages of the draft into the award"), required=False, initial=True
            )
        self.fields["sure"] = forms.BooleanField(
            label=_("I, %(name)s, have decided this case myself and sign the award.") % {"name": signer}
        )
