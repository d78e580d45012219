"""What the scrubber replaces, form by form, and what it leaves: sums, days and ordinary numbers."""

import re
from pathlib import Path
from uuid import UUID

import pytest
import yaml

from ai_mediation.adapters.questions import KnownPerson
from ai_mediation.adapters.scrubbing import Scrubber

ROOT = Path(__file__).resolve().parents[2]


def people(*names: str) -> tuple[KnownPerson, ...]:
    return tuple(KnownPerson(UUID(int=number), (name,)) for number, name in enumerate(names))


def outline(text: str, *names: str) -> str:
    """The scrubbed text with codes cut off: EMAIL_BADOKI is EMAIL, PERSON_1_BADOKI is PERSON_1*."""
    scrubbed = Scrubber(people(*names), "a dispute").scrub(text)
    scrubbed = re.sub(r"(PERSON_\d+)_[A-Z]{6}(?![A-Z])", r"\1*", scrubbed)
    return re.sub(r"(NAME|EMAIL|PHONE|IBAN|CARD|ID|ADDRESS|TOKEN|HIDDEN)_(?:[BDGKLMNRSTVZ][AEIOU]){3}", r"\1", scrubbed)


# --- names ----------------------------------------------------------------------------------------------------------------
MARA = ("Mara Engel", "Tobias Krug")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mara Engel owes 300 euros.", "PERSON_1 owes 300 euros."),
        ("Mara owes Tobias 300 euros.", "PERSON_1_FIRST owes PERSON_2_FIRST 300 euros."),
        ("Ms Engel and Mr. Krug", "Ms PERSON_1_LAST and Mr. PERSON_2_LAST"),
        ("mara engel and MARA ENGEL; Engel, Mara", "PERSON_1* and PERSON_1*; PERSON_1*"),
        ("Mara Engel's flat and Tobias' key", "PERSON_1's flat and PERSON_2_FIRST' key"),
        ("M. Engel, T. Krug", "PERSON_1*, PERSON_2*"),
        ("Mara E. and T Krug", "PERSON_1* and PERSON_2*"),
        ("maraengel and mara.engel and mara_engel", "PERSON_1* and PERSON_1* and PERSON_1*"),
        ("Mára Éngel", "PERSON_1*"),
        ("M\u200bara En\u00adgel", "PERSON_1*"),
        ("Маra Engel", "PERSON_1*"),  # the first two letters are Cyrillic
        ("Mara Engels Wohnung ist in der Nähe und die Miete von Tobias Krugs Haus",
        "PERSON_1s Wohnung ist in der Nähe und die Miete von PERSON_2s Haus"),
        ("Krug did not pay. Engel did.", "PERSON_2_LAST did not pay. PERSON_1_LAST did."),
        ("marathon, engelhard, Krugman", "marathon, engelhard, Krugman"),
    ],
)  # fmt: skip
def test_names_are_found_however_they_are_spelt(text: str, expected: str) -> None:
    assert outline(text, *MARA) == expected


