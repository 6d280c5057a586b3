"""What the tests of the read side ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.projections.readside import ReadSide


@pytest.fixture
def read_side(simulated_ledger: str) -> Iterator[ReadSide]:
    """An empty simulated ledger with its read side."""
    side = ReadSide(simulated_ledger)
    yield side
    side.close()
