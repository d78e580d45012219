"""The disputes API: each verb reads its input, calls one service in one transaction, and shows the result."""

from collections import deque
from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO
from typing import Any, Never, TypeVar, cast
from uuid import UUID

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.public import User, known_timezones
from disputes.adapters.doorbell import ring_line
from disputes.enums import Decision
from disputes.errors import InvitationGoneError, LineInFlightError, NotYoursToDoError, WaitingForHumanError
from disputes.models import Assignment, Dispute, Participant, Resolution, ResolutionResponse
from disputes.rest import serializers as shapes_in
from disputes.rest import shapes
from disputes.rest.filters import filter_disputes
from disputes.selectors.access import (
    CaseAccess,
    access_dispute,
    access_evidence,
    access_resolution,
    evidence_for,
    living_contract,
    neutrals,
    truths_for,
    visible_to,
)
from disputes.selectors.candidates import own_rankings
from disputes.selectors.case_file import ResolutionDraft, TermData
from disputes.selectors.deadlines import open_proposals
from disputes.selectors.mail_limits import may_mail_fresh_link
from disputes.selectors.messages import decode_before, decode_position, messages_after, newest_messages
from disputes.selectors.replies import DoorAnswer
from disputes.selectors.terms import read_term
from disputes.selectors.timeline import timeline_for
from disputes.selectors.understandings import own_pending
from disputes.services.assignments import assign_lawyer, end_assignment
from disputes.services.caucus import permit_line, take_permission_back
from disputes.services.contract_checks import lift_holds
from disputes.services.contracts import ask_for_contract, decline_contract, review_contract, sign_contract
from disputes.services.deadlines import (
    accept_deadline,
    ask_more_time,
    propose_deadline,
    refuse_deadline,
)
from disputes.services.door import answer_invitation
from disputes.services.ending import (
    ask_to_end,
    consent_to_arbitration,
    decide_dispute,
    end_dispute,
    escalate_dispute,
    revoke_arbitration_consent,
    take_back_ending,
    withdraw_dispute,
)
from disputes.services.evidence import add_evidence, withdraw_evidence
from disputes.services.filing import Filing, open_dispute
from disputes.services.fresh_links import mail_fresh_links, return_with_tokens
from disputes.services.invitations import (
    Invitee,
    accept_invitation,
    decline_dispute,
    decline_invitation,
    find_invitation,
    invite_another,
    join_dispute,
    report_wrong_person,
    start_dispute,
)
from disputes.services.messages import PostedMessage, is_one_statement, post_message
from disputes.services.ranking import rank_candidates
from disputes.services.resolving import propose_by_mediator, request_resolution
from disputes.services.responding import Answer, respond_to_resolution
from disputes.services.stating import submit_truth
from documents.public import Ingested, discard_bytes, file_response, ingest_upload, stored_file
from esign.public import prepare_signature_image
from kernel.clock import day_deadline
from kernel.context import origin_of
from kernel.entry import entry
from kernel.errors import FieldError, NotFoundError, PayloadTooLargeError, ValidationFailedError
from kernel.ratelimit import check
from kernel.rest.parsers import JSONParser
from kernel.rest.reading import read_body
from kernel.rest.viewsets import ApiViewSet

S = TypeVar("S", bound="serializers.BaseSerializer[Any]")


class DisputesViewSet(ApiViewSet):
    """What every view of this API shares: the caller as a User, validated input, and one way to a dispute."""

    queryset = Dispute.objects.none()
    filter_backends: list[Any] = []

    @property
    def user(self) -> User:
        return cast(User, self.request.user)

    def read(self, serializer_class: type[S]) -> dict[str, Any]:
        """The validated body. Raises DRF's ValidationError."""
        return read_body(serializer_class, self.request.data)

    def access(self, dispute_id: UUID, action: str | None = None) -> CaseAccess:
        return access_dispute(self.user, dispute_id, action)

    def show_dispute(self, dispute_id: UUID | None) -> dict[str, Any]:
        access = self.access(cast(UUID, dispute_id))
        participants = list(Participant.objects.filter(dispute=access.dispute))
        return shapes.dispute_shape(
            access.dispute,
            shapes.shown_participants(participants),
            neutrals().filter(dispute=access.dispute),
            access.standing,
        )

    def moment(self, value: date | datetime | None, timezone: str) -> datetime | None:
        """A day as the end of that day in `timezone`, a moment as it is."""
        if value is None or isinstance(value, datetime):
            return value
        return day_deadline(value, timezone)

    def paged(self, queryset: QuerySet[Any], shape: Callable[[Any], dict[str, Any]]) -> Response:
        page = self.paginate_queryset(queryset)
        return self.get_paginated_response([shape(row) for row in page or []])


