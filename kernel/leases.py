"""Leases in the database: whoever works keeps extending, so that the lease of one who died ends soon."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import DatabaseError, connection

log = logging.getLogger(__name__)


@contextmanager
def kept(extend: Callable[[], bool], lease: timedelta) -> Iterator[None]:
    """Call `extend` every third of the lease while the block runs, until it says that the lease is somebody else's."""
    stop = threading.Event()

    def keep() -> None:
        while not stop.wait(lease.total_seconds() / 3):
            try:
                if not extend():
                    return
            except DatabaseError as error:  # the work may still end in time; the next third asks again
                log.warning("lease not extended", extra={"error": type(error).__name__})
            finally:
                connection.close()

    keeper = threading.Thread(target=keep, name="lease", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join(timeout=5)


@contextmanager
def only_holder(name: str) -> Iterator[bool]:
    """Whether this connection is the only one of the deployment that holds `name` now; it lets go at the end, or with the connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 1))", [name])
        is_ours = bool(cursor.fetchone()[0])
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 1))", [name])
