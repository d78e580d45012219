"""The edge's transaction: outermost, durable. Services inside are plain `atomic`."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from django.db import connection, transaction

READS = ("SELECT", "(SELECT")


def entry() -> AbstractContextManager[None]:
    """Open the outermost transaction of a view, consumer, task or command.

    Raises RuntimeError when a transaction is already open: what follows the block may count on the commit.
    """
    return transaction.atomic(durable=True)


@contextmanager
def single_statement() -> Iterator[None]:
    """The edge of a service that writes with one statement, which PostgreSQL makes a transaction of its own.

    Saves the two round trips of BEGIN and COMMIT on the hottest writes; the promise is that of `entry`. Raises RuntimeError
    when a transaction is already open, and before a second statement that is not a plain read: that would be another one.
    """
    # As `durable` does, so that tests may run inside a transaction that Django's own test cases open.
    if connection.atomic_blocks and not getattr(connection.atomic_blocks[-1], "_from_testcase", False):
        raise RuntimeError("A single statement cannot be an edge's transaction inside another one.")
    with connection.execute_wrapper(_OneWrite()):
        yield


class _OneWrite:
    def __init__(self) -> None:
        self._has_written = False

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if not str(sql).lstrip().upper().startswith(READS):
            if self._has_written or many:
                raise RuntimeError("Two writes need one transaction around them: use entry().")
            self._has_written = True
        return execute(sql, params, many, context)
