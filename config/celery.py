"""The Celery application. Tasks are hints: whatever they do is also found by a database scan."""

import os
from typing import Any

from celery import Celery, signals
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"config.settings.{os.environ.get('ACCORD_ENV') or 'dev'}")

app = Celery("accord")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.worker_init.connect
def _refuse_wrong_settings(**_: Any) -> None:
    """A worker runs no system checks by itself. Celery logs what a handler raises and goes on, but not SystemExit."""
    from kernel.checks import refuse_wrong_settings

    try:
        refuse_wrong_settings()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from error


@signals.worker_process_init.connect
def _start_rendering_server(**_: Any) -> None:
    """Each child of the pool has a warm rendering server of its own; the first document should not wait for its start."""
    from documents.public import start_sandbox_early

    start_sandbox_early()
