"""What administrators decide about models: which one answers what, what may be spent, what a model costs."""

from decimal import Decimal
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ai_mediation.enums import BudgetScope, ProviderName, Purpose
from kernel.clock import DbNow
from kernel.models import Model


class Route(Model):
    """One link of a purpose's chain. A purpose without rows uses the deployment's settings; one with all rows off, rules alone."""

    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose.choices)
    position = models.PositiveSmallIntegerField(_("position"), help_text=_("1 is asked first."))
    provider = models.CharField(_("provider"), max_length=20, choices=ProviderName.choices)
    model = models.CharField(_("model"), max_length=100)
    timeout_seconds = models.PositiveSmallIntegerField(
        _("time for an answer, in seconds"),
        default=10,
        validators=[MinValueValidator(5), MaxValueValidator(15)],
        help_text=_("5 to 15; further attempts and pauses included."),
    )
    temperature = models.FloatField(
        _("temperature"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text=_("0 to 1; empty: the prompt's own."),
    )
    max_tokens = models.PositiveIntegerField(
        _("most tokens of an answer"), default=2000, validators=[MinValueValidator(16), MaxValueValidator(16000)]
    )
    is_enabled = models.BooleanField(_("in use"), default=True)
    updated_at = models.DateTimeField(_("changed at"), db_default=DbNow(), editable=False)

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        verbose_name = _("route to a model")
        verbose_name_plural = _("routes to models")
        ordering = ("purpose", "position")
        constraints = (
            models.UniqueConstraint(fields=["purpose", "position"], name="route_position_once"),
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="route_purpose_known"),
            models.CheckConstraint(condition=Q(provider__in=ProviderName.values), name="route_provider_known"),
            models.CheckConstraint(condition=Q(timeout_seconds__range=(5, 15)), name="route_timeout_5_to_15"),
            models.CheckConstraint(
                condition=Q(temperature=None) | Q(temperature__gte=0, temperature__lte=1),
                name="route_temperature_0_to_1",
            ),
            models.CheckConstraint(condition=Q(max_tokens__range=(16, 16000)), name="route_max_tokens_bounded"),
        )

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.position}: {self.provider} · {self.model}"


class Budget(Model):
    """What may be spent at most; an empty limit is no limit. A scope without a row has the deployment's settings."""

    scope = models.CharField(_("for"), max_length=20, choices=BudgetScope.choices, unique=True)
    tokens = models.PositiveBigIntegerField(_("tokens"), null=True, blank=True)
    cost = models.DecimalField(
        _("money"), max_digits=12, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(Decimal(0))]
    )
    updated_at = models.DateTimeField(_("changed at"), db_default=DbNow(), editable=False)

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        verbose_name = _("AI budget")
        verbose_name_plural = _("AI budgets")
        ordering = ("scope",)
        constraints = (
            models.CheckConstraint(condition=Q(scope__in=BudgetScope.values), name="budget_scope_known"),
            models.CheckConstraint(condition=Q(cost=None) | Q(cost__gte=0), name="budget_cost_not_negative"),
        )

    def __str__(self) -> str:
        return str(self.get_scope_display())


class ModelPrice(Model):
    """What a million tokens of a model cost. A model without a row costs nothing, as one's own machine does."""

    provider = models.CharField(_("provider"), max_length=20, choices=ProviderName.choices)
    model = models.CharField(_("model"), max_length=100)
    input_price = models.DecimalField(
        _("a million tokens in"), max_digits=12, decimal_places=4, validators=[MinValueValidator(Decimal(0))]
    )
    output_price = models.DecimalField(
        _("a million tokens out"), max_digits=12, decimal_places=4, validators=[MinValueValidator(Decimal(0))]
    )
    updated_at = models.DateTimeField(_("changed at"), db_default=DbNow(), editable=False)

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        verbose_name = _("price of a model")
        verbose_name_plural = _("prices of models")
        ordering = ("provider", "model")
        constraints = (
            models.UniqueConstraint(fields=["provider", "model"], name="model_price_once"),
            models.CheckConstraint(condition=Q(provider__in=ProviderName.values), name="model_price_provider_known"),
            models.CheckConstraint(
                condition=Q(input_price__gte=0, output_price__gte=0), name="model_price_not_negative"
            ),
        )

    def __str__(self) -> str:
        return f"{self.provider} · {self.model}"
