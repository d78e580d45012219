"""The journal: append-only, numbered without gaps, chained so that nobody changes it unnoticed."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.core.files.storage import storages
from django.core.management import call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from kernel.checkpoints import write_checkpoint
from kernel.context import use_request_id
from kernel.crypto import CannotOpenError, KeyScope, destroy_key
from kernel.ids import new_id
from kernel.journal import PLATFORM, Actor, Recorded, StreamRef, entries, open_personal, open_stream, record
from kernel.models import JournalEntry, JournalStream
from kernel.testing.plugin import Clock
from kernel.verification import verify_journal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_checkpoints(settings: Settings, tmp_path: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "checkpoints": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "checkpoints"},
        },
    }
    storages["checkpoints"]


def a_stream(kind: str = "dispute") -> StreamRef:
    return StreamRef(kind, new_id())


def write(stream: StreamRef, count: int = 1, **more: Any) -> list[Recorded]:
    values: dict[str, Any] = {
        "actor": Actor.system("test"),
        "facts": {"n": 1, "text": "¿größe? ✓", "list": [None, True]},
    }
    return [record(stream=stream, verb="thing.done", **{**values, **more}) for _ in range(count)]


def findings() -> list[str]:
    return [str(finding) for finding in verify_journal()]


@pytest.fixture
def tamper() -> Callable[..., None]:
    """SQL as a superuser with triggers off, as an attacker with the database in hand would."""

    def run(statement: str, parameters: list[Any] | None = None) -> None:
        connection.check_constraints()  # what the test wrote so far was in order
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            try:
                cursor.execute(statement, parameters)
                assert cursor.rowcount != 0, "nothing was tampered with"
            finally:
                cursor.execute("SET session_replication_role = DEFAULT")

    return run


# --- the chain, computed a second time from the paper's words ---------------------------------------------------------


def microseconds_since_2000(moment: datetime) -> int:
    return (moment - datetime(2000, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def text_or_none(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def hashes_of(rows: list[JournalEntry]) -> Iterator[bytes]:
    """SHA-256(previous | number | time | SHA-256(JSON of all the rest)), from an empty start."""
    previous = b""
    for number, row in enumerate(rows, start=1):
        said = {
            "actor_id": text_or_none(row.actor_id),
            "actor_kind": row.actor_kind,
            "actor_name": row.actor_name,
            "facts": row.facts,
            "id": str(row.pk),
            "person_id": text_or_none(row.person_id),
            "personal": None if row.personal is None else hashlib.sha256(row.personal).hexdigest(),
            "request_id": row.request_id,
            "stream_id": str(row.stream_id),
            "subject_id": text_or_none(row.subject_id),
            "subject_kind": row.subject_kind,
            "verb": row.verb,
        }
        digest = hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())
        step = number.to_bytes(8, "big") + microseconds_since_2000(row.created_at).to_bytes(8, "big", signed=True)
        previous = hashlib.sha256(previous + step + digest.digest()).digest()
        yield previous


def assert_chain_holds(stream: StreamRef, count: int) -> None:
    rows = list(entries(stream))
    assert [row.seq for row in rows] == list(range(1, count + 1))
    assert [bytes(row.hash) for row in rows] == list(hashes_of(rows))
    times = [row.created_at for row in rows]
    assert times == sorted(times)
    head = JournalStream.objects.get(pk=stream.id)
    assert (head.last_seq, bytes(head.last_hash), head.last_at) == (count, bytes(rows[-1].hash), times[-1])


def test_entry_says_who_what_which_when_and_from_where() -> None:
    stream, user, subject, person = a_stream(), uuid4(), uuid4(), uuid4()
    before = datetime.now(UTC)
    with use_request_id("request-7"):
        recorded = record(
            stream=stream,
            verb="truth.submitted",
            actor=Actor.user(user),
            subject=("truth", subject),
            facts={"late": False},
            personal={"ip": "192.0.2.7"},
            person_id=person,
        )
    (row,) = entries(stream)
    assert (row.pk, row.seq, bytes(row.hash), row.created_at) == (
        *(recorded.id, recorded.seq, recorded.hash, recorded.created_at),
    )
    assert (row.verb, row.actor_kind, row.actor_id, row.actor_name) == ("truth.submitted", "user", user, "")
    assert (row.subject_kind, row.subject_id, row.request_id, row.facts) == (
        "truth",
        subject,
        "request-7",
        {"late": False},
    )
    assert open_personal(row) == {"ip": "192.0.2.7"}
    assert abs(row.created_at - before) < timedelta(minutes=1)
    assert str(row) == f"{stream.id} #1 truth.submitted"


def test_chain_fits_an_independent_computation() -> None:
    stream = a_stream()
    write(stream)
    write(stream, actor=Actor.user(uuid4()), subject=("evidence", uuid4()))
    write(stream, actor=Actor.ai("mediator"), facts={})
    write(stream, personal={"name": "Zoë"}, person_id=uuid4(), facts={"b": {"y": [1, {"z": ""}], "x": -(2**63)}})
    with use_request_id("r"):
        write(stream, 3)
    assert_chain_holds(stream, 7)
    assert findings() == []


facts = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=6),
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**63 - 1)
        | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["", "a", "é", "\U0001f600"]), inner)
        ),
        max_leaves=5,
    ),
    max_size=4,
)


@effort(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(facts)
def test_chain_holds_for_any_facts_that_can_be_written(said: dict[str, Any]) -> None:
    stream = a_stream()
    write(stream, facts=said)
    assert entries(stream).get().facts == said
    assert_chain_holds(stream, 1)
    assert [finding for finding in verify_journal() if finding.stream_id == stream.id] == []


@pytest.mark.parametrize("value", [1.5, 1e16, -0.0, float("nan"), [1, [2.5]], {"a": {"b": 0.1}}, (1.0,)])
def test_facts_with_floats_are_refused_because_they_would_not_verify(value: Any) -> None:
    stream = a_stream()
    with pytest.raises(TypeError, match="floating point"):
        write(stream, facts={"amount": value})
    assert not JournalStream.objects.filter(pk=stream.id).exists()


@pytest.mark.parametrize("value", [b"bytes", object(), {1: 2}, 2**64, {"set"}])
def test_facts_that_are_not_json_are_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        write(a_stream(), facts={"x": value})


def test_streams_count_each_for_itself_and_know_nothing_of_each_other() -> None:
    one, two = a_stream(), a_stream("messages")
    assert [row.seq for row in (*write(one, 2), *write(two, 2), *write(one), *write(PLATFORM))] == [1, 2, 1, 2, 3, 1]
    assert_chain_holds(one, 3)
    assert_chain_holds(two, 2)
    write(one)
    assert entries(two).count() == 2


def test_rolled_back_entry_leaves_no_gap() -> None:
    stream = a_stream()
    write(stream)

    with transaction.atomic():
        write(stream, 3)
        transaction.set_rollback(True)
    write(stream)
    assert_chain_holds(stream, 2)


def test_opening_a_stream_twice_keeps_its_head() -> None:
    stream = a_stream()
    write(stream, 2)
    open_stream(stream)
    assert_chain_holds(stream, 2)


# --- append-only ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE kernel_journal_entry SET verb = 'nothing'",
        "UPDATE kernel_journal_entry SET facts = facts",
        "UPDATE kernel_journal_entry SET personal = NULL",
        "DELETE FROM kernel_journal_entry",
        "DELETE FROM kernel_journal_entry WHERE seq = 2",
        "TRUNCATE kernel_journal_entry",
        "TRUNCATE kernel_journal_entry CASCADE",
        "TRUNCATE kernel_journal_stream CASCADE",
        "DELETE FROM kernel_journal_stream",
        "UPDATE kernel_journal_stream SET last_seq = last_seq - 1",
        "UPDATE kernel_journal_stream SET last_seq = last_seq + 2",
        "UPDATE kernel_journal_stream SET last_hash = ''",
        "UPDATE kernel_journal_stream SET kind = 'other', last_seq = last_seq + 1",
        "WITH gone AS (DELETE FROM kernel_journal_entry RETURNING 1) SELECT count(*) FROM gone",
        "MERGE INTO kernel_journal_entry e USING (SELECT 1) one ON true WHEN MATCHED THEN DELETE",
        "INSERT INTO kernel_journal_entry SELECT * FROM kernel_journal_entry"
        " ON CONFLICT (id) DO UPDATE SET verb = 'nothing'",
    ],
)
def test_database_refuses_every_change(statement: str) -> None:
    stream = a_stream()
    write(stream, 3)
    connection.check_constraints()  # TRUNCATE would be refused for those alone
    with pytest.raises(ProgrammingError, match="is append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert_chain_holds(stream, 3)


def test_orm_cannot_change_it_either() -> None:
    stream = a_stream()
    write(stream)
    row = entries(stream).get()
    row.verb = "nothing"
    for change in (
        row.save,
        row.delete,
        lambda: entries(stream).update(verb="nothing"),
        lambda: entries(stream).delete(),
    ):
        with pytest.raises(ProgrammingError, match="is append-only"), transaction.atomic():
            change()
    assert entries(stream).get().verb == "thing.done"


def test_two_entries_of_one_number_are_refused(other_connection: "psycopg.Connection[Any]") -> None:
    stream = a_stream()
    write(stream)
    row = entries(stream).get()
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        JournalEntry(**{**{f.attname: getattr(row, f.attname) for f in row._meta.fields}, "id": new_id()}).save(
            force_insert=True
        )


# --- personal data ----------------------------------------------------------------------------------------------------


def test_personal_data_is_sealed_and_gone_with_the_persons_key_while_the_chain_verifies() -> None:
    stream, ana, bob = a_stream(), uuid4(), uuid4()
    write(stream, personal={"ip": "198.51.100.23"}, person_id=ana)
    write(stream, personal={"ip": "203.0.113.9"}, person_id=bob)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(e::text, '') || string_agg(encode(personal, 'escape'), '') FROM kernel_journal_entry e"
        )
        assert "198.51.100" not in cursor.fetchone()[0]

    destroy_key(KeyScope("person", ana))

    first, second = entries(stream)
    with pytest.raises(CannotOpenError):
        open_personal(first)
    assert open_personal(second) == {"ip": "203.0.113.9"}
    assert_chain_holds(stream, 2)
    assert findings() == []
    with pytest.raises(CannotOpenError):
        write(stream, personal={"ip": "198.51.100.23"}, person_id=ana)


def test_personal_data_needs_a_person_and_nothing_needs_none() -> None:
    stream = a_stream()
    with pytest.raises(ValueError, match="person"):
        write(stream, personal={"ip": "192.0.2.7"})
    write(stream, personal={}, person_id=uuid4())
    row = entries(stream).get()
    assert (row.personal, row.person_id, open_personal(row)) == (None, None, {})


def test_personal_data_moved_to_another_entry_does_not_open(tamper: Callable[..., None]) -> None:
    stream, person = a_stream(), uuid4()
    write(stream, 2, personal={"ip": "192.0.2.7"}, person_id=person)
    tamper(
        "UPDATE kernel_journal_entry SET personal = (SELECT personal FROM kernel_journal_entry WHERE seq = 2) WHERE seq = 1"
    )
    with pytest.raises(CannotOpenError):
        open_personal(entries(stream)[0])
    assert findings() == [f"stream {stream.id} number 1: this entry was changed"]


# --- twenty at once ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_twenty_writers_of_one_stream_number_it_without_gaps_and_in_order_of_time() -> None:
    stream, begin = a_stream(), threading.Barrier(20)

    def writer(number: int) -> list[Recorded]:
        try:
            begin.wait(30)
            done: list[Recorded] = []
            for turn in range(25):
                with transaction.atomic():
                    done += write(stream, facts={"writer": number, "turn": turn})
            return done
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        recorded = [row for rows in pool.map(writer, range(20)) for row in rows]

    assert sorted(row.seq for row in recorded) == list(range(1, 501))
    by_number = sorted(recorded, key=lambda row: row.seq)
    assert [row.created_at for row in by_number] == sorted(row.created_at for row in recorded)
    assert_chain_holds(stream, 500)
    assert findings() == []


@pytest.mark.django_db(transaction=True)
def test_verifying_while_others_write_finds_nothing() -> None:
    streams, stop = [a_stream() for _ in range(3)], threading.Event()
    for stream in streams:
        write(stream, 50)

    def writer() -> int:
        done = 0
        try:
            while not stop.wait(0.01):
                write(streams[done % 3])
                if done % 5 == 0:
                    write(a_stream())
                done += 1
        finally:
            connection.close()
        return done

    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(writer) for _ in range(2)]
        try:
            for _ in range(10):
                assert findings() == []
        finally:
            stop.set()
        assert all(each.result() > 3 for each in writers)


# --- verify_journal ---------------------------------------------------------------------------------------------------


def verify() -> tuple[int, str]:
    """The command's exit code and words."""
    out, err = StringIO(), StringIO()
    try:
        call_command("verify_journal", stdout=out, stderr=err)
    except SystemExit as ending:
        assert out.getvalue() == ""
        return int(str(ending.code)), err.getvalue()
    assert err.getvalue() == ""
    return 0, out.getvalue()


