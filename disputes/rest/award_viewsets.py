"""The arbitrator's desk: a draft of the award, asked for from the AI and read by that person alone."""

from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from disputes.rest import serializers as shapes_in
from disputes.rest import shapes
from disputes.rest.viewsets import DisputesViewSet
from disputes.selectors.access import require_part
from disputes.selectors.award_drafts import newest_award_draft
from disputes.services.awards import request_award_draft
from kernel.errors import NotFoundError


class AwardDraftViewSet(DisputesViewSet):
    """A draft decides nothing: the arbitrator changes it and signs an award with `POST …/decision`, or throws it away."""

    @extend_schema(
        responses=shapes_in.AwardDraftSerializer,
        description="The draft that the caller, the appointed arbitrator, asked for last. 404 where none was asked for.",
    )
    def retrieve(self, request: Request, dispute_id: UUID) -> Response:
        return Response(self._show(dispute_id))

    @extend_schema(
        request=shapes_in.EmptySerializer,
        responses={202: shapes_in.AwardDraftSerializer},
        description=(
            "Ask the AI for a draft of the award, from what every party could read and nothing else. It is written in the background: "
            "poll `Location` until `status` is `ready` or `failed`. While one is being written, that one is the answer. 403 for whoever "
            "has seen a caucus of the dispute."
        ),
    )
    def create(self, request: Request, dispute_id: UUID) -> Response:
        self.read(shapes_in.EmptySerializer)
        return self.command(
            lambda: request_award_draft(acting_user=self.user, dispute_id=dispute_id).pk,
            lambda _made: self._show(dispute_id),
            status=202,
            location=lambda _made: reverse("disputes:award-draft", args=[dispute_id]),
        )

    def _show(self, dispute_id: UUID) -> dict[str, object]:
        access = self.access(dispute_id)
        require_part(access.standing, "draft_award")
        draft = newest_award_draft(access)
        if draft is None:
            raise NotFoundError(_("No draft of an award was asked for."))
        return shapes.award_draft_shape(draft)
