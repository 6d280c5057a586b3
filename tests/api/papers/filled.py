"""Forms of Annex 2, filled in: as printed by us, moved about, or as somebody else made them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from typing import Final

from api.papers.annex2.printed import print_form
from api.papers.grid import read_bytes
from api.papers.source import Merge, Sheet, SourceFile

FILLED: Final[Mapping[str, str]] = {
    "name": "陈 思 远",
    "gender": "女",
    "born": "1990.06",
    "ethnicity": "汉",
    "native_place": "湖南湘阴",
    "birthplace": "湖南岳阳",
    "party_joined": "2012年7月1日",
    "work_started": "2013.08",
    "health": "健康",
    "professional_title": "无",
    "specialities": "农业经济",
    "full_time": "大专",
    "full_time_school": "岳阳职业技术学院 农学",
    "in_service": "大学本科 农学学士",
    "in_service_school": "湖南农业大学 农学",
    "position": "县农业农村局一级科员",
    "preferred_village": "芙蓉园村",
    "phone": "13800000000",
    "career": "2013.08—2016.01 县农业农村局试用\n2016.01— 县农业农村局科员",
    "staff_number": "XY-0101",
    "employment": "公务员",
    "clerk_since": "2016-01-01",
    "batch_year": "2020",
    "route": "派出单位推荐",
    "nominated_on": "2020年3月25日",
    "nominating_body": "县农业农村局党组",
    "collective_study_on": "2020.3.24",
    "sending_unit": "县农业农村局",
}
"""What stands in each box, as people write it."""


def form_file(*, file: str = "报名表.xlsx", **changes: str) -> SourceFile:
    """A printed form, filled in but for the changes, and read as a file."""
    target = BytesIO()
    print_form(target, {**FILLED, **changes})
    return read_bytes(file, target.getvalue())


def with_row(file: SourceFile, place: int) -> SourceFile:
    """The file with an empty row put in, counted from 0; a merged area around it grows."""
    (sheet,) = file.sheets
    rows = list(sheet.rows)
    rows.insert(place, ())
    merged = tuple(
        Merge(it.top + (it.top >= place), it.left, it.bottom + (it.bottom >= place), it.right)
        for it in sheet.merged
    )
    return replace(file, sheets=(replace(sheet, rows=rows, merged=merged),))


def with_column(file: SourceFile, place: int) -> SourceFile:
    """The file with an empty column put in, counted from 0; a merged area around it grows."""
    (sheet,) = file.sheets
    rows = [(*row[:place], None, *row[place:]) for row in sheet.rows]
    merged = tuple(
        Merge(it.top, it.left + (it.left >= place), it.bottom, it.right + (it.right >= place))
        for it in sheet.merged
    )
    return replace(file, sheets=(replace(sheet, rows=rows, merged=merged),))


def without_merges(file: SourceFile) -> SourceFile:
    """The file as if its cells had been parted: each merged area's value in its first cell alone."""
    (sheet,) = file.sheets
    rows = [list(row) for row in sheet.rows]
    for area in sheet.merged:
        for row in range(area.top, area.bottom + 1):
            for column in range(area.left, area.right + 1):
                if (row, column) != (area.top, area.left):
                    rows[row][column] = None
    return replace(file, sheets=(Sheet(sheet.name, rows),))
