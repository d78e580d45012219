from esign.models.envelope import Envelope, Signature, Signer

__all__ = ["Envelope", "Signature", "Signer"]
