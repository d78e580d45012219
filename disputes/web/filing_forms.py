"""The steps of filing a case: who, what happened, what you want. Each reads what a draft keeps, and says at the field what is wrong."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from accounts.public import Locale, User
from disputes.enums import Side
from disputes.services.filing import MAX_DAYS_AHEAD, MAX_PARTIES, Filing
from disputes.services.invitations import Invitee
from disputes.web.fields import AddressField, DayField, currency_choices, money_of, usual_currency
from disputes.web.forms import CleanTextField
from kernel.clock import day_deadline, local_date, now
from kernel.readers import known_language

RESPOND_DAYS = 14
MOST_PEOPLE = MAX_PARTIES - 1
PERSON = ("email", "full_name", "side", "locale")
YES_NO = [
    ("yes", __("Yes: written down, signed by everybody and sealed")),
    ("no", __("No: it is enough that we agree")),
]


class PersonForm(forms.Form):
    """Somebody to invite."""

    email = AddressField(
        label=__("E-mail address"), error_messages={"required": __("Without an address nobody can be invited.")}
    )
    full_name = CleanTextField(
        label=__("Full name"), max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    side = forms.ChoiceField(
        label=__("On which side"),
        choices=[(Side.RESPONDENT, __("the other side")), (Side.CLAIMANT, __("my side"))],
    )
    locale = forms.ChoiceField(
        label=__("Language of the invitation"), choices=Locale.choices, help_text=__("It can be switched when reading.")
    )


class PeopleForms:
    """One form for each person; what concerns all of them is in `errors`."""

    def __init__(self, rows: list[dict[str, str]], user: User, *, is_bound: bool):
        self.user = user
        first = {"side": Side.RESPONDENT, "locale": known_language(user.locale)}
        self.forms = [_person(number, {**first, **row}, is_bound=is_bound) for number, row in enumerate(rows or [{}])]
        self.errors: list[str] = []

    def is_valid(self) -> bool:
        results = [form.is_valid() for form in self.forms]  # every form says what is wrong with it
        good = all(results)
        seen = {self.user.email}
        for form in self.forms:
            email = form.cleaned_data.get("email", "")
            if email and email in seen:
                form.add_error(
                    "email",
                    _("You are a party already; name the other side's address.")
                    if email == self.user.email
                    else _("This address stands here twice; invite each person once."),
                )
                good = False
            seen.add(email)
        if not any(form.cleaned_data.get("side") == Side.RESPONDENT for form in self.forms):
            self.errors.append(_("Name at least one person on the other side."))
            good = False
        return good

    def invitees(self) -> tuple[Invitee, ...]:
        return tuple(Invitee(**{name: form.cleaned_data[name] for name in PERSON}) for form in self.forms)

    @property
    def is_full(self) -> bool:
        return len(self.forms) >= MOST_PEOPLE


def _person(number: int, row: dict[str, Any], *, is_bound: bool) -> PersonForm:
    prefix = f"p{number}"
    if not is_bound:
        return PersonForm(prefix=prefix, initial=row)
    return PersonForm({f"{prefix}-{name}": row.get(name, "") for name in PERSON}, prefix=prefix)


class StoryForm(forms.Form):
    title = CleanTextField(
        label=__("In one line"),
        max_length=200,
        help_text=__("Such as “Deposit for the flat in Calle Mayor”. Everybody invited sees it, also in the mail."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    description = CleanTextField(
        label=__("What happened"),
        max_length=20_000,
        multiline=True,
        help_text=__(
            "In plain words, in the order it happened. The people you invite read this; your own sealed statement comes later."
        ),
        widget=forms.Textarea(attrs={"rows": 12}),
    )


class WishForm(forms.Form):
    amount = forms.CharField(
        label=__("Amount you claim"),
        max_length=24,
        required=False,
        help_text=__("Leave it empty if it is not about money."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    currency = forms.ChoiceField(label=__("Currency"))
    requires_contract = forms.ChoiceField(
        label=__("Shall an agreement become a contract?"), choices=YES_NO, widget=forms.RadioSelect
    )
    respond_by = DayField(
        label=__("Answer until"),
        help_text=__(
            "The end of that day in your time zone. Who has not answered by then is no longer waited for; nobody loses by silence."
        ),
    )
    locale = forms.ChoiceField(label=__("Language of the contract"), choices=Locale.choices)

    def __init__(self, *args: Any, user: User, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["currency"].choices = currency_choices()  # type: ignore[attr-defined]
        today = local_date(now(), user.timezone)
        self.fields["respond_by"].widget.attrs |= {
            "min": str(today + timedelta(days=1)),
            "max": str(today + timedelta(days=MAX_DAYS_AHEAD - 1)),
        }

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        try:
            values["money"] = money_of(values.get("amount") or "", values.get("currency") or "")
        except forms.ValidationError as error:
            self.add_error("amount", error)
        if (day := values.get("respond_by")) is not None:
            today = local_date(now(), self.user.timezone)
            if not today <= day < today + timedelta(days=MAX_DAYS_AHEAD):
                self.add_error(
                    "respond_by",
                    _("The date must lie ahead, at most %(days)d days.") % {"days": MAX_DAYS_AHEAD},
                )
        return values


STEPS: dict[str, str | Promise] = {
    "who": __("Who"),
    "story": __("What happened"),
    "wish": __("What you want"),
    "check": __("Check and send"),
}
FIELDS = {
    "story": ("title", "description"),
    "wish": ("amount", "currency", "requires_contract", "respond_by", "locale"),
}


def first_values(user: User) -> dict[str, str]:
    """What a new draft begins with."""
    return {
        "currency": usual_currency(user.timezone),
        "requires_contract": "yes",
        "respond_by": str(local_date(now(), user.timezone) + timedelta(days=RESPOND_DAYS)),
        "locale": known_language(user.locale),
    }


def typed(step: str, data: QueryDict) -> dict[str, Any]:
    """What a step's form holds, as it was typed; what a draft keeps. Characters that no text may hold are left out."""
    if step == "who":
        return {"people": [_typed_person(data, number) for number in _rows(data)]}
    return {name: _plain(data.get(name, "")) for name in FIELDS.get(step, ())}


