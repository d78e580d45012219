"""Signed checkpoints: outside the database, one after another, none changed, missing or written twice."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django.fixtures import Settings

from kernel.checkpoints import CheckpointError, all_checkpoints, write_checkpoint
from kernel.journal import Actor, StreamRef, record
from kernel.models import JournalStream
from kernel.tasks import checkpoint_journal
from kernel.testing.plugin import Clock
from kernel.verification import verify_journal

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    folder = tmp_path / "checkpoints"
    settings.STORAGES = {
        **settings.STORAGES,
        "checkpoints": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder}},
    }
    return folder


def move(stream: StreamRef | None = None) -> StreamRef:
    stream = stream or StreamRef("dispute", uuid4())
    record(stream=stream, verb="thing.done", actor=Actor.system("test"))
    return stream


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def three(folder: Path) -> list[Path]:
    for _ in range(3):
        move()
        assert write_checkpoint()
    return sorted(folder.iterdir())


def heads_of(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_bytes())["heads"])


def test_checkpoint_holds_the_heads_and_names_the_one_before(folder: Path) -> None:
    stream = move()
    assert write_checkpoint() == "0000000001.json"
    head = JournalStream.objects.get(pk=stream.id)
    first = json.loads((folder / "0000000001.json").read_bytes())
    assert first["heads"][str(stream.id)] == [1, bytes(head.last_hash).hex()]
    assert (first["number"], first["previous"], set(first)) == (
        1,
        "",
        {"number", "at", "previous", "heads", "signature"},
    )
    move(stream)
    assert write_checkpoint() == "0000000002.json"
    second, _one = reversed(list(all_checkpoints())), None
    latest = next(second)
    assert latest.content["previous"] == next(second).digest
    assert latest.content["heads"][str(stream.id)][0] == 2
    assert names(folder) == ["0000000001.json", "0000000002.json"]


def test_checkpoint_is_not_written_when_nothing_ever_moved(folder: Path) -> None:
    JournalStream.objects.create(kind="dispute")
    if not JournalStream.objects.exclude(last_seq=0).exists():
        assert write_checkpoint() is None
        assert not folder.exists()


def test_checkpoint_is_not_written_when_nothing_moved_since(folder: Path, clock: Clock) -> None:
    one, two = move(), move()
    assert write_checkpoint()
    assert write_checkpoint() is None
    clock.advance(timedelta(minutes=5))
    move(one)
    assert write_checkpoint()
    for minutes in (0, 1, 6, 20, 1000):
        clock.advance(timedelta(minutes=minutes))
        assert write_checkpoint() is None, minutes
    move(two)
    assert write_checkpoint()
    assert names(folder) == ["0000000001.json", "0000000002.json", "0000000003.json"]
    assert len(list(all_checkpoints())) == 3


def test_checkpoint_holds_only_heads_that_moved_lately_and_a_late_commit_again(folder: Path, clock: Clock) -> None:
    streams = []
    for _ in range(3):
        streams.append(str(move().id))
        assert write_checkpoint()
        clock.advance(timedelta(minutes=11))
    assert set(heads_of(folder / "0000000001.json")) >= {streams[0]}
    assert set(heads_of(folder / "0000000002.json")) >= {streams[0], streams[1]}
    assert set(heads_of(folder / "0000000003.json")) == {streams[1], streams[2]}
    move()
    assert write_checkpoint()

    # A transaction that took its number five minutes ago commits only now.
    late = move()
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "UPDATE kernel_journal_stream SET last_at = last_at - interval '5 minutes' WHERE id = %s", [late.id]
        )
        cursor.execute("SET session_replication_role = DEFAULT")
    assert write_checkpoint()
    assert str(late.id) in heads_of(folder / "0000000005.json")


# --- changed, removed, replaced ---------------------------------------------------------------------------------------


def found() -> list[str]:
    return [str(finding) for finding in verify_journal()]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_checkpoint_every_changed_byte_is_found(folder: Path, number: int) -> None:
    path = three(folder)[number]
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert found(), place
    path.write_bytes(whole)
    assert found() == []


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"{}", b'{"signature": 5}', b'{"signature": "zz"}', b"\xff"]
)
def test_checkpoint_that_is_none_is_found_and_nothing_is_written_after_it(folder: Path, content: bytes) -> None:
    path = three(folder)[2]
    path.write_bytes(content)
    assert found() == [f"Checkpoint {path.name} was changed: its signature does not fit."]
    move()
    with pytest.raises(CheckpointError):
        write_checkpoint()
    assert len(names(folder)) == 3


@pytest.mark.parametrize("number", [0, 1])
def test_checkpoint_removed_before_the_last_is_found(folder: Path, number: int) -> None:
    paths = three(folder)
    paths[number].unlink()
    assert found() == [f"A checkpoint before {paths[number + 1].name} is missing or was replaced."]


def test_checkpoints_in_another_order_are_found(folder: Path) -> None:
    one, two, _three = three(folder)
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    assert found() == [f"A checkpoint before {one.name} is missing or was replaced."]


def test_checkpoint_replaced_by_an_earlier_one_is_found(folder: Path) -> None:
    paths = three(folder)
    paths[2].write_bytes(paths[1].read_bytes())
    assert found() == [f"A checkpoint before {paths[2].name} is missing or was replaced."]


def test_checkpoint_written_anew_in_the_middle_is_found(folder: Path) -> None:
    _one, two, last = three(folder)
    whole = last.read_bytes()
    for path in (two, last):
        path.unlink()
    move()
    assert write_checkpoint() == two.name  # rightly signed and numbered, but the next one names another before it
    assert found() == []
    last.write_bytes(whole)
    assert found() == [f"A checkpoint before {last.name} is missing or was replaced."]


def test_checkpoint_signed_by_another_deployment_is_found(folder: Path, settings: Settings) -> None:
    paths = three(folder)
    secret = settings.SECRET_KEY
    whole = [path.read_bytes() for path in paths]
    for path in paths:
        path.unlink()
    settings.SECRET_KEY = "the attacker's own key, fifty characters long or so"
    assert write_checkpoint()
    settings.SECRET_KEY = secret
    assert found() == ["Checkpoint 0000000001.json was changed: its signature does not fit."]
    for path, content in zip(paths, whole, strict=True):
        path.write_bytes(content)
    assert found() == []


def test_checkpoint_changed_file_is_exit_1(folder: Path) -> None:
    three(folder)[1].write_bytes(b"{}")
    err = StringIO()
    with pytest.raises(SystemExit) as ending:
        call_command("verify_journal", stderr=err)
    assert ending.value.code == 1
    assert "0000000002.json was changed" in err.getvalue()


# --- writing ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_checkpoint_command_and_task_write_one(folder: Path) -> None:
    move()
    out = StringIO()
    call_command("checkpoint_journal", stdout=out)
    call_command("checkpoint_journal", stdout=out)
    assert out.getvalue() == "Checkpoint 0000000001.json written.\nNo head moved since the last checkpoint.\n"
    move()
    checkpoint_journal()
    assert names(folder) == ["0000000001.json", "0000000002.json"]


def test_checkpoint_of_a_killed_writer_leaves_nothing_half(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    three(folder)

    def dies(_number: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("kernel.checkpoints.os.fsync", dies)
        move()
        with pytest.raises(KeyboardInterrupt):
            write_checkpoint()
    assert found() == []
    assert write_checkpoint() == "0000000004.json"
    assert found() == []


@pytest.mark.django_db(transaction=True)
def test_checkpoint_writers_at_once_make_one_after_the_other(folder: Path) -> None:
    begin = threading.Barrier(6)

    def writer(_number: int) -> list[str | None]:
        try:
            written = []
            for _ in range(4):
                move()
                begin.wait(30)
                written.append(write_checkpoint())
            return written
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        written = [name for each in pool.map(writer, range(6)) for name in each if name]

    assert sorted(written) == names(folder) == [f"{number:010d}.json" for number in range(1, len(written) + 1)]
    assert len(written) >= 4
    assert found() == []
    assert write_checkpoint() is None
