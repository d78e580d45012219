"""The environment, read once and typed. Every name may also be given as NAME_FILE (a path whose content is the value)."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "", *, aliases: tuple[str, ...] = ()) -> str:
    """The value of NAME, of the file that NAME_FILE names, or of the first alias that is set; else `default`."""
    for candidate in (name, *aliases):
        if value := os.environ.get(candidate):
            return value
        if path := os.environ.get(f"{candidate}_FILE"):
            try:
                return Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise ImproperlyConfigured(
                    f"{candidate}_FILE names {path}, which cannot be read: {error.strerror}."
                ) from error
    return default


def number(name: str, default: int) -> int:
    """The whole number in NAME, or `default`."""
    value = text(name)
    if not value:
        return default
    try:
        return int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from error


def flag(name: str, default: bool = False) -> bool:
    """Whether NAME says 1, true, yes or on."""
    value = text(name)
    return value.lower() in {"1", "true", "yes", "on"} if value else default


def items(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """The comma-separated values of NAME."""
    value = text(name)
    return [part.strip() for part in value.split(",") if part.strip()] if value else list(default)
