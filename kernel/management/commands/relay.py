"""`manage.py relay`: the outbox relay. Any number may run."""

import logging
import signal
import threading
from typing import Any

import redis
from celery import current_app
from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, close_old_connections

from kernel import relay
from kernel.outbox import WAKE_CHANNEL
from kernel.redis_client import redis_client

SWEEP_SECONDS = 2.0
log = logging.getLogger(__name__)


def send_task(queue: str, subscriber: str, ids: list[str]) -> None:
    """One Celery task per batch and queue; raises at once when the broker is away."""
    current_app.send_task("kernel.deliver", args=[subscriber, ids], queue=queue, retry=False, ignore_result=True)


class Command(BaseCommand):
    help = "Carry outbox events to their subscribers until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        signal.signal(signal.SIGINT, lambda *_: stop.set())
        doorbell = _Doorbell()
        log.info("relay ready")
        while not stop.is_set():
            if not self._round():
                doorbell.wait(stop)
        log.info("relay stopped")

    def _round(self) -> bool:
        """One pass over everything due; True when there may be more at once."""
        close_old_connections()
        try:
            expanded = relay.expand_events()
            ran = relay.run_local_deliveries()
            sent = relay.send_queued_deliveries(send_task)
        except (OperationalError, InterfaceError) as error:
            log.warning("database away", extra={"error": type(error).__name__})
            return False
        return bool(expanded or ran or sent)


class _Doorbell:
    """Waits for a wake-up or the sweep's time, whichever comes first. Without Valkey there is only the sweep."""

    def __init__(self) -> None:
        self._pubsub: Any = None

    def wait(self, stop: threading.Event) -> None:
        try:
            if self._pubsub is None:
                client: Any = redis_client()
                self._pubsub = client.pubsub(ignore_subscribe_messages=True)
                self._pubsub.subscribe(WAKE_CHANNEL)
            if self._pubsub.get_message(timeout=SWEEP_SECONDS) is not None:
                while self._pubsub.get_message(timeout=0) is not None:  # many rings are one
                    pass
        except (redis.RedisError, OSError):
            self._pubsub = None
            stop.wait(SWEEP_SECONDS)
