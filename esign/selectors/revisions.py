"""Reading sealed revisions, the certificates of the seal, and what is still to be raised."""

import base64
import re
from collections.abc import Sequence
from uuid import UUID

from esign.models import SealCertificate, SealedRevision, SealUpgrade
from kernel.clock import DbNow

PEM = re.compile(r"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)


def seal_certificates() -> list[list[bytes]]:
    """Every certificate that sealed something, newest first, each as DER followed by those above it."""
    rows = SealCertificate.objects.order_by("-first_used_at").values_list("pem", flat=True)
    return [[base64.b64decode(body) for body in PEM.findall(pem)] for pem in rows]


def seal_fingerprints() -> list[str]:
    """The fingerprints of all those certificates, newest first."""
    return list(SealCertificate.objects.order_by("-first_used_at").values_list("fingerprint", flat=True))


def revision_by_checksum(sha256: str) -> SealedRevision | None:
    """The stored revision with this checksum, with its envelope."""
    return SealedRevision.objects.filter(sha256=sha256).select_related("envelope", "file", "certificate").first()


def revisions_of(envelope_id: UUID) -> Sequence[SealedRevision]:
    """All revisions of one sealed PDF, oldest first."""
    rows = SealedRevision.objects.filter(envelope_id=envelope_id).select_related("file", "certificate")
    return list(rows.order_by("number"))


def upgrades_due(limit: int) -> list[SealUpgrade]:
    """Sealed PDFs whose level may be raised now."""
    due = SealUpgrade.objects.filter(due_at__lte=DbNow()).select_related("envelope")
    return list(due.order_by("due_at")[:limit])
