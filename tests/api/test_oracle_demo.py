"""The law of the API over the demo county: every answer is what its bare events come to (`tests/oracle/`)."""

from __future__ import annotations

from datetime import date
from typing import cast

import pytest

from domain.root import Event
from ledger.mapper import EventMapper
from ledger.recorder import Recorder
from ledger.store import Datastore
from tests.api.server import Served
from tests.api.test_oracle import Look, same, signed_tree
from tests.oracle.answers import Oracle
from tests.oracle.clocks import Log
from tests.oracle.questions import SCHEMA
from tests.scenario import TODAY

LOOKS = [
    Look(date(2020, 5, 31), 0.8, True, date(2020, 4, 30), 0.5, 30, turn=0),
    Look(date(2020, 6, 30), 0.95, False, date(2020, 5, 31), 0.5, 60, turn=1),
    Look(None, 1.0, False, date(2020, 3, 16), 0.0, 91, turn=2),
]


@pytest.fixture(scope="module")
def log(demo: Served) -> Log:
    """The events of the demo, read from its ledger."""
    recorder = Recorder(Datastore(demo.county.conninfo, pool_size=1, max_overflow=0))
    try:
        rows = recorder.read_after(0, 100_000)
    finally:
        recorder.datastore.close()
    events = [cast("Event", EventMapper().from_row(row)) for row in rows]
    return Log(events, [row.recorded_at for row in rows], TODAY, signed_tree(demo))


@pytest.mark.parametrize("look", LOOKS)
def test_every_answer_about_the_demo_is_what_its_events_come_to(demo: Served, log: Log, look: Look) -> None:
    same(demo, Oracle(SCHEMA), log, look)
