"""The mediation protocol's own answers: one's understanding, double-blind bids. Everything here is the caller's alone."""

from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from disputes.enums import Protocol
from disputes.rest import serializers as shapes_in
from disputes.rest import shapes
from disputes.rest.viewsets import DisputesViewSet
from disputes.selectors.access import require_part
from disputes.selectors.bidding import bidders_of, bidding_shape
from disputes.selectors.understandings import newest_understanding
from disputes.services.bidding import place_bid
from disputes.services.bidding_direction import answer_direction, suggest_direction
from disputes.services.understanding import answer_understanding
from kernel.errors import FieldError, NotFoundError, ValidationFailedError
from kernel.money import Money, MoneyError


class UnderstandingViewSet(DisputesViewSet):
    """How the mediator understands the caller's own position. Nobody else reads it, the back-office and a human mediator included."""

    @extend_schema(
        responses=shapes_in.UnderstandingSerializer,
        description=(
            "With the mediation protocol, once the statements are disclosed: the neutral summary of the caller's own position. It is asked "
            "for anew when the caller states late or adds something. Until it is there `summary` is empty; a correction can be given "
            "already. 404 in a case without this check."
        ),
    )
    def retrieve(self, request: Request, dispute_id: UUID) -> Response:
        return Response(self._show(dispute_id))

    @extend_schema(
        request=shapes_in.AnswerUnderstandingSerializer,
        responses=shapes_in.UnderstandingSerializer,
        description=(
            "Confirm the summary, or correct it; once. A correction permits the mediator to use its words when it drafts proposals; they "
            "are never quoted. `resolve` answers 409 `understanding_pending` until every active party has answered or let the time pass."
        ),
    )
    def answer(self, request: Request, dispute_id: UUID) -> Response:
        given = self.read(shapes_in.AnswerUnderstandingSerializer)
        return self.command(
            lambda: answer_understanding(acting_user=self.user, dispute_id=dispute_id, **given).pk,
            lambda _made: self._show(dispute_id),
        )

    def _show(self, dispute_id: UUID) -> dict[str, object]:
        access = self.access(dispute_id)
        require_part(access.standing, "answer_understanding")
        row = newest_understanding(access.participant) if access.dispute.protocol == Protocol.MEDIATED else None
        if row is None:
            raise NotFoundError(_("Nobody has been asked yet how they are understood in this case."))
        return shapes.understanding_shape(row, access)


class BiddingViewSet(DisputesViewSet):
    """Double-blind bidding between one who pays and one who asks."""

    @extend_schema(
        responses=shapes_in.BiddingSerializer,
        description=(
            "The newest round, the same for both whoever has bid in it. 409 `bidding_unavailable` where there is no bidding: it belongs to "
            "the mediation protocol, to exactly one claimant and one respondent, and to a case with a sum."
        ),
    )
    def retrieve(self, request: Request, dispute_id: UUID) -> Response:
        return Response(self._show(dispute_id))

    @extend_schema(
        request=shapes_in.BidSerializer,
        responses=shapes_in.BiddingSerializer,
        description=(
            "Who pays (`payer_id`: the respondent, unless both agreed otherwise) bids the most they would pay, the other one the least "
            "they would take. A `payer_id` in the body says whom the bidder took for the payer; 409 if both agreed otherwise "
            "meanwhile. While the other has not bid, a new bid "
            "replaces one's own. Where both meet, the sum half way between (rounded half-even to the currency's smallest unit) is settled "
            "and becomes a proposal that both still accept or not: with one's own bid and the middle one knows the other's. Where they "
            "do not meet, the round closes without a deal. Either way both bids are destroyed. Another bid opens the next round, while "
            "rounds remain."
        ),
    )
    def create(self, request: Request, dispute_id: UUID) -> Response:
        body = self.read(shapes_in.BidSerializer)
        given, payer_id = body["amount"], body["payer_id"]
        amount = given if isinstance(given, Money) else self._in_the_cases_currency(dispute_id, given)
        return self.command(
            lambda: place_bid(acting_user=self.user, dispute_id=dispute_id, amount=amount, payer_id=payer_id).pk,
            lambda _made: self._show(dispute_id),
        )

    @extend_schema(
        request=shapes_in.DirectionSerializer,
        responses=shapes_in.BiddingSerializer,
        description=(
            "Suggest who pays. It holds once the other side agrees (`…/bids/direction/answer`, or by suggesting the same); a bid that was "
            "placed before is destroyed then. Suggesting what holds already takes one's own open suggestion back."
        ),
    )
    def direction(self, request: Request, dispute_id: UUID) -> Response:
        payer_id = self.read(shapes_in.DirectionSerializer)["payer_id"]
        return self.command(
            lambda: suggest_direction(acting_user=self.user, dispute_id=dispute_id, payer_id=payer_id).pk,
            lambda _made: self._show(dispute_id),
        )

    @extend_schema(
        request=shapes_in.DirectionAnswerSerializer,
        responses=shapes_in.BiddingSerializer,
        description="Agree to the other side's suggestion of who pays, or refuse it. 409 where none waits, 403 for one's own.",
    )
    def answer_direction(self, request: Request, dispute_id: UUID) -> Response:
        is_agreed = self.read(shapes_in.DirectionAnswerSerializer)["decision"] == "agree"
        return self.command(
            lambda: answer_direction(acting_user=self.user, dispute_id=dispute_id, is_agreed=is_agreed).pk,
            lambda _made: self._show(dispute_id),
        )

    def _in_the_cases_currency(self, dispute_id: UUID, amount: str) -> Money:
        access = self.access(dispute_id, "bid")
        bidders_of(access.dispute)
        try:
            return Money(Decimal(amount), access.dispute.currency)
        except MoneyError as error:
            detail = _(error.message) % error.facts
            raise ValidationFailedError(errors=[FieldError("/amount", "invalid_money", detail)]) from error

    def _show(self, dispute_id: UUID) -> dict[str, object]:
        access = self.access(dispute_id)
        require_part(access.standing, "bid")
        return bidding_shape(access.dispute)
