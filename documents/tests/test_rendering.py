"""Template and data to PDF: same bytes, nothing fetched, readable by outside tools."""

import copy
import http.server
import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from documents.adapters import sandbox
from documents.adapters.library import shipped_templates

pytestmark = pytest.mark.live
RENDER = "documents.adapters.jobs.rendering:render"
RENDER_PAGE = "documents.adapters.jobs.rendering:render_page"


def render(data: dict[str, Any], locale: str = "en", stage: str = "pdf", **options: Any) -> Any:
    template = next(one for one in shipped_templates() if (one.kind, one.locale) == ("settlement_agreement", locale))
    job = {
        "body": template.body,
        "styles": template.styles,
        "data": data,
        "locale": locale,
        "stage": stage,
        **options,
    }
    return sandbox.run(RENDER, job)


def tool(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("locale", ["en", "es"])
def test_agreement_is_a_tagged_pdf_that_other_tools_read(
    locale: str, settlement_data: dict[str, Any], tmp_path: Path
) -> None:
    answer = render(settlement_data, locale)
    path = tmp_path / "agreement.pdf"
    path.write_bytes(answer["pdf"])

    assert "No syntax or stream encoding errors" in tool("qpdf", "--check", str(path))
    information = tool("pdfinfo", str(path))
    assert "Tagged:          yes" in information
    assert f"Pages:           {answer['pages']}" in information
    assert "A4" in information
    text = " ".join(tool("pdftotext", "-layout", str(path), "-").split())
    page_word = {"en": "Page 1 of", "es": "Página 1 de"}[locale]
    for expected in (page_word, "Iñaki Žižek Παπάς Шевченко", "AC-7F3K2", "Marta Olsen"):
        assert expected in text
    money, day = {"en": ("€2,450.00", "15 January 2027"), "es": ("2450,00 €", "15 de enero de 2027")}[locale]
    assert money in text.replace("\xa0", " ").replace("2.450", "2450")
    assert day in text
    assert str(PdfReader(path).root_object["/Lang"]) == locale
    fonts = [line.split()[0] for line in tool("pdffonts", str(path)).splitlines()[2:]]
    assert fonts
    assert all("+Accord-" in font for font in fonts)


def test_same_input_gives_same_bytes_in_another_process(settlement_data: dict[str, Any]) -> None:
    first = render(settlement_data)
    sandbox.shut_down()
    shuffled = json.loads(json.dumps(dict(reversed(settlement_data.items()))))

    second = render(shuffled)

    assert first["pdf"] == second["pdf"]
    assert first["engine"] == second["engine"]


def test_archive_is_pdf_a_3_with_its_data_and_the_same_bytes_at_another_time(
    settlement_data: dict[str, Any], tmp_path: Path
) -> None:
    answer = render(settlement_data, archive=True)
    sandbox.shut_down()
    path = tmp_path / "archive.pdf"
    path.write_bytes(answer["pdf"])

    assert render(settlement_data, archive=True)["pdf"] == answer["pdf"]
    assert "No syntax or stream encoding errors" in tool("qpdf", "--check", str(path))
    reader = PdfReader(path)
    root: Any = reader.root_object
    description = root["/Metadata"].get_object().get_data().decode()
    assert 'pdfaid:part="3"' in description
    assert 'pdfaid:conformance="U"' in description
    [intent] = root["/OutputIntents"]
    assert intent["/S"] == "/GTS_PDFA1"
    assert intent["/DestOutputProfile"].get_object().get_data()[36:40] == b"acsp"
    [embedded] = root["/AF"]
    file = embedded["/EF"]["/F"].get_object()
    assert (embedded["/AFRelationship"], file["/Subtype"]) == ("/Source", "/application/json")
    assert json.loads(file.get_data()) == settlement_data
    assert (file["/Params"]["/CreationDate"], file["/Params"]["/ModDate"]) == ("D:20261121000000Z", "D:20261121000000Z")
    assert not reader.is_encrypted
    assert reader.trailer["/ID"]
    fonts = [line.split() for line in tool("pdffonts", str(path)).splitlines()[2:]]
    assert fonts
    assert {tuple(line[-5:-2]) for line in fonts} == {("yes", "yes", "yes")}  # embedded, subset, with a map to Unicode


@pytest.mark.parametrize(
    ("name", "font"),
    [
        ("محمد بن سلمان", "Accord-Arabic"),
        ("יוסי כהן", "Accord-Hebrew"),
        ("山田 太郎", "Accord-CJK"),
        ("김민준", "Accord-CJK"),
        ("龔自珍", "Accord-CJK"),
    ],
)
def test_names_in_other_scripts_are_drawn_and_can_be_searched(
    name: str, font: str, settlement_data: dict[str, Any], tmp_path: Path
) -> None:
    settlement_data["parties"][0]["name"] = name
    path = tmp_path / "names.pdf"
    path.write_bytes(render(settlement_data, archive=True)["pdf"])

    marks = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u200e\u200f"))
    assert name in " ".join(tool("pdftotext", str(path), "-").translate(marks).split())
    assert font in tool("pdffonts", str(path))


def test_a_language_that_is_written_from_the_right_begins_there() -> None:
    page = {"body": "<p>שלום</p>", "styles": "", "data": {}, "stage": "html"}

    assert '<html lang="he" dir="rtl">' in sandbox.run(RENDER, {**page, "locale": "he"})["html"]
    assert '<html lang="en">' in sandbox.run(RENDER, {**page, "locale": "en"})["html"]


def test_any_change_of_data_changes_the_identifier_on_the_page(settlement_data: dict[str, Any]) -> None:
    changed = copy.deepcopy(settlement_data)
    changed["terms"][0]["condition"] = "x"

    before, after = render(settlement_data, stage="text")["text"], render(changed, stage="text")["text"]

    assert before.splitlines()[-1] != after.splitlines()[-1]


def test_smallest_data_renders_without_gaps() -> None:
    data = {
        "case_reference": "X",
        "title": "T",
        "date": "2026-01-01",
        "parties": [{"name": "A", "role": "claimant"}, {"name": "B", "role": "respondent"}],
        "terms": [{"text": "A and B part in peace."}],
    }

    text = render(data, stage="text")["text"]

    assert "A and B part in peace." in text
    assert "None" not in text
    assert "Facts the parties agree on" not in text


def test_text_and_pdf_say_the_same(settlement_data: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "agreement.pdf"
    path.write_bytes(render(settlement_data)["pdf"])
    words = " ".join(tool("pdftotext", str(path), "-").split())

    for line in render(settlement_data, stage="text")["text"].splitlines():
        if "  " not in line and len(line) < 60:
            assert line.lstrip("0123456789.() ").lower() in words.lower(), line


def test_page_that_never_ends_is_killed() -> None:
    bomb = "<div style='width:1px'>" + "word " * 20_000 + "</div>"

    with pytest.raises(sandbox.JobKilledError) as caught:
        sandbox.run(
            RENDER_PAGE,
            {"html": bomb, "styles": "", "identifier": "0" * 32},
            limits=sandbox.Limits(wall_seconds=3, cpu_seconds=3),
        )

    assert caught.value.reason == "time"


def test_template_that_never_ends_is_killed() -> None:
    body = "{% for a in x %}{% for b in x %}{% for c in x %}y{% endfor %}{% endfor %}{% endfor %}"
    job = {"body": body, "styles": "", "data": {"x": list(range(3000))}, "locale": "en", "stage": "html"}

    with pytest.raises(sandbox.JobKilledError):
        sandbox.run(RENDER, job, limits=sandbox.Limits(wall_seconds=3, cpu_seconds=3))


class Listener(http.server.BaseHTTPRequestHandler):
    """Answers everything and counts."""

    seen: list[str]

    def do_GET(self) -> None:
        self.seen.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    seen: list[str] = []
    handler = type("Counting", (Listener,), {"seen": seen})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()


SINKS = [
    "<img src='{0}/img'>",
    "<img srcset='{0}/srcset 1x'>",
    "<picture><source srcset='{0}/source'><img src='{0}/picture'></picture>",
    "<link rel=stylesheet href='{0}/link.css'>",
    "<link rel=attachment href='{0}/attachment'>",
    "<a rel=attachment href='{0}/a-attachment'>x</a>",
    "<style>@import url({0}/import.css);</style>",
    "<style>@import '{0}/import2.css';</style>",
    "<style>@font-face{{font-family:f;src:url({0}/font.ttf)}} p{{font-family:f}}</style><p>x</p>",
    "<p style='background:url({0}/background)'>x</p>",
    "<ul style='list-style-image:url({0}/list)'><li>x</ul>",
    "<style>p::before{{content:url({0}/content)}}</style><p>x</p>",
    "<style>@page{{background:url({0}/page)}}</style>",
    "<style>p{{border-image:url({0}/border) 1}}</style><p>x</p>",
    "<style>p{{cursor:url({0}/cursor),auto;mask:url({0}/mask)}}</style><p>x</p>",
    "<object data='{0}/object'></object>",
    "<embed src='{0}/embed'>",
    "<iframe src='{0}/iframe'></iframe>",
    "<svg xmlns:xlink='http://www.w3.org/1999/xlink'><image xlink:href='{0}/svg-image' width='9' height='9'/></svg>",
    "<svg><image href='{0}/svg-href' width='9' height='9'/></svg>",
    "<svg><use href='{0}/use.svg#a'/></svg>",
    "<svg><style>@import url({0}/svg-style.css);</style><rect fill='url({0}/paint#p)' width='9' height='9'/></svg>",
    "<base href='{0}/'><img src='relative'>",
    "<video src='{0}/video' poster='{0}/poster'></video>",
    "<input type=image src='{0}/input'>",
    "<meta http-equiv=refresh content='0;url={0}/refresh'>",
    "<body background='{0}/body'>",
]


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_no_sink_of_a_page_fetches_anything(scheme: str, listener: tuple[str, list[str]], tmp_path: Path) -> None:
    address, seen = listener
    secret = tmp_path / "secret"
    secret.mkdir()
    for name in ("img", "attachment", "object", "link.css", "iframe"):
        (secret / name).write_text("TOP-SECRET-MARKER")
    target = address if scheme == "http" else secret.as_uri()
    html = (
        "<!DOCTYPE html><html><head></head><body>" + "".join(sink.format(target) for sink in SINKS) + "</body></html>"
    )

    answer = sandbox.run(
        RENDER_PAGE, {"html": html, "styles": f"@import url({target}/sheet.css);", "identifier": "0" * 32}
    )

    assert seen == []
    path = tmp_path / "out.pdf"
    path.write_bytes(answer["pdf"])
    tool("qpdf", "--qdf", "--object-streams=disable", str(path), str(tmp_path / "plain.pdf"))
    assert b"TOP-SECRET-MARKER" not in (tmp_path / "plain.pdf").read_bytes()


def test_without_our_fetcher_the_same_sinks_would_fetch(listener: tuple[str, list[str]]) -> None:
    """The test above can fail: WeasyPrint's own fetcher follows most of them."""
    import weasyprint

    address, seen = listener
    weasyprint.HTML(string="".join(sink.format(address) for sink in SINKS[:6])).write_pdf()

    assert len(seen) >= 4


def test_data_with_markup_in_every_text_field_fetches_nothing(
    settlement_data: dict[str, Any], listener: tuple[str, list[str]]
) -> None:
    address, seen = listener
    attack = "".join(sink.format(address) for sink in SINKS[:5]) + "{{ 70001*3 }}{% include '/etc/passwd' %}"
    attacked = _attacked(settlement_data, attack)

    text = render(attacked, stage="text")["text"]
    render(attacked)

    assert seen == []
    assert "{{ 70001*3 }}" in text
    assert "210003" not in "\n".join(text.splitlines()[:-1])  # the last line has the identifier


def _attacked(value: Any, attack: str, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _attacked(item, attack, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_attacked(item, attack, key) for item in value]
    is_free = isinstance(value, str) and key not in {"date", "due_date", "amount", "currency", "role", "kind"}
    return attack if is_free else value
