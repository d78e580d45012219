"""What each mail says, in both languages, and to whom it goes."""

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import transaction
from django.utils import translation

from accounts import events as accounts
from accounts.public import Locale, User, password_reset_link, verification_link
from accounts.tests.factories import UserFactory
from disputes import events as disputes
from disputes.public import invitation_notice
from kernel import relay
from kernel.events import Event
from kernel.ids import new_id
from kernel.links import make_token, token_digest
from kernel.outbox import publish
from notifications.enums import Kind, MailStatus
from notifications.models import Mail, Notification
from notifications.selectors.wording import Facts, words_of
from notifications.tests.factories import (
    DEADLINE,
    PRIVATE,
    Case,
    assign,
    draw_up,
    happen,
    invite,
    make_case,
    model,
    propose,
    propose_date,
    pump,
    remind,
)
from notifications.tests.mail_server import MailServer, part
from notifications.tests.test_signing_mails import SIGNING_MAILS

pytestmark = [pytest.mark.db, pytest.mark.django_db]

Happening = Callable[[Case], Event]


def lawyer_of(case: Case) -> User:
    lawyer: User = UserFactory(lawyer=True, full_name="Lea Law", locale=case.claimant.locale, timezone="Europe/Madrid")
    assign(case, lawyer)
    return lawyer


def _assigned(case: Case) -> Event:
    lawyer_of(case)
    assignment = model("Assignment").objects.get(dispute=case.dispute)
    return disputes.LawyerAssigned(case.dispute.pk, assignment.pk)


def _review(case: Case) -> Event:
    lawyer_of(case)
    return disputes.ContractInReview(case.dispute.pk, draw_up(case, status="review").pk)


def _left(case: Case, status: str) -> UUID:
    participant = invite(case)
    participant.status = status
    participant.save()
    pk: UUID = participant.pk
    return pk


def _understood(case: Case) -> Event:
    row = model("Understanding").objects.create(
        dispute=case.dispute, participant=case.parts[0], confirm_by=DEADLINE, summary_sealed=b"-"
    )
    return disputes.UnderstandingReady(case.dispute.pk, case.parts[0].pk, row.pk)


def _to_rank(case: Case) -> Any:
    return model("Resolution").objects.create(dispute=case.dispute, round=1, status="ranking", rank_by=DEADLINE)


def _overdue(case: Case) -> Event:
    lawyer_of(case)
    model("Dispute").objects.filter(pk=case.dispute.pk).update(human_due_at=DEADLINE)
    return disputes.HumanOverdue(case.dispute.pk, new_id())


def _awaiting_consent(case: Case) -> Case:
    model("Dispute").objects.filter(pk=case.dispute.pk).update(consent_deadline=DEADLINE)
    return case


def _to_sign(case: Case) -> Case:
    draw_up(case)
    return case


# What an invited person is mailed: kind → what happens, and words of it in both languages.
INVITED_MAILS: dict[Kind, tuple[Callable[[Case, Any], Event], tuple[str, str]]] = {
    Kind.INVITATION: (
        lambda case, person: disputes.PartyInvited(case.dispute.pk, person.pk),
        ("invites you", "invita"),
    ),
    Kind.INVITATION_REMINDER: (
        lambda case, person: disputes.DeadlineNear(
            case.dispute.pk, remind(case, "respond_by", invitation=person.invitation).pk
        ),
        ("Reminder, 3 days", "3 días"),
    ),
    Kind.INVITED_DATE_MOVED: (
        lambda case, person: disputes.DeadlineMoved(
            case.dispute.pk, propose_date(case, status="accepted", by=person, kind="respond_by").pk
        ),
        ("more time", "más tiempo"),
    ),
    Kind.INVITED_DATE_REFUSED: (
        lambda case, person: disputes.DeadlineRefused(
            case.dispute.pk, propose_date(case, status="refused", by=person, kind="respond_by").pk
        ),
        ("No later date", "fecha"),
    ),
}