class DisputeViewSet(DisputesViewSet):
    """Cases: filing, listing, and the acts that move one as a whole."""

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "status", str, description="Only disputes in this state; several are separated by commas."
            ),
            OpenApiParameter(
                "role", str, enum=["claimant", "respondent", "lawyer"], description="Only where I am this."
            ),
            OpenApiParameter("q", str, description="Words of the title or description."),
        ],
        responses=shapes_in.DisputeSerializer(many=True),
    )
    def list(self, request: Request) -> Response:
        queryset = filter_disputes(visible_to(self.user), self.user, request.query_params).prefetch_related(
            Prefetch("participants", queryset=Participant.objects.all()),
            Prefetch(
                "assignments", queryset=Assignment.objects.filter(lawyer=self.user, ended_at=None), to_attr="my_parts"
            ),
            Prefetch("assignments", queryset=neutrals(), to_attr="neutrals"),
            Prefetch("deadline_proposals", queryset=open_proposals(), to_attr="open_proposals"),
            Prefetch("understandings", queryset=own_pending(), to_attr="pending_understandings"),
        )
        return self.paged(queryset, self._listed)

    def _listed(self, dispute: Dispute) -> dict[str, Any]:
        participants = list(dispute.participants.all())
        parts = [assignment.part for assignment in dispute.my_parts]  # type: ignore[attr-defined]  # to_attr above
        standing = shapes.listed_standing(self.user, participants, parts)
        shown = shapes.shown_participants(participants)
        return shapes.dispute_shape(dispute, shown, dispute.neutrals, standing)  # type: ignore[attr-defined]  # to_attr

    @extend_schema(request=shapes_in.FileDisputeSerializer, responses={201: shapes_in.DisputeSerializer})
    def create(self, request: Request) -> Response:
        given = self.read(shapes_in.FileDisputeSerializer)
        respond_by = self.moment(given.pop("respond_by"), self.user.timezone)
        invitees = tuple(Invitee(**invitee) for invitee in given.pop("respondents"))
        filing = Filing(invitees=invitees, respond_by=respond_by, **given)
        return self.command(
            lambda: open_dispute(acting_user=self.user, filing=filing).pk,
            self.show_dispute,
            status=201,
            location=lambda made: reverse("disputes:detail", args=[made]),
        )

    @extend_schema(responses=shapes_in.DisputeSerializer)
    def retrieve(self, request: Request, dispute_id: UUID) -> Response:
        return Response(self.show_dispute(dispute_id))

    @extend_schema(request=shapes_in.JoinSerializer, responses=shapes_in.DisputeSerializer)
    def join(self, request: Request, dispute_id: UUID) -> Response:
        given = self.read(shapes_in.JoinSerializer)
        token, answer = given["invite_token"], _door_answer(given)
        if answer is None:
            return self.command(
                lambda: join_dispute(acting_user=self.user, dispute_id=dispute_id, token=token).dispute_id,
                self.show_dispute,
            )
        if find_invitation(token).participant.dispute_id != dispute_id:
            raise InvitationGoneError
        return self.command(
            lambda: (
                answer_invitation(
                    token=token,
                    acting_user=self.user,
                    full_name="",
                    timezone="",
                    locale="",
                    answer=answer,
                    files=(),
                    origin=origin_of(request._request),
                ).dispute_id
            ),
            self.show_dispute,
        )

    @extend_schema(request=shapes_in.EmptySerializer, responses=shapes_in.DisputeSerializer)
    def start(self, request: Request, dispute_id: UUID) -> Response:
        self.read(shapes_in.EmptySerializer)
        return self.command(lambda: start_dispute(acting_user=self.user, dispute_id=dispute_id).pk, self.show_dispute)

    @extend_schema(request=shapes_in.ReasonSerializer, responses=shapes_in.DisputeBriefSerializer)
    def decline(self, request: Request, dispute_id: UUID) -> Response:
        reason = self.read(shapes_in.ReasonSerializer)["reason"]
        return self.command(
            lambda: decline_dispute(acting_user=self.user, dispute_id=dispute_id, reason=reason).pk,
            lambda _made: shapes.brief_shape(Dispute.objects.get(pk=dispute_id)),
        )

    @extend_schema(request=shapes_in.ReasonSerializer, responses=shapes_in.DisputeSerializer)
    def withdraw(self, request: Request, dispute_id: UUID) -> Response:
        reason = self.read(shapes_in.ReasonSerializer)["reason"]
        return self.command(
            lambda: withdraw_dispute(acting_user=self.user, dispute_id=dispute_id, reason=reason).pk, self.show_dispute
        )

    @extend_schema(request=shapes_in.ReasonSerializer, responses=shapes_in.DisputeSerializer)
    def escalate(self, request: Request, dispute_id: UUID) -> Response:
        reason = self.read(shapes_in.ReasonSerializer)["reason"]
        return self.command(
            lambda: escalate_dispute(acting_user=self.user, dispute_id=dispute_id, reason=reason).pk, self.show_dispute
        )

    @extend_schema(
        request=shapes_in.ReasonSerializer,
        responses=shapes_in.DisputeSerializer,
        methods=["POST"],
        description=(
            "The appointed mediator ends the case at once. A party asks for it: the case ends when every active party has asked, "
            "and goes on until then."
        ),
    )
    @extend_schema(
        responses={200: shapes_in.DisputeSerializer},
        methods=["DELETE"],
        description="A party takes the wish to end the case back.",
    )
    def end(self, request: Request, dispute_id: UUID) -> Response:
        if request.method == "DELETE":
            return self.command(
                lambda: take_back_ending(acting_user=self.user, dispute_id=dispute_id).pk, self.show_dispute
            )
        reason = self.read(shapes_in.ReasonSerializer)["reason"]
        service = ask_to_end if self.access(dispute_id).standing.is_party else end_dispute
        return self.command(
            lambda: service(acting_user=self.user, dispute_id=dispute_id, reason=reason).pk, self.show_dispute
        )

    @extend_schema(request=shapes_in.InviteeSerializer, responses={201: shapes_in.ParticipantSerializer})
    def invite(self, request: Request, dispute_id: UUID) -> Response:
        invitee = Invitee(**self.read(shapes_in.InviteeSerializer))
        return self.command(
            lambda: invite_another(acting_user=self.user, dispute_id=dispute_id, invitee=invitee).pk,
            lambda made: shapes.participant_shape(Participant.objects.get(pk=cast(UUID, made)), self.user.pk),
            status=201,
        )

    @extend_schema(request=shapes_in.DeadlineSerializer, responses={201: shapes_in.DeadlineProposalSerializer})
    def propose_deadline(self, request: Request, dispute_id: UUID) -> Response:
        given = self.read(shapes_in.DeadlineSerializer)
        deadline = cast(datetime, self.moment(given["date"], self.access(dispute_id).dispute.timezone))
        return self.command(
            lambda: (
                propose_deadline(
                    acting_user=self.user, dispute_id=dispute_id, deadline=deadline, reason=given["reason"]
                ).pk
            ),
            lambda made: self._show_deadline(dispute_id, made),
            status=201,
        )

    @extend_schema(request=shapes_in.EmptySerializer, responses=shapes_in.DeadlineProposalSerializer)
    def accept_deadline(self, request: Request, dispute_id: UUID) -> Response:
        self.read(shapes_in.EmptySerializer)
        return self.command(
            lambda: accept_deadline(acting_user=self.user, dispute_id=dispute_id).pk,
            lambda made: self._show_deadline(dispute_id, made),
        )

    @extend_schema(request=shapes_in.RefuseDeadlineSerializer, responses=shapes_in.DeadlineProposalSerializer)
    def refuse_deadline(self, request: Request, dispute_id: UUID) -> Response:
        reason = self.read(shapes_in.RefuseDeadlineSerializer)["reason"]
        return self.command(
            lambda: refuse_deadline(acting_user=self.user, dispute_id=dispute_id, reason=reason).pk,
            lambda made: self._show_deadline(dispute_id, made),
        )

    def _show_deadline(self, dispute_id: UUID, proposal_id: UUID | None) -> dict[str, Any]:
        dispute = self.access(dispute_id).dispute
        return shapes.deadline_shape(
            dispute.deadline_proposals.select_related("proposed_by").get(pk=cast(UUID, proposal_id))
        )

    @extend_schema(request=shapes_in.EmptySerializer, responses=shapes_in.DisputeSerializer, methods=["POST"])
    @extend_schema(responses={200: shapes_in.DisputeSerializer}, methods=["DELETE"])
    def arbitration_consent(self, request: Request, dispute_id: UUID) -> Response:
        self.read(shapes_in.EmptySerializer)
        service = consent_to_arbitration if request.method == "POST" else revoke_arbitration_consent
        return self.command(lambda: service(acting_user=self.user, dispute_id=dispute_id).pk, self.show_dispute)

    @extend_schema(responses=shapes_in.TimelineEntrySerializer(many=True))
    def timeline(self, request: Request, dispute_id: UUID) -> Response:
        self.keyset = ("created_at", "id")  # a cursor of numbers would show by its gaps what the caller may not see
        return self.paged(timeline_for(self.access(dispute_id)), shapes.timeline_shape)


