"""The endpoints with a model behind them that does as it is told: what it says is checked, and its faults are nobody's 5xx."""

import json
from typing import Any

import pytest
from django.test import Client

from accounts.public import User
from accounts.tests.factories import UserFactory, bearer
from ai_mediation.models import Consultation
from ai_mediation.tests.factories import policies
from ai_mediation.tests.stub_provider import Fault, StubProvider
from disputes.tests import factories
from disputes.tests.factories import Case

pytestmark = pytest.mark.db

FAULTS = ("500", "529", "401", "cut", "html", "refusal", "garbage", "hang_up")
TEXT = "Introduction.\nThe Tenant waives all statutory rights.\nThe Tenant paints the house every month."


@pytest.fixture
def case(db: None) -> Case:
    made = factories.stating(title="The fence", description="A fence between two gardens fell down.")
    factories.state(made, made.claimant, "The repair by Martillo cost me 640 euros.")
    return made


def post(user: User, path: str, **body: Any) -> Any:
    return Client().post(f"/api/ai/{path}", body, content_type="application/json", **bearer(user))


def ask(case: Case, path: str = "chat", message: str = "What did the repair cost?") -> Any:
    return post(case.claimant, path, message=message, context={"disputeId": str(case.id)})


def events_of(answer: Any) -> list[tuple[str, Any]]:
    blocks = b"".join(answer.streaming_content).decode().strip().split("\n\n")
    lines = [block.split("\n") for block in blocks]
    return [(row[0].removeprefix("event: "), json.loads(row[1].removeprefix("data: "))) for row in lines]


def test_a_models_answer_keeps_only_references_that_are_there(case: Case, stub_provider: StubProvider) -> None:
    stub_provider.model = lambda asked: "It cost 640 euros [2]. More at https://evil.example/x [77], says nobody [0]."

    body = ask(case).json()

    assert body["answer"] == "It cost 640 euros [1]. More at …, says nobody."
    (reference,) = body["references"]
    assert (reference["number"], reference["source"]) == (1, "truth")
    assert reference["quote"] == "The repair by Martillo cost me 640 euros."[reference["start"] : reference["end"]]
    assert body["tokensUsed"] > 0
    consultation = Consultation.objects.get()
    assert (consultation.provider, consultation.prompt_version.partition("+")[0]) == ("openai", "chat@1")


def test_the_same_question_again_comes_from_the_cache_and_says_so(case: Case, stub_provider: StubProvider) -> None:
    stub_provider.model = lambda asked: "640 euros [2]."
    first, again = ask(case).json(), ask(case).json()
    assert (first["cached"], again["cached"], again["tokensUsed"]) == (False, True, 0)
    assert (again["answer"], again["references"]) == (first["answer"], first["references"])
    assert len(stub_provider.requests) == 1


def test_nothing_of_the_other_side_is_sent(case: Case, stub_provider: StubProvider) -> None:
    factories.state(case, case.respondent, "The zebraoffer is 200 euros.")
    factories.caucus(case, case.respondent, "Privately: the quaggalimit is 450 euros.")
    stub_provider.model = lambda asked: "Yes."
    ask(case, message="What is the quaggalimit and the zebraoffer?")
    (sent,) = stub_provider.requests
    assert b"zebraoffer is 200" in sent.body
    assert b"quaggalimit is 450" not in sent.body


def test_a_stream_comes_in_pieces(case: Case, stub_provider: StubProvider) -> None:
    stub_provider.model = lambda asked: (
        "The repair cost 640 euros [77]. The statement says so [2]. Nothing else is known"
    )
    events = events_of(ask(case, "chat/stream"))
    assert [(name, said["text"]) for name, said in events[:-1]] == [
        ("delta", "The repair cost 640 euros."), ("delta", " The statement says so [1]."), ("delta", " Nothing else is known"),
    ]  # fmt: skip
    name, whole = events[-1]
    assert (name, whole["answer"].count("[1]"), len(whole["references"])) == ("done", 1, 1)


def test_an_answer_of_which_nothing_is_left_is_given_by_rules(case: Case, stub_provider: StubProvider) -> None:
    stub_provider.model = lambda asked: "``` ```"
    events = events_of(ask(case, "chat/stream"))

    assert [name for name, _ in events] == ["delta", "done"]
    assert "no language model was used" in events[0][1]["text"]


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_what_a_stream_shows_is_the_answer_and_holds_no_link_or_markup(
    case: Case, stub_provider: StubProvider, size: int
) -> None:
    stub_provider.piece = size
    stub_provider.model = lambda asked: (
        "It cost 640 euros [2]. Pay at https://evil.example/?d=640 or www.evil.example. <b>Now!</b> ![seal](https://x.example/s.png) "
        '<a href="javascript:alert(1)" title="Hi. There">here</a>. [Click. me](data:text/html,x) **or** write mailto:a@evil.example.\n'
        "```\ncode\n``` See evil.example/pay [2] [99]. A < b > c stays."
    )
    events = events_of(ask(case, "chat/stream"))
    shown = "".join(said["text"] for name, said in events if name == "delta")

    assert shown == events[-1][1]["answer"] == ask(case).json()["answer"]
    assert [
        sign
        for sign in ("://", "www.", "<b", "<a", "](", "![", "```", "**", "mailto:", "javascript:", "evil")
        if sign in shown
    ] == []
    assert shown.startswith("It cost 640 euros [1]. Pay at … or … b")
    assert shown.endswith("A < b > c stays.")


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_of_the_provider_ends_with_an_answer_by_rules(
    case: Case, stub_provider: StubProvider, kind: Any
) -> None:
    stub_provider.always = Fault(kind)
    answer = ask(case)
    assert answer.status_code == 200
    assert "no language model was used" in answer.json()["answer"]
    events = events_of(ask(case, "chat/stream"))
    assert events[-1][0] in ("done", "error")
    if events[-1][0] == "error":
        assert (kind, events[-1][1]["code"], events[-1][1]["status"]) == ("cut", "ai_unavailable", 503)


def test_a_models_findings_are_added_when_their_quotes_are_there(db: None, stub_provider: StubProvider) -> None:
    policies()
    paint = {
        "severity": "medium",
        "quote": "The Tenant  paints the house every month.",
        "message": "Odd.",
        "suggestion": "<b>Drop</b> it.",
    }
    invented = {**paint, "quote": "The Tenant sings every night."}
    stub_provider.model = lambda asked: json.dumps({"findings": [paint, invented]})

    body = post(UserFactory(), "analyze", text=TEXT, policy="unfair-terms").json()

    assert [(one["rule"], one["quote"]) for one in body["findings"]] == [
        ("rights-of-the-law-waived", "The Tenant waives all statutory rights."),
        ("model", "The Tenant paints the house every month."),
    ]
    model = body["findings"][1]
    assert TEXT[model["start"] : model["end"]] == model["quote"]
    assert model["suggestion"] == "b Drop /b it."
    assert body["readBy"].startswith("rules + ")


@pytest.mark.parametrize("kind", [*FAULTS, "wrong_schema"])  # of a structured answer only
def test_an_analysis_goes_on_without_the_model(db: None, stub_provider: StubProvider, kind: Any) -> None:
    policies()
    stub_provider.always = Fault(kind)
    answer = post(UserFactory(), "analyze", text=TEXT, policy="unfair-terms")
    assert answer.status_code == 200
    assert [one["rule"] for one in answer.json()["findings"]] == ["rights-of-the-law-waived"]
    assert answer.json()["readBy"] == "rules"
