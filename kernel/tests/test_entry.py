"""The edge's transaction: one around everything, or none around one statement."""

import pytest
from django.db import connection, transaction

from kernel.entry import entry, single_statement
from kernel.models import OutboxEvent

WRITE = "INSERT INTO kernel_outbox_event (id, type, payload, request_id) VALUES (gen_random_uuid(), %s, '{}', '')"


def write(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [name])


def write_twice() -> None:
    write("one")
    write("two")


def written() -> list[str]:
    return sorted(OutboxEvent.objects.values_list("type", flat=True))


@pytest.mark.django_db(transaction=True)
def test_entry_inside_a_transaction_is_refused() -> None:
    with entry(), pytest.raises(RuntimeError), entry():
        pass
    with entry(), pytest.raises(RuntimeError), single_statement():
        pass


@pytest.mark.django_db(transaction=True)
def test_single_statement_is_committed_by_itself_and_may_read_around_it() -> None:
    with single_statement():
        assert written() == []
        write("one")
        assert not connection.in_atomic_block
        assert written() == ["one"]
    write("another edge")
    assert written() == ["another edge", "one"]


@pytest.mark.django_db(transaction=True)
def test_second_write_is_refused_before_it_happens() -> None:
    with pytest.raises(RuntimeError, match="entry"), single_statement():
        write_twice()
    assert written() == ["one"]


@pytest.mark.django_db(transaction=True)
def test_writes_in_a_transaction_of_their_own_are_refused_too() -> None:
    with pytest.raises(RuntimeError, match="entry"), single_statement(), transaction.atomic():
        write_twice()
    assert written() == []
