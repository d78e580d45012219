"""The composition root. Importing it makes the Celery application known, so that every process sends to the same broker."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
