"""English."""

from collections.abc import Sequence
from datetime import date

from babel.dates import format_date, get_month_names

from ai_mediation.adapters.offline.names import plain
from ai_mediation.adapters.offline.wording.protocol import Spoken
from disputes.public import Instalment, Party
from kernel.money import Money

_COUNTS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
_UNITS = {"day": ("one day", "days"), "week": ("one week", "weeks"), "month": ("one month", "months")}


class English:
    locale = "en"

    # --- basics -------------------------------------------------------------------------------------------------------
    def money(self, money: Money) -> str:
        return money.format("en")

    def day(self, day: date) -> str:
        return str(format_date(day, "d MMMM y", locale="en"))

    def name(self, party: Party) -> str:
        return plain(party.full_name, longest=120) or ("the claimant" if party.side == "claimant" else "the respondent")

    def names(self, parties: Sequence[Party]) -> str:
        return self._list([self.name(party) for party in parties])

    def _list(self, items: Sequence[str]) -> str:
        return " and ".join(items) if len(items) < 3 else f"{', '.join(items[:-1])} and {items[-1]}"

    def _said(self, quote: str) -> str:
        return f" (“{quote}”)" if quote else ""

    # --- facts --------------------------------------------------------------------------------------------------------
    def acknowledges(self, author: Party, quote: str) -> str:
        return f"{self.name(author)} acknowledges: “{quote}.”"

    def denies(self, author: Party, quote: str) -> str:
        return f"{self.name(author)} disputes: “{quote}.”"

    def states_alone(self, author: Party, quote: str, document: str) -> str:
        paper = f" A document filed by the same party names the sum (“{document}”)." if document else ""
        return f"{self.name(author)} states, without confirmation by the other side: “{quote}.”{paper}"

    def both_name_sum(self, money: Money, spoken: Sequence[Spoken]) -> str:
        return f"Both sides name the sum of {self.money(money)}: {self._spoken(spoken)}"

    def both_name_day(self, day: int, month: int, year: int | None, spoken: Sequence[Spoken]) -> str:
        written = f"{day} {get_month_names('wide', locale='en')[month]}{f' {year}' if year else ''}"
        return f"Both sides name {written}: {self._spoken(spoken)}"

    def _spoken(self, spoken: Sequence[Spoken]) -> str:
        return "; ".join(f"{self.name(author)}: “{quote}”" for author, quote in spoken) + "."

    def sum_is_open(self, debtor: Party, creditor: Party, floor: Money, ceiling: Money) -> str:
        return (
            f"How much {self.name(debtor)} is to pay {self.name(creditor)} is in dispute between "
            f"{self.money(floor)} and {self.money(ceiling)}."
        )

    # --- terms --------------------------------------------------------------------------------------------------------
    def payment(self, debtor: Party, creditor: Party, amount: Money, due: date, parts: Sequence[Instalment]) -> str:
        start = f"{self.name(debtor)} shall pay {self.name(creditor)} the sum of {self.money(amount)}"
        if not parts:
            return f"{start} no later than {self.day(due)}."
        listed = self._list([f"{self.money(part.amount)} no later than {self.day(part.due_date)}" for part in parts])
        return f"{start} in {self._count(len(parts))} instalments: {listed}."

    def _count(self, number: int) -> str:
        return _COUNTS.get(number, str(number))

    def acceleration(self) -> str:
        return "If an instalment is more than 14 days late, the whole of the sum still unpaid falls due at once."

    def settlement(self, title: str) -> str:
        about = f"“{title}”" if title else "this dispute"
        return (
            f"Once every payment and act named in this agreement has been performed in full, all claims of the parties "
            f"against each other arising from {about} are settled."
        )

    def offered_act(self, party: Party, quote: str, due: date) -> str:
        return f"{self.name(party)} shall do what {self.name(party)} offered in the joint record, no later than {self.day(due)}: “{quote}.”"

    def exchange(self, party: Party, due: date) -> str:
        return (
            f"{self.name(party)} shall give the other parties, no later than {self.day(due)}, copies of the documents and "
            f"accounts relied on, and a written statement of which points are accepted, which are not, and what "
            f"{self.name(party)} asks for or offers."
        )

    def answer(self, due: date) -> str:
        return (
            f"The parties shall answer what they receive in writing no later than {self.day(due)}. "
            f"Nobody waives a claim or a defence by this agreement."
        )

    # --- background ---------------------------------------------------------------------------------------------------
    def filed(self, claimants: Sequence[Party], respondents: Sequence[Party], title: str, day: date) -> str:
        verb = "is the claimant" if len(claimants) == 1 else "are the claimants"
        other = "the respondent" if len(respondents) == 1 else "the respondents"
        about = f"“{title}”" if title else "this matter"
        return (
            f"In the dispute {about}, filed on {self.day(day)}, {self.names(claimants)} {verb} and "
            f"{self.names(respondents) or 'nobody'} {other}."
        )

    def filed_sum(self, amount: Money | None) -> str:
        return f"The sum in dispute was filed as {self.money(amount)}." if amount else "No sum in dispute was filed."

    def background_fact(self, text: str) -> str:
        return text

    def wish_to_settle(self) -> str:
        return "The parties wish to settle the dispute by agreement, without the decision of a court."

    # --- summary and reasoning ----------------------------------------------------------------------------------------
    def summary_payment(self, debtor: Party, creditor: Party, amount: Money, due: date, parts: int) -> str:
        how = (
            f"in {self._count(parts)} instalments, the last by {self.day(due)}" if parts > 1 else f"by {self.day(due)}"
        )
        return f"{self.name(debtor)} pays {self.name(creditor)} {self.money(amount)} {how}."

    def summary_more(self, count: int) -> str:
        return (
            f"{count} further payments stand in the terms." if count > 1 else "One further payment stands in the terms."
        )

    def summary_settled(self) -> str:
        return "With that the matter is settled between the parties."

    def summary_no_money(self) -> str:
        return (
            "The joint record names no sum that could be proposed. The parties exchange their documents and state in "
            "writing what they accept and what they ask."
        )

    def how_drafted(self, *, award: bool) -> str:
        what = "award" if award else "proposal"
        return (
            f"This {what} was drafted by fixed rules from what the parties said and filed for each other to read. "
            f"No language model was used. Private messages were not read."
        )

    def rules(self) -> str:
        return (
            "The rules: What a party acknowledges owing is taken as it stands. What the receiving side allows the other "
            "comes off the claim first. Between the best offer and what is still claimed the sum lies midway; an offer that "
            "covers the demand is taken as made. What several parties claim or owe together, and have not divided, is "
            "shared equally. All payments together never exceed what is claimed in all. Silence is neither an offer nor "
            "an admission, and words without a figure move no figure."
        )

    def no_figure(self) -> str:
        return "No party named a sum to pay or to receive, so none is proposed: a figure would be invented."

    def heading(self, debtor: Party, creditor: Party) -> str:
        return f"Payment by {self.name(debtor)} to {self.name(creditor)}:"

    def claim(self, amount: Money, *, filed: bool) -> str:
        return (
            f"The claim as filed is {self.money(amount)}."
            if filed
            else f"The sums asked for come to {self.money(amount)}."
        )

    def offers_alone(self) -> str:
        return "No sum is claimed, so the offer is taken as made."

    def allows(self, creditor: Party, amount: Money, quote: str) -> str:
        return f"{self.name(creditor)} allows {self.money(amount)} of it{self._said(quote)}."

    def paid_already(self, creditor: Party, amount: Money, quote: str) -> str:
        return f"Both sides say that {self.money(amount)} has been paid to {self.name(creditor)}{self._said(quote)}."

    def content_with(self, creditor: Party, amount: Money, quote: str) -> str:
        return f"{self.name(creditor)} would accept {self.money(amount)}{self._said(quote)}."

    def asks(self, creditor: Party, amount: Money, quote: str) -> str:
        return f"{self.name(creditor)} asks for {self.money(amount)}{self._said(quote)}."

    def at_least(self, creditor: Party, amount: Money, quote: str) -> str:
        return f"{self.name(creditor)} wants at least {self.money(amount)}{self._said(quote)}; that does not limit the claim."

    def share_of_claim(self, amount: Money) -> str:
        return f"What was claimed together is shared as the rules say; between these two {self.money(amount)} is still claimed."

    def still_claimed(self, amount: Money) -> str:
        return f"So {self.money(amount)} is still claimed."

    def offers(self, debtor: Party, amount: Money, quote: str) -> str:
        return f"{self.name(debtor)} offers {self.money(amount)}{self._said(quote)}."

    def owes(self, debtor: Party, amount: Money, quote: str) -> str:
        return f"{self.name(debtor)} acknowledges owing {self.money(amount)}{self._said(quote)}."

    def no_offer(self, debtor: Party) -> str:
        return f"No offer by {self.name(debtor)} is on record."

    def stood_by(self, party: Party, amount: Money, number: int) -> str:
        return f"By the answer to round {number}, {self.name(party)} stands by {self.money(amount)}."

    def let_stand(self, party: Party, amount: Money, number: int) -> str:
        return f"{self.name(party)} has not contested the {self.money(amount)} of round {number}."

    def midway(self, floor: Money, ceiling: Money, amount: Money) -> str:
        return f"Midway between {self.money(floor)} and {self.money(ceiling)} lies {self.money(amount)}."

    def offer_covers(self, amount: Money) -> str:
        return f"The offer covers what is still claimed, so {self.money(amount)} is taken as offered."

    def both_stood_by(self, amount: Money) -> str:
        return f"Since that round nobody contests {self.money(amount)}; the sum stays."

    def parts_wished(self, author: Party, quote: str) -> str:
        return f"On payment in parts, {self.name(author)} says: “{quote}.”"

    def parts_countered(self, count: int, spacing: tuple[int, str]) -> str:
        number, unit = spacing
        one, many = _UNITS[unit]
        apart = one if number == 1 else f"{number} {many}"
        return f"As the counter-proposal asks, the sum is paid in {self._count(count)} parts, {apart} apart."

    def rejected(self, number: int) -> str:
        return (
            f"Round {number} was rejected. A rejection moves no figure by itself; only what has been accepted, offered or "
            f"asked since is taken into account."
        )

    def clauses_kept(self) -> str:
        return "Clauses of the last round that nobody contested are kept, and those the counter-proposals brought are taken in."

    def silent(self, parties: Sequence[Party]) -> str:
        verb = "has" if len(parties) == 1 else "have"
        return f"{self.names(parties)} {verb} said nothing in the joint record; this is not held against anybody."
