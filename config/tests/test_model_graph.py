"""What import-linter cannot see: relations between models are strings, and point down the stack only."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models

from kernel.models.base import Model
from kernel.models.journal import JournalEntry

pytestmark = pytest.mark.unit

# Top may point at what is below, never up; the order of .importlinter's layers.
STACK = ("notifications", "ai_mediation", "capsules", "disputes", "esign", "documents", "accounts", "kernel")
DJANGO = {"auth", "contenttypes"}


def own_models() -> list[type[models.Model]]:
    return [model for label in STACK for model in apps.get_app_config(label).get_models(include_auto_created=True)]


def relations(found: list[type[models.Model]]) -> Iterator[tuple[type[models.Model], str, type[models.Model]]]:
    """Every foreign key, one-to-one and many-to-many of the models: owner, field name, target."""
    for model in found:
        for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
            if field.is_relation and isinstance(field.related_model, type):
                yield model, field.name, field.related_model


def upward(found: list[type[models.Model]]) -> list[str]:
    """The relations that point up the stack, or out of it."""
    wrong = []
    for owner, name, target in relations(found):
        label, target_label = owner._meta.app_label, target._meta.app_label
        if target_label in DJANGO:
            continue
        if target_label not in STACK or STACK.index(target_label) < STACK.index(label):
            wrong.append(f"{owner._meta.label}.{name} → {target._meta.label}")
    return wrong


def test_relations_point_down_the_stack() -> None:
    assert upward(own_models()) == []


def test_a_relation_that_points_up_is_found() -> None:
    user = apps.get_model("accounts.User")

    class Upward(models.Model):
        dispute = models.ForeignKey("disputes.Dispute", on_delete=models.PROTECT, related_name="+")

        class Meta:
            app_label = "accounts"

        def __str__(self) -> str:
            return "upward"

    try:
        assert upward([Upward, user]) == ["accounts.Upward.dispute → disputes.Dispute"]
    finally:
        del apps.all_models["accounts"]["upward"]
        apps.clear_cache()


def test_every_concrete_model_of_ours_declares_its_personal_data() -> None:
    missing, unknown = [], []
    for model in own_models():
        if model._meta.auto_created or model._meta.proxy:
            continue
        declared = model.__dict__.get("personal_data")
        if declared is None:
            missing.append(model._meta.label)
            continue
        names = {field.name for field in model._meta.get_fields()} | {
            getattr(field, "attname", "") for field in model._meta.get_fields()
        }
        unknown += [f"{model._meta.label}.{name}" for name in declared if name not in names]
        unknown += [f"{model._meta.label}.{name} says nothing" for name, how in declared.items() if not how.strip()]
    assert (missing, unknown) == ([], [])


def test_every_aggregate_has_a_uuid_key() -> None:
    """Ids are made in Python before the row; a key that the database counts would tell how many there are."""
    for model in own_models():
        if issubclass(model, Model):
            assert isinstance(model._meta.pk, models.UUIDField), model._meta.label


def test_the_journals_actor_is_no_foreign_key() -> None:
    """The journal outlives whoever acted, and kernel knows no people."""
    actor = JournalEntry._meta.get_field("actor_id")
    assert isinstance(actor, models.UUIDField)
    assert not any(target._meta.app_label != "kernel" for _, _, target in relations([JournalEntry]))


def test_the_stack_here_is_that_of_the_import_contract() -> None:
    from pathlib import Path

    text = (Path(__file__).resolve().parents[2] / ".importlinter").read_text(encoding="utf-8")
    block = text.split("[importlinter:contract:apps]")[1].split("layers =", 1)[1].split("\n\n")[0]
    assert tuple(block.split()) == STACK
