from esign.models.envelope import Envelope, Signature, Signer
from esign.models.revision import SealCertificate, SealedRevision, SealUpgrade

__all__ = ["Envelope", "SealCertificate", "SealUpgrade", "SealedRevision", "Signature", "Signer"]
