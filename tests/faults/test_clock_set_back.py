"""The clock of the machine set back: what was recorded stays before what is recorded now."""

from __future__ import annotations

from datetime import datetime, timedelta

from ledger.database import connect
from tests import facts
from tests.api.server import serving
from tests.faults.telling import Teller, goes_on
from tests.faults.whole import nothing_lost_and_nothing_twice
from tests.projections.readside import ReadSide

AHEAD = timedelta(hours=3)


def test_after_the_clock_was_set_back_time_stands_still_until_it_has_caught_up(
    real_ledger: str, teller: Teller
) -> None:
    ahead = an_event_of_a_clock_ahead(real_ledger)
    with serving(real_ledger) as served:
        teller.tell_all(served, teller.new(3))
        goes_on(served, teller)
    with connect(real_ledger) as conn:
        times = [at for (at,) in conn.execute("select recorded_at from ledger.events order by position")]
        known = [
            conn.execute("select ledger.position_at(%s)", (moment,)).fetchone()
            for moment in (ahead - timedelta(microseconds=1), ahead)
        ]

    assert times == [ahead] * 5
    assert known == [(0,), (5,)]
    nothing_lost_and_nothing_twice(real_ledger, teller.acknowledged)


def an_event_of_a_clock_ahead(conninfo: str) -> datetime:
    """Let the ledger have an event of a clock that was hours ahead, and return its time."""
    side = ReadSide(conninfo)
    stored = side._mapper.to_stored_event(facts.duty_recorded().as_version(1))
    side.close()
    with connect(conninfo) as conn, conn.transaction():
        conn.execute("select set_config('zhucun.appending', 'on', true)")  # as `ledger.append` does
        ((at,),) = conn.execute(
            "insert into ledger.events"
            " (originator_id, originator_version, topic, state, position, recorded_at, command_id)"
            " values (%s, 1, %s, %s, 1, now() + %s, gen_random_uuid()) returning recorded_at",
            (stored.originator_id, stored.topic, stored.state, AHEAD),
        ).fetchall()
    moment: datetime = at
    return moment
