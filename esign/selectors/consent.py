"""What a signer agrees to before signing. A text that was shown once never changes: a new wording gets a new version."""

from esign.enums import SignerRole

VERSION = "2026-1"
APPROVAL_VERSION = "2026-1-approval"
TEXTS = {
    "2026-1": {
        "en": (
            "I have read the document and I agree to sign it electronically. My typed or drawn name stands for my signature. "
            "I agree that my name, the time, my network address and my browser are recorded with it as evidence, and that "
            "every party receives the signed document. I can ask for a copy at any time and I could instead have signed on paper."
        ),
        "es": (
            "He leído el documento y acepto firmarlo electrónicamente. Mi nombre escrito o dibujado vale como mi firma. "
            "Acepto que mi nombre, la hora, mi dirección de red y mi navegador queden registrados como prueba, y que cada parte "
            "reciba el documento firmado. Puedo pedir una copia en todo momento y habría podido firmar en papel."
        ),
    },
    "2026-1-approval": {
        "en": (
            "I have read the document and I approve it electronically; I do not become a party to it. I agree that my name, the time, "
            "my network address and my browser are recorded with my approval as evidence, and that everybody named in the envelope "
            "receives the document with it. I can ask for a copy at any time."
        ),
        "es": (
            "He leído el documento y lo apruebo electrónicamente; con ello no me convierto en parte de él. Acepto que mi nombre, la hora, "
            "mi dirección de red y mi navegador queden registrados con mi aprobación como prueba, y que todas las personas nombradas en el "
            "sobre reciban el documento con ella. Puedo pedir una copia en todo momento."
        ),
    },
}


def consent_version(role: str = SignerRole.SIGNER) -> str:
    """The current version of the text for a role."""
    return APPROVAL_VERSION if role == SignerRole.APPROVER else VERSION


def consent_text(locale: str, role: str = SignerRole.SIGNER) -> tuple[str, str]:
    """The current version and its text in `locale` (English where there is none)."""
    version = consent_version(role)
    texts = TEXTS[version]
    return version, texts.get(locale.partition("-")[0], texts["en"])


def consent_locale(locale: str) -> str:
    """The language the text is shown in."""
    language = locale.partition("-")[0]
    return language if language in TEXTS[VERSION] else "en"
