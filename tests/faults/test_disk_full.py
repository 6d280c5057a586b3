"""The disk of PostgreSQL or of the signer full: it says so, does nothing by half, and goes on with space."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import suppress
from uuid import UUID

import pytest
from psycopg import OperationalError

from ledger.database import connect
from ledger.errors import LedgerError
from tests import postgres
from tests.api.server import Served, serving
from tests.faults.disk import Disk, small_disk
from tests.faults.own_postgres import USER, OwnPostgres, own_postgres
from tests.faults.telling import Teller, goes_on, hurried
from tests.faults.whole import nothing_lost_and_nothing_twice

PAGEFULS = 80
"""Nominations that certainly fill more than what was left of a table's last page."""


@pytest.fixture(scope="module")
def disk() -> Iterator[Disk]:
    """The disk with PostgreSQL's data."""
    with small_disk(megabytes=120) as it:
        yield it


@pytest.fixture(scope="module")
def own(disk: Disk) -> Iterator[OwnPostgres]:
    """A PostgreSQL on that disk."""
    with own_postgres("zhucun_starved", disk.folder) as server:
        yield server


@pytest.fixture(scope="module")
def shelf(own: OwnPostgres) -> Iterator[Disk]:
    """A smaller disk, for single tables."""
    with small_disk(megabytes=2) as it:
        (place := it.folder / "space").mkdir()
        for made in (place, it.folder):
            if USER is not None:
                os.chown(made, pwd.getpwnam(USER).pw_uid, -1)
        with connect(own.conninfo) as conn:
            conn.execute(f"create tablespace shelf location '{place}'".encode())
        yield it
        own.stop()


@pytest.fixture
def served(own: OwnPostgres) -> Iterator[Served]:
    """A county on it, served."""
    with serving(own.conninfo) as it:
        yield it


def test_when_the_ledgers_disk_is_full_nothing_is_recorded_by_half(
    own: OwnPostgres, shelf: Disk, served: Served, teller: Teller
) -> None:
    move(own, "ledger.events", "shelf")
    teller.tell_all(served, teller.new(5))
    shelf.fill()

    command, (code, message) = first_refused(served, teller)

    assert code == "NO_SPACE_LEFT"
    assert "磁盘已满" in message
    assert "make space" in message
    assert served.ask("{ programme { villages { nodes { name } } } }")  # reading goes on
    shelf.make_space()
    teller.tell(served, command)
    goes_on(served, teller)
    move(own, "ledger.events", "pg_default")
    nothing_lost_and_nothing_twice(own.conninfo, teller.acknowledged)


def test_when_the_read_sides_disk_is_full_recording_goes_on_and_reading_catches_up(
    own: OwnPostgres, shelf: Disk, served: Served, teller: Teller
) -> None:
    goes_on(served, teller)
    move(own, "read.event", "shelf")
    shelf.fill()
    teller.tell_all(served, teller.new(PAGEFULS))
    served.services.tail.patience = 0.5
    last = max(teller.acknowledged.values())
    assert served.refused(f'{{ programme(waitFor: "{last}") {{ position }} }}')[0] == "WAIT_TIMEOUT"
    behind = served.http.get("/ready").json()
    assert behind["lag"] > 0
    assert behind["projector"] == "running"

    shelf.make_space()

    served.services.tail.patience = 10
    goes_on(served, teller)
    move(own, "read.event", "pg_default")
    nothing_lost_and_nothing_twice(own.conninfo, teller.acknowledged)


def test_postgresql_without_space_for_its_own_log_stops_and_loses_nothing(
    own: OwnPostgres, disk: Disk, served: Served, teller: Teller
) -> None:
    goes_on(served, teller)
    disk.fill()
    with hurried(served):
        while own.runs:
            # What is left of the small files of its log is used up sooner than by nominations alone.
            with suppress(LedgerError, OperationalError), connect(own.conninfo) as conn:
                conn.execute("select pg_switch_wal()")
            teller.attempt(served, *teller.new())
        command, (code, _) = first_refused(served, teller)
    assert code == "UNAVAILABLE"

    disk.make_space()
    own.start()

    teller.tell(served, command)
    goes_on(served, teller)
    nothing_lost_and_nothing_twice(own.conninfo, teller.acknowledged)


def test_a_signer_whose_disk_is_full_says_so_and_signs_nothing_by_half(
    real_ledger: str, teller: Teller
) -> None:
    with small_disk(megabytes=1) as disk:
        postgres.keys_of(real_ledger).symlink_to(disk.folder)
        with serving(real_ledger) as served:
            goes_on(served, teller)
            signer, before = served.county.signer, served.http.get("/checkpoint").text
            (command,) = teller.new()
            position = teller.tell(served, command)["position"]
            served.ask(f'{{ programme(waitFor: "{position}") {{ position }} }}')
            disk.fill()

            code, message = served.refused("mutation { signCheckpoint { size } }")

            assert code == "CANNOT_SIGN"
            assert "磁盘空间" in message
            assert "space on the disk" in message
            assert served.http.get("/checkpoint").text == before
            assert str(signer.memory.last()) == before
            disk.make_space()
            goes_on(served, teller)
    nothing_lost_and_nothing_twice(real_ledger, teller.acknowledged)


def move(own: OwnPostgres, table: str, tablespace: str) -> None:
    """Put a table on another disk."""
    with connect(own.conninfo) as conn:
        conn.execute(f"alter table {table} set tablespace {tablespace}".encode())


def first_refused(served: Served, teller: Teller) -> tuple[UUID, tuple[str, str]]:
    """Give commands until one fails, and return it with its error."""
    for command in teller.new(PAGEFULS):
        if error := teller.attempt(served, command):
            return command, error
    raise AssertionError("none of them failed")
