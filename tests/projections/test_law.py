"""The law of the read side: on both clocks it equals a plain fold over the events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ledger.database import connect, found_ledger
from tests import postgres
from tests.projections import plain
from tests.projections.histories import Move, Story, days, moves
from tests.projections.readside import ReadSide, noon

_numbers = count(1)


@pytest.fixture(scope="module")
def county(server: str, template: str) -> Iterator[ReadSide]:
    """One ledger for all examples: each is a county of its own in it, and asks for its own people only."""
    with postgres.database_from(server, template) as conninfo:
        with connect(conninfo) as conn:
            found_ledger(conn, origin="zhucun.example/law", county="430624", simulated=True)
        side = ReadSide(conninfo)
        yield side
        side.close()


@settings(
    max_examples=80,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # each try is a database's: shrinking takes minutes
    suppress_health_check=[HealthCheck.too_slow],
)
@given(moves=moves(), looks=st.lists(st.tuples(days(), st.floats(0, 1)), min_size=2, max_size=6))
def test_the_read_side_equals_a_plain_fold(
    county: ReadSide, moves: list[Move], looks: list[tuple[date, float]]
) -> None:
    story = Story(next(_numbers))
    for move in moves:
        story.play(move)
    later = noon(date(2030, 1, 1))  # the examples share a log, whose clock never goes back
    last = county.append(story.events, [later] * len(story.events))
    first = last - len(story.events) + 1
    assert county.project() == last
    for as_of, share in [*looks, (date(2026, 1, 1), 1.0)]:
        known = first + round(share * (len(story.events) - 1))
        events = plain.seen(story.events, first, as_of, known)
        same_people(county, story, events, as_of, known)
        same_postings(county, story, events, as_of, known)
        same_village(county, story, events, as_of, known)


def same_people(side: ReadSide, story: Story, events: plain.History, as_of: date, known: int) -> None:
    for person in story.people:
        stage = plain.stage(events, person)
        rows = side.ask("instructor", as_of, known, id=person)
        assert [row["stage"] for row in rows] == ([] if stage is None else [stage])
        for row in rows:
            projects = plain.projects(events, person)
            assert {
                "days_present": row["days_present"],
                "households_visited": row["households_visited"],
                "projects_started": row["projects_started"],
                "projects_completed": row["projects_completed"],
            } == {
                "days_present": plain.days_present(events, person),
                "households_visited": plain.households_visited(events, person),
                "projects_started": len(projects),
                "projects_completed": len([done for _, done in projects.values() if done]),
            }
            asked = side.ask("project", as_of, known, instructor_id=person)
            assert {row["id"]: (row["started_on"], row["completed_on"]) for row in asked} == projects


def same_postings(side: ReadSide, story: Story, events: plain.History, as_of: date, known: int) -> None:
    terms = plain.terms(events)
    rows = in_order(side.ask("posting", as_of, known, village_id=story.village), "position")
    columns = ("instructor_id", "since", "until", "replaces", "departure", "ended_on", "last_day")
    assert [tuple(map(row.get, columns)) for row in rows] == [
        (it.person, it.since, it.until, it.replaces, it.departure, it.left_on, it.last_day) for it in terms
    ]
    covered = in_order(side.ask("coverage", as_of, known, village_id=story.village), "since")
    attended = in_order(side.ask("attendance", as_of, known, village_id=story.village), "month")
    for term in terms:
        expected = plain.coverage(events, term, as_of)
        (row,) = (it for it in covered if (it["instructor_id"], it["since"]) == (term.person, term.since))
        assert expected == plain.Coverage(
            (row["households"], row["visited"], row["visited_by_deadline"]),
            (
                row["registered_poor"],
                row["registered_poor_visited"],
                row["registered_poor_visited_by_deadline"],
            ),
            row["deadline"],
        )
    assert sorted((month_of(row) for row in attended), key=str) == sorted(
        (month for term in terms for month in plain.months(events, term, as_of)), key=str
    )


def same_village(side: ReadSide, story: Story, events: plain.History, as_of: date, known: int) -> None:
    for row in side.ask("village", as_of, known, id=story.village):
        households = plain.register(events, story.village, as_of)
        assert row["households"] == len(households)
        assert row["registered_poor"] == list(households.values()).count("registered_poor")
        assert row["instructor_id"] == plain.serving(events, story.village, as_of)
        listed = side.ask("household", as_of, known, village_id=story.village)
        in_register = {it["code"]: it["category"] for it in listed if it["removed_on"] is None}
        assert in_register == households


def month_of(row: dict[str, Any]) -> plain.Month:
    columns = ("month", "days_present", "service_days", "full_month", "leave_days", "short")
    return plain.Month(*(row[column] for column in columns))


def in_order(rows: list[dict[str, Any]], column: str) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: row[column])
