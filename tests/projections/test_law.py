"""The law of the read side: on both clocks it answers what the bare events come to (`tests/oracle/`).

`tests/api/test_oracle.py` holds every answer of the API to the same; this one asks many more histories, and
SQL itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import Enum
from itertools import count
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.oracle import people, places, work
from tests.oracle.clocks import Log, World
from tests.projections.histories import Move, Story, days, moves
from tests.projections.readside import ReadSide, noon
from tests.scenario import TODAY

PERSON = (
    *("name", "gender"),
    *("stage", "since", "until", "departure", "days_present", "late_entries", "households_visited"),
    *(
        "projects_started",
        "projects_completed",
        "promoted_on",
        "party_relation_on",
        "latest_grade",
        "version",
    ),
)
POSTING = ("since", "until", "ended_on", "departure", "last_day", "serving", "party_relation_on")
MONTH = ("month", "days_present", "service_days", "full_month", "leave_days", "short", "late_entries")
COVERAGE = (
    *("deadline", "households", "visited", "registered_poor", "registered_poor_visited"),
    *("visited_by_deadline", "registered_poor_visited_by_deadline"),
)
PLACE = ("review", "weak_or_lagging", "approved_years", "registered_poor", "vacant_since")
HOUSEHOLD = ("code", "category", "since", "removed_on", "visits", "last_visited_on")

_numbers = count(1)


@settings(
    max_examples=45,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # each try is a database's: shrinking takes minutes
    suppress_health_check=[HealthCheck.too_slow],
)
@given(moves=moves(), looks=st.lists(st.tuples(days(), st.floats(0, 1)), min_size=2, max_size=4))
def test_the_read_side_equals_a_plain_fold(
    county: ReadSide, moves: list[Move], looks: list[tuple[date, float]]
) -> None:
    story = Story(next(_numbers))
    for move in moves:
        story.play(move)
    later = [noon(date(2030, 1, 1))] * len(
        story.events
    )  # the examples share a log, whose clock never goes back
    last = county.append(story.events, later)
    before = last - len(story.events)
    assert county.project() == last
    log = Log(story.events, later, TODAY)
    for as_of, share in [*looks, (date(2026, 1, 1), 1.0)]:
        known = round(share * len(story.events))
        same_people(county, story, log.at(as_of, known), before + known)
        same_places(county, story, log.at(as_of, known), before + known)


def same_people(side: ReadSide, story: Story, world: World, known: int) -> None:
    for who in story.people:
        person = people.person(world, who)
        attendance = person.attendance() if person else []
        postings = person.postings if person else []
        for noun, columns, expected in (
            ("instructor", PERSON, [person] if person else []),
            ("posting", POSTING, postings),
            ("attendance", MONTH, attendance),
            ("coverage", COVERAGE, [work.Coverage(it) for it in postings]),
        ):
            rows = side.ask(
                noun, world.as_of, known, **{"id" if noun == "instructor" else "instructor_id": who}
            )
            assert in_order(plain(row, columns) for row in rows) == in_order(
                shown(it, columns) for it in expected
            ), noun


def same_places(side: ReadSide, story: Story, world: World, known: int) -> None:
    for where in story.villages:
        place = places.place(world, where)
        rows = side.ask("village", world.as_of, known, id=where)
        assert [plain(row, PLACE) for row in rows] == ([shown(place, PLACE)] if place else [])
        rows = side.ask("household", world.as_of, known, village_id=where)
        households = place.households if place else []
        assert in_order(plain(row, HOUSEHOLD) for row in rows) == in_order(
            shown(it, HOUSEHOLD) for it in households
        )


def plain(row: dict[str, Any], columns: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(row[column] for column in columns)


def shown(it: object, columns: tuple[str, ...]) -> tuple[Any, ...]:
    """Return what the oracle says, with the words as they are stored."""
    words = {"stage", "departure", "review"}
    values = ((column, getattr(it, column)) for column in columns)
    return tuple(
        value.lower() if column in words and value else value.value if isinstance(value, Enum) else value
        for column, value in values
    )


def in_order(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(rows, key=str)