class InvitationViewSet(DisputesViewSet):
    """The invited person's way in: no login, the mailed link is the key."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    takes_idempotency_key = False

    @extend_schema(responses=shapes_in.InvitationSerializer, auth=[])
    def retrieve(self, request: Request, token: str) -> Response:
        return Response(shapes.invitation_shape(find_invitation(token)))

    @extend_schema(
        request=shapes_in.AcceptInvitationSerializer, responses=shapes_in.AcceptedInvitationSerializer, auth=[]
    )
    def accept(self, request: Request, token: str) -> Response:
        given = self.read(shapes_in.AcceptInvitationSerializer)
        origin = origin_of(request._request)
        timezone = given["timezone"] if given["timezone"] in known_timezones() else ""
        timezone = timezone or find_invitation(token).participant.dispute.timezone
        person = {"token": token, "full_name": given["full_name"], "timezone": timezone, "origin": origin}
        answer = _door_answer(given)
        with entry():
            joined = (
                answer_invitation(**person, acting_user=None, locale="", answer=answer, files=())
                if answer is not None
                else accept_invitation(**person)
            )
        if joined.tokens is None:
            raise NotFoundError
        return Response(
            {"access": joined.tokens.access, "refresh": joined.tokens.refresh, "dispute_id": joined.dispute_id}
        )

    @extend_schema(
        request=shapes_in.ReasonSerializer, responses={204: OpenApiResponse(description="Declined.")}, auth=[]
    )
    def decline(self, request: Request, token: str) -> Response:
        reason = self.read(shapes_in.ReasonSerializer)["reason"]
        with entry():
            decline_invitation(token=token, reason=reason)
        return Response(status=204)

    @extend_schema(request=shapes_in.MoreTimeSerializer, responses={201: shapes_in.WishSerializer}, auth=[])
    def more_time(self, request: Request, token: str) -> Response:
        given = self.read(shapes_in.MoreTimeSerializer)
        participant = find_invitation(token).participant
        check("more-time", str(participant.pk), settings.ACCORD_RATES["more_time"])
        deadline = cast(datetime, self.moment(given["date"], participant.dispute.timezone))
        with entry():
            wish = ask_more_time(token=token, deadline=deadline, reason=given["reason"])
        return Response(shapes.wish_shape(wish), status=201)

    @extend_schema(
        request=shapes_in.EmptySerializer,
        responses={
            204: OpenApiResponse(description="The link is closed; the claimant is told that the address is wrong.")
        },
        auth=[],
    )
    def not_me(self, request: Request, token: str) -> Response:
        self.read(shapes_in.EmptySerializer)
        with entry():
            report_wrong_person(token=token)
        return Response(status=204)

    @extend_schema(
        request=shapes_in.EmptySerializer,
        responses=shapes_in.AcceptedInvitationSerializer,
        auth=[],
        description="The way back in for a party without a password, by a link that was mailed on request; works once.",
    )
    def come_back(self, request: Request, token: str) -> Response:
        self.read(shapes_in.EmptySerializer)
        with entry():
            tokens, dispute_id = return_with_tokens(token=token, origin=origin_of(request._request))
        return Response({"access": tokens.access, "refresh": tokens.refresh, "dispute_id": dispute_id})

    @extend_schema(
        request=shapes_in.FreshLinkSerializer,
        responses={202: OpenApiResponse(description="The same answer whether or not the address is known.")},
        auth=[],
    )
    def fresh_link(self, request: Request) -> Response:
        email = self.read(shapes_in.FreshLinkSerializer)["email"]
        if may_mail_fresh_link(email):
            with entry():
                mail_fresh_links(email=email, origin=origin_of(request._request))
        return Response(status=202)


def _door_answer(given: dict[str, Any]) -> DoorAnswer | None:
    """One's side, given while joining. Raises ValidationFailedError when who does not simply agree says nothing."""
    if given["answer"] is None:
        return None
    answer = DoorAnswer(**given["answer"])
    if not answer.is_complete:
        _refuse("/answer/text", _("Say in your own words what you see otherwise."))
    return answer


