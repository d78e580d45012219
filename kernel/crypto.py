"""Envelope encryption at rest: master key → data key per dispute, capsule or person → AES-256-GCM.

The master key comes from the environment (ACCORD_MASTER_KEY, `id:base64` pairs separated by commas, the first one current)
and is never in the database or its backups. Every ciphertext is bound to its place: table|row|column|key version is the
associated data, so a value copied to another row or column opens nothing. Rotation rewraps data keys only. Destroying a
scope's key erases everything sealed under it (crypto-shredding). AES-GCM: NIST SP 800-38D; nonces are 96-bit random.
"""

import base64
import binascii
import hashlib
import hmac
import os
import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction

from kernel.ids import new_id
from kernel.models.keys import DataKey

_FORMAT = 1
_URL_SAFE = str.maketrans("-_", "+/")
_CACHE_SECONDS = 30.0
_CACHE_SIZE = 4096


class CannotOpenError(Exception):
    """The ciphertext does not open here: wrong place, changed bytes, or its key was destroyed."""


@dataclass(frozen=True)
class KeyScope:
    """Whose data key seals a value: kind ("dispute", "capsule", "person", "platform") and the aggregate's id."""

    kind: str
    id: UUID


def master_keys() -> dict[str, bytes]:
    """The key ring in the order given; the first is used for new wraps."""
    return _parse_ring(settings.ACCORD_MASTER_KEY)


