"""Periodic jobs as rows of django-celery-beat, made by migrations and editable in the admin afterwards."""

from typing import Any


def add_job(apps: Any, *, name: str, task: str, seconds: int) -> None:
    """Add a job that runs every `seconds`, unless a job of that name is there."""
    interval = apps.get_model("django_celery_beat", "IntervalSchedule")
    job = apps.get_model("django_celery_beat", "PeriodicTask")
    every, _ = interval.objects.get_or_create(every=seconds, period="seconds")
    job.objects.get_or_create(
        name=name, defaults={"task": task, "interval": every, "expire_seconds": seconds, "queue": "default"}
    )


def remove_job(apps: Any, *, name: str) -> None:
    """Take a job out again."""
    apps.get_model("django_celery_beat", "PeriodicTask").objects.filter(name=name).delete()