class AssignmentViewSet(DisputesViewSet):
    """Which lawyers work a case, and as what. Admins assign; lawyers of the case see it."""

    @extend_schema(responses=shapes_in.AssignmentSerializer(many=True))
    def list(self, request: Request, dispute_id: UUID) -> Response:
        access = self.access(dispute_id)
        if access.standing.is_party:
            raise NotYoursToDoError(_("Only the back-office sees assignments."))
        assignments = Assignment.objects.filter(dispute=access.dispute, ended_at=None).select_related("lawyer")
        return self.paged(assignments, shapes.assignment_shape)

    @extend_schema(request=shapes_in.AssignSerializer, responses={201: shapes_in.AssignmentSerializer})
    def create(self, request: Request, dispute_id: UUID) -> Response:
        given = self.read(shapes_in.AssignSerializer)
        return self.command(
            lambda: assign_lawyer(acting_user=self.user, dispute_id=dispute_id, **given).pk,
            lambda made: shapes.assignment_shape(Assignment.objects.select_related("lawyer").get(pk=cast(UUID, made))),
            status=201,
        )

    @extend_schema(
        parameters=[OpenApiParameter("lawyer_id", OpenApiTypes.UUID, required=True, description="Whose part ends.")],
        responses={204: OpenApiResponse(description="Ended.")},
    )
    def end(self, request: Request, dispute_id: UUID) -> Response:
        lawyer_id = request.query_params.get("lawyer_id", "")
        try:
            wanted = UUID(lawyer_id)
        except ValueError:
            _refuse("/lawyer_id", _("Name the lawyer whose part ends."))
        access = self.access(dispute_id, "unassign")
        assignment = Assignment.objects.filter(dispute=access.dispute, lawyer_id=wanted, ended_at=None).first()
        if assignment is None:
            raise NotFoundError
        return self._end(dispute_id, assignment.pk)

    @extend_schema(responses={204: OpenApiResponse(description="Ended.")})
    def destroy(self, request: Request, dispute_id: UUID, assignment_id: UUID) -> Response:
        return self._end(dispute_id, assignment_id)

    def _end(self, dispute_id: UUID, assignment_id: UUID) -> Response:
        with entry():
            end_assignment(acting_user=self.user, dispute_id=dispute_id, assignment_id=assignment_id)
        return Response(status=204)


