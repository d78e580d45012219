"""The mediator in a mediation by the protocol: understandings, candidates and answers in rooms, on the real database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace as dataclass_replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from accounts.public import User
from ai_mediation.adapters.mediator.candidates import candidates_question
from ai_mediation.adapters.offline.candidates import draft_candidates
from ai_mediation.adapters.questions import Question
from ai_mediation.enums import Outcome
from ai_mediation.models import Consultation
from ai_mediation.subscribers import answer_line, draft_resolution, drafting, replies, sum_up_position
from disputes.enums import Part, SenderType
from disputes.events import MessagePosted, ResolutionRequested, UnderstandingRequested
from disputes.models import Message
from disputes.public import CandidateDraft, CaseFile
from disputes.selectors.messages import open_content
from disputes.selectors.sealed_answers import understanding_text
from disputes.services.caucus import permit_line
from disputes.services.messages import PostedMessage
from disputes.tests import factories
from kernel.subscriptions import RetryLater

pytestmark = pytest.mark.db


@contextmanager
def done() -> Iterator[None]:
    with transaction.atomic():
        yield


@pytest.fixture
def case() -> factories.Case:
    """Two parties who named their figures, disclosed, by the mediation protocol."""
    case = factories.stating(protocol="mediated", amount=factories.eur("1000.00"))
    factories.state(case, case.claimant, "He broke my fence. It cost me a summer. MARKER-OF-CLAIMANT")
    factories.state(case, case.respondent, "I offer 400 euros.")
    return case


def sum_up(case: factories.Case, user: User) -> Any:
    participant = factories.participant_of(case, user)
    sum_up_position(UnderstandingRequested(case.id, participant.pk), done)
    return participant.understandings.get()


# --- understandings ---------------------------------------------------------------------------------------------------
def test_each_party_is_told_how_it_is_understood_from_its_own_words(db: None, case: factories.Case) -> None:
    factories.caucus(case, case.respondent, "Between us I could pay 777 euros.")
    row = sum_up(case, case.respondent)
    summary = understanding_text(row, "summary")

    assert "You offer to pay €400.00." in summary
    assert "MARKER" not in summary
    assert "777" not in summary
    assert (row.status, row.model) == ("pending", "offline-rules")
    assert Consultation.objects.filter(subject_kind="participant", outcome=Outcome.ANSWERED).count() == 2


def test_a_second_request_changes_nothing(db: None, case: factories.Case) -> None:
    first = understanding_text(sum_up(case, case.claimant), "summary")

    assert understanding_text(sum_up(case, case.claimant), "summary") == first


def test_who_left_gets_no_summary(db: None, case: factories.Case) -> None:
    sum_up_position(UnderstandingRequested(case.id, UUID(int=7)), done)

    assert not Consultation.objects.exists()


# --- candidates -------------------------------------------------------------------------------------------------------
def request(case: factories.Case) -> None:
    factories.confirm(case)
    factories.ask(case)
    draft_resolution(ResolutionRequested(case.id, case.resolution.pk), done)


def figures(case: factories.Case) -> list[tuple[str, str]]:
    return [
        (row.principle, next(t["amount"]["amount"] for t in row.terms if t["kind"] == "payment"))
        for row in case.resolution.candidates.order_by("number")
    ]


def test_a_request_becomes_candidates_to_rank(db: None, case: factories.Case) -> None:
    request(case)

    assert case.resolution.status == "ranking"
    assert figures(case) == [
        ("equal_split", "700.00"), ("merits", "600.00"), ("interests", "700.00"), ("creative", "580.00"), ("creative", "820.00"),
    ]  # fmt: skip
    assert Consultation.objects.get(subject_kind="resolution").outcome == Outcome.ANSWERED


def test_a_caucus_shapes_candidates_only_where_its_party_permitted_it(db: None, case: factories.Case) -> None:
    line = factories.caucus(case, case.claimant, "I would take 800 euros. MARKER-71")
    factories.caucus(case, case.respondent, "I could pay 900 euros. MARKER-36")
    permit_line(acting_user=case.claimant, dispute_id=case.id, message_id=line.id)
    request(case)
    told = repr([row.__dict__ for row in case.resolution.candidates.all()])

    assert [amount for _, amount in figures(case)] == ["600.00", "533.33", "600.00", "520.00", "680.00"]
    assert not any(word in told for word in ("MARKER-71", "MARKER-36", "800 eu", "900 eu", "800.00", "900.00"))


@pytest.mark.parametrize("count", [0, 1])
def test_without_a_choice_one_proposal_is_made_as_in_a_simple_mediation(
    db: None, case: factories.Case, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    def few(file: CaseFile) -> Question[tuple[CandidateDraft, ...]]:
        return dataclass_replace(candidates_question(file), offline=lambda: draft_candidates(file)[:count])

    monkeypatch.setattr(drafting, "candidates_question", few)
    request(case)

    assert case.resolution.status == "proposed"
    assert case.resolution.terms[0]["amount"]["amount"] == "700.00"
    assert not case.resolution.candidates.exists()


# --- answers in rooms -------------------------------------------------------------------------------------------------
@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replies, "QUIET", timedelta(0))


def heard(case: factories.Case, line: PostedMessage, *, ask_mediator: bool = False) -> None:
    answer_line(MessagePosted(case.id, line.id, line.stream_id, ask_mediator), done)


def spoken(case: factories.Case) -> list[tuple[str, str]]:
    """(kind of stream, words) of every line of the mediator."""
    rows = (
        Message.objects.filter(stream__dispute_id=case.id, sender_type=SenderType.AI)
        .select_related("stream")
        .order_by("created_at")
    )
    return [(row.stream.kind, open_content(case.id, row.pk, row.content, row.content_sealed)) for row in rows]


def test_the_mediator_answers_in_the_joint_room_when_asked(
    db: None, redis_url: str, quiet: None, case: factories.Case
) -> None:
    line = factories.say(case, case.claimant, "Mediator, what has been offered so far?")
    heard(case, line, ask_mediator=True)

    ((kind, text),) = spoken(case)
    assert kind == "joint"
    assert "“I offer 400 euros”" in text
    assert "I am an AI mediator" in text
    assert "Ask for a human mediator" in text
    assert Consultation.objects.get().subject_id == line.id


def test_it_is_silent_in_the_joint_room_when_nobody_asked(
    db: None, redis_url: str, quiet: None, case: factories.Case
) -> None:
    heard(case, factories.say(case, case.claimant, "Good morning."))

    assert spoken(case) == []
    assert not Consultation.objects.exists()


def test_it_answers_every_caucus_there_and_nowhere_else(
    db: None, redis_url: str, quiet: None, case: factories.Case
) -> None:
    heard(case, factories.caucus(case, case.claimant, "I would settle at 777 euros."))
    heard(case, factories.say(case, case.respondent, "What has been said so far?"), ask_mediator=True)

    (private, (joint_kind, joint)) = spoken(case)
    assert private[0] == "caucus"
    assert "You name €777.00 here" in private[1]
    assert joint_kind == "joint"
    assert "777" not in joint


def test_a_burst_of_lines_gives_one_answer(db: None, redis_url: str, quiet: None, case: factories.Case) -> None:
    lines = [factories.caucus(case, case.claimant, f"Line {number}.") for number in range(3)]
    asked = [factories.say(case, case.claimant, f"Line {number}?") for number in range(3)]
    for line in (*lines, lines[-1]):
        heard(case, line)
    for line in (*asked, asked[0]):
        heard(case, line, ask_mediator=True)

    assert [kind for kind, _ in spoken(case)] == ["caucus", "joint"]
    assert "I have read your 3 lines." in spoken(case)[0][1]


def test_who_is_still_writing_is_let_finish(db: None, case: factories.Case) -> None:
    line = factories.caucus(case, case.claimant, "I would")
    with pytest.raises(RetryLater):
        heard(case, line)

    assert spoken(case) == []


@pytest.mark.parametrize("to", ["pair", "human"])
def test_it_keeps_out_of_pairs_and_of_caucuses_that_a_human_reads(
    db: None, redis_url: str, quiet: None, case: factories.Case, to: str
) -> None:
    if to == "pair":
        line = factories.say(case, case.claimant, "Hello.", is_private=True, recipient_id=case.respondent.pk)
    else:
        factories.assign(case, Part.MEDIATOR)
        line = factories.caucus(case, case.claimant, "Hello.")
    heard(case, line, ask_mediator=True)

    assert spoken(case) == []


def test_without_the_broker_the_answer_still_comes(
    db: None, redis_url: str, quiet: None, case: factories.Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(replies, "tell_draft", away)
    heard(case, factories.caucus(case, case.claimant, "Hello."))

    assert len(spoken(case)) == 1


def test_pieces_go_to_the_readers_of_that_stream_only(
    db: None, redis_url: str, quiet: None, case: factories.Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, Any]] = []
    keep: Callable[..., None] = lambda **frame: told.append(frame)  # noqa: E731
    monkeypatch.setattr(replies, "tell_draft", keep)
    line = factories.caucus(case, case.claimant, "Hello.")
    heard(case, line)

    ((_, text),) = spoken(case)
    assert "".join(frame["text"] for frame in told) == text
    assert {(frame["kind"], frame["members"], frame["stream_id"]) for frame in told} == {
        ("caucus", (case.claimant.pk,), line.stream_id)
    }
