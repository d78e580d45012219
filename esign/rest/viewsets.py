"""The e-sign API: envelopes around a person's own documents."""

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.public import find_account
from documents.public import access_document, file_response, stored_file
from esign.enums import SignerStatus
from esign.models import Envelope, Signer
from esign.rest.serializers import EnvelopeAnswer, InitiatedAnswer, InitiateInput, VoidInput
from esign.rules import is_creator, is_on_turn, is_open
from esign.selectors.envelopes import access_envelope, envelope_events, signed_at_of, signers_of, signing_link
from esign.services.envelopes import SignerSpec, open_envelope, remind_signers, void_envelope
from kernel.clock import now
from kernel.errors import FieldError, ValidationFailedError
from kernel.journal import Actor
from kernel.rest.viewsets import ApiViewSet

DAYS_TO_SIGN = 30


class EnvelopeViewSet(ApiViewSet):
    serializer_class = EnvelopeAnswer

    @extend_schema(request=InitiateInput, responses={201: InitiatedAnswer}, operation_id="initiateSigning")
    def initiate(self, request: Request) -> Response:
        """Send one's own document for signature. Each signer's link goes to that signer's own address only."""
        serializer = InitiateInput(data=request.data)
        serializer.is_valid(raise_exception=True)
        wanted = serializer.validated_data
        return self.command(
            lambda: _open(request.user, wanted).pk,
            lambda made: _initiated(cast(UUID, made), request.user),
            status=201,
            location=lambda made: reverse("esign:envelope", args=[made]),
        )

    @extend_schema(responses=EnvelopeAnswer, operation_id="getEnvelope")
    def retrieve(self, request: Request, tracking_id: UUID) -> Response:
        return Response(envelope_answer(access_envelope(request.user, tracking_id), request.user))

    @extend_schema(
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, 302: OpenApiResponse(description="Signed address")},
        operation_id="getEnvelopeFile",
    )
    def file(self, request: Request, tracking_id: UUID) -> HttpResponseBase:
        """The sealed PDF once completed; until then the document as it is up for signature, without any marks."""
        envelope = access_envelope(request.user, tracking_id)
        return file_response(stored_file(envelope.sealed_file_id or envelope.file_id), as_name=f"{envelope.pk}.pdf")

    @extend_schema(request=None, responses=EnvelopeAnswer, operation_id="remindSigners")
    def remind(self, request: Request, tracking_id: UUID) -> Response:
        access_envelope(request.user, tracking_id, "remind")
        return self.command(
            lambda: remind_signers(envelope_id=tracking_id, acting_user=request.user).pk, self._shown(request)
        )

    @extend_schema(request=VoidInput, responses=EnvelopeAnswer, operation_id="voidEnvelope")
    def void(self, request: Request, tracking_id: UUID) -> Response:
        serializer = VoidInput(data=request.data)
        serializer.is_valid(raise_exception=True)
        access_envelope(request.user, tracking_id, "void")
        reason = serializer.validated_data["reason"]
        return self.command(
            lambda: void_envelope(envelope_id=tracking_id, acting_user=request.user, reason=reason).pk,
            self._shown(request),
        )

    def _shown(self, request: Request) -> Any:
        return lambda made: envelope_answer(access_envelope(request.user, cast(UUID, made)), request.user)


def envelope_answer(envelope: Envelope, user: Any) -> dict[str, Any]:
    signers = signers_of(envelope.pk)
    return {
        "trackingId": envelope.pk,
        "docId": envelope.document_id,
        "title": envelope.title,
        "status": envelope.status,
        "workflow": envelope.workflow,
        "createdAt": envelope.created_at,
        "expiresAt": envelope.expires_at,
        "checksum": envelope.document_sha256,
        "sealedChecksum": envelope.sealed_sha256 or None,
        "fileUrl": f"{settings.ACCORD_BASE_URL}{reverse('esign:envelope-file', args=[envelope.pk])}",
        "signers": [
            {
                "name": signer.name,
                "order": signer.order,
                "status": signer.status,
                "signedAt": signed_at_of(signer),
                "isMe": signer.user_id == user.pk,
            }
            for signer in signers
        ],
        "events": envelope_events(envelope.pk),
        "allowed_actions": _allowed_actions(envelope, signers, user),
    }


def _allowed_actions(envelope: Envelope, signers: Any, user: Any) -> list[str]:
    if not is_open(envelope):
        return []
    actions = ["remind", "void"] if is_creator(user, envelope) else []
    return actions + (["sign", "decline"] if any(s.user_id == user.pk and is_on_turn(s) for s in signers) else [])


def _open(user: Any, wanted: dict[str, Any]) -> Envelope:
    document = access_document(user, wanted["docId"])
    if document.file is None:
        detail = _("The document is not ready yet; wait until its status is ready.")
        raise ValidationFailedError(errors=[FieldError("/docId", "not_ready", detail)])
    return open_envelope(
        subject=("document", document.pk),
        document_id=document.pk,
        file_id=document.file.pk,
        document_sha256=document.file.sha256,
        title=str(document.data.get("title", "")) or str(document.pk),
        signers=[_signer_spec(signer) for signer in wanted["signers"]],
        workflow=wanted["workflow"],
        expires_at=now() + timedelta(days=DAYS_TO_SIGN),
        acting=Actor.user(user.pk),
        locale=document.version.template.locale,
    )


def _signer_spec(signer: dict[str, Any]) -> SignerSpec:
    """An address belongs to an account only once it was verified: else the account could sign for somebody else."""
    account = find_account(signer["email"])
    is_theirs = account is not None and account.email_verified_at is not None and account.is_active
    user_id = account.pk if account is not None and is_theirs else None
    return SignerSpec(user_id=user_id, name=signer["name"], email=signer["email"], order=signer["order"])


def _initiated(envelope_id: UUID, user: Any) -> dict[str, Any]:
    envelope = access_envelope(user, envelope_id)
    mine = Signer.objects.filter(
        envelope=envelope, user_id=user.pk, status__in=[SignerStatus.NOTIFIED, SignerStatus.VIEWED]
    ).first()
    return {
        "signingUrl": signing_link(mine.pk) if mine else None,
        "expiresAt": envelope.expires_at,
        "trackingId": envelope.pk,
    }
