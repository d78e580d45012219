"""`python -m kernel.mailcatcher FOLDER [--port N | --fd N]`: the catcher as a process. Without Django: it starts at once."""

import argparse
import asyncio
import logging
import socket
from pathlib import Path

from kernel.mailcatcher.server import serve
from kernel.mailcatcher.store import MailStore


def main() -> None:
    parser = argparse.ArgumentParser(description="Catch every mail sent to this port; read it at /dev/mail/.")
    parser.add_argument("folder", type=Path, help="Where the mails are kept: mail/ in the data folder.")
    parser.add_argument("--port", type=int, default=1025, help="Port on 127.0.0.1.")
    parser.add_argument("--fd", type=int, help="A listening socket inherited from the launcher.")
    wanted = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd notes every line of every session
    listener = (
        socket.socket(fileno=wanted.fd) if wanted.fd is not None else socket.create_server(("127.0.0.1", wanted.port))
    )
    with listener:
        asyncio.run(serve(listener, MailStore(wanted.folder)))


if __name__ == "__main__":
    main()
