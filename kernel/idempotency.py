"""Idempotency-Key: the same request twice is done once (draft-ietf-httpapi-idempotency-key-header).

A key is claimed before the work in a transaction of its own and settled in the transaction of the effect, so that an effect is
never without its record. What is kept is the status and the id of what was made; the answer is rendered anew.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from kernel.clock import DbNow
from kernel.crypto import blind_index
from kernel.entry import entry
from kernel.errors import FieldError, IdempotencyMismatchError, RequestInProgressError, ValidationFailedError
from kernel.housekeeping import KEYS_KEPT
from kernel.models.idempotency import IdempotencyRecord

LOCKED = timedelta(seconds=90)
MAX_KEY_LENGTH = 255
MAX_PATH_LENGTH = 300


@dataclass(frozen=True)
class Claim:
    """An own, running key (`record_id`), or the outcome of the first request (`status` set)."""

    record_id: UUID
    locked_until: datetime
    status: int | None = None
    resource_id: UUID | None = None


def claim_key(*, caller: str, method: str, path: str, key: str, body: bytes) -> Claim:
    """Claim the key for this request, or find what the first one made.

    Raises ValidationFailedError for a key that is empty, too long or not printable ASCII, IdempotencyMismatchError (422) when the body
    differs, RequestInProgressError (409) while the first request runs.
    """
    if not 0 < len(key) <= MAX_KEY_LENGTH or not key.isascii() or not key.isprintable():
        raise ValidationFailedError(
            errors=[
                FieldError(
                    "/Idempotency-Key",
                    "invalid",
                    _("A key is 1 to %(count)d printable ASCII characters.") % {"count": MAX_KEY_LENGTH},
                )
            ]
        )
    key_digest = hashlib.sha256(key.encode()).digest()
    # Keyed: a short body, such as a sealed bid, must not be found by trying.
    body_digest = blind_index(hashlib.sha256(body).hexdigest(), purpose="idempotency-body")
    if len(path) > MAX_PATH_LENGTH:
        path = f"sha256:{hashlib.sha256(path.encode()).hexdigest()}"
    where = {"caller": caller, "method": method, "path": path, "key_digest": key_digest}
    with entry():
        IdempotencyRecord.objects.filter(**where, created_at__lt=DbNow() - KEYS_KEPT).delete()
        record = IdempotencyRecord(**where, body_digest=body_digest, locked_until=DbNow() + LOCKED)
        IdempotencyRecord.objects.bulk_create([record], ignore_conflicts=True)
        kept = IdempotencyRecord.objects.select_for_update().get(**where)
        if kept.pk == record.pk:
            return Claim(kept.pk, kept.locked_until)
        if bytes(kept.body_digest) != body_digest:
            raise IdempotencyMismatchError(
                _("This Idempotency-Key was used for another request body. Use a new key for a new request.")
            )
        if kept.status is not None:
            return Claim(kept.pk, kept.locked_until, kept.status, kept.resource_id)
        freed = IdempotencyRecord.objects.filter(pk=kept.pk, locked_until__lt=DbNow()).update(
            locked_until=DbNow() + LOCKED
        )
        if freed:
            kept.refresh_from_db(fields=["locked_until"])
    if not freed:
        raise _still_running()
    return Claim(kept.pk, kept.locked_until)


def _still_running() -> RequestInProgressError:
    error = RequestInProgressError(
        _("The first request with this Idempotency-Key is still running. Ask again in a moment.")
    )
    error.headers["Retry-After"] = "1"
    return error


def settle(claim: Claim, *, status: int, resource_id: UUID | None) -> None:
    """Record what was made, in the transaction of the effect.

    Raises RequestInProgressError, which undoes the effect, when the lock ended meanwhile and a repetition has taken the key over.
    """
    if not _own(claim).update(status=status, resource_id=resource_id):
        raise _still_running()


def release(claim: Claim) -> None:
    """Nothing was made: the key may be used again."""
    _own(claim).delete()


def _own(claim: Claim) -> QuerySet[IdempotencyRecord]:
    return IdempotencyRecord.objects.filter(pk=claim.record_id, locked_until=claim.locked_until, status=None)
