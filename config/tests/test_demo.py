"""`make demo` against a fresh deployment: the three cases end green, and other tools agree about the PDFs."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from config.tests.demo_runs import last_words, load_templates, manage, player
from kernel.testing.live import LiveStack
from kernel.testing.template import ROOT

pytestmark = pytest.mark.live

CASES = ("deposit", "flatmates", "invoice")


@pytest.fixture(scope="module")
def played(live_server_stack: LiveStack, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of sealed PDFs, and what the demo printed."""
    home = tmp_path_factory.mktemp("demo")
    load_templates(live_server_stack)
    done = subprocess.run(
        player(live_server_stack, home, *CASES),
        cwd=ROOT,
        env=live_server_stack.environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{last_words(live_server_stack)}"
    return home / "out", done.stdout


def test_demo_every_case_ends_green(played: tuple[Path, str]) -> None:
    folder, words = played
    assert sorted(path.name for path in folder.iterdir()) == [f"{case}.pdf" for case in CASES]
    assert "3 cases" in words
    assert words.rstrip().endswith("Everything came out as expected.")


def test_demo_left_nothing_open_and_the_journal_is_whole(
    played: tuple[Path, str], live_server_stack: LiveStack
) -> None:
    stack = live_server_stack
    stack.wait_until(
        lambda: stack.sql("SELECT count(*) FROM kernel_outbox_event WHERE dispatched_at IS NULL") == [(0,)]
    )
    stack.wait_until(
        lambda: stack.sql("SELECT count(*) FROM kernel_delivery WHERE state <> 'done'") == [(0,)], seconds=60
    )
    done = manage(stack, "verify_journal")
    assert done.returncode == 0, done.stderr
    assert "The journal is whole" in done.stdout


def run_tool(*command: str) -> str:
    if shutil.which(command[0]) is None:
        pytest.skip(
            f"NOT CHECKED: {command[0]} is not installed here (poppler-utils, qpdf), so no outside tool saw the PDFs"
        )
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("case", CASES)
def test_demo_pdf_carries_one_valid_signature_over_the_whole_file(played: tuple[Path, str], case: str) -> None:
    words = run_tool("pdfsig", "-nocert", str(played[0] / f"{case}.pdf"))
    assert words.count("Signature #") == 1
    assert "Signature Validation: Signature is Valid." in words
    assert "Total document signed" in words


@pytest.mark.parametrize("case", CASES)
def test_demo_pdf_is_well_formed(played: tuple[Path, str], case: str) -> None:
    assert "No syntax or stream encoding errors found" in run_tool("qpdf", "--check", str(played[0] / f"{case}.pdf"))


@pytest.mark.parametrize("case", CASES)
def test_demo_pdf_says_who_signed(played: tuple[Path, str], case: str) -> None:
    text = " ".join(run_tool("pdftotext", str(played[0] / f"{case}.pdf"), "-").split())
    script = yaml.safe_load((ROOT / "demo" / "cases" / case / "case.yaml").read_text(encoding="utf-8"))
    for party in script["parties"]:
        assert party["full_name"] in text
