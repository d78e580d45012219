"""The e-sign API: envelopes around a person's own documents."""

from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from documents.public import access_document, bytes_response, file_response, stored_file
from esign.adapters import seal
from esign.adapters.bundle import proof_bundle
from esign.adapters.images import prepare_signature_image
from esign.adapters.verification import Finding, verify_checksum, verify_file
from esign.enums import SignerStatus
from esign.errors import EnvelopeNotSealedError
from esign.models import Envelope, Signer
from esign.rest.serializers import (
    CorrectInput,
    DeclineInput,
    DelegateInput,
    EnvelopeAnswer,
    InitiatedAnswer,
    InitiateInput,
    SealsAnswer,
    SignInput,
    VerifyAnswer,
    VerifyInput,
    VoidInput,
)
from esign.rules import OWN_DOCUMENT, can_act, is_creator, is_finished, is_open, may_name_people
from esign.selectors.envelopes import (
    access_envelope,
    access_signer,
    envelope_events,
    own_signer,
    signed_at_of,
    signers_of,
    signing_link,
    verified_account,
)
from esign.services.envelopes import (
    NO_REMINDERS,
    Reminders,
    SignerSpec,
    decline_as,
    open_envelope,
    void_envelope,
)
from esign.services.seats import correct_signer, delegate_signature, remind_signers, resend_link
from esign.services.signing import sign_as
from kernel.clock import now
from kernel.context import origin_of
from kernel.errors import FieldError, ValidationFailedError
from kernel.journal import Actor
from kernel.ratelimit import check
from kernel.rest.parsers import JSONParser
from kernel.rest.viewsets import ApiViewSet

DAYS_TO_SIGN = 30
MOST_DAYS_TO_SIGN = 365
LARGEST_FILE = 50 * 1024 * 1024


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

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY}, operation_id="getProofBundle")
    def bundle(self, request: Request, tracking_id: UUID) -> HttpResponseBase:
        """The proof bundle of a completed envelope: what shows who signed, in a form that checks offline."""
        envelope = access_envelope(request.user, tracking_id)
        if envelope.sealed_file_id is None:
            raise EnvelopeNotSealedError(_("There is a proof bundle once everybody has signed and the seal is on it."))
        return bytes_response(proof_bundle(envelope), as_name=f"{envelope.pk}.zip", media_type="application/zip")

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

    @extend_schema(request=SignInput, responses=EnvelopeAnswer, operation_id="signEnvelope")
    def sign(self, request: Request, tracking_id: UUID) -> Response:
        """Sign (or approve) as the signed-in signer that one is; the seal follows the last signature by itself."""
        check("sign", str(request.user.pk), settings.ACCORD_RATES["sign"])
        wanted = self._read(SignInput, request)
        signer = own_signer(request.user, tracking_id)
        return self.command(
            lambda image: (
                sign_as(
                    envelope_id=tracking_id,
                    signer_id=signer.pk,
                    full_name=wanted["fullName"],
                    consent=wanted["consent"],
                    signature_image=image,
                    checksum=wanted["checksum"],
                    origin=origin_of(request),
                    locale=wanted["locale"],
                    channel="account",
                ).pk
            ),
            self._shown(request),
            prepare=lambda: prepare_signature_image(wanted["signatureImage"]),
        )

    @extend_schema(request=DeclineInput, responses=EnvelopeAnswer, operation_id="declineEnvelope")
    def decline(self, request: Request, tracking_id: UUID) -> Response:
        """Refuse to sign, as the signed-in signer that one is: the envelope ends and everybody asked is told."""
        reason = self._read(DeclineInput, request)["reason"]
        signer = own_signer(request.user, tracking_id)
        return self.command(
            lambda: decline_as(envelope_id=tracking_id, signer_id=signer.pk, reason=reason).pk, self._shown(request)
        )

    @extend_schema(request=DelegateInput, responses=EnvelopeAnswer, operation_id="delegateSignature")
    def delegate(self, request: Request, tracking_id: UUID) -> Response:
        """Hand one's own seat on to somebody else, where the sender allows it."""
        to = self._read(DelegateInput, request)
        signer = own_signer(request.user, tracking_id)
        return self.command(
            lambda: (
                delegate_signature(envelope_id=tracking_id, signer_id=signer.pk, name=to["name"], email=to["email"]).pk
            ),
            self._shown(request),
        )

    @extend_schema(request=None, responses=EnvelopeAnswer, operation_id="resendSigningLink")
    def resend(self, request: Request, tracking_id: UUID, signer_id: UUID) -> Response:
        """A fresh link to this signer's own address; the old one leads nowhere from then on."""
        access_signer(request.user, tracking_id, signer_id, "resend")
        return self.command(
            lambda: resend_link(envelope_id=tracking_id, signer_id=signer_id, acting_user=request.user).pk,
            self._shown(request),
        )

    @extend_schema(request=CorrectInput, responses=EnvelopeAnswer, operation_id="correctSigner")
    def correct(self, request: Request, tracking_id: UUID, signer_id: UUID) -> Response:
        """Another address for a signer who has not acted yet; links sent before lead nowhere from then on."""
        wanted = self._read(CorrectInput, request)
        access_signer(request.user, tracking_id, signer_id, "correct")
        return self.command(
            lambda: (
                correct_signer(
                    envelope_id=tracking_id,
                    signer_id=signer_id,
                    name=wanted["name"],
                    email=wanted["email"],
                    acting_user=request.user,
                ).pk
            ),
            self._shown(request),
        )

    def _read(self, shape: type[Serializer[Any]], request: Request) -> dict[str, Any]:
        serializer = shape(data=request.data)
        serializer.is_valid(raise_exception=True)
        return cast(dict[str, Any], serializer.validated_data)

    def _shown(self, request: Request) -> Any:
        return lambda made: envelope_answer(access_envelope(request.user, cast(UUID, made)), request.user)


