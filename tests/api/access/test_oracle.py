"""The law of sight: whatever somebody is answered is what the events come to that their office sees."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

import pytest

from api.access.principal import Principal
from tests.api.access.conftest import Life
from tests.api.access.looking import Look, instructor, sending_unit, township
from tests.api.server import Served
from tests.api.test_oracle import THIRDS
from tests.api.test_oracle import Look as Moment
from tests.oracle import sight
from tests.oracle.answers import Oracle, differences
from tests.oracle.clocks import Log, World
from tests.oracle.questions import QUESTIONS, SCHEMA
from tests.projections.histories import START


class Sight(NamedTuple):
    """Somebody, and the log as they see it at a moment."""

    who: Principal
    log: Callable[[World], Log]


COMMITTEE = "石塘镇党委"
SIGHTS = {
    "a township": Sight(
        township("430624105", COMMITTEE), lambda it: sight.of_township(it, "430624105", COMMITTEE)
    ),
    "another": Sight(township("430624106"), lambda it: sight.of_township(it, "430624106", "")),
    "a unit": Sight(sending_unit("县教育局"), lambda it: sight.of_unit(it, "县教育局")),
    "another unit": Sight(sending_unit("县财政局"), lambda it: sight.of_unit(it, "县财政局")),
    "an instructor": Sight(instructor("XY-0"), lambda it: sight.of_instructor(it, "XY-0")),
    "somebody turned down": Sight(instructor("XY-2"), lambda it: sight.of_instructor(it, "XY-2")),
}
MOMENTS = {
    "early": Moment(None, 0.4, False, START, 0.2, 30, turn=0),
    "on a day": Moment(START.replace(month=12), 0.8, True, START, 0.5, 90, turn=1),
    "now": Moment(None, 1.0, False, START, 0.5, 91, turn=2),
}


def same(served: Served, log: Log, seen: Sight, moment: Moment, turn: int) -> None:
    """Ask a third of all questions as somebody, and compare."""
    programme, variables = moment.variables(log)
    theirs, _ = moment.variables(seen.log(programme.world))
    asked = [
        (query, {it: value for it, value in variables.items() if f"${it}:" in query})
        for query in islice(QUESTIONS.values(), turn % THIRDS, None, THIRDS)
    ]
    oracle = Oracle(SCHEMA)
    for (query, said), answered in zip(asked, Look(served, seen.who).answers(*asked), strict=True):
        found = list(islice(differences(answered, oracle.answer(query, theirs, **said)), 20))
        assert found == [], query


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("who", SIGHTS)
def test_every_answer_is_what_the_events_come_to_that_the_office_sees(
    life: Life, who: str, moment: str
) -> None:
    turn = MOMENTS[moment].turn + list(SIGHTS).index(who)  # each has all thirds in the three moments
    same(life.served, life.log, SIGHTS[who], MOMENTS[moment], turn)


@pytest.mark.parametrize("who", SIGHTS)
def test_everybody_sees_something_and_nobody_everything(life: Life, who: str) -> None:
    now, _ = MOMENTS["now"].variables(life.log)
    seen = {it.position for it in SIGHTS[who].log(now.world).records if it.person or it.village}
    there = {it.position for it in life.log.records if it.person or it.village}
    assert seen < there
    assert seen