@pytest.mark.parametrize(
    ("names", "text", "expected"),
    [
        (["Inés Romero García"], "Ines Romero, Romero García, la señora García", "PERSON_1*, PERSON_1*, la señora PERSON_1_LAST"),
        (["Ana de la Fuente"], "Ana de la Fuente vive en la casa de la calle; la fuente está rota y Ana paga.",
         "PERSON_1 vive en la casa de la calle; la fuente está rota y PERSON_1_FIRST paga."),
        (["Jean-Pierre Dubois"], "Jean Pierre Dubois, J.-P. Dubois, jean-pierre", "PERSON_1*, PERSON_1*"),
        (["Jürgen Müller"], "Juergen Mueller, JURGEN MULLER, Herr Müller", "PERSON_1*, PERSON_1*, Herr PERSON_1_LAST"),
        (["Siobhán O'Brien"], "Siobhan O’Brien and Mrs O'Brien", "PERSON_1* and Mrs PERSON_1_LAST"),
        (["Ana Ruiz", "Luis Ruiz"], "Ana Ruiz and Luis and the Ruiz family", "PERSON_1 and PERSON_2_FIRST and the NAME family"),
        (["Will May"], "You may pay and I will wait until May. Will May signed on 3 May 2025. Ms May agreed.",
         "You may pay and I will wait until May. PERSON_1 signed on 3 May 2025. Ms PERSON_1_LAST agreed."),
        (["Grace Bill"], "The bill was for Grace and with good grace Bill paid it.",
         "The bill was for PERSON_1_FIRST and with good grace PERSON_1_LAST paid it."),
        (["王小明"], "我们和王小明先生签了合同", "我们和PERSON_1先生签了合同"),
        (["Анна Иванова"], "Иванова должна 300 евро Анне", "PERSON_1_LAST должна 300 евро Анне"),
        (["Vogt & Söhne GmbH"], "Vogt & Söhne GmbH hat die Rechnung nicht bezahlt, Vogt schweigt",
        "PERSON_1 hat die Rechnung nicht bezahlt, PERSON_1_FIRST schweigt"),
    ],
)  # fmt: skip
def test_names_of_many_kinds(names: list[str], text: str, expected: str) -> None:
    assert outline(text, *names) == expected


# --- contacts, accounts, numbers -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "written",
    [
        "mara.engel@example.org", "MARA+flat@Mail.Example.CO.UK", "josé.núñez@correo.es", "x_y-z@sub.domain.museum",
        "mara (at) example.org",
        "mara[at]example[dot]org", "info@müller-söhne.de",
    ],
)  # fmt: skip
def test_mail_addresses(written: str) -> None:
    assert outline(f"Write to {written}, please.") == "Write to EMAIL, please."


@pytest.mark.parametrize(
    "written",
    [
        "+34 612 345 678", "+49 (0)30 1234567", "0049 170 1234567", "+33 6 12 34 56 78", "+1 (212) 555-0123", "+44 20 7946 0018",
        "+39 347 123 4567",
        "612 345 678", "612345678", "912 34 56 78", "91 234 56 78", "030 1234567", "0171/1234567", "0171 1234567", "(030) 123456",
        "089-1234567",
        "06 12 34 56 78", "06.12.34.56.78", "0612345678", "020 7946 0018", "07700 900123", "(020) 7946 0018", "01632 960 123",
        "347 123 4567",
        "06 1234 5678", "212-555-0123", "(212) 555-0123", "212.555.0123", "1-212-555-0123", "2125550123",
    ],
)  # fmt: skip
def test_phone_numbers(written: str) -> None:
    assert outline(f"Call {written} now.") == "Call PHONE now."


def test_a_short_number_is_a_phone_number_when_it_is_called_one() -> None:
    assert outline("Tel.: 555 0123 or 555 0123") == "Tel.: PHONE or 555 0123"


@pytest.mark.parametrize(
    "written",
    [
        "ES91 2100 0418 4502 0005 1332", "ES9121000418450200051332", "DE89 3704 0044 0532 0130 00", "de89370400440532013000",
        "FR14 2004 1010 0505 0001 3M02 606", "IT60 X054 2811 1010 0000 0123 456", "GB29 NWBK 6016 1331 9268 19", "NO93 8601 1117 947",
        "MT84MALT011000012345MTLCAST001S", "GB29-NWBK-6016-1331-9268-19",
    ],
)  # fmt: skip
def test_bank_accounts(written: str) -> None:
    assert outline(f"Pay to {written} and tell me.") == "Pay to IBAN and tell me."


@pytest.mark.parametrize(
    "written",
    ["ES91 2100 0418 4502 0005 1333", "DE89370400440532013001", "XX89370400440532013000", "DE8937040044053201300"],
)
def test_a_bank_account_with_wrong_check_digits_is_none(written: str) -> None:
    assert "IBAN" not in outline(f"Pay to {written} and tell me.")


