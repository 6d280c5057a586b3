"""A plan on the terminal and as JSON: how each column was read, and what becomes of the rows."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import Any, Final

from rich.markup import escape
from rich.table import Table

from api.cli.console import out
from api.papers.intake import Taken
from api.papers.lookup import NUMBER
from api.papers.plans import Found, Line, Outcome, Page, Plan, columns_read
from api.papers.refused import reason_text

SHOWN: Final = 50
"""Rows of an outcome that are shown; the workbook and the JSON have all."""

_STYLES: Final = {
    Outcome.RECORD: "green",
    Outcome.ALREADY: "dim",
    Outcome.PASSED: "yellow",
    Outcome.REFUSED: "red",
}


def show(plan: Plan) -> None:
    """Print how the columns were read, and what becomes of the rows."""
    for page in plan.pages:
        out.print(f"[bold]{escape(page.source.name)}[/] · {escape(page.layout.sheet.name)}", soft_wrap=True)
        out.print(_columns(plan, page))
    for remark in plan.remarks:
        out.print(f"[yellow]*[/] {escape(str(remark))}", highlight=False, soft_wrap=True)
    _show_people(plan)
    for outcome in (Outcome.REFUSED, Outcome.PASSED):
        _show_rows(plan, outcome)
    counts = plan.counts
    parts = (f"[{_STYLES[it]}]{it.zh} {it.lower()} {counts[it]:,}[/]" for it in Outcome)
    out.print("[bold]各行 Rows[/]  " + "  ".join(parts), highlight=False, soft_wrap=True)


def as_plain(plan: Plan, taken: Taken | None) -> dict[str, Any]:
    """Return a plan as plain values, and what was recorded of it; rows that are recorded are only counted."""
    return {
        "paper": plan.kind.name,
        "files": [
            {
                "name": page.source.name,
                "sha256": page.source.sha256,
                "size": page.source.size,
                "sheet": page.layout.sheet.name,
                "header_row": page.layout.header,
                "columns": [vars(it) for it in columns_read(plan.kind, page.layout)],
            }
            for page in plan.pages
        ],
        "remarks": [{"zh": it.zh, "en": it.en} for it in plan.remarks],
        "people": [{name: getattr(it, name) for name in Found.__slots__} for it in plan.people],
        "counts": {it.value: plan.counts[it] for it in Outcome},
        "rows": [_plain(line) for line in plan.lines if line.outcome is not Outcome.RECORD],
        "recorded": None if taken is None else {"events": len(taken.plan.events), "position": taken.position},
    }


def _plain(line: Line) -> dict[str, Any]:
    return {
        "file": line.page.source.name,
        "sheet": line.page.layout.sheet.name,
        "row": line.row,
        "outcome": line.outcome.value,
        "reasons": [
            {name: getattr(reason, name) for name in ("zh", "en", "column", "value", "code", "clause")}
            for reason in line.reasons
        ],
    }


def _columns(plan: Plan, page: Page) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("表头 Heading", "读作 Read as", "首行 First row"):
        table.add_column(title, overflow="fold")
    for column in columns_read(plan.kind, page.layout):
        read = escape(column.column) if column.column else "[dim]未读 not read[/]"
        table.add_row(escape(column.heading), read, escape(column.sample))
    return table


def _show_people(plan: Plan) -> None:
    """Print by what people were found, and whom there was no staff number for."""
    ways = Counter(it.by for it in plan.people)
    if not ways:
        return
    parts = (f"{escape(by)} {number:,}" for by, number in ways.items())
    out.print("[bold]人员 People found by[/]  " + "  ".join(parts), highlight=False, soft_wrap=True)
    others = [it for it in plan.people if it.by != NUMBER]
    for it in others[:SHOWN]:
        found = f"{it.by}“{it.value}” → {it.staff_number} {it.name}"
        out.print(f"  {escape(found)}", highlight=False, soft_wrap=True)
    if (more := len(others) - SHOWN) > 0:
        out.print(f"[dim]……另有{more}人,见 --json。 {more} more people; see --json.[/]", soft_wrap=True)


def _show_rows(plan: Plan, outcome: Outcome) -> None:
    number = plan.counts[outcome]
    if not number:
        return
    style = _STYLES[outcome]
    table = Table(box=None, pad_edge=False, header_style=f"bold {style}")
    table.add_column(f"{outcome.zh} {outcome.lower()}", overflow="fold")
    table.add_column("原因 Why", overflow="fold", ratio=1)
    for line in islice((it for it in plan.lines if it.outcome is outcome), SHOWN):
        reasons = "\n".join(map(reason_text, line.reasons)) or "此行没有可记录的内容。 Nothing to record."
        table.add_row(escape(line.page.place(line.row)), escape(reasons))
    out.print(table)
    if number > SHOWN:
        out.print(
            f"[dim]……另有 {number - SHOWN:,} 行,见 --json。 {number - SHOWN:,} more; see --json.[/]",
            soft_wrap=True,
        )
