"""What the tests of papers ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.database import connect, found_ledger
from tests import facts, postgres
from tests.api.papers.desk import Desk
from tests.conftest import COUNTY, ORIGIN
from tests.projections.readside import ReadSide


@pytest.fixture
def desk(simulated_ledger: str) -> Iterator[Desk]:
    """A desk of a county with one village, its household, and its instructor in service since April 2020."""
    yield from _opened(simulated_ledger)


@pytest.fixture(scope="module")
def counter(server: str, template: str) -> Iterator[Desk]:
    """A desk of that county which plans alone are asked of: nothing more is ever recorded."""
    with postgres.database_from(server, template) as conninfo:
        with connect(conninfo) as conn:
            found_ledger(conn, origin=ORIGIN, county=COUNTY, simulated=True)
        yield from _opened(conninfo)


def _opened(conninfo: str) -> Iterator[Desk]:
    side = ReadSide(conninfo)
    side.enter(*facts.POSTED)
    side.close()
    it = Desk(conninfo)
    yield it
    it.close()
