"""Refusals of esign."""

from django.utils.translation import gettext_noop

from kernel.errors import ConflictError, DomainError, ServiceUnavailableError


class EnvelopeNotOpenError(ConflictError):
    """The envelope is completed, declined, expired, voided or fully signed."""

    code = "envelope_not_open"


class EnvelopeNotSealedError(ConflictError):
    """What is asked for exists only once the sealed PDF is stored."""

    code = "envelope_not_sealed"


class NotYourTurnError(ConflictError):
    """Others sign first."""

    code = "not_your_turn"


class AlreadySignedError(ConflictError):
    """This signer has signed; a signature is given once."""

    code = "already_signed"


class DocumentChangedError(ConflictError):
    """The checksum of the text shown is not the one up for signature."""

    code = "document_changed"


class ConsentMissingError(DomainError):
    """Nobody signs electronically without having agreed to it."""

    code = "consent_required"
    status = 400
    title = gettext_noop("Consent is needed")


class SignatureImageError(DomainError):
    """The drawn signature is no PNG, or too large."""

    code = "signature_image_invalid"
    status = 400
    title = gettext_noop("The drawn signature cannot be used")


class RoleError(ConflictError):
    """This seat of the envelope is not asked to do that: viewers and copies neither sign nor decline."""

    code = "role_does_not_sign"


class DelegationRefusedError(ConflictError):
    """The sender did not allow handing on, or this seat was handed on before."""

    code = "delegation_refused"


class PeopleFixedError(ConflictError):
    """Who signs was not for the sender to say: the parties of a case sign its contract."""

    code = "people_fixed"


class SentTooOftenError(ConflictError):
    """A link went out to this signer a moment ago."""

    code = "sent_just_now"


class TransitionError(ConflictError):
    """The envelope's state does not allow this; `allowed_from` names the states that would."""


class SealError(ServiceUnavailableError):
    """The seal could not be put on, or did not validate afterwards."""

    code = "seal_failed"
