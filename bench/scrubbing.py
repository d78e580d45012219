"""Scrubbing before anything leaves for a model: how long 2,000 characters of a case take, by rules alone."""

import os
import statistics
import sys
import time
from pathlib import Path

from bench.results import Result

ROOT = Path(__file__).resolve().parents[1]
CHARACTERS = 2000
ROUNDS, CALLS = 15, 20
NAMES = ("Mara Engel", "Tobias Krug", "Inés Romero García", "Claire Whitfield")
FOUND = (
    "Write to mara.engel@example.org or call +49 30 1234567; pay to ES91 2100 0418 4502 0005 1332, Inés Romero García, DNI 12345678Z, "
    "Calle Mayor 5, 28013 Madrid. "
)


def measure() -> list[Result]:
    """Milliseconds for a text of the demo cases with personal data in it, and for ten times as much as a ratio."""
    os.environ.setdefault("ACCORD_ENV", "test")
    from kernel.testing import environment

    environment.prepare()
    from ai_mediation.adapters.questions import KnownPerson
    from ai_mediation.adapters.scrubbing import Scrubber
    from kernel.ids import new_id

    people = tuple(KnownPerson(new_id(), (name,)) for name in NAMES)
    text = case_text()

    def milliseconds(times: int) -> float:
        whole = text * times
        begun = time.process_time()
        for _ in range(CALLS):
            Scrubber(people, "a dispute").scrub(whole)
        return (time.process_time() - begun) / CALLS * 1000

    pairs = [(milliseconds(1), milliseconds(10)) for _ in range(ROUNDS)]
    value = round(min(once for once, _ in pairs), 2)  # as timeit has it: the rest is what else the machine does
    ratio = round(statistics.median(ten / once for once, ten in pairs), 1)
    if Scrubber(people, "a dispute").scrub(text).count("EMAIL_") < 1:
        print("Nothing was found in the text: the measurement is worth nothing.", file=sys.stderr)
        raise SystemExit(1)
    return [
        Result(
            "scrubbing",
            "2,000 characters of a case scrubbed, a new scrubber each time",
            value,
            "ms",
            2.0,
            value <= 2.0,
            "nothing: an upper limit",
        ),
        Result(
            "scrubbing-linear",
            "20,000 characters scrubbed",
            ratio,
            "× the time of 2,000",
            12.0,
            ratio <= 12.0,
            "itself, in the same run",
        ),
    ]


def case_text() -> str:
    """2,000 characters of the demo cases' statements, with an address, a telephone and an account in between."""
    import yaml

    told = [FOUND]
    for path in sorted((ROOT / "demo" / "cases").glob("*/case.yaml")):
        told += yaml.safe_load(path.read_text(encoding="utf-8"))["truths"].values()
    return "".join(told)[:CHARACTERS]
