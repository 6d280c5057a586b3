"""Batches side by side, as a table and as a picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Final

from rich import box
from rich.cells import cell_len
from rich.markup import escape
from rich.table import Table

from api.charts.bars import Bar, Panel, Section, Sheet, as_html, as_svg
from api.cli.comparing import NOTHING, PARTS, Comparison, Key
from api.cli.console import Failed
from api.types.comparison import BatchFigureName as Name
from api.types.comparison import Unit

SUFFIXES: Final[Mapping[str, Callable[[Sheet], str]]] = {".svg": as_svg, ".html": as_html}
"""How a chart is written, by the suffix of its file."""

_LONGEST: Final = max(cell_len(name.zh) for name in Name)
"""The Chinese names of figures are not to be broken, however narrow the terminal is."""
_SECTIONS: Final = (
    ("选派", Name.VILLAGES, Name.DAYS_TO_APPOINTMENT),
    ("在村工作", Name.DAYS_PRESENT, Name.PROJECTS_PER_VILLAGE),
    ("考核、去留与录入", Name.GRADE, Name.LATE_SHARE),
)


def table_of_comparison(comparison: Comparison) -> Table:
    """Return it as a table: figures as rows, batches as columns, with the difference to the year before."""
    zh, en = comparison.clocks
    table = Table(box=box.SIMPLE_HEAD, title="批次比较 Batches compared", title_justify="left")
    table.caption, table.caption_justify = escape(f"{zh}\n{en}"), "left"
    table.add_column("指标 Figure", min_width=_LONGEST)
    table.add_column("单位 Unit", style="dim")
    for batch in comparison.batches:
        mark = "" if batch.reached else " *"
        header = f"[bold]{batch.year}{mark}[/]\n[dim]{batch.as_of}\n@{batch.position:,}[/]"
        table.add_column(header, justify="right", no_wrap=True)
        if batch.compared:
            table.add_column("较上年\n[dim]change[/]", justify="right", no_wrap=True)
    for key in comparison.keys:
        name, part = key
        part_zh, part_en = PARTS.get(part or "", (part, part))
        label = name.zh + (f" · {part_zh}" if part else "")
        english = name.en + (f" · {part_en}" if part and part_en != part_zh else "")
        cells = [f"{escape(label)}\n[dim]{escape(english)}[/]", f"{name.unit.zh}\n[dim]{name.unit}[/]"]
        for batch in comparison.batches:
            it = batch.figures.get(key, NOTHING)
            cells.append(shown(name, it.value))
            if batch.compared:
                cells.append(difference(name, it.difference))
        table.add_row(*cells)
    return table


def write_chart(comparison: Comparison, file: Path) -> None:
    """Write it as a picture, in the form that the file's suffix asks for.

    Raises:
        Failed: the file cannot be written.
    """
    written = SUFFIXES[file.suffix.lower()](sheet_of(comparison))
    try:
        file.write_text(written, encoding="utf-8")
    except OSError as error:
        raise Failed(
            f"无法写入 {file}:{error.strerror}。请换一个位置。",
            f"{file} cannot be written: {error.strerror}. Choose another place.",
        ) from error


def sheet_of(comparison: Comparison) -> Sheet:
    """Return it as a sheet of panels: one for each figure and part, with a bar for each batch."""
    years = "、".join(str(batch.year) for batch in comparison.batches)
    lines = [comparison.clocks[0] + "。"]
    if comparison.service_day is not None:
        each = ";".join(f"{it.year}:{it.as_of},位置 {it.position:,}" for it in comparison.batches)
        lines.append(f"各批次均按任职第 {comparison.service_day} 天、以当日所知为准({each})。")
    keys = comparison.keys
    sections = [
        Section(title, [_panel(comparison, key) for key in keys if first <= _index(key[0]) <= last])
        for title, first, last in ((title, _index(a), _index(b)) for title, a, b in _SECTIONS)
    ]
    ledger = comparison.answer["ledger"]
    foot = [zh for zh, _ in comparison.notes]
    foot.append("条形均从零起。右侧为较上一年批次之差;pp 为百分点,“—”为无从计算,虚线为尚未到该任职日。")
    foot.append(f"账本:{ledger['origin']}{'(模拟数据,并非实情)' if ledger['simulated'] else ''}。")
    return Sheet(f"选派党建指导员批次比较:{years}", lines, sections, foot)


def shown(name: Name, value: Decimal | None) -> str:
    """Return a value as people read it."""
    if value is None:
        return "—"
    if name.unit is Unit.SHARE:
        return f"{_rounded(value * 100, '0.01')}%"
    return str(value) if value == value.to_integral() and "." not in str(value) else _rounded(value, "0.01")


def difference(name: Name, value: Decimal | None) -> str:
    """Return a difference as people read it, with its sign."""
    if value is None:
        return ""
    if value == 0:
        return "±0"
    sign = "+" if value > 0 else "−"
    if name.unit is Unit.SHARE:
        return f"{sign}{_rounded(abs(value) * 100, '0.01')}pp"
    return sign + shown(name, abs(value))


def _panel(comparison: Comparison, key: Key) -> Panel:
    name, part = key
    bars = [
        Bar(
            str(batch.year),
            it.value,
            shown(name, it.value),
            difference(name, it.difference),
            place,
            hollow=not batch.reached,
        )
        for place, batch in enumerate(comparison.batches)
        for it in (batch.figures.get(key, NOTHING),)
    ]
    # The parts of a figure are on one scale.
    values = [
        it.value or Decimal(0)
        for batch in comparison.batches
        for (of, _), it in batch.figures.items()
        if of is name
    ]
    title = name.zh + (f" · {PARTS.get(part, (part,))[0]}" if part else "")
    return Panel(title, name.unit.zh, bars, max(values, default=None))


def _rounded(value: Decimal, to: str) -> str:
    return str(value.quantize(Decimal(to), ROUND_HALF_UP))


def _index(name: Name) -> int:
    return list(Name).index(name)
