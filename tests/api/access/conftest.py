"""A county in which a bit of everything happened, for whoever asks in an office."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from uuid import UUID

import pytest

from domain.programme import Programme
from ledger.database import connect, found_ledger
from tests import postgres
from tests.api.server import Served, serving
from tests.api.test_oracle import signed_tree
from tests.conftest import COUNTY, ORIGIN
from tests.oracle.clocks import Log
from tests.projections.histories import A_LIFE, Story
from tests.projections.readside import ReadSide
from tests.scenario import TODAY


class Life(NamedTuple):
    """A county that is served, its log, and its first village."""

    served: Served
    log: Log
    village: UUID


@contextmanager
def living(story: Story, server: str, template: str) -> Iterator[Life]:
    """Lend the county of a story, served."""
    with postgres.database_from(server, template) as conninfo:
        with connect(conninfo) as conn:
            found_ledger(conn, origin=ORIGIN, county=COUNTY, simulated=True)
        side = ReadSide(conninfo)
        side.append(story.events, story.clocks)
        side.project()
        side.close()
        with serving(conninfo) as served, _another(server, template) as served.record:
            log = Log(story.events, story.clocks, TODAY, signed_tree(served))
            yield Life(served, log, story.village)


@contextmanager
def _another(server: str, template: str) -> Iterator[Programme]:
    """Lend another county, to put on record who looked: what is counted here must not grow by that."""
    with postgres.database_from(server, template) as conninfo:
        with connect(conninfo) as conn:
            found_ledger(conn, origin=ORIGIN, county=COUNTY, simulated=True)
        with Programme(COUNTY, lambda: TODAY, postgres.programme_of(conninfo)) as programme:
            yield programme


@pytest.fixture(scope="package")
def life(server: str, template: str) -> Iterator[Life]:
    """Two villages in two townships, and three people of two units."""
    story = Story()
    for move in A_LIFE:
        story.play(move)
    with living(story, server, template) as life:
        yield life
