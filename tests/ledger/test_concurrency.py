"""Many processes append at once, some are killed, and the ledger stays one dense, ordered log."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing.synchronize import Barrier
from random import Random
from threading import Thread
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest
from psycopg import Connection
from psycopg.conninfo import make_conninfo

from domain.ports import CommandAlreadyRecorded
from ledger.database import connect
from ledger.recorder import MANY, Recorder
from ledger.records import LedgerRow
from ledger.store import Datastore
from tests.ledger.samples import CONTEXT, append, in_processes, records

LAMPS = UUID("7d1f3b0e-6f2a-4c55-9a58-2a6b1f6d0c11")
PROCESSES = 20
APPENDS = 15
WATCHDOG = 240.0  # seconds; far beyond what any of this takes
HUGE = 50_000
VICTIM = "zhucun-victim"


@pytest.fixture
def recorder(real_ledger: str) -> Iterator[Recorder]:
    with Datastore(real_ledger) as datastore:
        yield Recorder(datastore)


def _sizes(number: int) -> list[int]:
    """The sizes of a process's appends: small ones, and in every tenth process a large one."""
    chance = Random(number)  # noqa: S311 - the same on every run
    large = [MANY] if number % 10 == 0 else []
    return [*(chance.randint(1, 5) for _ in range(APPENDS)), *large]


def _append_much(conninfo: str, number: int, start: Barrier) -> None:
    first = 1
    with Datastore(conninfo, pool_size=1, max_overflow=0) as datastore:
        recorder = Recorder(datastore)
        start.wait(WATCHDOG)
        for size in _sizes(number):
            recorder.insert_events(records(size, originator_id=uuid5(LAMPS, str(number)), first=first))
            first += size


def _tail(recorder: Recorder, total: int, seen: list[LedgerRow]) -> None:
    deadline = time.monotonic() + WATCHDOG
    while len(seen) < total and time.monotonic() < deadline:
        seen.extend(recorder.read_after(seen[-1].position if seen else 0, limit=100))


def test_twenty_processes_append_at_once_and_a_tailing_reader_misses_nothing(recorder: Recorder) -> None:
    conninfo = recorder.datastore.pool.conninfo
    assert isinstance(conninfo, str)
    start = CONTEXT.Barrier(PROCESSES)
    expected = {
        (uuid5(LAMPS, str(number)), version)
        for number in range(PROCESSES)
        for version in range(1, sum(_sizes(number)) + 1)
    }
    seen: list[LedgerRow] = []
    reader = Thread(target=_tail, args=(recorder, len(expected), seen))
    reader.start()
    work = [partial(_append_much, conninfo, number, start) for number in range(PROCESSES)]
    codes = in_processes(work, WATCHDOG)
    reader.join(WATCHDOG)

    assert codes == [0] * PROCESSES
    assert [row.position for row in seen] == list(range(1, len(expected) + 1))
    assert sorted((row.originator_id, row.originator_version) for row in seen) == sorted(expected)
    times = [row.recorded_at for row in seen]
    assert times == sorted(times)
    for number in range(PROCESSES):
        own = [row.originator_version for row in seen if row.originator_id == uuid5(LAMPS, str(number))]
        assert own == sorted(own)


def _append_huge(conninfo: str) -> None:
    append(conninfo, records(HUGE))


def test_an_append_of_fifty_thousand_events_finishes(recorder: Recorder) -> None:
    conninfo = recorder.datastore.pool.conninfo
    assert isinstance(conninfo, str)
    assert in_processes([partial(_append_huge, conninfo)], WATCHDOG) == [0]
    assert recorder.max_notification_id() == HUGE


def _append_huge_and_stay(conninfo: str) -> None:
    victim = make_conninfo(conninfo, application_name=VICTIM)
    with Datastore(victim, pool_size=1, max_overflow=0) as datastore:
        Recorder(datastore).insert_events(records(HUGE))
        time.sleep(WATCHDOG)


@pytest.mark.parametrize("moment", ["COPY pg_temp.incoming", "select ledger.append", "COMMIT"])
def test_a_process_killed_while_it_appends_leaves_all_or_nothing(recorder: Recorder, moment: str) -> None:
    conninfo = recorder.datastore.pool.conninfo
    assert isinstance(conninfo, str)
    victim = CONTEXT.Process(target=_append_huge_and_stay, args=(conninfo,))
    victim.start()
    with connect(conninfo) as conn:
        _wait_until(conn, lambda statement: moment.lower() in (statement or "").lower())
        victim.kill()
        victim.join(WATCHDOG)
        _wait_until(conn, lambda statement: statement is None)
    assert victim.exitcode == -signal.SIGKILL
    (position,) = append(conninfo, records(1)) or ()
    assert position in (1, HUGE + 1)
    rows = recorder.read_after(0, limit=2 * HUGE)
    assert [row.position for row in rows] == list(range(1, position + 1))


def _wait_until(conn: Connection[Any], holds: Callable[[str | None], bool]) -> None:
    """Wait until `holds(x)` where `x` is the victim's last statement, or None when it is not connected."""
    query = "select query from pg_stat_activity where datname = current_database() and application_name = %s"
    deadline = time.monotonic() + WATCHDOG
    while not holds(next((statement for (statement,) in conn.execute(query, (VICTIM,))), None)):
        assert time.monotonic() < deadline


def _append_command(conninfo: str, command: UUID, start: Barrier) -> None:
    start.wait(WATCHDOG)
    try:
        append(conninfo, records(2, command_id=command))
    except CommandAlreadyRecorded:
        raise SystemExit(3) from None


def test_of_processes_with_the_same_command_exactly_one_wins(recorder: Recorder) -> None:
    conninfo = recorder.datastore.pool.conninfo
    assert isinstance(conninfo, str)
    command, start = uuid4(), CONTEXT.Barrier(4)
    codes = in_processes([partial(_append_command, conninfo, command, start)] * 4, WATCHDOG)
    assert sorted(codes, key=str) == [0, 3, 3, 3]
    assert [notification.id for notification in recorder.select_command(command)] == [1, 2]