def test_verify_journal_whole_is_exit_0_with_the_count() -> None:
    before = JournalEntry.objects.count()
    write(a_stream(), 3)
    write(a_stream(), 2)
    open_stream(a_stream())  # a stream without entries is whole too
    assert verify() == (0, f"The journal is whole: {before + 5} entries.\n")


COLUMNS = {
    "id": "gen_random_uuid()",
    "stream_id": None,  # in a test of its own: the entry goes to another stream
    "seq": "99",
    "verb": "'thing.donf'",
    "actor_kind": "'ai'",
    "actor_id": "gen_random_uuid()",
    "actor_name": "'tesu'",
    "subject_kind": "'evidencf'",
    "subject_id": "gen_random_uuid()",
    "request_id": "'request-8'",
    "facts": "facts || '{\"n\": 2}'",
    "personal": "set_byte(personal, octet_length(personal) - 1, get_byte(personal, octet_length(personal) - 1) # 1)",
    "person_id": "gen_random_uuid()",
    "created_at": "created_at + interval '1 microsecond'",
    "hash": "set_byte(hash, 31, get_byte(hash, 31) # 1)",
}


def three_rich_entries() -> StreamRef:
    stream = a_stream()
    with use_request_id("request-7"):
        write(
            stream,
            3,
            actor=Actor("user", uuid4(), "test"),
            subject=("evidence", uuid4()),
            personal={"a": 1},
            person_id=uuid4(),
        )
    return stream


