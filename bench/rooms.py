"""The live room: Accord's socket process against a tutorial's, and against the pub/sub layer of channels_redis."""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.results import Result
from bench.setting import ROOT, free_port, program, seeded

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SOCKETS, IDLE, LINES_A_ROOM = 200, 1_000, 100
# Ours as the launcher and docker-compose.yml start it; the others as their tutorials do, with uvicorn's defaults.
OURS = [
    "--lifespan",
    "off",
    "--ws",
    "websockets-sansio",
    "--ws-per-message-deflate",
    "false",
    "--ws-max-size",
    "1048576",
]


def measure() -> list[Result]:
    """Deliveries per second as ratios, delay, memory and catch-up."""
    with seeded("bench.seed_rooms") as setting:
        return Rooms(*setting).measure()


class Rooms:
    def __init__(self, facts: dict[str, Any], environment: dict[str, str], folder: Path) -> None:
        self.facts = facts
        self.environment = environment
        self.folder = folder

    def measure(self) -> list[Result]:
        speeds: dict[str, list[float]] = {"accord": [], "starlette": [], "channels": []}
        delays: dict[str, list[float]] = {name: [] for name in speeds}
        for number in range(ROUNDS):
            for name in sorted(speeds, reverse=bool(number % 2)):
                figures = self.fan_out(name)
                speeds[name].append(statistics.median(figures["speeds"]))
                delays[name].append(figures["delays"][int(len(figures["delays"]) * 0.99)] * 1000)
            print(
                f"  round {number + 1}: " + ", ".join(f"{name} {values[-1]:.0f}/s" for name, values in speeds.items())
            )
        idle = self.run("accord", {"run": "hold", "sockets": IDLE})["kilobytes"]
        talked = {"rooms": [self.facts["talked"]]}
        catch_up = self.run("accord", {"run": "catch_up", "lines": self.facts["lines"], "times": 5, **talked})
        return [
            ratio(
                "rooms-against-starlette",
                speeds,
                "starlette",
                2.0,
                "a Starlette app with a subscription per socket, uvicorn's defaults",
            ),
            ratio(
                "rooms-against-channels", speeds, "channels", 5.0, "channels_redis' pub/sub layer, uvicorn's defaults"
            ),
            at_most(
                "rooms-delay",
                f"99th percentile of the delay at 400 deliveries/s, {SOCKETS} sockets",
                statistics.median(delays["accord"]),
                "ms",
                5.0,
                f"an upper limit (the Starlette app, same load: {statistics.median(delays['starlette']):.1f} ms)",
            ),
            at_most("rooms-memory", f"memory per idle socket, {IDLE} held", idle, "kB", 35.0),
            at_most(
                "rooms-catch-up",
                "500 missed lines until the last is there",
                statistics.median(catch_up["seconds"]),
                "s",
                2.0,
            ),
        ]

    def fan_out(self, name: str) -> dict[str, Any]:
        orders = {"run": "fan_out", "sockets": SOCKETS, "bursts": 3, "lines_a_room": LINES_A_ROOM}
        return self.run(name, {**orders, "deliveries_a_second": 400, "steady_seconds": 5})

    def run(self, name: str, orders: dict[str, Any]) -> dict[str, Any]:
        """One program, started anew, under one load."""
        port = free_port()
        programs = {
            "accord": ("config.asgi:application", "/ws/disputes/{room}/"),
            "starlette": ("bench.starlette_rooms:app", "/{room}"),
            "channels": ("bench.channels_rooms:application", "/{room}"),
        }
        application, path = programs[name]
        command = [sys.executable, "-m", "uvicorn", application, "--host", "127.0.0.1", "--port", str(port)]
        command += ["--no-access-log", "--log-level", "warning", *(OURS if name == "accord" else [])]
        with program(command, self.environment, f"http://127.0.0.1:{port}/healthz", self.folder / f"{name}.log") as pid:
            given = {
                "rooms": self.facts["rooms"],
                **orders,
                "form": name,
                "pid": pid,
                "redis_url": self.environment["REDIS_URL"],
                "url": f"ws://127.0.0.1:{port}{path}",
            }
            done = subprocess.run(
                [sys.executable, "-m", "bench.room_load"],
                input=json.dumps(given),
                capture_output=True,
                text=True,
                cwd=ROOT,
            )
        if done.returncode:
            log = (self.folder / f"{name}.log").read_text()[-2000:]
            raise RuntimeError(f"The clients of {name} failed:\n{done.stderr[-2000:]}\n{log}")
        figures: dict[str, Any] = json.loads(done.stdout)
        return figures


def ratio(name: str, speeds: dict[str, list[float]], other: str, goal: float, against: str) -> Result:
    value = round(statistics.median(a / b for a, b in zip(speeds["accord"], speeds[other], strict=True)), 2)
    medians = (
        f"medians {statistics.median(speeds['accord']):.0f} against {statistics.median(speeds[other]):.0f} deliveries/s"
    )
    what = f"Lines delivered to {SOCKETS} sockets in 20 rooms, one process"
    return Result(name, what, value, "× deliveries per second", goal, value >= goal, f"{against} ({medians})")


def at_most(
    name: str, what: str, value: float, unit: str, goal: float, against: str = "nothing: an upper limit"
) -> Result:
    return Result(name, what, round(value, 2), unit, goal, value <= goal, against)
