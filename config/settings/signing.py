"""The deployment's keys: from the environment, else (not in production) made once and kept in the data folder, mode 0600."""

import base64
import os
import secrets
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.exceptions import ImproperlyConfigured

from config.settings import env


class Secrets:
    """Each key by its environment name; generated on first use where `may_generate`, refused with a hint where not."""

    def __init__(self, folder: Path, *, may_generate: bool) -> None:
        self._folder = folder / "secrets"
        self._may_generate = may_generate

    def _kept(self, name: str, file_name: str, made: "bytes | None" = None) -> str:
        if value := env.text(name):
            return value
        path = self._folder / file_name
        if path.is_file():
            return path.read_text(encoding="ascii").strip()
        if not self._may_generate:
            raise ImproperlyConfigured(
                f"{name} is not set. In production every key comes from the environment ({name} or {name}_FILE)."
            )
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = made if made is not None else self._make(name)
        temporary = path.with_name(f"{file_name}.{os.getpid()}.{secrets.token_hex(4)}")
        temporary.touch(mode=0o600)
        temporary.write_bytes(content)
        try:
            os.link(temporary, path)  # the first of two parallel starts wins, both read the same key
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
        return path.read_text(encoding="ascii").strip()

    @staticmethod
    def _make(name: str) -> bytes:
        if name == "JWT_SECRET_KEY":
            return rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        if name == "ACCORD_MASTER_KEY":
            return b"m1:" + base64.urlsafe_b64encode(secrets.token_bytes(32))
        return secrets.token_urlsafe(50).encode()

    @cached_property
    def secret_key(self) -> str:
        return self._kept("SECRET_KEY", "secret-key")

    @cached_property
    def jwt_private_key(self) -> str:
        return self._kept("JWT_SECRET_KEY", "jwt.pem")

    @cached_property
    def master_key(self) -> str:
        return self._kept("ACCORD_MASTER_KEY", "master-key")

    @cached_property
    def seal_key_path(self) -> str:
        """Path of the seal's PEM (key and certificate), or the PEM itself; esign makes the file on first use."""
        return env.text("ACCORD_SEAL_KEY") or str(self._folder / "seal.pem")
