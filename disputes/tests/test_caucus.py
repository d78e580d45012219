"""What a party lets the mediator use, what the AI mediator says where, and who never hears of it."""

from uuid import uuid4

import pytest

from disputes.enums import Part
from disputes.errors import WrongStateError
from disputes.models import MediatorReply, Message
from disputes.public import case_file, post_mediator_message
from disputes.services.caucus import permit_line, take_permission_back
from disputes.services.ending import withdraw_dispute
from disputes.services.streams import caucus_stream_id, joint_stream_id
from disputes.tests.conftest import client_of, footprint
from disputes.tests.factories import (
    Case,
    arbitrate,
    assign,
    caucus,
    eur,
    mediated,
    mediating,
    message,
    say,
    signing,
    stating,
)
from kernel.errors import NotFoundError
from kernel.models import JournalEntry
from kernel.verification import verify_journal

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def test_only_permitted_lines_shape_proposals() -> None:
    case = mediated()
    first, second = caucus(case, case.claimant, "I would take 800."), caucus(case, case.claimant, "I am broke.")
    caucus(case, case.respondent, "I could pay 900.")
    assert case_file(case.id).permitted == ()
    permit_line(acting_user=case.claimant, dispute_id=case.id, message_id=first.id)
    assert [(line.user_id, line.text) for line in case_file(case.id).permitted] == [
        (case.claimant.pk, "I would take 800.")
    ]
    permit_line(acting_user=case.claimant, dispute_id=case.id, message_id=second.id)
    take_permission_back(acting_user=case.claimant, dispute_id=case.id, message_id=first.id)
    assert [line.text for line in case_file(case.id).permitted] == ["I am broke."]
    assert case_file(case.id, mode="arbitration").permitted == ()
    assert [source.text for source in case_file(case.id).sources if "broke" in source.text] == []


def test_over_the_api_and_shown_to_who_reads_the_caucus(unlimited: None) -> None:
    case = mediated()
    line = caucus(case, case.claimant, "I would take 800.")
    say(case, case.claimant, "In the room.")
    mediator = assign(case, Part.MEDIATOR)
    answer = say(case, mediator, "I see.", recipient_id=case.claimant.pk)
    mine, theirs = client_of(case.claimant), client_of(case.respondent)

    def shown(client: object) -> dict[str, object]:
        lines = client.get(case.url("messages")).json()["results"]  # type: ignore[attr-defined]
        return {one["content"]: one.get("may_use") for one in lines}

    expected = {"I would take 800.": False, "In the room.": None, "I see.": None}
    assert shown(mine) == shown(client_of(mediator)) == expected
    assert shown(theirs) == {"In the room.": None}
    given = mine.post(case.url(f"messages/{line.id}/permission"), {}, format="json")
    assert (given.status_code, given.json()["may_use"]) == (200, True)
    assert mine.post(case.url(f"messages/{line.id}/permission"), {}, format="json").json()["may_use"] is True
    assert shown(mine) == shown(client_of(mediator)) == {**expected, "I would take 800.": True}
    assert mine.delete(case.url(f"messages/{line.id}/permission")).json()["may_use"] is False
    assert mine.post(case.url(f"messages/{answer.id}/permission"), {}, format="json").status_code == 404


def test_everything_but_ones_own_caucus_line_is_not_there() -> None:
    case, other = mediated(), mediated()
    mediator = assign(case, Part.MEDIATOR)
    lines = [
        say(case, case.claimant, "In the room."),
        say(case, case.claimant, "Between us.", recipient_id=case.respondent.pk),
        say(case, mediator, "From the mediator.", recipient_id=case.claimant.pk),
        caucus(case, case.respondent, "Theirs."),
        caucus(other, other.claimant, "Elsewhere."),
    ]
    own = caucus(case, case.claimant, "Mine.")
    before = footprint()
    attempts = [(case.claimant, line.id) for line in lines] + [(case.claimant, uuid4())]
    attempts += [(user, own.id) for user in (case.respondent, mediator, other.claimant, assign(other))]
    before = footprint()
    for user, message_id in attempts:
        for service in (permit_line, take_permission_back):
            with pytest.raises(NotFoundError):
                service(acting_user=user, dispute_id=case.id, message_id=message_id)
    assert footprint() == before


def test_a_permission_is_nobody_elses_business(unlimited: None) -> None:
    case = mediated()
    line = caucus(case, case.claimant, "I would take 800.")
    theirs = client_of(case.respondent)
    paths = ("", "messages", "timeline", "resolutions", "understanding")
    before, updated = [theirs.get(case.url(path)).content for path in paths], case.dispute.updated_at
    permit_line(acting_user=case.claimant, dispute_id=case.id, message_id=line.id)
    assert [theirs.get(case.url(path)).content for path in paths] == before
    assert case.dispute.updated_at == updated
    entry = JournalEntry.objects.get(verb="permission.given")
    assert (entry.stream.kind, entry.facts) == ("participant", {})
    untouched = footprint()
    permit_line(acting_user=case.claimant, dispute_id=case.id, message_id=line.id)
    assert footprint() == untouched