def test_every_column_of_an_entry_has_its_tampering_test() -> None:
    assert set(COLUMNS) == {field.column for field in JournalEntry._meta.fields}


@pytest.mark.parametrize("column", [column for column, change in COLUMNS.items() if change])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_verify_journal_names_the_entry_whose_column_changed(
    tamper: Callable[..., None], column: str, number: int
) -> None:
    write(a_stream(), 2)
    stream = three_rich_entries()
    tamper(
        f"UPDATE kernel_journal_entry SET {column} = {COLUMNS[column]} WHERE stream_id = %s AND seq = %s",
        [stream.id, number],
    )
    code, words = verify()
    assert code == 1
    problem = "this entry was changed"
    if column == "seq":
        problem = "this entry is missing"
    assert words == f"stream {stream.id} number {number}: {problem}\n"


@pytest.mark.parametrize(
    "column", [column for column in COLUMNS if column in {"actor_id", "subject_id", "personal", "person_id"}]
)
def test_verify_journal_finds_what_was_emptied(tamper: Callable[..., None], column: str) -> None:
    stream = three_rich_entries()
    tamper(f"UPDATE kernel_journal_entry SET {column} = NULL WHERE stream_id = %s AND seq = 2", [stream.id])
    assert verify() == (1, f"stream {stream.id} number 2: this entry was changed\n")


