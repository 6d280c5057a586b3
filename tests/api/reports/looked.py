"""What a report's table says, asked for on the clocks of a GraphQL answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from api.reports.cells import Cell
from api.reports.definition import Table
from api.reports.rows import lines_of, snapshot
from tests.api.server import Served

NOW: dict[str, str] = {}
"""The moment of knowledge and the day that nobody asked for."""
LATEST = 2**62
"""Beyond any position."""


@dataclass(frozen=True)
class Row:
    """A row: its cells and the names of those that are marked, by the names of the statement's columns."""

    cells: dict[str, Cell]
    marked: set[str]
    summed: bool

    def __getitem__(self, name: str) -> Any:
        return self.cells[name]

    def pick(self, names: Iterable[str]) -> list[Cell]:
        """Return some cells, in the order of their names."""
        return [self.cells[name] for name in names]


def rows_of(conninfo: str, table: Table, as_of: date, known: int = LATEST, **given: Any) -> list[Row]:
    """Return the rows of a table, sums too."""
    names = [column.of for column in table.columns]
    with snapshot(conninfo) as conn:
        return [
            Row(
                dict(zip(names, line.cells, strict=True)),
                {names[index] for index in line.marked},
                line.summed,
            )
            for line in lines_of(conn, table, {"as_of": as_of, "known": known, **given})
        ]


def both(
    served: Served, table: Table, selection: str, clock: dict[str, str], **given: Any
) -> tuple[list[Row], dict[str, Any]]:
    """Return a table's rows without its sums, and what GraphQL answers on the same two clocks."""
    answer: dict[str, Any] = served.ask(
        "query ($asOf: Date, $knownAt: DateTime) "
        f"{{ programme(asOf: $asOf, knownAt: $knownAt) {{ asOf position {selection} }} }}",
        **clock,
    )["programme"]
    as_of, known = date.fromisoformat(answer["asOf"]), int(answer["position"])
    rows = rows_of(served.county.conninfo, table, as_of, known, **given)
    return [row for row in rows if not row.summed], answer


def day(text: str | None) -> date | None:
    """Return a day as a cell has it."""
    return None if text is None else date.fromisoformat(text)
