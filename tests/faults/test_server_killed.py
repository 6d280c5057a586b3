"""`kill -9` of the process that serves, at a chosen step."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from api.papers.plans import Outcome
from api.papers.sheets.villages import VILLAGES
from ledger.database import connect
from tests.api.papers.desk import DEPARTMENT, Desk, outcomes
from tests.api.papers.test_villages import annex
from tests.faults.held import APPENDS, PROJECTION, held, until
from tests.faults.process import served_elsewhere
from tests.faults.telling import Teller
from tests.faults.whole import nothing_lost_and_nothing_twice
from tests.ledger.samples import CONTEXT

AT_ONCE = 6

WHOLE = 31
"""Events of Annex 1: its thirty villages, and that it was taken in."""


def test_commands_under_way_when_the_server_is_killed_are_recorded_once(real_ledger: str) -> None:
    teller = Teller()
    with served_elsewhere(real_ledger) as first:
        teller.tell_all(first, teller.new(10))
        with held(real_ledger, APPENDS) as lock:
            with teller.telling(first, under_way := teller.new(AT_ONCE)) as answers:
                lock.waiting(AT_ONCE)
                first.kill()
            assert all(isinstance(answer.exception(), httpx.TransportError) for answer in answers)
        assert len(teller.acknowledged) == 10
    with served_elsewhere(real_ledger) as second:
        teller.tell_all(second, [*under_way, *teller.acknowledged, *teller.new(3)])

    nothing_lost_and_nothing_twice(real_ledger, teller.acknowledged)


def test_a_server_killed_while_it_projects_goes_on_where_it_was(real_ledger: str) -> None:
    teller = Teller()
    with served_elsewhere(real_ledger) as first:
        teller.tell_all(first, teller.new(5))
        with held(real_ledger, PROJECTION) as lock:
            teller.tell_all(first, teller.new(5))  # acknowledged: what is recorded does not wait for reading
            lock.waiting(1)
            first.kill()
    with served_elsewhere(real_ledger) as second:
        assert second.ask('{ programme(waitFor: "10") { position } }') == {"programme": {"position": "10"}}

    nothing_lost_and_nothing_twice(real_ledger, teller.acknowledged)


def _take_in(conninfo: str) -> None:
    desk = Desk(conninfo)
    desk.take(VILLAGES, annex(), by=DEPARTMENT)


@pytest.fixture
def desk(real_ledger: str) -> Iterator[Desk]:
    """A desk of an empty county."""
    desk = Desk(real_ledger)
    yield desk
    desk.close()


def test_an_import_whose_process_is_killed_is_on_record_whole_or_not_at_all(desk: Desk) -> None:
    with held(desk.conninfo, APPENDS) as lock:
        importing = CONTEXT.Process(target=_take_in, args=(desk.conninfo,))
        importing.start()
        lock.waiting(1)
        importing.kill()
        importing.join()
    with connect(desk.conninfo) as conn:
        gone = "select not exists (select from pg_stat_activity where wait_event_type = 'Lock')"
        until("gone", conn, gone)
    left = desk.head

    again = desk.take(VILLAGES, annex(), by=DEPARTMENT)

    assert (left, again is None) in {(0, False), (WHOLE, True)}
    assert desk.head == WHOLE
    assert outcomes(desk.plan(VILLAGES, annex(), by=DEPARTMENT)) == [Outcome.ALREADY] * (WHOLE - 1)
    nothing_lost_and_nothing_twice(desk.conninfo, [event.command_id for event in desk.events()])
