from typing import Any

from django.db import migrations

from kernel.beat_jobs import add_job, remove_job

JOBS = (
    ("Sweep deadlines", "disputes.sweep_deadlines", 60),
    ("Generate due contracts", "disputes.generate_due_contracts", 60),
)


def add(apps: Any, schema_editor: Any) -> None:
    for name, task, seconds in JOBS:
        add_job(apps, name=name, task=task, seconds=seconds)


def remove(apps: Any, schema_editor: Any) -> None:
    for name, _, _ in JOBS:
        remove_job(apps, name=name)


class Migration(migrations.Migration):
    """The scans that find what is due, each every minute."""

    dependencies = [("disputes", "0001_initial"), ("kernel", "0004_beat_jobs")]
    operations = [migrations.RunPython(add, remove)]
