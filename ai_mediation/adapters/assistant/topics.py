"""What a question is about, by its words, in English and Spanish."""

from enum import Enum

from ai_mediation.adapters.compliance.phrases import Phrase, hits, parse_phrase
from ai_mediation.adapters.compliance.wordlist import Words


class Topic(Enum):
    """Things that the assistant can say something about without looking into anybody's texts."""

    ADVICE = "advice"
    HUMAN = "human"
    STATE = "state"
    DEADLINE = "deadline"
    NEXT = "next"
    PROPOSAL = "proposal"
    SIGNING = "signing"
    PRIVACY = "privacy"
    EVIDENCE = "evidence"
    STATEMENT = "statement"
    FILING = "filing"
    ARBITRATION = "arbitration"
    COSTS = "costs"
    WHO = "who"
    ACT = "act"


_PHRASES: dict[Topic, tuple[str, ...]] = {
    Topic.ADVICE: (
        "will|would|can|do|could i|we ..2 win|lose",
        "who ..2 right",
        "should i|we ..4 accept|reject|sue|agree|sign|settle|take",
        "is ..6 legal|illegal|lawful",
        "legal advice",
        "my|our chances",
        "what ..3 law ..3 say*",
        "am i ..3 liable|entitled|obliged|right",
        "is ..4 fair",
        "court ..3 decide",
        "debo|deberia ..4 aceptar|rechazar|demandar|firmar",
        "tengo ..2 razon|derecho",
        "quien ..3 razon",
        "es ..4 legal|ilegal|justo|licito",
        "voy ..2 ganar|perder",
        "que ..3 dice ..2 ley",
        "asesor* ..2 legal|juridic*",
        "me conviene",
    ),
    Topic.HUMAN: (
        "human|person|lawyer|real mediator|person|lawyer",
        "speak|talk ..4 person|human|somebody|someone|lawyer|mediator",
        "human",
        "lawyer",
        "mediador|mediadora ..2 human*|real",
        "hablar ..4 persona|alguien|abogad*|mediador*",
        "persona real",
        "abogad*",
    ),
    Topic.STATE: (
        "where ..4 stand|are_we",
        "what ..3 state|status|stage",
        "what ..2 happening|going",
        "how ..2 case",
        "status",
        "en_que ..3 estado|punto|fase|situacion",
        "como va",
        "estado ..3 caso|expediente|disputa|asunto",
        "que ..2 pasa",
        "summar*|resum*",
    ),
    Topic.DEADLINE: (
        "deadline*",
        "until when",
        "by when",
        "how ..2 long|much_time",
        "when ..6 due|end|ends|expire*|over|answer|reply|sign|state|finish*",
        "time ..2 left|have",
        "hasta cuando",
        "plazo*",
        "cuanto ..2 tiempo",
        "cuando ..6 vence*|termina*|acaba*|contest*|respond*|firm*",
        "fecha ..2 limite",
        "more time|mas tiempo",
    ),
    Topic.NEXT: (
        "what ..4 do|next",
        "next step*",
        "my turn",
        "what ..3 happens",
        "what now",
        "que ..4 hacer|hago",
        "siguiente ..2 paso",
        "proximo* paso*",
        "y ahora",
        "me toca",
        "que ..2 sigue|ocurre",
    ),
    Topic.PROPOSAL: (
        "proposal*|offer*|propuesta*|oferta*|proposed",
        "what ..3 agreed|proposed",
        "accept|reject|counter",
        "aceptar|rechazar",
    ),
    Topic.SIGNING: ("sign|signed|signing|signature*|contract|firm*|contrato|acuerdo_firmado", "who ..3 signed"),
    Topic.PRIVACY: (
        "private|privately|secret*|confidential*",
        "who ..3 see*|read*",
        "can ..4 see|read",
        "privad*|secret*|confidencial*",
        "quien ..3 ve|lee|leer|ver",
        "puede* ..4 ver|leer",
    ),
    Topic.EVIDENCE: ("evidence|upload*|attach*|photo*|prueba*|subir|adjunt*|foto*", "put ..3 record"),
    Topic.STATEMENT: ("statement*|declaracion*|mi_version", "my side", "tell ..3 story"),
    Topic.FILING: (
        "file|open|start|begin ..3 case|dispute|claim",
        "presentar|abrir|iniciar|empezar ..3 caso|disputa|reclamacion",
        "how ..3 accord ..2 work*",
        "como ..3 funciona",
    ),
    Topic.ARBITRATION: ("arbitrat*|arbitro|arbitra*",),
    Topic.COSTS: ("cost*|price|fee|fees|free|expensive|cuesta|coste*|precio|gratis|gratuit*|tarifa*",),
    Topic.WHO: (
        "who|quien|quienes ..5 part*|case|caso|involved|claimant*|respondent*|reclamante*|reclamad*|mediator|mediador*",
    ),
    Topic.ACT: (
        "accept|reject|sign|file|send|post|write|pay|withdraw|delete|cancel ..3 for me",
        "please|can_you|could_you ..2 accept|reject|sign|send|withdraw|delete|cancel|pay",
        "acepte|rechace|firme|envie|retire|borre|pague ..4 por_mi|en_mi_nombre",
        "puede|podria ..2 aceptar|rechazar|firmar|enviar|retirar|borrar",
    ),
}
_PARSED: dict[Topic, tuple[Phrase, ...]] = {topic: tuple(map(parse_phrase, row)) for topic, row in _PHRASES.items()}


def topics_of(question: str) -> list[Topic]:
    """The topics a question touches, in the order of the enumeration."""
    words = Words(question)
    return [topic for topic, phrases in _PARSED.items() if any(next(hits(one, words), None) for one in phrases)]
