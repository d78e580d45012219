"""The edge's transaction: outermost, durable. Services inside are plain `atomic`."""

from contextlib import AbstractContextManager

from django.db import transaction


def entry() -> AbstractContextManager[None]:
    """Open the outermost transaction of a view, consumer, task or command.

    Raises RuntimeError when a transaction is already open: what follows the block may count on the commit.
    """
    return transaction.atomic(durable=True)
