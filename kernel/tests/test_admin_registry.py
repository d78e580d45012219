"""Every model is in the back-office or left out for a reason; what packages brought along follows our rules."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import BinaryField
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kernel.admin import ReadOnlyAdmin

pytestmark = [pytest.mark.db, pytest.mark.django_db]

LEFT_OUT = {
    "admin.LogEntry": "the journal is the record; forms write entries only for periodic jobs",
    "auth.Group": "roles live on the person",
    "auth.Permission": "roles live on the person",
    "contenttypes.ContentType": "Django's own book-keeping",
    "sessions.Session": "holds what signs a browser in",
    "axes.AccessLog": "switched off",
    "axes.AccessFailureLog": "switched off",
    "axes.AccessAttemptExpiration": "part of an attempt",
    "django_celery_beat.SolarSchedule": "needs a package that is not installed",
    "django_celery_beat.PeriodicTasks": "the scheduler's change marker",
    "kernel.JournalStream": "numbers of private message streams would tell that they exist",
    "kernel.IdempotencyRecord": "lives a day; paths would tell who writes in which case",
    "accounts.RefreshToken": "secrets' digests; the session stands for them",
    "accounts.MailLink": "digests of links that sign people in or set passwords",
    "disputes.FilingDraft": "nobody but its writer reads a draft",
    "disputes.Reply": "sealed like the statement it becomes; that it is there would tell who has answered",
    "disputes.DeadlineReminder": "says only that a reminder went out; the mail itself is listed",
    "ai_mediation.Exchange": "the words of a person's own questions; that they asked is listed under consultations",
    "ai_mediation.BudgetHold": "lives for minutes, while Redis is gone",
    "ai_mediation.Draft": "nobody but its owner reads a draft, or how good it is",
    "disputes.Understanding": "nobody but its party reads it, nor learns whether the party has answered",
    "disputes.Ranking": "sealed; that it is there would tell who has ranked",
    "disputes.AwardDraft": "nobody but the arbitrator who asked reads it; that it was asked for stands in the timeline",
    "disputes.Bid": "sealed, and destroyed with its round; that it is there would tell who has bid",
    "disputes.BiddingDirection": "a suggestion between the two who bid; what they agreed stands in the proposal",
    "disputes.BiddingRound": "that one is open would tell that somebody has bid; a settled sum stands in its proposal",
    "disputes.MediatorReply": "which line the mediator answered, also in private streams",
    "disputes.MessageReceipt": "would tell that private message streams exist, and who reads when",
}
EDITED = {
    "django_celery_beat.PeriodicTask",
    "django_celery_beat.IntervalSchedule",
    "django_celery_beat.CrontabSchedule",
    "django_celery_beat.ClockedSchedule",
    "ai_mediation.Route",
    "ai_mediation.Budget",
    "ai_mediation.ModelPrice",
}


def test_every_model_is_registered_or_left_out_for_a_reason() -> None:
    missing = {
        model._meta.label
        for model in apps.get_models()
        if not admin.site.is_registered(model) and not model._meta.auto_created
    }
    assert missing <= set(LEFT_OUT), f"register in admin.py or say why not: {missing - set(LEFT_OUT)}"
    registered = {model._meta.label for model in admin.site._registry}
    assert not registered & set(LEFT_OUT)


def test_every_page_is_read_only_but_jobs_and_models_settings() -> None:
    for model, page in admin.site._registry.items():
        assert isinstance(page, ReadOnlyAdmin) or model._meta.label in EDITED, model


def test_sealed_columns_and_digests_are_shown_nowhere() -> None:
    for model, page in admin.site._registry.items():
        shown = {*page.list_display, *(page.readonly_fields or ()), *_flat(page.fields or ()), *page.search_fields}
        for _name, options in page.fieldsets or ():
            shown |= set(_flat(options["fields"]))
        hidden = {field.name for field in model._meta.get_fields() if isinstance(field, BinaryField)} | {"password"}
        assert not shown & hidden, model
        offered = {item[0] if isinstance(item, tuple) else item for item in page.list_filter}
        assert not {item for item in offered if isinstance(item, str)} & hidden, model


def _flat(fields: object) -> list[str]:
    flat: list[str] = []
    for field in fields if isinstance(fields, (list, tuple)) else ():
        flat.extend(field if isinstance(field, (list, tuple)) else [field])
    return flat


def _signed_in(role: str) -> Client:
    people = get_user_model()
    user = people._default_manager.create(
        email=f"{role}@example.org", full_name=role.title(), role=role, email_verified_at=timezone.now()
    )
    client = Client()
    client.force_login(user, backend="accounts.adapters.sign_in.VerifiedModelBackend")
    return client


@pytest.mark.parametrize(("role", "expected"), [("admin", 200), ("lawyer", 403), ("client", 302)])
def test_jobs_and_lockouts_are_for_admins(role: str, expected: int) -> None:
    client = _signed_in(role)
    for name in ("django_celery_beat_periodictask", "django_celery_beat_intervalschedule", "axes_accessattempt"):
        assert client.get(reverse(f"admin:{name}_changelist")).status_code == expected
    assert client.get(reverse("admin:django_celery_beat_periodictask_add")).status_code == expected


def test_every_list_searches_and_opens_for_admins() -> None:
    client = _signed_in("admin")
    for model, page in admin.site._registry.items():
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        assert client.get(address).status_code == 200, model
        if page.search_fields:
            assert client.get(f"{address}?q=some words").status_code == 200, model
        row = model._default_manager.first()
        if row is not None:
            assert client.get(f"{address}{row.pk}/change/").status_code == 200, model


def test_a_lawyer_finds_only_cases_in_the_menu() -> None:
    client = _signed_in("lawyer")
    for address in ("/admin/", "/admin/search/?s=e"):
        answer = client.get(address)
        assert answer.status_code == 200
        page = answer.content.decode()
        for foreign in ("/admin/kernel/", "/admin/accounts/", "/admin/axes/", "/admin/notifications/"):
            assert foreign not in page


def test_the_shortcut_to_the_site_tells_nothing() -> None:
    client = _signed_in("lawyer")
    for wrong in ("1/abc", "999/1", "9/00000000-0000-0000-0000-000000000000"):
        assert client.get(f"/admin/r/{wrong}/").status_code == 404
