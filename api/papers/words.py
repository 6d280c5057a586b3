"""The words of a cell, whatever its kind, and how a cell that cannot be read is turned away."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import MAXYEAR, date, datetime, time, timedelta
from typing import Final

from api.papers.source import Cell

_ERROR: Final = re.compile(r"#(NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A|SPILL!|CALC!)|Err:\d{3}")
"""What the usual programs show where a formula went wrong."""
_EXACT: Final = 10**15
"""From here on a spreadsheet has lost the last digits of a number."""
_SHOWN: Final = 40
_BLANKS: Final = " \t\r\n\f\v\u2028\u2029\u200b\ufeff"
"""What is passed over around words; other blanks become these by normalising."""


class CellUnreadable(Exception):  # noqa: N818 - named as what happened
    """A cell cannot be read as what its column holds: why, and what to write, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        self.message_zh = zh
        self.message_en = en
        super().__init__(f"{zh} {en}")


def text(cell: Cell) -> str:
    """Return the words of a cell: half-width, without the blanks around them; "" of an empty cell.

    Raises:
        CellUnreadable: it shows an error of a formula, or a number whose last digits are lost.
    """
    if cell is None:
        return ""
    if isinstance(cell, str):
        words = unicodedata.normalize("NFKC", cell).strip(_BLANKS)
        if _ERROR.fullmatch(words):
            raise CellUnreadable(
                f"“{words}”是公式出错的结果。请改正公式,或直接填写内容。",
                f"{words} is what a formula in error shows: mend it, or write the value itself.",
            )
        return words
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, int | float):
        return _digits(cell)
    return _written(cell)


def shown(cell: Cell) -> str:
    """Return what a message shows of a cell: its beginning, and never a line break."""
    plain = isinstance(cell, str | int | float) and not isinstance(cell, bool)  # `text` may turn these away
    words = " ".join((str(cell) if plain else text(cell)).split())
    return words if len(words) <= _SHOWN else words[: _SHOWN - 1] + "…"


def bare(words: str) -> str:
    """Return words as they are compared: half-width, small, without blanks."""
    return "".join(unicodedata.normalize("NFKC", words).split()).casefold()


def _digits(number: float) -> str:
    if not math.isfinite(number):
        raise CellUnreadable("不是数字。请重新填写。", "Not a number: write it again.")
    if abs(number) >= _EXACT:
        raise CellUnreadable(
            "数字超过15位,表格软件已丢失末几位。请把单元格设为文本后重新填写。",
            "A number of more than 15 digits, whose last ones the spreadsheet has lost: make the cell a text "
            "cell, and write it again.",
        )
    return str(int(number)) if number == int(number) else format(number, ".15g")


def to_second(moment: datetime) -> datetime:
    """Round to the second: a fraction of a day is seldom a whole number of them."""
    if moment.microsecond < 500_000 or moment.year == MAXYEAR:
        return moment.replace(microsecond=0)
    return moment.replace(microsecond=0) + timedelta(seconds=1)


def _written(cell: date | time | timedelta) -> str:
    if isinstance(cell, datetime) and cell.time() != time.min:
        return f"{to_second(cell):%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, timedelta):  # 24:12, and not `1 day, 0:12:00`, which nobody writes
        minutes, second = divmod(round(cell.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{second:02}"
    return f"{cell:%Y-%m-%d}" if isinstance(cell, date) else str(cell)