class TruthViewSet(DisputesViewSet):
    """Statements: sealed until all are in or the time has passed."""

    keyset = ("submitted_at", "id")

    @extend_schema(responses=shapes_in.TruthSerializer(many=True))
    def list(self, request: Request, dispute_id: UUID) -> Response:
        return self.paged(truths_for(self.access(dispute_id)), shapes.truth_shape)

    @extend_schema(request=shapes_in.SubmitTruthSerializer, responses={201: shapes_in.TruthSerializer})
    def create(self, request: Request, dispute_id: UUID) -> Response:
        content = self.read(shapes_in.SubmitTruthSerializer)["content"]
        return self.command(
            lambda: submit_truth(acting_user=self.user, dispute_id=dispute_id, content=content).pk,
            lambda made: shapes.truth_shape(truths_for(self.access(dispute_id)).get(pk=cast(UUID, made))),
            status=201,
        )


class EvidenceViewSet(DisputesViewSet):
    """Evidence: streamed in, hashed, opened by a real parser in a killable child, then put on record."""

    parser_classes = [JSONParser, MultiPartParser]
    keyset = ("-uploaded_at", "-id")

    @extend_schema(responses=shapes_in.EvidenceSerializer(many=True))
    def list(self, request: Request, dispute_id: UUID) -> Response:
        return self.paged(evidence_for(self.access(dispute_id)), shapes.evidence_shape)

    @extend_schema(
        request={
            "multipart/form-data": shapes_in.EvidenceUploadSerializer,
            "application/json": shapes_in.EvidenceUploadSerializer,
        },
        responses={201: shapes_in.EvidenceSerializer},
    )
    def create(self, request: Request, dispute_id: UUID) -> Response:
        _refuse_large(request)
        self.access(dispute_id, "add_evidence")
        given = self.read(shapes_in.EvidenceUploadSerializer)
        kept: list[Ingested] = []

        def prepare() -> Ingested:
            stored = store_evidence(given)
            kept.append(stored)
            return stored

        def show(made: UUID | None) -> dict[str, Any]:
            kept.clear()  # committed: from here on the bytes belong to the case
            return self._show(dispute_id, cast(UUID, made))

        try:
            return self.command(
                lambda stored: (
                    add_evidence(
                        acting_user=self.user, dispute_id=dispute_id, stored=stored, description=given["description"]
                    ).pk
                ),
                show,
                status=201,
                prepare=prepare,
            )
        except BaseException:
            for stored in kept:
                discard_bytes(stored.key)
            raise

    def _show(self, dispute_id: UUID, evidence_id: UUID) -> dict[str, Any]:
        return shapes.evidence_shape(access_evidence(self.access(dispute_id), evidence_id))

    @extend_schema(responses=shapes_in.EvidenceSerializer)
    def retrieve(self, request: Request, dispute_id: UUID, evidence_id: UUID) -> Response:
        return Response(self._show(dispute_id, evidence_id))

    @extend_schema(responses={200: shapes_in.EvidenceSerializer})
    def withdraw(self, request: Request, dispute_id: UUID, evidence_id: UUID) -> Response:
        return self.command(
            lambda: withdraw_evidence(acting_user=self.user, dispute_id=dispute_id, evidence_id=evidence_id).pk,
            lambda made: self._show(dispute_id, cast(UUID, made)),
        )

    @extend_schema(
        responses={
            (200, "*/*"): OpenApiTypes.BINARY,  # as the file is
            302: OpenApiResponse(description="A signed address for at most 60 seconds."),
        }
    )
    def download(self, request: Request, dispute_id: UUID, evidence_id: UUID) -> HttpResponseBase:
        access = self.access(dispute_id)
        evidence = access_evidence(access, evidence_id)
        own = access.standing.participant is not None and evidence.participant_id == access.standing.participant.pk
        if not own and not evidence.file.is_readable:
            raise NotYoursToDoError(_("This file has not passed the scan; only who uploaded it can download it."))
        return file_response(evidence.file)


def _refuse_large(request: Request) -> None:
    """Before the form is read: a body that cannot hold an acceptable file is not spooled at all."""
    declared = str(request.META.get("CONTENT_LENGTH") or "0")
    room_for_the_form = 1024 * 1024
    if declared.isdigit() and int(declared) > settings.EVIDENCE_MAX_BYTES + room_for_the_form:
        megabytes = settings.EVIDENCE_MAX_BYTES // (1024 * 1024)
        raise PayloadTooLargeError(
            _("A file has at most %(megabytes)d MB. Send a smaller one.") % {"megabytes": megabytes}
        )