# kind → (the case's state, what happens, who is written to)
MAILS: dict[Kind, tuple[str, Happening, frozenset[str]]] = {
    Kind.PARTY_DECLINED: (
        "invite_sent",
        lambda case: disputes.PartyDeclined(case.dispute.pk, _left(case, "declined")),
        frozenset({"Mara Engel"}),
    ),
    Kind.INVITATION_LAPSED: (
        "invite_sent",
        lambda case: disputes.InvitationLapsed(case.dispute.pk, _left(case, "lapsed")),
        frozenset({"Mara Engel"}),
    ),
    Kind.STATE_TRUTH: ("stating", lambda case: disputes.StatingStarted(case.dispute.pk), frozenset()),
    Kind.DEADLINE_PROPOSED: (
        "stating",
        lambda case: disputes.DeadlineProposed(case.dispute.pk, propose_date(case).pk),
        frozenset({"Tobias Krug"}),
    ),
    Kind.DEADLINE_MOVED: (
        "stating",
        lambda case: disputes.DeadlineMoved(case.dispute.pk, propose_date(case, status="accepted").pk),
        frozenset(),
    ),
    Kind.DEADLINE_REFUSED: (
        "stating",
        lambda case: disputes.DeadlineRefused(case.dispute.pk, propose_date(case, status="refused").pk),
        frozenset({"Mara Engel"}),
    ),
    Kind.MORE_TIME_ASKED: (
        "invite_sent",
        lambda case: disputes.MoreTimeAsked(case.dispute.pk, propose_date(case, by=invite(case)).pk),
        frozenset(),
    ),
    Kind.WRONG_PERSON: (
        "invite_sent",
        lambda case: disputes.WrongPersonInvited(case.dispute.pk, _left(case, "invited")),
        frozenset({"Mara Engel"}),
    ),
    Kind.REMIND_STATEMENT: (
        "stating",
        lambda case: disputes.DeadlineNear(case.dispute.pk, remind(case, "statement_deadline").pk),
        frozenset(),
    ),
    Kind.REMIND_CONSENT: (
        "mediating",
        lambda case: disputes.DeadlineNear(case.dispute.pk, remind(_awaiting_consent(case), "consent_deadline").pk),
        frozenset(),
    ),
    Kind.REMIND_SIGNATURE: (
        "signing",
        lambda case: disputes.DeadlineNear(case.dispute.pk, remind(_to_sign(case), "signing").pk),
        frozenset(),
    ),
    Kind.TRUTHS_DISCLOSED: ("mediating", lambda case: disputes.TruthsDisclosed(case.dispute.pk), frozenset()),
    Kind.UNDERSTANDING_READY: ("mediating", _understood, frozenset({"Mara Engel"})),
    Kind.PLEASE_RANK: (
        "mediating",
        lambda case: disputes.CandidatesReady(case.dispute.pk, _to_rank(case).pk),
        frozenset(),
    ),
    Kind.BIDDING_CLOSED: (
        "mediating",
        lambda case: disputes.BiddingClosed(case.dispute.pk, new_id()),
        frozenset(),
    ),
    Kind.HUMAN_OVERDUE: ("mediating", _overdue, frozenset({"Lea Law"})),
    Kind.RESOLUTION_FAILED: (
        "mediating",
        lambda case: disputes.ResolutionFailed(case.dispute.pk, propose(case, status="failed").pk),
        frozenset(),
    ),
    Kind.PROPOSAL_READY: (
        "proposed",
        lambda case: disputes.ResolutionProposed(case.dispute.pk, propose(case).pk),
        frozenset(),
    ),
    Kind.ROUND_FAILED: (
        "mediating",
        lambda case: disputes.RoundFailed(case.dispute.pk, propose(case, status="rejected").pk),
        frozenset(),
    ),
    Kind.ESCALATED: ("mediating", lambda case: disputes.DisputeEscalated(case.dispute.pk), frozenset()),
    Kind.ARBITRATION_STARTED: ("arbitrating", lambda case: disputes.ArbitrationStarted(case.dispute.pk), frozenset()),
    Kind.DECISION_GIVEN: (
        "decided",
        lambda case: disputes.DecisionGiven(case.dispute.pk, propose(case, status="decided").pk),
        frozenset(),
    ),
    Kind.LAWYER_ASSIGNED: ("mediating", _assigned, frozenset({"Lea Law"})),
    Kind.CONTRACT_REVIEW: ("contracting", _review, frozenset({"Lea Law"})),
    Kind.PLEASE_SIGN: (
        "signing",
        lambda case: disputes.ContractReady(case.dispute.pk, draw_up(case).pk),
        frozenset(),
    ),
    Kind.CONTRACT_VOIDED: (
        "mediating",
        lambda case: disputes.ContractVoided(case.dispute.pk, draw_up(case, status="voided").pk),
        frozenset(),
    ),
    Kind.EXECUTED: (
        "executed",
        lambda case: disputes.ContractExecuted(case.dispute.pk, draw_up(case, status="executed").pk),
        frozenset(),
    ),
    Kind.WITHDRAWN: ("withdrawn", lambda case: disputes.DisputeWithdrawn(case.dispute.pk), frozenset()),
    Kind.LAPSED: ("lapsed", lambda case: disputes.DisputeLapsed(case.dispute.pk), frozenset()),
    Kind.CLOSED: ("closed", lambda case: disputes.DisputeClosed(case.dispute.pk), frozenset()),
}
BOTH = frozenset({"Mara Engel", "Tobias Krug"})
ACCOUNT_MAILS: dict[Kind, Callable[[User], Event]] = {
    Kind.VERIFY_EMAIL: lambda user: accounts.VerificationRequested(user.pk),
    Kind.ADDRESS_KNOWN: lambda user: accounts.RegistrationRepeated(user.pk),
    Kind.PASSWORD_RESET: lambda user: accounts.PasswordResetRequested(user.pk),
    Kind.PASSWORD_CHANGED: lambda user: accounts.PasswordChanged(user.pk),
}


