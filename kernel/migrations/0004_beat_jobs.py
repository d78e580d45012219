from typing import Any

from django.db import migrations

from kernel.beat_jobs import add_job, remove_job

JOBS = (
    ("Journal checkpoint", "kernel.checkpoint_journal", 60),
    ("Forget old keys and deliveries", "kernel.sweep_old_records", 3600),
)


def add(apps: Any, schema_editor: Any) -> None:
    for name, task, seconds in JOBS:
        add_job(apps, name=name, task=task, seconds=seconds)


def remove(apps: Any, schema_editor: Any) -> None:
    for name, _, _ in JOBS:
        remove_job(apps, name=name)


class Migration(migrations.Migration):
    """A checkpoint every minute, housekeeping every hour."""

    dependencies = [
        ("kernel", "0003_append_only"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]
    operations = [migrations.RunPython(add, remove)]
