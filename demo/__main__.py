"""`python -m demo [--simple] [address] [folder of a case …]`: plays every case; exit 1 on any surprise.

`--simple` files by the simple protocol (one proposal a round) instead of the mediation protocol.
"""

import os
import sys
from pathlib import Path

import httpx
import yaml

from demo.play import Case
from demo.protocol import Protocol, SurpriseError

HERE = Path(__file__).resolve().parent


def default_base() -> str:
    """Where `make run` listens."""
    return os.environ.get("ACCORD_BASE_URL") or f"http://127.0.0.1:{os.environ.get('ACCORD_PORT') or '8000'}"


def main(arguments: list[str]) -> int:
    mediation = "simple" if "--simple" in arguments else "mediated"
    arguments = [argument for argument in arguments if argument != "--simple"]
    base = arguments.pop(0) if arguments and arguments[0].startswith("http") else default_base()
    folders = [Path(argument) for argument in arguments] or sorted((HERE / "cases").iterdir())
    protocol = Protocol()
    try:
        for folder in folders:
            script = yaml.safe_load((folder / "case.yaml").read_text(encoding="utf-8"))
            if "bids" in script and mediation == "simple":
                continue  # bidding belongs to the mediation protocol
            target = Case(folder, script, base, protocol, HERE / "out", mediation=mediation).play()
            protocol.cases += 1
            print(f"  → demo/out/{target.name}")
    except SurpriseError as surprise:
        print(f"\nSurprise: {surprise}", file=sys.stderr)
        return 1
    except httpx.TransportError as error:
        print(f"\nNo answer from {base}: {error}. Start the server with `make run`.", file=sys.stderr)
        return 1
    protocol.ending()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
