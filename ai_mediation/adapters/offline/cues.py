"""The words that tell an offer from a demand, a cost or a refusal, in English and Spanish.

Each cue says what the sum after it is to the person who speaks. The cue nearest before a sum decides; longer cues stand first.
Where it matters who does it, `of_others` says what the cue means of somebody else: "I owe 200" is not "he owes 200".
"""

import re
from dataclasses import dataclass
from enum import Enum, auto


class Meaning(Enum):
    """What a party says about a sum."""

    OWE = auto()  # acknowledges owing it
    GIVE = auto()  # offers to pay it
    OFFER = auto()  # an offer, of paying or of taking, by the side the speaker stands on
    ACCEPT = auto()  # would be content with it, or agrees to pay it, by side
    TAKE = auto()  # wants it
    FLOOR = auto()  # wants at least it: a claim, and no step towards the other side
    UNPAID = auto()  # says it stands unpaid
    CONCEDE = auto()  # gives up this part of the own claim
    WITHHOLD = auto()  # keeps this part back
    PAID = auto()  # says it was paid in the past
    RECEIVED = auto()  # says it was received
    COST = auto()  # says what something cost or is worth
    REFUSE = auto()  # refuses to pay or to take it
    REPORTED = auto()  # says what others said, asked or should do
    NOTED = auto()  # names it, no more


_GIVE_EN = (
    r"(?:pay|return|refund|reimburse|repay|transfer|give|compensate|contribute|cover|send|hand over|chip in|spare)"
)
_GIVE_ES = r"(?:pagar|abonar|devolver|reembolsar|restituir|transferir|entregar|aportar|ingresar|dar)(?:le|les|te|os)?"
_NOT_EN = r"(?:not|never|\w{1,6}n't|\w{1,6}n’t|cannot|no longer|refused? to|decline[ds]? to)"


@dataclass(frozen=True)
class Cue:
    """A pattern with its meaning said by the speaker of themselves (`meaning`) or of others (`of_others`)."""

    pattern: str
    meaning: Meaning
    of_others: Meaning | None = None  # None: the same whoever is the subject