def store_evidence(given: dict[str, Any]) -> Ingested:
    """Keep the bytes of an upload or of a text. Raises UnacceptableFileError with what is accepted."""
    if "text" in given:
        return ingest_upload(
            BytesIO(given["text"].encode()), file_name="statement.txt", max_bytes=settings.EVIDENCE_MAX_BYTES
        )
    upload = given["file"]
    return ingest_upload(upload, file_name=upload.name or "file", max_bytes=settings.EVIDENCE_MAX_BYTES)


class MessageViewSet(DisputesViewSet):
    """Chat lines of the streams the caller may read."""

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "after", str, description="The `cursor` of an earlier answer: what followed it, oldest first."
            ),
            OpenApiParameter("before", str, description="Taken from `next` of an earlier answer."),
            OpenApiParameter("stream", OpenApiTypes.UUID, description="Only this stream."),
            OpenApiParameter("for_user_id", OpenApiTypes.UUID, description="Only what this person reads too."),
            OpenApiParameter("limit", int, description="1..100, default 50"),
        ],
        responses=forced_singular_serializer(shapes_in.MessagePageSerializer),  # type: ignore[no-untyped-call]
        filters=False,
    )
    def list(self, request: Request, dispute_id: UUID) -> Response:
        query = request.query_params
        limit = _limit(query.get("limit"))
        stream_id = _uuid(query.get("stream"), "/stream")
        for_user_id = self._reader(_uuid(query.get("for_user_id"), "/for_user_id"))
        if (after := query.get("after")) is not None:
            page = messages_after(
                user=self.user,
                dispute_id=dispute_id,
                position=decode_position(after) if after else {},
                limit=limit,
                stream_id=stream_id,
                for_user_id=for_user_id,
            )
        else:
            before = decode_before(query["before"]) if query.get("before") else None
            page = newest_messages(
                user=self.user,
                dispute_id=dispute_id,
                limit=limit,
                stream_id=stream_id,
                before=before,
                for_user_id=for_user_id,
            )
        return Response(
            {"results": page.results, "next": self._older(page.older), "previous": None, "cursor": page.cursor}
        )

    def _older(self, older: str | None) -> str | None:
        if older is None:
            return None
        query = self.request.GET.copy()
        query["before"] = older
        return self.request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}")

    def _reader(self, wanted: UUID | None) -> UUID | None:
        if wanted is None or wanted == self.user.pk:
            return wanted
        if not self.user.is_staff:
            raise NotYoursToDoError(_("You can only ask for your own messages."))
        return wanted

    @extend_schema(request=shapes_in.PostMessageSerializer, responses={201: shapes_in.MessageSerializer})
    def create(self, request: Request, dispute_id: UUID) -> Response:
        given = self.read(shapes_in.PostMessageSerializer)
        posted: deque[PostedMessage] = deque()

        def run() -> UUID:
            posted.append(post_message(acting_user=self.user, dispute_id=dispute_id, **given))
            return posted[0].id

        def post() -> Response:
            return self.command(
                run,
                lambda made: self._show(posted, dispute_id, made),
                status=201,
                is_single_statement=is_one_statement(**given),
            )

        try:
            return post()
        except LineInFlightError:  # a parallel request with the same client id has won: now its line is found
            return post()

    @extend_schema(
        request=shapes_in.EmptySerializer,
        responses=shapes_in.MessageSerializer,
        methods=["POST"],
        description=(
            "Permit the mediator to let this line of one's own caucus shape proposals; it is never quoted. Each line by itself. "
            "404 for every other line."
        ),
    )
    @extend_schema(
        responses={200: shapes_in.MessageSerializer}, methods=["DELETE"], description="Take the permission back."
    )
    def permission(self, request: Request, dispute_id: UUID, message_id: UUID) -> Response:
        self.read(shapes_in.EmptySerializer)
        service = permit_line if request.method == "POST" else take_permission_back
        return self.command(
            lambda: service(acting_user=self.user, dispute_id=dispute_id, message_id=message_id).pk,
            lambda made: shapes.message_again(self.access(dispute_id), cast(UUID, made)),
        )

    def _show(self, posted: "deque[PostedMessage]", dispute_id: UUID, made: UUID | None) -> dict[str, Any]:
        if posted:
            line = posted[0]
            ring_line(dispute_id, line)
            return {**line.as_read(), "client_id": line.client_id}
        return shapes.message_again(self.access(dispute_id), cast(UUID, made))