@pytest.mark.parametrize(
    "written",
    ["4111 1111 1111 1111", "4111-1111-1111-1111", "4111111111111111", "5500 0000 0000 0004", "378282246310005",
    "3782 822463 10005", "6011000990139424",
     "30569309025904", "4222222222222"],
)  # fmt: skip
def test_cards(written: str) -> None:
    assert outline(f"My card {written} was charged.") == "My card CARD was charged."


@pytest.mark.parametrize(
    "written", ["4111 1111 1111 1112", "4111111111111112", "1111 1111 1111 1117", "9111111111111111"]
)
def test_a_card_with_a_wrong_check_digit_is_none(written: str) -> None:
    assert "CARD" not in outline(f"My card {written} was charged.")


VALID = {
    "DNI": ["12345678Z", "12345678-Z", "12345678z", "12.345.678-Z", "00000000T"],
    "NIE": ["X1234567L", "Y-1234567-X", "Z1234567R"],
    "CIF": ["A58818501", "B-58378431", "Q2826000H", "P0800000B"],
    "Steuer-ID": ["86095742719", "47 036 892 816", "65929970489"],
    "Personalausweis": ["T220001293", "L01X00T471"],
    "NIR": ["2 69 05 49 588 157 80", "269054958815780", "1 85 05 78 006 084 91", "1 84 12 2A 451 089 33"],
    "codice fiscale": ["RSSMRA85T10A562S", "rss mra 85t10 a562s", "MRTMTT91D08F205J"],
    "NINO": ["AB123456C", "AB 12 34 56 C", "ab-12-34-56-c"],
    "NHS": ["943 476 5919", "9434765919", "943-476-5919"],
    "SSN": ["123-45-6789", "078 05 1120", "900-70-1234"],
    "EIN": ["12-3456789"],
}
INVALID = {
    "DNI": ["12345678A", "12.345.678-A"],
    "NIE": ["X1234567A"],
    "CIF": ["A58818502", "Q28260008"],
    "Steuer-ID": ["86095742710", "11111111111"],
    "Personalausweis": ["T220001294"],
    "NIR": ["2 69 05 49 588 157 81"],
    "codice fiscale": ["RSSMRA85T10A562A"],
    "NINO": ["GB123456C", "DA123456C", "AB123456E"],
    "SSN": ["000-12-3456", "666-12-3456", "123-00-4567", "123-45-0000"],
    "EIN": ["07-1234567"],
}


@pytest.mark.parametrize(("what", "written"), [(what, number) for what, numbers in VALID.items() for number in numbers])
def test_national_numbers(what: str, written: str) -> None:
    assert outline(f"My {what} {written}, as you know.") in (
        f"My {what} ID, as you know.",
        f"My {what} PHONE, as you know.",
    )


@pytest.mark.parametrize(
    ("what", "written"), [(what, number) for what, numbers in INVALID.items() for number in numbers]
)
def test_national_numbers_with_wrong_check_digits_are_none(what: str, written: str) -> None:
    assert "ID" not in outline(f"Mine: {written}, as you know.")


