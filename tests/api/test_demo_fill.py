"""The demo in the ledger: filled in chunks, resumed after an interruption, never mixed with other events."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from time import monotonic, sleep
from typing import Any

import pytest

from api.county import County, open_county
from api.demo.cast import DEPARTMENT
from api.demo.fill import Demo, DemoDiffers
from api.demo.story import SMALL
from api.settings import Settings
from domain.commands import AssessGoals
from ledger.database import connect
from ledger.errors import FoundedOtherwise
from tests import postgres

DEMO = Demo(2020, SMALL)
CHUNK = 5
FILL_SLOWLY = """
import signal, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # deaf to it in the background of a shell
from api.county import open_county
from api.settings import Settings
from tests.api.test_demo_fill import CHUNK, DEMO
with open_county(Settings.from_env(), print, DEMO.founding) as county:
    DEMO.fill(county.programme, lambda *_: time.sleep(0.05), chunk=CHUNK)
"""


@pytest.fixture
def another_database(server: str, template: str) -> Iterator[str]:
    with postgres.database_from(server, template) as conninfo:
        yield conninfo


@pytest.fixture
def uninterrupted(database: str) -> list[Any]:
    with _county(database) as county:
        DEMO.fill(county.programme, _nobody)
    return _content(database)


def test_a_fill_that_is_killed_goes_on_and_ends_as_if_nothing_had_happened(
    uninterrupted: list[Any], another_database: str
) -> None:
    left = _interrupt(another_database, signal.SIGKILL, after=200)
    assert left == uninterrupted[: len(left)]
    assert 200 <= len(left) < len(uninterrupted)
    with _county(another_database) as county:
        assert DEMO.fill(county.programme, _nobody) == len(uninterrupted) - len(left)
        assert DEMO.is_complete(county.programme)
    assert _content(another_database) == uninterrupted


def test_an_interruption_leaves_whole_chunks(database: str, another_database: str) -> None:
    left = _interrupt(database, signal.SIGINT, after=100)
    ends: list[int] = []  # of the chunks of a fill of the same size
    with _county(another_database) as county:

        def note(_done: int, _of: int) -> None:
            ends.append(county.programme.recorder.max_notification_id() or 0)

        DEMO.fill(county.programme, note, chunk=CHUNK)
    assert len(left) in ends[:-1]


def test_filling_a_filled_demo_changes_nothing(database: str) -> None:
    with _county(database) as county:
        DEMO.fill(county.programme, _nobody)
        before = _content(database)
        assert DEMO.fill(county.programme, _nobody) == 0
    assert _content(database) == before


def test_progress_is_told_to_the_end(database: str) -> None:
    told: list[tuple[int, int]] = []
    with _county(database) as county:
        DEMO.fill(county.programme, lambda done, of: told.append((done, of)), chunk=200)
    assert len(told) > 3
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]


def test_a_ledger_that_holds_something_else_is_not_filled_further(database: str) -> None:
    _interrupt(database, signal.SIGKILL, after=100)
    with _county(database) as county:
        village = next(iter(_content(database)))[1]
        county.programme.execute(
            AssessGoals(village_id=village, year=2020, met=()),
            occurred_on=date(2020, 12, 20),
            actor=DEPARTMENT,
            command_id=village,
        )
        before = _content(database)
        with pytest.raises(DemoDiffers):
            DEMO.fill(county.programme, _nobody)
    assert _content(database) == before


def test_a_demo_of_another_seed_is_another_ledger(database: str) -> None:
    with _county(database):
        pass
    other = Demo(2021, SMALL).founding
    with pytest.raises(FoundedOtherwise), open_county(_settings(database), _say_nothing, other):
        pass


def test_the_ledger_says_that_it_is_simulated(database: str) -> None:
    with _county(database) as county:
        assert county.identity.simulated
        assert "simulated" in county.identity.origin


def test_the_recorded_times_are_those_of_the_story(database: str) -> None:
    with _county(database) as county:
        DEMO.fill(county.programme, _nobody)
    times = [recorded_at for *_, recorded_at, _ in _content(database)]
    assert times == sorted(times)
    assert (times[0].date(), times[-1].year) == (date(2020, 3, 18), 2020)


@contextmanager
def _county(conninfo: str) -> Iterator[County]:
    with open_county(_settings(conninfo), _say_nothing, DEMO.founding) as county:
        yield county


def _settings(conninfo: str) -> Settings:
    return Settings(database_url=conninfo, keys_at=postgres.keys_of(conninfo))


def _nobody(_done: int, _of: int) -> None:
    pass


def _say_nothing(_line: str) -> None:
    pass


def _content(conninfo: str) -> list[Any]:
    with connect(conninfo) as conn:
        return conn.execute(
            "select position, originator_id, originator_version, topic, state, recorded_at, command_id"
            " from ledger.events order by position"
        ).fetchall()


def _interrupt(conninfo: str, how: signal.Signals, *, after: int) -> list[Any]:
    """Fill slowly in another process, interrupt it `after` so many events, and return what is left."""
    env = os.environ | postgres.environment(conninfo)
    child = subprocess.Popen(
        [sys.executable, "-c", FILL_SLOWLY], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = monotonic() + 60
        with connect(conninfo) as conn:
            while conn.execute("select count(*) >= %s from ledger.events", (after,)).fetchone() != (True,):
                assert child.poll() is None, "the fill ended before it could be interrupted"
                assert monotonic() < deadline, "the fill did not get that far"
                sleep(0.01)
        child.send_signal(how)
        assert child.wait(timeout=30) != 0
    finally:
        child.kill()
        child.wait()
    return _content(conninfo)
