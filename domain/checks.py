"""Checks that many commands share. Each raises a refusal that names the field and the remedy."""

from __future__ import annotations

import re
from dataclasses import is_dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from domain.entry import Entry
from domain.refusals import BeforeTheNotice, InTheFuture, InvalidValue, OutOfOrder
from domain.rules import NOTICE_DATE

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def dated(entry: Entry) -> None:
    """Refuse what happened before the notice, or has not happened yet."""
    if entry.occurred_on < NOTICE_DATE:
        raise BeforeTheNotice(day=entry.occurred_on, notice=NOTICE_DATE)
    if entry.occurred_on > entry.today:
        raise InTheFuture(day=entry.occurred_on, today=entry.today)


def storable(*asked: object) -> None:
    """Refuse the one character that no text of a database can have, wherever it stands in what is asked."""
    for one in asked:
        if (where := _nul_in(one)) is not None:
            raise InvalidValue(
                field=where.removeprefix("."),
                problem_zh="含有空字符(U+0000)",
                problem_en="it has a NUL character (U+0000); leave it out",
            )


def _nul_in(value: Any) -> str | None:
    """Return where a NUL character stands in a value, as its path from there (`.form.name`)."""
    if isinstance(value, str):
        return "" if "\0" in value else None
    if isinstance(value, tuple):
        for place, item in enumerate(value):
            if (where := _nul_in(item)) is not None:
                return f"[{place}]{where}"
    elif _is_part(value.__class__):
        for name, part in vars(value).items():
            if (where := _nul_in(part)) is not None:
                return f".{name}{where}"
    return None


_is_part = cache(is_dataclass)  # asked of every value of every command


def filled(**texts: str) -> None:
    """Refuse empty texts."""
    for field, text in texts.items():
        if not text.strip():
            raise InvalidValue(field=field, problem_zh="不能为空", problem_en="it is empty; fill it in")


def positive(**amounts: Decimal) -> None:
    """Refuse amounts that are not above zero and below a trillion, or finer than a fen (0.01 yuan)."""
    for field, amount in amounts.items():
        if not (amount.is_finite() and 0 < amount < 10**12 and amount == round(amount, 2)):
            raise InvalidValue(
                field=field,
                problem_zh=f"{amount}不是大于零、精确到分的金额",
                problem_en=f"{amount} is not an amount above zero in whole fen",
            )


def in_order(previous: date, entry: Entry) -> None:
    """Refuse a step of procedure dated before the step that it follows."""
    if entry.occurred_on < previous:
        raise OutOfOrder(day=entry.occurred_on, previous=previous)


def sensible_year(year: int, entry: Entry) -> None:
    """Refuse years before the notice's or after the next one."""
    first, last = NOTICE_DATE.year, entry.today.year + 1
    if not first <= year <= last:
        raise InvalidValue(
            field="year",
            problem_zh=f"年份{year}不在{first}至{last}之间",
            problem_en=f"{year} is not between {first} and {last}",
        )


def month_in(first: date, last: date, month: str, field: str) -> None:
    """Refuse a month (`2021-05`) that is malformed or does not touch the span from `first` to `last`."""
    if not MONTH.fullmatch(month):
        raise InvalidValue(
            field=field,
            problem_zh=f"“{month}”不是月份,应写作2021-05",
            problem_en=f"{month!r} is not a month; write 2021-05",
        )
    if not f"{first:%Y-%m}" <= month <= f"{last:%Y-%m}":
        raise InvalidValue(
            field=field,
            problem_zh=f"{month}不在任期{first}至{last}之内",
            problem_en=f"{month} is outside the service from {first} to {last}",
        )
