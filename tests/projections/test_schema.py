"""The read schema: made once, known by its digest, its columns those of the facts, its functions open."""

from __future__ import annotations

import py_compile
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import projections.sql
from domain.rules import MONTHLY_DAYS, NOTICE_DATE, RULE_BOOK, Version
from ledger.database import connect
from ledger.database import prepare as prepare_ledger
from projections.facts import TABLES, Table
from projections.rollups import ROLLUPS
from projections.schema import SchemaState, prepare, rule_rows, scripts
from tests.projections.readside import ReadSide

NOUNS = (
    "appraisal",
    "attendance",
    "award",
    "batch",
    "case",
    "check_in",
    "commendation",
    "correction",
    "coverage",
    "disclosure",
    "duty",
    "entry",
    "event",
    "few_days",
    "finding",
    "goals",
    "household",
    "households_not_visited",
    "import",
    "inspection",
    "instructor",
    "leave",
    "milestone",
    "no_project",
    "no_term_end_appraisal",
    "nomination",
    "not_appraised",
    "party_relation_not_transferred",
    "posting",
    "presence",
    "project",
    "promoted_not_retained",
    "promotion",
    "recall_not_replaced",
    "registered",
    "registered_poor_not_visited",
    "remark",
    "rule_set_aside",
    "sending_unit",
    "service",
    "subsidy",
    "total",
    "township",
    "village",
    "village_vacant",
    "village_year",
    "visit",
    "work_outside_service",
)
UNFOLDING = ("generate_series", "jsonb_array_elements", "unnest")
"""PostgreSQL's own functions that make rows of a value."""
NOBODY = "'00000000-0000-0000-0000-000000000001'"
KEYS = {
    "batch": ("year", "2020"),
    "instructor": ("id", NOBODY),
    "village": ("id", NOBODY),
    "township": ("code", "'430624105'"),
    "sending_unit": ("name", "'县教育局'"),
}


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_the_columns_of_a_table_are_the_fields_of_its_rows(read_side: ReadSide, table: Table) -> None:
    found = read_side.conn.execute(
        "select column_name, case data_type when 'ARRAY' then ltrim(udt_name, '_') || '[]' else data_type end"
        " from information_schema.columns where table_schema = 'read' and table_name = %s"
        " order by ordinal_position",
        (table.name,),
    ).fetchall()
    declared = [*zip(table.columns, table.types, strict=True), ("voided_at", "bigint")]
    assert sorted(found) == sorted(declared)


def test_the_tables_are_those_of_the_facts_and_what_is_made_of_them(read_side: ReadSide) -> None:
    found = read_side.conn.execute("select tablename from pg_tables where schemaname = 'read'").fetchall()
    facts = {table.name for table in TABLES.values()}
    assert {name for (name,) in found} == facts | {*ROLLUPS, "projector", "rule"}


def test_every_noun_can_be_asked_for_and_no_other(read_side: ReadSide) -> None:
    found = read_side.conn.execute(
        "select proname from pg_proc where pronamespace = 'read'::regnamespace and proretset"
        " and proname like '%_at'"
    ).fetchall()
    assert sorted(name for (name,) in found) == [f"{noun}_at" for noun in NOUNS]


@pytest.mark.parametrize("noun", NOUNS)
def test_a_noun_is_inlined_so_that_conditions_reach_the_indexes(read_side: ReadSide, noun: str) -> None:
    plan = explain(read_side, noun)
    assert "Function Scan" not in re.sub(f"Function Scan on ({'|'.join(UNFOLDING)})", "", plan)


@pytest.mark.parametrize("noun", ["instructor", "village", "township", "sending_unit", "batch"])
def test_a_column_that_is_not_asked_for_is_not_computed(read_side: ReadSide, noun: str) -> None:
    key, value = KEYS[noun]
    plan = explain(read_side, noun, columns=key, condition=f"{key} = {value}")
    assert "SubPlan" not in plan
    for table in ("check_in", "visit", "duty", "project_start", "household_entry"):
        assert f" on {table}" not in plan


@pytest.mark.parametrize(
    ("noun", "key"),
    [
        ("instructor", "id"),
        ("posting", "instructor_id"),
        ("attendance", "instructor_id"),
        ("coverage", "instructor_id"),
        ("milestone", "instructor_id"),
        ("service", "instructor_id"),
        ("check_in", "instructor_id"),
        ("visit", "instructor_id"),
        ("event", "instructor_id"),
        ("village", "id"),
        ("village_year", "village_id"),
        ("household", "village_id"),
        ("project", "instructor_id"),
    ],
)
def test_one_person_or_village_is_found_by_an_index(read_side: ReadSide, noun: str, key: str) -> None:
    read_side.conn.execute("set enable_seqscan = off")
    plan = explain(read_side, noun, condition=f"{key} = {NOBODY}")
    scanned = [line for line in plan.splitlines() if "Seq Scan" in line and " on rule" not in line]
    assert not scanned, plan


def test_the_rule_book_stands_in_the_schema_with_its_dates(read_side: ReadSide) -> None:
    in_force = "select code, value from read.rule where %s between since and until"
    rules = dict(read_side.conn.execute(in_force, (NOTICE_DATE,)).fetchall())
    assert {rule.code for rule in RULE_BOOK} < rules.keys()
    assert rules["MONTHLY_DAYS"] == MONTHLY_DAYS.on(NOTICE_DATE)
    assert rules["YEARLY_PROJECTS"] == [1, 2]


def test_a_rule_that_changes_gets_a_span_for_each_value() -> None:
    changed = replace(
        MONTHLY_DAYS, versions=(*MONTHLY_DAYS.versions, Version(effective=date(2023, 1, 1), value=18))
    )
    first, second, *_ = rule_rows([changed])
    assert (first.effective, first.since, first.until, first.value) == (
        NOTICE_DATE,
        date.min,
        date(2023, 1, 1),
        "20",
    )
    assert (second.since, second.until, second.value) == (date(2023, 1, 1), date.max, "18")


def test_several_processes_may_prepare_at_once(empty_database: str) -> None:
    prepare_ledger(empty_database)
    with ThreadPoolExecutor(4) as pool:
        states = sorted(pool.map(prepare, [empty_database] * 4))
    assert states == [SchemaState.CREATED, *[SchemaState.CURRENT] * 3]


def test_the_schema_of_another_version_is_told_and_left_alone(database: str) -> None:
    with connect(database) as conn:
        conn.execute("update read.projector set schema_digest = 'of another version'")
    assert prepare(database) is SchemaState.OUTDATED


def test_the_serving_role_reads_and_projects_but_removes_nothing(read_side: ReadSide) -> None:
    rights = read_side.conn.execute(
        "select distinct privilege_type::text from information_schema.role_table_grants"
        " where grantee = 'zhucun_serving' and table_schema = 'read' and table_name = 'check_in'"
    ).fetchall()
    assert sorted(right for (right,) in rights) == ["INSERT", "SELECT", "UPDATE"]


def explain(read_side: ReadSide, noun: str, *, columns: str = "*", condition: str = "true") -> str:
    source = f"from read.{noun}_at('2022-01-01', 1000) where {condition}"
    plan = read_side.conn.execute(f"explain (costs off) select {columns} {source}".encode()).fetchall()
    return "\n".join(line for (line,) in plan)


def test_the_scripts_are_found_beside_the_byte_code_that_python_keeps_there() -> None:
    package = Path(projections.sql.__file__)
    py_compile.compile(str(package), doraise=True)
    assert package.with_name("__pycache__").is_dir()
    assert [name for name, _ in scripts()] == sorted(it.name for it in package.parent.glob("*.sql"))
