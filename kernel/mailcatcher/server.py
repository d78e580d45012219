"""The SMTP side: takes every mail for everybody and passes none on."""

import asyncio
import logging
import signal
import socket

from aiosmtpd.smtp import SMTP, Envelope, Session

from kernel.mailcatcher.store import MailStore

MAX_BYTES = 20 * 1024 * 1024
log = logging.getLogger(__name__)


class _Catch:
    def __init__(self, store: MailStore) -> None:
        self._store = store

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        content = envelope.content
        raw = content if isinstance(content, bytes) else (content or "").encode()
        await asyncio.to_thread(self._store.keep, raw, recipients=envelope.rcpt_tos, sender=envelope.mail_from or "")
        return "250 Caught"


async def serve(listener: socket.socket, store: MailStore) -> None:
    """Serves until SIGTERM."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)

    def session() -> SMTP:
        return SMTP(
            _Catch(store), data_size_limit=MAX_BYTES, enable_SMTPUTF8=True, loop=loop, ident="Accord mail catcher"
        )

    server = await loop.create_server(session, sock=listener)
    log.info("mail catcher ready")
    try:
        await stop.wait()
    finally:
        server.close()