def _rows(data: QueryDict) -> list[int]:
    numbers = {key.split("-")[0][1:] for key in data if key.startswith("p") and "-" in key}
    return sorted(int(number) for number in numbers if number.isdigit() and len(number) < 3)[:MOST_PEOPLE]


def _typed_person(data: QueryDict, number: int) -> dict[str, str]:
    return {name: _plain(data.get(f"p{number}-{name}", "")) for name in PERSON}


def _plain(text: str) -> str:
    return text.replace("\x00", "")


class FilingForms:
    """All steps of one draft, with what it keeps."""

    def __init__(self, content: Mapping[str, Any], user: User, *, is_bound: bool = True):
        values = {**first_values(user), **content}
        self.user = user
        self.people = PeopleForms(list(values.get("people") or []), user, is_bound=is_bound)
        if is_bound:
            self.story, self.wish = StoryForm(values), WishForm(values, user=user)
        else:
            self.story, self.wish = StoryForm(initial=values), WishForm(initial=values, user=user)

    def step(self, name: str) -> Any:
        return {"who": self.people, "story": self.story, "wish": self.wish}[name]

    def wrong_steps(self) -> list[str]:
        """The steps that are not complete."""
        return [name for name in ("who", "story", "wish") if not self.step(name).is_valid()]

    def filing(self) -> Filing:
        """What is filed. All steps have been found complete."""
        story, wish = self.story.cleaned_data, self.wish.cleaned_data
        return Filing(
            title=story["title"],
            description=story["description"],
            invitees=self.people.invitees(),
            amount=wish["money"],
            locale=wish["locale"],
            requires_contract=wish["requires_contract"] == "yes",
            respond_by=day_deadline(wish["respond_by"], self.user.timezone),
        )
