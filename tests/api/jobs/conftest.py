"""What the tests of imports by GraphQL ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.database import connect, found_ledger
from tests import facts, postgres
from tests.api.jobs.counter import Counter
from tests.api.server import serving
from tests.conftest import COUNTY, ORIGIN
from tests.projections.readside import ReadSide


@pytest.fixture(scope="module")
def counter(server: str, template: str) -> Iterator[Counter]:
    """A served county with one village and its instructor in service since April 2020."""
    with postgres.database_from(server, template) as conninfo:
        with connect(conninfo) as conn:
            found_ledger(conn, origin=ORIGIN, county=COUNTY, simulated=True)
        enter_posted(conninfo)
        with serving(conninfo) as served:
            yield Counter(served)


def enter_posted(conninfo: str) -> None:
    """Let a village have an instructor."""
    side = ReadSide(conninfo)
    side.enter(*facts.POSTED)
    side.project()
    side.close()
