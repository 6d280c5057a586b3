"""Attendance as a picture: the days present in each month of service, against those required."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

from api.charts.bars import Bar, Panel, Section, Sheet

Month = Mapping[str, Any]
"""A month of service, as the API answers it."""

LONGEST_MONTH: Final = Decimal(31)
BLUE, RED = 0, 5


def sheet_of(months: Sequence[Month], villages: Mapping[str, str]) -> Sheet:
    """Return the picture: a section for each village, a panel for each year, a bar for each month.

    Args:
        months: in their order.
        villages: names by id.
    """
    sections = [
        Section(villages.get(village, village), list(_panels(list(there))))
        for village, there in groupby(months, lambda it: it["villageId"])
    ]
    lines = ["每月到村(社区)打卡的天数。竖虚线为整月在任所要求的天数;虚线框为非整月,不作要求。"]
    return Sheet("每月到村天数", lines, sections)


def note_of(month: Month) -> str:
    """Return what has to be said of a month: what it is short of, or that it is not judged."""
    if month["short"]:
        return f"缺{month['required'] - month['daysPresent']}天"
    return "" if month["fullMonth"] else "非整月"


def _panels(months: Iterable[Month]) -> Iterable[Panel]:
    for year, those in groupby(months, lambda it: it["month"][:4]):
        of_year = list(those)
        required = max(Decimal(it["required"]) for it in of_year)
        yield Panel(f"{year}年", "天", [_bar(it) for it in of_year], LONGEST_MONTH, required)


def _bar(month: Month) -> Bar:
    return Bar(
        label=f"{int(month['month'][5:])}月",
        value=Decimal(month["daysPresent"]),
        text=str(month["daysPresent"]),
        note=note_of(month),
        colour=RED if month["short"] else BLUE,
        hollow=not month["fullMonth"],
    )
