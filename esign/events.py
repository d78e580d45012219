"""What esign tells others. `subject_kind` and `subject_id` name the aggregate the envelope was opened for."""

from dataclasses import dataclass
from uuid import UUID

from kernel.events import Event


@dataclass(frozen=True)
class EnvelopeSent(Event):
    envelope_id: UUID
    subject_kind: str
    subject_id: UUID


@dataclass(frozen=True)
class SignatureRequested(Event):
    """It is this signer's turn, or they are reminded."""

    envelope_id: UUID
    signer_id: UUID
    signer_user_id: UUID | None
    is_reminder: bool
    subject_kind: str
    subject_id: UUID


@dataclass(frozen=True)
class SignatureRecorded(Event):
    envelope_id: UUID
    signer_user_id: UUID | None
    subject_kind: str
    subject_id: UUID


@dataclass(frozen=True)
class SignerDelegated(Event):
    """`signer_id` handed the seat on to `delegate_id`."""

    envelope_id: UUID
    signer_id: UUID
    delegate_id: UUID
    subject_kind: str
    subject_id: UUID


@dataclass(frozen=True)
class EnvelopeFullySigned(Event):
    """The last signature is recorded; the seal follows."""

    envelope_id: UUID
    subject_kind: str
    subject_id: UUID


@dataclass(frozen=True)
class EnvelopeCompleted(Event):
    """The sealed PDF is validated and stored as `file_id`."""

    envelope_id: UUID
    subject_kind: str
    subject_id: UUID
    file_id: UUID


@dataclass(frozen=True)
class EnvelopeDeclined(Event):
    envelope_id: UUID
    subject_kind: str
    subject_id: UUID


@dataclass(frozen=True)
class EnvelopeExpired(Event):
    envelope_id: UUID
    subject_kind: str
    subject_id: UUID


@dataclass(frozen=True)
class EnvelopeVoided(Event):
    envelope_id: UUID
    subject_kind: str
    subject_id: UUID
