"""What a run with a model came to: each consultation, what the model said, and the shares, as they were."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from demo.llm.front import Call

OFFLINE: Final = "offline-rules"
BY_RULES_ALONE: Final = "rules alone"  # no model is meant to be asked


@dataclass(frozen=True)
class Report:
    """One provider's run: the consultations that were recorded, and the calls as they went over the wire."""

    provider: str
    consultations: list[dict[str, Any]]
    calls: list[Call]

    @property
    def by_model(self) -> list[dict[str, Any]]:
        return [row for row in self.consultations if row["provider"] == self.provider]

    @property
    def by_rules(self) -> list[dict[str, Any]]:
        """Where the model was asked or stood in line, and the rules answered."""
        return [row for row in self.consultations if row["provider"] != self.provider and row["passed_over"]]

    @property
    def exit_code(self) -> int:
        """1 when no answer of the model was ever used."""
        return 0 if self.by_model else 1


def tell(report: Report) -> int:
    """Print it; returns the exit code."""
    print("\n".join(lines(report)))
    return report.exit_code


def lines(report: Report) -> Iterable[str]:
    heading = f"What came of `{report.provider}`"
    yield f"\n{heading}\n{'─' * len(heading)}"
    yield "  asked for             answered by            tokens in/out       ms   passed over because"
    for row in report.consultations:
        why = ", ".join(row["passed_over"]) or ("" if row["provider"] == report.provider else BY_RULES_ALONE)
        tokens = f"{row['input_tokens']}/{row['output_tokens']}"
        yield f"  {named(row):<21} {row['provider']:<20} {tokens:>15} {row['latency_ms']:>8}   {why}".rstrip()
    yield from said(report)
    yield from shares(report)


def named(row: dict[str, Any]) -> str:
    """The prompt of a model's answer; of an answer by rules only the purpose is known."""
    prompt = row["prompt_version"].partition("@")[0]
    return prompt if row["input_tokens"] or row["is_cached"] else f"{row['purpose']} {row['subject_kind']}".strip()


def said(report: Report) -> Iterable[str]:
    yield "\n  What the model said, call by call (people's names as it saw them):"
    for number, call in enumerate(report.calls, start=1):
        kind = "schema" if call.is_structured else "stream" if call.asked.get("stream") else "text"
        words = " ".join(call.text.split()) if call.status else "(nobody waited any longer)"
        yield f"  {number:>3}. {call.path} {kind:<6} {call.status or '–'} {call.seconds:5.1f} s  {words[:200]}"


def shares(report: Report) -> Iterable[str]:
    used, instead = len(report.by_model), len(report.by_rules)
    whole = used + instead
    times = sorted(row["latency_ms"] for row in report.by_model)
    tokens = sum(row["input_tokens"] + row["output_tokens"] for row in report.by_model)
    yield ""
    yield f"  {used} of {whole} questions that went to the model were answered with its words, {instead} by rules."
    if times:
        yield f"  Its answers took {times[0]} to {times[-1]} ms, half of them at most {times[len(times) // 2]} ms; {tokens} tokens."
    for reason, count in Counter(kind for row in report.by_rules for kind in row["passed_over"]).most_common():
        yield f"  passed over {count} times: {reason}"
    if not used:
        yield f"  No answer of the model was used through `{report.provider}`: that is a failure."
