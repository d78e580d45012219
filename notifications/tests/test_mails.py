"""What each mail says, in both languages, and to whom it goes."""

from collections.abc import Callable
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
from kernel.links import make_token, token_digest
from kernel.outbox import publish
from notifications.enums import Kind, MailStatus
from notifications.models import Mail, Notification
from notifications.selectors.wording import Facts, words_of
from notifications.tests.factories import (
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
)
from notifications.tests.mail_server import MailServer, part

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
    Kind.TRUTHS_DISCLOSED: ("mediating", lambda case: disputes.TruthsDisclosed(case.dispute.pk), frozenset()),
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
    assert {*MAILS, *ACCOUNT_MAILS, Kind.INVITATION} == {kind for kind in Kind if kind.goes_by_mail}


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
            words.append(words_of(kind, Facts(title="Deposit", person="Ben", round=2)))
    assert words[0].headline != words[1].headline
    assert words[0].body != words[1].body
    assert words[0].action != words[1].action


def test_dates_are_in_the_readers_zone_and_language(mail_server: MailServer) -> None:
    case = make_case("stating", locale=Locale.ES)
    happen(disputes.StatingStarted(case.dispute.pk))
    texts = {message["To"].addresses[0].display_name: part(message, "plain") for message in mail_server.received}
    assert "5 de diciembre de 2031, 23:59" in texts["Mara Engel"]
    assert "5 de diciembre de 2031, 17:59" in texts["Tobias Krug"]


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
