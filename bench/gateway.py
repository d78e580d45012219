"""What the gateway adds to a call against the bare SDK, over the same local provider, taking turns; and what a kept answer takes."""

import json
import subprocess
import sys

from bench.results import Result
from bench.setting import ROOT, seeded


def measure() -> list[Result]:
    with seeded("bench.seed") as (_facts, environment, _folder):
        ran = subprocess.run(
            [sys.executable, "-m", "bench.gateway_calls"],
            env=environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    found = json.loads(ran.stdout.splitlines()[-1])
    medians = f"medians {found['gateway_ms']:.1f} against {found['sdk_ms']:.1f} ms"
    return [
        Result(
            "gateway-overhead",
            "time the gateway adds to one call of 2,000 characters, median of differences within pairs",
            round(found["added_ms"], 2),
            "ms",
            5.0,
            found["added_ms"] <= 5.0,
            f"the bare SDK over the same stub, taking turns ({medians})",
        ),
        Result(
            "gateway-hit",
            "an answer that is kept in the process: scrub, look, open, put names back; median",
            round(found["hit_ms"], 2),
            "ms",
            3.0,
            found["hit_ms"] <= 3.0,
            "nothing: an upper limit",
        ),
        Result(
            "gateway-hit-rate",
            "answers kept, one process, one thread",
            round(found["hits_per_second"]),
            "per second",
            1000.0,
            found["hits_per_second"] >= 1000.0,
            "nothing: a lower limit",
        ),
        Result(
            "gateway-hit-shared",
            "an answer that another process has made: out of Redis; median",
            round(found["shared_ms"], 2),
            "ms",
            3.0,
            found["shared_ms"] <= 3.0,
            "nothing: an upper limit",
        ),
    ]