class VerificationViewSet(ApiViewSet):
    """What /verify/ does, for programs. Nothing is kept."""

    serializer_class = VerifyAnswer
    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = [JSONParser, MultiPartParser]

    @extend_schema(
        request={"application/json": VerifyInput, "multipart/form-data": VerifyInput},
        responses=VerifyAnswer,
        operation_id="verifyDocument",
    )
    def verify(self, request: Request) -> Response:
        """Is this PDF or proof bundle from here and unchanged, who signed it and when? Or: what is known of a checksum?"""
        serializer = VerifyInput(data=request.data)
        serializer.is_valid(raise_exception=True)
        upload = serializer.validated_data.get("file")
        if upload is None:
            finding = verify_checksum(serializer.validated_data.get("checksum", ""))
        elif upload.size > LARGEST_FILE:
            raise ValidationFailedError(
                errors=[FieldError("/file", "too_large", _("The file may have at most 50 MB."))]
            )
        else:
            finding = verify_file(upload.read())
        if finding is None:
            detail = _("A SHA-256 checksum has 64 hexadecimal digits.")
            raise ValidationFailedError(errors=[FieldError("/checksum", "invalid", detail)])
        return Response(_verified(finding))

    @extend_schema(responses=SealsAnswer, operation_id="listSealFingerprints")
    def seals(self, request: Request) -> Response:
        """The fingerprints of this deployment's seals, for `accord-verify --fingerprint`."""
        return Response({"fingerprints": seal.known_fingerprints()})


