"""Columns that several papers have."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from api.papers import cells
from api.papers.columns import Column, Row
from api.papers.kinds import Lookup

STAFF_NUMBER = Column(
    "staff_number",
    ("干部编号", "工作人员编号"),
    cells.text,
    remark_zh="干部编号与姓名至少填一项;有同名的必须填编号。",
    remark_en="The cadre's number, or else the name; of namesakes the number.",
)
NAME = Column("name", ("姓名", "党建指导员"), cells.text)
USER = Column(
    "user",
    ("UserId", "钉钉UserId", "用户ID"),
    cells.text,
    remark_zh="无干部编号时,按人员对照表(ZHUCUN_DINGTALK_USERS)查找。",
    remark_en="Looked up in the file of users where there is no staff number.",
)
"""DingTalk's id of a person, in its exports."""
PERSON: Final = (STAFF_NUMBER, NAME)
"""A person is named by either; the header needs one of them."""


def person_of(row: Row, lookup: Lookup, day: date) -> UUID:
    """Return the person whom a row names, by number, DingTalk's id, or the name of one who serves on the day.

    Raises:
        RowRefused: nobody, or several.
    """
    return lookup.person(row.get(STAFF_NUMBER), row.get(NAME), day, row.get(USER))