class ResolutionViewSet(DisputesViewSet):
    """Proposals in rounds, and the parties' answers."""

    keyset = ("-round", "-id")

    @extend_schema(request=shapes_in.ResolveSerializer, responses={202: shapes_in.ResolutionSerializer})
    def resolve(self, request: Request, dispute_id: UUID) -> Response:
        mode = self.read(shapes_in.ResolveSerializer).get("mode")
        waiting: list[str] = []

        def run() -> UUID | None:
            route = request_resolution(acting_user=self.user, dispute_id=dispute_id, mode=mode)
            if route.resolution is None:
                waiting.append(route.reason)
                return None
            return route.resolution.pk

        def render(made: UUID | None) -> dict[str, Any]:
            if made is None:
                raise WaitingForHumanError(
                    _("The rounds are used up; a human mediator has been asked to take the case.")
                )
            return self._show(dispute_id, made)

        return self.command(
            run,
            render,
            status=202,
            location=lambda made: reverse("disputes:resolution", args=[dispute_id, made]),
        )

    def _show(self, dispute_id: UUID, resolution_id: UUID | None) -> dict[str, Any]:
        access = self.access(dispute_id)
        return shapes.resolution_shape(self._rows(access).get(pk=cast(UUID, resolution_id)), access)

    @staticmethod
    def _rows(access: CaseAccess) -> QuerySet[Resolution]:
        responses = ResolutionResponse.objects.select_related("participant")
        return Resolution.objects.filter(dispute=access.dispute).prefetch_related(
            Prefetch("responses", queryset=responses), "candidates", Prefetch("rankings", queryset=own_rankings(access))
        )

    @extend_schema(responses=shapes_in.ResolutionSerializer(many=True))
    def list(self, request: Request, dispute_id: UUID) -> Response:
        access = self.access(dispute_id)
        return self.paged(self._rows(access), lambda row: shapes.resolution_shape(row, access))

    @extend_schema(
        request=shapes_in.ProposeSerializer,
        responses={201: shapes_in.ResolutionSerializer},
        description="The appointed mediator proposes in their own words.",
    )
    def create(self, request: Request, dispute_id: UUID) -> Response:
        draft = human_draft(self.read(shapes_in.ProposeSerializer))
        return self.command(
            lambda: propose_by_mediator(acting_user=self.user, dispute_id=dispute_id, draft=draft).pk,
            lambda made: self._show(dispute_id, made),
            status=201,
            location=lambda made: reverse("disputes:resolution", args=[dispute_id, made]),
        )

    @extend_schema(responses=shapes_in.ResolutionSerializer)
    def retrieve(self, request: Request, dispute_id: UUID, resolution_id: UUID) -> Response:
        access_resolution(self.access(dispute_id), resolution_id)
        return Response(self._show(dispute_id, resolution_id))

    @extend_schema(request=shapes_in.RespondSerializer, responses=shapes_in.ResolutionSerializer)
    def respond(self, request: Request, dispute_id: UUID, resolution_id: UUID) -> Response:
        answer = answer_of(self.read(shapes_in.RespondSerializer))
        return self.command(
            lambda: (
                respond_to_resolution(
                    acting_user=self.user, dispute_id=dispute_id, resolution_id=resolution_id, answer=answer
                ).pk
            ),
            lambda made: self._show(dispute_id, made),
        )

    @extend_schema(
        request=shapes_in.RankSerializer,
        responses=shapes_in.ResolutionSerializer,
        description=(
            "The caller's own order of the round's candidates, best first: once, in private. When every active party has ranked, or "
            "`rank_by` has passed, the rankings choose the proposal by Schulze's method, ties by the largest product of ranks "
            "(`rule` says which). Rankings stay sealed; nobody is shown another's."
        ),
    )
    def rank(self, request: Request, dispute_id: UUID, resolution_id: UUID) -> Response:
        order = self.read(shapes_in.RankSerializer)["order"]
        return self.command(
            lambda: (
                rank_candidates(
                    acting_user=self.user, dispute_id=dispute_id, resolution_id=resolution_id, order=order
                ).pk
            ),
            lambda made: self._show(dispute_id, made),
        )

    @extend_schema(request=shapes_in.DecisionSerializer, responses={201: shapes_in.ResolutionSerializer})
    def decide(self, request: Request, dispute_id: UUID) -> Response:
        given = self.read(shapes_in.DecisionSerializer)
        terms = terms_of(given["terms"])
        return self.command(
            lambda: (
                decide_dispute(
                    acting_user=self.user,
                    dispute_id=dispute_id,
                    terms=terms,
                    reasoning=given["reasoning"],
                    draft_id=given["draft_id"],
                    keep_sources=given["keep_sources"],
                ).pk
            ),
            lambda made: self._show(dispute_id, made),
            status=201,
        )


def terms_of(values: list[dict[str, Any]]) -> tuple[TermData, ...]:
    """Validated terms as values. Raises InvalidTermsError."""
    return tuple(read_term(value) for value in values)


def human_draft(given: dict[str, Any]) -> ResolutionDraft:
    """A mediator's words as a draft: it tells no facts with citations, and no model has drafted it. Raises InvalidTermsError."""
    return ResolutionDraft(
        summary=given["summary"],
        agreed_facts=(),
        disputed_facts=(),
        terms=terms_of(given["terms"]),
        reasoning=given["reasoning"],
        citations=(),
        model="",
        prompt_version="",
    )


