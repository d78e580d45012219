"""The database engine (`ENGINE = "kernel.postgresql"`)."""

import select
from typing import Any

import psycopg
from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that the server has closed while it lay idle, in a thread or in the pool, is replaced before it is used.

    Django's own checks ask the server, one round trip a request; a socket whose other end is gone says so at once.
    """

    def get_new_connection(self, conn_params: dict[str, Any]) -> "psycopg.Connection[Any]":
        connection: psycopg.Connection[Any] = super().get_new_connection(conn_params)
        while self.pool and is_cut(connection):
            connection.close()
            self.pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection

    def is_usable(self) -> bool:
        return self.connection is not None and not is_cut(self.connection)


def is_cut(connection: "psycopg.Connection[Any]") -> bool:
    """Whether an idle connection cannot be used any more. No round trip: an idle server sends nothing but its farewell."""
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
    while poll.poll(0):  # a farewell first, then the end of the stream
        try:
            connection.pgconn.consume_input()
        except psycopg.OperationalError:
            return True
        if connection.pgconn.status != psycopg.pq.ConnStatus.OK:
            return True
    return False