def _verified(finding: Finding) -> dict[str, Any]:
    return {
        "verdict": finding.verdict,
        "what": finding.what,
        "checksum": finding.checksum,
        "title": finding.title,
        "level": finding.level,
        "sealedAt": finding.sealed_at,
        "sealFingerprint": finding.fingerprint,
        "signers": [
            {"name": signer.name, "typedName": signer.typed_name, "signedAt": signer.signed_at}
            for signer in finding.signers
        ],
        "revisions": [
            {
                "number": revision.number,
                "checksum": revision.sha256,
                "level": revision.level,
                "storedAt": revision.stored_at,
                "timestampedAt": revision.timestamped_at,
                "timestampedBy": revision.timestamped_by,
                "isThis": revision.is_this,
            }
            for revision in finding.revisions
        ],
    }


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
        "mayDelegate": envelope.may_delegate,
        "reminders": _reminders(envelope),
        "endReason": envelope.end_reason,
        "signers": [
            {
                "id": signer.pk,
                "name": signer.name,
                "order": signer.order,
                "role": signer.role,
                "delegatedFrom": signer.delegated_from_id,
                "status": signer.status,
                "signedAt": signed_at_of(signer),
                "isMe": signer.user_id == user.pk,
            }
            for signer in signers
        ],
        "events": envelope_events(envelope.pk),
        "allowed_actions": _allowed_actions(envelope, signers, user),
    }


def _reminders(envelope: Envelope) -> dict[str, int] | None:
    if not envelope.remind_first_days:
        return None
    return {
        "firstAfterDays": envelope.remind_first_days,
        "everyDays": envelope.remind_every_days,
        "atMost": envelope.remind_at_most,
    }


def _allowed_actions(envelope: Envelope, signers: Any, user: Any) -> list[str]:
    if not is_open(envelope):
        return []
    actions = ["remind", "void", "resend"] if is_creator(user, envelope) else []
    if actions and may_name_people(envelope):
        actions.append("correct")
    mine = next((signer for signer in signers if signer.user_id == user.pk and can_act(signer)), None)
    if mine is None:
        return actions
    may_hand_on = envelope.may_delegate and mine.delegated_from_id is None
    return [*actions, "sign", "decline", *(["delegate"] if may_hand_on else [])]


def _open(user: Any, wanted: dict[str, Any]) -> Envelope:
    document = access_document(user, wanted["docId"])
    if document.file is None:
        detail = _("The document is not ready yet; wait until its status is ready.")
        raise ValidationFailedError(errors=[FieldError("/docId", "not_ready", detail)])
    return open_envelope(
        subject=(OWN_DOCUMENT, document.pk),
        document_id=document.pk,
        file_id=document.file.pk,
        document_sha256=document.file.sha256,
        title=wanted.get("title") or str(document.data.get("title", "")) or str(document.pk),
        signers=[_signer_spec(signer) for signer in wanted["signers"]],
        workflow=wanted["workflow"],
        expires_at=_expiry(wanted.get("expiresAt")),
        acting=Actor.user(user.pk),
        locale=document.version.template.locale,
        may_delegate=wanted["mayDelegate"],
        reminders=_ordered_reminders(wanted.get("reminders")),
    )


def _expiry(wanted: datetime | None) -> datetime:
    today = now()
    if wanted is None:
        return today + timedelta(days=DAYS_TO_SIGN)
    if not today < wanted <= today + timedelta(days=MOST_DAYS_TO_SIGN):
        detail = _("The time to sign ends in the future, within %(days)d days.") % {"days": MOST_DAYS_TO_SIGN}
        raise ValidationFailedError(errors=[FieldError("/expiresAt", "out_of_range", detail)])
    return wanted


def _ordered_reminders(wanted: dict[str, int] | None) -> Reminders:
    if wanted is None:
        return NO_REMINDERS
    return Reminders(wanted["firstAfterDays"], wanted["everyDays"], wanted["atMost"])


def _signer_spec(signer: dict[str, Any]) -> SignerSpec:
    return SignerSpec(
        user_id=verified_account(signer["email"]),
        name=signer["name"],
        email=signer["email"],
        order=signer["order"],
        role=signer["role"],
    )


def _initiated(envelope_id: UUID, user: Any) -> dict[str, Any]:
    envelope = access_envelope(user, envelope_id)
    mine = Signer.objects.filter(
        envelope=envelope, user_id=user.pk, status__in=[SignerStatus.NOTIFIED, SignerStatus.VIEWED]
    ).first()
    return {
        "signingUrl": signing_link(mine.pk) if mine and not is_finished(mine) else None,
        "expiresAt": envelope.expires_at,
        "trackingId": envelope.pk,
    }
