"""What lies sealed under a person's own key: destroying the key erases it."""

from typing import Any
from uuid import UUID

import orjson
from django.db.models import Model

from kernel.crypto import KeyScope, open_sealed, seal

COLUMN = "content"


def seal_json(content: bytes, *, person_id: UUID, model: type[Model], row_id: UUID) -> bytes:
    """JSON sealed for one row of `model`."""
    return seal(content, scope=KeyScope("person", person_id), table=model._meta.db_table, row_id=row_id, column=COLUMN)


def open_json(token: bytes | memoryview, *, person_id: UUID, model: type[Model], row_id: UUID) -> Any:
    """What `seal_json` sealed for the same row. Raises CannotOpenError, also once the person was erased."""
    return orjson.loads(
        open_sealed(
            bytes(token),
            scope=KeyScope("person", person_id),
            table=model._meta.db_table,
            row_id=row_id,
            column=COLUMN,
        )
    )
