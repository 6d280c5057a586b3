"""农户登记: the households of key villages (三(一)2), a row each: a code and a category, never a name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from api.papers import cells
from api.papers.columns import Column, Row
from api.papers.kinds import Lookup, PaperKind, Passed, Proposed, fact_id
from api.papers.sheets.personal import refuse_personal
from api.papers.source import Cell
from domain.commands import Household, RegisterHouseholds
from domain.terms import HouseholdCategory


def _category(cell: Cell) -> HouseholdCategory:
    return cells.term(cell, HouseholdCategory)


TOWNSHIP = Column("township", ("乡镇", "乡镇(街道)", "乡镇街道"), cells.text)
VILLAGE = Column("village", ("村", "村(社区)", "村社区", "村名", "村(社区)名称"), cells.text)
VILLAGE_CODE = Column(
    "village_code",
    ("村代码", "统计用区划代码"),
    cells.text,
    remark_zh="12位;填了可不写村名。",
    remark_en="12 digits; with it the village's name is not needed.",
)
CODE = Column(
    "code",
    ("户编号", "农户编号"),
    cells.text,
    needed=True,
    remark_zh="自编的编号,不得用姓名或身份证号码。",
    remark_en="A code of your own; never a name or an identity number.",
)
CATEGORY = Column(
    "category",
    ("类别", "农户类别", "户类别"),
    _category,
    needed=True,
    choices=tuple(it.zh for it in HouseholdCategory),
)
DAY = Column("day", ("日期", "登记日期"), cells.day, needed=True)

PLACES: Final = (VILLAGE, VILLAGE_CODE)


def _to_entries(row: Row, lookup: Lookup) -> Iterable[Proposed | Passed]:
    day, code = row[DAY], row[CODE]
    village = lookup.village(row.get(VILLAGE_CODE), row.get(TOWNSHIP), row.get(VILLAGE))
    yield Proposed(
        RegisterHouseholds(village_id=village, households=(Household(code=code, category=row[CATEGORY]),)),
        day,
        fact_id(lookup.county, "households", village, code, day),
    )


HOUSEHOLDS = PaperKind(
    name="households",
    zh="农户登记表",
    en="household register",
    columns=(TOWNSHIP, VILLAGE, VILLAGE_CODE, CODE, CATEGORY, DAY),
    either=(PLACES,),
    to_entries=_to_entries,
    check=refuse_personal,
    remarks=(
        (
            "只登记户编号和类别。有姓名或身份证号码的表会被整体拒绝,请先删去这些列。",
            "Codes and categories alone. A file with names or identity numbers is refused as a whole.",
        ),
    ),
)