def issue_link(user: User, purpose: str, generation: int = 0) -> None:
    """What accounts does when it issues a link; a higher generation is a fresh link."""
    links = apps.get_model("accounts", "MailLink").objects
    link, _made = links.get_or_create(
        user=user, purpose=purpose, defaults={"digest": b"-", "expires_at": "2031-01-01T00:00Z"}
    )
    link.generation = generation
    link.digest = token_digest(make_token(purpose, link.pk, generation))
    link.save()


def check_mail(message: EmailMessage, *, link: str, locale: str) -> None:
    text, html = part(message, "plain"), part(message, "html")
    assert link in text
    assert html.count(link) >= 2, "the button and the address in plain sight"
    assert f'<html lang="{locale}">' in html
    assert message["Auto-Submitted"] == "auto-generated"
    whole = f"{message['Subject']}{text}{html}"
    assert not [marker for marker in PRIVATE if marker in whole]
    assert "%(" not in whole
    assert "\n" not in str(message["Subject"])


def test_the_tables_here_name_every_kind_that_is_mailed() -> None:
    assert {*MAILS, *ACCOUNT_MAILS, *INVITED_MAILS, *SIGNING_MAILS, Kind.RETURN_LINK} == {
        kind for kind in Kind if kind.goes_by_mail
    }


@pytest.mark.parametrize("locale", Locale.values)
@pytest.mark.parametrize("kind", INVITED_MAILS)
def test_an_invited_person_is_mailed_with_the_link_in_their_language(
    kind: Kind, locale: str, mail_server: MailServer
) -> None:
    case = make_case("invite_sent", title="Deposit")
    person = invite(case, locale=locale)
    happening, words = INVITED_MAILS[kind]
    event = happening(case, person)
    happen(event, event)
    notice = invitation_notice(person.pk)
    assert notice is not None
    (message,) = [item for item in mail_server.received if item["To"].addresses[0].addr_spec == notice.email]
    check_mail(message, link=notice.link, locale=locale)
    assert words[locale == "es"] in message["Subject"]


def test_a_reminder_of_a_date_that_was_moved_since_is_not_sent(mail_server: MailServer) -> None:
    case = make_case("stating")
    reminder = remind(case, "statement_deadline")
    model("Dispute").objects.filter(pk=case.dispute.pk).update(statement_deadline=DEADLINE + timedelta(days=9))
    happen(disputes.DeadlineNear(case.dispute.pk, reminder.pk))
    person = invite(case)
    old = remind(case, "respond_by", invitation=person.invitation)
    person.invitation.expires_at += timedelta(days=9)
    person.invitation.save()
    happen(disputes.DeadlineNear(case.dispute.pk, old.pk))
    assert mail_server.received == []


def test_who_said_that_it_is_not_them_is_written_to_no_more(mail_server: MailServer) -> None:
    case = make_case("invite_sent")
    person = invite(case)
    person.wrong_address_at = DEADLINE
    person.save()
    happen(disputes.PartyInvited(case.dispute.pk, person.pk))
    assert mail_server.received == []


@pytest.mark.parametrize("locale", Locale.values)
def test_a_return_link_goes_to_its_person_once_for_each_link(locale: str, mail_server: MailServer) -> None:
    case = make_case("stating", locale=locale)
    part_of = case.parts[1]
    invitation_id = new_id()
    invitation = model("Invitation").objects.create(
        id=invitation_id,
        participant=part_of,
        invited_by=case.claimant,
        token_digest=token_digest(make_token("invitation", invitation_id, 0)),
        expires_at=DEADLINE,
    )
    event = disputes.ReturnLinkAsked(case.dispute.pk, part_of.pk)
    happen(event, event)
    (message,) = mail_server.received
    assert message["To"].addresses[0].addr_spec == case.respondent.email
    check_mail(message, link=f"/i/{make_token('invitation', invitation_id, 0)}", locale=locale)
    invitation.used_at = DEADLINE
    invitation.save()
    happen(disputes.ReturnLinkAsked(case.dispute.pk, part_of.pk))
    assert len(mail_server.received) == 1


