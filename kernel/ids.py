"""Identifiers: UUID version 7 (RFC 9562), made in Python so that PostgreSQL 15 is enough."""

from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """A new UUIDv7. Time-ordered for index locality only: ids are never used to order what people see."""
    return UUID(bytes=uuid_utils.uuid7().bytes)