def test_verify_journal_finds_an_entry_moved_to_another_stream(tamper: Callable[..., None]) -> None:
    one, two = three_rich_entries(), three_rich_entries()
    tamper("UPDATE kernel_journal_entry SET stream_id = %s, seq = 4 WHERE stream_id = %s AND seq = 3", [two.id, one.id])
    assert sorted(findings()) == sorted(
        [
            f"stream {one.id} number 3: the stream's head does not fit its last entry",
            f"stream {two.id} number 4: this entry was changed",
        ]
    )


def test_verify_journal_finds_two_entries_swapped(tamper: Callable[..., None]) -> None:
    stream = three_rich_entries()
    tamper("UPDATE kernel_journal_entry SET seq = -seq WHERE stream_id = %s", [stream.id])
    tamper(
        "UPDATE kernel_journal_entry SET seq = CASE seq WHEN -1 THEN 2 WHEN -2 THEN 1 ELSE 3 END WHERE stream_id = %s",
        [stream.id],
    )
    assert verify() == (1, f"stream {stream.id} number 1: this entry was changed\n")


@pytest.mark.parametrize(
    ("number", "named", "problem"),
    [
        (1, 1, "this entry is missing"),
        (2, 2, "this entry is missing"),
        (3, 3, "the stream's head does not fit its last entry"),
    ],
)
def test_verify_journal_names_a_removed_entry(
    tamper: Callable[..., None], number: int, named: int, problem: str
) -> None:
    stream = three_rich_entries()
    tamper("DELETE FROM kernel_journal_entry WHERE stream_id = %s AND seq = %s", [stream.id, number])
    assert verify() == (1, f"stream {stream.id} number {named}: {problem}\n")


