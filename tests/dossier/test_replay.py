"""The replay: whatever the API claims of anybody, at any moment, the verifier computes from the bare events.

It was written from docs/answers.md alone, as `tests/oracle/` was, and shares no code with either.
"""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from domain.instructor import Instructor
from domain.village import Village
from ledger.database import connect, found_ledger
from tests import facts, postgres
from tests.api.conftest import _ledger
from tests.api.server import Served, serving
from tests.conftest import COUNTY, ORIGIN
from tests.dossier.language import HOLDS, Log, judged
from tests.projections.histories import A_LIFE, START, Move, Story, days, moves
from tests.projections.readside import ReadSide
from tests.scenario import PERSON

NAMED = 200
"""Answered when somebody is on record at a moment; 404 while nobody is."""


FIRST_OF_TWO = (Village.InstructorPosted, Instructor.Recalled, Instructor.TermCompleted)
"""Events of commands that span a person and a village, each followed by its partner."""


def end_of_command(story: Story, position: int) -> int:
    """Return the position, or the next where it is amid a command: a dossier is refused there.

    The story gives every event a command of its own, so that the server cannot tell.
    """
    return position + (position > 0 and isinstance(story.events[position - 1], FIRST_OF_TWO))


def holds(log: Log, who: object, as_of: date, position: int) -> bool:
    """Check that a dossier holds, if there is one; return whether there is."""
    asked = {"asOf": as_of.isoformat(), "knownAtPosition": str(position)}
    response = log.served.http.get(f"/dossier/{who}", params=asked)
    if response.status_code != NAMED:
        assert response.status_code == 404, response.text
        return False
    verdict = judged(response.content, key=log.vkey)
    assert verdict.code == HOLDS, f"{who} at {asked}: {verdict.said}"
    return True


def test_what_is_claimed_of_everybody_in_the_demo_follows_from_the_events(demo: Served) -> None:
    side = ReadSide(demo.county.conninfo)
    log = Log(demo, side)
    query = "select distinct originator_id from ledger.events where topic = 'Instructor.Nominated'"
    people = [who for (who,) in side.conn.execute(query)]
    looks = [(date(2020, 5, 31), 0.8), (date(2020, 6, 30), 0.95), (date(2020, 7, 2), 1.0)]
    found = [holds(log, who, as_of, round(part * log.size)) for who in people for as_of, part in looks]
    side.close()
    assert found.count(True) > len(people)


def test_a_service_year_may_begin_on_the_29th_of_february(server: str, template: str) -> None:
    since, until = date(2024, 2, 29), date(2027, 2, 28)
    with _ledger(server, template) as side:
        side.enter(*facts.KEY_VILLAGE, facts.households_registered(), *facts.READY)
        side.enter(facts.instructor_posted(on=since, until=until), facts.appointed(on=since, until=until))
        side.enter(facts.checked_in(on=date(2025, 3, 5)))
        side.project()
        with serving(side.conninfo) as served:
            log = Log(served, side)
            assert all(holds(log, PERSON, date(2025, 2, 26) + timedelta(n), log.size) for n in range(5))


def test_what_is_claimed_of_any_history_follows_from_its_events(server: str, template: str) -> None:
    there: list[bool] = []

    @settings(
        max_examples=4,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(moves=moves(), looks=st.lists(st.tuples(days(), st.floats(0.2, 1)), min_size=3, max_size=3))
    @example(moves=A_LIFE, looks=[(START + timedelta(n), n / 800) for n in (90, 200, 400, 800)])
    def verify(moves: list[Move], looks: list[tuple[date, float]]) -> None:
        story = Story()
        for move in moves:
            story.play(move)
        with postgres.database_from(server, template) as conninfo:
            with connect(conninfo) as conn:
                found_ledger(conn, origin=ORIGIN, county=COUNTY, simulated=True)
            side = ReadSide(conninfo)
            side.append(story.events, story.clocks)
            side.project()
            with serving(conninfo) as served:
                log = Log(served, side)
                for as_of, part in looks:
                    position = end_of_command(story, round(part * log.size))
                    there.extend(holds(log, who, as_of, position) for who in story.people)
            side.close()

    verify()
    assert there.count(True) > len(there) / 3
