"""打卡: exports of DingTalk's attendance into check-ins (三(一)1).

The first punch of a day counts; one that was missed is none, and one made outside is marked as such.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from api.papers import cells
from api.papers.columns import REMEMBERED, Row, RowRefused
from api.papers.kinds import Lookup, PaperKind, Passed, Proposed, fact_id
from api.papers.sheets.attendance import (
    DAY,
    DUE,
    ORIGIN,
    PERSON,
    PLACE,
    PUNCHES,
    RECORD,
    RECORDS,
    RESULT,
    lay_out,
)
from api.papers.sheets.punches import OUTSIDE, Punch
from api.papers.sheets.shared import person_of
from domain.commands import CheckIn

_NO_PUNCH: Final = (
    (
        re.compile(r"缺卡|未打卡|未签到"),
        Passed("缺卡:应打未打,不是打卡。", "A missed punch: it was due and was not made."),
    ),
    (re.compile(r"无效"), Passed("打卡无效,不是打卡。", "An invalid punch.")),
    (
        re.compile(r"补卡|请假|出差|外出|调休"),
        Passed(
            "由审批(补卡、请假、出差、外出)产生,不是打卡;有依据的请另行录入。",
            "It comes from an approval (leave, a journey, a forgotten punch), not from a punch; enter by "
            "hand what is documented.",
        ),
    ),
)
"""Results that are no punch, whatever time stands beside them."""
_RESULT_OF: Final = {PUNCHES.field: RESULT, **{due.at.field: due.result for due in DUE}}
"""The column of the result of each column of punches."""
NOTHING: Final = Passed("没有打卡时间。", "No punch.")


def _to_entries(row: Row, lookup: Lookup) -> Iterable[Proposed | Passed]:
    """Return what a row comes to: a check-in for each punch, of which the first of a day counts.

    Raises:
        RowRefused: nobody is meant, or there is no day.
    """
    origin = row.get(ORIGIN) or ""
    punched: list[tuple[datetime, Punch]] = []
    passed: list[Passed] = []
    for said, result in _said(row):
        if (why := _no_punch(result)) is not None:
            passed.append(why)
            continue
        outside = _is_outside(f"{result} {origin}")
        for punch in said:
            when = datetime.combine(_day_of(punch, row), punch.at)
            punched.append((when, replace(punch, outside=True) if outside else punch))
    for when, punch in sorted(punched, key=lambda it: it[0]):
        yield _check_in(row, lookup, when, outside=punch.outside, alone=len(punched) == 1)
    yield from dict.fromkeys(passed) if punched or passed else (NOTHING,)


def _said(row: Row) -> Iterator[tuple[tuple[Punch, ...], str]]:
    """Yield the punches of each cell that is for them, with the result beside it, or what stands there."""
    for at in row.layout.to_read:
        if (result := _RESULT_OF.get(at.field)) is not None:
            punches: tuple[Punch, ...] = row.get(at) or ()
            yield punches, row.get(result) or ("" if punches else cells.text(row.cell(at)))


@lru_cache(REMEMBERED)
def _no_punch(result: str) -> Passed | None:
    """Return why a result says that nobody punched, if it does."""
    return next((why for form, why in _NO_PUNCH if form.search(result)), None)


@lru_cache(REMEMBERED)
def _is_outside(result: str) -> bool:
    return OUTSIDE.search(result) is not None


def _day_of(punch: Punch, row: Row) -> date:
    day = punch.on(row.get(DAY))
    if day is None:
        raise RowRefused(
            "没有日期,请补填日期,或在打卡时间中写明,如:2020-05-06 08:05。",
            "There is no day: fill it in, or write it before the time, as 2020-05-06 08:05.",
            column=row.heading(DAY if DAY in row else PUNCHES),
        )
    return day


def _check_in(row: Row, lookup: Lookup, when: datetime, *, outside: bool, alone: bool) -> Proposed:
    day, at = when.date(), when.time()
    person = person_of(row, lookup, day)
    record = row.get(RECORD) if alone else None
    known_as = record or f"{person}/{when.isoformat(timespec='minutes')}"
    command = CheckIn(
        instructor_id=person,
        at=at,
        place=row.get(PLACE) or _no_address(row.get(ORIGIN)),
        source_record=f"dingtalk/{known_as}",
        outside=outside,
    )
    fact = (record,) if record else (person, day)
    return Proposed(command, day, fact_id(lookup.county, "check-ins", *fact), at=at, first_counts=True)


def _no_address(origin: str | None) -> str:
    return f"钉钉({origin},未附地址)" if origin else "钉钉(未附地址)"


CHECK_INS = PaperKind(
    name="check-ins",
    zh="钉钉打卡记录",
    en="DingTalk check-ins",
    columns=RECORDS,
    either=(PERSON, (PUNCHES,)),
    to_entries=_to_entries,
    lay_out=lay_out,
    remarks=(
        (
            "钉钉导出的原始记录、打卡时间、每日统计可直接导入,不必改动。",
            "What DingTalk exports as 原始记录, 打卡时间 or 每日统计 can be brought as it is.",
        ),
        (
            "缺卡不算打卡;外勤、范围外照记并标明;一天有多次的,以最早一次为准。",
            "A missed punch is none; one made outside is marked as such; of several a day the first counts.",
        ),
    ),
)
