from typing import Any

from django.db import migrations

from kernel.beat_jobs import add_job, remove_job

NAME = "Forget old sessions"


def add(apps: Any, schema_editor: Any) -> None:
    add_job(apps, name=NAME, task="accounts.forget_old_sessions", seconds=86400)


def remove(apps: Any, schema_editor: Any) -> None:
    remove_job(apps, name=NAME)


class Migration(migrations.Migration):
    """Sessions whose refresh tokens have all expired, once a day."""

    dependencies = [("accounts", "0002_sessions_links_preferences"), ("kernel", "0004_beat_jobs")]
    operations = [migrations.RunPython(add, remove)]
