"""The law of the API over the demo county: every answer is what its bare events come to (`tests/oracle/`)."""

from __future__ import annotations

from datetime import date
from typing import cast

import pytest

from domain.instructor import Instructor
from domain.root import Event
from domain.village import Village
from ledger.recorder import Recorder
from ledger.store import Datastore
from tests.api.access.looking import instructor, sending_unit, township
from tests.api.access.test_oracle import Sight
from tests.api.access.test_oracle import same as same_in_office
from tests.api.server import Served
from tests.api.test_oracle import Look, same, signed_tree
from tests.oracle import sight
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
    events = [cast("Event", demo.county.mapper.from_row(row)) for row in rows]
    return Log(events, [row.recorded_at for row in rows], TODAY, signed_tree(demo))


@pytest.mark.parametrize("look", LOOKS)
def test_every_answer_about_the_demo_is_what_its_events_come_to(demo: Served, log: Log, look: Look) -> None:
    same(demo, Oracle(SCHEMA), log, look)


@pytest.mark.parametrize(
    ("office", "look"),
    [*(("township", look) for look in LOOKS), ("sending unit", LOOKS[1]), ("instructor", LOOKS[2])],
)
def test_every_answer_in_an_office_is_what_the_events_come_to_that_it_sees(
    demo: Served, log: Log, office: str, look: Look
) -> None:
    (place, *_) = [it.event for it in log.records if isinstance(it.event, Village.Nominated)]
    (person, *_) = [it.event for it in log.records if isinstance(it.event, Instructor.Nominated)]
    code, committee = place.township_code, place.actor.organisation
    unit, number = person.sending_unit, person.staff_number
    seen = {
        "township": Sight(township(code, committee), lambda it: sight.of_township(it, code, committee)),
        "sending unit": Sight(sending_unit(unit), lambda it: sight.of_unit(it, unit)),
        "instructor": Sight(instructor(number), lambda it: sight.of_instructor(it, number)),
    }
    same_in_office(demo, log, seen[office], look, turn=look.turn + list(seen).index(office))
