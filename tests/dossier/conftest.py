"""What the tests of the verifier ask for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from tests import two_batches
from tests.api.conftest import _ledger, _live
from tests.api.conftest import demo as demo  # noqa: PLC0414 - a fixture here too
from tests.api.server import serving
from tests.dossier.language import Log


@pytest.fixture(scope="module")
def log(server: str, template: str) -> Iterator[Log]:
    """A served county with two people in two villages.

    One was recalled on 1 August 2021 and has an event of nearly each kind, one of them late and void; the
    other came a year later, and all of theirs was entered on 1 February 2022.
    """
    with _ledger(server, template) as side:
        _live(side)
        side.enter(*two_batches.SECOND, *two_batches.NEXT_WORK, on=date(2022, 2, 1))
        side.project()
        with serving(side.conninfo) as served:
            yield Log(served, side)