@pytest.mark.parametrize("locale", Locale.values)
@pytest.mark.parametrize("kind", MAILS)
def test_mail_of_a_case_links_to_it_and_shows_nothing_private(kind: Kind, locale: str, mail_server: MailServer) -> None:
    state, happening, named = MAILS[kind]
    case = make_case(state, locale=locale)
    happen(happening(case))
    assert {message["To"].addresses[0].display_name for message in mail_server.received} == (named or BOTH)
    for message in mail_server.received:
        check_mail(message, link=f"/disputes/{case.dispute.pk}/", locale=locale)
        assert "Deposit for the flat" in message["Subject"]
        assert "1450" not in part(message, "plain").replace(",", "").replace(".", "")
    assert set(Mail.objects.values_list("kind", "status", "locale")) == {(kind.value, MailStatus.SENT.value, locale)}


@pytest.mark.parametrize("locale", Locale.values)
@pytest.mark.parametrize("kind", ACCOUNT_MAILS)
def test_mail_of_an_account_carries_its_link(kind: Kind, locale: str, mail_server: MailServer) -> None:
    user = UserFactory(locale=locale, unverified=kind == Kind.VERIFY_EMAIL)
    issue_link(user, "verify_email")
    issue_link(user, "password_reset")
    happen(ACCOUNT_MAILS[kind](user))
    links = {Kind.VERIFY_EMAIL: verification_link(user.pk), Kind.PASSWORD_RESET: password_reset_link(user.pk)}
    (message,) = mail_server.received
    assert message["To"].addresses[0].addr_spec == user.email
    check_mail(message, link=links.get(kind, "http"), locale=locale)
    assert ("Hola" in part(message, "plain")) == (locale == Locale.ES)


@pytest.mark.parametrize("locale", Locale.values)
def test_invitation_says_who_claims_what_until_when_and_what_follows(locale: str, mail_server: MailServer) -> None:
    case = make_case("invite_sent")
    participant = invite(case, locale=locale)
    happen(disputes.PartyInvited(case.dispute.pk, participant.pk))
    (message,) = mail_server.received
    notice = invitation_notice(participant.pk)
    assert notice is not None
    check_mail(message, link=notice.link, locale=locale)
    assert message["To"].addresses[0].addr_spec == "new.person@example.net"
    assert "Mara Engel" in message["Subject"]
    text = part(message, "plain")
    for said in ("Nell New", "Mara Engel", "Deposit for the flat", "2031", "IA" if locale == "es" else "AI mediator"):
        assert said in text
    assert "1.450,00" in text if locale == "es" else "1,450.00" in text


@pytest.mark.parametrize("kind", MAILS)
def test_words_in_spanish_are_not_the_english_ones(kind: Kind) -> None:
    words = []
    for locale in Locale.values:
        with translation.override(locale):
            words.append(words_of(kind, Facts(title="Deposit", person="Ben", round=2, days=3)))
    assert words[0].headline != words[1].headline
    assert words[0].body != words[1].body
    assert words[0].action != words[1].action


def test_dates_are_in_the_readers_zone_and_language(mail_server: MailServer) -> None:
    case = make_case("stating", locale=Locale.ES)
    happen(disputes.StatingStarted(case.dispute.pk))
    texts = {message["To"].addresses[0].display_name: part(message, "plain") for message in mail_server.received}
    assert "5 de diciembre de 2031, 23:59" in texts["Mara Engel"]
    assert "5 de diciembre de 2031, 5:59 p.m." in " ".join(texts["Tobias Krug"].split())


def test_names_and_titles_are_escaped_in_html(mail_server: MailServer) -> None:
    case = make_case("mediating", title='<a href="https://evil.example">Click & win</a>')
    happen(disputes.TruthsDisclosed(case.dispute.pk))
    assert 'href="https://evil.example"' not in part(mail_server.received[0], "html")
    assert "&lt;a href=" in part(mail_server.received[0], "html")


def test_mail_is_made_with_the_language_of_its_reader_not_of_the_worker(mail_server: MailServer) -> None:
    with translation.override("es"):
        happen(disputes.TruthsDisclosed(make_case("mediating").dispute.pk))
    assert mail_server.received[0]["Subject"].strip() == "All statements in “Deposit for the flat” are open: read them"


