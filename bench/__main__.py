"""`python -m bench [ID …]`: runs the benchmarks that make the named results, or all."""

import sys
from collections.abc import Callable

from bench import gateway, messages, rooms, scrubbing, sealing
from bench.results import Result, keep

BENCHMARKS: dict[tuple[str, ...], Callable[[], list[Result]]] = {
    ("messages-get", "messages-post"): messages.measure,
    ("gateway-overhead", "gateway-hit", "gateway-hit-rate", "gateway-hit-shared"): gateway.measure,
    (
        "rooms-against-starlette",
        "rooms-against-channels",
        "rooms-delay",
        "rooms-memory",
        "rooms-catch-up",
    ): rooms.measure,
    ("scrubbing", "scrubbing-linear"): scrubbing.measure,
    ("seal", "seal-against-pyhanko", "verify-two-signatures"): sealing.measure,
}


def main(wanted: list[str]) -> int:
    known = {name for names in BENCHMARKS for name in names}
    if unknown := set(wanted) - known:
        print(
            f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}.",
            file=sys.stderr,
        )
        return 2
    for names, measure in BENCHMARKS.items():
        if not wanted or set(names) & set(wanted):
            print(f"{', '.join(names)}:")
            results = measure()
            keep(results)
            for result in results:
                mark = "met" if result.met else "MISSED"
                print(
                    f"  {result.id}: {result.value} {result.unit}, goal {result.goal}: {mark}; against {result.against}"
                )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
