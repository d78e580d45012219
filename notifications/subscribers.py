"""Whom the house's events concern, and the sending of the mails that follow."""

from collections.abc import Callable
from uuid import UUID

from accounts import events as accounts
from disputes import events as disputes
from disputes.public import deadline_brief, invited_participants, reminder_brief
from esign import events as esign
from esign.public import told_signers
from kernel.entry import entry
from kernel.events import Event
from kernel.subscriptions import Done, GiveUp, RetryLater, subscriber
from notifications.adapters.accepted import note_accepted, was_accepted
from notifications.adapters.rendering import render_letter
from notifications.adapters.smtp import MailDelayedError, MailRefusedError, hand_over
from notifications.enums import Kind, MailStatus
from notifications.events import MailQueued
from notifications.selectors.letters import letter_for
from notifications.selectors.mails import find_mail
from notifications.selectors.readers import News
from notifications.services.delivering import MAX_ATTEMPTS, fail_mail, mark_mail_sent, postpone_mail, skip_mail
from notifications.services.telling import tell_account, tell_case, tell_invited, tell_return, tell_sender, tell_signers

# event, what it tells, and the field that names what it is about ("" is the case itself)
CASE_NEWS: tuple[tuple[type[disputes.DisputeEvent], Kind, str], ...] = (
    (disputes.PartyJoined, Kind.PARTY_JOINED, "participant_id"),
    (disputes.PartyDeclined, Kind.PARTY_DECLINED, "participant_id"),
    (disputes.InvitationLapsed, Kind.INVITATION_LAPSED, "participant_id"),
    (disputes.StatingStarted, Kind.STATE_TRUTH, ""),
    (disputes.DeadlineProposed, Kind.DEADLINE_PROPOSED, "proposal_id"),
    (disputes.DeadlineMoved, Kind.DEADLINE_MOVED, "proposal_id"),
    (disputes.DeadlineRefused, Kind.DEADLINE_REFUSED, "proposal_id"),
    (disputes.MoreTimeAsked, Kind.MORE_TIME_ASKED, "proposal_id"),
    (disputes.WrongPersonInvited, Kind.WRONG_PERSON, "participant_id"),
    (disputes.TruthsDisclosed, Kind.TRUTHS_DISCLOSED, ""),
    (disputes.UnderstandingReady, Kind.UNDERSTANDING_READY, "understanding_id"),
    (disputes.CandidatesReady, Kind.PLEASE_RANK, "resolution_id"),
    (disputes.BiddingClosed, Kind.BIDDING_CLOSED, "bidding_id"),
    (disputes.HumanOverdue, Kind.HUMAN_OVERDUE, "reminder_id"),
    (disputes.ResolutionFailed, Kind.RESOLUTION_FAILED, "resolution_id"),
    (disputes.ResolutionProposed, Kind.PROPOSAL_READY, "resolution_id"),
    (disputes.RoundFailed, Kind.ROUND_FAILED, "resolution_id"),
    (disputes.ResolutionAccepted, Kind.AGREED, "resolution_id"),
    (disputes.DisputeEscalated, Kind.ESCALATED, ""),
    (disputes.ArbitrationStarted, Kind.ARBITRATION_STARTED, ""),
    (disputes.DecisionGiven, Kind.DECISION_GIVEN, "resolution_id"),
    (disputes.LawyerAssigned, Kind.LAWYER_ASSIGNED, ""),  # by case: who was told before is not told again
    (disputes.ContractInReview, Kind.CONTRACT_REVIEW, "contract_id"),
    (disputes.ContractReady, Kind.PLEASE_SIGN, "contract_id"),
    (disputes.ContractVoided, Kind.CONTRACT_VOIDED, "contract_id"),
    (disputes.ContractExecuted, Kind.EXECUTED, "contract_id"),
    (disputes.DisputeWithdrawn, Kind.WITHDRAWN, ""),
    (disputes.DisputeLapsed, Kind.LAPSED, ""),
    (disputes.DisputeClosed, Kind.CLOSED, ""),
)
REMINDERS = {
    "statement_deadline": Kind.REMIND_STATEMENT,
    "consent_deadline": Kind.REMIND_CONSENT,
    "signing": Kind.REMIND_SIGNATURE,
}
ACCOUNT_NEWS: tuple[tuple[type[Event], Kind], ...] = (
    (accounts.VerificationRequested, Kind.VERIFY_EMAIL),
    (accounts.RegistrationRepeated, Kind.ADDRESS_KNOWN),
    (accounts.PasswordResetRequested, Kind.PASSWORD_RESET),
    (accounts.PasswordChanged, Kind.PASSWORD_CHANGED),
)

# What ends an envelope is told to everybody who was asked, and to the sender. Of a case's contract the case itself tells.
ENVELOPE_ENDS: tuple[tuple[type[Event], Kind], ...] = (
    (esign.EnvelopeCompleted, Kind.SIGN_COMPLETED),
    (esign.EnvelopeDeclined, Kind.SIGN_DECLINED),
    (esign.EnvelopeExpired, Kind.SIGN_EXPIRED),
    (esign.EnvelopeVoided, Kind.SIGN_VOIDED),
)
CONTRACT = "contract"


def _teller_of_case(kind: Kind, about: str) -> Callable[[disputes.DisputeEvent], None]:
    def tell(event: disputes.DisputeEvent) -> None:
        subject_id: UUID | None = getattr(event, about) if about else None
        tell_case(news=News(kind, event.dispute_id, subject_id), key=subject_id or event.dispute_id)

    return tell


