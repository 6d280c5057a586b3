"""The law of `known_from`: it is what walking back through the positions, one by one, comes to."""

from __future__ import annotations

from datetime import date

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from domain.commands import Household
from domain.terms import AppraisalKind, HouseholdCategory
from ledger.database import connect, found_ledger
from tests import postgres
from tests.conftest import COUNTY, ORIGIN
from tests.facts import (
    HOUSEHOLD,
    LAST_DAY,
    POSTED,
    READY,
    SUCCESSOR,
    appointed,
    appraised,
    checked_in,
    household_removed,
    household_visited,
    households_registered,
    party_relation_transferred,
    project_completed,
    promoted,
    recalled,
    village_approved,
    village_nominated,
    voided,
)
from tests.projections.readside import ReadSide
from tests.projections.test_findings import CODES
from tests.scenario import PERSON, Fact

JUNE_1 = date(2020, 6, 1)
SECOND, THIRD = (Household(code=f"H-00{n}", category=HouseholdCategory.ORDINARY) for n in (2, 3))

BASE = (
    *POSTED,
    households_registered(SECOND, on=date(2020, 4, 2)),
    *(checked_in(on=date(2020, 5, day)) for day in range(1, 19)),
)
"""Two days short of a full May; two households."""

VOIDABLE = (
    *(checked_in(on=date(2020, 5, day)) for day in (19, 20, 21)),
    *(checked_in(on=date(2020, 6, day)) for day in (5, 6)),
    household_visited(on=date(2020, 6, 7)),
    household_visited(on=date(2020, 5, 7)),
    household_visited(on=date(2020, 5, 8), household=SECOND),
    party_relation_transferred(on=date(2020, 4, 20)),
    party_relation_transferred(on=date(2020, 5, 20)),
    promoted(on=date(2020, 4, 25)),
    project_completed(on=date(2020, 9, 1)),
    appraised(on=date(2020, 12, 20)),
    appraised(on=date(2021, 1, 10)),
    appraised(on=LAST_DAY, kind=AppraisalKind.TERM_END, period="2020-2023"),
)
"""Facts that are entered, voided, and entered again."""

FINAL: tuple[tuple[Fact, ...], ...] = (
    (recalled(on=JUNE_1),),
    (recalled(on=date(2021, 2, 1)),),
    (household_removed(on=date(2020, 6, 20), household=SECOND.code),),
    (household_removed(on=date(2020, 6, 21), household=HOUSEHOLD.code),),
    (households_registered(THIRD, on=date(2020, 4, 3)),),
    (village_nominated(on=date(2020, 3, 18), year=2021), village_approved(on=date(2020, 5, 1), year=2021)),
    tuple(
        fact.of(SUCCESSOR)
        for fact in (*READY, appointed(on=date(2020, 7, 15), until=LAST_DAY, replaces=PERSON))
    ),
)
"""Steps that are taken once, however late; a person is recalled once."""

# Judged again on its day at each position, from the one asked about down to the first at which it was kept.
WALKED_BACK = """
select f.code, f.from_day, f.known_from, walked.position
from read.finding_at(%(as_of)s, %(known)s) f
cross join lateral (
    select max(q.position) + 1 as position from generate_series(0, %(known)s) q (position)
    where not exists (
        select from read.finding_at(f.since, q.position) g
        where g.code = f.code and g.from_day = f.from_day and g.rule = f.rule
            and g.instructor_id is not distinct from f.instructor_id
            and g.village_id is not distinct from f.village_id
    )
) walked
where f.code <> 'FEW_DAYS' or f.from_day < '2020-07-01'
"""


def lived(side: ReadSide, steps: list[int]) -> int:
    """Enter facts by their numbers, and return the last position: one in force already is voided instead."""
    last = side.enter(*BASE, on=date(2024, 1, 1))
    in_force: dict[int, int] = {}
    taken: set[int] = set()
    for step in steps:
        if step in in_force:
            last = side.enter(voided(in_force.pop(step)))
        elif step < len(VOIDABLE):
            last = side.enter(VOIDABLE[step])
            in_force[step] = side.versions[PERSON]
        elif (number := step - len(VOIDABLE)) not in taken:
            taken |= {0, 1} if number < 2 else {number}
            last = side.enter(*FINAL[number])
    return last


def test_since_when_a_finding_was_known_is_what_walking_back_comes_to(server: str, template: str) -> None:
    judged = set[str]()

    @settings(
        max_examples=18,
        phases=[
            Phase.explicit,
            Phase.reuse,
            Phase.generate,
        ],  # each try is a database's: shrinking takes minutes
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(
        steps=st.lists(st.integers(0, len(VOIDABLE) + len(FINAL) - 1), min_size=20, max_size=60),
        looks=st.lists(
            st.tuples(st.dates(date(2020, 5, 1), date(2021, 3, 1)), st.floats(0.3, 1)), min_size=2, max_size=4
        ),
    )
    def walk_back(steps: list[int], looks: list[tuple[date, float]]) -> None:
        with postgres.database_from(server, template) as conninfo:
            with connect(conninfo) as conn:
                found_ledger(conn, origin=ORIGIN, county=COUNTY, simulated=True)
            side = ReadSide(conninfo)
            last = lived(side, steps)
            side.project()
            for as_of, share in [*looks, (date(2024, 1, 1), 1.0)]:
                known = len(BASE) + round(share * (last - len(BASE)))
                rows = side.conn.execute(WALKED_BACK, {"as_of": as_of, "known": known}).fetchall()
                judged.update(code for code, *_ in rows)
                assert [row for row in rows if row[2] != row[3]] == []
            side.close()

    walk_back()
    assert judged == set(CODES) - {"RULE_SET_ASIDE"}, "every code that can be known otherwise later"
