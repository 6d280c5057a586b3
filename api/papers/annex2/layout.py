"""Where each box of the form stands: one table, that the form is printed by and its labels are found by.

The first part is Annex 2 of 湘阴办发〔2020〕23号, box by box. The second part is not in the notice: what the
record must know besides, below the form and marked as an addition.
"""

from __future__ import annotations

from dataclasses import dataclass

from api.papers.annex2 import fields as f
from api.papers.columns import AnyColumn

TITLE = "湘阴县党建指导员报名表"
PHOTO = "(照片)"
ADDITION = (
    "以下各栏为附件2原表所无,系统登记必需,由推荐单位填写 Not part of Annex 2: added for the record, "
    "to be filled in by the nominating body"
)
COLUMN_WIDTHS = (11.5, 13.5, 11.5, 13.5, 13.0, 13.5, 14.0)
"""Of columns A to G, in characters."""


@dataclass(frozen=True)
class Area:
    """A rectangle of cells, rows and columns counted from 0, all included."""

    row: int
    column: int
    last_row: int
    last_column: int

    @property
    def first(self) -> tuple[int, int]:
        """Its upper left cell."""
        return self.row, self.column

    @classmethod
    def of(cls, cells: str) -> Area:
        """Return the area of a reference such as `A1` or `B9:G9`."""
        first, _, last = cells.partition(":")
        (row, column), (last_row, last_column) = _cell(first), _cell(last or first)
        return cls(row, column, last_row, last_column)


def _cell(reference: str) -> tuple[int, int]:
    return int(reference[1:]) - 1, ord(reference[0]) - ord("A")


@dataclass(frozen=True)
class Box:
    """A box of the form.

    Attributes:
        label: as printed; blanks and what stands in brackets do not count when it is looked for.
        label_at: where the label is printed.
        value_at: where it is filled in.
        column: what is filled in; None for an opinion, which is signed by hand and not recorded.
        long: it has room for many lines, and may go on over several rows.
        only: nothing but the column's choices may be written.
    """

    label: str
    label_at: Area
    value_at: Area
    column: AnyColumn | None
    long: bool = False
    only: bool = False


def _box(  # noqa: PLR0913 - a row of the tables below
    label: str,
    label_at: str,
    value_at: str,
    column: AnyColumn | None,
    *,
    long: bool = False,
    only: bool = False,
) -> Box:
    return Box(label, Area.of(label_at), Area.of(value_at), column, long, only)


ANNEX_2 = (
    _box("姓 名", "A2", "B2", f.NAME),
    _box("性 别", "C2", "D2", f.GENDER, only=True),
    _box("出生年月\n(  岁)", "E2", "F2", f.BORN),
    _box("民 族", "A3", "B3", f.ETHNICITY, only=True),
    _box("籍 贯", "C3", "D3", f.NATIVE_PLACE),
    _box("出生地", "E3", "F3", f.BIRTHPLACE),
    _box("入 党\n时 间", "A4", "B4", f.PARTY_JOINED),
    _box("参加工\n作时间", "C4", "D4", f.WORK_STARTED),
    _box("健康状况", "E4", "F4", f.HEALTH),
    _box("专业技\n术职务", "A5", "B5:C5", f.PROFESSIONAL_TITLE),
    _box("熟悉专业\n有何特长", "D5", "E5:F5", f.SPECIALITIES),
    _box("全日制\n教 育", "B6", "C6:D6", f.FULL_TIME),
    _box("毕业院校\n及专业", "E6", "F6:G6", f.FULL_TIME_SCHOOL),
    _box("在 职\n教 育", "B7", "C7:D7", f.IN_SERVICE),
    _box("毕业院校\n及专业", "E7", "F7:G7", f.IN_SERVICE_SCHOOL),
    _box("现任职务", "A8:B8", "C8:G8", f.POSITION),
    _box("驻村(社区)意向", "A9:B9", "C9:D9", f.PREFERRED_VILLAGE),
    _box("联系电话", "E9", "F9:G9", f.PHONE),
    _box("工作\n简历", "A10", "B10:G10", f.CAREER, long=True),
    _box("派出单位\n推荐意见", "A11", "B11:G11", None, long=True),
    _box("县委组织部\n审批意见", "A12", "B12:G12", None, long=True),
)
"""The boxes of Annex 2, in the order of the notice."""

BESIDES = (
    _box("干部编号", "A14", "B14", f.STAFF_NUMBER),
    _box("身 份", "C14", "D14", f.EMPLOYMENT, only=True),
    _box("任科员时间", "E14", "F14:G14", f.CLERK_SINCE),
    _box("批次年度", "A15", "B15", f.BATCH_YEAR),
    _box("推荐方式", "C15", "D15", f.ROUTE, only=True),
    _box("推荐日期", "E15", "F15:G15", f.NOMINATED_ON),
    _box("推荐单位", "A16", "B16:D16", f.NOMINATING_BODY),
    _box("集体研究日期", "E16", "F16:G16", f.STUDIED_ON),
    _box("派出单位", "A17", "B17:G17", f.SENDING_UNIT),
)
"""The boxes that are ours."""


SCHOOLING = "学 历\n学 位"
"""A label of Annex 2 that stands beside others, and has no box of its own."""

SCHOOLING_AT = Area.of("A6:A7")
ADDITION_AT = Area.of("A13:G13")
PHOTO_AT = Area.of("G2:G5")
TITLE_AT = Area.of("A1:G1")
PRINTED = Area.of("A1:G17")

ROW_HEIGHTS = (42, 36, 36, 36, 36, 36, 36, 32, 32, 150, 80, 80, 26, 28, 28, 28, 28)
"""Of the printed rows, in points."""

BOXES = (*ANNEX_2, *BESIDES)