CUES = (
    # refusals and limits
    Cue(rf"{_NOT_EN} (?:accept|take|settle for|go|agree to)(?: for)?(?: anything)? (?:less than|under|below"
        rf"|lower than)", Meaning.FLOOR),
    Cue(rf"{_NOT_EN} (?:{_GIVE_EN}|go|offer|afford)(?: back)?(?: you| him| her| them)?(?: any)? (?:more than"
        rf"|above|over|higher than)", Meaning.GIVE, Meaning.REPORTED),
    Cue(r"no (?:voy a )?acept(?:aré|aría|o|ar|amos) menos de", Meaning.FLOOR),
    Cue(rf"no (?:puedo|podría|voy a|podemos) (?:{_GIVE_ES}) más de|no (?:pagaré|pagaría|ofrezco"
        rf"|doy) más de", Meaning.GIVE),
    Cue(r"(?:ha|have|had)(?:s|ve)? (?:still )?(?:not|never) (?:been )?(?:paid|returned|refunded|repaid)(?: me"
        r"| us)?(?: back)?"
        r"|(?:has|have|had|did)(?:n't|n’t) (?:been )?(?:paid?|return(?:ed)?|refund(?:ed)?|repa(?:y|id))(?: me"
        r"| us)?(?: back)?"
        r"|(?:did not|never) (?:pay|paid|return(?:ed)?|refund(?:ed)?|repa(?:y|id))(?: me| us)?(?: back)?"
        r"|(?:is|are|was|still|remains?) (?:unpaid|outstanding|overdue)|unpaid|outstanding|overdue"
        r"|without paying", Meaning.NOTED, Meaning.UNPAID),
    Cue(r"no (?:me |nos |se )?(?:lo |la )?(?:ha|han|has|habéis) (?:pagado|abonado|devuelto|reembolsado)"
        r"|no (?:me |nos )?(?:pagó|pagaron|abonó|abonaron|devolvió|devolvieron)|sin pagar|impagad[oa]s?"
        r"|pendientes? de pago", Meaning.UNPAID),
    Cue(rf"{_NOT_EN} (?:\w+ ){{0,2}}(?:{_GIVE_EN}|owe|offer(?:ed)?|accept(?:ed)?|take"
        rf"|agree(?:d)? to)", Meaning.REFUSE, Meaning.UNPAID),
    Cue(rf"no (?:\w+ ){{0,2}}(?:{_GIVE_ES}|pago|pagaré|pagaría|debo|debemos|acepto|aceptaré|ofrezco"
        rf"|adeudo)", Meaning.REFUSE),
    # what others asked, said or must do
    Cue(rf"(?:asked?|tells?|told|wants?|wanted|expects?|expected|demands?|demanded|ordered|makes?|forced"
        rf"|requires?|required) "
        rf"(?:me|us|that i|that we)(?: to)?(?: have to)? {_GIVE_EN}", Meaning.REPORTED),
    Cue(rf"would have (?:paid|offered|returned|accepted|taken|{_GIVE_EN})", Meaning.REPORTED),
    Cue(rf"(?:had|have|has|need|needed|forced|obliged|supposed) to {_GIVE_EN}", Meaning.COST, Meaning.TAKE),
    Cue(rf"(?:should|must|ought to|shall) (?:\w+ )?{_GIVE_EN}(?: me| us)?(?: back)?", Meaning.NOTED, Meaning.TAKE),
    Cue(r"tuv(?:e|imos|o) que (?:pagar|abonar|gastar)", Meaning.COST),
    Cue(r"(?:tienen?|deben?|debería[ns]?|tendría[ns]?) (?:que )?(?:pagar|abonar|devolver|reembolsar)(?:me"
        r"|nos)?", Meaning.TAKE),
    # wants
    Cue(r"(?:pay|give|return|refund|send|reimburse|repay|transfer)s? (?:it )?(?:to )?(?:me"
        r"|us)(?: back)?", Meaning.TAKE),
    Cue(r"(?:paid|gave|returned|refunded|sent|reimbursed|repaid|transferred)(?: to)? (?:me"
        r"|us)(?: back)?", Meaning.RECEIVED),
    Cue(r"(?:i|we|have|has|already|only) received|recib(?:í|imos)|he recibido|hemos recibido", Meaning.RECEIVED),
    Cue(r"(?:me|nos) (?:pagó|pagaron|abonó|abonaron|devolvió|devolvieron|ha pagado|han pagado)", Meaning.RECEIVED),
    Cue(r"(?:me|nos) (?:deben?|adeudan?)|(?:págu?e|devuélva|abóne)(?:me|nos)|págame|devuélveme|pagarme"
        r"|devolverme|abonarme|pagarnos|devolvernos"
        r"|que (?:me |nos )?(?:devuelvan?|paguen?|abonen?|reembolsen?)", Meaning.TAKE),
    Cue(r"owes?(?: me| us| you| him| her| them)?|(?:is|are) (?:still )?owed", Meaning.OWE, Meaning.TAKE),
    Cue(r"(?:want|claim|demand|ask(?:ing|ed)?(?: for)?|request|seek|expect|require|need|insist on|lent(?: him"
        r"| her| them| you)?|loaned"
        r"|am entitled to|would like|hope for)(?: back)?", Meaning.TAKE, Meaning.REPORTED),
    Cue(r"quiero|quisiera|pido|reclamo|exijo|solicito|necesito|espero|queremos|quisiéramos|pedimos|reclamamos"
        r"|exigimos|solicitamos"
        r"|necesitamos|(?:le |les |te )?prest(?:é|amos)", Meaning.TAKE),
    # what is given up or kept back
    Cue(r"(?:accept|agree to|allow|grant|concede|offer|give)(?: you| him| her"
        r"| them)? an? (?:price )?(?:deduction|discount|reduction|rebate)"
        r"|deduct|waive|forgo|knock off|write off|take off"
        r"|reduce (?:\w+ ){1,3}by", Meaning.CONCEDE, Meaning.REPORTED),
    Cue(r"(?:let|letting) (?:him|her|them|you) (?:then )?(?:keep|withhold|retain"
        r"|deduct)", Meaning.CONCEDE, Meaning.REPORTED),
    Cue(r"(?:may|can|could|might) (?:then )?(?:keep|withhold|retain|deduct)", Meaning.WITHHOLD, Meaning.CONCEDE),
    Cue(r"keep|kept|withhold|withheld|retain(?:ed)?|hold back|held back", Meaning.WITHHOLD, Meaning.REPORTED),
    Cue(r"acept(?:o|aría|aré) (?:un |una )?(?:descuento|rebaja|reducción|deducción)|(?:puede|pueden|podría"
        r"|podrían) (?:quedarse|descontar|retener)(?: con)?"
        r"|renunci(?:o|aría|aré)|condon(?:o|aría|aré)|descont(?:aría|aré)|descuento|rebajo|rebajar(?:ía"
        r"|é)", Meaning.CONCEDE),
    Cue(r"retengo|retuve|retenemos|me quedo con|nos quedamos con", Meaning.WITHHOLD),
    # content with, agree to, meet at
    Cue(r"accept|agree to|agree with|settle (?:for|at|on|with)|(?:be |am |is |are )?(?:happy|satisfied|content"
        r"|fine|ok|okay|comfortable) with"
        r"|go (?:down |up |as (?:high|low|far) as )?to|go as (?:high|low|far) as|come (?:down|up) to"
        r"|make do with|live with|meet (?:\w+ ){0,4}at|reduce (?:\w+ ){1,3}to"
        r"|lower (?:\w+ ){1,3}to", Meaning.ACCEPT, Meaning.REPORTED),
    Cue(r"acept(?:o|aría|aré|amos|aríamos|aremos)|(?:me|nos) conform(?:o|aría|amos|aríamos)(?: con)?|(?:me"
        r"|nos) bastan?|(?:me|nos) bastarían?"
        r"|(?:llegar|bajar|subir)(?:ía|é)? (?:a|hasta)|cerrar(?:ía)? (?:en|por|con)|dej(?:o|aría) en"
        r"|conforme con|de acuerdo con", Meaning.ACCEPT),
    Cue(r"offer(?:ed|ing)?|propos(?:e|ed|al)|suggest(?:ed)?", Meaning.OFFER, Meaning.REPORTED),
    Cue(r"ofrezco|ofrecí|ofrecemos|ofrecimos|ofrecería|propongo|propuse|proponemos|(?:mi"
        r"|nuestra) (?:última )?(?:oferta|propuesta)", Meaning.OFFER),
    Cue(r"ofrec(?:e|ió|en|ieron)|propon(?:e|en)|propuso|propusieron|pide|piden|reclaman?|exigen?"
        r"|quieren?", Meaning.REPORTED),
    # paid, cost
    Cue(r"paid|refunded|repaid|reimbursed|transferred|sent|gave|returned|handed over|contributed", Meaning.PAID),
    Cue(r"pagué|pagamos ya|pagó|pagaron|pagad[oa]s?|abon(?:é|ó)|devolv(?:í|ió)|transferí|ingresé"
        r"|desembolsé", Meaning.PAID),
    Cue(r"costs?(?! of)|costing|charged?|charges|billed|invoiced|quoted|spent|worth|valued|estimated|bought"
        r"|sold", Meaning.COST),
    Cue(r"cuestan?|costó|costaron|cobr(?:ó|aron|a)|vale|valen|valía|gast(?:é|amos|ó)|factur(?:é|ó|aron)"
        r"|compr(?:é|amos|ó)", Meaning.COST),
    # gives
    Cue(_GIVE_EN + r"(?: back)?", Meaning.GIVE, Meaning.REPORTED),
    Cue(r"(?<!el )(?<!un )(?<!del )(?<!cada )pago(?! de)|pagaré|pagaría|pagaremos|pagaríamos|abono(?! de)"
        r"|abonaré|abonaría|devuelvo|devolveré|devolvería|devolveremos"
        r"|reembolsaré|reembolsaría|transferiré|transferiría|doy|daré|daría|aporto|aportaré|aportaría", Meaning.GIVE),
    Cue(r"(?:le |les |te )?(?:debo|debemos|adeudo|adeudamos)(?! \w+r\b)", Meaning.OWE),
    Cue(_GIVE_ES, Meaning.GIVE, Meaning.REPORTED),
    Cue(r"(?<!could )(?<!can )take(?! (?:me|us|him|her|them|a|the|care|place|part|over|into|away)\b)|would take"
        r"|could take|can take|will take", Meaning.ACCEPT, Meaning.REPORTED),
)  # fmt: skip

