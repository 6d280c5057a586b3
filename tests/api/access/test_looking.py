"""Looking from an office: on one connection with others, at the log as it grows, at names."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

import api
from api.access.fields import SHOWN
from api.access.principal import OPERATOR, PUBLIC, Office, Principal
from api.access.reader import Reader
from api.access.scope import scope_of
from api.database import Database, open_database
from api.problems import Problem
from api.schema import schema
from api.types.declare import FILTERS, READS
from ledger.database import connect
from projections.selection import Statement
from tests.api.access.conftest import Life
from tests.api.access.looking import Look, instructor, principal, sending_unit, township
from tests.oracle.people import people

TOLD = ("villages", "people", "positions")
"""What a transaction is told of how far it sees."""
FINANCE = principal(Office.FINANCE_BUREAU)
PERSONAL = {
    "Instructor": {
        "name",
        "gender",
        "new_position",
        "latest_grade",
        "commendation_count",
        "case_count",
        "dossier_url",
    },
    "Posting": {"ground", "recall_reason", "unit_told"},
}
"""What nobody is shown who is shown people by their staff numbers alone."""


def test_people_who_share_a_connection_see_each_their_own(life: Life) -> None:
    query = (
        "{ programme { instructors { nodes { staffNumber } } totals { daysPresent } } events { totalCount } }"
    )
    turns = [
        township("430624105"),
        OPERATOR,
        township("430624106"),
        sending_unit("县财政局"),
        instructor("XY-2"),
    ]

    async def ask() -> list[list[Any]]:
        async with open_database(life.served.county.conninfo, size=1) as database:
            # Often enough that the statements are prepared.
            return [
                [(await schema.execute(query, context_value=_as(life, who, database))).data for who in turns]
                for _ in range(7)
            ]

    rounds = asyncio.run(ask())
    assert rounds == [[Look(life.served, who).ask(query) for who in turns]] * 7
    assert len({str(it) for it in rounds[0]}) == len(turns)


def test_whatever_goes_wrong_leaves_nobodys_sight_on_a_connection(life: Life) -> None:
    scope = scope_of(township("430624105"))
    assert scope is not None
    params = {"as_of": None, "known": 10**6}

    async def ask(database: Database, sql: str) -> Any:
        return await database.answer_within(scope, Statement(sql, {}), params)

    async def state(database: Database) -> list[Any]:
        told = [f"coalesce(current_setting('zhucun.{it}', true), '')" for it in TOLD]
        return await database.rows(f"select current_user, {', '.join(told)}, pg_backend_pid()")

    async def attack() -> None:
        async with open_database(life.served.county.conninfo, size=1, seconds=1) as database:
            before = await state(database)
            assert await ask(database, "select count(*) from read.event") > 0
            assert await state(database) == before
            with pytest.raises(psycopg.errors.DivisionByZero):
                await ask(database, "select 1 / (select 0 from read.projector)")
            assert await state(database) == before
            with pytest.raises(Problem, match="耗时过长"):
                await ask(database, "select pg_sleep(2)")
            assert await state(database) == before
            gone = asyncio.create_task(ask(database, "select pg_sleep(0.9)"))
            await asyncio.sleep(0.2)
            gone.cancel()
            with pytest.raises(asyncio.CancelledError):
                await gone
            assert [it[:-1] for it in await state(database)] == [it[:-1] for it in before]

    asyncio.run(attack())


def _as(life: Life, who: Principal, database: Any) -> Any:
    return replace(life.served.services, database=database, principal=who)


@pytest.mark.parametrize("who", [township("430624106"), sending_unit("县财政局")])
def test_the_log_is_followed_by_an_office_as_far_as_it_sees(life: Life, who: Principal) -> None:
    (there,) = Look(life.served, who).answers(("{ events(first: 500) { nodes { position } } }", {}))
    positions = [it["position"] for it in there["events"]["nodes"]]

    async def follow() -> list[str]:
        found = []
        async with open_database(life.served.county.conninfo, size=1) as database:
            async for it in await schema.subscribe(
                'subscription { events(after: "0") { position } }', context_value=_as(life, who, database)
            ):
                assert it.data is not None
                found.append(it.data["events"]["position"])
                if len(found) == len(positions):
                    break
        return found

    assert asyncio.run(follow()) == positions
    assert 0 < len(positions) < len(life.log.records)


def test_nobody_is_mentioned_to_a_township_who_never_served_there(life: Life) -> None:
    everything = (
        "{ programme { instructors { nodes { id name } } } events(first: 500) { nodes { instructorId } } }"
    )
    answered = str(Look(life.served, township("430624106")).ask(everything))
    others = [str(it.id) for it in people(life.log.at(life.log.today, len(life.log.records)))]
    assert others
    assert not [it for it in others if it in answered]


def test_a_principal_of_whom_it_is_not_said_what_is_theirs_sees_nothing(life: Life) -> None:
    for office in (Office.TOWNSHIP, Office.SENDING_UNIT, Office.INSTRUCTOR):
        seen = Look(life.served, principal(office)).ask(
            "{ events { totalCount } programme { totals { nominated } } }"
        )
        assert seen == {"events": {"totalCount": 0}, "programme": {"totals": {"nominated": 0}}}


@pytest.mark.parametrize(
    "asked",
    [
        "instructors { nodes { name } }",
        "instructors { nodes { gender } }",
        "instructors { nodes { nominations { form { name } } } }",
        'instructors(filter: {name: "张"}) { totalCount }',
        "villages { nodes { instructor { name } } }",
        "villages { nodes { history { edges { event { actor { id } } } } } }",
        'instructors { nodes { diff(sinceKnownAtPosition: "0") { after } } }',
        "totals { evidence(figure: APPOINTED) { nodes { ... on InstructorAppointed { until } } } }",
        "villages { nodes { awards { event { actor { id } } } } }",
        "instructors { nodes { subsidies { event { occurredOn } } } }",
        "instructors { nodes { subsidies { event { ... on InstructorSubsidyPaid { villageId } } } } }",
        "instructors { nodes { history { edges { event { version } } } } }",
    ],
)
def test_the_finance_bureau_is_refused_what_is_personal(life: Life, asked: str) -> None:
    code, message = Look(life.served, FINANCE).refused(f"{{ programme {{ {asked} }} }}")
    assert code == "NOT_YOUR_OFFICE"
    assert "财政局" in message


def test_the_finance_bureau_has_the_figures_of_the_county_and_people_by_their_numbers(life: Life) -> None:
    query = """{ programme {
        totals { appointed daysPresent } villages { nodes { name awards { year amount } } }
        instructors { nodes { staffNumber attendance { month daysPresent } subsidies { month amount } } }
    } }"""
    assert Look(life.served, FINANCE).ask(query) == Look(life.served, OPERATOR).ask(query)


def test_the_public_has_the_villages_and_the_totals_of_the_batches_as_they_are(life: Life) -> None:
    query = """{ programme {
        villages { totalCount nodes { name review } } batches { year figures { figure value } }
    } }"""
    assert Look(life.served, PUBLIC).ask(query) == Look(life.served, OPERATOR).ask(query)


@pytest.mark.parametrize(
    "asked",
    [
        "programme { villages { nodes { instructor { id } } } }",
        "programme { villages { nodes { weakOrLagging } } }",
        "programme { villages(filter: {vacant: true}) { totalCount } }",
        "programme { batches { instructors { totalCount } } }",
        "programme { batches { evidence(figure: VILLAGES) { totalCount } } }",
        "events { totalCount }",
        'node(id: "1") { id }',
    ],
)
def test_the_public_is_refused_everything_else(life: Life, asked: str) -> None:
    code, message = Look(life.served, PUBLIC).refused(f"{{ {asked} }}")
    assert code == "NOT_SIGNED_IN"
    assert "Authorization" in message


def test_why_the_read_side_stopped_is_told_to_those_who_see_whatever_is_on_record(life: Life) -> None:
    why = "CheckViolation: Failing row contains (陈思远)."
    with connect(life.served.county.conninfo) as conn:
        was = "select position, state, error, stopped_position from read.projector"
        before = conn.execute(was).fetchone()
        conn.execute(
            "update read.projector set state = 'stopped', error = %s, stopped_position = position + 1", (why,)
        )
        told = {
            it: Look(life.served, it).ask("{ ledger { state error } }")["ledger"]
            for it in (OPERATOR, PUBLIC, FINANCE, township("430624105"), instructor("XY-0"))
        }
        conn.execute("update read.projector set state = 'running', error = null, stopped_position = null")
        assert conn.execute(was).fetchone() == before
    assert told.pop(OPERATOR) == {"state": "STOPPED", "error": why}
    for answered in told.values():
        assert answered["state"] == "STOPPED"
        assert "zhucun status" in answered["error"]
        assert "陈思远" not in answered["error"]


def test_no_answer_goes_around_the_reader() -> None:
    sources = [
        it for it in Path(api.__file__).parent.rglob("*.py") if ".answer(compile_" in it.read_text("utf-8")
    ]
    assert [it.name for it in sources] == ["reader.py"]


@pytest.mark.parametrize("office", SHOWN)
def test_what_is_shown_exists_and_nothing_personal_is_among_it(office: Office) -> None:
    for kind, shown in SHOWN[office].items():
        source = READS[kind].source
        assert shown.columns <= source.columns.keys(), kind
        assert not shown.columns & PERSONAL.get(kind, set()), kind
        ways = [way for read in READS.values() for way in read.ways.values() if way.filter or way.by]
        filters = {name for way in ways for name in (*way.by, *FILTERS.get(way.filter, ()))}
        assert shown.filters <= filters | {"id"}, kind


@pytest.mark.parametrize(
    ("who", "number", "sees"),
    [
        (OPERATOR, "XY-0", True),
        (instructor("XY-0"), "XY-0", True),
        (instructor("XY-0"), "XY-2", False),
        (sending_unit("县财政局"), "XY-0", False),
        (township("430624105"), "XY-0", True),
        (township("430624106"), "XY-0", False),
        (FINANCE, "XY-0", False),
        (PUBLIC, "XY-0", False),
    ],
)
def test_who_sees_all_of_a_person_is_known_to_whoever_hands_out_dossiers(
    life: Life, who: Principal, number: str, *, sees: bool
) -> None:
    (person,) = [
        it.id
        for it in people(life.log.at(life.log.today, len(life.log.records)))
        if it.staff_number == number
    ]

    async def ask() -> bool:
        async with open_database(life.served.county.conninfo, size=1) as database:
            return await Reader(database, who).sees_person(person, {"as_of": None, "known": 10**6})

    assert asyncio.run(ask()) is sees
