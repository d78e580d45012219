"""Paths of the disputes API."""

from django.urls import path

from disputes.rest.award_viewsets import AwardDraftViewSet
from disputes.rest.protocol_viewsets import BiddingViewSet, UnderstandingViewSet
from disputes.rest.viewsets import (
    AssignmentViewSet,
    ContractViewSet,
    DisputeViewSet,
    EvidenceViewSet,
    InvitationViewSet,
    MessageViewSet,
    ResolutionViewSet,
    TruthViewSet,
)

app_name = "disputes"
ONE = "api/disputes/<uuid:dispute_id>"
urlpatterns = [
    path(f"{ONE}/messages", MessageViewSet.as_view({"get": "list", "post": "create"}), name="messages"),
    path(
        f"{ONE}/messages/<uuid:message_id>/permission",
        MessageViewSet.as_view({"post": "permission", "delete": "permission"}),
        name="message-permission",
    ),
    path(
        f"{ONE}/understanding",
        UnderstandingViewSet.as_view({"get": "retrieve", "post": "answer"}),
        name="understanding",
    ),
    path(f"{ONE}/bids", BiddingViewSet.as_view({"get": "retrieve", "post": "create"}), name="bids"),
    path(f"{ONE}/bids/direction", BiddingViewSet.as_view({"post": "direction"}), name="bids-direction"),
    path(
        f"{ONE}/bids/direction/answer",
        BiddingViewSet.as_view({"post": "answer_direction"}),
        name="bids-direction-answer",
    ),
    path("api/disputes", DisputeViewSet.as_view({"get": "list", "post": "create"}), name="list"),
    path(ONE, DisputeViewSet.as_view({"get": "retrieve"}), name="detail"),
    path(f"{ONE}/join", DisputeViewSet.as_view({"post": "join"}), name="join"),
    path(f"{ONE}/start", DisputeViewSet.as_view({"post": "start"}), name="start"),
    path(f"{ONE}/decline", DisputeViewSet.as_view({"post": "decline"}), name="decline"),
    path(f"{ONE}/withdraw", DisputeViewSet.as_view({"post": "withdraw"}), name="withdraw"),
    path(f"{ONE}/escalate", DisputeViewSet.as_view({"post": "escalate"}), name="escalate"),
    path(f"{ONE}/end", DisputeViewSet.as_view({"post": "end", "delete": "end"}), name="end"),
    path(f"{ONE}/invitations", DisputeViewSet.as_view({"post": "invite"}), name="invitations"),
    path(f"{ONE}/deadline", DisputeViewSet.as_view({"post": "propose_deadline"}), name="deadline"),
    path(f"{ONE}/deadline/accept", DisputeViewSet.as_view({"post": "accept_deadline"}), name="deadline-accept"),
    path(f"{ONE}/deadline/refuse", DisputeViewSet.as_view({"post": "refuse_deadline"}), name="deadline-refuse"),
    path(
        f"{ONE}/arbitration-consent",
        DisputeViewSet.as_view({"post": "arbitration_consent", "delete": "arbitration_consent"}),
        name="arbitration-consent",
    ),
    path(f"{ONE}/timeline", DisputeViewSet.as_view({"get": "timeline"}), name="timeline"),
    path("api/invitations/fresh-link", InvitationViewSet.as_view({"post": "fresh_link"}), name="invitation-fresh-link"),
    path("api/invitations/<str:token>", InvitationViewSet.as_view({"get": "retrieve"}), name="invitation"),
    path("api/invitations/<str:token>/accept", InvitationViewSet.as_view({"post": "accept"}), name="invitation-accept"),
    path(
        "api/invitations/<str:token>/decline", InvitationViewSet.as_view({"post": "decline"}), name="invitation-decline"
    ),
    path(
        "api/invitations/<str:token>/more-time",
        InvitationViewSet.as_view({"post": "more_time"}),
        name="invitation-more-time",
    ),
    path("api/invitations/<str:token>/not-me", InvitationViewSet.as_view({"post": "not_me"}), name="invitation-not-me"),
    path(
        "api/invitations/<str:token>/return", InvitationViewSet.as_view({"post": "come_back"}), name="invitation-return"
    ),
    path(
        f"{ONE}/assignments",
        AssignmentViewSet.as_view({"get": "list", "post": "create", "delete": "end"}),
        name="assignments",
    ),
    path(
        f"{ONE}/assignments/<uuid:assignment_id>", AssignmentViewSet.as_view({"delete": "destroy"}), name="assignment"
    ),
    path(f"{ONE}/truths", TruthViewSet.as_view({"get": "list", "post": "create"}), name="truths"),
    path(f"{ONE}/evidence", EvidenceViewSet.as_view({"get": "list", "post": "create"}), name="evidence"),
    path(
        f"{ONE}/evidence/<uuid:evidence_id>",
        EvidenceViewSet.as_view({"get": "retrieve", "delete": "withdraw"}),
        name="evidence-item",
    ),
    path(
        f"{ONE}/evidence/<uuid:evidence_id>/download",
        EvidenceViewSet.as_view({"get": "download"}),
        name="evidence-download",
    ),
    path(f"{ONE}/resolve", ResolutionViewSet.as_view({"post": "resolve"}), name="resolve"),
    path(f"{ONE}/resolutions", ResolutionViewSet.as_view({"get": "list", "post": "create"}), name="resolutions"),
    path(f"{ONE}/resolutions/<uuid:resolution_id>", ResolutionViewSet.as_view({"get": "retrieve"}), name="resolution"),
    path(
        f"{ONE}/resolutions/<uuid:resolution_id>/respond",
        ResolutionViewSet.as_view({"post": "respond"}),
        name="respond",
    ),
    path(
        f"{ONE}/resolutions/<uuid:resolution_id>/ranking", ResolutionViewSet.as_view({"post": "rank"}), name="ranking"
    ),
    path(f"{ONE}/decision", ResolutionViewSet.as_view({"post": "decide"}), name="decision"),
    path(f"{ONE}/award-draft", AwardDraftViewSet.as_view({"get": "retrieve", "post": "create"}), name="award-draft"),
    path(f"{ONE}/contract", ContractViewSet.as_view({"get": "retrieve"}), name="contract"),
    path(f"{ONE}/contract/generate", ContractViewSet.as_view({"post": "generate"}), name="contract-generate"),
    path(f"{ONE}/contract/review", ContractViewSet.as_view({"post": "review"}), name="contract-review"),
    path(f"{ONE}/contract/holds/lift", ContractViewSet.as_view({"post": "lift_all"}), name="contract-holds-lift"),
    path(
        f"{ONE}/contract/holds/<uuid:hold_id>/lift",
        ContractViewSet.as_view({"post": "lift"}),
        name="contract-hold-lift",
    ),
    path(f"{ONE}/contract/decline", ContractViewSet.as_view({"post": "decline"}), name="contract-decline"),
    path(f"{ONE}/contract/sign", ContractViewSet.as_view({"post": "sign"}), name="contract-sign"),
    path(f"{ONE}/contract/file", ContractViewSet.as_view({"get": "file"}), name="contract-file"),
]