def _teller_of_envelope(kind: Kind) -> Callable[[Event], None]:
    def tell(event: Event) -> None:
        if event.subject_kind == CONTRACT:  # type: ignore[attr-defined]  # all of the table do
            return
        envelope_id: UUID = event.envelope_id  # type: ignore[attr-defined]
        tell_signers(kind=kind, envelope_id=envelope_id, signer_ids=told_signers(envelope_id))
        tell_sender(kind=kind, envelope_id=envelope_id)

    return tell


def _teller_of_account(kind: Kind) -> Callable[[Event], None]:
    def tell(event: Event) -> None:
        tell_account(kind=kind, user_id=event.user_id)  # type: ignore[attr-defined]  # all of the table do

    return tell


for _event_type, _kind, _about in CASE_NEWS:
    subscriber(_event_type, name=f"notifications.{_kind.value}")(_teller_of_case(_kind, _about))
for _account_event, _account_kind in ACCOUNT_NEWS:
    subscriber(_account_event, name=f"notifications.{_account_kind.value}")(_teller_of_account(_account_kind))


@subscriber(disputes.PartyInvited, name="notifications.invitation")
def invite_by_mail(event: disputes.PartyInvited) -> None:
    tell_invited(participant_id=event.participant_id, dispute_id=event.dispute_id)


@subscriber(disputes.ReturnLinkAsked, name="notifications.return_link")
def mail_return_link(event: disputes.ReturnLinkAsked) -> None:
    tell_return(participant_id=event.participant_id)


@subscriber(disputes.DeadlineNear, name="notifications.reminder")
def remind(event: disputes.DeadlineNear) -> None:
    """Whoever still has to act: parties in the app and by mail, an invited person by mail."""
    reminder = reminder_brief(event.reminder_id)
    if reminder.participant_id is not None:
        tell_invited(
            participant_id=reminder.participant_id,
            dispute_id=event.dispute_id,
            kind=Kind.INVITATION_REMINDER,
            subject_id=event.reminder_id,
        )
    elif (kind := REMINDERS.get(reminder.awaited)) is not None:
        tell_case(news=News(kind, event.dispute_id, event.reminder_id), key=event.reminder_id)


@subscriber(disputes.DeadlineMoved, name="notifications.invited_date_moved")
def tell_invited_of_the_new_date(event: disputes.DeadlineMoved) -> None:
    if deadline_brief(event.proposal_id).kind != "respond_by":
        return
    for participant_id in invited_participants(event.dispute_id):
        tell_invited(
            participant_id=participant_id,
            dispute_id=event.dispute_id,
            kind=Kind.INVITED_DATE_MOVED,
            subject_id=event.proposal_id,
        )


@subscriber(disputes.DeadlineRefused, name="notifications.invited_date_refused")
def tell_invited_of_the_refusal(event: disputes.DeadlineRefused) -> None:
    asked_by = deadline_brief(event.proposal_id).proposed_by_participant_id
    if asked_by is not None:
        tell_invited(
            participant_id=asked_by,
            dispute_id=event.dispute_id,
            kind=Kind.INVITED_DATE_REFUSED,
            subject_id=event.proposal_id,
        )


@subscriber(esign.SignatureRequested, name="notifications.sign_asked")
def ask_to_sign(event: esign.SignatureRequested) -> None:
    if event.subject_kind != CONTRACT:
        kind = Kind.SIGN_REMINDER if event.is_reminder else Kind.SIGN_ASKED
        tell_signers(kind=kind, envelope_id=event.envelope_id, signer_ids=[event.signer_id])


@subscriber(esign.SignerDelegated, name="notifications.sign_delegated")
def tell_of_the_delegate(event: esign.SignerDelegated) -> None:
    if event.subject_kind != CONTRACT:
        tell_sender(kind=Kind.SIGN_DELEGATED, envelope_id=event.envelope_id)


for _envelope_event, _envelope_kind in ENVELOPE_ENDS:
    subscriber(_envelope_event, name=f"notifications.{_envelope_kind.value}")(_teller_of_envelope(_envelope_kind))


@subscriber(MailQueued, name="notifications.send_mail", queue="mail", max_attempts=MAX_ATTEMPTS + 4)
def send_mail(event: MailQueued, done: Done) -> None:
    """Render and hand over one mail. Asks for another attempt while the server may still take it."""
    mail = find_mail(event.mail_id)
    if mail is None or mail.status in (MailStatus.SENT, MailStatus.SKIPPED):
        return
    if was_accepted(mail.pk):
        with done():
            mark_mail_sent(mail_id=mail.pk)
        return
    letter = letter_for(mail)
    if letter is None:
        with done():
            skip_mail(mail_id=mail.pk)
        return
    try:
        hand_over(render_letter(letter), email=letter.email, name=letter.name, message_id=mail.message_id)
    except MailRefusedError as refusal:
        with entry():
            fail_mail(mail_id=mail.pk, reason=str(refusal))
        raise GiveUp(str(refusal)) from refusal
    except MailDelayedError as delay:
        with entry():
            again = postpone_mail(mail_id=mail.pk, reason=str(delay))
        raise (RetryLater(str(delay)) if again else GiveUp(str(delay))) from delay
    note_accepted(mail.pk)
    with done():
        mark_mail_sent(mail_id=mail.pk, locale=letter.locale)
