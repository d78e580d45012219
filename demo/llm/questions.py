"""What one person asks the AI over HTTP beside the case: chat, a streamed chat, an analysis, a document, a calmer wording."""

import json
from typing import Any

from demo.client import Client
from demo.protocol import Protocol

CLAUSE = "The tenant waives all statutory rights. The landlord may change the rent at any time without notice."
HEATED = "You idiot, you stole my 1,450 euros! Pay 1,200 euros by 30 November or I will see a lawyer."


def ask_everything(person: Client, dispute_id: str, inputs: dict[str, Any], protocol: Protocol) -> None:
    """Each endpoint of `/api/ai/` once; what came back is printed. Raises SurpriseError when something is not answered."""
    first, context = person.name.split()[0], {"disputeId": dispute_id}
    with protocol.step(first, "asks the assistant (chat)") as notes:
        body = person.post("/api/ai/chat", {"message": "What did the painter charge for the wall?", "context": context})
        protocol.expect(bool(body["answer"]), "the assistant answers")
        notes.append(f"{body['tokensUsed']} tokens: {shortened(body['answer'])}")
    with protocol.step(first, "asks the assistant (stream)") as notes:
        pieces, done = streamed(person, {"message": "How much was the deposit?", "context": context})
        protocol.expect(bool(done.get("answer")), "the streamed answer is whole")
        notes.append(f"{pieces} pieces, {done['tokensUsed']} tokens: {shortened(done['answer'])}")
    with protocol.step(first, "has a clause read (analyze)") as notes:
        body = person.post("/api/ai/analyze", {"text": CLAUSE, "policy": "unfair-terms"})
        protocol.expect(body["riskLevel"] == "high", "the rules' findings stay whatever a model says")
        notes.append(f"read by {body['readBy']}, {len(body['findings'])} findings")
    with protocol.step(first, "has a document drafted") as notes:
        body = person.post(
            "/api/ai/generate-document", {"type": "settlement_agreement", "inputs": inputs, "tone": "friendly"}
        )
        protocol.expect("900.00" in body["draftText"] or "900" in body["draftText"], "the draft holds the sum")
        notes.append(f"quality {body['qualityScore']}; {shortened(' '.join(body['warnings']) or 'no warnings')}")
    with protocol.step(first, "asks for a calmer wording") as notes:
        body = person.post("/api/ai/calmer", {"text": HEATED})
        protocol.expect("1,200" in body["text"] and "idiot" not in body["text"], "calmer, and the sum stays")
        notes.append(shortened(body["text"]))


def settlement(names: tuple[str, str]) -> dict[str, Any]:
    """Inputs of a settlement between two people."""
    claimant, respondent = names
    return {
        "case_reference": "DEMO-1",
        "title": "Deposit for a flat",
        "date": "2027-05-03",
        "parties": [{"name": claimant, "role": "claimant"}, {"name": respondent, "role": "respondent"}],
        "recitals": [f"{claimant} handed the flat over on 31 August 2025 and {respondent} kept the deposit."],
        "terms": [
            {
                "kind": "payment",
                "text": f"{respondent} pays {claimant} 900.00 EUR by 1 June 2027.",
                "debtor": respondent,
                "creditor": claimant,
                "amount": {"amount": "900.00", "currency": "EUR"},
                "due_date": "2027-06-01",
                "instalments": [],
            }
        ],
    }


def streamed(person: Client, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """How many pieces came, and the closing event."""
    pieces, name = 0, ""
    done: dict[str, Any] = {}
    with person.http.stream(
        "POST", "/api/ai/chat/stream", json=body, headers={"Accept": "text/event-stream"}
    ) as answer:
        for line in answer.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                pieces += name == "delta"
                done = json.loads(line.removeprefix("data: ")) if name != "delta" else done
    return pieces, done


def shortened(text: str, most: int = 150) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
