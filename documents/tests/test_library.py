"""The shipped library: every template in both languages, filled in with realistic data and read back from the PDF."""

import copy
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from documents.adapters import sandbox
from documents.adapters.library import ShippedTemplate, shipped_clauses, shipped_templates

KINDS = {
    "board_resolution",
    "demand_letter",
    "incorporation",
    "mutual_release",
    "nda",
    "payment_plan",
    "service_agreement",
    "settlement_agreement",
}
TEMPLATES = {(one.kind, one.locale): one for one in shipped_templates()}
RENDER = "documents.adapters.jobs.rendering:render"


@dataclass(frozen=True)
class Read:
    """What an outside tool reads in a PDF."""

    pages: int
    text: str

    @property
    def words(self) -> str:
        return " ".join(self.text.replace("\xa0", " ").split())


def example(template: ShippedTemplate) -> dict[str, Any]:
    """The example of the template's own language; a copy."""
    english, spanish = template.schema["examples"]
    return copy.deepcopy(spanish if template.locale == "es" else english)


def job(template: ShippedTemplate, data: dict[str, Any], stage: str) -> Any:
    sent = {
        "body": template.body,
        "syntax": template.syntax,
        "clauses": template.clauses,
        "styles": template.styles,
        "data": data,
        "locale": template.locale,
        "stage": stage,
    }
    return sandbox.run(RENDER, sent)


def read(template: ShippedTemplate, data: dict[str, Any], folder: Path) -> Read:
    answer = job(template, data, "pdf")
    path = folder / "document.pdf"
    path.write_bytes(answer["pdf"])
    told = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True).stdout
    return Read(answer["pages"], told)


@pytest.mark.unit
def test_library_has_every_kind_in_both_languages() -> None:
    assert set(TEMPLATES) == {(kind, locale) for kind in KINDS for locale in ("en", "es")}
    clauses = {(one.slug, one.locale) for one in shipped_clauses()}
    slugs = {slug for slug, _locale in clauses}
    assert clauses == {(slug, locale) for slug in slugs for locale in ("en", "es")}


@pytest.mark.unit
@pytest.mark.parametrize(("kind", "locale"), sorted(TEMPLATES))
def test_examples_fit_their_schema(kind: str, locale: str) -> None:
    schema = TEMPLATES[kind, locale].schema

    Draft202012Validator.check_schema(schema)
    assert len(schema["examples"]) == 2
    for one in schema["examples"]:
        assert list(Draft202012Validator(schema).iter_errors(one)) == []


GOLDEN = {
    ("settlement_agreement", "en"): ["6.4 The parties consent to signing electronically", "Iñaki Žižek Παπάς Шевченко"],
    ("settlement_agreement", "es"): ["6.4 Las partes consienten en firmar electrónicamente", "la Parte Reclamante"],
    ("payment_plan", "en"): [
        "5.1 There is a “Default” if an Instalment is unpaid 10 days",
        "12 5 November 2027 £1,200.00 £0.00",
    ],
    ("payment_plan", "es"): [
        "5.1 Habrá «Incumplimiento» cuando un Plazo",
        "María de los Ángeles Núñez-Cortés",
        "ANEXO 1",
    ],
    ("mutual_release", "en"): ["3.2 The Second Party, subject to clause 2.2, releases", "(a) the ten-year warranty"],
    ("mutual_release", "es"): [
        "3.2 La Segunda Parte, con sujeción a la cláusula 2.2, renuncia",
        "(a) la garantía decenal",
    ],
    ("service_agreement", "en"): [
        "£1,850.00 for each calendar month",
        "Clauses 5, 6, 7 and 15 survive",
        "Due on or before 31 May 2027",
    ],
    ("service_agreement", "es"): [
        "1850,00 € por cada mes natural",
        "Subsistirán las cláusulas 5, 6, 7 y 15",
        "«La Cañada»",
    ],
    ("nda", "en"): ["1.4 Confidential Information does not include", "The duties under it last for 5 years"],
    ("nda", "es"): ["1.4 No es Información Confidencial", "durarán 5 años"],
    ("demand_letter", "en"): ["£14,812.60", "which of the facts in section 1 and which of the sums in section 3"],
    ("demand_letter", "es"): ["14.812,60 €", "qué hechos del apartado 1 y qué cantidades del apartado 3"],
    ("board_resolution", "en"): [
        "4.2 Appointment of a finance director.",
        "For: 2; against: 0; abstained: 1.",
        "Ólafur Þór Guðmundsson",
    ],
    ("board_resolution", "es"): ["4.2 Nombramiento de director financiero.", "Íñigo Ñáñez Güell", "abstenciones: 1."],
    ("incorporation", "en"): [
        "1,000 shares of £1.00 each; £1,000.00 in all",
        "the persons named in clause 5 are appointed",
    ],
    ("incorporation", "es"): ["3000,00 €", "las personas designadas en la cláusula 5"],
}


