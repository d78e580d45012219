"""Drawn signatures from outside: opened in the killable child before any transaction begins."""

import base64
import binascii

from django.utils.translation import gettext as _

from documents.public import inspect_signature_image
from esign.errors import SignatureImageError

LARGEST = 200_000
PREFIX = "data:image/png;base64,"


def prepare_uploaded_signature(image: bytes) -> bytes:
    """The PNG of a file that a signer chose, re-encoded without metadata. Raises SignatureImageError."""
    clean = inspect_signature_image(image) if image and len(image) <= LARGEST else None
    if clean is None or len(clean) > LARGEST:
        raise SignatureImageError(
            _("Choose a PNG picture of at most 2000 × 1000 pixels and 200 kB, or sign with your typed name only.")
        )
    return clean


def prepare_signature_image(data_url: str | None) -> bytes | None:
    """The PNG of a `data:` URL, re-encoded without metadata; None for no image. Raises SignatureImageError."""
    if not data_url:
        return None
    refusal = SignatureImageError(
        _("Send the drawn signature as a PNG data URL of at most 200 kB, or only the typed name.")
    )
    if not data_url.startswith(PREFIX) or len(data_url) > LARGEST * 4 // 3 + 64:
        raise refusal
    try:
        image = base64.b64decode(data_url[len(PREFIX) :], validate=True)
    except (binascii.Error, ValueError) as error:
        raise refusal from error
    clean = inspect_signature_image(image) if len(image) <= LARGEST else None
    if clean is None or len(clean) > LARGEST:
        raise refusal
    return clean
