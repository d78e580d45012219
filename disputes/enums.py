"""The words of a dispute (domain.md)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DisputeStatus(models.TextChoices):
    INVITE_SENT = "invite_sent", _("invitations sent")
    LAPSED = "lapsed", _("lapsed")
    STATING = "stating", _("stating")
    WITHDRAWN = "withdrawn", _("withdrawn")
    MEDIATING = "mediating", _("mediating")
    PROPOSED = "proposed", _("proposal made")
    ARBITRATING = "arbitrating", _("arbitrating")
    AGREED = "agreed", _("agreed")
    DECIDED = "decided", _("decided")
    CONTRACTING = "contracting", _("contract being drawn up")
    SIGNING = "signing", _("signing")
    EXECUTED = "executed", _("executed")
    CLOSED = "closed", _("closed")


FINAL_STATUSES = (DisputeStatus.LAPSED, DisputeStatus.WITHDRAWN, DisputeStatus.EXECUTED, DisputeStatus.CLOSED)


class Outcome(models.TextChoices):
    AGREED = "agreed", _("agreed")
    DECIDED = "decided", _("decided")
    UNRESOLVED = "unresolved", _("unresolved")
    UNANSWERED = "unanswered", _("unanswered")


class Protocol(models.TextChoices):
    SIMPLE = "simple", _("one proposal a round")
    MEDIATED = "mediated", _("understanding check and private ranking")


class Side(models.TextChoices):
    CLAIMANT = "claimant", _("claimant")
    RESPONDENT = "respondent", _("respondent")
    NEUTRAL = "neutral", _("neutral")


class ParticipantStatus(models.TextChoices):
    INVITED = "invited", _("invited")
    JOINED = "joined", _("joined")
    DECLINED = "declined", _("declined")
    LAPSED = "lapsed", _("lapsed")
    REMOVED = "removed", _("removed")


class Part(models.TextChoices):
    """What a lawyer is in a case."""

    COUNSEL = "counsel", _("counsel")
    MEDIATOR = "mediator", _("mediator")
    ARBITRATOR = "arbitrator", _("arbitrator")


class StreamKind(models.TextChoices):
    JOINT = "joint", _("joint room")
    CAUCUS = "caucus", _("caucus")
    PAIR = "pair", _("private pair")


class SenderType(models.TextChoices):
    USER = "user", _("person")
    AI = "ai", _("AI")
    SYSTEM = "system", _("system")


class Mode(models.TextChoices):
    MEDIATION = "mediation", _("mediation")
    ARBITRATION = "arbitration", _("arbitration")


class ResolutionStatus(models.TextChoices):
    DRAFTING = "drafting", _("being drafted")
    RANKING = "ranking", _("being ranked")
    PROPOSED = "proposed", _("proposed")
    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("rejected")
    COUNTERED = "countered", _("countered")
    DECIDED = "decided", _("decided")
    SUPERSEDED = "superseded", _("superseded")
    FAILED = "failed", _("failed")


class Decision(models.TextChoices):
    ACCEPT = "accept", _("accept")
    REJECT = "reject", _("reject")
    COUNTER = "counter", _("counter")


class TermKind(models.TextChoices):
    PAYMENT = "payment", _("payment")
    ACT = "act", _("act")
    DECLARATION = "declaration", _("declaration")


class ContractStatus(models.TextChoices):
    DRAFTING = "drafting", _("being drawn up")
    REVIEW = "review", _("waiting for a lawyer")
    SIGNING = "signing", _("signing")
    EXECUTED = "executed", _("executed")
    VOIDED = "voided", _("voided")
    FAILED = "failed", _("failed")


class DeadlineKind(models.TextChoices):
    RESPOND = "respond_by", _("answer to the invitation")
    STATEMENT = "statement_deadline", _("statement")


class ProposalStatus(models.TextChoices):
    OPEN = "open", _("open")
    ACCEPTED = "accepted", _("accepted")
    REFUSED = "refused", _("refused")
    SUPERSEDED = "superseded", _("superseded")


class Stance(models.TextChoices):
    """How a party stands to the claim when it answers."""

    AGREE = "agree", _("I agree")
    PARTLY = "partly_agree", _("I agree in part")
    DISAGREE = "disagree", _("I disagree")


class Awaited(models.TextChoices):
    """What a deadline waits for, and what a reminder asks for."""

    ANSWER = "respond_by", _("answer to the invitation")
    STATEMENT = "statement_deadline", _("statement")
    CONSENT = "consent_deadline", _("consent to arbitration")
    SIGNATURE = "signing", _("signature")


class UnderstandingStatus(models.TextChoices):
    """How a party answered the mediator's summary of its position."""

    PENDING = "pending", _("waiting for the party")
    CONFIRMED = "confirmed", _("confirmed")
    CORRECTED = "corrected", _("corrected")
    EXPIRED = "expired", _("not answered in time")


class UnderstandingDecision(models.TextChoices):
    CONFIRM = "confirm", _("confirm")
    CORRECT = "correct", _("correct")


class BiddingStatus(models.TextChoices):
    OPEN = "open", _("open")
    SETTLED = "settled", _("settled")
    CLOSED = "closed", _("closed without a deal")


class CandidatePrinciple(models.TextChoices):
    """By which idea a candidate resolution was made."""

    EQUAL_SPLIT = "equal_split", _("meeting in the middle")
    MERITS = "merits", _("weighed by what is shown")
    INTERESTS = "interests", _("by what matters most to each")
    CREATIVE = "creative", _("another way")


class ChoiceRule(models.TextChoices):
    """How a round's proposal was chosen."""

    SCHULZE = "schulze", _("Schulze")
    NASH = "schulze_nash", _("Schulze, then the Nash product")
    LOT = "lot", _("by lot")
    MIDPOINT = "midpoint", _("double-blind bidding")


class AwardDraftStatus(models.TextChoices):
    """How far the draft of an award has come that an arbitrator asked for."""

    DRAFTING = "drafting", _("being drafted")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")


class Severity(models.TextChoices):
    LOW = "low", _("low")
    MEDIUM = "medium", _("medium")
    HIGH = "high", _("high")
