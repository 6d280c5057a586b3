"""Each office and each way into the answers, and the rows there: compared with the table beside this file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)
from psycopg.sql import SQL, Identifier

from api.access.principal import PUBLIC, Office, Principal
from api.access.scope import scope_of
from ledger.database import connect
from tests.api.access.conftest import Life
from tests.api.access.looking import Look, instructor, principal, sending_unit, township
from tests.oracle.questions import PICKED, SCHEMA

TABLE: Final = Path(__file__).with_name("seen.csv")
WHO: Final = {
    "department": principal(Office.ORGANISATION_DEPARTMENT),
    "auditor": principal(Office.AUDITOR),
    "township": township("430624105"),
    "other_township": township("430624106"),
    "unit": sending_unit("县教育局"),
    "other_unit": sending_unit("县财政局"),
    "instructor": instructor("XY-0"),
    "nobody": instructor("XY-9"),
    "finance": principal(Office.FINANCE_BUREAU),
    "public": PUBLIC,
}
REFUSED: Final = "refused"


def _rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def _ways() -> Iterator[tuple[str, str]]:
    """Yield a query for each field of the programme and each root beside it, by a name."""
    kind = SCHEMA.type_map["Programme"]
    assert isinstance(kind, GraphQLObjectType)
    for name, field in kind.fields.items():
        yield name, f"{{ programme {{ found: {name}{_arguments(name, field)} {_least(field)} }} }}"
    yield "events", "{ events { totalCount } }"
    for number, what in enumerate(("of the first village", "of its nomination")):
        yield f"node {what}", "village" if number == 0 else "1"
    yield "ledger", "{ ledger { head } }"


def _arguments(name: str, field: GraphQLField) -> str:
    if name in PICKED:
        return f"({PICKED[name]})"
    if "sinceKnownAtPosition" in field.args:
        return '(sinceKnownAtPosition: "0")'
    for argument, it in field.args.items():
        words = get_named_type(it.type)
        if is_required_argument(it) and isinstance(words, GraphQLEnumType):
            return f"({argument}: {next(iter(words.values))})"
    return ""


def _least(field: GraphQLField) -> str:
    kind = get_named_type(field.type)
    if is_leaf_type(kind):
        return ""
    return "{ totalCount }" if kind.name.endswith("Connection") else "{ __typename }"


def _count(found: Any) -> str:
    match found:
        case {"totalCount": number}:
            return str(number)
        case list():
            return str(len(found))
        case None:
            return "0"
        case _:
            return "1"


def _seen(life: Life, who: Principal) -> dict[str, str]:
    """Return how many rows somebody gets by each way, or that they are refused."""
    node = "{{ node(id: {}) {{ id }} }}"
    queries = {
        name: node.format(f'"{life.village}"' if query == "village" else f'"{query}"')
        if "node" in name
        else query
        for name, query in _ways()
    }
    seen = {}
    for name, result in zip(
        queries, Look(life.served, who).results(*((it, {}) for it in queries.values())), strict=True
    ):
        if result.errors:
            (code,) = [it.extensions["code"] for it in result.errors]
            assert code in {"NOT_SIGNED_IN", "NOT_YOUR_OFFICE"}, result.errors
            seen[name] = REFUSED
        else:
            ((_, found),) = result.data.items()
            seen[name] = _count(
                found["found"] if name not in {"events", "ledger"} and "node" not in name else found
            )
    return seen


def _tables(life: Life, who: Principal) -> dict[str, str]:
    """Return how many rows of each read table somebody sees, if `fields` shows them all columns."""
    scope = scope_of(who)
    with connect(life.served.county.conninfo) as conn, conn.transaction():
        names = sorted(
            it for (it,) in conn.execute("select tablename from pg_tables where schemaname = 'read'")
        )
        if scope is not None:
            told = {"whose": scope.whose, "organisation": scope.organisation, "as_of": None, "known": 10**6}
            conn.execute(scope.see.encode(), told)
            conn.execute(scope.become.encode())
        return {
            f"table {name}": str(
                conn.execute(SQL("select from {}").format(Identifier("read", name))).rowcount
            )
            for name in names
        }


@pytest.mark.parametrize("name", WHO)
def test_each_office_gets_what_the_table_says_by_each_way_and_of_each_kind(life: Life, name: str) -> None:
    found = {**_seen(life, WHO[name]), **_tables(life, WHO[name])}
    assert found == {row["way"]: row[name] for row in _rows()}


def test_the_totals_of_a_part_are_those_of_the_part(life: Life) -> None:
    query = "{ programme { totals { nominated appointed daysPresent householdsVisited } } }"
    whole, *parts = (Look(life.served, who).ask(query)["programme"]["totals"] for who in WHO_HAVE_PARTS)
    for part in parts:
        assert all(part[name] <= whole[name] for name in whole)
        assert part != whole
    townships = parts[:2]
    assert sum(it["daysPresent"] for it in townships) == whole["daysPresent"]


WHO_HAVE_PARTS: Final = [WHO[it] for it in ("department", "township", "other_township", "unit", "instructor")]
