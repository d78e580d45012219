"""Chains, budgets and prices: the environment's, and the back-office's over them; every change by a name, in the journal."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils.html import escape
from pytest_django.fixtures import Settings

from accounts.public import User
from accounts.tests.factories import UserFactory, browser
from ai_mediation.adapters.asking import breaker_of
from ai_mediation.adapters.prompts import all_prompts, prompt_named
from ai_mediation.enums import Purpose
from ai_mediation.models import Budget, Consultation, ModelPrice, Route
from ai_mediation.selectors import routing
from ai_mediation.selectors.routing import Limit, Link, chain_for, credentials_of, default_chain, limits, price_of
from ai_mediation.services.consultations import Asked, record_consultation
from kernel.clock import now
from kernel.models import JournalEntry

pytestmark = pytest.mark.db

NAMES = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "LLM_API_KEY", "LLM_MODEL")


@pytest.fixture(autouse=True)
def _nothing_configured(settings: Settings) -> Iterator[None]:
    for name in NAMES:
        setattr(settings, name, "")
    settings.AI_MODELS = {"openai": "default-o", "anthropic": "default-a"}
    routing.invalidate()
    yield
    routing.invalidate()


@pytest.fixture
def admin(db: None) -> User:
    return UserFactory(role="admin")


@pytest.mark.parametrize(
    ("given", "chain", "keys"),
    [
        ({}, [], {"openai": "", "anthropic": ""}),
        ({"OPENAI_API_KEY": "k"}, [("openai", "default-o")], {"openai": "k", "anthropic": ""}),
        ({"LLM_API_KEY": "k", "LLM_MODEL": "m"}, [("openai", "m")], {"openai": "k", "anthropic": ""}),
        (
            {"ANTHROPIC_BASE_URL": "http://h", "LLM_API_KEY": "k", "LLM_MODEL": "m"},
            [("anthropic", "m")],
            {"openai": "", "anthropic": "k"},
        ),
        (
            {"OPENAI_BASE_URL": "http://h", "ANTHROPIC_API_KEY": "a", "LLM_API_KEY": "k", "LLM_MODEL": "m"},
            [("openai", "m"), ("anthropic", "default-a")],
            {"openai": "k", "anthropic": "a"},
        ),
    ],
)
def test_the_environment_makes_the_chain(
    db: None, settings: Settings, given: dict[str, str], chain: list[tuple[str, str]], keys: dict[str, str]
) -> None:
    for name, value in given.items():
        setattr(settings, name, value)
    assert [(link.provider, link.model) for link in chain_for("chat")] == chain
    assert {name: credentials_of(name)[0] for name in keys} == keys


@pytest.mark.parametrize(("milliseconds", "seconds"), [(10_000, 10.0), (100, 5.0), (60_000, 15.0)])
def test_the_time_for_an_answer_stays_between_5_and_15_seconds(
    settings: Settings, milliseconds: int, seconds: float
) -> None:
    settings.OPENAI_API_KEY, settings.LLM_TIMEOUT_MS = "k", milliseconds
    assert [link.timeout for link in default_chain()] == [seconds]


ROUTE = {"purpose": "chat", "position": "1", "provider": "anthropic", "model": "m", "timeout_seconds": "7"}
FORM = {**ROUTE, "max_tokens": "300", "is_enabled": "on"}


def test_a_route_made_in_the_back_office_is_used_at_once_and_journalled(
    admin: User, settings: Settings, django_capture_on_commit_callbacks: pytest.FixtureRequest
) -> None:
    settings.OPENAI_API_KEY = "k"
    client = browser(admin)
    assert [link.provider for link in chain_for("chat")] == ["openai"]
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assert client.post("/admin/ai_mediation/route/add/", FORM).status_code == 302

    assert chain_for("chat") == (Link("anthropic", "m", 7.0, None, 300),)
    assert [link.provider for link in chain_for("draft")] == ["openai"]
    entry = JournalEntry.objects.get(verb="ai_route.added")
    assert (entry.actor_id, entry.subject_id) == (admin.pk, Route.objects.get().pk)
    assert entry.facts["now"]["model"] == "m"

    row = Route.objects.get()
    changed = {key: value for key, value in FORM.items() if key != "is_enabled"} | {"model": "n"}
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assert client.post(f"/admin/ai_mediation/route/{row.pk}/change/", changed).status_code == 302
    assert chain_for("chat") == ()
    facts = JournalEntry.objects.get(verb="ai_route.changed").facts
    assert [(facts[when]["model"], facts[when]["is_enabled"]) for when in ("before", "now")] == [
        ("m", "True"),
        ("n", "False"),
    ]

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        client.post(f"/admin/ai_mediation/route/{row.pk}/delete/", {"post": "yes"})
    assert [link.provider for link in chain_for("chat")] == ["openai"]
    assert JournalEntry.objects.filter(verb="ai_route.removed").count() == 1


def test_the_page_shows_every_prompt_as_it_is_sent_and_how_often_it_was(admin: User) -> None:
    prompt = prompt_named("understanding")
    for version, days in ((prompt.label, 0), (prompt.label, 29), (prompt.label, 31), ("1", 0)):
        row = Consultation.objects.create(
            purpose="mediation", model="m", prompt_version=version, input_hash=b"0" * 32, outcome="answered"
        )
        Consultation.objects.filter(pk=row.pk).update(created_at=now() - timedelta(days=days))
    client = browser(admin)
    page = client.get("/admin/ai_mediation/route/").content.decode()
    shown = [p for versions in all_prompts().values() for p in versions.values() if escape(p.system) in page]
    assert len(shown) == page.count("<summary") == sum(map(len, all_prompts().values()))
    assert (prompt.sha256 in page, page.count("2 calls in 30 days")) == (True, 1)
    listed = client.get("/admin/ai_mediation/consultation/", {"prompt_version": prompt.label})
    assert listed.context["cl"].result_count == 3


@pytest.mark.parametrize("wrong", [{"timeout_seconds": "4"}, {"timeout_seconds": "16"}, {"temperature": "1.5"}])
def test_a_route_out_of_bounds_is_refused_and_nothing_is_written(admin: User, wrong: dict[str, str]) -> None:
    assert browser(admin).post("/admin/ai_mediation/route/add/", FORM | wrong).status_code == 200
    assert not Route.objects.exists()
    assert not JournalEntry.objects.filter(verb__startswith="ai_route").exists()


@pytest.mark.parametrize("role", ["client", "lawyer"])
def test_only_administrators_change_routes_budgets_and_prices(db: None, role: str) -> None:
    client: Client = browser(UserFactory(role=role))
    for name in ("route", "budget", "modelprice"):
        assert client.get(f"/admin/ai_mediation/{name}/").status_code != 200
        client.post(f"/admin/ai_mediation/{name}/add/", FORM)
    assert (Route.objects.count(), Budget.objects.count(), ModelPrice.objects.count()) == (0, 0, 0)


def test_a_budget_row_goes_before_the_settings(db: None, settings: Settings) -> None:
    settings.AI_BUDGETS = {"day": {"tokens": 10, "cost": "1.50"}}
    assert limits() == {"dispute": Limit(None, None), "user": Limit(None, None), "day": Limit(10, 1_500_000)}
    Budget.objects.create(scope="day", tokens=99)
    routing.invalidate()
    assert limits()["day"] == Limit(99, None)


def test_a_price_is_rounded_up_to_the_millionth(db: None) -> None:
    ModelPrice.objects.create(provider="openai", model="m", input_price="0.15", output_price="0.60")
    routing.invalidate()
    assert price_of("openai", "m").of(1_000_000, 1_000_000) == 750_000
    assert price_of("openai", "m").of(1, 0) == 1
    assert price_of("openai", "unknown").of(1_000_000, 1_000_000) == 0


def test_the_page_of_routes_tells_what_is_in_force_and_closes_a_breaker(admin: User, settings: Settings) -> None:
    settings.ANTHROPIC_API_KEY, settings.LLM_MODEL = "KEY-MARKER", "small-model"
    breaker = breaker_of("anthropic", "chat")
    for _failure in range(5):
        breaker.tell(breaker.admit(), went_well=False)
    record_consultation(
        asked=Asked(
            Purpose.CHAT, "small-model", "p@1", b"", input_tokens=1200, output_tokens=34, cost=Decimal("0.056789")
        )
    )
    client = browser(admin)
    page = client.get("/admin/ai_mediation/route/").content.decode()

    assert "KEY-MARKER" not in page
    assert page.count("small-model") == len(Purpose)
    assert page.count('name="close_breaker"') == 1
    assert 'value="ai.anthropic.chat"' in page
    assert ("1,234" in page, "0.056789" in page) == (True, True)

    stranger = browser(UserFactory(role="lawyer"))
    stranger.post("/admin/ai_mediation/route/", {"close_breaker": "ai.anthropic.chat"})
    assert breaker.state() == "open"
    client.post("/admin/ai_mediation/route/", {"close_breaker": "ai.anthropic.chat"})
    assert breaker.state() == "closed"
    assert JournalEntry.objects.get(verb="ai_breaker.closed").facts == {"breaker": "ai.anthropic.chat"}
