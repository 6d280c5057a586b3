"""The cover of a report: its first sheet, and `封面.csv` of an archive. It follows from what is signed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from api.county import SHANGHAI
from api.data import COUNTY
from api.reports.definition import Report
from api.reports.statement import Statement

SHEET: Final = "封面"
CHECKPOINT: Final = "账本检查点"
STATEMENT: Final = "报表声明"
COLUMNS: Final = ("项目", "内容")
SIMULATED: Final = "模拟数据:并非真实记录"

_COUNTIES: Final = {COUNTY: "湖南省岳阳市湘阴县"}
_HOW: Final = (
    "1. 用 zhucun check-report 核对:重算各表摘要,与所签者相比;账本在本机时,再按同一位置重出,逐格比对。",
    "2. 不用本系统:解开同一报表的 .zip,各表 CSV 的 SHA-256 应与本页所载一致(工作簿与 CSV 摘要相同)。",
    "3. “报表声明”“账本检查点”均为签名文本(C2SP signed-note),可用账本公钥验证。格式见 docs/reports.md。",
)


class Entry(NamedTuple):
    """A line of the cover: what, and what it is."""

    name: str
    content: str


def cover_of(report: Report, said: Statement, *, checkpoint: str, note: str) -> list[Entry]:
    """Return the lines of a cover.

    Args:
        report: what it is of.
        said: what it says of itself.
        checkpoint: of the log at its position, signed.
        note: `said`, signed.
    """
    return list(_entries(report, said, checkpoint, note))


def stand(said: Statement) -> str:
    """Return the line that says, on every sheet, of when it is."""
    known = f"截至{said.as_of} · 所知至{_known(said)} · 账本位置{said.position}"
    return f"{known} · {SIMULATED}" if said.simulated else known


def _entries(report: Report, said: Statement, checkpoint: str, note: str) -> Iterator[Entry]:
    yield Entry("报表", f"{report.zh} {report.en}")
    yield Entry("依据", report.clause)
    yield Entry("县", f"{_COUNTIES.get(said.county, '')}({said.county})")
    if said.simulated:
        yield Entry("数据", SIMULATED)
    yield Entry("截至日期", said.as_of.isoformat())
    yield Entry("所知至", f"{_known(said)}(北京时间)")
    yield Entry("账本位置", str(said.position))
    asked = {parameter.name: parameter.zh for parameter in report.parameters}
    for name, value in said.parameters:
        yield Entry(asked.get(name, name), value)
    for table in said.tables:
        yield Entry(f"表 {table.name}", f"{table.rows}行 SHA-256 {table.sha256}")
    for number, line in enumerate(_HOW):
        yield Entry("" if number else "如何核对", line)
    yield Entry(CHECKPOINT, checkpoint)
    yield Entry(STATEMENT, note)


def _known(said: Statement) -> str:
    return f"{datetime.fromisoformat(said.known_at).astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
