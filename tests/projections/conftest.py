"""What the tests of the read side ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.database import connect, found_ledger
from tests import postgres
from tests.projections.readside import ReadSide


@pytest.fixture
def read_side(simulated_ledger: str) -> Iterator[ReadSide]:
    """An empty simulated ledger with its read side."""
    side = ReadSide(simulated_ledger)
    yield side
    side.close()


@pytest.fixture(scope="module")
def county(server: str, template: str) -> Iterator[ReadSide]:
    """One ledger for all examples of a law: each is a county of its own in it."""
    with postgres.database_from(server, template) as conninfo:
        with connect(conninfo) as conn:
            found_ledger(conn, origin="zhucun.example/law", county="430624", simulated=True)
        side = ReadSide(conninfo)
        yield side
        side.close()
