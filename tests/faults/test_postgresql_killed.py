"""`kill -9` of PostgreSQL's postmaster, and of one of its backends: the server recovers by itself."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from itertools import islice

import pytest

from api.papers.sheets.villages import VILLAGES
from tests.api.papers.desk import DEPARTMENT, Desk
from tests.api.papers.test_villages import annex
from tests.api.server import Served, serving
from tests.api.test_following import FOLLOW
from tests.faults.held import APPENDS, PROJECTION, held
from tests.faults.own_postgres import OwnPostgres, own_postgres
from tests.faults.telling import Teller, answered, goes_on, hurried, in_background, told
from tests.faults.whole import nothing_lost_and_nothing_twice

AT_ONCE = 4


@pytest.fixture(scope="module")
def own() -> Iterator[OwnPostgres]:
    """A PostgreSQL to kill."""
    with own_postgres("zhucun_killed") as server:
        yield server


@pytest.fixture(scope="module")
def served(own: OwnPostgres) -> Iterator[Served]:
    """A county on it, served all through this module."""
    with serving(own.conninfo) as it:
        yield it


@pytest.fixture(scope="module")
def teller(served: Served) -> Teller:
    """Who gives commands all through this module."""
    teller = Teller()
    teller.tell_all(served, teller.new(5))
    return teller


def test_commands_under_way_when_postgresql_is_killed_are_recorded_once_and_followed_once(
    own: OwnPostgres, served: Served, teller: Teller
) -> None:
    with served.subscribed(FOLLOW, after="0") as messages:
        before = max(teller.acknowledged.values())
        seen = [_position(it) for it in islice(messages, before)]
        with held(own.conninfo, APPENDS) as lock, teller.telling(served, teller.new(AT_ONCE)) as answers:
            lock.waiting(AT_ONCE)
            own.kill()
            own.start()
        # The server has given them again by itself: whoever asked has noticed nothing.
        assert [answer.result()["repeated"] for answer in answers] == [False] * AT_ONCE
        goes_on(served, teller)
        seen += [_position(it) for it in islice(messages, AT_ONCE + 1)]

    assert seen == list(range(1, before + AT_ONCE + 2))
    nothing_lost_and_nothing_twice(own.conninfo, teller.acknowledged)


def test_a_backend_killed_during_an_append_takes_nothing_with_it(
    own: OwnPostgres, served: Served, teller: Teller
) -> None:
    with held(own.conninfo, APPENDS) as lock, teller.telling(served, teller.new()) as answers:
        (backend,) = lock.waiting(1)
        os.kill(backend, signal.SIGKILL)  # PostgreSQL then ends all the others too, and recovers
    assert answers[0].result()["repeated"] is False

    goes_on(served, teller)
    nothing_lost_and_nothing_twice(own.conninfo, teller.acknowledged)


def test_a_projection_under_way_when_postgresql_is_killed_is_done_once(
    own: OwnPostgres, served: Served, teller: Teller
) -> None:
    with held(own.conninfo, PROJECTION) as lock:
        teller.tell_all(served, teller.new(3))
        lock.waiting(1)
        own.kill()
        own.start()

    goes_on(served, teller)
    nothing_lost_and_nothing_twice(own.conninfo, teller.acknowledged)


def test_an_import_under_way_when_postgresql_is_killed_is_taken_in_once(
    own: OwnPostgres, served: Served, teller: Teller
) -> None:
    desk = Desk(own.conninfo)
    before = desk.head
    with held(own.conninfo, APPENDS) as lock:
        threads, taking = in_background(lambda: desk.take(VILLAGES, annex(), by=DEPARTMENT))
        with threads:
            lock.waiting(1)
            own.kill()
            own.start()
            taken = taking.result()
    assert taken is not None
    assert desk.take(VILLAGES, annex(), by=DEPARTMENT) is None
    assert desk.head == before + 31
    desk.close()

    goes_on(served, teller)
    nothing_lost_and_nothing_twice(own.conninfo, teller.acknowledged)


def test_while_postgresql_is_away_everybody_is_told_so_in_time(
    own: OwnPostgres, served: Served, teller: Teller
) -> None:
    (command,) = teller.new()
    own.kill()
    with hurried(served):
        asked = told(answered(served, "{ programme { position villages { nodes { name } } } }"))
        error = teller.attempt(served, command)
        ready = served.http.get("/ready")
        alive = served.http.get("/health")
    own.start()

    assert error is not None
    assert asked[0] == error[0] == "UNAVAILABLE"
    for _, message in (asked, error):
        assert "数据库暂时不可用" in message
        assert "The database does not answer now" in message
    assert (ready.status_code, alive.status_code) == (503, 200)
    teller.tell(served, command)
    goes_on(served, teller)
    nothing_lost_and_nothing_twice(own.conninfo, teller.acknowledged)


def _position(message: object) -> int:
    return int(message["data"]["events"]["position"])  # type: ignore[index]  # JSON
