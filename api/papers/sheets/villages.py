"""附件1 重点村名单: key villages named for a year (二(一)), as a table, or as the notice lists them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from api.papers import cells
from api.papers.columns import Column, Layout, Row
from api.papers.kinds import Lookup, PaperKind, Passed, Proposed, by_header, fact_id
from api.papers.sheets.annex1 import find_list
from api.papers.source import SourceFile
from domain.commands import NominateVillage

TOWNSHIP = Column("township", ("乡镇(街道)", "乡镇", "乡镇街道"), cells.text, needed=True)
NAME = Column("name", ("村(社区)", "重点村(社区)", "村社区", "村名", "村(社区)名称"), cells.text, needed=True)
YEAR = Column("year", ("年度",), cells.year, needed=True, remark_zh="如:2020")
WEAK = Column("weak_or_lagging", ("软弱涣散或后进", "软弱涣散或后进村"), cells.yes, choices=("是", "否"))
REASON = Column("reason", ("理由", "推荐理由"), cells.text)
CODE = Column(
    "code",
    ("村代码", "代码", "统计用区划代码"),
    cells.text,
    remark_zh="国家统计局12位代码,可不填;填了须与村名相符。",
    remark_en="The official code of 12 digits; may be left empty.",
)
DAY = Column("day", ("日期", "推荐日期"), cells.day, needed=True)

WEAK_REASON = "软弱涣散或后进"
LISTED_REASON = "列入重点村(社区)名单"
"""Reasons on record where the paper gives none: what the paper says by itself."""


def _lay_out(kind: PaperKind, source: SourceFile) -> Sequence[Layout]:
    """Return how each sheet with a table or a list is read; the other sheets are passed over.

    Raises:
        HeaderNotFound: there is neither.
        FileRefused: a list cannot be read.
    """
    columns = {column.field: column for column in kind.columns}
    return by_header(kind, source, otherwise=lambda sheet: find_list(sheet, columns))


def _to_entries(row: Row, lookup: Lookup) -> Iterable[Proposed | Passed]:
    place = lookup.official(row.get(CODE), row[TOWNSHIP], row[NAME])
    weak, year = row.get(WEAK) or False, row[YEAR]
    command = NominateVillage(
        code=place.code,
        name=place.name,
        township_code=place.township_code,
        township=place.township,
        year=year,
        kind=place.kind,
        weak_or_lagging=weak,
        reason=row.get(REASON) or (WEAK_REASON if weak else LISTED_REASON),
    )
    yield Proposed(command, row[DAY], fact_id(lookup.county, "villages", place.code, year))


VILLAGES = PaperKind(
    name="villages",
    zh="重点村(社区)名单(附件1)",
    en="key villages (Annex 1)",
    columns=(TOWNSHIP, NAME, YEAR, WEAK, REASON, CODE, DAY),
    to_entries=_to_entries,
    lay_out=_lay_out,
    remarks=(
        (
            "也可直接导入通知附件1样式的名单(文本或工作簿)。",
            "A list as the notice's Annex 1 has it, as text or workbook, can be brought as it is.",
        ),
    ),
)