def test_verify_journal_finds_a_removed_stream(tamper: Callable[..., None]) -> None:
    stream = three_rich_entries()
    tamper("DELETE FROM kernel_journal_entry WHERE stream_id = %s", [stream.id])
    assert verify() == (1, f"stream {stream.id} number 1: every entry of this stream was removed\n")


def test_verify_journal_finds_a_stream_removed_with_its_head_once_it_was_witnessed(tamper: Callable[..., None]) -> None:
    stream = three_rich_entries()
    write_checkpoint()
    tamper("DELETE FROM kernel_journal_entry WHERE stream_id = %s", [stream.id])
    tamper("DELETE FROM kernel_journal_stream WHERE id = %s", [stream.id])
    assert verify() == (1, f"stream {stream.id} number 1: every entry of this stream was removed\n")


def test_verify_journal_finds_an_inserted_entry(tamper: Callable[..., None]) -> None:
    stream = three_rich_entries()
    columns = ", ".join(COLUMNS)
    other = columns.replace("id, stream_id, seq", "gen_random_uuid(), stream_id, %s").replace("hash", "sha256(hash)")
    for number in (4, 0):
        tamper(
            f"INSERT INTO kernel_journal_entry ({columns}) SELECT {other} FROM kernel_journal_entry"
            " WHERE stream_id = %s AND seq = 3",
            [number, stream.id],
        )
        code, words = verify()
        assert (code, str(stream.id) in words) == (1, True)
        assert words.count("\n") == 1
        assert f"number {number or 1}:" in words