@lru_cache(maxsize=4)
def _parse_ring(value: str) -> dict[str, bytes]:
    ring: dict[str, bytes] = {}
    for part in value.split(","):
        key_id, separator, encoded = part.strip().partition(":")
        try:
            padded = encoded.translate(_URL_SAFE).rstrip("=") + "=" * (-len(encoded.rstrip("=")) % 4)
            key = base64.b64decode(padded, validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not separator or not key_id or len(key_id) > 32 or len(key) != 32:
            raise ImproperlyConfigured(
                "ACCORD_MASTER_KEY must be id:base64 of 32 bytes; several are separated by commas, newest first."
            )
        if key_id in ring:
            raise ImproperlyConfigured(f"ACCORD_MASTER_KEY names the id {key_id!r} twice; give each key its own.")
        ring[key_id] = key
    return ring


def _wrap_aad(scope: KeyScope, version: int, master_id: str) -> bytes:
    return f"data-key|{scope.kind}|{scope.id}|{version}|{master_id}".encode()


def wrap(key: bytes, scope: KeyScope, version: int, master_id: str) -> bytes:
    """`key` encrypted under the master key `master_id`."""
    nonce = os.urandom(12)
    return nonce + AESGCM(master_keys()[master_id]).encrypt(nonce, key, _wrap_aad(scope, version, master_id))


def unwrap(wrapped: bytes, scope: KeyScope, version: int, master_id: str) -> bytes:
    """The data key. Raises CannotOpenError when the master key is missing or the row was changed."""
    master = master_keys().get(master_id)
    if master is None:
        raise CannotOpenError(f"Master key {master_id!r} is not in ACCORD_MASTER_KEY.")
    try:
        return AESGCM(master).decrypt(wrapped[:12], wrapped[12:], _wrap_aad(scope, version, master_id))
    except InvalidTag as error:
        raise CannotOpenError("A data key does not open under the master key it names.") from error


class _KeyCache:
    """Unwrapped data keys of this process, for seconds: a destroyed key is gone everywhere soon after."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: dict[tuple[str, str, UUID, int], tuple[float, int, bytes]] = {}

    def get(self, scope: KeyScope, version: int) -> tuple[int, bytes] | None:
        entry = self._entries.get((connection.settings_dict["NAME"], scope.kind, scope.id, version))
        if entry is None or entry[0] < time.monotonic():
            return None
        return entry[1], entry[2]

    def put(self, scope: KeyScope, asked: int, version: int, key: bytes) -> None:
        with self._lock:
            if len(self._entries) >= _CACHE_SIZE:
                self._entries.clear()
            name = connection.settings_dict["NAME"]
            self._entries[name, scope.kind, scope.id, asked] = (time.monotonic() + _CACHE_SECONDS, version, key)

    def drop(self, scope: KeyScope) -> None:
        with self._lock:
            for entry in [entry for entry in self._entries if entry[1:3] == (scope.kind, scope.id)]:
                del self._entries[entry]


_cache = _KeyCache()
_CURRENT = -1


class _Unproven:
    """A key made in the running transaction: known to it alone, and to the process once it is committed.

    It lies among the connection's commit hooks, which Django drops with the transaction or savepoint that rolls back.
    """

    def __init__(self, scope: KeyScope, version: int, key: bytes) -> None:
        self.scope, self.version = scope, version
        self.key: bytes | None = key  # None once it was destroyed, still in the same transaction

    def __call__(self) -> None:
        if self.key is not None:
            _cache.put(self.scope, _CURRENT, self.version, self.key)
            _cache.put(self.scope, self.version, self.version, self.key)


def _unproven(scope: KeyScope) -> _Unproven | None:
    for entry in connection.run_on_commit:
        hook: object = entry[1]
        if isinstance(hook, _Unproven) and hook.scope == scope:
            return hook
    return None


def _current_key(scope: KeyScope) -> tuple[int, bytes]:
    """The scope's newest living key, made on first use. A key made in a transaction that rolls back is never cached."""
    unproven = _unproven(scope)
    if unproven is not None and unproven.key is not None:
        return unproven.version, unproven.key
    if unproven is None and (cached := _cache.get(scope, _CURRENT)):
        return cached
    row = DataKey.objects.filter(scope_kind=scope.kind, scope_id=scope.id).order_by("-version").first()
    if row is None:
        return _create_key(scope)
    if row.wrapped is None:
        raise CannotOpenError("The key of this record was destroyed; nothing can be sealed under it any more.")
    key = unwrap(bytes(row.wrapped), scope, row.version, row.master_id)
    if unproven is None:
        _cache.put(scope, _CURRENT, row.version, key)
    return row.version, key


def _create_key(scope: KeyScope) -> tuple[int, bytes]:
    key = os.urandom(32)
    master_id = next(iter(master_keys()))
    DataKey.objects.bulk_create(
        [
            DataKey(
                id=new_id(),
                scope_kind=scope.kind,
                scope_id=scope.id,
                version=1,
                wrapped=wrap(key, scope, 1, master_id),
                master_id=master_id,
            )
        ],
        ignore_conflicts=True,
    )
    row = DataKey.objects.get(scope_kind=scope.kind, scope_id=scope.id, version=1)
    if row.wrapped is None:
        raise CannotOpenError("The key of this record was destroyed; nothing can be sealed under it any more.")
    key = unwrap(bytes(row.wrapped), scope, 1, row.master_id)
    transaction.on_commit(_Unproven(scope, 1, key))
    return 1, key


def _key_of_version(scope: KeyScope, version: int) -> bytes:
    unproven = _unproven(scope)
    if unproven is not None and unproven.key is not None and unproven.version == version:
        return unproven.key
    if unproven is None and (cached := _cache.get(scope, version)):
        return cached[1]
    row = DataKey.objects.filter(scope_kind=scope.kind, scope_id=scope.id, version=version).first()
    if row is None or row.wrapped is None:
        raise CannotOpenError("The key of this record was destroyed.")
    key = unwrap(bytes(row.wrapped), scope, version, row.master_id)
    if unproven is None:
        _cache.put(scope, version, version, key)
    return key


def _place(table: str, row_id: UUID | str, column: str, version: int) -> bytes:
    return f"{table}|{row_id}|{column}|{version}".encode()


def seal(plaintext: bytes, *, scope: KeyScope, table: str, row_id: UUID | str, column: str) -> bytes:
    """Encrypt for one place. Layout: format (1 byte) | key version (2) | nonce (12) | ciphertext and tag."""
    version, key = _current_key(scope)
    nonce = os.urandom(12)
    body = AESGCM(key).encrypt(nonce, plaintext, _place(table, row_id, column, version))
    return bytes([_FORMAT]) + version.to_bytes(2, "big") + nonce + body


def open_sealed(token: bytes, *, scope: KeyScope, table: str, row_id: UUID | str, column: str) -> bytes:
    """Decrypt what `seal` made for the same place. Raises CannotOpenError for anything else."""
    token = bytes(token)
    if len(token) < 31 or token[0] != _FORMAT:
        raise CannotOpenError("This is no sealed value.")
    version = int.from_bytes(token[1:3], "big")
    try:
        return AESGCM(_key_of_version(scope, version)).decrypt(
            token[3:15], token[15:], _place(table, row_id, column, version)
        )
    except InvalidTag as error:
        raise CannotOpenError("A sealed value was changed or moved.") from error


def seal_text(text: str, *, scope: KeyScope, table: str, row_id: UUID | str, column: str) -> bytes:
    """`seal` for text."""
    return seal(text.encode(), scope=scope, table=table, row_id=row_id, column=column)


def open_text(token: bytes, *, scope: KeyScope, table: str, row_id: UUID | str, column: str) -> str:
    """`open_sealed` for text."""
    return open_sealed(token, scope=scope, table=table, row_id=row_id, column=column).decode()


def destroy_key(scope: KeyScope) -> int:
    """Destroy every version of the scope's data key; what it sealed can never be read again. Returns how many there were."""
    if (unproven := _unproven(scope)) is not None:
        unproven.key = None
    destroyed = DataKey.objects.filter(scope_kind=scope.kind, scope_id=scope.id, wrapped__isnull=False).update(
        wrapped=None
    )
    _cache.drop(scope)
    transaction.on_commit(lambda: _cache.drop(scope))  # another thread may have read the key until the commit
    return destroyed


def blind_index(value: str, *, purpose: str) -> bytes:
    """A keyed digest (HMAC-SHA256) to look up an encrypted value by equality.

    It is keyed by SECRET_KEY, not by the master key ring, so that rewrapping data keys leaves every index as it is.
    """
    key = hashlib.sha256(b"accord-blind-index|" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, f"{purpose}|{value}".encode(), hashlib.sha256).digest()


def rewrap_data_keys(*, batch: int = 1000) -> int:
    """Rewrap every data key that is not under the current master key; returns how many were. Content is untouched."""
    current = next(iter(master_keys()))
    done = 0
    while True:
        rows = list(DataKey.objects.exclude(master_id=current).filter(wrapped__isnull=False).order_by("id")[:batch])
        if not rows:
            return done
        for row in rows:
            scope = KeyScope(row.scope_kind, row.scope_id)
            key = unwrap(bytes(row.wrapped or b""), scope, row.version, row.master_id)
            # The old wrap is part of the condition: a key destroyed meanwhile stays destroyed.
            done += DataKey.objects.filter(pk=row.pk, master_id=row.master_id, wrapped__isnull=False).update(
                wrapped=wrap(key, scope, row.version, current), master_id=current
            )
