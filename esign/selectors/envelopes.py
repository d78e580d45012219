"""Reading envelopes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.public import find_account
from esign.enums import OPEN, EnvelopeStatus, SignerRole, SignerStatus
from esign.models import Envelope, SealedRevision, Signer
from esign.rules import is_creator
from kernel.clock import DbNow
from kernel.crypto import CannotOpenError, KeyScope, open_text
from kernel.errors import NotFoundError, PermissionDeniedError
from kernel.journal import StreamRef, entries
from kernel.links import make_token, token_digest
from kernel.models import JournalEntry

SENDER_ACTIONS = frozenset({"remind", "void", "resend", "correct"})


@dataclass(frozen=True)
class SignerState:
    """One signer, for whoever may see the envelope."""

    user_id: UUID | None
    signed_at: datetime | None
    name: str
    status: str


@dataclass(frozen=True)
class EnvelopeState:
    """Where an envelope stands. `sealed_*` are set once it is completed; `all_signed_at` a moment earlier."""

    status: str
    signers: tuple[SignerState, ...]
    all_signed_at: datetime | None
    sealed_file_id: UUID | None
    sealed_sha256: str


@dataclass(frozen=True)
class Mark:
    """What the signature page shows of one signature."""

    signer_id: UUID
    name: str  # whom the envelope names
    typed_name: str
    image: bytes | None
    signed_at: datetime
    consent_version: str
    channel: str
    ip: str
    user_agent: str
    journal_seq: int
    journal_hash: str
    role: str = SignerRole.SIGNER
    asked_at: datetime | None = None
    viewed_at: datetime | None = None  # when the document was opened


def envelopes_visible_to(user: Any) -> QuerySet[Envelope]:
    """Those the person sent or is to sign."""
    if not (user.is_authenticated and user.is_active):
        return Envelope.objects.none()
    return Envelope.objects.filter(
        Q(creator_id=user.pk) | Q(pk__in=Signer.objects.filter(user_id=user.pk).values("envelope_id"))
    )


def access_envelope(user: Any, envelope_id: UUID, action: str = "see") -> Envelope:
    """One envelope. Raises NotFoundError for outsiders, PermissionDeniedError for a signer who may not do `action`."""
    envelope = envelopes_visible_to(user).filter(pk=envelope_id).first()
    if envelope is None:
        raise NotFoundError
    if action in SENDER_ACTIONS and not is_creator(user, envelope):
        raise PermissionDeniedError(_("Only the person who sent the envelope may do that."))
    return envelope


def envelope_state(envelope_id: UUID) -> EnvelopeState:
    """Where the envelope stands. Raises Envelope.DoesNotExist."""
    envelope = Envelope.objects.get(pk=envelope_id)
    return EnvelopeState(
        status=envelope.status,
        signers=tuple(
            SignerState(user_id=signer.user_id, signed_at=signed_at_of(signer), name=signer.name, status=signer.status)
            for signer in signers_of(envelope.pk)
        ),
        all_signed_at=envelope.all_signed_at,
        sealed_file_id=envelope.sealed_file_id,
        sealed_sha256=envelope.sealed_sha256,
    )


def signers_of(envelope_id: UUID) -> Sequence[Signer]:
    """The signers in their order, each with the signature if there is one."""
    return list(Signer.objects.filter(envelope_id=envelope_id).select_related("signature").order_by("order", "id"))


def signed_at_of(signer: Signer) -> datetime | None:
    """When the signer signed, if they did."""
    signature = getattr(signer, "signature", None)
    return signature.signed_at if signature is not None else None


def marks_of(envelope_id: UUID) -> list[Mark]:
    """The recorded signatures, in order, addresses opened. For the seal only: nobody gets marks before all signed."""
    marks = []
    for signer in signers_of(envelope_id):
        signature = getattr(signer, "signature", None)
        if signature is None:  # viewers, copies, and who handed the seat on
            continue
        scope = person_scope(signer)
        marks.append(
            Mark(
                signer_id=signer.pk,
                name=signer.name,
                typed_name=signature.full_name,
                image=bytes(signature.image) if signature.image else None,
                signed_at=signature.signed_at,
                consent_version=f"{signature.consent_version} ({signature.consent_locale})",
                channel=signature.channel,
                ip=_opened(bytes(signature.ip_sealed), scope, signature.pk, "ip_sealed"),
                user_agent=_opened(bytes(signature.user_agent_sealed), scope, signature.pk, "user_agent_sealed"),
                journal_seq=signature.journal_seq,
                journal_hash=signature.journal_hash,
                role=signer.role,
                asked_at=signer.notified_at,
                viewed_at=signer.viewed_at,
            )
        )
    return marks


def envelope_to_seal(envelope_id: UUID) -> Envelope | None:
    """A fully signed envelope that has no sealed PDF yet; None when there is nothing to do."""
    waiting = Envelope.objects.filter(
        pk=envelope_id, status=EnvelopeStatus.IN_PROGRESS, all_signed_at__isnull=False, sealed_file__isnull=True
    )
    return waiting.select_related("document").first()


def journal_head(envelope_id: UUID) -> JournalEntry:
    """The newest entry of the envelope's journal."""
    return entries(StreamRef("envelope", envelope_id)).reverse()[:1].get()


