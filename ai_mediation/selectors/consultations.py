"""Reading what was sent: the sealed request of a consultation."""

import zlib
from typing import Final
from uuid import UUID

from ai_mediation.models import Consultation
from kernel.crypto import KeyScope, open_sealed

TABLE: Final = "ai_mediation_consultation"
COLUMN: Final = "request"
_PLATFORM: Final = KeyScope("platform", UUID(int=0))


def request_scope(dispute_id: UUID | None, asked_by_id: UUID | None) -> KeyScope:
    """Whose key seals a request: the case's, else that of who asked, else the platform's."""
    if dispute_id is not None:
        return KeyScope("dispute", dispute_id)
    return KeyScope("person", asked_by_id) if asked_by_id is not None else _PLATFORM


def sent_request(consultation: Consultation) -> bytes | None:
    """The exact body that was sent; None when rules answered or its time is over.

    Raises CannotOpenError when the key that sealed it was destroyed.
    """
    if consultation.request is None:
        return None
    scope = request_scope(consultation.dispute_id, consultation.asked_by_id)
    token = bytes(consultation.request)
    return zlib.decompress(open_sealed(token, scope=scope, table=TABLE, row_id=consultation.pk, column=COLUMN))
