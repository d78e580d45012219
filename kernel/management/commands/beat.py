"""`manage.py beat`: Celery's clock, one at a time for the whole deployment.

django-celery-beat has no lock of its own: two of them send everything twice. Whoever holds the PostgreSQL advisory
lock, on a connection of its own, is the one; the others wait. When that connection is lost, so is the lock: we end.
"""

import logging
import os
import threading
import time
from typing import Any

import psycopg
from celery.app.utils import find_app
from django.conf import settings
from django.core.management.base import BaseCommand

LOCK = 7_240_118
WATCH_SECONDS = 5.0
log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Send the scheduled tasks; a second beat waits until the first is gone."

    def handle(self, *args: Any, **options: Any) -> None:
        connection = psycopg.connect(settings.DATABASE_URL, autocommit=True, keepalives=1, keepalives_idle=10)
        log.info("beat waits for its lock")
        connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        log.info("beat ready")
        threading.Thread(target=_end_without, args=(connection,), daemon=True).start()
        app = find_app("config.celery")
        app.Beat(loglevel="INFO", quiet=True, pidfile=None, scheduler=settings.CELERY_BEAT_SCHEDULER).run()


def _end_without(connection: "psycopg.Connection") -> None:
    while True:
        time.sleep(WATCH_SECONDS)
        try:
            connection.execute("SELECT 1")
        except psycopg.Error:
            log.warning("beat lost its lock and ends")
            os._exit(1)
