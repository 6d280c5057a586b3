"""The persons' keys are handed on with a log, and only those come in that the log asks for."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from ledger.database import connect, found_ledger
from ledger.errors import KeyFileWrong, KeysOfAnotherLedger, MasterKeyMissing, NotFounded, PersonalKeyDamaged
from ledger.handover import Fate, export_keys, import_keys
from ledger.restore import restore
from ledger.rotation import rotate
from projections.projector import Projector
from tests import postgres
from tests.conftest import COUNTY
from tests.ledger.logs import lines_of
from tests.ledger.people import forget, forms, in_use, keys_of, master_of, nominate, person


@dataclass(frozen=True)
class Log:
    """A ledger with three nominations; the third person was forgotten after the keys were copied."""

    conninfo: str
    keys: list[bytes]
    events: list[bytes]


@pytest.fixture(scope="module")
def log(server: str, template: str) -> Iterator[Log]:
    with postgres.database_from(server, template) as conninfo:
        with connect(conninfo) as conn:
            found_ledger(conn, origin="zhucun.example/430624", county=COUNTY, simulated=False)
        with keys_of(conninfo) as keys:
            for number in (1, 2, 3):
                nominate(conninfo, keys, person(number))
            copied = exported(conninfo)
            forget(conninfo, keys, person(3))
            Projector(conninfo, keys).catch_up()
        yield Log(conninfo, copied, lines_of(conninfo))


@pytest.fixture
def restored(log: Log, database: str) -> str:
    """That log in an empty database, with the master key and without the persons' keys."""
    restore(database, log.events)
    shutil.copytree(postgres.keys_of(log.conninfo), postgres.keys_of(database))
    return database


def exported(conninfo: str) -> list[bytes]:
    lines: list[bytes] = []
    with connect(conninfo) as conn:
        export_keys(conn, lines.append)
    return lines


def taken_in(conninfo: str, lines: list[bytes]) -> dict[Fate, int]:
    with connect(conninfo) as conn:
        return dict(import_keys(conn, postgres.keys_of(conninfo), lines))


def test_a_file_of_keys_tells_whose_they_are_and_none_of_them(log: Log) -> None:
    head, *lines = map(json.loads, log.keys)
    assert (head["origin"], head["keys"], head["master"]) == (
        "zhucun.example/430624",
        3,
        master_of(log.conninfo),
    )
    assert [set(it) for it in lines] == [{"id", "person", "master", "wrapped"}] * 3
    with keys_of(log.conninfo) as keys:
        assert keys.key_for(person(1)).secret.hex() not in b"".join(log.keys).decode()
    assert json.loads(exported(log.conninfo)[0])["keys"] == 2  # the third is gone


def test_a_restored_log_has_no_forms_until_its_keys_are_taken_in(log: Log, restored: str) -> None:
    with keys_of(restored) as keys, keys_of(log.conninfo) as source:
        assert set(forms(restored, keys).values()) == {None}
        assert taken_in(restored, log.keys) == {Fate.ADDED: 2, Fate.FORGOTTEN: 1}
        assert forms(restored, keys) == forms(log.conninfo, source)
        assert Counter(it is None for it in forms(restored, keys).values()) == {False: 2, True: 1}
        assert taken_in(restored, log.keys) == {Fate.THERE: 2, Fate.FORGOTTEN: 1}


def test_keys_are_wrapped_by_the_master_key_that_is_in_use(log: Log, restored: str) -> None:
    root = postgres.keys_of(restored)
    (file,) = root.rglob("personal-*")
    content = file.read_bytes()
    with connect(restored) as conn:
        rotate(conn, root)
    file.write_bytes(content)  # still at hand, to open the file with
    assert taken_in(restored, log.keys)[Fate.ADDED] == 2
    assert {master for _, master in in_use(restored)} == {master_of(restored)}
    file.unlink()
    with keys_of(restored) as keys:
        assert sum(it is not None for it in forms(restored, keys).values()) == 2


def test_a_key_that_was_given_up_is_taken_in_again(log: Log, restored: str) -> None:
    taken_in(restored, log.keys)
    with connect(restored) as conn:
        conn.execute("update personal.key set wrapped = null, destroyed_at = now()")
    assert taken_in(restored, log.keys) == {Fate.ADDED: 2, Fate.FORGOTTEN: 1}
    with keys_of(restored) as keys:
        assert sum(it is not None for it in forms(restored, keys).values()) == 2


def test_whoever_has_another_key_by_now_keeps_it(log: Log, restored: str) -> None:
    with keys_of(restored) as keys:
        nominate(restored, keys, person(1), version=2)
        assert taken_in(restored, log.keys) == {Fate.ADDED: 1, Fate.FORGOTTEN: 1, Fate.REPLACED: 1}
        assert forms(restored, keys)[person(1), 2] is not None


def test_a_key_that_nothing_is_sealed_with_is_left_out(log: Log, server: str, template: str) -> None:
    with postgres.database_from(server, template) as conninfo:
        with connect(conninfo) as conn:
            found_ledger(conn, origin="zhucun.example/430624", county=COUNTY, simulated=False)
        shutil.copytree(postgres.keys_of(log.conninfo), postgres.keys_of(conninfo))
        assert taken_in(conninfo, log.keys) == {Fate.UNASKED: 3}
        assert in_use(conninfo) == []


def test_without_the_master_key_of_the_file_nothing_is_taken_in(log: Log, restored: str) -> None:
    for file in postgres.keys_of(restored).rglob("personal-*"):
        file.unlink()
    with pytest.raises(MasterKeyMissing):
        taken_in(restored, log.keys)
    assert in_use(restored) == []


def test_keys_of_another_ledger_are_refused(log: Log, simulated_ledger: str, database: str) -> None:
    del database
    with pytest.raises(KeysOfAnotherLedger, match=r"zhucun\.example/430624"):
        taken_in(simulated_ledger, log.keys)


def test_a_ledger_has_to_be_there_first(log: Log, database: str) -> None:
    with pytest.raises(NotFounded):
        taken_in(database, log.keys)
    with pytest.raises(NotFounded):
        exported(database)


def _altered(change: Callable[[dict[str, Any]], object]) -> Callable[[list[bytes]], list[bytes]]:
    def alter(lines: list[bytes]) -> list[bytes]:
        last = json.loads(lines[-1])
        change(last)
        return [*lines[:-1], json.dumps(last).encode()]

    return alter


@pytest.mark.parametrize(
    ("alter", "error"),
    [
        (lambda _: [], KeyFileWrong),
        (lambda _: [b"{}\n"], KeyFileWrong),
        (lambda lines: [lines[0].replace(b"keys-v1", b"keys-v9"), *lines[1:]], KeyFileWrong),
        (lambda lines: lines[:-1], KeyFileWrong),
        (lambda lines: [*lines[:-1], b"?"], KeyFileWrong),
        (_altered(lambda last: last.update(wrapped="?")), KeyFileWrong),
        (_altered(lambda last: last.update(wrapped="AAAA")), PersonalKeyDamaged),
        (_altered(lambda last: last.update(person=str(person(9)))), PersonalKeyDamaged),
        (_altered(lambda last: last.update(master="0" * 16)), MasterKeyMissing),
    ],
)
def test_of_a_file_that_is_not_as_it_was_written_nothing_is_taken_in(
    log: Log, restored: str, alter: Callable[[list[bytes]], list[bytes]], error: type[Exception]
) -> None:
    with pytest.raises(error):
        taken_in(restored, alter(log.keys))
    assert in_use(restored) == []
