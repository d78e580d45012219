"""What the summary of a party's own position is made of, in the languages Accord speaks: plain, in the second person, formal."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SummaryWords:
    quote: str
    claimant: str
    respondent: str
    titled: str
    untitled: str
    says_turned: str
    that: str
    says: str
    filed: str
    asks: str
    asks_filed: str
    asks_filed_together: str
    asks_at_least: str
    would_settle_receiving: str
    would_settle_paying: str
    offers: str
    owes: str
    allows: str
    keeps: str
    paid: str
    received: str
    cost: str
    unpaid: str
    asks_deed: str
    wishes: str
    admits: str
    reserves: str
    papers: str
    nothing: str
    no_figure: str
    no_wish: str
    only_heated: str
    joint: str


ENGLISH = SummaryWords(
    quote="“{}”",
    claimant="You are the claimant{about}; on the other side {others}.",
    respondent="You are the respondent{about}; on the other side {others}.",
    titled=" in “{}”",
    untitled=" in this case",
    says_turned="You say that {}.",
    that="that {}",
    says="You say: {}.",
    filed="The sum in dispute was filed as {}.",
    asks="You ask for {}.",
    asks_filed="You ask for the sum filed, {}.",
    asks_filed_together="Together with {} you ask for the sum filed, {}.",
    asks_at_least="You want at least {}.",
    would_settle_receiving="You would accept {}.",
    would_settle_paying="You would agree to pay {}.",
    offers="You offer to pay {}.",
    owes="You acknowledge owing {}.",
    allows="You would let {} come off what you ask.",
    keeps="You keep back {}.",
    paid="You say that {} was paid.",
    received="You say that you received {}.",
    cost="You name costs or values of {}.",
    unpaid="You say that {} has not been paid.",
    asks_deed="You ask the other side for this: {}.",
    wishes="You also want this: {}.",
    admits="You acknowledge: {}.",
    reserves="You dispute or reserve: {}.",
    papers="You rely on these documents: {}.",
    nothing="You have not made a statement that this summary could rest on.",
    no_figure="You have not named a sum that you ask for, offer or would accept.",
    no_wish="You have not said what you want to come out of this.",
    only_heated="Remarks about the other person are left out here; nothing of your statement is changed by that.",
    joint=" and ",
)

SPANISH = SummaryWords(
    quote="«{}»",
    claimant="Usted es la parte reclamante{about}; en la otra parte: {others}.",
    respondent="Usted es la parte reclamada{about}; en la otra parte: {others}.",
    titled=" en el asunto «{}»",
    untitled=" en este asunto",
    says_turned="Usted expone que {}.",
    that="que {}",
    says="Usted expone: {}.",
    filed="La cantidad en disputa se cifró, al presentarla, en {}.",
    asks="Usted pide {}.",
    asks_filed="Usted pide la cantidad indicada al presentar el asunto, {}.",
    asks_filed_together="Junto con {}, usted pide la cantidad indicada al presentar el asunto, {}.",
    asks_at_least="Usted quiere al menos {}.",
    would_settle_receiving="Usted aceptaría {}.",
    would_settle_paying="Usted aceptaría pagar {}.",
    offers="Usted ofrece pagar {}.",
    owes="Usted reconoce deber {}.",
    allows="Usted admitiría descontar {} de lo que pide.",
    keeps="Usted retiene {}.",
    paid="Usted afirma que se pagaron {}.",
    received="Usted afirma haber recibido {}.",
    cost="Usted menciona costes o valores de {}.",
    unpaid="Usted afirma que no se han pagado {}.",
    asks_deed="Usted pide a la otra parte lo siguiente: {}.",
    wishes="Usted quiere además lo siguiente: {}.",
    admits="Usted reconoce: {}.",
    reserves="Usted discute o se reserva: {}.",
    papers="Usted se apoya en estos documentos: {}.",
    nothing="Usted no ha presentado una declaración en la que pueda apoyarse este resumen.",
    no_figure="Usted no ha indicado ninguna cantidad que pida, ofrezca o aceptaría.",
    no_wish="Usted no ha dicho qué quiere conseguir.",
    only_heated="Se omiten aquí los comentarios sobre la otra persona; nada de su declaración cambia por ello.",
    joint=" y ",
)


def summary_words(locale: str) -> SummaryWords:
    """Spanish for es and its regions, English for everything else."""
    return SPANISH if locale.lower().replace("_", "-").split("-")[0] == "es" else ENGLISH
