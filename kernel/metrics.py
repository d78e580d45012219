"""Numbers for Prometheus. Names and labels are part of the operations contract: the rules in deploy/prometheus use
them.

With PROMETHEUS_MULTIPROC_DIR set (by whoever starts the processes, before Python imports this) every process writes its
numbers to a file there and a scrape adds them up; without it a process tells of itself. What lives in the database or
in Redis (queue lengths, outbox age, breaker states) is asked at the time of the scrape.
"""

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import connection
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from kernel.redis_client import RedisGoneError, client_for, run

logger = logging.getLogger(__name__)

QUEUES = ("default", "mail", "push", "pdf", "ai")
# Fine where the promises are (50, 100, 300 ms, 1 s), so that P50, P95 and P99 can be told by histogram_quantile.
REQUEST_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0)
DATABASE_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
AI_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 7.5, 10.0, 15.0, 30.0, 60.0)
PDF_BUCKETS = (0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0, 60.0)

REQUEST_SECONDS = Histogram(
    "accord_request_seconds", "Time to answer an HTTP request.", ["route", "method", "status"], buckets=REQUEST_BUCKETS
)
REQUEST_ERRORS = Counter("accord_request_errors_total", "HTTP requests answered 5xx.", ["route"])
REQUEST_DATABASE_SECONDS = Histogram(
    "accord_request_database_seconds", "Time one HTTP request spent in SQL.", ["route"], buckets=DATABASE_BUCKETS
)
REQUEST_QUERIES = Counter("accord_request_queries_total", "SQL statements made by HTTP requests.", ["route"])
THROTTLED = Counter("accord_throttled_total", "Requests refused by a general rate limit.", ["bucket"])
CACHE_REQUESTS = Counter(
    "accord_cache_requests_total",
    "Look-ups in two-tier caches; outcome: process, shared or made.",
    ["cache", "outcome"],
)
OPEN_SOCKETS = Gauge("accord_open_sockets", "WebSockets open now.", multiprocess_mode="livesum")
BREAKER_TRIPS = Counter("accord_breaker_trips_total", "How often a circuit breaker opened.", ["breaker"])
AI_SECONDS = Histogram(
    "accord_ai_seconds", "Time of one call to a model.", ["provider", "purpose", "outcome"], buckets=AI_BUCKETS
)
AI_TOKENS = Counter("accord_ai_tokens_total", "Tokens that models counted.", ["provider", "purpose", "direction"])
AI_COST = Counter("accord_ai_cost_total", "What calls to models cost, in AI_COST_CURRENCY.", ["provider", "purpose"])
AI_ANSWERS = Counter(
    "accord_ai_answers_total", "Answers given; source: model, cache, rules or none.", ["purpose", "source"]
)
FILES_DAMAGED = Counter(
    "accord_files_damaged_total", "Stored files that were missing or changed when they were to be read."
)
PDF_SECONDS = Histogram("accord_pdf_seconds", "Time to render one PDF.", buckets=PDF_BUCKETS)


def _breakers() -> Iterator[Metric]:
    """0 closed, 1 half open, 2 open: as all processes see it."""
    from kernel.breaker import states

    family = GaugeMetricFamily(
        "accord_breaker_state", "Circuit breaker: 0 closed, 1 half open, 2 open.", labels=["breaker"]
    )
    for name, state in states().items():
        family.add_metric([name], {"closed": 0, "half_open": 1, "open": 2}[state])
    yield family


def _queues() -> Iterator[Metric]:
    """Messages that wait in the broker, per Celery queue."""
    client = client_for(settings.BROKER_URL)
    pipeline = client.pipeline(transaction=False)
    for queue in QUEUES:
        pipeline.llen(queue)
    pipeline.hlen("unacked")
    *lengths, unacknowledged = pipeline.execute()
    waiting = GaugeMetricFamily("accord_queue_length", "Tasks waiting in the broker.", labels=["queue"])
    for queue, length in zip(QUEUES, lengths, strict=True):
        waiting.add_metric([queue], length)
    yield waiting
    yield GaugeMetricFamily(
        "accord_queue_unacknowledged", "Tasks handed to a worker, not yet done.", value=unacknowledged
    )


# Partial indexes carry each of these: the cost is what waits, not what ever happened.
OUTBOX = """
SELECT (SELECT count(*) FROM kernel_outbox_event WHERE dispatched_at IS NULL),
       (SELECT coalesce(extract(epoch FROM kernel_now() - min(created_at)), 0)
          FROM kernel_outbox_event WHERE dispatched_at IS NULL),
       (SELECT count(*) FROM kernel_delivery WHERE state IN ('pending', 'queued', 'running')),
       (SELECT coalesce(extract(epoch FROM kernel_now() - min(created_at)), 0)
          FROM kernel_delivery WHERE state IN ('pending', 'queued', 'running')),
       (SELECT count(*) FROM kernel_delivery WHERE state = 'dead')
"""


def _outbox() -> Iterator[Metric]:
    """How far delivery lags behind what was committed."""
    with connection.cursor() as cursor:
        cursor.execute(OUTBOX)
        events, event_age, deliveries, delivery_age, dead = cursor.fetchone()
    backlog = GaugeMetricFamily("accord_outbox_backlog", "What is published and not yet done.", labels=["stage"])
    age = GaugeMetricFamily("accord_outbox_age_seconds", "Age of the oldest of it.", labels=["stage"])
    for stage, count, seconds in (("event", events, event_age), ("delivery", deliveries, delivery_age)):
        backlog.add_metric([stage], count)
        age.add_metric([stage], max(0.0, float(seconds)))
    yield backlog
    yield age
    yield GaugeMetricFamily("accord_dead_letters", "Deliveries that were given up and wait for a person.", value=dead)


def _redis() -> Iterator[Metric]:
    try:
        up = 1 if run(lambda client: client.ping()) else 0
    except RedisGoneError:
        up = 0
    yield GaugeMetricFamily("accord_redis_up", "Whether the cache server answers.", value=up)


class ScrapeCollector(Collector):
    """What is asked at scrape time. A source that fails is left out and counted, the others are still told."""

    sources: ClassVar[dict[str, Callable[[], Iterator[Metric]]]] = {
        "redis": _redis,
        "breakers": _breakers,
        "queues": _queues,
        "outbox": _outbox,
    }

    def collect(self) -> Iterator[Metric]:
        failed = GaugeMetricFamily("accord_scrape_failed", "1 when a source could not be read.", labels=["source"])
        for name, source in self.sources.items():
            try:
                metrics = list(source())
            except Exception as error:
                logger.warning("a source of metrics failed", extra={"source": name, "reason": type(error).__name__})
                failed.add_metric([name], 1)
                continue
            failed.add_metric([name], 0)
            yield from metrics
        yield failed


def _bury_the_dead(folder: Path) -> None:
    """Gauges of processes that have ended count no more; a killed process cannot take its own file away."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            mark_process_dead(int(pid), str(folder))  # type: ignore[no-untyped-call]


def exposition() -> bytes:
    """All numbers in Prometheus' text format."""
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        _bury_the_dead(Path(folder))
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        registry.register(ScrapeCollector())
        return generate_latest(registry)
    own = CollectorRegistry()
    own.register(ScrapeCollector())
    return generate_latest(REGISTRY) + generate_latest(own)
