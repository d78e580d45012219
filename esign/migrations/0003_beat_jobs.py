from typing import Any

from django.db import migrations

from kernel.beat_jobs import add_job, remove_job

NAME = "Sweep envelopes"


def add(apps: Any, schema_editor: Any) -> None:
    add_job(apps, name=NAME, task="esign.sweep_envelopes", seconds=60)


def remove(apps: Any, schema_editor: Any) -> None:
    remove_job(apps, name=NAME)


class Migration(migrations.Migration):
    """Expiry and reminders, every minute."""

    dependencies = [("esign", "0002_signatures_never_change"), ("kernel", "0004_beat_jobs")]
    operations = [migrations.RunPython(add, remove)]
