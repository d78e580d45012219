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
    NO_ANSWER = "no_answer"
    BREACH = "breach"
    BINDING = "binding"
    CAUCUS = "caucus"
    UNDERSTANDING = "understanding"
    RANKING = "ranking"
    BIDDING = "bidding"
    WITHDRAWING = "withdrawing"
    SIGN_IN = "sign_in"
    DATA = "data"
    AI = "ai"


# What a narrower topic already answers. "What if they do not pay after signing?" is not about how one signs.
NARROWER: dict[Topic, frozenset[Topic]] = {
    Topic.NO_ANSWER: frozenset({Topic.DEADLINE, Topic.STATE, Topic.NEXT}),
    Topic.BREACH: frozenset({Topic.SIGNING, Topic.STATE, Topic.NEXT, Topic.ADVICE}),
    Topic.BINDING: frozenset({Topic.SIGNING, Topic.ADVICE}),
    Topic.CAUCUS: frozenset({Topic.HUMAN, Topic.WHO, Topic.PRIVACY}),
    Topic.RANKING: frozenset({Topic.PROPOSAL}),
    Topic.BIDDING: frozenset({Topic.PROPOSAL, Topic.PRIVACY}),
    Topic.WITHDRAWING: frozenset({Topic.FILING, Topic.ACT}),
    Topic.SIGN_IN: frozenset({Topic.SIGNING}),
    Topic.AI: frozenset({Topic.HUMAN}),
}


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
    Topic.NO_ANSWER: (
        "other_side|other_party|respondent|defendant|they|he|she|nobody ..4 answer*|respond*|repl*|react*|join*|ignore*|silent",
        "no answer|reply|response",
        "ignore*|silence|unanswered",
        "parte|demandad*|reclamad*|ellos|nadie|otro|otra ..4 responde*|contesta*|conteste*|responda*|reacciona*|participa*",
        "sin respuesta|contestar|responder",
        "ignora*|silencio",
    ),
    Topic.BREACH: (
        "if ..4 not|don't|doesn't|won't|never|fails|stops|cannot|can't ..3 pay|pays|paid|paying|perform|deliver|keep|comply|do",
        "not|don't|doesn't|didn't|won't|never|stop* ..2 pay|paid|paying|perform*|deliver*|keep*|compl* "
        "..4 agreement|agreed|contract|signed|signing",
        "break*|breach*|broke|broken|violat* ..4 agreement|contract|promise|settlement|terms",
        "enforc*",
        "si ..4 no|deja* ..3 paga*|pague*|cumpl*|entreg*|hace*|haga*",
        "no|deja* ..2 paga*|pague*|cumpl*|entreg* ..4 acuerdo|contrato|firma*|pactado",
        "incumpl*",
    ),
    Topic.BINDING: (
        "binding|enforceable|legally_valid",
        "valid|hold* ..3 court|legally",
        "vinculante*|vincula|obliga ..3 acuerdo|contrato|firma*",
        "vinculante*",
        "valid* ..4 juez|tribunal|juicio|legal*",
    ),
    Topic.CAUCUS: (
        "caucus*|sesion_privada",
        "mediator|ai ..3 alone|privately|private|confidence",
        "alone|privately|private ..4 mediator|ai",
        "mediador* ..3 solas|privado|confianza",
        "solas|privado ..4 mediador*",
    ),
    Topic.UNDERSTANDING: (
        "understanding ..2 check",
        "understood|misunderstood|misunderstand*",
        "confirm|correct ..4 summary|understanding|position",
        "summary ..3 wrong|my_position",
        "entendid*|malentendid*",
        "confirmar|corregir ..4 resumen|posicion",
    ),
    Topic.RANKING: (
        "rank*|candidates|candidate",
        "choose|prefer* ..3 between|proposals|options",
        "orden* ..4 propuestas|preferencia*|opciones",
        "candidata*|clasific*",
    ),
    Topic.BIDDING: (
        "bid|bids|bidding|blind|double-blind",
        "secret|hidden ..2 figure*|amount*|number*|offer*",
        "puja*|ciegas|cifra* ..2 secreta*",
        "oferta* ..2 secreta*|ciega*",
    ),
    Topic.WITHDRAWING: (
        "withdraw*|drop|cancel|close|end|stop ..3 case|dispute|claim|complaint",
        "withdraw|pull_out|leave ..2 case|mediation",
        "retirar*|desistir|cancelar|cerrar|terminar|abandonar ..3 caso|disputa|reclamacion|mediacion",
    ),
    Topic.SIGN_IN: (
        "password*|passwords|login|log_in|sign_in|signing_in|locked_out",
        "contrasena*|clave|iniciar_sesion",
        "entrar ..3 cuenta",
        "link ..3 expired|lost|work*",
        "enlace ..3 caducado|perdido|funciona*",
    ),
    Topic.DATA: (
        "data|datos|gdpr|rgpd|lopd*|ccpa",
        "encrypt*|cifrad*",
        "delete|remove ..3 account|profile",
        "borrar|eliminar ..3 cuenta|perfil",
        "personal information|informacion_personal",
    ),
    Topic.AI: (
        "are you ..4 human|person|robot|machine|bot|ai|program|real",
        "who|what are you",
        "is this ..3 ai|bot|robot|human|person",
        "artificial intelligence",
        "eres|es_usted ..4 human*|persona|robot|maquina|ia|programa|real",
        "quien|que eres|es_usted",
        "inteligencia artificial",
    ),
}
_PARSED: dict[Topic, tuple[Phrase, ...]] = {topic: tuple(map(parse_phrase, row)) for topic, row in _PHRASES.items()}


def topics_of(question: str) -> list[Topic]:
    """The topics a question touches, in the order of the enumeration, without those that a narrower one among them answers."""
    words = Words(question)
    touched = [topic for topic, phrases in _PARSED.items() if any(next(hits(one, words), None) for one in phrases)]
    answered = frozenset[Topic]().union(*(NARROWER.get(topic, frozenset()) for topic in touched))
    return [topic for topic in touched if topic not in answered]
