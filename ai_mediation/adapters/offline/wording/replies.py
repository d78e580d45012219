"""What the mediator says in the room and in a caucus when it answers by rules."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ReplyWords:
    who_i_am: str
    human: str
    human_asked: str
    human_there: str
    no_verdict: str
    no_law: str
    joint_is_open: str
    caucus_is_private: str
    permission: str
    heard_sums: str
    heard_sums_only: str
    heard: str
    on_record: str
    nothing_on_record: str
    says: str
    kinds: dict[str, str]
    offers: str
    asks: str
    statuses: dict[str, str]
    mediated_next: str
    statement_deadline: str
    consent_deadline: str
    no_deadline: str
    rounds: str
    proposal: str
    also_proposals: str
    calm: str
    questions: dict[str, str]
    thanks: str


ENGLISH = ReplyWords(
    who_i_am="I am an AI mediator, a program. I decide nothing and I represent nobody.",
    human="A person can take over at any time: choose “Ask for a human mediator” in the case.",
    human_asked="A human mediator has been asked for and will take the case.",
    human_there="A human mediator is appointed in this case and reads along.",
    no_verdict=(
        "I do not say who is right, and I make no proposal in the chat: a proposal goes to all parties at "
        "the same time."
    ),
    no_law=(
        "I cannot tell you what a court would decide, and this is no legal advice. A lawyer, a consumer "
        "office or a legal-aid clinic can."
    ),
    joint_is_open=(
        "This is the joint room: everybody in the case reads what is written here. To talk to me alone, use "
        "your private session."
    ),
    caucus_is_private=(
        "What you write here is read by you and the mediation only. I repeat none of it to the others, and "
        "it counts for proposals only "
        "where you allow it."
    ),
    permission=(
        "If I may use one of your lines for proposals, choose “Let the mediator use this” under that line; you can take it back. The "
        "others are not told who said what, but a figure in a proposal can let them guess."
    ),
    heard_sums="You name {sums} here. As long as you do not allow its use, it moves no proposal.",
    heard_sums_only="You name {sums} here. That stays here and moves no proposal.",
    heard="I have read your {count} lines.",
    on_record="On the joint record stands about money:",
    nothing_on_record="No party has named a sum to pay or to receive on the joint record yet.",
    says="{name} ({kind}, {day}): “{quote}”",
    kinds={"truth": "statement", "message": "joint room", "evidence": "document", "description": "filing"},
    offers="offers",
    asks="asks",
    statuses={
        "invite_sent": "The invitations are out. As soon as everybody has joined, each party writes its statement.",
        "stating": (
            "Each party writes its statement now. Nobody reads another's before all are in or the deadline passes."
        ),
        "mediating": "The case is in mediation. Any party can ask for a proposal with “Ask for a proposal”.",
        "proposed": (
            "A proposal is on the table. Each party accepts it, rejects it, or changes single clauses and sends "
            "it back."
        ),
        "agreed": "All parties have agreed. The agreement is being put in writing.",
        "decided": "The case has been decided.",
        "contracting": "The contract is being drawn up. Everybody reads it before signing.",
        "signing": "The contract waits for everybody's signature. It binds only when all have signed.",
        "arbitrating": "The case is before the arbitrator, a person.",
    },
    mediated_next=(
        "Before a proposal each party confirms or corrects how I understood it; then each ranks several "
        "proposals privately, and nobody "
        "sees another's ranking."
    ),
    statement_deadline="Statements can be made until {day}.",
    consent_deadline="Consent to arbitration can be given until {day}.",
    no_deadline="No deadline of the case is running now.",
    rounds="{count} rounds of proposals are left.",
    proposal=(
        "When you want a proposal, choose “Ask for a proposal”: it goes to all parties, with its reasons and sources."
    ),
    also_proposals=(
        "If you already know what would settle it, write it down with a sum or a deed and a day: that is "
        "what proposals are built on."
    ),
    calm=(
        "I understand that this is upsetting. Before you send something to the others you can ask for a "
        "calmer wording of it."
    ),
    questions={
        "wish": "What would have to be in an agreement so that you could sign it and be done?",
        "timing": "What matters more to you: how much, or when and how it is paid?",
        "figure": "Is there a figure, or a deed, with which you would close this today?",
        "worry": "What worries you most if this is not settled in the next weeks?",
        "other_than_money": (
            "Is there something besides money that the other side could do or say that would count for you?"
        ),
        "other_side": (
            "What do you think matters most to the other side, and what of it could you give at little cost?"
        ),
    },
    thanks="Thank you, I have read this.",
)

SPANISH = ReplyWords(
    who_i_am="Soy una mediación por IA, un programa. No decido nada ni represento a nadie.",
    human="Una persona puede encargarse en cualquier momento: elija «Solicitar una persona mediadora» en el caso.",
    human_asked="Se ha pedido una persona mediadora, que se encargará del caso.",
    human_there="En este caso hay una persona mediadora designada, que lee lo escrito.",
    no_verdict=(
        "No digo quién tiene razón ni hago propuestas en el chat: una propuesta llega a todas las partes al "
        "mismo tiempo."
    ),
    no_law=(
        "No puedo decirle qué resolvería un tribunal, y esto no es asesoramiento jurídico. Un abogado, una "
        "oficina de consumo o un servicio "
        "de orientación jurídica sí pueden."
    ),
    joint_is_open=(
        "Esta es la sala común: todas las personas del caso leen lo que se escribe aquí. Para hablar solo "
        "conmigo, use su sesión privada."
    ),
    caucus_is_private=(
        "Lo que usted escribe aquí solo lo leen usted y la mediación. No repito nada a las demás partes, y "
        "solo cuenta para las propuestas "
        "lo que usted permita."
    ),
    permission=(
        "Si puedo usar alguna de sus líneas para las propuestas, elija «Permitir que el mediador use esto» bajo esa línea; puede "
        "retirarlo después. A los demás no se les dice quién dijo qué, pero una cifra de una propuesta puede permitirles adivinarlo."
    ),
    heard_sums="Usted menciona aquí {sums}. Mientras no permita su uso, no mueve ninguna propuesta.",
    heard_sums_only="Usted menciona aquí {sums}. Eso queda aquí y no mueve ninguna propuesta.",
    heard="He leído sus {count} líneas.",
    on_record="En el expediente común consta sobre dinero:",
    nothing_on_record="Ninguna parte ha indicado todavía en el expediente común una cantidad que pagar o recibir.",
    says="{name} ({kind}, {day}): «{quote}»",
    kinds={"truth": "declaración", "message": "sala común", "evidence": "documento", "description": "presentación"},
    offers="ofrece",
    asks="pide",
    statuses={
        "invite_sent": (
            "Las invitaciones se han enviado. Cuando todas las partes participen, cada una escribirá su declaración."
        ),
        "stating": (
            "Cada parte escribe ahora su declaración. Nadie lee la de otra antes de que estén todas o venza el plazo."
        ),
        "mediating": (
            "El caso está en mediación. Cualquier parte puede pedir una propuesta con «Pedir una propuesta»."
        ),
        "proposed": (
            "Hay una propuesta sobre la mesa. Cada parte la acepta, la rechaza, o cambia cláusulas y la devuelve."
        ),
        "agreed": "Todas las partes están de acuerdo. El acuerdo se está poniendo por escrito.",
        "decided": "El caso se ha decidido.",
        "contracting": "Se está redactando el contrato. Todas las partes lo leen antes de firmar.",
        "signing": "El contrato espera la firma de todas las partes. Solo obliga cuando todas han firmado.",
        "arbitrating": "El caso está ante la persona árbitra.",
    },
    mediated_next=(
        "Antes de una propuesta, cada parte confirma o corrige cómo la he entendido; después cada una ordena "
        "en privado varias propuestas, y "
        "nadie ve el orden de otra."
    ),
    statement_deadline="Se puede declarar hasta el {day}.",
    consent_deadline="El consentimiento al arbitraje puede darse hasta el {day}.",
    no_deadline="Ahora no corre ningún plazo del caso.",
    rounds="Quedan {count} rondas de propuestas.",
    proposal=(
        "Cuando quiera una propuesta, elija «Pedir una propuesta»: llega a todas las partes, con sus motivos "
        "y sus fuentes."
    ),
    also_proposals=(
        "Si ya sabe con qué se resolvería, escríbalo con una cantidad o un acto y una fecha: sobre eso se "
        "construyen las propuestas."
    ),
    calm="Entiendo que esto es molesto. Antes de enviar algo a los demás puede pedir una redacción más serena.",
    questions={
        "wish": "¿Qué tendría que decir un acuerdo para que usted pudiera firmarlo y darlo por cerrado?",
        "timing": "¿Qué le importa más: cuánto, o cuándo y cómo se paga?",
        "figure": "¿Hay una cantidad, o un acto, con el que usted cerraría esto hoy?",
        "worry": "¿Qué le preocupa más si esto no se resuelve en las próximas semanas?",
        "other_than_money": (
            "¿Hay algo, además del dinero, que la otra parte pudiera hacer o decir y que para usted contara?"
        ),
        "other_side": (
            "¿Qué cree que le importa más a la otra parte, y qué de ello podría usted ceder con poco coste?"
        ),
    },
    thanks="Gracias, lo he leído.",
)


def reply_words(locale: str) -> ReplyWords:
    """Spanish for es and its regions, English for everything else."""
    return SPANISH if locale.lower().replace("_", "-").split("-")[0] == "es" else ENGLISH
