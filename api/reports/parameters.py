"""What reports may be asked for besides their two clocks: months."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from api.clock import Clock
from api.problems import bad_request
from api.reports.definition import Parameter

FIRST_YEAR, LAST_YEAR = 2000, 2999
"""Years that make sense; the notice is of 2020."""


def in_order(values: Mapping[str, Any]) -> None:
    """Refuse months of which the first is later than the last.

    Raises:
        Problem: they are.
    """
    first, last = values[FROM_MONTH.name], values[TO_MONTH.name]
    if first > last:
        raise bad_request(
            f"起始月份{_month_of(first)}晚于终止月份{_month_of(last)},请改正。",
            f"The first month, {_month_of(first)}, is later than the last, {_month_of(last)}.",
        )


def _month(text: str) -> date:
    """Return the first day of a month written as 2021-05."""
    found = re.fullmatch(r"(\d{4})-(\d{2})", text, re.ASCII)
    if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR or not 1 <= int(found[2]) <= 12:
        raise bad_request(f"“{text}”不是月份,写作 2021-05。", f"{text!r} is no month; write it as 2021-05.")
    return date(int(found[1]), int(found[2]), 1)


def _from_month(text: str | None, clock: Clock) -> date:
    return clock.as_of.replace(month=1, day=1) if text is None else _month(text)


def _to_month(text: str | None, clock: Clock) -> date:
    return clock.as_of.replace(day=1) if text is None else _month(text)


def _month_of(first_day: date) -> str:
    return f"{first_day:%Y-%m}"


FROM_MONTH: Final = Parameter(
    name="from_month",
    zh="起始月份(默认当年1月)",
    en="first month, January of the year if not given",
    example="2021-01",
    read=_from_month,
    shown=_month_of,
)
"""The first day of the first month (date)."""

TO_MONTH: Final = Parameter(
    name="to_month",
    zh="终止月份(默认截至之月)",
    en="last month, that of the day if not given",
    example="2021-05",
    read=_to_month,
    shown=_month_of,
)
"""The first day of the last month (date)."""
