"""The punches of a made-up county, as exports of DingTalk and as what its API tells."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from api.county import SHANGHAI
from api.papers.written import new_workbook
from bench.projections import FORM
from tests.api.dingtalk.server import DingTalkServer

HEADINGS: Final = ("姓名", "工号", "UserId", "考勤日期", "打卡时间", "打卡结果", "打卡地址", "打卡来源")
PLACE: Final = "湖南省岳阳市湘阴县石塘镇芙蓉园村村部"


class Punch(NamedTuple):
    """A day's punch of the person of a number; `result` as DingTalk words it, 缺卡 if it was missed."""

    number: int
    at: datetime
    result: str


class Period(NamedTuple):
    """Some days, both included; what happened in them is brought on the day after."""

    first: date
    last: date

    def today(self) -> date:
        """Return the day on which it is brought."""
        return self.last + timedelta(1)


def punches(people: int, period: Period) -> list[Punch]:
    """Return a punch for everybody and each working day, in the order of an export: by person and day.

    One in thirty is missed, one in twenty made outside.
    """
    chance = random.Random(20200317)
    days = [period.first + timedelta(n) for n in range((period.last - period.first).days + 1)]
    results = ("正常",) * 55 + ("外勤",) * 3 + ("缺卡",) * 2
    return [
        Punch(
            number,
            datetime.combine(day, time(8, chance.randrange(60), chance.randrange(60))),
            chance.choice(results),
        )
        for number in range(people)
        for day in days
        if day.weekday() < 5
    ]


def rows(found: Sequence[Punch]) -> Iterator[tuple[str, ...]]:
    """Yield the header and the rows of 原始记录."""
    yield HEADINGS
    for number, at, result in found:
        when = "" if result == "缺卡" else f"{at:%Y-%m-%d %H:%M:%S}"
        where = () if result == "缺卡" else (PLACE, "手机")
        yield FORM.name, staff_number(number), user(number), f"{at:%Y-%m-%d}", when, result, *where


def staff_number(number: int) -> str:
    """Return somebody's staff number."""
    return f"XY-{number:04}"


def user(number: int) -> str:
    """Return somebody's userid at DingTalk."""
    return f"user{number}"


def write_workbook(file: Path, found: Sequence[Punch]) -> None:
    """Write 原始记录 as a workbook, with a title above it as DingTalk has."""
    with new_workbook(file, "原始记录") as workbook:
        sheet = workbook.add_worksheet("原始记录")
        sheet.write_string(0, 0, "原始记录 报表生成时间:2021-04-01 09:00")
        for number, cells in enumerate(rows(found), start=1):
            sheet.write_row(number, 0, cells)


def write_text(file: Path, found: Sequence[Punch]) -> None:
    """Write the same as CSV."""
    with file.open("w", encoding="utf-8-sig", newline="") as text:
        csv.writer(text).writerows(rows(found))


def let_punch(server: DingTalkServer, found: Sequence[Punch]) -> None:
    """Let DingTalk know of the punches, and of those that were missed."""
    for number, (whose, at, result) in enumerate(found, start=1):
        if result == "缺卡":
            server.miss(number, at.date(), user(whose))
        else:
            outside = {"locationResult": "Outside"} if result == "外勤" else {}
            server.punch(number, at.replace(tzinfo=SHANGHAI), user(whose), userAddress=PLACE, **outside)
