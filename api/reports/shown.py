"""Whether a workbook shows what its cells hold: its formats, what is hidden, drawn, or there besides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from api.papers.workbook import letters
from api.reports.cover import SHEET
from api.reports.definition import Kind, Report, Table
from api.reports.sheets import Place, Shown, Styles
from api.reports.styles import FORMATS

_GENERAL: Final = "General"
_AS_IT_IS: Final = {_GENERAL, FORMATS[Kind.TEXT]}
_ALIKE: Final = {
    **{kind: {code} for kind, code in FORMATS.items()},
    Kind.TEXT: _AS_IT_IS,
    Kind.INTEGER: {FORMATS[Kind.INTEGER], *_AS_IT_IS},
    Kind.DECIMAL: _AS_IT_IS,
    Kind.TIME: {FORMATS[Kind.TIME], "h:mm:ss"},
}
"""Formats that show a number of a kind as it is, or as we show it."""
_KNOWN: Final = frozenset[str]().union(*_ALIKE.values())
_LOCALE: Final = re.compile(r"^\[\$-[0-9A-Fa-f,]+\]")


@dataclass(frozen=True)
class Finding:
    """Something to be told, in both languages; a remark is no fault of the file."""

    zh: str
    en: str
    remark: bool = False


def oddities(
    report: Report, sheets: Mapping[str, Shown], styles: Styles, headings: Mapping[str, int]
) -> Iterator[Finding]:
    """Yield where a workbook shows something else than what its cells hold.

    Args:
        report: what it is of.
        sheets: what each sheet shows, by its name.
        styles: of the workbook.
        headings: the row of the headings of each table where they were found, from 1.
    """
    tables = {table.name: table for table in report.tables}
    if any(_plain(code) not in _KNOWN for code in styles.conditional):
        yield Finding(
            "条件格式中带有数字格式,所显示的可能不是单元格的值。",
            "A conditional format brings a number format: what is shown may not be what the cells hold.",
        )
    for name, shown in sheets.items():
        if name != SHEET and name not in tables:
            yield Finding(f"表“{name}”不属于本报表。", f"The sheet {name!r} is no part of the report.")
            continue
        table = tables.get(name)
        yield from _values(name, table, shown)
        yield from _drawn(name, table, shown)
        yield from _hidden(name, table, shown, headings.get(name, 0))


def _values(name: str, table: Table | None, shown: Shown) -> Iterator[Finding]:
    if shown.formulas:
        where, count = _cell(shown.formulas[0]), len(shown.formulas)
        yield Finding(
            f"表“{name}”有{count}个公式({where}等):报表中没有公式,重算后所显示的会变。",
            f"{name!r} has {count} formulas ({where} first): a report has none, and what they show changes.",
        )
    columns = table.columns if table else ()
    odd = [place for code, place in shown.texts.items() if _plain(code) not in _KNOWN]
    for (column, code), place in shown.numbers.items():
        kind = columns[column - 1].kind if column <= len(columns) else Kind.TEXT
        if _plain(code) not in _ALIKE[kind]:
            odd.append(place)
    for place in sorted(odd):
        yield Finding(
            f"表“{name}”自{_cell(place)}起的数字格式已被改动,所显示的可能不是单元格的值。",
            f"The number format in {name!r} from {_cell(place)} on was altered: what is shown may not be "
            "what the cell holds.",
        )


def _drawn(name: str, table: Table | None, shown: Shown) -> Iterator[Finding]:
    if shown.shapes or (shown.drawn and not (table and table.charts)):
        yield Finding(
            f"表“{name}”上另有图片、图形、控件或批注。",
            f"Pictures, shapes, controls or notes were put on {name!r}.",
        )


def _hidden(name: str, table: Table | None, shown: Shown, heading: int) -> Iterator[Finding]:
    if not shown.visible:
        yield Finding(f"表“{name}”被隐藏。", f"The sheet {name!r} was hidden.")
    width = len(table.columns) if table else 2
    columns = any(first <= width for first, _ in shown.hidden_columns)
    if any(table is None or row <= heading for row in shown.hidden_rows) or (table is None and columns):
        yield Finding(
            f"表“{name}”隐藏了标题、说明或封面中的内容。",
            f"The headings, the remarks or parts of the cover are hidden in {name!r}.",
        )
        return
    if shown.hidden_rows:
        count = len(shown.hidden_rows)
        yield Finding(
            f"表“{name}”有{count}行被隐藏(或经筛选),其内容在核对之列。",
            f"{count} rows of {name!r} are hidden, or filtered out; they were checked like the others.",
            remark=True,
        )
    if columns:
        yield Finding(
            f"表“{name}”有列被隐藏,其内容在核对之列。",
            f"Columns of {name!r} are hidden; they were checked like the others.",
            remark=True,
        )


def _cell(place: Place) -> str:
    row, column = place
    return f"{letters(column - 1)}{row}"


def _plain(code: str) -> str:
    """Return a number format without what programs add and nobody sees: quotes, a locale, a part for text."""
    bare = re.sub(r'\\([-: /])|"([-: /])"', r"\1\2", _LOCALE.sub("", code).removesuffix(";@"))
    return _GENERAL if bare.lower() == _GENERAL.lower() else bare.lower() if bare != "@" else bare
