"""A short memory of what the mail server accepted, for the moment between its answer and our commit.

A worker that is killed or loses the database in that moment has its delivery repeated; with the note the repetition
sends nothing. It is a hint: without Redis the mail may go out twice, under the same Message-ID, and is never lost
(RFC 1047).
"""

from uuid import UUID

from kernel import redis_client
from kernel.redis_client import RedisGoneError

KEPT_SECONDS = 3 * 24 * 3600


def note_accepted(mail_id: UUID) -> None:
    try:
        redis_client.run(lambda client: client.set(_key(mail_id), b"1", ex=KEPT_SECONDS))
    except RedisGoneError:
        return


def was_accepted(mail_id: UUID) -> bool:
    try:
        return bool(redis_client.run(lambda client: client.exists(_key(mail_id))))
    except RedisGoneError:
        return False


def _key(mail_id: UUID) -> str:
    return f"accord:mail-accepted:{mail_id}"
