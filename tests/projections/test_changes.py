"""What lies between two moments, on both clocks; and how late facts were entered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, LiteralString
from uuid import UUID

import pytest
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier, Literal

from projections.schema import LATE_ENTRY_DAYS
from tests.facts import (
    ANOTHER_VILLAGE,
    ANOTHER_VILLAGE_CODE,
    APPOINTMENT,
    KEY_VILLAGE,
    MAY_3,
    POSTED,
    READY,
    SUCCESSOR,
    THE_NOTICE,
    appointed,
    appraised,
    checked_in,
    duty_recorded,
    household_visited,
    households_registered,
    instructor_posted,
    nominated,
    village_nominated,
    village_voided,
    voided,
)
from tests.projections.readside import FOR_EVER, ReadSide, noon
from tests.scenario import PERSON, VILLAGE

APRIL_30 = date(2020, 4, 30)
MAY_31 = date(2020, 5, 31)
JUNE_10 = date(2020, 6, 10)
JULY_1 = date(2020, 7, 1)
A_DAY = timedelta(1)

PUNCTUAL = (*KEY_VILLAGE, households_registered(), *READY, instructor_posted(), appointed())
"""The village and its instructor, each fact entered on its day: 4 are about the instructor."""

Moment = tuple[date, int]
"""A day and a position."""


def rows_of(side: ReadSide, query: LiteralString, *params: object, **where: object) -> list[dict[str, Any]]:
    """The rows of a query that have these values, its condition `{where}`."""
    conditions = [SQL("{} = {}").format(Identifier(name), Literal(value)) for name, value in where.items()]
    narrowed = SQL(query).format(where=SQL(" and ").join([SQL("true"), *conditions]))
    with side.conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(narrowed, params).fetchall()


def changes(
    side: ReadSide, since: Moment, until: Moment = (FOR_EVER, 2**62), /, **where: object
) -> list[dict[str, Any]]:
    """What changed from one moment to another, in order; of the rows with these values."""
    query: LiteralString = "select * from read.change_between(%s, %s, %s, %s) where {where} order by moved_at"
    return rows_of(side, query, *since, *until, **where)


def kinds(found: Sequence[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(it["kind"], it["position"]) for it in found]


def diff(
    side: ReadSide, of: str, since: Moment, until: Moment = (FOR_EVER, 2**62)
) -> dict[str, tuple[str | None, str | None]]:
    """The fields that differ: before and after."""
    query: LiteralString = "select * from read.state_diff(%s, %s, %s, %s) where {where} order by ordinal"
    found = rows_of(side, query, *since, *until, aggregate=of)
    return {it["field"]: (it["before"], it["after"]) for it in found}


def backdating(
    side: ReadSide, by: str, over_days: int | None = None, until: Moment = (FOR_EVER, 2**62)
) -> list[tuple[Any, ...]]:
    """The rows of a report, each as whose it is and its five figures."""
    query: LiteralString = (
        "select coalesce(instructor_id::text, township_code, month) as whose, "
        "events, late, share, mean_days, max_days "
        "from read.backdating_over(%s::integer, %s, %s) where {where} order by place"
    )
    return [tuple(row.values()) for row in rows_of(side, query, over_days, *until, grouped_by=by)]


# -- changes, each kind


def test_what_happened_since_is_added(read_side: ReadSide) -> None:
    before = read_side.enter(*POSTED)
    check_in = read_side.enter(checked_in(on=MAY_3))
    read_side.project()
    (change,) = changes(read_side, (APRIL_30, before))
    assert change == {
        "kind": "added",
        "moved_at": check_in,
        "position": check_in,
        "voided_by": None,
        "instructor_id": PERSON,
        "village_id": VILLAGE,
        "aggregate_id": PERSON,
        "type": "Instructor.CheckedIn",
        "occurred_on": MAY_3,
        "recorded_at": noon(MAY_3),
        "days_late": 0,
    } | {name: change[name] for name in ("actor_id", "actor_role", "actor_organisation", "basis")}


def test_what_had_happened_and_was_entered_since_became_known(read_side: ReadSide) -> None:
    before = read_side.enter(*POSTED)
    check_in = read_side.enter(checked_in(on=MAY_3), on=JUNE_10)
    read_side.project()
    (change,) = changes(read_side, (MAY_31, before))
    assert (change["kind"], change["position"], change["days_late"]) == ("became_known", check_in, 38)


def test_what_counted_and_was_voided_since_is_voided_where_its_voiding_stands(read_side: ReadSide) -> None:
    check_in = read_side.enter(*POSTED, checked_in(on=MAY_3))
    voiding = read_side.enter(duty_recorded(), voided(4), on=JULY_1)
    read_side.project()
    first, second = changes(read_side, (MAY_31, check_in))
    assert (first["kind"], first["type"]) == ("became_known", "Instructor.DutyRecorded")
    assert (second["kind"], second["moved_at"], second["position"], second["voided_by"]) == (
        "voided",
        voiding,
        check_in,
        voiding,
    )


def test_what_was_entered_and_voided_since_is_said_so(read_side: ReadSide) -> None:
    before = read_side.enter(*POSTED)
    check_in = read_side.enter(checked_in(on=MAY_3), on=JUNE_10)
    voiding = read_side.enter(voided(4), on=JULY_1)
    read_side.project()
    for day in (APRIL_30, MAY_31):
        (change,) = changes(read_side, (day, before))
        assert (change["kind"], change["position"], change["moved_at"]) == (
            "added_and_voided",
            check_in,
            voiding,
        )


def test_a_voiding_itself_is_no_change_of_its_own(read_side: ReadSide) -> None:
    read_side.enter(*POSTED, checked_in(), village_nominated(year=2021))
    last = read_side.enter(voided(4), village_voided(5), on=JULY_1)
    read_side.project()
    found = [
        it for day in (THE_NOTICE - A_DAY, MAY_31) for it in changes(read_side, (day, 0), (JULY_1, last))
    ]
    assert len(found) == 2 * (len(POSTED) + 2)
    assert {it["type"] for it in found} == {fact.kind.TOPIC for fact in (*POSTED, checked_in())}


def test_nothing_lies_between_a_moment_and_itself(read_side: ReadSide) -> None:
    last = read_side.enter(*POSTED, checked_in(), voided(4))
    read_side.project()
    for known in range(last + 1):
        assert changes(read_side, (MAY_3, known), (MAY_3, known)) == []


# -- changes, on one clock alone


def test_over_days_alone_everything_that_changes_is_added(read_side: ReadSide) -> None:
    late = read_side.enter(*POSTED, checked_in(on=MAY_3)) + 1
    read_side.enter(household_visited(on=MAY_3 + A_DAY), on=JULY_1)
    read_side.enter(checked_in(on=MAY_3 + 2 * A_DAY), voided(6), on=JULY_1)
    read_side.project()
    found = changes(read_side, (MAY_3, 2**62), (MAY_31, 2**62))
    assert kinds(found) == [("added", late)]


def test_over_knowledge_alone_nothing_is_added(read_side: ReadSide) -> None:
    before = read_side.enter(*POSTED, checked_in(on=MAY_3))
    later = read_side.enter(household_visited(on=MAY_3), voided(4), on=JULY_1)
    read_side.project()
    found = changes(read_side, (MAY_31, before), (MAY_31, later))
    assert kinds(found) == [("became_known", before + 1), ("voided", before)]


def test_what_was_known_all_along_is_added_when_its_day_comes(read_side: ReadSide) -> None:
    known = read_side.enter(*POSTED, checked_in(on=MAY_3))
    read_side.project()
    assert kinds(changes(read_side, (MAY_3 - A_DAY, known), (MAY_3, known))) == [("added", known)]


# -- changes, both ends of each clock


def test_the_earlier_day_is_not_between_and_the_later_day_is(read_side: ReadSide) -> None:
    known = read_side.enter(*POSTED, checked_in(on=MAY_3))
    read_side.project()

    def found(since: date, as_of: date) -> list[tuple[str, int]]:
        return kinds(changes(read_side, (since, known), (as_of, known)))

    assert found(MAY_3 - A_DAY, MAY_3) == [("added", known)]
    assert found(MAY_3 - A_DAY, MAY_3 - A_DAY) == []
    assert found(MAY_3, MAY_31) == []


def test_the_earlier_position_is_not_between_and_the_later_position_is(read_side: ReadSide) -> None:
    check_in = read_side.enter(*POSTED, checked_in(on=MAY_3), on=JUNE_10)
    voiding = read_side.enter(voided(4), on=JULY_1)
    read_side.project()

    def found(since: int, known: int) -> list[tuple[str, int]]:
        return kinds(changes(read_side, (MAY_31, since), (MAY_31, known)))

    assert found(check_in - 1, check_in) == [("became_known", check_in)]
    assert found(check_in - 1, check_in - 1) == []
    assert found(check_in, voiding - 1) == []
    assert found(check_in, voiding) == [("voided", check_in)]
    assert found(check_in - 1, voiding) == [("added_and_voided", check_in)]
    assert found(voiding, voiding) == []


def test_what_was_voided_but_had_not_happened_by_then_is_no_change(read_side: ReadSide) -> None:
    before = read_side.enter(*POSTED)
    voiding = read_side.enter(checked_in(on=MAY_3), voided(4), on=JULY_1)
    read_side.project()
    assert changes(read_side, (APRIL_30, before), (MAY_3 - A_DAY, voiding)) == []
    assert kinds(changes(read_side, (APRIL_30, before), (MAY_3, voiding))) == [
        ("added_and_voided", before + 1)
    ]
    assert changes(read_side, (MAY_3 - A_DAY, before + 1), (MAY_31, voiding)) == []


def test_a_day_begins_at_midnight_in_shanghai(read_side: ReadSide) -> None:
    before = read_side.enter(*POSTED)
    midnight = datetime(2020, 5, 3, 16, tzinfo=UTC)  # of 4 May, in Shanghai
    events = [checked_in(on=MAY_3).as_version(4), duty_recorded(on=MAY_3).as_version(5)]
    read_side.append(
        [replace(it, command_id=UUID(int=100 + it.originator_version)) for it in events],
        [midnight - timedelta(seconds=1), midnight],
    )
    read_side.project()
    found = changes(read_side, (APRIL_30, before))
    assert [it["days_late"] for it in found] == [0, 1]


# -- changes of a person, a village, the programme


def test_changes_of_a_person_and_of_a_village_are_those_about_them(read_side: ReadSide) -> None:
    elsewhere = village_nominated(on=MAY_3).but(code=ANOTHER_VILLAGE_CODE).of(ANOTHER_VILLAGE)
    before = read_side.enter(*POSTED)
    read_side.enter(
        checked_in(), households_registered(on=MAY_3), nominated(on=MAY_3).of(SUCCESSOR), elsewhere
    )
    read_side.project()
    since = (APRIL_30, before)

    def found(**where: object) -> list[str]:
        return [it["type"] for it in changes(read_side, since, **where)]

    assert found(instructor_id=PERSON) == ["Instructor.CheckedIn"]
    assert found(village_id=VILLAGE) == ["Instructor.CheckedIn", "Village.HouseholdsRegistered"]
    assert found(aggregate_id=VILLAGE) == ["Village.HouseholdsRegistered"]
    assert found(instructor_id=SUCCESSOR) == ["Instructor.Nominated"]
    assert found(village_id=ANOTHER_VILLAGE) == ["Village.Nominated"]
    assert len(found()) == 4


@pytest.mark.parametrize("key", ["instructor_id", "village_id", "aggregate_id"])
def test_changes_are_found_by_an_index_in_every_branch(read_side: ReadSide, key: str) -> None:
    read_side.conn.execute("set enable_seqscan = off")
    between = "explain select * from read.change_between('2020-05-01', 10, '2020-05-31', 20)"
    whole, narrowed = (
        "\n".join(line for (line,) in read_side.conn.execute(query.encode()).fetchall())
        for query in (between, f"{between} where {key} = '{PERSON}'")
    )
    for plan in (whole, narrowed):
        assert "Seq Scan" not in plan
        assert "Function Scan" not in plan
    for column in ("occurred_on >", '"position" >', "voided_at >"):
        assert re.search(rf"Index Cond: .*{column}", whole), whole
    assert narrowed.count(f"{key} = ") == 4


# -- the state, field by field


def test_of_a_state_only_the_fields_that_differ_are_listed(read_side: ReadSide) -> None:
    before = read_side.enter(*POSTED)
    check_in = read_side.enter(checked_in(on=MAY_3), on=JUNE_10)
    read_side.project()
    assert diff(read_side, "Instructor", (MAY_31, before), (MAY_31, check_in)) == {
        "days_present": ("0", "1"),
        "late_entries": ("0", "1"),
        "events": ("3", "4"),
        "version": ("3", "4"),
        "position": (str(before), str(check_in)),
    }
    assert diff(read_side, "Village", (MAY_31, before), (MAY_31, check_in)) == {}


def test_a_state_that_was_not_there_had_nothing_in_any_field(read_side: ReadSide) -> None:
    last = read_side.enter(*POSTED)
    read_side.project()
    for of in ("Instructor", "Village"):
        (now,) = read_side.ask(of.lower())
        found = diff(read_side, of, (THE_NOTICE - A_DAY, last))
        assert {name for name, value in now.items() if value is not None} == set(found)
        assert {before for before, _ in found.values()} == {None}
        assert found["id"] == (None, str(now["id"]))


def test_a_value_that_is_gone_is_null_after(read_side: ReadSide) -> None:
    appointed_by = read_side.enter(*POSTED)
    read_side.enter(voided(3), on=MAY_3)
    read_side.project()
    found = diff(read_side, "Instructor", (JUNE_10, appointed_by))
    assert found["village_id"] == (str(VILLAGE), None)
    assert found["since"] == (str(APPOINTMENT), None)
    assert found["stage"] == ("serving", "approved")


@pytest.mark.parametrize("of", ["Instructor", "Village"])
def test_a_diff_is_what_the_two_states_do_not_share(read_side: ReadSide, of: str) -> None:
    read_side.enter(*POSTED, checked_in(), household_visited(), appraised(), voided(4))
    last = read_side.enter(village_nominated(year=2021, weak_or_lagging=True), on=JULY_1)
    read_side.project()
    days = (THE_NOTICE, APPOINTMENT, MAY_3, date(2021, 2, 1))
    moments = [(day, known) for day in days for known in (0, 4, last - 2, last)]
    compared = 0
    for since in moments:
        for until in moments:
            if since[0] > until[0] or since[1] > until[1]:
                continue
            states = [read_side.ask(of.lower(), *moment) for moment in (since, until)]
            before, after = (rows[0] if rows else {} for rows in states)
            differing = {name for name in after if before.get(name) != after[name]}
            assert set(diff(read_side, of, since, until)) == differing
            compared += bool(differing)
    assert compared > 10


@pytest.mark.parametrize("of", ["Instructor", "Village"])
def test_one_state_is_compared_without_a_look_at_others(read_side: ReadSide, of: str) -> None:
    read_side.conn.execute("set enable_seqscan = off")
    query = "explain select * from read.state_diff('2020-05-01', 10, '2020-05-31', 20) "
    where = "where aggregate = %s and id = %s"
    plan = [line for (line,) in read_side.conn.execute(query + where, (of, PERSON)).fetchall()]
    scanned = [line for line in plan if "Seq Scan" in line and " on rule" not in line]
    assert not scanned, plan
    assert not any("Function Scan on" in line and "json_each_text" not in line for line in plan)


# -- back-dating


def test_exactly_so_many_days_late_is_not_over_so_many(read_side: ReadSide) -> None:
    read_side.enter(*PUNCTUAL)
    read_side.enter(checked_in(on=MAY_3), on=MAY_3 + 10 * A_DAY)
    read_side.project()
    over_nine, over_ten = (backdating(read_side, "person", over)[0] for over in (9, 10))
    assert over_nine == (str(PERSON), 5, 1, Decimal("0.2000"), Decimal("10.0000"), 10)
    assert over_ten == (str(PERSON), 5, 0, Decimal("0.0000"), None, None)


def test_unless_said_otherwise_late_is_what_the_setting_says(read_side: ReadSide) -> None:
    read_side.enter(*PUNCTUAL)
    read_side.enter(checked_in(on=MAY_3), on=MAY_3 + LATE_ENTRY_DAYS * A_DAY)
    read_side.enter(household_visited(on=MAY_3), on=MAY_3 + (LATE_ENTRY_DAYS + 1) * A_DAY)
    read_side.project()
    ((_, events, late, *_rest),) = backdating(read_side, "person")
    assert (events, late) == (6, 1)
    assert backdating(read_side, "person") == backdating(read_side, "person", LATE_ENTRY_DAYS)


def test_of_people_those_with_the_most_late_entries_come_first(read_side: ReadSide) -> None:
    read_side.enter(*(fact.of(SUCCESSOR) for fact in READY), *PUNCTUAL)
    read_side.enter(*(checked_in(on=MAY_3 + n * A_DAY) for n in range(3)), on=MAY_3 + 11 * A_DAY)
    read_side.enter(duty_recorded(on=MAY_3).of(SUCCESSOR), on=MAY_3 + 31 * A_DAY)
    read_side.project()
    assert backdating(read_side, "person") == [
        (str(PERSON), 7, 3, Decimal("0.4286"), Decimal("10.0000"), 11),
        (str(SUCCESSOR), 3, 1, Decimal("0.3333"), Decimal("31.0000"), 31),
    ]


def test_a_mean_is_rounded_to_four_decimals(read_side: ReadSide) -> None:
    read_side.enter(*PUNCTUAL)
    read_side.enter(*(checked_in(on=MAY_3 + n * A_DAY) for n in (0, 1, 1)), on=MAY_3 + 10 * A_DAY)
    read_side.project()
    ((*_, mean, longest),) = backdating(read_side, "person")
    assert (mean, longest) == (Decimal("9.3333"), 10)


def test_a_month_has_what_happened_in_it_whenever_that_was_entered(read_side: ReadSide) -> None:
    read_side.enter(*KEY_VILLAGE)
    read_side.enter(
        checked_in(on=APRIL_30), checked_in(on=date(2020, 5, 1)), checked_in(on=MAY_31), on=JUNE_10
    )
    read_side.project()
    assert backdating(read_side, "month") == [
        ("2020-03", 2, 0, Decimal("0.0000"), None, None),
        ("2020-04", 1, 1, Decimal("1.0000"), Decimal("41.0000"), 41),
        ("2020-05", 2, 2, Decimal("1.0000"), Decimal("25.0000"), 40),
    ]


def test_a_township_has_the_events_of_the_villages_it_has_now(read_side: ReadSide) -> None:
    known = read_side.enter(*KEY_VILLAGE, *READY, checked_in(on=MAY_3), on=JUNE_10)
    read_side.enter(village_nominated(on=JULY_1, year=2021).but(township_code="430624106"))
    read_side.project()
    for until in ((JUNE_10, known), (JUNE_10, 2**62)):
        assert [row[:3] for row in backdating(read_side, "township", until=until)] == [("430624105", 3, 3)]
    assert [row[:3] for row in backdating(read_side, "township")] == [("430624106", 4, 3)]


def test_events_about_no_person_or_no_village_are_counted_by_month_alone(read_side: ReadSide) -> None:
    read_side.enter(*KEY_VILLAGE, *READY)
    read_side.project()
    by = {
        group: sum(row[1] for row in backdating(read_side, group))
        for group in ("person", "township", "month")
    }
    assert by == {"person": 2, "township": 2, "month": 4}


def test_only_what_counts_is_counted(read_side: ReadSide) -> None:
    read_side.enter(*PUNCTUAL)
    check_in = read_side.enter(checked_in(on=MAY_3), on=JUNE_10)
    voiding = read_side.enter(voided(4), on=JULY_1)
    read_side.project()

    def counted(as_of: date, known: int) -> tuple[int, int]:
        ((_, events, late, *_rest),) = backdating(read_side, "person", until=(as_of, known))
        return events, late

    assert counted(MAY_3, check_in) == (5, 1)
    assert counted(MAY_3 - A_DAY, check_in) == (4, 0)
    assert counted(MAY_3, check_in - 1) == (4, 0)
    assert counted(JULY_1, voiding) == (4, 0)


@pytest.mark.parametrize("by", ["person", "township", "month"])
def test_behind_each_row_are_as_many_late_entries_as_it_says(read_side: ReadSide, by: str) -> None:
    read_side.enter(*(fact.of(SUCCESSOR) for fact in READY), *PUNCTUAL)
    read_side.enter(checked_in(on=APRIL_30), checked_in(on=MAY_31), on=JUNE_10)
    read_side.enter(checked_in(on=MAY_3), voided(6), household_visited(on=MAY_31), on=JULY_1)
    read_side.project()
    rows = rows_of(
        read_side,
        """
        select b.late, count(e.position) as found, count(e.position) filter (where h.days_late <= 9) as early
        from read.backdating_over(9, 'infinity', %s) b
        left join lateral read.late_entry_of(
            b.grouped_by, b.instructor_id, b.township_code, b.month, b.threshold, 'infinity', %s
        ) e on true
        left join read.entry_at('infinity', %s) h on h.position = e.position
        where b.grouped_by = %s group by b.place, b.late
        """,
        *(2**62, 2**62, 2**62, by),
    )
    assert sum(row["late"] for row in rows) == 3
    assert [(row["found"], row["early"]) for row in rows] == [(row["late"], 0) for row in rows]
