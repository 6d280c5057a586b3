"""The roll-ups: whatever they hold, or do not, every answer is what the facts alone would say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from itertools import count
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from psycopg.sql import SQL, Identifier

from domain.commands import Household
from domain.terms import HouseholdCategory
from ledger.database import connect
from projections import rollups
from projections.follower import Follower, Overtaken
from projections.rebuild import rebuild
from projections.schema import READ
from tests.facts import (
    APPOINTMENT,
    HOUSEHOLD,
    MAY_3,
    POSTED,
    checked_in,
    household_removed,
    household_visited,
    households_registered,
    recalled,
    village_voided,
    voided,
)
from tests.projections.histories import Move, Story, days, moves
from tests.projections.readside import FOR_EVER, ReadSide, noon
from tests.scenario import Fact

MAY = date(2020, 5, 1)
MAY_31 = date(2020, 5, 31)
JUNE_10 = date(2020, 6, 10)
NOUNS = ("attendance", "coverage", "milestone", "service")
DUE = """
select (select count(*) from read.work_month where good_until < 9223372036854775807)
    + (select count(*) from read.posting_service where good_until < 9223372036854775807)
    + (select count(*) from read.posting_coverage where good_until < 9223372036854775807)
"""
_numbers = count(1)

Answers = dict[str, list[dict[str, Any]]]


@settings(
    max_examples=18,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # each try is a database's: shrinking takes minutes
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    moves=moves(),
    seam=st.floats(0.2, 1),
    piece=st.integers(1, 30),
    looks=st.lists(st.tuples(days(), st.floats(0, 1)), min_size=2, max_size=5),
)
def test_the_answers_are_the_same_with_fresh_roll_ups_stale_ones_half_refreshed_ones_and_none(
    county: ReadSide, moves: list[Move], seam: float, piece: int, looks: list[tuple[date, float]]
) -> None:
    story = Story(next(_numbers))
    for move in moves:
        story.play(move)
    cut = round(seam * len(story.events))
    first = enter(county, story, 0, cut) - cut + 1
    county.project()  # counted up to the seam, and stale beyond it
    enter(county, story, cut, len(story.events))
    follower = project_only(county)
    share = len(story.events) - 1
    asked = [(day, first + round(at * share)) for day, at in looks]
    asked += [(date(2026, 1, 1), first + share), (date(2026, 1, 1), first + cut - 1)]
    with without_rollups(county):
        expected = [answers(county, story, *look) for look in asked]
    assert [answers(county, story, *look) for look in asked] == expected, "with stale ones"
    part_refresh(county, follower, piece)
    assert [answers(county, story, *look) for look in asked] == expected, "with some refreshed"
    county.project()
    assert county.value(DUE) == 0
    assert [answers(county, story, *look) for look in asked] == expected, "with fresh ones"


def test_a_month_of_whole_service_is_answered_from_its_roll_up(read_side: ReadSide) -> None:
    posted_with(read_side, checked_in(on=MAY_3))
    tamper(read_side, "update read.work_month set days_present = 31 where month = '2020-05-01'")
    assert may(read_side)["days_present"] == 31, "the roll-up was not used"
    assert may(read_side, as_of=MAY_31)["days_present"] == 31
    assert may(read_side, as_of=MAY_3 - timedelta(1))["days_present"] == 0, "the day is not over yet"
    assert may(read_side, known=len(POSTED))["days_present"] == 0, "it was not known yet"


def test_coverage_is_answered_from_its_roll_up_on_any_day(read_side: ReadSide) -> None:
    visited = posted_with(read_side, household_visited(on=MAY_3))
    tamper(read_side, "update read.posting_coverage set households = 40")
    assert read_side.one("coverage")["households"] == 40, "the roll-up was not used"
    for day, number in ((MAY_3 - timedelta(1), 0), (MAY_3, 1), (MAY_31, 1)):
        row = read_side.one("coverage", day)
        assert (row["households"], row["visited"], row["registered_poor_visited"]) == (40, number, number)
    before = read_side.one("coverage", MAY_31, visited - 1)
    assert (before["households"], before["visited"]) == (1, 0), "it was not known yet"


def test_a_milestone_is_reached_on_its_day(read_side: ReadSide) -> None:
    posted_with(read_side, household_visited(on=date(2020, 6, 30)))
    reached = {
        day: {row["milestone"]: row["visited"] for row in read_side.ask("milestone", day)}
        for day in (date(2020, 6, 28), date(2020, 6, 29), date(2020, 6, 30), date(2020, 7, 1))
    }
    assert list(reached.values()) == [
        {"latest": 0},
        {"latest": 0, "day_90": 0},
        {"latest": 1, "day_90": 0},
        {"latest": 1, "day_90": 0, "deadline": 1},
    ]


def test_a_late_entry_makes_a_month_stale_and_the_next_refresh_mends_it(read_side: ReadSide) -> None:
    before = posted_with(read_side, checked_in(on=MAY_3))
    read_side.enter(checked_in(on=MAY_31), on=JUNE_10)
    follower = project_only(read_side)
    assert spans(read_side) == [(before, before + 1)], "true of what was known before"
    assert may(read_side)["days_present"] == 2
    assert follower.refresh() == 2, "the month, and the posting's months"
    assert spans(read_side) == [(before + 1, 2**63 - 1)]
    row = may(read_side)
    assert (row["days_present"], row["late_entries"], row["events"], row["late_events"]) == (2, 1, 2, 1)
    assert may(read_side, known=before)["days_present"] == 1


def test_a_voiding_makes_a_month_stale_and_the_next_refresh_mends_it(read_side: ReadSide) -> None:
    before = posted_with(read_side, checked_in(on=MAY_3))
    read_side.enter(voided(4), on=JUNE_10)
    follower = project_only(read_side)
    assert spans(read_side) == [(before, before + 1)]
    assert follower.refresh() == 2, "the month, and the posting's months"
    assert spans(read_side) == [(before + 1, 2**63 - 1)]
    assert may(read_side)["events"] == 0
    assert may(read_side, known=before)["events"] == 1


@pytest.mark.parametrize(
    ("facts_since", "households", "visited"),
    [
        ([household_removed(on=MAY_31)], 0, 0),
        ([household_removed(on=MAY_31), households_registered(HOUSEHOLD, on=JUNE_10)], 1, 1),
        ([household_visited(on=MAY_3 - timedelta(1))], 1, 1),
        ([village_voided(3, on=MAY_31)], 0, 0),
        ([voided(4, on=MAY_31)], 1, 0),
    ],
    ids=["a household removed", "one entered again", "visited earlier", "the register voided", "the visit"],
)
def test_what_touches_the_register_or_the_visits_makes_a_coverage_stale(
    read_side: ReadSide, facts_since: list[Fact], households: int, visited: int
) -> None:
    before = posted_with(read_side, household_visited(on=MAY_3))
    read_side.enter(*facts_since, on=JUNE_10)
    follower = project_only(read_side)
    assert read_side.value("select good_until from read.posting_coverage") == before + 1
    facts = read_side.one("coverage")
    assert (facts["households"], facts["visited"]) == (households, visited)
    assert follower.refresh()
    assert read_side.value(DUE) == 0
    assert read_side.one("coverage") == facts
    assert read_side.one("coverage", known=before)["visited"] == 1


def test_who_was_visited_in_time_is_known_whatever_the_register_does_after_the_deadline(
    read_side: ReadSide,
) -> None:
    later = Household(code="H-002", category=HouseholdCategory.ORDINARY)
    posted_with(
        read_side,
        household_visited(on=MAY_3),
        household_visited(on=MAY_3, household=later),
        households_registered(later, on=date(2020, 8, 1)),
        household_removed(on=date(2020, 9, 1)),
    )
    looks = [date(2020, 6, 30), date(2020, 7, 31), date(2020, 8, 1), date(2020, 8, 31), date(2020, 9, 1)]
    fresh = [read_side.one("coverage", day) for day in looks]
    assert [row["visited_by_deadline"] for row in fresh] == [1, 1, 2, 2, 1]
    assert [row["registered_poor_visited_by_deadline"] for row in fresh] == [1, 1, 1, 1, 0]
    with without_rollups(read_side):
        assert [read_side.one("coverage", day) for day in looks] == fresh


def test_a_posting_that_ended_before_it_began_is_counted_from_the_facts(read_side: ReadSide) -> None:
    posted_with(read_side, recalled(on=APPOINTMENT - timedelta(1)))
    fresh = read_side.ask("coverage")
    with without_rollups(read_side):
        assert read_side.ask("coverage") == fresh


def test_an_interrupted_refresh_is_completed_by_the_next(
    read_side: ReadSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_side.enter(*POSTED, *(checked_in(on=MAY_3 + timedelta(40 * n)) for n in range(20)))
    follower = project_only(read_side)
    due = read_side.value(DUE)
    monkeypatch.setattr(rollups, "MONTHS", 3)
    assert follower.refresh() == 4, "three months and a posting's coverage"
    assert read_side.value(DUE) == due - 4
    read_side.project()
    assert read_side.value(DUE) == 0


def test_a_crash_between_the_facts_and_the_refresh_loses_nothing(read_side: ReadSide) -> None:
    posted_with(read_side, checked_in(on=MAY_3))
    read_side.enter(checked_in(on=MAY_31), on=JUNE_10)
    with connect(read_side.conninfo) as crashing:
        project_only(read_side, crashing)
        with suppress(psycopg.OperationalError), crashing.transaction():
            assert rollups.refresh(crashing, READ) == 2
            crashing.execute("select pg_terminate_backend(pg_backend_pid())")
    assert read_side.value(DUE) == 2
    assert may(read_side)["days_present"] == 2
    read_side.project()
    assert read_side.value(DUE) == 0
    assert may(read_side)["days_present"] == 2


def test_a_refresh_makes_way_for_whoever_moved_the_read_side_meanwhile(read_side: ReadSide) -> None:
    posted_with(read_side, checked_in(on=MAY_3))
    follower = project_only(read_side)
    read_side.enter(checked_in(on=MAY_31))
    read_side.project()
    with pytest.raises(Overtaken):
        follower.refresh()


def test_a_rebuild_fills_the_roll_ups_too(read_side: ReadSide) -> None:
    posted_with(read_side, checked_in(on=MAY_3), household_visited(on=MAY_31))
    read_side.enter(checked_in(on=MAY_31), on=JUNE_10)
    project_only(read_side)
    report = rebuild(read_side.conninfo, read_side.keys)
    assert (report.swapped, report.differences) == (True, ()), (
        "stale ones beside fresh ones are no difference"
    )
    assert read_side.value(DUE) == 0
    assert read_side.value("select days_present from read.work_month where month = '2020-05-01'") == 2
    assert read_side.value("select cardinality(visited) from read.posting_coverage") == 1


def enter(side: ReadSide, story: Story, start: int, end: int) -> int:
    """Record a part of a story, and return the last position."""
    later = noon(date(2030, 1, 1))  # the examples share a log, whose clock never goes back
    if start == end:
        return int(side.value("select coalesce(max(position), 0) from ledger.events"))
    return side.append(story.events[start:end], [later] * (end - start))


def posted_with(side: ReadSide, *facts: Fact) -> int:
    """Enter a posting and more, project and refresh, and return the last position."""
    last = side.enter(*POSTED, *facts)
    assert side.project() == last
    assert side.value(DUE) == 0
    return last


def project_only(side: ReadSide, conn: psycopg.Connection[Any] | None = None) -> Follower:
    """Project what there is without refreshing any roll-up, as far as a crash may let it come."""
    follower = Follower(conn or side.conn, READ, keys=side.keys)
    follower.look()
    while follower.advance():
        pass
    return follower


def part_refresh(side: ReadSide, follower: Follower, piece: int) -> None:
    """Refresh one small piece."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rollups, "MONTHS", piece)
        patch.setattr(rollups, "SERVICES", 1)
        patch.setattr(rollups, "COVERAGES", 1)
        follower.refresh()
    assert side.value("select position from read.projector") == follower.position


def answers(side: ReadSide, story: Story, as_of: date, known: int) -> Answers:
    """Return all that may come from roll-ups, of a story's village."""
    return {noun: sorted(side.ask(noun, as_of, known, village_id=story.village), key=str) for noun in NOUNS}


@contextmanager
def without_rollups(side: ReadSide) -> Iterator[None]:
    """Ask the facts alone."""
    with side.conn.transaction(force_rollback=True):
        for table in rollups.ROLLUPS:
            side.conn.execute(SQL("delete from {}").format(Identifier(READ, table)))
        yield


def may(side: ReadSide, as_of: date = FOR_EVER, known: int = 2**62) -> dict[str, Any]:
    return side.one("attendance", as_of, known, month="2020-05")


def spans(side: ReadSide) -> list[tuple[int, int]]:
    """From which knowledge on, and before which, May is true."""
    return side.conn.execute(
        "select good_from, good_until from read.work_month where month = %s", (MAY,)
    ).fetchall()


def tamper(side: ReadSide, statement: str) -> None:
    """Write into a roll-up what the facts do not say, to see whether it is read."""
    assert side.conn.execute(statement.encode()).rowcount > 0