def test_in_an_arbitration_nothing_is_permitted_any_more() -> None:
    case = mediated()
    line = caucus(case, case.claimant, "I would take 800.")
    permit_line(acting_user=case.claimant, dispute_id=case.id, message_id=line.id)
    arbitrate(case)
    with pytest.raises(WrongStateError):
        take_permission_back(acting_user=case.claimant, dispute_id=case.id, message_id=line.id)
    assert case_file(case.id, mode="arbitration").permitted == ()


# --- the AI mediator's lines ------------------------------------------------------------------------------------------
def _answer(case: Case, posted: object, content: str = "I am an AI. What matters most to you?") -> object:
    return post_mediator_message(
        dispute_id=case.id,
        stream_id=posted.stream_id,  # type: ignore[attr-defined]
        content=content,
        in_reply_to=posted.id,  # type: ignore[attr-defined]
        model="offline",
    )


def test_the_mediator_answers_in_the_room_numbered_and_journalled(unlimited: None) -> None:
    case = stating()
    asked = say(case, case.claimant, "What happens now?", ask_mediator=True)
    posted = _answer(case, asked, "Both of you state your side.")
    row = message(posted)  # type: ignore[arg-type]
    assert (row.seq, row.sender_type, row.sender_id, row.content) == (2, "ai", None, "Both of you state your side.")
    assert row.stream_id == joint_stream_id(case.id)
    shown = client_of(case.respondent).get(case.url("messages")).json()["results"][0]
    assert {key: shown[key] for key in ("sender_type", "sender_id", "is_private", "content")} == {
        "sender_type": "ai", "sender_id": None, "is_private": False, "content": "Both of you state your side.",
    }  # fmt: skip
    entry = JournalEntry.objects.get(stream_id=row.stream_id, seq=2)
    assert (entry.verb, entry.actor_kind, entry.subject_id) == ("message.posted", "ai", row.pk)
    assert list(verify_journal()) == []


def test_in_a_caucus_its_line_is_sealed_and_read_by_that_party_alone(unlimited: None) -> None:
    case = mediated()
    asked = caucus(case, case.claimant, "Can I tell you something?")
    posted = _answer(case, asked, "zq-private-zq")
    row = message(posted)  # type: ignore[arg-type]
    assert (row.content, row.stream_id) == ("", caucus_stream_id(case.id, case.claimant.pk))
    assert b"zq-private-zq" not in bytes(row.content_sealed or b"")
    assert posted.readers == (case.claimant.pk,)  # type: ignore[attr-defined]
    assert "zq-private-zq" in client_of(case.claimant).get(case.url("messages")).content.decode()
    for user in (case.respondent, assign(case, Part.COUNSEL)):
        assert "zq-private-zq" not in client_of(user).get(case.url("messages")).content.decode()


def test_one_line_gets_one_answer() -> None:
    case = mediated()
    asked = caucus(case, case.claimant, "Hello?")
    first = _answer(case, asked)
    before = footprint()
    assert _answer(case, asked, "Something else.") == first
    assert footprint() == before
    assert MediatorReply.objects.count() == 1


@pytest.mark.parametrize("where", ["joint", "caucus"])
def test_it_is_silent_where_it_has_nothing_to_say_any_more(where: str) -> None:
    def asked(case: Case) -> object:
        return say(case, case.claimant, "Hello?", is_private=where == "caucus")

    arbitrated, ended = mediated(), mediated()
    lines = [(arbitrated, asked(arbitrated)), (ended, asked(ended))]
    arbitrate(arbitrated)
    withdraw_dispute(acting_user=ended.claimant, dispute_id=ended.id, reason="")
    if where == "caucus":
        human = mediated()
        lines.append((human, asked(human)))
        assign(human, Part.MEDIATOR)
    for case, line in lines:
        before = footprint()
        with pytest.raises(WrongStateError):
            _answer(case, line)
        assert footprint() == before
    case = signing()
    assert _answer(case, say(case, case.claimant, "And now?"))


def test_it_answers_only_people_and_only_where_they_asked() -> None:
    case = mediating(amount=eur("1200.00"))
    asked = say(case, case.claimant, "Hello?")
    answer = _answer(case, asked)
    private = say(case, case.claimant, "Between us.", recipient_id=case.respondent.pk)
    before = footprint()
    for stream_id, in_reply_to in (
        (caucus_stream_id(case.id, case.claimant.pk), asked.id),
        (asked.stream_id, answer.id),  # type: ignore[attr-defined]
        (asked.stream_id, uuid4()),
    ):
        with pytest.raises(Message.DoesNotExist):
            post_mediator_message(
                dispute_id=case.id, stream_id=stream_id, content="x", in_reply_to=in_reply_to, model="m"
            )
    with pytest.raises(WrongStateError):
        _answer(case, private)
    for content in ("", "  ", "x" * 10_001, "a\x00b"):
        with pytest.raises(ValueError, match="characters"):
            _answer(case, asked, content)
    assert footprint() == before