def answer_of(given: dict[str, Any]) -> Answer:
    """A party's answer; `terms: {"instalments": n}` and `instalments: n` mean the same."""
    terms, instalments, comment = given["terms"], given["instalments"], given["comment"]
    if isinstance(terms, dict):
        instalments = terms["instalments"]
        comment = comment or terms.get("comment", "")
        terms = None
    return Answer(
        decision=Decision(given["decision"]),
        comment=comment,
        terms=terms_of(terms) if terms is not None else None,
        instalments=instalments,
    )


class ContractViewSet(DisputesViewSet):
    """The contract: drawn up, reviewed, signed by each party, sealed."""

    def _show(self, dispute_id: UUID) -> dict[str, Any]:
        access = self.access(dispute_id)
        return shapes.contract_shape(living_contract(access), access)

    @extend_schema(responses=shapes_in.ContractSerializer)
    def retrieve(self, request: Request, dispute_id: UUID) -> Response:
        return Response(self._show(dispute_id))

    @extend_schema(request=shapes_in.EmptySerializer, responses={202: shapes_in.ContractSerializer})
    def generate(self, request: Request, dispute_id: UUID) -> Response:
        self.read(shapes_in.EmptySerializer)
        return self.command(
            lambda: ask_for_contract(acting_user=self.user, dispute_id=dispute_id).pk,
            lambda _made: self._show(dispute_id),
            status=202,
            location=lambda _made: reverse("disputes:contract", args=[dispute_id]),
        )

    @extend_schema(request=shapes_in.SignSerializer, responses=shapes_in.ContractSerializer)
    def sign(self, request: Request, dispute_id: UUID) -> Response:
        check("sign", str(self.user.pk), settings.ACCORD_RATES["sign"])
        given = self.read(shapes_in.SignSerializer)
        self.access(dispute_id, "sign_contract")
        return self.command(
            lambda image: (
                sign_contract(
                    acting_user=self.user,
                    dispute_id=dispute_id,
                    full_name=given["full_name"],
                    consent=given["consent"],
                    signature_image=image,
                    checksum=given["checksum"],
                    origin=origin_of(request._request),
                ).pk
            ),
            lambda _made: self._show(dispute_id),
            prepare=lambda: prepare_signature_image(given["signature_image"]),
        )

    @extend_schema(request=shapes_in.ReviewSerializer, responses=shapes_in.ContractSerializer)
    def review(self, request: Request, dispute_id: UUID) -> Response:
        given = self.read(shapes_in.ReviewSerializer)
        return self.command(
            lambda: review_contract(acting_user=self.user, dispute_id=dispute_id, **given).pk,
            lambda _made: self._show(dispute_id),
        )

    @extend_schema(
        request=shapes_in.LiftSerializer,
        responses=shapes_in.ContractSerializer,
        operation_id="disputes_contract_hold_lift",
        description="Assigned counsel lifts one hold of the contract check, and says why.",
    )
    def lift(self, request: Request, dispute_id: UUID, hold_id: UUID) -> Response:
        return self._lift(dispute_id, hold_id)

    @extend_schema(
        request=shapes_in.LiftSerializer,
        responses=shapes_in.ContractSerializer,
        operation_id="disputes_contract_holds_lift",
        description="Assigned counsel lifts every open hold of the contract check, with one reason.",
    )
    def lift_all(self, request: Request, dispute_id: UUID) -> Response:
        return self._lift(dispute_id, None)

    def _lift(self, dispute_id: UUID, hold_id: UUID | None) -> Response:
        reason = self.read(shapes_in.LiftSerializer)["reason"]
        return self.command(
            lambda: lift_holds(acting_user=self.user, dispute_id=dispute_id, reason=reason, hold_id=hold_id).pk,
            lambda _made: self._show(dispute_id),
        )

    @extend_schema(request=shapes_in.ReasonSerializer, responses=shapes_in.ContractSerializer)
    def decline(self, request: Request, dispute_id: UUID) -> Response:
        reason = self.read(shapes_in.ReasonSerializer)["reason"]
        return self.command(
            lambda: decline_contract(acting_user=self.user, dispute_id=dispute_id, reason=reason).pk,
            lambda _made: self._show(dispute_id),
        )

    @extend_schema(
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, 302: OpenApiResponse(description="Signed address.")}
    )
    def file(self, request: Request, dispute_id: UUID) -> HttpResponseBase:
        contract = living_contract(self.access(dispute_id))
        if contract.file_id is None:
            raise NotFoundError
        return file_response(stored_file(contract.file_id), as_name="contract.pdf")


def _refuse(pointer: str, detail: str) -> Never:
    raise ValidationFailedError(errors=[FieldError(pointer, "invalid", detail)])


def _uuid(value: str | None, pointer: str) -> UUID | None:
    try:
        return shapes_in.uuid_or_none(value)
    except ValueError:
        _refuse(pointer, _("This is no id."))


def _limit(value: str | None) -> int:
    if value is None:
        return 50
    if not value.isascii() or not value.isdigit() or len(value) > 4 or not 1 <= int(value) <= 100:
        _refuse("/limit", _("The limit is a whole number from 1 to 100."))
    return int(value)
