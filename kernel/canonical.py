"""One byte form for a JSON value, for hashing: sorted keys, no white space, UTF-8 (the useful part of RFC 8785)."""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

JSON = Any


def canonical_bytes(value: JSON) -> bytes:
    """The canonical form; UUIDs and datetimes become strings. Raises TypeError for anything that is not JSON."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)


def digest(value: Mapping[str, JSON]) -> bytes:
    """SHA-256 of the canonical form."""
    return hashlib.sha256(canonical_bytes(value)).digest()
