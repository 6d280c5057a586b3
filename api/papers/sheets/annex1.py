"""附件1 as the notice has it: a list of townships, each with its key villages below it or beside it.

It has no columns. The year stands in the title, the villages between the heading 乡镇(街道) and 合计, and the
number of them after it; the day is the one of the notice, or of a line of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from unicodedata import normalize

from api.papers import cells
from api.papers.columns import AnyColumn, Layout, Row, plain
from api.papers.source import FileRefused, Sheet

_TITLE: Final = re.compile(r"(20\d{2})年(?:度)?(?:全县)?重点村(?:\(社区\))?名单")
_TOWNSHIP: Final = re.compile(r".+(?:街道|镇|乡)")
_COUNT: Final = re.compile(r"(?:共|合计)?(\d+)个?")
_APART: Final = re.compile(r"[\s、,;]+")
_DATED: Final = re.compile(r"(?:日期:?|时间:?)?(.+)")
_HEADING: Final = frozenset(map(plain, ("乡镇(街道)", "乡镇", "乡镇街道")))
_BELOW: Final = frozenset(map(plain, ("重点村(社区)", "重点村", "村(社区)")))
_TOTAL: Final = "合计"
_NEXT: Final = "附件"
"""What comes after a list without a total."""


@dataclass(frozen=True)
class Listed(Layout):
    """A list, read as rows: each with the number of the line it stands on, so that several may share it."""

    numbers: tuple[int, ...] = ()

    def rows(self) -> Iterator[Row]:
        """Yield a row for each village."""
        for number, row in zip(self.numbers, self.sheet.rows, strict=True):
            yield Row(self, number, row)


@dataclass(frozen=True)
class _Word:
    line: int
    text: str


def find_list(sheet: Sheet, columns: Mapping[str, AnyColumn]) -> Listed | None:
    """Return how the list on a sheet is read, None if there is none.

    Args:
        sheet: to look in.
        columns: those of the paper for `township`, `name`, `year` and `day`.

    Raises:
        FileRefused: there is no day, a village stands under no township, or the number is not the one given.
    """
    lines = list(_lines(sheet))
    start = next((place for place, (_, said) in enumerate(lines) if plain(said) in _HEADING), None)
    titles = [found for _, said in lines[: start or 0] if (found := _TITLE.search(said.replace(" ", "")))]
    if start is None or not titles:
        return None
    day = _day(lines)
    if day is None:
        raise FileRefused(
            f"“{sheet.name}”的名单中没有日期。请另起一行写明,如:2020年3月17日。",
            f"The list in {sheet.name!r} has no date. Write it on a line of its own, such as 2020年3月17日.",
        )
    year = int(titles[-1][1])
    listed = list(_villages(sheet, lines[start + 1 :]))
    return Listed(
        sheet=Sheet(
            sheet.name,
            tuple((township, word.text, year, day) for township, word in listed),
            skipped=sheet.skipped,
        ),
        header=lines[start][0],
        body=lines[start][0] + 1,
        places={name: place for place, name in enumerate(("township", "name", "year", "day"))},
        headings=tuple(columns[name].name for name in ("township", "name", "year", "day")),
        columns=tuple(columns.values()),
        numbers=tuple(word.line for _, word in listed),
    )


def _lines(sheet: Sheet) -> Iterator[tuple[int, str]]:
    """Yield what is written, cell by cell, with the number of the row; a merged area once."""
    copies = {
        (row, column)
        for area in sheet.merged
        for row in range(area.top, area.bottom + 1)
        for column in range(area.left, area.right + 1)
        if (row, column) != (area.top, area.left)
    }
    for row, cells_ in enumerate(sheet.rows):
        for column, cell in enumerate(cells_):
            if cell is not None and (row, column) not in copies:
                yield sheet.first_row + row, normalize("NFKC", cell if isinstance(cell, str) else str(cell))


def _day(lines: Sequence[tuple[int, str]]) -> date | None:
    """Return the last day that stands on a line of its own."""
    found: date | None = None
    for _, said in lines:
        dated = _DATED.fullmatch(said.strip())
        try:
            found = cells.day(dated[1].strip() if dated else said)
        except cells.CellUnreadable:
            continue
    return found


def _villages(sheet: Sheet, lines: Sequence[tuple[int, str]]) -> Iterator[tuple[str, _Word]]:
    """Yield each village with its township.

    Raises:
        FileRefused: one stands under no township, or there are more or fewer than the total says.
    """
    township, count = "", 0
    words = _words(lines)
    for word in words:
        if word.text == _TOTAL:
            total = next((found for it in words if (found := _COUNT.fullmatch(it.text))), None)
            if total and int(total[1]) != count:
                raise FileRefused(
                    f"“{sheet.name}”的名单合计{total[1]}个,实有{count}个,请核对。",
                    f"The list in {sheet.name!r} says {total[1]} in all, but has {count}; check it.",
                )
            return
        if word.text.startswith(_NEXT):
            return
        if _TOWNSHIP.fullmatch(word.text):
            township = word.text
        elif township:
            count += 1
            yield township, word
        else:
            raise FileRefused(
                f"“{sheet.name}”第{word.line}行“{word.text}”之前没有乡镇(街道),请补上。",
                f"{sheet.name!r}, line {word.line}: there is no township before {word.text!r}; add it.",
            )


def _words(lines: Sequence[tuple[int, str]]) -> Iterator[_Word]:
    for line, said in lines:
        if "".join(said.split()).startswith(_TOTAL):
            yield _Word(line, _TOTAL)
            said = "".join(said.split()).removeprefix(_TOTAL)  # noqa: PLW2901 - the rest of the line
        elif plain(said) in _BELOW:
            continue
        yield from (_Word(line, word) for word in _APART.split(said) if word)
