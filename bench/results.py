"""The list in bench/results.json: one entry per measurement, the newest run of each kept."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

FILE = Path(__file__).resolve().parent / "results.json"


@dataclass(frozen=True)
class Result:
    """One figure. `goal` is what it should reach, `met` whether it did, `against` what it was measured against."""

    id: str
    what: str
    value: float
    unit: str
    goal: float
    met: bool
    against: str
    measured_at: str = ""


def keep(results: list[Result]) -> None:
    """Add the results to the file; an earlier measurement of the same id is replaced."""
    kept = {entry["id"]: entry for entry in json.loads(FILE.read_text(encoding="utf-8"))} if FILE.is_file() else {}
    stamp = datetime.now(UTC).isoformat(timespec="seconds")
    for result in results:
        kept[result.id] = {**asdict(result), "measured_at": stamp}
    FILE.write_text(
        json.dumps(sorted(kept.values(), key=lambda entry: entry["id"]), indent=2, ensure_ascii=False) + "\n",
        encoding="utf-8",
    )
