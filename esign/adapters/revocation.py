"""Revocation data for the certificates below a trusted root, fetched from where the certificates themselves say.

Only for paths the validator has found trusted. What comes back is not believed here: the validator checks the extended file.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from esign.adapters.outgoing import OutgoingError, fetch
from esign.adapters.seal import Material

LARGEST_LIST = 8 * 1024 * 1024
LARGEST_ANSWER = 64 * 1024


class NoRevocationDataError(Exception):
    """A certificate names no place where its revocation could be looked up: no later attempt changes that."""


def gather(paths: Iterable[Sequence[bytes]]) -> Material:
    """The material for `paths` (DER, leaf first, trusted root last).

    Raises NoRevocationDataError, and OutgoingError when a place does not answer now.
    """
    certificates: dict[bytes, None] = {}
    crls: dict[bytes, None] = {}
    answers: dict[bytes, None] = {}
    for path in paths:
        certificates |= dict.fromkeys(path)
        for der, issuer in pairwise(path):
            kind, data = _for(x509.load_der_x509_certificate(der), x509.load_der_x509_certificate(issuer))
            (crls if kind == "crl" else answers)[data] = None
    return Material(list(certificates), list(crls), list(answers))


def _for(certificate: x509.Certificate, issuer: x509.Certificate) -> tuple[str, bytes]:
    lists, responders = _list_addresses(certificate), _responder_addresses(certificate)
    if not lists and not responders:
        raise NoRevocationDataError
    trouble = OutgoingError("none")
    for address in responders:
        try:
            return "ocsp", _ask(address, certificate, issuer)
        except OutgoingError as error:
            trouble = error
    for address in lists:
        try:
            return "crl", _list(fetch(address, largest=LARGEST_LIST))
        except OutgoingError as error:
            trouble = error
    raise trouble


def _list_addresses(certificate: x509.Certificate) -> list[str]:
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return []
    names = [name for point in points for name in point.full_name or []]
    return [name.value for name in names if isinstance(name, x509.UniformResourceIdentifier) and _is_web(name.value)]


def _responder_addresses(certificate: x509.Certificate) -> list[str]:
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return []
    found = [item.access_location.value for item in access if item.access_method == AuthorityInformationAccessOID.OCSP]
    return [address for address in found if isinstance(address, str) and _is_web(address)]


def _is_web(address: str) -> bool:
    return address.startswith(("http://", "https://"))


def _list(data: bytes) -> bytes:
    try:
        return x509.load_der_x509_crl(data).public_bytes(Encoding.DER)
    except ValueError as error:
        raise OutgoingError("no revocation list") from error


def _ask(address: str, certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    request = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1()).build()  # noqa: S303 - RFC 5019
    data = fetch(
        address,
        body=request.public_bytes(Encoding.DER),
        content_type="application/ocsp-request",
        accept="application/ocsp-response",
        largest=LARGEST_ANSWER,
    )
    try:
        answer = ocsp.load_der_ocsp_response(data)
    except ValueError as error:
        raise OutgoingError("no OCSP answer") from error
    if answer.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise OutgoingError("the OCSP responder declined")
    return data
