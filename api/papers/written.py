"""Workbooks that we write: text stays text, and choices, remarks and sizes are set in one way.

Whatever a cell is given is written as it is: nothing becomes a formula, a link or a number because of how it
begins. What people are to fill in is formatted as text, so that a leading zero or `2020.10` stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final

from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it says no types of its own
from xlsxwriter.exceptions import FileCreateError  # type: ignore[import-untyped]  # likewise

from api.papers.columns import AnyColumn

FONT: Final = {"font_name": "宋体", "font_size": 11}
MOST_REMARK: Final = 255
"""Characters of a remark that shows beside a cell; a list of choices has no more either."""
_MADE: Final = datetime(1980, 1, 1)  # noqa: DTZ001 - the start of a ZIP's calendar, which has no zones
"""When a workbook says it was made, so that the same content is the same file, whatever the clock."""


@contextmanager
def new_workbook(target: Path | IO[bytes], title: str, *, drafts: Path | None = None) -> Iterator[Any]:
    """Lend an XlsxWriter workbook that is written to `target` when done; never with live formulas.

    Args:
        target: the file.
        title: among its properties.
        drafts: a folder for rows that are done, so that memory does not grow with them; each sheet then has
            to be written row by row. In memory, if not given.

    Raises:
        OSError: it cannot be written.
    """
    options: dict[str, Any] = {"strings_to_formulas": False, "strings_to_urls": False}
    kept = {"in_memory": True} if drafts is None else {"constant_memory": True, "tmpdir": str(drafts)}
    try:
        with Workbook(target, {**options, **kept, "strings_to_numbers": False}) as workbook:
            workbook.set_properties({"title": title, "created": _MADE})
            workbook.formats[0].set_font_name(FONT["font_name"])
            workbook.formats[0].set_font_size(FONT["font_size"])
            yield workbook
    except FileCreateError as error:
        raise OSError(str(error)) from error


def fill_in(column: AnyColumn, *, only: bool = False) -> dict[str, Any] | None:
    """Return the validation of cells to be filled in, None if there is nothing to say about them.

    Args:
        column: what is filled in; its remarks are shown when somebody goes there.
        only: anything but the column's choices is refused on the spot; otherwise it is asked about.
    """
    needed = "必填 Required" if column.needed else ""
    remark = "\n".join(filter(None, (needed, column.remark_zh, column.remark_en)))
    shown = {"input_title": column.name, "input_message": remark[:MOST_REMARK]} if remark else {}
    if not column.choices:
        return {"validate": "any", **shown} if shown else None
    return {
        "validate": "list",
        "source": list(column.choices),
        "error_type": "stop" if only else "information",
        "error_title": "请选择",
        "error_message": "请从列表中选择。" if only else "列表中没有这一项,请核对后再填。",
        **shown,
    }
