"""The calls themselves, in a process with the seeded servers; prints its medians as JSON."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.bench")
django.setup()

import openai  # noqa: E402
from django.conf import settings  # noqa: E402

from ai_mediation.adapters import kept  # noqa: E402
from ai_mediation.adapters.gateway import Gateway  # noqa: E402
from ai_mediation.adapters.questions import Audience, KnownPerson, Material, Question  # noqa: E402
from ai_mediation.enums import Purpose  # noqa: E402
from ai_mediation.selectors.routing import Link  # noqa: E402
from kernel.ids import new_id  # noqa: E402

CALLS = int(os.environ.get("BENCH_CALLS", "150"))
TEXT = (
    "Maria Weber says that Jonas Blum took the deposit of 1,200 euros on 3 May and never gave it back. Jonas Blum "
    "answers that the wall was damaged and that he wrote to maria.weber@example.org about it twice. "
) * 10


@contextmanager
def stub_url() -> Iterator[str]:
    command = [sys.executable, "-m", "bench.gateway_stub"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as stub:
        assert stub.stdin is not None
        assert stub.stdout is not None
        yield stub.stdout.readline().strip()
        stub.stdin.close()


def milliseconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def main() -> dict[str, Any]:
    with stub_url() as url:
        settings.OPENAI_BASE_URL = url
        settings.AI_BUDGETS = {scope: {"tokens": 10**12, "cost": None} for scope in ("dispute", "user", "day")}
        bare = openai.OpenAI(api_key="none", base_url=url, max_retries=0, timeout=10)
        through = Gateway((Link("openai", "stub", 10.0, None, 1000),))
        people = (KnownPerson(new_id(), ("Maria Weber",)), KnownPerson(new_id(), ("Jonas Blum",)))
        question: Question[str] = Question(
            Purpose.CHAT, PROMPT, Audience("joint", new_id()), "en", people=people, asked_by_id=new_id()
        )
        pairs = []
        for number in range(CALLS + 20):
            text = f"{number} {TEXT[:2000]}"
            asked = replace(question, materials=(Material("statement", text, "s"),), values=VALUES)

            def by_sdk(text: str = text) -> None:
                bare.chat.completions.create(
                    model="stub", messages=[{"role": "user", "content": text}], max_tokens=1000
                )

            def by_gateway(asked: Question[str] = asked) -> None:
                through.ask(asked)

            acts = (by_sdk, by_gateway) if number % 2 else (by_gateway, by_sdk)
            taken = {act.__name__: milliseconds(act) for act in acts}
            pairs.append((taken["by_sdk"], taken["by_gateway"]))
        pairs = pairs[20:]
        hits = [milliseconds(lambda: through.ask(asked)) for _ in range(1000)]
        shared = []
        for _ in range(100):
            kept.forget_here()
            shared.append(milliseconds(lambda: through.ask(asked)))
    return {
        "sdk_ms": statistics.median(sdk for sdk, _gateway in pairs),
        "gateway_ms": statistics.median(gateway for _sdk, gateway in pairs),
        "added_ms": statistics.median(gateway - sdk for sdk, gateway in pairs),
        "hit_ms": statistics.median(hits),
        "hits_per_second": 1000 / (sum(hits) / 1000),
        "shared_ms": statistics.median(shared),
    }


PROMPT = "chat@1"
VALUES = {"facts": "None."}

if __name__ == "__main__":
    print(json.dumps(main()))