def signer_by_token(token: str) -> Signer:
    """The signer a link leads to. Raises NotFoundError, also for links that were replaced by a newer one."""
    signer = Signer.objects.filter(token_digest=token_digest(token)).select_related("envelope__file", "user").first()
    if signer is None:
        raise NotFoundError
    return signer


def signing_token(signer: Signer) -> str:
    """The token of the signer's link; for the signer's own channel only."""
    return make_token("sign", signer.pk, signer.generation)


def signing_link(signer_id: UUID) -> str:
    """The address of the signer's page; for a mail to the signer and for nothing else. Raises Signer.DoesNotExist."""
    signer = Signer.objects.get(pk=signer_id)
    return f"{settings.ACCORD_BASE_URL}/sign/{signing_token(signer)}"


def signer_for_mail(signer_id: UUID) -> tuple[Signer, str]:
    """The signer and the address to write to. Raises Signer.DoesNotExist; the address is empty once it was erased."""
    signer = Signer.objects.select_related("envelope", "user").get(pk=signer_id)
    return signer, _opened(bytes(signer.email_sealed), person_scope(signer), signer.pk, "email_sealed", "esign_signer")


def person_scope(signer: Signer) -> KeyScope:
    """Whose key seals what is personal: the user's; without an account, a key of this signer's own."""
    return KeyScope("person", signer.user_id or signer.pk)


def is_time_left(envelope_id: UUID) -> bool:
    """Whether the envelope has not expired, by the database's clock."""
    return Envelope.objects.filter(pk=envelope_id, expires_at__gt=DbNow()).exists()


def due_to_expire(limit: int) -> list[UUID]:
    """Open envelopes whose time is up."""
    due = Envelope.objects.filter(status__in=OPEN, all_signed_at__isnull=True, expires_at__lte=DbNow())
    return list(due.order_by("expires_at").values_list("pk", flat=True)[:limit])


def due_to_be_reminded(limit: int) -> list[UUID]:
    """Signers whose next reminder's time has come."""
    due = Signer.objects.filter(next_reminder_at__lte=DbNow(), status__in=[SignerStatus.NOTIFIED, SignerStatus.VIEWED])
    return list(due.order_by("next_reminder_at").values_list("pk", flat=True)[:limit])


def sent_envelopes(user: Any, limit: int = 200) -> list[Envelope]:
    """What the person sent, the newest first, each with `done` of `asked` seats."""
    asked = ~Q(signers__role=SignerRole.COPY) & ~Q(signers__status=SignerStatus.DELEGATED)
    done = Q(signers__status=SignerStatus.SIGNED) | Q(
        signers__role=SignerRole.VIEWER, signers__status=SignerStatus.VIEWED
    )
    rows = Envelope.objects.filter(creator_id=user.pk).annotate(
        asked=Count("signers", filter=asked), done=Count("signers", filter=asked & done)
    )
    return list(rows.order_by("-created_at", "-id")[:limit])


def access_signer(user: Any, envelope_id: UUID, signer_id: UUID, action: str) -> Signer:
    """A seat of an envelope the person sent. Raises NotFoundError, PermissionDeniedError."""
    access_envelope(user, envelope_id, action)
    signer = Signer.objects.filter(pk=signer_id, envelope_id=envelope_id).first()
    if signer is None:
        raise NotFoundError
    return signer


def own_signer(user: Any, envelope_id: UUID) -> Signer:
    """The person's own seat. Raises NotFoundError for who cannot see the envelope, PermissionDeniedError for who has none."""
    access_envelope(user, envelope_id)
    signer = Signer.objects.filter(envelope_id=envelope_id, user_id=user.pk).first()
    if signer is None:
        raise PermissionDeniedError(_("You are not one of the signers."))
    return signer


def verified_account(email: str) -> UUID | None:
    """Whose an address is: an account's only once it verified it, else the account could sign for somebody else."""
    account = find_account(email)
    is_theirs = account is not None and account.email_verified_at is not None and account.is_active
    return account.pk if account is not None and is_theirs else None


def envelope_events(envelope_id: UUID) -> list[dict[str, Any]]:
    """The envelope's journal for those who may see it: what and when, without personal data."""
    return [
        {"seq": entry.seq, "verb": entry.verb, "createdAt": entry.created_at, "hash": bytes(entry.hash).hex()}
        for entry in entries(StreamRef("envelope", envelope_id))
    ]


def find_by_checksum(sha256: str) -> tuple[Envelope | None, str]:
    """The envelope a checksum belongs to, and as what: "sealed", "unsigned" or ""."""
    revision = SealedRevision.objects.filter(sha256=sha256).select_related("envelope").first() if sha256 else None
    if revision is not None:
        return revision.envelope, "sealed"
    unsigned = Envelope.objects.filter(document_sha256=sha256).order_by("-created_at").first() if sha256 else None
    return (unsigned, "unsigned") if unsigned is not None else (None, "")


def _opened(token: bytes, scope: KeyScope, row_id: UUID, column: str, table: str = "esign_signature") -> str:
    try:
        return open_text(token, scope=scope, table=table, row_id=row_id, column=column)
    except CannotOpenError:
        return ""