@pytest.mark.live
@pytest.mark.parametrize(("kind", "locale"), sorted(TEMPLATES))
def test_document_reads_as_it_should(kind: str, locale: str, tmp_path: Path) -> None:
    template = TEMPLATES[kind, locale]

    found = read(template, example(template), tmp_path)

    words = found.words.replace("1.850", "1850").replace("3.000,00", "3000,00")
    for expected in GOLDEN[kind, locale]:
        assert expected in words, expected
    page_word = {"en": f"Page 1 of {found.pages}", "es": f"Página 1 de {found.pages}"}[locale]
    assert page_word in words
    assert not re.search(r"\bNone\b|\{\{|\{%|\[#|\[=|<[a-z]|\*\*", words)


@pytest.mark.live
@pytest.mark.parametrize("locale", ["en", "es"])
def test_forty_instalments_run_over_pages_and_add_up(locale: str, tmp_path: Path) -> None:
    template = TEMPLATES["payment_plan", locale]
    data = example(template)
    currency = data["debt"]["currency"]
    data["debtor"]["name"] = (
        "Ñuñoa y Güímar de la Sacra Cofradía de Nuestra Señora de la Peña de Francia y San Íñigo, S.L.U."
    )
    data["instalments"] = [
        {
            "amount": {"amount": "360.00", "currency": currency},
            "due_date": f"{2027 + month // 12}-{month % 12 + 1:02d}-28",
        }
        for month in range(40)
    ]

    found = read(template, data, tmp_path)

    head = {"en": "Due on or before", "es": "A más tardar el"}[locale]
    assert found.text.count(head) >= 2  # the table's head stands on each of its pages
    rows = re.findall(r"^\s*(\d+)\s+28 (?:de )?\w+ (?:de )?20\d\d\s", found.text, re.MULTILINE)
    assert rows == [str(number) for number in range(1, 41)]
    total = {"en": "£14,400.00", "es": "14.400,00 €"}[locale]
    assert re.search(rf"Total\s+{re.escape(total)}", found.text.replace("\xa0", " "))
    assert "Ñuñoa y Güímar de la Sacra Cofradía" in found.words


@pytest.mark.live
@pytest.mark.parametrize(("kind", "locale"), sorted(TEMPLATES))
def test_smallest_data_leave_no_gaps_in_the_numbers(kind: str, locale: str) -> None:
    template = TEMPLATES[kind, locale]
    needed = template.schema["required"]
    data = {name: value for name, value in example(template).items() if name in needed}

    text = job(template, data, "text")["text"]

    numbers = [int(line.partition(".")[0]) for line in text.splitlines() if re.match(r"\d+\. \D", line)]
    assert numbers == list(range(1, len(numbers) + 1)) or kind == "service_agreement"
    assert numbers
    assert not re.search(r"\bNone\b|\{\{|\[#", text)


@pytest.mark.live
@pytest.mark.parametrize("locale", ["en", "es"])
def test_places_of_signatures_are_where_an_outside_tool_finds_their_lines(locale: str, tmp_path: Path) -> None:
    template = TEMPLATES["incorporation", locale]
    data = example(template)
    sent = {"body": template.body, "syntax": template.syntax, "clauses": template.clauses, "styles": template.styles}

    places = sandbox.run("documents.adapters.jobs.places:signature_places", {**sent, "data": data, "locale": locale})[
        "places"
    ]

    count = {"member": len(data["members"]), "director": len(data["directors"])}
    assert [one["role"] for one in places] == [
        f"{kind}-{number + 1}" for kind in count for number in range(count[kind])
    ]
    read(template, data, tmp_path)
    boxes = tmp_path / "boxes.html"
    subprocess.run(["pdftotext", "-bbox", str(tmp_path / "document.pdf"), str(boxes)], check=True)
    word = {"en": "Signature", "es": "Firma"}[locale]
    captions = []
    for number, page in enumerate(boxes.read_text(encoding="utf-8").split("<page ")[1:], start=1):
        height = float(re.search(r'height="([\d.]+)"', page).group(1))  # type: ignore[union-attr]
        for left, top in re.findall(rf'xMin="([\d.]+)" yMin="([\d.]+)"[^>]*>{word}</word>', page):
            captions.append((number, float(left), height - float(top)))
    assert len(captions) == len(places)
    for place, (page_number, left, bottom) in zip(places, captions, strict=True):
        assert place["page"] == page_number
        assert abs(place["left"] - left) < 2
        assert 0 < place["bottom"] - bottom < 12  # the caption stands right below the line
