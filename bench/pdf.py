"""Contracts to PDF: a warm worker against a cold process, and five hundred in a row.

The document is the shipped settlement agreement with everything its schema knows (documents/tests/settlement.json). Every render has
another case reference, so that nothing comes from a cache. Cold: a new Python process that imports the engine and renders once, which
is what a worker without a warm server would pay for each document.
"""

import json
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.results import Result

RENDER = "documents.adapters.jobs.rendering:render"
ROOT = Path(__file__).resolve().parents[1]
WARM, COLD, QUEUED = 24, 5, 500
COLD_PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
from documents.adapters.jobs.rendering import render
render(**json.load(sys.stdin))
"""


def measure() -> list[Result]:
    """pdf-warm (seconds), pdf-cold-ratio, pdf-queued (last hundred's throughput against the first's), pdf-memory (growth in MiB)."""
    from documents.adapters import sandbox
    from documents.adapters.sandbox.client import AT_ONCE, server_pid

    for number in range(4):
        sandbox.run(RENDER, job(-number - 1), lane="making")
    warm = [timed(lambda n=n: sandbox.run(RENDER, job(n), lane="making")) for n in range(WARM)]  # type: ignore[misc]
    cold = [timed(cold_process) for _ in range(COLD)]
    server = server_pid()
    before = resident(server)
    started = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = pool.map(lambda number: sandbox.run(RENDER, job(number), lane="making"), range(1000, 1000 + QUEUED))
        ends = [time.perf_counter() - started for _ in done]
    growth = (resident(server) - before) / 1024
    first, last = 100 / ends[99], 100 / (ends[-1] - ends[-101])
    seconds = statistics.median(warm)
    ratio = statistics.median(cold) / seconds
    contract = "the shipped settlement agreement, three pages"
    return [
        Result("pdf-warm", "seconds for a contract PDF, warm", round(seconds, 3), "s", 0.25, seconds <= 0.25, contract),
        Result(
            "pdf-cold-ratio",
            "how many times faster than a cold process",
            round(ratio, 1),
            "×",
            4.0,
            ratio >= 4.0,
            f"a new process that renders one: {statistics.median(cold):.2f} s",
        ),
        Result(
            "pdf-queued",
            f"documents a second over {QUEUED} queued renders; the last hundred against the first",
            round(last / first, 2),
            "×",
            0.9,
            last / first >= 0.9,
            f"{QUEUED / ends[-1]:.1f} documents a second, {AT_ONCE} at once",
        ),
        Result(
            "pdf-memory",
            f"growth of the warm server's memory over {QUEUED} renders",
            round(growth, 1),
            "MiB",
            16.0,
            growth <= 16.0,
            f"{before / 1024:.0f} MiB before",
        ),
    ]


def job(number: int) -> dict[str, Any]:
    folder = ROOT / "templates" / "documents" / "library" / "settlement-agreement"
    data = json.loads((ROOT / "documents" / "tests" / "settlement.json").read_text(encoding="utf-8"))
    return {
        "body": (folder / "en" / "body.html").read_text(encoding="utf-8"),
        "styles": (folder / "styles.css").read_text(encoding="utf-8"),
        "data": data | {"case_reference": f"AC-{number}"},
        "locale": "en",
        "stage": "pdf",
    }


def cold_process() -> None:
    from documents.adapters.sandbox.client import _environment

    command = [sys.executable, "-c", COLD_PROGRAM, str(ROOT)]
    subprocess.run(command, input=json.dumps(job(0)).encode(), env=_environment(), cwd=ROOT, check=True)


def timed(work: Any) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def resident(process: int) -> int:
    """KiB of memory that are this process's own."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Clean", "Private_Dirty")))
