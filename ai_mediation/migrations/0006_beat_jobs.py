from typing import Any

from django.db import migrations

from kernel.beat_jobs import add_job, remove_job

NAME = "Forget old requests to models"


def add(apps: Any, schema_editor: Any) -> None:
    add_job(apps, name=NAME, task="ai_mediation.forget_old_requests", seconds=3600)


def remove(apps: Any, schema_editor: Any) -> None:
    remove_job(apps, name=NAME)


class Migration(migrations.Migration):
    """Sealed requests go when their time is over, looked for every hour."""

    dependencies = [("ai_mediation", "0005_consultation_indexes"), ("kernel", "0004_beat_jobs")]
    operations = [migrations.RunPython(add, remove)]