_GROUPS = "|".join(f"(?P<c{index}>{cue.pattern})" for index, cue in enumerate(CUES))
_ANY = re.compile(rf"(?:{_GROUPS})(?![^\W_])")
_WORD_START = re.compile(r"(?<![^\W_])[^\W_]")
_LONGEST_CUE = 10  # words

MODALS_ES = re.compile(
    r"(?<![^\W_])(?:puedo|podría|quiero|quisiera|dispuest[oa]s?|ofrezco|ofrecí|ofrecería|propongo|propuse"
    r"|acepto|aceptaría|comprometo"
    r"|comprometemos|podemos|podríamos|queremos|ofrecemos|ofrecimos|proponemos|estoy|estaría|estamos|estaríamos"
    r"|voy|vamos|debo|intentaré)(?![^\W_])",
    re.IGNORECASE,
)
# "The rest of the deposit, 900 EUR, can go back": what may be done with the sum that stands before.
GOES_BACK = re.compile(
    r"\W{0,3}(?:(?:can|could|will|would|shall|may|is to|are to)\s(?:of course |gladly |now |then |certainly )?"
    r"(?:go back|come back|be (?:paid|returned|refunded|repaid|reimbursed|transferred|sent|given)(?: back)?)"
    r"|(?:is|are) (?:hers|his|theirs|yours)(?![^\W_])"
    r"|(?:se (?:le |les |te )?)(?:puede[n]?|podría[n]?)\s(?:devolver|pagar|reembolsar|abonar|restituir)"
    r"|(?:puede[n]?|podría[n]?)\s(?:devolverse|pagarse|reembolsarse|abonarse|restituirse|volver)"
    r"|se (?:le |les |te )?(?:devolverá[n]?|devolvería[n]?|pagará[n]?|reembolsará[n]?|abonará[n]?))(?![^\W_])"
    r"(?!\s(?:to me|to us|a mí|a nosotr|by|if|only|si|por))",
    re.IGNORECASE,
)
AFTERWARDS = re.compile(
    r"\W{0,2}(?:(?P<offer>(?:is|was|are|es|son|era|as|como)\s(?:\w+\s){0,2}(?:offer|proposal|limit|oferta"
    r"|propuesta|límite))"
    r"|(?P<accept>(?:is|are|would be|sounds|es|sería|me parecen?|estaría|está)\s(?:\w+\s){0,2}"
    r"(?:fine|ok|okay|fair|acceptable|enough|bien|just[oa]|suficiente|aceptable)))",
    re.IGNORECASE,
)
AT_LEAST = re.compile(
    r"(?:at least|no less than|not less than|a minimum of|minimum|al menos|por lo menos|como mínimo|mínimo"
    r"|no menos de)\s(?:\w+\s)?\Z",
    re.IGNORECASE,
)
INSTEAD_OF = re.compile(
    r"(?:instead of|rather than|out of|of the(?: whole| full| total| remaining)?|of my|of his|of her|not|from"
    r"|en vez de|en lugar de|de los|de las|y no)\s(?:the\s|los\s)?\Z",
    re.IGNORECASE,
)
LONGEST_INSTEAD_OF = 24  # characters, at least the most that it matches


@dataclass(frozen=True)
class FoundCue:
    cue: Cue
    start: int
    end: int


def last_cue(text: str) -> FoundCue | None:
    """The cue nearest to the end of `text`, whose white space must be single blanks.

    Searched from the end, word by word; a longer cue that begins earlier and reaches into the found one takes its place:
    "not accept less than" is no "accept".
    """
    lowered = text.lower()
    starts = [match.start() for match in _WORD_START.finditer(lowered)]
    for index in range(len(starts) - 1, -1, -1):
        found = _cue_at(lowered, starts[index])
        if found is not None:
            return _longer(lowered, starts[max(0, index - _LONGEST_CUE) : index], found)
    return None


def _longer(lowered: str, starts: list[int], found: FoundCue) -> FoundCue:
    for start in starts:
        earlier = _cue_at(lowered, start)
        if earlier is not None and earlier.end > found.start:
            return earlier
    return found


def _cue_at(lowered: str, start: int) -> FoundCue | None:
    match = _ANY.match(lowered, start)
    if match is None or match.lastgroup is None:
        return None
    return FoundCue(CUES[int(match.lastgroup[1:])], match.start(), match.end())
