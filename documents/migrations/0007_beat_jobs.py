from typing import Any

from django.db import migrations

from kernel.beat_jobs import add_job, remove_job

JOBS = (
    ("Rescan pending files", "documents.rescan_pending", 120),
    ("Resume renderings", "documents.resume_renders", 300),
    ("Sweep orphans in storage", "documents.sweep_orphans", 24 * 3600),
)


def add(apps: Any, schema_editor: Any) -> None:
    for name, task, seconds in JOBS:
        add_job(apps, name=name, task=task, seconds=seconds)


def remove(apps: Any, schema_editor: Any) -> None:
    for name, _, _ in JOBS:
        remove_job(apps, name=name)


class Migration(migrations.Migration):
    """What was left behind is looked for."""

    dependencies = [("documents", "0006_waiting_documents"), ("kernel", "0004_beat_jobs")]
    operations = [migrations.RunPython(add, remove)]