# --- addresses ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "written",
    [
        "Lindenstrasse 14", "Lindenstraße 14a", "Lindenstr. 14", "Berliner Straße 5", "Karl-Marx-Allee 12", "Am Alten Markt 5",
        "Hauptstr. 5, 10115 Berlin", "10115 Berlin, Hauptstr. 5", "Unter den Linden 77, 10117 Berlin", "Kaiserdamm 12-14, 14057 Berlin",
        "Calle Mayor 5", "C/ Mayor, 5", "C/ Mayor nº 5, 3º B, 28013 Madrid", "Avda. de la Constitución 12", "Plaza de España, 3",
        "Paseo de Gracia 92, 2º 1ª, 08008 Barcelona",
        "calle mayor 5, 28013 Madrid", "Gran Vía 32", "Carrer de Balmes 12",
        "12 rue de la Paix", "12 rue de la Paix, 75002 Paris", "12 bis, avenue Victor Hugo, 69003 Lyon",
        "5 place de la République", "7, bd Voltaire",
        "Via Roma 12", "Via Giuseppe Garibaldi, 14, 00184 Roma", "Piazza Navona 3", "Viale Mazzini 14/B", "Corso Italia, 5",
        "14 Elm Street", "221B Baker Street, London NW1 6XE", "10 Downing Street, London SW1A 2AA",
        "1600 Pennsylvania Avenue NW, Washington, DC 20500",
        "350 Fifth Ave, Apt 4B, New York, NY 10118", "P.O. Box 1234", "Flat 3, 12 High Street",
    ],
)  # fmt: skip
def test_addresses(written: str) -> None:
    assert outline(f"I live at {written}.").removeprefix("I live at Flat 3, ").removeprefix("I live at ") == "ADDRESS."


# --- what stays -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "1,450 euros, 1.450,00 €, EUR 1 450.00, $1,200.50, £612, 3 600 euros, 12 000 000 USD, 612 345 678 euros",
        "612.345.678,00 pesos and 0,50 € and 0.75 EUR",
        "31 August 2025, 31.08.2025, 31/08/2025, 08/31/2025, 2025-08-31, 20250831, 2025-08-31T12:30:00Z, 01 02 2025",
        "from 1 March 2023 to 31 August 2025; 15 September and 2 October; 3 de marzo de 2025; 14 mai 2025",
        "at 08:30 and 18:45, room 14, 30 cm, 48,211 kWh, 14 sqm, 2 x 4, 50 %, 1/3, 2:1",
        "invoice 2025-0917, factura 2025-014, pedido 612345678, order no. 2125550123, Rechnung Nr. 0301234567",
        "140.00 140.00 140.00 140.00 and 2023-06-11,420.00,140.00,140.00,140.00",
        "via PayPal 300 euros, via e-mail 14 May, Weg 3 Tage, plaza de garaje 12 meses, camino de 5 km",
        "They paid 300 in High Street and 2 Court hearings; 3 Way agreement; 10 Test Drive hours",
        "In 2024 Main Street was closed",
        "I owe 204 euros to you and 204 to her; version 10.11.12.13",
        "0192e4a0-7c11-7d33-8c11-123456789012",
        "the person 1 of us, person-centred, e-mail address, id-card, name-calling, address book, paid_by and file_name",
    ],
)
def test_sums_days_and_ordinary_numbers_stay(text: str) -> None:
    assert outline(text) == text


def texts_of_cases() -> list[tuple[str, str]]:
    texts: list[tuple[str, str]] = []
    for path in sorted((ROOT / "demo" / "cases").glob("*/case.yaml")):
        case = yaml.safe_load(path.read_text(encoding="utf-8"))
        names = "|".join(party["full_name"] for party in case["parties"])
        told = [case["title"], case["description"], *case["truths"].values()]
        told += [message["text"] for message in case["messages"]]
        told += [evidence["description"] for evidence in case["evidence"]]
        told += [file.read_text(encoding="utf-8") for file in path.parent.glob("*") if file.suffix in {".txt", ".csv"}]
        texts += [(text, names) for text in told]
    return texts


@pytest.mark.parametrize(("text", "names"), texts_of_cases())
def test_no_sum_and_no_day_of_the_demo_cases_is_lost(text: str, names: str) -> None:
    scrubber = Scrubber(people(*names.split("|")), "a dispute")
    scrubbed = scrubber.scrub(text)

    written = re.sub(r"Lindenstrasse 14", "", text)
    assert re.findall(r"\d[\d.,:/-]*", re.sub(r"PERSON_\d", "", scrubbed)) == re.findall(r"\d[\d.,:/-]*", written)
    assert scrubber.restore(scrubbed) == text
    assert [name for name in names.replace("|", " ").split() if name in scrubbed] == []
