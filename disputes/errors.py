"""What disputes refuse, and how they say so."""

from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kernel.errors import ConflictError, DomainError, NotFoundError, PermissionDeniedError


class WrongStateError(ConflictError):
    """The dispute is in a state in which this is not possible; `allowed_from` names the states in which it is."""

    code = "wrong_state"


class NotYoursToDoError(PermissionDeniedError):
    """The caller sees the dispute, but their part in it may not do this."""


class InvitationGoneError(NotFoundError):
    """The invitation does not exist, was used, was replaced by a newer link, or has expired."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This invitation link is not valid: it was used, replaced by a newer one, or has expired. "
                "Ask for a fresh link, or sign in if you have joined already."
            )
        )


class WrongInviteeError(PermissionDeniedError):
    """The signed-in person is not the one the invitation was sent to."""

    code = "wrong_invitee"


class AlreadyTakingPartError(ConflictError):
    """The person is a party of this dispute already."""

    code = "already_party"


class TooManyPartiesError(ConflictError):
    """A dispute has two to twenty parties."""

    code = "too_many_parties"


class InvalidTermsError(DomainError):
    """Terms that do not add up, name strangers, or lie in the past."""

    code: ClassVar[str] = "invalid_terms"
    status: ClassVar[int] = 400
    title: ClassVar[str] = gettext_noop("The terms are not complete")


class AlreadyAnsweredError(ConflictError):
    """This party has answered this proposal already."""

    code = "already_answered"


class ConsentMissingError(ConflictError):
    """Arbitration needs every active party's own consent."""

    code = "consent_missing"


class DocumentChangedError(ConflictError):
    """What the caller saw is not what there is now."""

    code = "document_changed"


class WaitingForHumanError(ConflictError):
    """No further proposal by machine: the case waits for a human mediator."""

    code = "waiting_for_human"


class UncitedDraftError(DomainError):
    """A draft cites something that is not there, or that one of its readers may not see."""

    code: ClassVar[str] = "citation_unresolved"
    status: ClassVar[int] = 422
    title: ClassVar[str] = gettext_noop("A citation does not resolve")


class LineInFlightError(ConflictError):
    """The same chat line is being posted by a parallel request."""

    code = "line_in_flight"


class UnderstandingPendingError(ConflictError):
    """Somebody has neither answered the summary of their position nor let the time pass."""

    code = "understanding_pending"


class BiddingUnavailableError(ConflictError):
    """Double-blind bidding needs the mediation protocol, exactly one paying and one asking party, and a currency."""

    code = "bidding_unavailable"


class ContractOnHoldError(ConflictError):
    """A finding of the contract check holds the contract until counsel lifts it with a reason."""

    code = "contract_on_hold"


class WrongProtocolError(ConflictError):
    """The case does not run by the mediation protocol."""

    code = "wrong_protocol"
