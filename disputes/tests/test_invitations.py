"""Bringing people in: links that expire, are used once, are replaced, belong to one address."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from accounts.public import User, known_timezones
from accounts.tests.factories import UserFactory
from disputes.enums import DisputeStatus, ParticipantStatus
from disputes.errors import (
    AlreadyTakingPartError,
    InvitationGoneError,
    TooManyPartiesError,
    WrongInviteeError,
)
from disputes.models import Dispute, Invitation, Participant
from disputes.services.contracts import complete_drawing_up
from disputes.services.filing import Filing, open_dispute
from disputes.services.invitations import (
    Invitee,
    accept_invitation,
    decline_dispute,
    decline_invitation,
    find_invitation,
    invite_another,
    join_dispute,
    start_dispute,
)
from disputes.tasks import sweep_deadlines
from disputes.tests.conftest import client_of, footprint
from disputes.tests.factories import (
    ORIGIN,
    Case,
    accept,
    arbitrate,
    assign,
    disclose,
    drawn_up,
    file_case,
    join,
    participant_of,
    propose,
    stating,
    token_for,
    token_of,
)
from kernel.errors import ConflictError, DomainError, NotFoundError, ValidationFailedError
from kernel.models import OutboxEvent
from kernel.testing.plugin import Clock

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("unlimited")]
S = DisputeStatus
NEW = "new.person@example.org"


def with_open_invitation(email: str = NEW) -> Case:
    case = file_case(invitees=(Invitee(email, "Nora Neu"),))
    join(case, case.respondent)
    return case


def take(token: str, name: str = "Nora") -> User:
    return accept_invitation(token=token, full_name=name, timezone="Europe/Berlin", origin=ORIGIN).user


def refuses(act: Any, error: type[DomainError]) -> None:
    before = footprint()
    with pytest.raises(error):
        act()
    assert footprint() == before


def test_an_address_without_account_joins_by_the_link_alone() -> None:
    case = with_open_invitation()
    answer = client_of(None).post(f"/api/invitations/{token_for(case, NEW)}/accept", {"full_name": "Nora Neu"})
    assert answer.status_code == 200
    assert set(answer.json()) == {"access", "refresh", "dispute_id"}
    user = User.objects.get(email=NEW)
    assert (user.full_name, user.has_usable_password(), user.email_verified_at is not None) == ("Nora Neu", False, True)
    mine = client_of(None)
    mine.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access']}")
    assert mine.get(case.url()).status_code == 200
    participant = participant_of(case, user)
    assert (participant.status, participant.email_sealed, participant.email_index) == ("joined", None, None)


@pytest.mark.parametrize(("told", "kept"), [("Europe/Berlin", "Europe/Berlin"), ("Mars/Olympus", "Atlantic/Azores")])
def test_joining_does_not_walk_the_folder_of_time_zones_each_time(
    told: str, kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = with_open_invitation()
    Dispute.objects.filter(pk=case.id).update(timezone="Atlantic/Azores")
    known_timezones()  # once in the life of the process
    monkeypatch.setattr("os.walk", lambda *_: pytest.fail("walked again"))
    answer = client_of(None).post(
        f"/api/invitations/{token_for(case, NEW)}/accept", {"full_name": "Nora Neu", "timezone": told}
    )
    assert answer.status_code == 200
    assert User.objects.get(email=NEW).timezone == kept


def test_the_last_join_starts_the_case() -> None:
    case = with_open_invitation()
    assert case.status == S.INVITE_SENT
    take(token_for(case, NEW))
    assert case.status == S.STATING
    assert case.dispute.statement_deadline is not None


def test_reading_a_link_does_not_use_it() -> None:
    case = with_open_invitation()
    token = token_for(case, NEW)
    before = footprint()
    for _ in range(3):
        assert client_of(None).get(f"/api/invitations/{token}").status_code == 200
        assert client_of(None).head(f"/api/invitations/{token}").status_code == 200
    assert footprint() == before


def test_a_used_link_is_gone() -> None:
    case = with_open_invitation()
    token = token_for(case, NEW)
    user = take(token)
    refuses(lambda: take(token), InvitationGoneError)
    refuses(lambda: join_dispute(acting_user=user, dispute_id=case.id, token=token), InvitationGoneError)
    refuses(lambda: decline_invitation(token=token, reason=""), InvitationGoneError)
    assert client_of(None).get(f"/api/invitations/{token}").status_code == 404


def test_an_expired_link_is_gone_before_any_sweep(clock: Clock) -> None:
    case = with_open_invitation()
    token = token_for(case, NEW)
    clock.advance(timedelta(days=15))
    refuses(lambda: take(token), InvitationGoneError)
    assert participant_by(case, NEW).status == ParticipantStatus.INVITED
    sweep_deadlines()
    assert participant_by(case, NEW).status == ParticipantStatus.LAPSED
    assert case.status == S.STATING  # nobody is awaited any more


def participant_by(case: Case, email: str) -> Participant:
    from disputes.services.invitations import email_index

    return Participant.objects.get(dispute_id=case.id, email_index=email_index(email))


def test_a_fresh_link_ends_the_earlier_one() -> None:
    case = with_open_invitation()
    old = token_for(case, NEW)
    assert client_of(case.claimant).post(case.url("invitations"), {"email": NEW.upper()}).status_code == 201
    new = token_for(case, NEW)
    assert new != old
    assert Participant.objects.filter(dispute_id=case.id).count() == 3
    refuses(lambda: take(old), InvitationGoneError)
    take(new)


def test_a_lapsed_invitation_is_opened_again_by_a_fresh_link(clock: Clock) -> None:
    case = file_case(invitees=(Invitee(NEW),))
    join(case, case.respondent)
    start_dispute(acting_user=case.claimant, dispute_id=case.id)
    clock.advance(timedelta(days=13))
    Dispute.objects.filter(pk=case.id).update(statement_deadline=clock.now() + timedelta(days=90))
    clock.advance(timedelta(days=10))
    sweep_deadlines()
    assert participant_by(case, NEW).status == ParticipantStatus.LAPSED
    invite_another(acting_user=case.claimant, dispute_id=case.id, invitee=Invitee(NEW))
    assert participant_by(case, NEW).status == ParticipantStatus.INVITED
    take(token_for(case, NEW))


def test_a_link_sent_to_somebody_else_does_not_open_for_me() -> None:
    case, stranger = file_case(), UserFactory()
    token = token_for(case, case.respondent.email)
    refuses(lambda: join_dispute(acting_user=stranger, dispute_id=case.id, token=token), WrongInviteeError)
    answer = client_of(stranger).post(case.url("join"), {"invite_token": token})
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_invitee")


def test_a_link_opens_only_its_own_case() -> None:
    case, other = file_case(), file_case()
    token = token_for(case, case.respondent.email)
    refuses(lambda: join_dispute(acting_user=case.respondent, dispute_id=other.id, token=token), InvitationGoneError)


def test_an_account_with_a_password_signs_in_first() -> None:
    case = file_case()
    token = token_for(case, case.respondent.email)
    before = footprint()
    answer = client_of(None).post(f"/api/invitations/{token}/accept", {"full_name": "Mallory"})
    assert (answer.status_code, answer.json()["code"]) == (409, "sign_in_required")
    assert footprint() == before
    case.respondent.refresh_from_db()
    assert case.respondent.has_usable_password()
    assert client_of(case.respondent).post(case.url("join"), {"invite_token": token}).status_code == 200


@pytest.mark.parametrize("trait", ["lawyer", "admin", "inactive"])
def test_staff_and_closed_accounts_never_join_by_a_link_alone(trait: str) -> None:
    person = UserFactory(**{trait: True, "passwordless": True})
    case = file_case(invitees=(Invitee(person.email),))
    before = footprint()
    answer = client_of(None).post(f"/api/invitations/{token_for(case, person.email)}/accept", {"full_name": "M"})
    assert (answer.status_code, answer.json()["code"]) == (409, "sign_in_required")
    assert footprint() == before


def test_an_unverified_account_loses_the_password_somebody_set() -> None:
    squatter = UserFactory(unverified=True, email=NEW)
    assert squatter.has_usable_password()
    case = with_open_invitation()
    user = take(token_for(case, NEW), "The Real One")
    assert (user.pk, user.full_name, user.has_usable_password()) == (squatter.pk, "The Real One", False)


@pytest.mark.parametrize("token", ["x", "A" * 43, "%00", "é" * 43, "A" * 5000, "%ED%A0%80"])
def test_a_token_that_never_was_is_gone(token: str) -> None:
    client = client_of(None)
    assert client.get(f"/api/invitations/{token}").status_code == 404
    assert client.post(f"/api/invitations/{token}/accept", {"full_name": "x"}).status_code == 404
    assert client.post(f"/api/invitations/{token}/decline", {}).status_code == 404


def test_declining_by_link_ends_that_participation_and_the_case_with_the_last_respondent() -> None:
    case = file_case(invitees=(Invitee(NEW),))
    assert client_of(None).post(f"/api/invitations/{token_for(case, NEW)}/decline", {"reason": "no"}).status_code == 204
    assert case.status == S.INVITE_SENT
    decline_dispute(acting_user=case.respondent, dispute_id=case.id, reason="neither")
    assert case.status == S.LAPSED
    assert OutboxEvent.objects.filter(type="disputes.DisputeLapsed").count() == 1
    for email in (NEW, case.respondent.email):
        with pytest.raises(InvitationGoneError):
            find_invitation(token_for(case, email))


def test_a_co_claimant_s_open_invitation_does_not_keep_a_case_alive() -> None:
    case = file_case(invitees=(Invitee(NEW, side="claimant"),))
    refuses(lambda: decline_invitation(token=token_for(case, NEW), reason=""), DomainError)
    decline_dispute(acting_user=case.respondent, dispute_id=case.id, reason="")
    assert case.status == S.LAPSED
    assert participant_by(case, NEW).status == ParticipantStatus.LAPSED


def test_who_has_left_cannot_be_invited_again() -> None:
    case = file_case(invitees=(Invitee(NEW),))
    join(case, case.respondent)
    decline_dispute(acting_user=case.respondent, dispute_id=case.id, reason="")
    again = Invitee(case.respondent.email)
    refuses(lambda: invite_another(acting_user=case.claimant, dispute_id=case.id, invitee=again), ConflictError)


def test_who_is_in_cannot_be_invited() -> None:
    case = with_open_invitation()
    for person in (case.claimant, case.respondent):
        refuses(
            partial(invite_another, acting_user=case.claimant, dispute_id=case.id, invitee=Invitee(person.email)),
            AlreadyTakingPartError,
        )


def test_at_most_twenty_parties() -> None:
    crowd = tuple(Invitee(f"p{number}@example.org") for number in range(18))
    case = file_case(invitees=crowd)
    assert Participant.objects.filter(dispute_id=case.id).count() == 20
    one_more = Invitee("p99@example.org")
    refuses(
        lambda: invite_another(acting_user=case.claimant, dispute_id=case.id, invitee=one_more), TooManyPartiesError
    )
    decline_invitation(token=token_for(case, "p0@example.org"), reason="")
    invite_another(acting_user=case.claimant, dispute_id=case.id, invitee=one_more)
    # the place is taken: who declined cannot come back as the twenty-first
    back = Invitee("p0@example.org")
    refuses(lambda: invite_another(acting_user=case.claimant, dispute_id=case.id, invitee=back), TooManyPartiesError)
    # and a fresh link for somebody who is still invited needs no place
    invite_another(acting_user=case.claimant, dispute_id=case.id, invitee=Invitee("p1@example.org"))


@pytest.mark.parametrize(
    "invitees",
    [(), (Invitee("a@example.org", side="claimant"),), (Invitee("a@example.org"), Invitee("a@example.org"))],
    ids=["nobody", "no respondent", "twice"],
)
def test_a_case_needs_one_respondent_and_each_person_once(invitees: tuple[Invitee, ...]) -> None:
    user = UserFactory()
    filing = Filing(title="t", description="d", invitees=invitees)
    refuses(lambda: open_dispute(acting_user=user, filing=filing), ValidationFailedError)
    own = Filing(title="t", description="d", invitees=(Invitee(user.email),))
    refuses(lambda: open_dispute(acting_user=user, filing=own), ValidationFailedError)


def test_start_needs_a_respondent_who_joined() -> None:
    case = file_case()
    refuses(lambda: start_dispute(acting_user=case.claimant, dispute_id=case.id), ConflictError)
    partner = UserFactory()
    other = file_case(invitees=(Invitee(partner.email, side="claimant"),))
    join(other, partner)
    refuses(lambda: start_dispute(acting_user=other.claimant, dispute_id=other.id), ConflictError)


def late_invitee(case: Case) -> str:
    invite_another(acting_user=case.claimant, dispute_id=case.id, invitee=Invitee(NEW))
    return token_for(case, NEW)


def test_somebody_invited_while_stating_may_still_come_in_mediation() -> None:
    case = stating()
    token = late_invitee(case)
    disclose(case)
    user = take(token)
    assert client_of(user).get(case.url()).status_code == 200


@pytest.mark.parametrize("status", [S.PROPOSED, S.ARBITRATING, S.CONTRACTING, S.SIGNING])
def test_nobody_joins_once_a_proposal_an_award_or_a_contract_is_under_way(status: DisputeStatus) -> None:
    """They would be bound by, or block, what the others settled without them."""
    case = stating()
    token = late_invitee(case)
    disclose(case)
    if status == S.ARBITRATING:
        arbitrate(case)
    else:
        propose(case)
        if status != S.PROPOSED:
            accept(case)
        if status == S.SIGNING:
            complete_drawing_up(contract_id=case.contract.pk, drawn_up=drawn_up())
    assert case.status == status
    refuses(lambda: take(token), InvitationGoneError)
    assert client_of(None).get(f"/api/invitations/{token}").status_code == 404


def test_a_lawyer_of_the_case_never_becomes_its_party() -> None:
    case = file_case()
    lawyer = assign(case, "mediator")
    invite_another(acting_user=case.claimant, dispute_id=case.id, invitee=Invitee(lawyer.email))
    token = token_for(case, lawyer.email)
    refuses(lambda: join_dispute(acting_user=lawyer, dispute_id=case.id, token=token), ConflictError)


def test_joining_takes_the_account_s_name_not_the_inviter_s() -> None:
    person = UserFactory(full_name="Own Name")
    case = file_case(invitees=(Invitee(person.email, "Somebody Else"),))
    join(case, person)
    assert participant_of(case, person).full_name == "Own Name"


def test_an_unknown_case_and_a_foreign_one_are_alike_to_who_declines() -> None:
    case, stranger = file_case(), UserFactory()
    refuses(lambda: decline_dispute(acting_user=stranger, dispute_id=case.id, reason=""), NotFoundError)
    refuses(lambda: decline_dispute(acting_user=stranger, dispute_id=stranger.pk, reason=""), NotFoundError)


def test_the_link_is_made_from_the_row_and_stored_nowhere() -> None:
    case = with_open_invitation()
    for invitation in Invitation.objects.filter(participant__dispute_id=case.id):
        token = token_of(invitation)
        assert token.encode() not in bytes(invitation.token_digest)
        assert not OutboxEvent.objects.filter(payload__icontains=token).exists()
