"""Wrong settings refuse to start, each with a hint."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django.fixtures import Settings

from kernel.checks import check_everywhere, check_production, refuse_wrong_settings

pytestmark = pytest.mark.unit

GOOD = {
    "ACCORD_ENV": "prod",
    "DEBUG": False,
    "ACCORD_DEVELOPMENT_PAGES": False,
    "SECRET_KEY": "kV3r9-Qm2_xT8bLw5Yd1Zp6Ns4Hc7Jf0Ga-UeRiOoPqWtXyBvM",
    "JWT_PRIVATE_KEY": "-----BEGIN PRIVATE KEY-----",
    "JWT_ALGORITHM": "RS256",
    "ACCORD_MASTER_KEY": "m1:AAAA",
    "ACCORD_BASE_URL": "https://accord.example.org",
    "ALLOWED_HOSTS": ["accord.example.org"],
    "CORS_ALLOWED_ORIGINS": [],
    "DATABASE_URL": "postgresql://accord@db/accord",
    "CACHE_URL": "redis://cache/0",
    "BROKER_URL": "redis://broker/0",
    "CHANNEL_URL": "redis://channels/0",
}


@pytest.fixture
def production(settings: Settings) -> Settings:
    for name, value in GOOD.items():
        setattr(settings, name, value)
    return settings


def found() -> list[str | None]:
    return [message.id for message in [*check_everywhere(), *check_production()]]


def test_checks_good_production_settings_pass(production: Settings) -> None:
    assert found() == []
    refuse_wrong_settings()


@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("ACCORD_ENV", "staging", "accord.E001"),
        ("JWT_ALGORITHM", "HS256", "accord.E002"),
        ("DATABASES", {"default": {"ENGINE": "django.db.backends.sqlite3"}}, "accord.E003"),
        ("ACCORD_ANON_RATE", "lots", "accord.E004"),
        ("ACCORD_TRUSTED_PROXIES", -1, "accord.E005"),
        ("DEBUG", True, "accord.E010"),
        ("ACCORD_DEVELOPMENT_PAGES", True, "accord.E011"),
        ("SECRET_KEY", "short", "accord.E012"),
        ("SECRET_KEY", "a" * 60, "accord.E012"),
        ("SECRET_KEY", "django-insecure-" + GOOD["SECRET_KEY"], "accord.E012"),  # type: ignore[operator]
        ("JWT_PRIVATE_KEY", "", "accord.E013"),
        ("ACCORD_MASTER_KEY", "", "accord.E014"),
        ("ACCORD_BASE_URL", "http://accord.example.org", "accord.E015"),
        ("ALLOWED_HOSTS", ["*"], "accord.E016"),
        ("ALLOWED_HOSTS", [], "accord.E016"),
        ("ALLOWED_HOSTS", ["other.example.org"], "accord.E017"),
        ("CORS_ALLOWED_ORIGINS", ["*"], "accord.E018"),
        ("DATABASE_URL", "", "accord.E019"),
        ("CACHE_URL", "", "accord.E019"),
        ("BROKER_URL", "redis://cache/0", "accord.W001"),
    ],
)
def test_checks_each_wrong_setting_is_found_alone_with_a_hint(
    production: Settings, name: str, value: Any, code: str
) -> None:
    setattr(production, name, value)
    if name == "ACCORD_ENV":  # then it is not production either
        assert [message.id for message in check_everywhere()] == [code]
        return
    assert found() == [code]
    assert all(message.hint for message in [*check_everywhere(), *check_production()])


def test_refusal_names_every_wrong_setting_and_what_to_do(production: Settings) -> None:
    production.JWT_ALGORITHM = "none"
    production.ACCORD_BASE_URL = "http://localhost"
    with pytest.raises(ImproperlyConfigured, match="Accord does not start") as refusal:
        refuse_wrong_settings()
    for words in ("JWT_ALGORITHM is 'none'", "Remove JWT_ALGORITHM", "ACCORD_BASE_URL is", "public https:// address"):
        assert words in str(refusal.value)


def test_development_may_use_plain_http_and_made_keys_but_not_another_algorithm(production: Settings) -> None:
    production.ACCORD_ENV = "dev"
    production.ACCORD_BASE_URL = "http://127.0.0.1:8000"
    production.SECRET_KEY = "dev"
    assert found() == []
    production.JWT_ALGORITHM = "HS256"
    assert found() == ["accord.E002"]
