"""What the county, a township and a sending unit come to, at any moment."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.facts import (
    APPOINTMENT,
    MAY_3,
    POSTED,
    RECALLED,
    SUCCESSOR,
    SUCCESSORS_NUMBER,
    appointed,
    approved,
    checked_in,
    households_registered,
    instructor_posted,
    nominated,
    project_completed,
    project_started,
    promoted,
    village_nominated,
)
from tests.projections.histories import Move, Story, days, moves
from tests.projections.readside import FOR_EVER, ReadSide, noon
from tests.scenario import PERSON, Fact

JUNE_1 = date(2020, 6, 1)
Row = dict[str, Any]

_numbers = count(1)


def of_successor(*facts: Fact) -> list[Fact]:
    return [fact.of(SUCCESSOR) for fact in facts]


def test_before_anything_is_known_the_county_comes_to_nothing(read_side: ReadSide) -> None:
    read_side.enter(*POSTED)
    read_side.project()

    assert set(read_side.one("total", FOR_EVER, 0).values()) == {0}
    assert set(read_side.one("total", date(2020, 3, 16)).values()) == {0}
    assert read_side.ask("sending_unit", FOR_EVER, 0) == []


def test_a_recall_and_its_replacement_are_two_postings(read_side: ReadSide) -> None:
    read_side.enter(
        *RECALLED,
        *of_successor(nominated(on=MAY_3).but(staff_number=SUCCESSORS_NUMBER, sending_unit="县财政局")),
        *of_successor(approved(on=MAY_3)),
        instructor_posted(who=SUCCESSOR, on=JUNE_1, replaces=PERSON),
        *of_successor(appointed(on=JUNE_1, replaces=PERSON), checked_in(on=JUNE_1), promoted(on=JUNE_1)),
    )
    read_side.project()

    columns = ("nominated", "appointed", "serving", "recalled", "promoted", "days_present")
    total = read_side.one("total", JUNE_1)
    assert tuple(map(total.get, columns)) == (2, 2, 1, 1, 1, 1)
    units = {row["name"]: tuple(map(row.get, columns)) for row in read_side.ask("sending_unit", JUNE_1)}
    assert units == {"县教育局": (1, 1, 0, 1, 0, 0), "县财政局": (1, 1, 1, 0, 1, 1)}
    township = read_side.one("township", JUNE_1)
    assert (township["appointed"], township["instructors"], township["recalled"]) == (2, 1, 1)


def test_a_person_belongs_to_the_unit_that_nominated_them_last(read_side: ReadSide) -> None:
    read_side.enter(*RECALLED, nominated(on=JUNE_1, batch_year=2021).but(sending_unit="县财政局"))
    read_side.project()

    def units(as_of: date) -> list[tuple[str, int, int]]:
        rows = read_side.ask("sending_unit", as_of)
        return [(row["name"], row["nominated"], row["recalled"]) for row in rows]

    assert units(JUNE_1 - timedelta(1)) == [("县教育局", 1, 1)]
    assert units(JUNE_1) == [("县财政局", 1, 1)]


def test_a_village_belongs_to_the_township_of_its_latest_year(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, checked_in(on=MAY_3))
    moved = village_nominated(on=JUNE_1, year=2021, weak_or_lagging=True)
    read_side.enter(moved.but(township_code="430624106", township="樟树镇"))
    read_side.project()

    columns = ("name", "villages", "weak_or_lagging", "appointed", "days_present", "households")
    rows = {row["code"]: tuple(map(row.get, columns)) for row in read_side.ask("township", JUNE_1)}
    assert rows == {"430624105": ("石塘镇", 0, 0, 0, 0, 0), "430624106": ("樟树镇", 1, 1, 1, 1, 1)}


def test_a_month_counts_once_it_was_served_whole(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, *(checked_in(on=APPOINTMENT + timedelta(n)) for n in range(20)))
    read_side.project()

    def months(noun: str, as_of: date) -> tuple[int, int]:
        row = read_side.one(noun, as_of)
        return row["full_months"], row["short_months"]

    for noun in ("total", "township", "sending_unit"):
        assert months(noun, date(2020, 4, 29)) == (0, 0)
        assert months(noun, date(2020, 4, 30)) == (1, 0)
        assert months(noun, date(2020, 5, 31)) == (2, 1)


def test_work_after_service_is_counted_where_it_was_done(read_side: ReadSide) -> None:
    read_side.enter(*RECALLED, project_started(on=JUNE_1), checked_in(on=JUNE_1))
    read_side.enter(project_completed(), promoted(on=JUNE_1))
    read_side.project()

    for noun in ("total", "township", "sending_unit"):
        row = read_side.one(noun)
        assert (row["days_present"], row["projects_completed"], row["promoted"]) == (1, 1, 0)


def test_a_total_of_one_figure_looks_at_its_own_facts_alone(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, households_registered(on=MAY_3))
    read_side.project()
    lines = read_side.conn.execute(
        "explain select serving from read.total_at('2020-05-03'::date, 9::bigint)"
    ).fetchall()
    plan = "\n".join(line for (line,) in lines)

    assert " on appointment" in plan
    for table in ("check_in", "work_month", "visit", "household_entry", "nomination", "promotion"):
        assert f" on {table}" not in plan


# The law


@settings(
    max_examples=12,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # each try is a database's: shrinking takes minutes
    suppress_health_check=[HealthCheck.too_slow],
)
@given(moves=moves(), looks=st.lists(st.tuples(days(), st.floats(0, 1)), min_size=1, max_size=3))
def test_a_total_is_what_the_single_facts_come_to(
    county: ReadSide, moves: list[Move], looks: list[tuple[date, float]]
) -> None:
    story = Story(next(_numbers))
    for move in moves:
        story.play(move)
    later = noon(date(2030, 1, 1))  # the examples share a log, whose clock never goes back
    last = county.append(story.events, [later] * len(story.events))
    county.project()
    for as_of, share in [*looks, (date(2026, 1, 1), 1.0)]:
        known = last - round(share * (len(story.events) - 1))
        facts = {noun: county.ask(noun, as_of, known) for noun in NOUNS}
        homes = {row["id"]: row["township_code"] for row in facts["village"]}
        units = {row["id"]: row["sending_unit"] for row in facts["instructor"]}

        assert county.one("total", as_of, known) == added_up(facts)
        for row in county.ask("township", as_of, known):
            code, _, row["serving"] = row.pop("code"), row.pop("name"), row.pop("instructors")
            here = {
                noun: [it for it in rows if homes.get(village(it)) == code] for noun, rows in facts.items()
            }
            assert row.items() <= added_up(here).items()
        for row in county.ask("sending_unit", as_of, known):
            name = row.pop("name")
            theirs = {
                noun: [it for it in rows if units.get(person(it)) == name] for noun, rows in facts.items()
            }
            assert row.items() <= added_up(theirs).items()


NOUNS = (
    "village",
    "instructor",
    "posting",
    "promotion",
    "check_in",
    "attendance",
    "registered",
    "visit",
    "project",
)


def village(row: Row) -> Any:
    return row["id"] if "township_code" in row else row["village_id"]


def person(row: Row) -> Any:
    return row["id"] if "staff_number" in row else row.get("instructor_id")


def added_up(facts: dict[str, list[Row]]) -> dict[str, int]:
    """What facts come to."""
    postings, months = facts["posting"], facts["attendance"]
    return {
        "villages": len(facts["village"]),
        "approved_villages": len([it for it in facts["village"] if it["review"] == "approved"]),
        "weak_or_lagging": len([it for it in facts["village"] if it["weak_or_lagging"]]),
        "nominated": len(facts["instructor"]),
        "appointed": len(postings),
        "serving": len([it for it in postings if it["serving"]]),
        "recalled": len([it for it in postings if it["departure"] == "recalled"]),
        "promoted": len([it for it in postings if any(within(fact, it) for fact in facts["promotion"])]),
        "completed": len([it for it in postings if it["departure"] == "term_completed"]),
        "days_present": len(facts["check_in"]),
        "full_months": len([it for it in months if it["full_month"]]),
        "short_months": len([it for it in months if it["short"]]),
        "households": len(facts["registered"]),
        "households_visited": len({(it["village_id"], it["household"]) for it in facts["visit"]}),
        "projects_completed": len([it for it in facts["project"] if it["completed_on"]]),
    }


def within(promotion: Row, posting: Row) -> bool:
    same = all(promotion[column] == posting[column] for column in ("instructor_id", "village_id"))
    return same and posting["since"] <= promotion["day"] <= posting["last_day"]
