"""What the candidates of a round are told in: their rules, their reasons, and the clauses they bring besides payments.

The sentences about rules are the same in every case: that something private was allowed to count is never to be read off them.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class CandidateWords:
    how_drafted: str
    how_drafted_helped: str
    bounds: str
    one_sided: str
    rules: dict[str, str]
    gives: str
    shown_by_paper: str
    named_by_both: str
    word_alone: str
    act_to: str
    receipt: str
    no_admission: str
    answers_request: str
    trial: str
    review: str
    written_proposal: str
    priorities: str
    joint_list: str
    summary_acts: str
    acts_reason: str


ENGLISH = CandidateWords(
    how_drafted=(
        "This is one of several proposals drafted by fixed rules from what the parties said and filed for "
        "each other to read. What a "
        "party told the mediator alone counts only where that party allowed it, and is never repeated. No "
        "language model set a figure."
    ),
    how_drafted_helped=(
        "This is one of several proposals drafted from what the parties said and filed for each other to read. What a party told the "
        "mediator alone counts only where that party allowed it, and is never repeated. A language model helped to weigh and to give "
        "reasons; every figure, day and clause was made and checked by fixed rules."
    ),
    bounds=(
        "No figure lies outside what the parties themselves opened: none below the most that is offered, "
        "none above the least that is "
        "asked. What a party acknowledges owing is owed in full. All payments together never exceed what is "
        "claimed in all."
    ),
    one_sided=(
        "On the joint record only one side named a figure here; without an offer the range from offer to "
        "demand begins at nothing."
    ),
    rules={
        "equal_split": "Equal split: the sum lies in the middle between what is offered and what is asked.",
        "merits": (
            "Weighed by what is shown: where a claim rests on words alone, the sum lies at one third of the way "
            "from offer to demand; where its sums "
            "are admitted or named in a document, two thirds; in between in proportion. Sums that the paying "
            "side shows in the same way "
            "count against it, by half as much."
        ),
        "more_time": (
            "Interests first: the paying side wants time and the receiving side says nothing against it, so the "
            "sum is paid in parts and "
            "lies a little above the middle (three fifths of the way from offer to demand)."
        ),
        "sooner": (
            "Interests first: the receiving side wants it over soon, so the sum is paid at once and lies a "
            "little below the middle (two "
            "fifths of the way from offer to demand)."
        ),
        "both": (
            "Interests first: one side wants it soon, the other wants time; so the first half is paid soon and "
            "the rest later."
        ),
        "halves": (
            "Interests first: nobody has to pay, or to wait for, everything at once; the middle between offer "
            "and demand is paid in two halves."
        ),
        "less_now": (
            "Another way: less, but at once. The sum lies at three tenths of the way from offer to demand, is "
            "paid within two weeks and receipted, and "
            "nobody admits anything by it."
        ),
        "more_later": (
            "Another way: more, but in stages. The sum lies at seven tenths of the way from offer to demand and "
            "is paid month by month."
        ),
        "proposals": "Equal steps: each side puts one whole proposal in writing on the same day.",
        "exchange": "Weighed by what can be shown: documents and accounts first, then written answers.",
        "trial": (
            "Interests first: what was offered is done, and what was asked for is tried for a time, without "
            "admitting a duty."
        ),
        "priorities": (
            "Interests first: each side says what matters most to it, before anybody argues about what is owed."
        ),
        "joint_list": "Another way: the parties look at the matter together and write one list of what each will do.",
    },
    gives="By this rule {debtor} pays {creditor} {amount}.",
    shown_by_paper="{name} names {amount} ({said}), and a document of the same party names that sum ({paper}).",
    named_by_both="{name} names {amount} ({said}), and the other side names the same sum.",
    word_alone="{name} names {amount} ({said}); nothing on the joint record confirms it.",
    act_to=(
        "{debtor} shall do for {creditor}, no later than {day}, what {debtor} offered in the joint record: “{quote}.”"
    ),
    receipt="{creditor} shall confirm to {debtor} in writing, no later than {day}, that the payment has arrived.",
    no_admission="The payment settles the matter. It is not an admission of any fault or debt.",
    answers_request=(
        "{debtor} shall answer {creditor} in writing, no later than {day}, whether and how this request can "
        "be met: “{quote}.”"
    ),
    trial=(
        "{debtor} shall, from {start} to {end}, on trial and without admitting any duty, do what {creditor} "
        "asked for in the joint "
        "record: “{quote}.”"
    ),
    review=(
        "No later than {day} the parties say in writing whether the matter is settled for them. Until then "
        "nobody waives a claim or a "
        "defence."
    ),
    written_proposal=(
        "{debtor} shall send {creditor}, no later than {day}, one whole proposal in writing with which the "
        "matter would be settled."
    ),
    priorities=(
        "{debtor} shall write to {creditor}, no later than {day}, the two things that matter most in this "
        "and what would be least hard to give."
    ),
    joint_list=(
        "{debtor} shall look at the matter together with {creditor}, on the spot or by video, no later than "
        "{day}, and sign with "
        "{creditor} a list of what each will do and by when."
    ),
    summary_acts="The proposal names no sum. {rule}",
    acts_reason=(
        "No party named a sum to pay or to receive, so none is proposed; the proposal rests on what was "
        "offered and asked for."
    ),
)

SPANISH = CandidateWords(
    how_drafted=(
        "Esta es una de varias propuestas redactadas con reglas fijas a partir de lo que las partes han "
        "dicho y aportado a la vista de "
        "todas. Lo que una parte dijo solo a la mediación cuenta únicamente si esa parte lo permitió, y "
        "nunca se repite. Ningún modelo de "
        "lenguaje ha fijado cantidades."
    ),
    how_drafted_helped=(
        "Esta es una de varias propuestas redactadas a partir de lo que las partes han dicho y aportado a la vista de todas. Lo que una "
        "parte dijo solo a la mediación cuenta únicamente si esa parte lo permitió, y nunca se repite. Un modelo de lenguaje ha ayudado a "
        "ponderar y a motivar; cada cantidad, fecha y cláusula se ha hecho y comprobado con reglas fijas."
    ),
    bounds=(
        "Ninguna cantidad queda fuera de lo que las propias partes abrieron: ninguna por debajo de lo máximo "
        "ofrecido ni por encima de lo "
        "mínimo pedido. Lo que una parte reconoce deber se debe íntegramente. Todos los pagos juntos nunca "
        "superan el total reclamado."
    ),
    one_sided=(
        "En el expediente común solo una parte ha indicado aquí una cantidad; sin oferta, el margen entre lo "
        "ofrecido y lo pedido comienza en cero."
    ),
    rules={
        "equal_split": "Reparto por igual: la cantidad es el punto medio entre lo ofrecido y lo pedido.",
        "merits": (
            "Según lo acreditado: si lo reclamado se apoya solo en palabras, la cantidad queda a un tercio del "
            "camino entre lo ofrecido y lo pedido; si sus importes están "
            "reconocidos o figuran en un documento, dos tercios; entre ambos, en proporción. Los importes que la "
            "parte pagadora acredita "
            "del mismo modo cuentan en contra, por la mitad."
        ),
        "more_time": (
            "Primero los intereses: la parte pagadora necesita tiempo y la otra no se opone, por lo que se paga "
            "en plazos una cantidad algo "
            "superior al punto medio (tres quintos del camino entre lo ofrecido y lo pedido)."
        ),
        "sooner": (
            "Primero los intereses: la parte que cobra quiere cerrar pronto, por lo que se paga de inmediato una "
            "cantidad algo inferior al "
            "punto medio (dos quintos del camino entre lo ofrecido y lo pedido)."
        ),
        "both": (
            "Primero los intereses: una parte quiere cobrar pronto y la otra necesita tiempo; la primera mitad "
            "se paga pronto y el resto después."
        ),
        "halves": (
            "Primero los intereses: nadie tiene que pagar ni esperar todo de una vez; el punto medio se paga en "
            "dos mitades."
        ),
        "less_now": (
            "Otra vía: menos, pero de inmediato. La cantidad queda a tres décimos del camino entre lo ofrecido y "
            "lo pedido, se paga en dos semanas con acuse de recibo, y "
            "nadie reconoce nada por ello."
        ),
        "more_later": (
            "Otra vía: más, pero por etapas. La cantidad queda a siete décimos del camino entre lo ofrecido y lo "
            "pedido y se paga mes a mes."
        ),
        "proposals": "Pasos iguales: cada parte presenta por escrito, el mismo día, una propuesta completa.",
        "exchange": (
            "Según lo que pueda acreditarse: primero los documentos y cuentas, después las respuestas por escrito."
        ),
        "trial": (
            "Primero los intereses: se hace lo ofrecido y lo pedido se prueba durante un tiempo, sin reconocer "
            "obligación alguna."
        ),
        "priorities": "Primero los intereses: cada parte dice qué le importa más, antes de discutir qué se debe.",
        "joint_list": (
            "Otra vía: las partes examinan juntas el asunto y escriben una sola lista de lo que hará cada una."
        ),
    },
    gives="Con esta regla, {debtor} paga a {creditor} {amount}.",
    shown_by_paper=(
        "{name} menciona {amount} ({said}), y un documento de la misma parte recoge ese importe ({paper})."
    ),
    named_by_both="{name} menciona {amount} ({said}), y la otra parte menciona el mismo importe.",
    word_alone="{name} menciona {amount} ({said}); nada en el expediente común lo confirma.",
    act_to=(
        "{debtor} cumplirá frente a {creditor}, a más tardar el {day}, lo que ofreció en el expediente "
        "común: «{quote}»."
    ),
    receipt="{creditor} confirmará por escrito a {debtor}, a más tardar el {day}, que ha recibido el pago.",
    no_admission="El pago resuelve el asunto. No supone reconocimiento de culpa ni de deuda.",
    answers_request=(
        "{debtor} responderá por escrito a {creditor}, a más tardar el {day}, si puede atenderse esta "
        "petición y cómo: «{quote}»."
    ),
    trial=(
        "{debtor} hará, del {start} al {end}, a prueba y sin reconocer obligación alguna, lo que {creditor} "
        "pidió en el expediente común: "
        "«{quote}»."
    ),
    review=(
        "A más tardar el {day}, las partes dirán por escrito si el asunto queda resuelto para ellas. Hasta "
        "entonces nadie renuncia a "
        "ninguna reclamación ni defensa."
    ),
    written_proposal=(
        "{debtor} enviará a {creditor}, a más tardar el {day}, una propuesta completa por escrito con la que "
        "el asunto quedaría resuelto."
    ),
    priorities=(
        "{debtor} escribirá a {creditor}, a más tardar el {day}, las dos cosas que más le importan en este "
        "asunto y lo que menos le costaría ceder."
    ),
    joint_list=(
        "{debtor} examinará el asunto junto con {creditor}, en el lugar o por vídeo, a más tardar el {day}, "
        "y firmará con {creditor} una "
        "lista de lo que hará cada parte y cuándo."
    ),
    summary_acts="La propuesta no fija ninguna cantidad. {rule}",
    acts_reason=(
        "Ninguna parte ha indicado una cantidad que pagar o recibir, por lo que no se propone ninguna; la "
        "propuesta se apoya en lo ofrecido y lo pedido."
    ),
)


def candidate_words(locale: str) -> CandidateWords:
    """Spanish for es and its regions, English for everything else."""
    return SPANISH if locale.lower().replace("_", "-").split("-")[0] == "es" else ENGLISH
