"""Spanish."""

from collections.abc import Sequence
from datetime import date

from babel.dates import format_date, get_month_names

from ai_mediation.adapters.offline.names import plain
from ai_mediation.adapters.offline.wording.protocol import Spoken
from disputes.public import Instalment, Party
from kernel.money import Money

_COUNTS = {2: "dos", 3: "tres", 4: "cuatro", 5: "cinco", 6: "seis"}
_UNITS = {"day": ("un día", "días"), "week": ("una semana", "semanas"), "month": ("un mes", "meses")}


class Spanish:
    locale = "es"

    # --- basics -------------------------------------------------------------------------------------------------------
    def money(self, money: Money) -> str:
        return money.format("es")

    def day(self, day: date) -> str:
        return str(format_date(day, "d 'de' MMMM 'de' y", locale="es"))

    def name(self, party: Party) -> str:
        return plain(party.full_name, longest=120) or (
            "la parte reclamante" if party.side == "claimant" else "la parte reclamada"
        )

    def names(self, parties: Sequence[Party]) -> str:
        return self._list([self.name(party) for party in parties])

    def _list(self, items: Sequence[str]) -> str:
        if len(items) < 2:
            return "".join(items)
        joint = (
            "e"
            if items[-1].lower().startswith(("i", "í", "hi", "hí")) and not items[-1].lower().startswith("hie")
            else "y"
        )
        return f"{', '.join(items[:-1])} {joint} {items[-1]}"

    def _said(self, quote: str) -> str:
        return f" («{quote}»)" if quote else ""

    # --- facts --------------------------------------------------------------------------------------------------------
    def acknowledges(self, author: Party, quote: str) -> str:
        return f"{self.name(author)} reconoce: «{quote}»."

    def denies(self, author: Party, quote: str) -> str:
        return f"{self.name(author)} niega: «{quote}»."

    def states_alone(self, author: Party, quote: str, document: str) -> str:
        paper = f" Un documento aportado por la misma parte recoge ese importe («{document}»)." if document else ""
        return f"{self.name(author)} afirma, sin que la otra parte lo haya confirmado: «{quote}».{paper}"

    def both_name_sum(self, money: Money, spoken: Sequence[Spoken]) -> str:
        return f"Ambas partes mencionan el importe de {self.money(money)}: {self._spoken(spoken)}"

    def both_name_day(self, day: int, month: int, year: int | None, spoken: Sequence[Spoken]) -> str:
        written = f"{day} de {get_month_names('wide', locale='es')[month]}{f' de {year}' if year else ''}"
        return f"Ambas partes mencionan el {written}: {self._spoken(spoken)}"

    def _spoken(self, spoken: Sequence[Spoken]) -> str:
        return "; ".join(f"{self.name(author)}: «{quote}»" for author, quote in spoken) + "."

    def sum_is_open(self, debtor: Party, creditor: Party, floor: Money, ceiling: Money) -> str:
        return (
            f"Se discute cuánto debe pagar {self.name(debtor)} a {self.name(creditor)}: entre {self.money(floor)} y "
            f"{self.money(ceiling)}."
        )

    # --- terms --------------------------------------------------------------------------------------------------------
    def payment(self, debtor: Party, creditor: Party, amount: Money, due: date, parts: Sequence[Instalment]) -> str:
        start = f"{self.name(debtor)} pagará a {self.name(creditor)} la cantidad de {self.money(amount)}"
        if not parts:
            return f"{start} a más tardar el {self.day(due)}."
        listed = self._list([f"{self.money(part.amount)} a más tardar el {self.day(part.due_date)}" for part in parts])
        return f"{start} en {self._count(len(parts))} plazos: {listed}."

    def _count(self, number: int) -> str:
        return _COUNTS.get(number, str(number))

    def acceleration(self) -> str:
        return "Si un plazo se retrasa más de 14 días, vencerá de inmediato toda la cantidad pendiente de pago."

    def settlement(self, title: str) -> str:
        about = f"del asunto «{title}»" if title else "de esta controversia"
        return (
            f"Una vez cumplidos íntegramente todos los pagos y actos previstos en este acuerdo, quedan saldadas todas las "
            f"reclamaciones recíprocas de las partes derivadas {about}."
        )

    def offered_act(self, party: Party, quote: str, due: date) -> str:
        return f"{self.name(party)} cumplirá, a más tardar el {self.day(due)}, lo que ofreció en el expediente común: «{quote}»."

    def exchange(self, party: Party, due: date) -> str:
        return (
            f"{self.name(party)} entregará a las demás partes, a más tardar el {self.day(due)}, copia de los documentos y "
            f"cuentas en que se apoya, y una declaración escrita de los puntos que acepta, los que no acepta y lo que pide u ofrece."
        )

    def answer(self, due: date) -> str:
        return (
            f"Las partes responderán por escrito a lo recibido a más tardar el {self.day(due)}. "
            f"Nadie renuncia por este acuerdo a ninguna reclamación ni defensa."
        )

    # --- background ---------------------------------------------------------------------------------------------------
    def filed(self, claimants: Sequence[Party], respondents: Sequence[Party], title: str, day: date) -> str:
        role = "parte reclamante" if len(claimants) == 1 else "partes reclamantes"
        other = "parte reclamada" if len(respondents) == 1 else "partes reclamadas"
        about = f"«{title}»" if title else "presente"
        return (
            f"En la controversia {about}, presentada el {self.day(day)}, intervienen {self.names(claimants)} como {role} y "
            f"{self.names(respondents) or 'nadie'} como {other}."
        )

    def filed_sum(self, amount: Money | None) -> str:
        if amount is None:
            return "No se indicó ninguna cantidad al presentar la controversia."
        return f"La cantidad en controversia se cifró, al presentarla, en {self.money(amount)}."

    def background_fact(self, text: str) -> str:
        return text

    def wish_to_settle(self) -> str:
        return "Las partes desean resolver la controversia de común acuerdo, sin acudir a la decisión de un tribunal."

    # --- summary and reasoning ----------------------------------------------------------------------------------------
    def summary_payment(self, debtor: Party, creditor: Party, amount: Money, due: date, parts: int) -> str:
        how = (
            f"en {self._count(parts)} plazos, el último a más tardar el {self.day(due)}"
            if parts > 1
            else f"a más tardar el {self.day(due)}"
        )
        return f"{self.name(debtor)} paga a {self.name(creditor)} {self.money(amount)} {how}."

    def summary_more(self, count: int) -> str:
        return f"Los términos recogen otros {count} pagos." if count > 1 else "Los términos recogen un pago más."

    def summary_settled(self) -> str:
        return "Con su cumplimiento queda resuelto el asunto entre las partes."

    def summary_no_money(self) -> str:
        return (
            "El expediente común no contiene ninguna cantidad que pueda proponerse. Las partes intercambian sus documentos "
            "y declaran por escrito qué aceptan y qué piden."
        )

    def how_drafted(self, *, award: bool) -> str:
        what = "Este laudo" if award else "Esta propuesta"
        return (
            f"{what} se ha redactado con reglas fijas a partir de lo que las partes han dicho y aportado a la vista de todas. "
            f"No se ha utilizado ningún modelo de lenguaje. No se han leído mensajes privados."
        )

    def rules(self) -> str:
        return (
            "Las reglas: lo que una parte reconoce deber se toma tal cual. Lo que la parte acreedora concede a la otra se "
            "descuenta primero de lo reclamado. Entre la mejor oferta y lo que aún se reclama se toma el punto medio; la "
            "oferta que cubre lo pedido se toma tal como se hizo. Lo que varias partes reclaman o deben en común, y no han "
            "dividido, se reparte por igual. Todos los pagos juntos nunca superan el total reclamado. El silencio no es "
            "oferta ni reconocimiento, y las palabras sin cifra no mueven ninguna cifra."
        )

    def no_figure(self) -> str:
        return "Ninguna parte ha indicado una cantidad que pagar o recibir, por lo que no se propone ninguna: sería inventarla."

    def heading(self, debtor: Party, creditor: Party) -> str:
        return f"Pago de {self.name(debtor)} a {self.name(creditor)}:"

    def claim(self, amount: Money, *, filed: bool) -> str:
        if filed:
            return f"La cantidad reclamada al presentar la controversia es de {self.money(amount)}."
        return f"Las cantidades pedidas suman {self.money(amount)}."

    def offers_alone(self) -> str:
        return "No se reclama ninguna cantidad, por lo que la oferta se toma tal como se hizo."

    def allows(self, creditor: Party, amount: Money, quote: str) -> str:
        return f"{self.name(creditor)} admite descontar {self.money(amount)}{self._said(quote)}."

    def paid_already(self, creditor: Party, amount: Money, quote: str) -> str:
        return (
            f"Ambas partes dicen que ya se han pagado {self.money(amount)} a {self.name(creditor)}{self._said(quote)}."
        )

    def content_with(self, creditor: Party, amount: Money, quote: str) -> str:
        return f"{self.name(creditor)} aceptaría {self.money(amount)}{self._said(quote)}."

    def asks(self, creditor: Party, amount: Money, quote: str) -> str:
        return f"{self.name(creditor)} pide {self.money(amount)}{self._said(quote)}."

    def at_least(self, creditor: Party, amount: Money, quote: str) -> str:
        return f"{self.name(creditor)} quiere al menos {self.money(amount)}{self._said(quote)}; eso no limita lo que reclama."

    def share_of_claim(self, amount: Money) -> str:
        return f"Lo reclamado en común se reparte según las reglas; entre estas dos partes aún se reclaman {self.money(amount)}."

    def still_claimed(self, amount: Money) -> str:
        return f"Por tanto, aún se reclaman {self.money(amount)}."

    def offers(self, debtor: Party, amount: Money, quote: str) -> str:
        return f"{self.name(debtor)} ofrece {self.money(amount)}{self._said(quote)}."

    def owes(self, debtor: Party, amount: Money, quote: str) -> str:
        return f"{self.name(debtor)} reconoce deber {self.money(amount)}{self._said(quote)}."

    def no_offer(self, debtor: Party) -> str:
        return f"No consta ninguna oferta de {self.name(debtor)}."

    def stood_by(self, party: Party, amount: Money, number: int) -> str:
        return f"Con su respuesta a la ronda {number}, {self.name(party)} mantiene {self.money(amount)}."

    def let_stand(self, party: Party, amount: Money, number: int) -> str:
        return f"{self.name(party)} no ha discutido los {self.money(amount)} de la ronda {number}."

    def midway(self, floor: Money, ceiling: Money, amount: Money) -> str:
        return f"El punto medio entre {self.money(floor)} y {self.money(ceiling)} es {self.money(amount)}."

    def offer_covers(self, amount: Money) -> str:
        return (
            f"La oferta cubre lo que aún se reclama, por lo que se toman {self.money(amount)} tal como se ofrecieron."
        )

    def both_stood_by(self, amount: Money) -> str:
        return f"Desde esa ronda nadie discute {self.money(amount)}; la cantidad se mantiene."

    def parts_wished(self, author: Party, quote: str) -> str:
        return f"Sobre el pago en plazos, {self.name(author)} dice: «{quote}»."

    def parts_countered(self, count: int, spacing: tuple[int, str]) -> str:
        number, unit = spacing
        one, many = _UNITS[unit]
        apart = one if number == 1 else f"{number} {many}"
        return f"Como pide la contrapropuesta, la cantidad se paga en {self._count(count)} plazos, con {apart} de diferencia."

    def rejected(self, number: int) -> str:
        return (
            f"La ronda {number} fue rechazada. El rechazo por sí solo no mueve ninguna cifra; solo cuenta lo que desde "
            f"entonces se ha aceptado, ofrecido o pedido."
        )

    def clauses_kept(self) -> str:
        return (
            "Se mantienen las cláusulas de la última ronda que nadie ha discutido y se incorporan las que traen las "
            "contrapropuestas."
        )

    def silent(self, parties: Sequence[Party]) -> str:
        verb = "no ha dicho" if len(parties) == 1 else "no han dicho"
        return f"{self.names(parties)} {verb} nada en el expediente común; esto no perjudica a nadie."
