"""The words of notifications."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Topic(models.TextChoices):
    """What a person can switch on and off; security and invitations are always told."""

    SECURITY = "security", _("Account security")
    INVITATION = "invitation", _("Invitations")
    TURN = "turn", _("Your turn")
    PROPOSAL = "proposal", _("Proposals and decisions")
    CONTRACT = "contract", _("Contracts and signatures")
    CASE = "case", _("What happens in my cases")
    WORK = "work", _("Assigned work")


class Kind(models.TextChoices):
    """One thing that people are told."""

    VERIFY_EMAIL = "verify_email", _("Confirm your address")
    ADDRESS_KNOWN = "address_known", _("Address already registered")
    PASSWORD_RESET = "password_reset", _("New password asked for")
    PASSWORD_CHANGED = "password_changed", _("Password changed")
    RETURN_LINK = "return_link", _("Fresh link asked for")
    INVITATION = "invitation", _("Invitation")
    INVITATION_REMINDER = "invitation_reminder", _("Reminder to answer an invitation")
    INVITED_DATE_MOVED = "invited_date_moved", _("More time to answer")
    INVITED_DATE_REFUSED = "invited_date_refused", _("No more time to answer")
    PARTY_JOINED = "party_joined", _("Party joined")
    PARTY_DECLINED = "party_declined", _("Party declined")
    INVITATION_LAPSED = "invitation_lapsed", _("Invitation lapsed")
    STATE_TRUTH = "state_truth", _("State your side")
    DEADLINE_PROPOSED = "deadline_proposed", _("Deadline proposed")
    DEADLINE_MOVED = "deadline_moved", _("Deadline moved")
    DEADLINE_REFUSED = "deadline_refused", _("Deadline refused")
    MORE_TIME_ASKED = "more_time_asked", _("More time asked for")
    WRONG_PERSON = "wrong_person", _("Wrong person invited")
    REMIND_STATEMENT = "remind_statement", _("Reminder to state your side")
    REMIND_CONSENT = "remind_consent", _("Reminder to consent to arbitration")
    REMIND_SIGNATURE = "remind_signature", _("Reminder to sign")
    TRUTHS_DISCLOSED = "truths_disclosed", _("Statements are open")
    UNDERSTANDING_READY = "understanding_ready", _("Your position summed up")
    PLEASE_RANK = "please_rank", _("Proposals to rank")
    BIDDING_CLOSED = "bidding_closed", _("Bidding without a deal")
    HUMAN_OVERDUE = "human_overdue", _("A person is awaited too long")
    RESOLUTION_FAILED = "resolution_failed", _("No proposal could be drafted")
    PROPOSAL_READY = "proposal_ready", _("Proposal ready")
    ROUND_FAILED = "round_failed", _("Round without agreement")
    AGREED = "agreed", _("Everybody accepted")
    ESCALATED = "escalated", _("Waiting for a human mediator")
    ARBITRATION_STARTED = "arbitration_started", _("Arbitration started")
    DECISION_GIVEN = "decision_given", _("Decision given")
    LAWYER_ASSIGNED = "lawyer_assigned", _("Case assigned")
    CONTRACT_REVIEW = "contract_review", _("Contract to review")
    PLEASE_SIGN = "please_sign", _("Please sign")
    CONTRACT_VOIDED = "contract_voided", _("Contract voided")
    SIGN_ASKED = "sign_asked", _("Asked to sign a document")
    SIGN_REMINDER = "sign_reminder", _("Reminder to sign a document")
    SIGN_COMPLETED = "sign_completed", _("Document signed by everybody")
    SIGN_DECLINED = "sign_declined", _("Document declined")
    SIGN_EXPIRED = "sign_expired", _("Time to sign a document over")
    SIGN_VOIDED = "sign_voided", _("Document called back")
    SIGN_DELEGATED = "sign_delegated", _("Signature handed on")
    EXECUTED = "executed", _("Fully executed")
    WITHDRAWN = "withdrawn", _("Case withdrawn")
    LAPSED = "lapsed", _("Case lapsed")
    CLOSED = "closed", _("Case closed")

    @property
    def topic(self) -> Topic:
        return _TOPICS[self]

    @property
    def can_be_switched_off(self) -> bool:
        return self.topic not in {Topic.SECURITY, Topic.INVITATION}

    @property
    def goes_by_mail(self) -> bool:
        return self not in _ONLY_IN_APP

    @property
    def shows_in_app(self) -> bool:
        """Links that prove who reads the mailbox are mailed and shown nowhere else."""
        return self not in _ONLY_BY_MAIL


_TOPICS: dict[Kind, Topic] = {
    Kind.VERIFY_EMAIL: Topic.SECURITY,
    Kind.ADDRESS_KNOWN: Topic.SECURITY,
    Kind.PASSWORD_RESET: Topic.SECURITY,
    Kind.PASSWORD_CHANGED: Topic.SECURITY,
    Kind.RETURN_LINK: Topic.SECURITY,
    Kind.INVITATION: Topic.INVITATION,
    Kind.INVITATION_REMINDER: Topic.INVITATION,
    Kind.INVITED_DATE_MOVED: Topic.INVITATION,
    Kind.INVITED_DATE_REFUSED: Topic.INVITATION,
    Kind.PARTY_JOINED: Topic.CASE,
    Kind.PARTY_DECLINED: Topic.CASE,
    Kind.INVITATION_LAPSED: Topic.CASE,
    Kind.STATE_TRUTH: Topic.TURN,
    Kind.DEADLINE_PROPOSED: Topic.TURN,
    Kind.DEADLINE_MOVED: Topic.TURN,
    Kind.DEADLINE_REFUSED: Topic.CASE,
    Kind.MORE_TIME_ASKED: Topic.TURN,
    Kind.WRONG_PERSON: Topic.TURN,
    Kind.REMIND_STATEMENT: Topic.TURN,
    Kind.REMIND_CONSENT: Topic.TURN,
    Kind.REMIND_SIGNATURE: Topic.CONTRACT,
    Kind.TRUTHS_DISCLOSED: Topic.TURN,
    Kind.UNDERSTANDING_READY: Topic.TURN,
    Kind.PLEASE_RANK: Topic.TURN,
    Kind.BIDDING_CLOSED: Topic.PROPOSAL,
    Kind.HUMAN_OVERDUE: Topic.WORK,
    Kind.RESOLUTION_FAILED: Topic.PROPOSAL,
    Kind.PROPOSAL_READY: Topic.PROPOSAL,
    Kind.ROUND_FAILED: Topic.PROPOSAL,
    Kind.AGREED: Topic.PROPOSAL,
    Kind.ESCALATED: Topic.PROPOSAL,
    Kind.ARBITRATION_STARTED: Topic.PROPOSAL,
    Kind.DECISION_GIVEN: Topic.PROPOSAL,
    Kind.LAWYER_ASSIGNED: Topic.WORK,
    Kind.CONTRACT_REVIEW: Topic.WORK,
    Kind.PLEASE_SIGN: Topic.CONTRACT,
    Kind.CONTRACT_VOIDED: Topic.CONTRACT,
    Kind.EXECUTED: Topic.CONTRACT,
    Kind.SIGN_ASKED: Topic.CONTRACT,
    Kind.SIGN_REMINDER: Topic.CONTRACT,
    Kind.SIGN_COMPLETED: Topic.CONTRACT,
    Kind.SIGN_DECLINED: Topic.CONTRACT,
    Kind.SIGN_EXPIRED: Topic.CONTRACT,
    Kind.SIGN_VOIDED: Topic.CONTRACT,
    Kind.SIGN_DELEGATED: Topic.CONTRACT,
    Kind.WITHDRAWN: Topic.CASE,
    Kind.LAPSED: Topic.CASE,
    Kind.CLOSED: Topic.CASE,
}
_ONLY_IN_APP = frozenset({Kind.PARTY_JOINED, Kind.AGREED})
_ONLY_BY_MAIL = frozenset(
    {
        Kind.VERIFY_EMAIL,
        Kind.ADDRESS_KNOWN,
        Kind.PASSWORD_RESET,
        Kind.RETURN_LINK,
        Kind.INVITATION,
        Kind.INVITATION_REMINDER,
        Kind.INVITED_DATE_MOVED,
        Kind.INVITED_DATE_REFUSED,
        Kind.SIGN_ASKED,
        Kind.SIGN_REMINDER,
        Kind.SIGN_COMPLETED,
        Kind.SIGN_DECLINED,
        Kind.SIGN_EXPIRED,
        Kind.SIGN_VOIDED,
        Kind.SIGN_DELEGATED,
    }
)


class MailStatus(models.TextChoices):
    QUEUED = "queued", _("Queued")
    SENT = "sent", _("Sent")
    SKIPPED = "skipped", _("Not needed any more")
    FAILED = "failed", _("Refused")
    DEAD = "dead", _("Given up")
