"""The read schema: made from the SQL files and the rule book, and known again by their digest."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

from psycopg import Connection, errors
from psycopg.sql import SQL, Identifier

from domain.rules import NOTICE_DATE, RULE_BOOK, Rule
from ledger.database import connect

_logger = logging.getLogger(__name__)

READ: Final = "read"
NEXT: Final = "read_next"
OLD: Final = "read_old"

LATE_ENTRY_DAYS: Final = 7
"""A check-in recorded more days after it counts as entered late. A setting of ours: the notice has none."""


class Setting(NamedTuple):
    """A number of days that the notice leaves open and we chose; a finding that rests on it says so."""

    code: str
    clause: str
    days: int
    zh: str
    en: str


SETTINGS: Final = (
    Setting("LATE_ENTRY_DAYS", "", LATE_ENTRY_DAYS, "补录超过天数即为迟报", "days an entry may be late"),
    Setting("VACANT_DAYS", "二(二)", 30, "重点村无人在任的天数", "days a key village may have nobody"),
    Setting(
        "PARTY_RELATION_DAYS",
        "选派程序(三)",
        30,
        "任命后转接党组织关系的天数",
        "days from the appointment to the transfer of the party relation",
    ),
    Setting(
        "REPLACEMENT_DAYS", "五(三)", 30, "召回后重新选派的天数", "days from a recall to the replacement"
    ),
)
"""Numbers of ours, which stand among the rules for the statements that need them."""

_CLOSED: Final = """
select not exists (select from pg_policies where schemaname = %s and 'zhucun_sees_people' = any (roles))
"""
_MAKING: Final = 0x7A68_7563_756E_02  # advisory lock: one maker of the read schema at a time in a database


class SchemaState(StrEnum):
    """How the read schema of a database stands to this program."""

    CREATED = "created"
    """There was none; it was made, and is empty."""

    CURRENT = "current"
    """It is this program's."""

    OUTDATED = "outdated"
    """It is another version's: it can be read as it is, but a rebuild is due (`projections.rebuild`)."""


class RuleRow(NamedTuple):
    """A version of a rule and the days it judges, from `since` to before `until`."""

    code: str
    clause: str
    zh: str
    en: str
    effective: date
    since: date
    until: date
    value: str


def rule_rows(rules: Iterable[Rule[Any]] = RULE_BOOK) -> list[RuleRow]:
    """Return the rows of the table `rule`; our own settings, which say that they are, stand at the end."""
    rows = []
    for rule in rules:
        versions = sorted(rule.versions, key=lambda version: version.effective)
        starts = [date.min, *(version.effective for version in versions[1:])]
        ends = [*starts[1:], date.max]
        for version, since, until in zip(versions, starts, ends, strict=True):
            value = json.dumps(version.value, default=sorted, ensure_ascii=False)
            rows.append(
                RuleRow(rule.code, rule.clause, rule.zh, rule.en, version.effective, since, until, value)
            )
    for it in SETTINGS:
        zh, en = f"{it.zh}({it.days}天,本系统设定)", f"{it.en} ({it.days}, a setting of this system)"
        rows.append(RuleRow(it.code, it.clause, zh, en, NOTICE_DATE, date.min, date.max, str(it.days)))
    return rows


def scripts() -> list[tuple[str, str]]:
    """Return the SQL files, named and in the order in which they are run."""
    found = [it for it in files("projections.sql").iterdir() if it.name.endswith(".sql")]
    return sorted((it.name, it.read_text(encoding="utf-8")) for it in found)


@cache
def digest() -> str:
    """Return the digest of all that a read schema comes from: its SQL, the rule book, and the fold.

    The fold counts by its text. That makes a rebuild due after any edit, which costs seconds; a fold that
    has changed its meaning unnoticed would cost the truth.
    """
    package = files("projections")
    code = [package.joinpath(name).read_text(encoding="utf-8") for name in ("facts.py", "fold.py")]
    content = json.dumps([scripts(), rule_rows(), code], default=str, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def make(conn: Connection[Any], schema: str) -> None:
    """Make an empty read schema, for the events from the first one on."""
    with conn.transaction(), conn.cursor() as cursor:
        cursor.execute(SQL("create schema {}").format(Identifier(schema)))
        cursor.execute(SQL("set local search_path = {}").format(Identifier(schema)))
        for _, script in scripts():
            cursor.execute(script.encode())
        columns = SQL(", ").join(Identifier(field) for field in RuleRow._fields)
        insert = SQL("insert into rule ({}) values ({})").format(
            columns, SQL(", ").join(SQL("%s") for _ in RuleRow._fields)
        )
        cursor.executemany(insert, rule_rows())
        cursor.execute("insert into projector (schema_digest) values (%s)", (digest(),))
        _open_to_offices(conn)
        grant_reading(conn, schema)


def drop(conn: Connection[Any], schema: str) -> None:
    """Drop a read schema, if there is one."""
    conn.execute(SQL("drop schema if exists {} cascade").format(Identifier(schema)))


def grant_reading(conn: Connection[Any], schema: str) -> None:
    """Let the serving role read the schema and project into it, if the role exists."""
    exists = conn.execute("select to_regrole('zhucun_serving') is not null").fetchone()
    if exists != (True,):
        return
    for right in (
        "grant usage on schema {} to zhucun_serving",
        "grant select, insert, update on all tables in schema {} to zhucun_serving",
    ):
        conn.execute(SQL(right).format(Identifier(schema)))


def _open_to_offices(conn: Connection[Any]) -> None:
    """Let the offices that see a part of the county see it, in the schema that is the search path.

    Where roles cannot be made, they see nothing until somebody who may has prepared the schema.
    """
    try:
        with conn.transaction():
            conn.execute("select open_to_offices()")
    except errors.InsufficientPrivilege as error:
        _logger.warning(
            "不能建立数据库角色,乡镇、派出单位与指导员暂不能查询:请由可建角色者运行一次zhucun serve。 "
            "Roles cannot be made in the database, so that townships, sending units and instructors are "
            "refused: let somebody who may make roles start the program once. %s",
            str(error).strip(),
        )


def live_digest(conn: Connection[Any], schema: str = READ) -> str | None:
    """Return the digest of a schema as it stands in the database; None when there is none."""
    if conn.execute("select to_regclass(%s)", (f"{schema}.projector",)).fetchone() == (None,):
        return None
    stands = SQL("select schema_digest from {}").format(Identifier(schema, "projector"))
    found = conn.execute(stands).fetchone()
    return None if found is None else str(found[0])


def prepare(conninfo: str) -> SchemaState:
    """Make the read schema if there is none, and return how it stands to this program.

    Args:
        conninfo: of the database, as the owner of the schema; several processes may start at once.
    """
    with connect(conninfo) as conn, conn.transaction():
        conn.execute("select pg_advisory_xact_lock(%s)", (_MAKING,))
        found = live_digest(conn)
        if found is None:
            make(conn, READ)
            return SchemaState.CREATED
        if found == digest() and conn.execute(_CLOSED, (READ,)).fetchone() == (True,):
            conn.execute(SQL("set local search_path = {}").format(Identifier(READ)))
            _open_to_offices(conn)
    return SchemaState.CURRENT if found == digest() else SchemaState.OUTDATED
