"""The pages that are added when everybody has signed: the signature page and the certificate of completion.

The certificate lies inside the sealed bytes, so it can name the level aimed at but not the level reached, nor the checksum of
the sealed file: for both it leads, also by a QR code, to /verify/.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import qrcode
from babel.dates import format_date
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from documents.public import render_page
from esign.enums import SignerRole
from esign.selectors.consent import TEXTS
from esign.selectors.envelopes import Mark

STYLES = Path(__file__).resolve().parents[2] / "templates" / "esign" / "completion.css"


@dataclass(frozen=True)
class CompletionFacts:
    """What the certificate states."""

    envelope_id: str
    title: str
    locale: str
    workflow: str
    document_sha256: str
    document_size: int
    document_pages: int
    sent_at: datetime
    all_signed_at: datetime
    journal_seq: int
    journal_hash: str
    seal_fingerprint: str
    level: str


def completion_pages(facts: CompletionFacts, marks: Sequence[Mark]) -> bytes:
    """The added pages as a PDF of their own. Raises RenderError."""
    images = {f"mark-{index}.png": mark.image for index, mark in enumerate(marks) if mark.image}
    verify_url = f"{settings.ACCORD_BASE_URL}/verify/"
    images["verify.png"] = qr_code(f"{verify_url}?checksum={facts.document_sha256}")
    with translation.override(facts.locale):
        html = render_to_string(
            "esign/completion.html",
            {
                "facts": facts,
                "language": facts.locale,
                "sent_at": written_time(facts.sent_at, facts.locale),
                "all_signed_at": written_time(facts.all_signed_at, facts.locale),
                "marks": [_shown(mark, index, facts.locale) for index, mark in enumerate(marks)],
                "consents": _consents(marks),
                "verify_url": verify_url,
            },
        )
    return render_page(html=html, styles=STYLES.read_text(encoding="utf-8"), assets=images).pdf


def qr_code(text: str) -> bytes:
    """A PNG of a QR code (ISO/IEC 18004), error correction M, with its quiet zone left to the page."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, box_size=8, border=0)
    code.add_data(text)
    target = BytesIO()
    code.make_image().save(target)
    return target.getvalue()


def written_time(moment: datetime, locale: str) -> str:
    """21 November 2026, 14:05:12 UTC, as people of `locale` write it."""
    utc = moment.astimezone(UTC)
    day = format_date(utc.date(), format="long", locale="en_001" if locale == "en" else locale.replace("-", "_"))
    return f"{day}, {utc:%H:%M:%S} UTC"


def masked(address: str) -> str:
    """An address as far as the other parties need it: the network, not the device. The whole one is kept encrypted."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "—"
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if isinstance(ip, ipaddress.IPv4Address):
        return ".".join(str(ip).split(".")[:3]) + ".×"
    return ":".join(ip.exploded.split(":")[:3]) + "::×"


def _shown(mark: Mark, index: int, locale: str) -> dict[str, object]:
    return {
        "name": mark.name,
        "role": SignerRole(mark.role).label,
        "is_approval": mark.role == SignerRole.APPROVER,
        "typed_name": mark.typed_name,
        "image": f"asset:mark-{index}.png" if mark.image else "",
        "asked_at": written_time(mark.asked_at, locale) if mark.asked_at else "",
        "viewed_at": written_time(mark.viewed_at, locale) if mark.viewed_at else "",
        "signed_at": written_time(mark.signed_at, locale),
        "ip": masked(mark.ip),
        "user_agent": mark.user_agent or "—",
        "channel": mark.channel,
        "consent": mark.consent_version,
        "journal": f"{mark.journal_seq} · {mark.journal_hash}",
        "signer_id": str(mark.signer_id),
    }


def _consents(marks: Sequence[Mark]) -> list[tuple[str, str]]:
    shown: dict[str, str] = {}
    for mark in marks:
        version, _open, language = mark.consent_version.rstrip(")").partition(" (")
        shown[mark.consent_version] = TEXTS.get(version, {}).get(language, "")
    return sorted(shown.items())
