"""Which models answer what, what may be spent and what they cost: rows of the back-office over the deployment's settings.

Read once and kept for seconds in each process (`invalidate` after a change makes it at once here, within two seconds elsewhere).
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.conf import settings

from ai_mediation.enums import BudgetScope, ProviderName
from ai_mediation.models import Budget, ModelPrice, Route
from kernel.cache import TwoTierCache

LEAST_SECONDS: Final = 5.0
MOST_SECONDS: Final = 15.0


@dataclass(frozen=True)
class Link:
    """One link of a chain: where a question goes, and with which parameters."""

    provider: str
    model: str
    timeout: float
    temperature: float | None
    max_tokens: int


@dataclass(frozen=True)
class Limit:
    """What may be spent at most; None is no limit. Money in millionths of the deployment's currency."""

    tokens: int | None
    micros: int | None


@dataclass(frozen=True)
class Price:
    """Millionths of the currency for a million tokens, that is: the price of a million tokens in the currency, times a million."""

    input_micros: int = 0
    output_micros: int = 0

    def of(self, input_tokens: int, output_tokens: int) -> int:
        """The cost in millionths of the currency, rounded up."""
        return -(-(input_tokens * self.input_micros + output_tokens * self.output_micros) // 1_000_000)


_snapshot: TwoTierCache[dict[str, Any]] = TwoTierCache("ai-routing", ttl=60, max_items=1)


def chain_for(purpose: str) -> tuple[Link, ...]:
    """The chain of one purpose, in the order of asking. Empty: rules alone."""
    routes = [row for row in _rows()["routes"] if row["purpose"] == purpose]
    if not routes:
        return default_chain()
    return tuple(
        Link(row["provider"], row["model"], float(row["timeout_seconds"]), row["temperature"], row["max_tokens"])
        for row in routes
        if row["is_enabled"]
    )


def default_chain() -> tuple[Link, ...]:
    """What the environment says: whoever has a key or an address, in a fixed order; LLM_MODEL is the first one's."""
    names = [name for name in ProviderName.values if credentials_of(name) != ("", "")]
    models = dict(settings.AI_MODELS)
    if names and settings.LLM_MODEL:
        models[names[0]] = settings.LLM_MODEL
    seconds = min(MOST_SECONDS, max(LEAST_SECONDS, settings.LLM_TIMEOUT_MS / 1000))
    return tuple(Link(name, models[name], seconds, None, settings.AI_MAX_TOKENS) for name in names)


def credentials_of(provider: str) -> tuple[str, str]:
    """Key and address of a provider; both empty when it is not configured. Only the environment ever holds a key."""
    configured = {
        name: (getattr(settings, f"{name.upper()}_API_KEY"), getattr(settings, f"{name.upper()}_BASE_URL"))
        for name in ProviderName.values
    }
    key, address = configured[provider]
    if settings.LLM_API_KEY and not key:
        named = [name for name, values in configured.items() if any(values)]
        first = named[0] if named else ProviderName.OPENAI.value
        key = settings.LLM_API_KEY if provider == first else ""
    return key, address


def limits() -> dict[str, Limit]:
    """The limit of each scope."""
    rows = _rows()["budgets"]
    return {scope: _limit(rows.get(scope) or settings.AI_BUDGETS.get(scope, {})) for scope in BudgetScope.values}


def price_of(provider: str, model: str) -> Price:
    """What the model costs; nothing when no row names it."""
    return Price(*_rows()["prices"].get(f"{provider}|{model}", (0, 0)))


def invalidate() -> None:
    """After a change of routes, budgets or prices was committed."""
    _snapshot.invalidate("all")


def _limit(values: dict[str, Any]) -> Limit:
    tokens, cost = values.get("tokens"), values.get("cost")
    return Limit(None if tokens is None else int(tokens), None if cost is None else int(Decimal(str(cost)) * 1_000_000))


def _rows() -> dict[str, Any]:
    return _snapshot.get_or_make("all", _read)


def _read() -> dict[str, Any]:
    fields = ("purpose", "provider", "model", "timeout_seconds", "temperature", "max_tokens", "is_enabled")
    return {
        "routes": list(Route.objects.order_by("purpose", "position").values(*fields)),
        "budgets": {
            row.scope: {"tokens": row.tokens, "cost": None if row.cost is None else str(row.cost)}
            for row in Budget.objects.all()
        },
        "prices": {
            f"{row.provider}|{row.model}": [int(row.input_price * 1_000_000), int(row.output_price * 1_000_000)]
            for row in ModelPrice.objects.all()
        },
    }
