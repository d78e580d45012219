"""Forms of the mediation protocol: one's own summary, the order of candidates, a secret bid."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from disputes.web.forms import CleanTextField
from disputes.web.room_forms import SHORT, AmountField, RoomForm


class CorrectForm(RoomForm):
    name = "correct"
    correction = CleanTextField(
        label=__("What is understood wrongly or missing"),
        help_text=__("The mediator may use what you write here for proposals. It is never quoted to the others."),
        max_length=10_000,
        multiline=True,
        widget=forms.Textarea(attrs=SHORT),
    )


class RankingForm(RoomForm):
    """A place for each candidate, each place once. `order` comes out as candidate ids, best first."""

    name = "ranking"

    def __init__(self, *args: Any, candidates: tuple[UUID, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.candidates = candidates
        places = [("", "–"), *((str(place), str(place)) for place in range(1, len(candidates) + 1))]
        for number, candidate in enumerate(candidates, start=1):
            self.fields[f"place_{candidate}"] = forms.ChoiceField(
                label=_("Place of proposal %(number)d") % {"number": number}, choices=places, required=False
            )

    def field_of(self, candidate: UUID) -> forms.BoundField:
        return self[f"place_{candidate}"]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        given = {candidate: values.get(f"place_{candidate}") or "" for candidate in self.candidates}
        if self.errors:
            return values
        if "" in given.values():
            raise forms.ValidationError(_("Give every proposal a place; 1 is the one you like best."), code="required")
        if len(set(given.values())) != len(given):
            raise forms.ValidationError(_("Each place can be given once."), code="invalid")
        values["order"] = sorted(given, key=lambda candidate: int(given[candidate]))
        return values


class BidForm(RoomForm):
    name = "bid"

    payer = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, currency: str, pays: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        label = _("The most you would pay, in %(currency)s") if pays else _("The least you would take, in %(currency)s")
        self.fields["amount"] = AmountField(label=label % {"currency": currency}, currency=currency)


class DirectionForm(RoomForm):
    name = "direction"
    payer = forms.UUIDField(widget=forms.HiddenInput)