@pytest.mark.parametrize(
    "change",
    [
        "last_seq = last_seq + 1",
        "last_seq = last_seq - 1",
        "last_seq = 0",
        "last_hash = sha256(last_hash)",
        "last_hash = ''",
        "last_at = last_at - interval '1 day'",
        "last_at = NULL",
    ],
)
def test_verify_journal_finds_a_changed_head(tamper: Callable[..., None], change: str) -> None:
    stream = three_rich_entries()
    tamper(f"UPDATE kernel_journal_stream SET {change} WHERE id = %s", [stream.id])
    assert verify() == (1, f"stream {stream.id} number 4: the stream's head does not fit its last entry\n")


def test_verify_journal_finds_a_removed_head(tamper: Callable[..., None]) -> None:
    stream = three_rich_entries()
    tamper("DELETE FROM kernel_journal_stream WHERE id = %s", [stream.id])
    assert verify() == (1, f"stream {stream.id} number 4: the stream's head does not fit its last entry\n")


def test_verify_journal_names_every_stream_that_was_touched(tamper: Callable[..., None]) -> None:
    streams = [three_rich_entries() for _ in range(3)]
    tamper("UPDATE kernel_journal_entry SET verb = 'x' WHERE seq = 2")
    code, words = verify()
    assert code == 1
    assert sorted(words.splitlines()) == sorted(
        f"stream {each.id} number 2: this entry was changed" for each in streams
    )


# --- rewriting a tail with its head -----------------------------------------------------------------------------------


def rewrite_from(tamper: Callable[..., None], stream: StreamRef, number: int) -> None:
    """What an attacker who knows the recipe does: one fact changed, every later hash and the head recomputed."""
    tamper(
        """UPDATE kernel_journal_entry SET facts = '{"rewritten": true}' WHERE stream_id = %s AND seq = %s""",
        [stream.id, number],
    )
    rows = list(entries(stream))
    for row, digest in zip(rows, hashes_of(rows), strict=True):
        if row.seq >= number:
            tamper("UPDATE kernel_journal_entry SET hash = %s WHERE id = %s", [digest, row.pk])
    tamper("UPDATE kernel_journal_stream SET last_hash = %s WHERE id = %s", [digest, stream.id])
    assert_chain_holds(stream, len(rows))


def test_tail_rewritten_with_its_head_is_found_back_to_the_last_checkpoint(tamper: Callable[..., None]) -> None:
    stream = three_rich_entries()
    assert write_checkpoint()
    write(stream, 2)
    rewrite_from(tamper, stream, 2)
    assert verify() == (
        1,
        f"stream {stream.id} number 3: this entry or one before it was rewritten after a checkpoint\n",
    )


def test_tail_rewritten_after_the_last_checkpoint_is_what_is_not_promised(tamper: Callable[..., None]) -> None:
    stream = three_rich_entries()
    assert write_checkpoint()
    write(stream, 2)
    rewrite_from(tamper, stream, 4)
    assert verify()[0] == 0


def test_tail_cut_off_with_its_head_is_found_back_to_the_last_checkpoint(tamper: Callable[..., None]) -> None:
    stream = three_rich_entries()
    assert write_checkpoint()
    tamper("DELETE FROM kernel_journal_entry WHERE stream_id = %s AND seq = 3", [stream.id])
    tamper(
        "UPDATE kernel_journal_stream s SET last_seq = 2, last_hash = e.hash, last_at = e.created_at"
        " FROM kernel_journal_entry e WHERE e.stream_id = s.id AND e.seq = 2 AND s.id = %s",
        [stream.id],
    )
    assert verify() == (1, f"stream {stream.id} number 3: entries up to a checkpoint were removed from here on\n")


def test_rewriting_is_found_against_any_earlier_checkpoint(tamper: Callable[..., None], clock: Clock) -> None:
    stream = three_rich_entries()
    assert write_checkpoint()
    clock.advance(timedelta(hours=1))
    other = three_rich_entries()
    assert write_checkpoint()
    rewrite_from(tamper, stream, 1)
    assert verify() == (
        1,
        f"stream {stream.id} number 3: this entry or one before it was rewritten after a checkpoint\n",
    )
    assert_chain_holds(other, 3)
