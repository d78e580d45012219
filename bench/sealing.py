"""Sealing and checking: processor time of one seal, against pyHanko as its documentation has it; checking two signatures."""

import os
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

from bench.results import Result

SEAL_MS, TIMES, VERIFY_MS = 25.0, 5.0, 60.0
ROUNDS = 15
PAGE = "<h1>Agreement</h1>" + "<p>The parties agree that one pays and the other delivers, in two parts.</p>" * 40


def measure() -> list[Result]:
    os.environ.setdefault("ACCORD_ENV", "test")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    import django

    django.setup()
    from django.conf import settings

    from documents.public import render_page
    from esign.adapters import seal, timestamps
    from esign.adapters.inspection import check_seal
    from esign.tests.authority import authority

    with tempfile.TemporaryDirectory() as folder:
        settings.ACCORD_SEAL_KEY = str(Path(folder) / "seal.pem")
        document = render_page(html=PAGE, styles="").pdf
        pages = render_page(html="<h1>Certificate of completion</h1>" + PAGE, styles="").pdf
        sealed = seal.seal(document, pages, reason="bench")
        ours = _cpu(lambda: seal.seal(document, pages, reason="bench"))
        documented = _cpu(lambda: _as_documented(document, Path(settings.ACCORD_SEAL_KEY)))
        certificate = seal.identity().certificate
        with authority() as running:
            settings.TSA_URL, settings.TSA_ROOTS = running.address, running.root_pem
            # The authority's answer is checked in a child, and the breaker asks Redis: neither is measured here.
            with (
                mock.patch.object(timestamps.breaker, "call", lambda call, **_options: call()),
                mock.patch.object(timestamps, "now", _now),
            ):
                two = seal.extend(sealed, None)
            roots = timestamps.trusted_roots()
        arguments: dict[str, Any] = {"certificates": [[certificate]], "roots": roots}
        assert check_seal(pdf=two, **arguments)["level"] == "B-T"
        verify = _cpu(lambda: check_seal(pdf=two, **arguments))
    ratio = documented / ours
    return [
        Result(
            "seal",
            "processor time of one seal on a two-page document, with the added pages",
            round(ours, 1),
            "ms",
            SEAL_MS,
            ours <= SEAL_MS,
            "the issue's limit",
        ),
        Result(
            "seal-against-pyhanko",
            "the same file sealed by pyHanko as its documentation shows: key read from PEM, size found by signing twice",
            round(ratio, 1),
            "×",
            TIMES,
            ratio >= TIMES,
            f"pyHanko as documented, {documented:.1f} ms",
        ),
        Result(
            "verify-two-signatures",
            "processor time of checking a seal and a document time stamp, with the level",
            round(verify, 1),
            "ms",
            VERIFY_MS,
            verify <= VERIFY_MS,
            "the issue's limit",
        ),
    ]


def _cpu(call: Callable[[], object]) -> float:
    """Median processor milliseconds of `call`, warm."""
    call()
    taken = []
    for _ in range(ROUNDS):
        before = time.process_time()
        call()
        taken.append(1000 * (time.process_time() - before))
    return median(taken)


def _now() -> datetime:
    return datetime.now(UTC)


def _as_documented(document: bytes, pem: Path) -> bytes:
    """https://docs.pyhanko.eu, "Digital signatures": a SimpleSigner loaded for the signature, nothing reserved."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers

    simple: Any = signers.SimpleSigner
    signer = simple.load(str(pem), str(pem))
    assert signer is not None
    writer = IncrementalPdfFileWriter(BytesIO(document))
    target: BytesIO = signers.sign_pdf(writer, signers.PdfSignatureMetadata(field_name="Signature1"), signer=signer)
    return target.getvalue()
