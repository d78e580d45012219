"""Caught mails: one JSON file each below the data folder, named by the time of arrival."""

import email
import email.policy
import json
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path

KEPT = 2000
ID = re.compile(r"\A\d{19}-[0-9a-f]{8}\Z")
_ADDRESS = re.compile(r"https?://[^\s<>\"')\]]+")


@dataclass(frozen=True)
class CaughtMail:
    """One mail as it came; `to` are the envelope's recipients, `links` every address in it once, in order."""

    id: str
    to: str
    sender: str
    subject: str
    text: str
    html: str
    links: tuple[str, ...]
    received_at: str


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if tag == "a" and name == "href" and value and value.startswith(("http://", "https://")):
                self.found.append(value)


def _links(text: str, html: str) -> tuple[str, ...]:
    in_html = _Links()
    in_html.feed(html)
    in_text = [address.rstrip(".,;:!?") for address in _ADDRESS.findall(text)]
    return tuple(dict.fromkeys([*in_text, *in_html.found]))


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError):  # an unknown charset
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


class MailStore:
    """The mails in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, content: bytes, *, recipients: Sequence[str], sender: str) -> CaughtMail:
        """Stores one mail; the oldest go when there are more than KEPT."""
        message = email.message_from_bytes(content, policy=email.policy.default)
        text, html = _body(message, "plain"), _body(message, "html")
        arrival = time.time_ns()
        mail = CaughtMail(
            id=f"{arrival:019d}-{secrets.token_hex(4)}",
            to=", ".join(recipients),
            sender=sender,
            subject=str(message.get("Subject", "")).strip(),
            text=text.replace("\r\n", "\n"),
            html=html,
            links=_links(text, html),
            received_at=datetime.fromtimestamp(arrival / 1e9, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
        )
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = self.folder / f"{mail.id}.part"
        temporary.write_text(json.dumps(asdict(mail), ensure_ascii=False), encoding="utf-8")
        temporary.rename(self.folder / f"{mail.id}.json")
        for name in self._names()[KEPT:]:
            (self.folder / f"{name}.json").unlink(missing_ok=True)
        return mail

    def newest(self, *, to: str = "", limit: int = 200) -> list[CaughtMail]:
        """Newest first; only those to the address `to`, when given."""
        found: list[CaughtMail] = []
        for name in self._names():
            mail = self.find(name)
            if mail is not None and (not to or to.lower() in mail.to.lower().split(", ")):
                found.append(mail)
                if len(found) == limit:
                    break
        return found

    def find(self, mail_id: str) -> CaughtMail | None:
        """One mail; None when there is none of that id."""
        if not ID.match(mail_id):
            return None
        try:
            facts = json.loads((self.folder / f"{mail_id}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return CaughtMail(**{**facts, "links": tuple(facts["links"])})

    def _names(self) -> list[str]:
        return sorted((path.stem for path in self.folder.glob("*.json")), reverse=True)