@pytest.mark.parametrize("times", [2, 3])
def test_event_that_comes_again_tells_nobody_twice(times: int, mail_server: MailServer) -> None:
    case = make_case("proposed")
    event = disputes.ResolutionProposed(case.dispute.pk, propose(case).pk)
    happen(*[event] * times)
    happen(event)
    assert len(mail_server.received) == Mail.objects.count() == Notification.objects.count() == 2


def test_fresh_link_is_mailed_again_and_the_same_link_is_not(mail_server: MailServer) -> None:
    user = UserFactory()
    issue_link(user, "password_reset")
    happen(accounts.PasswordResetRequested(user.pk))
    happen(accounts.PasswordResetRequested(user.pk))
    assert len(mail_server.received) == 1
    issue_link(user, "password_reset", generation=1)
    happen(accounts.PasswordResetRequested(user.pk))
    assert len(mail_server.received) == 2
    assert password_reset_link(user.pk) in part(mail_server.received[1], "plain")


def test_no_row_holds_a_link_an_address_or_a_text(mail_server: MailServer) -> None:
    case = make_case("invite_sent")
    participant = invite(case)
    happen(disputes.PartyInvited(case.dispute.pk, participant.pk))
    notice = invitation_notice(participant.pk)
    assert notice is not None
    token = notice.link.rpartition("/")[2]
    tables: list[Any] = [Mail, Notification, *apps.get_app_config("kernel").get_models()]
    rows = [str(value) for table in tables for row in table.objects.values() for value in row.values()]
    assert rows
    assert not [value for value in rows if token in value or "new.person@example.net" in value]


def test_who_has_answered_before_the_mail_leaves_is_left_alone(mail_server: MailServer) -> None:
    case = make_case("proposed")
    resolution = propose(case)
    with transaction.atomic():
        publish(disputes.ResolutionProposed(case.dispute.pk, resolution.pk))
    relay.expand_events()
    relay.run_local_deliveries()
    model("ResolutionResponse").objects.create(resolution=resolution, participant=case.parts[0], decision="accept")
    pump()
    assert [message["To"].addresses[0].display_name for message in mail_server.received] == ["Tobias Krug"]
    assert set(Mail.objects.values_list("user_id", "status")) == {
        (case.claimant.pk, "skipped"),
        (case.respondent.pk, "sent"),
    }


def test_who_has_stated_is_not_asked_to(mail_server: MailServer) -> None:
    case = make_case("stating")
    case.parts[0].stated_at = case.parts[0].joined_at
    case.parts[0].save()
    happen(disputes.StatingStarted(case.dispute.pk))
    assert [message["To"].addresses[0].display_name for message in mail_server.received] == ["Tobias Krug"]


def test_used_invitation_is_not_mailed(mail_server: MailServer) -> None:
    case = make_case("invite_sent")
    participant = invite(case)
    participant.invitation.used_at = participant.invitation.expires_at
    participant.invitation.save()
    happen(disputes.PartyInvited(case.dispute.pk, participant.pk))
    assert (mail_server.received, Mail.objects.count()) == ([], 0)


def test_deactivated_person_gets_no_mail(mail_server: MailServer) -> None:
    case = make_case("mediating")
    User.objects.filter(pk=case.claimant.pk).update(is_active=False)
    happen(disputes.TruthsDisclosed(case.dispute.pk))
    assert [message["To"].addresses[0].display_name for message in mail_server.received] == ["Tobias Krug"]


def test_topic_switched_off_is_neither_mailed_nor_shown_where_it_is_off(mail_server: MailServer) -> None:
    case = make_case("mediating")
    preferences = apps.get_model("accounts", "NotificationPreference").objects
    preferences.create(user=case.claimant, kind="turn", channel="email", enabled=False)
    preferences.create(user=case.respondent, kind="turn", channel="in_app", enabled=False)
    happen(disputes.TruthsDisclosed(case.dispute.pk))
    assert [message["To"].addresses[0].display_name for message in mail_server.received] == ["Tobias Krug"]
    assert list(Notification.objects.values_list("user_id", flat=True)) == [case.claimant.pk]


def test_security_mail_cannot_be_switched_off(mail_server: MailServer) -> None:
    user = UserFactory()
    apps.get_model("accounts", "NotificationPreference").objects.create(
        user=user, kind="security", channel="email", enabled=False
    )
    happen(accounts.PasswordChanged(user.pk))
    assert len(mail_server.received) == 1
