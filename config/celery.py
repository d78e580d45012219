"""The Celery application. Tasks are hints: whatever they do is also found by a database scan."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"config.settings.{os.environ.get('ACCORD_ENV') or 'dev'}")

app = Celery("accord")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
