"""What the tests of the API ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.county import open_county
from api.demo.fill import Demo
from api.demo.story import SMALL
from api.settings import Settings
from ledger.database import connect, found_ledger
from projections.projector import Projector
from tests import facts, postgres
from tests.api.server import Served, serving
from tests.conftest import COUNTY, ORIGIN
from tests.projections.readside import ReadSide


@pytest.fixture
def served(real_ledger: str) -> Iterator[Served]:
    """An empty county, served."""
    with serving(real_ledger) as it:
        yield it


@pytest.fixture(scope="module")
def idle(server: str, template: str) -> Iterator[Served]:
    """An empty county, served, in which nothing is ever recorded."""
    with _ledger(server, template) as side, serving(side.conninfo) as it:
        yield it


@pytest.fixture(scope="module")
def story(server: str, template: str) -> Iterator[Served]:
    """A served county with one instructor's whole life.

    They checked in on twenty days of April 2020; one check-in of 3 May was entered on 10 June and voided on
    1 July; they were recalled on 1 August 2021.
    """
    with _ledger(server, template) as side:
        _live(side)
        side.project()
        with serving(side.conninfo) as it:
            yield it


@pytest.fixture(scope="module")
def one_of_each(server: str, template: str) -> Iterator[Served]:
    """A served county with one event of each kind, which make no history."""
    with _ledger(server, template) as side:
        side.enter(*facts.ONE_OF_EACH)
        side.project()
        with serving(side.conninfo) as it:
            yield it


@pytest.fixture(scope="module")
def demo(server: str, template: str) -> Iterator[Served]:
    """The small demo county, served: three villages over three months."""
    the_demo = Demo(2020, SMALL)
    with postgres.database_from(server, template) as conninfo:
        settings = Settings(database_url=conninfo, keys_at=postgres.keys_of(conninfo))
        with open_county(settings, lambda _: None, the_demo.founding) as county:
            the_demo.fill(county.programme, lambda _done, _of: None)
            Projector(conninfo, county.keys).catch_up()
        with serving(conninfo) as it:
            yield it


@pytest.fixture
def lived(server: str, template: str) -> Iterator[tuple[ReadSide, Served]]:
    """A served county whose events the test enters, each at the time that the test says."""
    with _ledger(server, template) as side, serving(side.conninfo) as it:
        yield side, it


@pytest.fixture
def side(simulated_ledger: str) -> Iterator[ReadSide]:
    """A county with some events."""
    with closing(ReadSide(simulated_ledger)) as side:
        side.enter(*facts.POSTED)
        yield side


@pytest.fixture
def zhucun(side: ReadSide) -> Callable[..., Result]:
    """The command line on that county."""

    def run(*args: str, typed: str | None = None) -> Result:
        env = postgres.environment(side.conninfo)
        return CliRunner().invoke(app, args, input=typed, env=env)

    return run


@contextmanager
def _ledger(server: str, template: str) -> Iterator[ReadSide]:
    with postgres.database_from(server, template) as conninfo:
        with connect(conninfo) as conn:
            found_ledger(conn, origin=ORIGIN, county=COUNTY, simulated=True)
        side = ReadSide(conninfo)
        yield side
        side.close()


def _live(side: ReadSide) -> None:
    side.enter(*facts.POSTED)
    side.enter(*(facts.checked_in(on=date(2020, 4, day)) for day in range(2, 22)))
    side.enter(
        facts.party_relation_transferred(on=date(2020, 4, 22)),
        facts.leave_granted(date(2020, 4, 23), date(2020, 4, 24), on=date(2020, 4, 22)),
        facts.household_visited(on=date(2020, 4, 25)),
        facts.duty_recorded(on=date(2020, 4, 26)),
        facts.project_started(on=date(2020, 5, 2)),
        facts.inspected(on=date(2020, 5, 5)),
    )
    side.enter(facts.checked_in(on=facts.MAY_3), on=date(2020, 6, 10))
    late = side.one("event", type="Instructor.CheckedIn", occurred_on=facts.MAY_3) if side.project() else {}
    side.enter(facts.voided(late["version"], on=date(2020, 7, 1)))
    side.enter(
        facts.project_completed(),
        facts.goals_assessed(),
        facts.appraised(),
        facts.award_paid(),
        facts.commended(),
        facts.subsidy_paid(),
        facts.promoted(on=date(2021, 3, 1)),
        facts.recalled(on=date(2021, 8, 1)),
        facts.instructor_withdrawn(on=date(2021, 8, 1)),
        facts.household_removed(on=date(2021, 8, 2)),
        facts.accountability_opened(on=date(2021, 8, 3)),
        facts.disciplined(on=date(2021, 8, 4)),
    )
