"""Names that are also words. What is replaced too often only costs a model a word (it comes back in the answer); what is replaced in the
wrong place costs the sense: "you may pay", "on 3 May". A name that is a word of the text's own language therefore counts alone only
where it is written as a name. When the language is not clear, nothing counts as a mere word: keeping a name in comes first.
"""


def word_set(text: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(text.split())


# Alone they never name anybody: months, weekdays, particles, forms of address, legal forms, the commonest small words.
NEVER_ALONE = word_set(
    """
    january february march april may june july august september october november december enero febrero marzo abril mayo junio julio
    agosto septiembre setiembre octubre noviembre diciembre januar februar marz maerz mai juni juli oktober dezember janvier fevrier
    mars avril juin juillet aout septembre octobre novembre decembre gennaio febbraio aprile maggio giugno luglio settembre ottobre
    novembre dicembre monday tuesday wednesday thursday friday saturday sunday lunes martes miercoles jueves viernes sabado domingo
    montag dienstag mittwoch donnerstag freitag samstag sonntag lundi mardi mercredi jeudi vendredi samedi dimanche de del la las
    los el y e i von van der den des zu zum zur und da di do dos das du le les et della dei degli al bin ibn ben abu ter ten te op
    of the and a an or to in on at by for with as is it he she we you they will would can could shall should must not no yes si ja
    nein oui non mr mrs ms miss dr prof sir lord lady don dona herr frau san santa saint st ste gmbh ag kg ohg ug mbh sl slu sa sau
    sas sarl srl spa snc ltd limited llc llp inc corp plc co company bv nv cb se ev jr sr euro euros dollar dollars
    """
)

# Alone, with a capital and no article before them, they are taken for a name.
EVERYDAY = {
    "en": """
        mark grace rose art bill pat frank hope faith joy gene earl duke king prince bishop pope judge page reed grant rich ray dean guy rob
        sue jack violet olive ivy lily daisy iris ruby pearl amber crystal summer autumn winter dawn eve sky star angel young old long short
        little small large white black brown green gray grey red blue gold silver stone wood woods field fields hill hills lake rivers river
        brooks banks bank ford bridge bridges church house houses street lane park parks gate gates wall walls hall cook baker butcher
        carpenter carter cooper farmer fisher fuller gardener glover hunter mason miller painter porter potter shepherd singer smith tanner
        turner walker weaver archer barber clerk day knight noble sheriff steward ward bell ball berry bird bush case chase cross
        drake fish fox frost glass good grove hart hardy head holiday horn kind lamb law lawless leach love lovely major marsh moon moss
        nice noon north south east west pace pack paine pike pit plant pool poor power price pride quick rain read ring root rush sage sales
        sharp shore snow song sparks speed spring steel stern still strong sweet swift tell temple train underwood vale wade waters weeks
        wells wise wolf worth best bright blunt bond booth borne brand brash bull burns camp cannon cash chance charity christian click
        close cloud cole cost cotton craft crane cruise deal dear fair fate finch flower foot forest freed french english german
        spanish italian gay ginger harmony heather honor jasmine jewel laurel melody mercy misty patience penny prudence robin rusty sandy
        scarlett sunny trinity verity wills win chip chuck cliff clay drew flip glen lance max miles norm peg rip rod skip stew trip
        """,
    "es": """
        paz luz sol mar rey reyes cruz angel angeles blanca blanco bueno bravo calvo cano casa casas castillo campo campos cortes costa
        delgado duro flor flores fuente fuentes gallo gallego guerra guerrero hermoso herrero hierro iglesias izquierdo lago leal leon lobo
        llano luna malo manzano marin mayor merino mesa molino monte montes mora moreno moro nieto nieves pardo parra pastor pino pinto
        plaza pozo prado prieto puente ramos redondo rico rincon rio rios roble robles rojo rojas romero roque rosa rosas rosario rubio sala
        salas salinas salvador santos seco sierra soto toro torre torres valle vega vera verde vivo zapatero zorro consuelo dolores
        esperanza fe gloria gracia gracias mercedes milagros pilar remedios soledad concepcion asuncion encarnacion nieve perla rocio alba
        aurora estrella margarita violeta clara clemente justo modesto placido victoria fiel marco marcos paloma
        """,
    "de": """
        klein gross groß lang kurz koch bauer schneider schmied muller fischer weber wagner becker schafer zimmermann schreiber richter vogt
        vogel wolf fuchs hase hirsch bar baum berg stein bach wald busch dorn rose blume sommer winter herbst morgen abend konig kaiser
        herzog graf ritter jager sanger maler meister kramer kaufmann schuster topfer glaser maurer zimmer stark reich arm jung alt schwarz
        weiss weiß braun grun blau rot gold silber kohl kraut pfeffer salz brot winkel brand engel teufel gott himmel stern sonne mond ernst
        frei fromm frohlich krug kessel
        """,
    "fr": """
        petit grand roi blanc noir rouge vert brun roux boucher boulanger berger marchand charpentier meunier moulin fontaine riviere roche
        rose chevalier marin pierre blanche fleur marguerite olivier prosper aime desire constant parfait bonnet carre clerc
        """,
    "it": """
        bianchi rossi neri verdi bruno russo greco longo gallo conti costa fontana monti villa serra sala riva ferrari fabbri barbieri sarti
        santi grasso bello buono caro leone lupo gatti orsi vita stella gioia luce pace fiore viola rosa serena chiara bianca felice
        fortunato giusto libero primo prima secondo settimo
        """,
    # words of companies' names, in every language
    "": """
        services service solutions construction constructions building builders consulting group holding partners immobilien hausverwaltung
        verwaltung bau technik handel versicherung maler elektro reformas construcciones servicios inmobiliaria asociados hermanos comunidad
        propietarios seguros gestion travaux batiment immobiliere societe assurances edilizia servizi immobiliare assicurazioni
        international global office shop store media studio design data digital tech club school hotel restaurant cafe garage auto
        """,
}
WORDS = {language: word_set(words) for language, words in EVERYDAY.items()}
ALL_WORDS = frozenset().union(*WORDS.values())

# Small words that tell a language; those of two languages count for both.
_TELLING = {
    language: word_set(words)
    for language, words in {
        "en": "the and of is was are that this it he she they not with for you have has had from his her my",
        "es": "el los las que y en un una por con para no se su mi es lo como pero fue este esta me he ha del",
        "de": "der die das und ist nicht ich ein eine mit zu den dem von auf er sie es wir hat war im fur am",
        "fr": "le les et est un une des pas que je il elle dans pour sur ce nous vous au qui ne mon ma du",
        "it": "il lo gli e di che non un una per sono ho ha mi del della con si al ma questo nel era",
    }.items()
}
_ARTICLES = word_set(
    """
    the a an this that my your his her our their its every each no el la los las un una unos unas lo mi su der die das den dem des
    ein eine einen einem einer kein keine mein meine sein seine ihr le les une des du mon ma son sa notre il gli uno
    """
)
# What begins a sentence as a word more often than as a name.
STARTERS = word_set(
    """
    hope mark bill sue case close price cost good best still long read tell click rush chance cash day dear grant love nice kind
    poor bueno gracias mayor vera esperanza lang kurz klein morgen frei grand petit prima primo secondo caro felice
    """
)


def languages_of(words: set[str]) -> frozenset[str]:
    """Which of the five languages the (folded) words may be in; none when they do not tell."""
    counts = {language: len(words & telling) for language, telling in _TELLING.items()}
    most = max(counts.values())
    return frozenset(language for language, count in counts.items() if count and count * 2 > most)


def is_article(word: str) -> bool:
    return word in _ARTICLES
