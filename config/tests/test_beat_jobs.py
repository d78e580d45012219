"""The periodic jobs that the migrations make: each has a task, and what must run from time to time does."""

import pytest
from django_celery_beat.models import PeriodicTask

from config.celery import app

pytestmark = pytest.mark.django_db

DAY, HOUR, MINUTE = 86400, 3600, 60
JOBS = {
    "kernel.checkpoint_journal": MINUTE,
    "kernel.sweep_old_records": HOUR,
    "accounts.forget_old_sessions": DAY,
    "documents.rescan_pending": 2 * MINUTE,
    "documents.resume_renders": 5 * MINUTE,
    "documents.sweep_orphans": DAY,
    "esign.sweep_envelopes": MINUTE,
    "esign.raise_seals": MINUTE,
    "ai_mediation.forget_old_requests": HOUR,
    "disputes.sweep_deadlines": MINUTE,
    "disputes.generate_due_contracts": MINUTE,
}


def test_jobs_are_the_known_ones_and_run_as_often_as_they_should() -> None:
    jobs = PeriodicTask.objects.filter(enabled=True).select_related("interval")
    assert {job.task: job.interval.every for job in jobs} == JOBS
    assert {job.interval.period for job in jobs} == {"seconds"}


def test_every_job_has_its_task_in_the_worker() -> None:
    app.loader.import_default_modules()
    assert set(PeriodicTask.objects.values_list("task", flat=True)) <= set(app.tasks)
