"""Who pays in the bidding: the respondent, unless one of the two suggests the other way round and the other agrees.

A bid is the most one would pay or the least one would take, so it means nothing once the direction has changed: an agreement destroys
what was bid before, and nobody learns whether anything was.
"""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.public import User
from disputes.enums import ProposalStatus
from disputes.errors import NotYoursToDoError, WrongStateError
from disputes.events import BiddingDirectionChanged
from disputes.models import BiddingDirection, Dispute
from disputes.selectors.access import access_dispute
from disputes.selectors.bidding import bidders_of, open_direction
from disputes.services.destroying import forget_open_bidding
from disputes.services.records import write
from kernel.clock import DbNow
from kernel.errors import FieldError, ValidationFailedError
from kernel.journal import Actor
from kernel.outbox import publish


@transaction.atomic
def suggest_direction(*, acting_user: User, dispute_id: UUID, payer_id: UUID) -> Dispute:
    """Suggest who pays (a user id). It holds once the other side agrees; where the other has suggested the same, at once.

    What holds already changes nothing, but takes one's own open suggestion back. Raises NotFoundError, NotYoursToDoError,
    WrongStateError, BiddingUnavailableError, ValidationFailedError for somebody who is not one of the two.
    """
    access = access_dispute(acting_user, dispute_id, "bid", lock=True)
    dispute, own = access.dispute, access.participant
    bidders = bidders_of(dispute)
    payer = next((one for one in (bidders.payer, bidders.asker) if one.user_id == payer_id), None)
    if payer is None:
        raise ValidationFailedError(
            errors=[FieldError("/payer_id", "invalid", _("Name one of the two parties who bid."))]
        )
    waiting = open_direction(dispute)
    if waiting is not None and waiting.payer_id == payer.pk:
        if waiting.proposed_by_id != own.pk:
            _agree(dispute, waiting, acting_user)
        return dispute
    if payer.pk == bidders.payer.pk and (waiting is None or waiting.proposed_by_id != own.pk):
        return dispute
    BiddingDirection.objects.filter(dispute=dispute, status=ProposalStatus.OPEN).update(
        status=ProposalStatus.SUPERSEDED, answered_at=DbNow()
    )
    if payer.pk == bidders.payer.pk:
        _tell(dispute, acting_user, "bidding.direction_taken_back")
        return dispute
    BiddingDirection.objects.create(dispute=dispute, payer=payer, proposed_by=own)
    _tell(dispute, acting_user, "bidding.direction_suggested")
    return dispute


@transaction.atomic
def answer_direction(*, acting_user: User, dispute_id: UUID, is_agreed: bool) -> Dispute:
    """Agree to, or refuse, what the other side suggested.

    Raises NotFoundError, NotYoursToDoError for one's own suggestion, WrongStateError where none waits, BiddingUnavailableError.
    """
    access = access_dispute(acting_user, dispute_id, "bid", lock=True)
    dispute = access.dispute
    bidders_of(dispute)
    waiting = open_direction(dispute)
    if waiting is None:
        raise WrongStateError(_("Nobody has suggested another direction of the payment."), state=str(dispute.status))
    if waiting.proposed_by_id == access.participant.pk:
        raise NotYoursToDoError(_("You suggested this; the other side agrees or refuses."))
    if is_agreed:
        _agree(dispute, waiting, acting_user)
        return dispute
    BiddingDirection.objects.filter(pk=waiting.pk).update(status=ProposalStatus.REFUSED, answered_at=DbNow())
    _tell(dispute, acting_user, "bidding.direction_refused")
    return dispute


def _agree(dispute: Dispute, waiting: BiddingDirection, acting_user: User) -> None:
    BiddingDirection.objects.filter(pk=waiting.pk).update(status=ProposalStatus.ACCEPTED, answered_at=DbNow())
    forget_open_bidding(dispute)
    _tell(dispute, acting_user, "bidding.direction_agreed")


def _tell(dispute: Dispute, acting_user: User, verb: str) -> None:
    write(dispute, verb, Actor.user(acting_user.pk))
    publish(BiddingDirectionChanged(dispute.pk))
