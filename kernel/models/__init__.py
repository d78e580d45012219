from kernel.models.base import Model
from kernel.models.idempotency import IdempotencyRecord
from kernel.models.journal import JournalEntry, JournalStream
from kernel.models.keys import DataKey
from kernel.models.outbox import Delivery, OutboxEvent

__all__ = ["DataKey", "Delivery", "IdempotencyRecord", "JournalEntry", "JournalStream", "Model", "OutboxEvent"]
