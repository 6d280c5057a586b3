"""The projector: every event exactly once, one writer, and back again whatever happens."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from threading import Event as Signal
from threading import Thread
from time import monotonic, sleep

import pytest
from psycopg.conninfo import make_conninfo

from ledger.database import connect
from ledger.records import Record
from projections.follower import Outdated
from projections.projector import Projector
from projections.rebuild import rebuild
from projections.status import read_status
from tests.facts import (
    APPOINTMENT,
    MAY_3,
    POSTED,
    checked_in,
    duty_recorded,
    project_completed,
    voided,
)
from tests.keyring import keys_in
from tests.projections.readside import ReadSide
from tests.scenario import PERSON, Fact

PATIENCE = 20
MANY = 3000
PROCESS = """
import sys
from threading import Event
from projections.projector import Projector
from tests.keyring import keys_in
Projector(sys.argv[1], keys_in(sys.argv[1]), batch_size=3).run(Event())
"""
HOLDER = """
select a.application_name from pg_locks l join pg_stat_activity a using (pid)
where l.locktype = 'advisory' and l.granted and a.datname = current_database()
    and a.application_name like 'projector%%'
"""


def test_an_empty_ledger_is_projected_at_once(read_side: ReadSide) -> None:
    assert read_side.project() == 0


def test_catching_up_tells_how_far_it_is_and_can_stop_at_a_position(read_side: ReadSide) -> None:
    last = read_side.enter(*POSTED)
    told: list[tuple[int, int]] = []
    projector = Projector(read_side.conninfo, read_side.keys, batch_size=3)
    assert projector.catch_up(upto=5, progress=lambda *it: told.append(it)) == 5
    assert told == [(3, 5), (5, 5)]
    assert projector.catch_up() == last
    assert read_status(read_side.conninfo).lag == 0


def test_projecting_again_changes_nothing(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, checked_in())
    first = read_side.project(), read_side.ask("event"), read_side.ask("check_in")
    assert (read_side.project(), read_side.ask("event"), read_side.ask("check_in")) == first


def test_whoever_waits_for_a_position_is_woken_with_it(read_side: ReadSide) -> None:
    last = read_side.enter(*POSTED)
    with connect(read_side.conninfo) as listener:
        listener.execute("listen zhucun_read")
        read_side.project()
        (told,) = listener.notifies(timeout=PATIENCE, stop_after=1)
    assert int(told.payload) == last


def test_what_is_appended_is_read_soon_after(read_side: ReadSide) -> None:
    with running(read_side.conninfo):
        for facts in (POSTED, [checked_in()]):
            last = read_side.enter(*facts)
            until_at(read_side, last)
    assert len(read_side.ask("check_in")) == 1


def test_a_projector_killed_anywhere_has_projected_every_event_exactly_once(read_side: ReadSide) -> None:
    last = long_life(read_side, MANY)
    chance = random.Random(23)  # noqa: S311 - moments to kill at
    for _ in range(5):
        before = stands(read_side)
        with process(read_side.conninfo) as projector:
            until_at(read_side, before + 1)
            sleep(chance.random() * 0.15)
            projector.kill()
    assert 0 < stands(read_side) < last, "killed before the first batch, or after the last"
    assert read_side.project() == last
    assert read_side.value("select count(*) from read.event") == last
    report = rebuild(read_side.conninfo, read_side.keys)
    assert (report.position, report.differences) == (last, ())


def test_of_two_projectors_one_writes_and_the_other_takes_over(read_side: ReadSide) -> None:
    names = ("projector-a", "projector-b")
    with ExitStack() as stack:
        projectors = {
            name: stack.enter_context(process(make_conninfo(read_side.conninfo, application_name=name)))
            for name in names
        }
        first = long_life(read_side, 500)
        until_at(read_side, first)
        ((holder,),) = read_side.conn.execute(HOLDER.encode()).fetchall()
        projectors[holder].kill()
        second = read_side.enter(checked_in(on=MAY_3 + timedelta(900)))
        until_at(read_side, second)
        ((heir,),) = read_side.conn.execute(HOLDER.encode()).fetchall()
        assert {holder, heir} == set(names)
    assert read_side.value("select count(*) from read.event") == second


def test_catching_up_beside_a_running_projector_waits_for_it(read_side: ReadSide) -> None:
    with running(read_side.conninfo):
        until(lambda: read_status(read_side.conninfo).projecting)
        last = long_life(read_side, 1000)
        assert read_side.project() == last
    assert not read_status(read_side.conninfo).projecting


def test_a_projector_whose_connection_was_cut_comes_back(
    read_side: ReadSide, caplog: pytest.LogCaptureFixture
) -> None:
    named = make_conninfo(read_side.conninfo, application_name="projector")
    with running(named):
        last = read_side.enter(*POSTED)
        until_at(read_side, last)
        cut = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'projector'"
        # Its own connection, and the one that asks for keys.
        assert set(read_side.conn.execute(cut.encode())) == {(True,)}
        last = read_side.enter(checked_in())
        until_at(read_side, last)
    assert "will try again" in caplog.text


@pytest.mark.parametrize(
    ("topic", "state"), [("Instructor.Unheard", b"{}"), ("Instructor.CheckedIn", b'{"at": 1}')]
)
def test_an_event_that_cannot_be_read_stops_the_projector_before_it(
    read_side: ReadSide, topic: str, state: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    good = read_side.enter(*POSTED)
    poison = read_side.append_stored([Record(PERSON, 4, topic, state)], [read_side.clock])
    read_side.versions[PERSON] = 4
    read_side.enter(checked_in())
    assert read_side.project() == good
    stopped_before(read_side, poison)
    assert f"position {poison}" in caplog.text


@pytest.mark.parametrize(
    "unfit",
    [duty_recorded().but(summary="a\0b"), project_completed().but(households_served=2**63)],
    ids=["no place in a text", "no place in a number"],
)
def test_an_event_that_the_tables_cannot_take_stops_the_projector_before_it(
    read_side: ReadSide, unfit: Fact
) -> None:
    good = read_side.enter(*POSTED)
    poison = read_side.enter(unfit)
    read_side.enter(checked_in())
    assert read_side.project() == good
    stopped_before(read_side, poison)


def test_a_voiding_of_nothing_stops_the_projector_before_it(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, voided(99))
    assert read_side.project() == len(POSTED)
    assert "VoidsNothing" in str(read_status(read_side.conninfo).error)


def test_reads_go_on_while_the_projector_stands_and_it_goes_on_when_mended(
    read_side: ReadSide, caplog: pytest.LogCaptureFixture
) -> None:
    good = read_side.enter(*POSTED)
    read_side.conn.execute("alter table read.duty add constraint mistaken check (summary <> '主题党日')")
    with running(read_side.conninfo):
        last = read_side.enter(duty_recorded(), checked_in())
        until(lambda: read_status(read_side.conninfo).state == "stopped")
        stopped_before(read_side, good + 1)
        assert read_side.one("instructor")["stage"] == "serving"
        sleep(2.5)  # it tries again and again, and says it once
        assert caplog.text.count("stopped at") == 1
        read_side.conn.execute("alter table read.duty drop constraint mistaken")
        until_at(read_side, last)
    status = read_status(read_side.conninfo)
    assert (status.state, status.error, status.stopped_position) == ("running", None, None)


def test_the_read_schema_of_another_version_is_not_written_to(
    read_side: ReadSide, caplog: pytest.LogCaptureFixture
) -> None:
    read_side.enter(*POSTED)
    read_side.conn.execute("update read.projector set schema_digest = 'of another version'")
    with pytest.raises(Outdated):
        read_side.project()
    with running(read_side.conninfo):
        until(lambda: "stands by" in caplog.text)
        assert stands(read_side) == 0
        assert not read_status(read_side.conninfo).current
        rebuild(read_side.conninfo, read_side.keys)
        last = read_side.enter(checked_in())
        until_at(read_side, last)


def test_an_unreachable_database_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    with running("host=127.0.0.1 port=1 dbname=nowhere"):
        until(lambda: caplog.text.count("will try again") >= 2)


def test_the_status_tells_whose_ledger_it_is_and_how_far_behind(read_side: ReadSide) -> None:
    last = read_side.enter(*POSTED)
    status = read_status(read_side.conninfo)
    assert (status.position, status.head, status.lag) == (0, last, last)
    assert (status.county, status.simulated, status.current) == ("430624", True, True)
    assert status.origin == "zhucun.example/430624"


def test_the_status_of_a_ledger_not_founded_says_so(database: str) -> None:
    status = read_status(database)
    assert (status.origin, status.county, status.simulated, status.head) == (None, None, None, 0)


def long_life(side: ReadSide, length: int) -> int:
    """Record a person's many check-ins, every tenth one a voiding; return the last position."""
    side.enter(*POSTED)
    days = [APPOINTMENT + timedelta(n % 1000) for n in range(length)]
    return side.enter(
        *(voided(n + 3, on=day) if n % 10 == 9 else checked_in(on=day) for n, day in enumerate(days))
    )


def stands(side: ReadSide) -> int:
    return int(side.value("select position from read.projector"))


def stopped_before(side: ReadSide, poison: int) -> None:
    status = read_status(side.conninfo)
    assert (status.state, status.stopped_position, status.position) == ("stopped", poison, poison - 1)
    assert status.error
    assert len(side.ask("event")) == poison - 1


def until_at(side: ReadSide, position: int) -> None:
    until(lambda: stands(side) >= position)


def until(happened: Callable[[], bool]) -> None:
    deadline = monotonic() + PATIENCE
    while not happened():
        assert monotonic() < deadline, "it did not happen"
        sleep(0.01)


@contextmanager
def running(conninfo: str) -> Iterator[None]:
    """A projector in a thread of this process."""
    stop = Signal()
    keys = keys_in(conninfo)
    thread = Thread(target=Projector(conninfo, keys).run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(PATIENCE)
        keys.close()
        assert not thread.is_alive()


@contextmanager
def process(conninfo: str) -> Iterator[subprocess.Popen[bytes]]:
    """A projector in a process of its own."""
    with subprocess.Popen([sys.executable, "-c", PROCESS, conninfo]) as started:
        try:
            yield started
        finally:
            started.kill()
