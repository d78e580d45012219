"""Who may see what: each rule and its twin over querysets or SQL agree for every person and every object."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models import Prefetch

from accounts.public import Role, User
from disputes.enums import DisputeStatus, ParticipantStatus, Side
from disputes.models import Assignment, Dispute, Evidence, MessageStream, Participant, Truth
from disputes.rest.shapes import listed_standing
from disputes.rules import (
    can_read_stream,
    can_read_truth,
    can_see_dispute,
    can_see_evidence,
    standing_in,
)
from disputes.selectors.access import CaseAccess, evidence_for, streams_for, truths_for, visible_to
from disputes.selectors.messages import messages_after, newest_messages
from disputes.selectors.rooms import heads_of, seat_of, seats_now
from disputes.services.assignments import end_assignment
from disputes.services.evidence import withdraw_evidence
from disputes.tests.factories import (
    INSIDERS,
    Case,
    caucus,
    participant_of,
    peopled,
    put_on_record,
    say,
    state,
)
from kernel.errors import NotFoundError

pytestmark = pytest.mark.db
S = DisputeStatus


@pytest.fixture
def world() -> tuple[list[Case], list[User]]:
    """Cases in several states, with something of everything in them, and all their people, once more with changed fortunes."""
    cases: list[Case] = []
    users: list[User] = []
    for status in (S.STATING, S.MEDIATING, S.WITHDRAWN):
        case, cast = peopled(status)
        if status == S.STATING:
            state(case, case.claimant, "first")
            state(case, case.claimant, "addendum")
        for party in case.parties if status not in (S.WITHDRAWN,) else ():
            put_on_record(case, party)
            say(case, party)
            caucus(case, party, "alone")
        if status not in (S.WITHDRAWN,):
            say(case, case.claimant, "to one", recipient_id=case.respondent.pk)
            say(case, cast["co_claimant"], "to one", recipient_id=case.claimant.pk)
            say(case, cast["mediator"], "to one", recipient_id=case.respondent.pk)
        cases.append(case)
        users.extend(cast.values())
    _change_fortunes(cases[1], users)
    # The same people in another case: standing is per dispute.
    Participant.objects.create(
        dispute_id=cases[0].id, user=cases[2].claimant, side=Side.RESPONDENT, status=ParticipantStatus.JOINED
    )
    Participant.objects.create(
        dispute_id=cases[0].id, user=cases[2].respondent, side=Side.NEUTRAL, status=ParticipantStatus.JOINED
    )
    return cases, list(User.objects.all())


def _change_fortunes(case: Case, users: list[User]) -> None:
    """A lawyer unassigned, one who is no lawyer any more, a party removed, a person whose account is closed."""
    unassigned = Assignment.objects.get(dispute_id=case.id, part="mediator")
    admin = next(user for user in users if user.role == Role.ADMIN)
    end_assignment(acting_user=admin, dispute_id=case.id, assignment_id=unassigned.pk)
    User.objects.filter(pk=case.staff["counsel"].pk).update(role=Role.CLIENT)
    participant = participant_of(case, case.co_parties[0])
    participant.status = ParticipantStatus.REMOVED
    participant.save()
    User.objects.filter(pk=case.respondent.pk).update(is_active=False)


World = tuple[list[Case], list[User]]


def accesses(world: World) -> list[CaseAccess]:
    disputes = list(Dispute.objects.all())
    return [CaseAccess(dispute, standing_in(user, dispute)) for user in world[1] for dispute in disputes]


def test_visible_to_is_can_see_dispute(world: World) -> None:
    disputes = list(Dispute.objects.all())
    seen = 0
    for user in [*world[1], AnonymousUser()]:
        expected = {dispute.pk for dispute in disputes if can_see_dispute(user, dispute)}  # type: ignore[arg-type]
        assert set(visible_to(user).values_list("pk", flat=True)) == expected, user  # type: ignore[arg-type]
        assert visible_to(user).count() == len(expected)  # type: ignore[arg-type]
        seen += len(expected)
    assert seen > 20


def test_insiders_see_and_outsiders_do_not() -> None:
    case, cast = peopled(S.MEDIATING)
    assert {kind for kind, user in cast.items() if can_see_dispute(user, case.dispute)} == set(INSIDERS)


def test_truths_and_evidence_are_those_the_rules_allow(world: World) -> None:
    case = world[0][0]
    piece = put_on_record(case, case.claimant, "soon withdrawn")
    withdraw_evidence(acting_user=case.claimant, dispute_id=case.id, evidence_id=piece.pk)
    answers = set()
    for access in accesses(world):
        standing, dispute = access.standing, access.dispute
        truths = {row.pk for row in Truth.objects.filter(dispute=dispute) if can_read_truth(standing, dispute, row)}
        pieces = {
            row.pk for row in Evidence.objects.filter(dispute=dispute) if can_see_evidence(standing, dispute, row)
        }
        if standing.sees_dispute:  # nobody else gets an access
            assert set(truths_for(access).values_list("pk", flat=True)) == truths
            assert set(evidence_for(access).values_list("pk", flat=True)) == pieces
        else:
            assert truths == pieces == set()
        answers.add((len(truths), len(pieces)))
    assert answers >= {(0, 0), (0, 1), (2, 2), (3, 3)}


def test_streams_and_both_statements_of_the_message_list_agree_with_can_read_stream(world: World) -> None:
    users = {user.pk: user for user in world[1]}
    answers = set()
    for user in users.values():
        if not user.is_active:
            continue  # never gets past authentication; the statement takes a person who is signed in
        for dispute in Dispute.objects.all():
            access = CaseAccess(dispute, standing_in(user, dispute))
            streams = list(MessageStream.objects.filter(dispute=dispute))
            expected = {stream.pk for stream in streams if can_read_stream(access.standing, stream)}
            answers.add(len(expected))
            if not access.standing.sees_dispute:
                assert expected == set()
                with pytest.raises(NotFoundError):
                    newest_messages(user=user, dispute_id=dispute.pk, limit=100)
                with pytest.raises(NotFoundError):
                    messages_after(user=user, dispute_id=dispute.pk, limit=100, position={})
                continue
            assert set(streams_for(access).values_list("pk", flat=True)) == expected
            newest = newest_messages(user=user, dispute_id=dispute.pk, limit=100)
            after = messages_after(user=user, dispute_id=dispute.pk, limit=100, position={})
            with_lines = {stream.pk for stream in streams if stream.pk in expected and stream.messages.exists()}
            assert {line["stream"] for line in newest.results} == with_lines
            assert {line["stream"] for line in after.results} == with_lines
            assert {line["id"] for line in newest.results} == {line["id"] for line in after.results}
            for stream in streams:
                allowed = stream.pk in expected
                try:
                    newest_messages(user=user, dispute_id=dispute.pk, limit=1, stream_id=stream.pk)
                except NotFoundError:
                    assert not allowed
                else:
                    assert allowed
    assert answers == {0, 1, 3, 4}


def test_the_standing_of_a_list_is_standing_in(world: World) -> None:
    compared = 0
    for user in world[1]:
        listed = visible_to(user).prefetch_related(
            "participants",
            Prefetch("assignments", queryset=Assignment.objects.filter(lawyer=user, ended_at=None), to_attr="my_parts"),
        )
        for dispute in listed:
            parts = [assignment.part for assignment in dispute.my_parts]
            assert listed_standing(user, list(dispute.participants.all()), parts) == standing_in(user, dispute)
            compared += 1
    assert compared > 20


def test_an_arbitrator_counsel_and_admin_read_no_caucus_and_the_mediator_reads_all() -> None:
    case, cast = peopled(S.MEDIATING)
    for party in case.parties:
        caucus(case, party, "alone")
    streams = list(MessageStream.objects.filter(dispute_id=case.id, kind="caucus"))
    read = {
        kind: sum(can_read_stream(standing_in(user, case.dispute), stream) for stream in streams)
        for kind, user in cast.items()
    }
    assert read == {
        **dict.fromkeys(cast, 0), "claimant": 1, "co_claimant": 1, "respondent": 1, "mediator": 3,
    }  # fmt: skip


def test_seats_in_rooms_agree_with_standings(world: tuple[list[Case], list[User]]) -> None:
    cases, users = world
    pairs = [(user, case) for user in users for case in cases]

    seats = seats_now([(user.pk, case.id) for user, case in pairs])

    for place, (user, case) in enumerate(pairs):
        standing = standing_in(user, case.dispute)
        assert seats.get(place) == (seat_of(standing) if standing.sees_dispute else None), (user, case)
    assert seats


def test_seat_reads_exactly_the_streams_of_its_rule(world: tuple[list[Case], list[User]]) -> None:
    cases, users = world
    read = 0
    for case in cases:
        heads = {head.id: head for head in heads_of([case.id])}
        assert set(heads) == set(MessageStream.objects.filter(dispute=case.id).values_list("pk", flat=True))
        for user in users:
            standing = standing_in(user, case.dispute)
            if not standing.sees_dispute:
                continue
            for stream in MessageStream.objects.filter(dispute=case.id):
                head = heads[stream.pk]
                may = seat_of(standing).may_read(user.pk, head.kind, head.members)
                assert may == can_read_stream(standing, stream), (user, stream)
                read += may
    assert read
