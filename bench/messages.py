"""Reading and writing chat: Accord in its production shape against FastAPI + SQLAlchemy over the same tables."""

import json
import os
import statistics
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bench.results import Result
from bench.setting import ROOT, free_port, program, seeded

CONNECTIONS = 32
ROUNDS = int(
    os.environ.get("BENCH_ROUNDS", "5")
)  # each round measures both, one after the other; the median of the rounds' ratios counts
SECONDS = float(os.environ.get("BENCH_SECONDS", "5"))


def load(orders: dict[str, Any]) -> dict[str, Any]:
    """One run of the load generator in a process of its own. Raises RuntimeError when an answer was not as expected."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"], input=json.dumps(orders), capture_output=True, text=True, cwd=ROOT
    )
    if done.returncode:
        raise RuntimeError(f"The load generator failed:\n{done.stderr[-2000:]}")
    figures: dict[str, Any] = json.loads(done.stdout)
    if figures["failed"]:
        raise RuntimeError(f"{figures['failed']} requests failed: {figures['first_failure']}")
    return figures


def asyncpg_url(url: str) -> str:
    """The same database in SQLAlchemy's words."""
    parts = urlsplit(url)
    host = parse_qs(parts.query).get("host", [""])[0]
    if host:
        return f"postgresql+asyncpg://{parts.username}@/{parts.path.lstrip('/')}?host={host}&port={parts.port or 5432}"
    return url.replace("postgresql://", "postgresql+asyncpg://", 1)


def measure() -> list[Result]:
    """GET and POST, as ratios of requests per second."""
    with seeded("bench.seed") as setting:
        return compare(*setting)


def compare(facts: dict[str, Any], environment: dict[str, str], folder: Path) -> list[Result]:
    ours, theirs = free_port(), free_port()
    path = f"/api/disputes/{facts['dispute_id']}/messages"
    accord = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(ours)),
        *("--workers", "1", "--blocking-threads", "8", "--no-ws", "config.wsgi:application"),
    ]
    fastapi = [
        *(sys.executable, "-m", "uvicorn", "bench.fastapi_app:app", "--host", "127.0.0.1", "--port", str(theirs)),
        *("--workers", "1", "--no-access-log", "--log-level", "warning"),
    ]
    other = {
        **environment,
        "BENCH_DATABASE_URL": asyncpg_url(environment["DATABASE_URL"]),
        "BENCH_PUBLIC_KEY": facts["public_key"],
        "BENCH_DATA_KEY": facts["data_key"],
        "BENCH_SESSION_TABLE": facts["session_table"],
    }
    with (
        program(accord, environment, f"http://127.0.0.1:{ours}/healthz", folder / "accord.log"),
        program(fastapi, other, f"http://127.0.0.1:{theirs}/openapi.json", folder / "fastapi.log"),
    ):
        check_same(f"http://127.0.0.1:{ours}{path}", f"http://127.0.0.1:{theirs}{path}", facts["tokens"][0])
        get = ratio("GET", ours, theirs, path, facts["tokens"], "", 200)
        post = ratio(
            "POST", ours, theirs, path, facts["tokens"], json.dumps({"content": "One more line of talk. " * 6}), 201
        )
    return [
        result("messages-get", "GET newest 50 of 200 messages, privacy filter, 32 connections", get, 2.5),
        result("messages-post", "POST a message with journal, chain and outbox, 32 connections", post, 3.0),
    ]


def check_same(ours: str, theirs: str, token: str) -> None:
    """Both answer with the same lines, or the comparison is worth nothing."""

    def lines(url: str) -> list[tuple[str, str]]:
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return [(line["id"], line["content"]) for line in json.load(answer)["results"]]

    if lines(ours) != lines(theirs):
        raise RuntimeError("The two programs answer differently.")


def ratio(
    method: str, ours: int, theirs: int, path: str, tokens: list[str], body: str, expected: int
) -> list[tuple[float, float]]:
    """Requests per second of both, a pair per round; who goes first changes from round to round."""
    pairs = []
    for number in range(ROUNDS):
        speeds = {}
        for port in (ours, theirs) if number % 2 == 0 else (theirs, ours):
            orders = {
                "url": f"http://127.0.0.1:{port}{path}",
                "method": method,
                "tokens": tokens,
                "body": body,
                "expected": expected,
                "connections": CONNECTIONS,
                "warm_up": 1.0,
                "seconds": SECONDS,
            }
            speeds[port] = load(orders)["per_second"]
        pairs.append((speeds[ours], speeds[theirs]))
        print(f"  {method:<5} round {number + 1}: {speeds[ours]:7.0f} req/s against {speeds[theirs]:7.0f}")
    return pairs


def result(name: str, what: str, pairs: list[tuple[float, float]], goal: float) -> Result:
    value = round(statistics.median(mine / other for mine, other in pairs), 2)
    mine, other = (statistics.median(side) for side in zip(*pairs, strict=True))
    against = (
        f"FastAPI + SQLAlchemy async, one process on one core as ours (medians {mine:.0f} against {other:.0f} req/s)"
    )
    return Result(name, what, value, "× requests per second", goal, value >= goal, against)
