"""How the form's own fields are read: year and month, schooling, names, and the words of its lists."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final
from unicodedata import normalize

from api.papers import cells
from api.papers.cells import CellUnreadable
from api.papers.source import Cell
from domain.terms import Education, Employment, Gender, Route

ETHNICITIES: Final = tuple(
    f"{each}族"
    for each in (  # noqa: SIM905 - a list of 56 quotes is no easier to read
        "汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 "
        "哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 东乡 纳西 景颇 "
        "柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 "
        "塔吉克 怒 乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 塔塔尔 独龙 "
        "鄂伦春 赫哲 门巴 珞巴 基诺"
    ).split()
)
"""The 56 peoples of the country (GB/T 3304)."""

SCHOOLINGS: Final = ("博士研究生", "硕士研究生", "本科", "大专", "中专", "高中", "初中及以下")

NOTHING: Final = frozenset({"无", "没有", "否", "群众", "未入党", "/", "-", "—", "——"})
"""How people say that a box has nothing to hold."""

_IN_BRACKETS: Final = re.compile(r"\([^()]*\)")
_NAME: Final = re.compile(r"[^\W\d_]{2,}(?:·[^\W\d_]+)*")
_SEVERAL: Final = re.compile(r"[/、,;]")
_PHONE: Final = re.compile(r"(?:\+?86-?)?1\d{10}|(?:0\d{2,3}-?)?\d{7,8}(?:-\d{1,6})?")

# Schooling comes before degrees: somebody with 本科 and a 硕士学位 has the schooling of 本科.
_LEVELS: Final = (
    (re.compile("博士研究生|研究生.*博士"), Education.DOCTOR),
    (re.compile("研究生"), Education.MASTER),
    (re.compile("大专|专科|高职"), Education.COLLEGE),
    (re.compile("本科|大学"), Education.BACHELOR),
    (re.compile("中专|高中|中技|技校|职高|初中|小学"), Education.SECONDARY_OR_LOWER),
    (re.compile("博士"), Education.DOCTOR),
    (re.compile("硕士"), Education.MASTER),
    (re.compile("学士"), Education.BACHELOR),
)


@dataclass(frozen=True)
class Schooling:
    """A schooling: its place in the rising order, and the form's own words."""

    level: Education
    words: str


def name(cell: Cell) -> str:
    """Return a person's name, without the blanks that align short names with long ones."""
    found = "".join(cells.text(cell).split()).replace("•", "·")
    if not _NAME.fullmatch(found):
        raise CellUnreadable(
            "不像姓名:应为两个以上汉字或字母,不含数字和其他符号。",
            "It does not look like a name: two or more letters, without digits or other signs.",
        )
    return found


def day_or_month(cell: Cell) -> date:
    """Return a day; year and month alone (`1990.05`, `1990年5月`, `199005`) stand for the month's first.

    A number such as 1990.1 is refused: it may have been 1990.10.
    """
    if isinstance(cell, float) and 1900 <= cell < 2100 and not cell.is_integer():
        if len(str(cell)) < len("1990.05"):
            raise CellUnreadable(
                f"{cell}分不清是1月还是10月,请写作年月,如1990年1月。",
                f"{cell} may be January or October: write 1990年1月.",
            )
        cell = str(cell)  # two digits after the point can be no other month
    written = _IN_BRACKETS.sub("", cells.text(cell)).strip() if isinstance(cell, str) else cell
    if isinstance(written, date):
        return cells.day(written)
    try:
        return date.fromisoformat(f"{cells.month(written)}-01")
    except CellUnreadable:
        return cells.day(written)


def joined(cell: Cell) -> date | None:
    """Return the day of an entry that not everybody made, None if the form says there was none."""
    return None if isinstance(cell, str) and _close(cell) in NOTHING else day_or_month(cell)


def noted(cell: Cell) -> str:
    """Return what is noted, empty where the form says that there is nothing."""
    found = cells.text(cell)
    return "" if _close(found) in NOTHING else found


def ethnicity(cell: Cell) -> str:
    """Return one of the 56 peoples, 族 added where it was left out."""
    found = "".join(cells.text(cell).split())
    for known in (found, f"{found}族"):
        if known in ETHNICITIES:
            return known
    raise CellUnreadable(
        "没有这个民族,请写全称,如“汉族”。", "There is no such people; write for example 汉族."
    )


def schooling(cell: Cell) -> Schooling | None:
    """Return a schooling by the words for it (`大学本科 工学学士`), None if the form says there was none."""
    words = noted(cell)
    if not words:
        return None
    close = _close(words)
    for known, level in _LEVELS:
        if known.search(close):
            return Schooling(level, words)
    raise CellUnreadable(
        f"看不出学历,请写其中之一:{'、'.join(SCHOOLINGS)}(其后可写学位)。",
        f"The schooling cannot be told; write one of {', '.join(SCHOOLINGS)}, with the degree after it.",
    )


def phone(cell: Cell) -> str:
    """Return a telephone number, or several: mobile numbers, or ones with area code and extension."""
    numbers = [
        number.replace("(", "").replace(")", "-") for number in _SEVERAL.split(_close(noted(cell))) if number
    ]
    if not all(map(_PHONE.fullmatch, numbers)):
        raise CellUnreadable(
            "不像电话号码:手机为11位数字,座机写作0730-2221234;多个号码用顿号隔开。",
            "It does not look like a telephone number: 11 digits, or 0730-2221234; part several by commas.",
        )
    return "、".join(numbers)


def staff_number(cell: Cell) -> str:
    """Return a cadre's staff number."""
    found = cells.text(cell)
    if any(each.isspace() for each in found):
        raise CellUnreadable("编号中不能有空格。", "A number has no blanks in it.")
    return found


def gender(cell: Cell) -> Gender:
    """Return a gender."""
    return cells.term(cell, Gender)


def employment(cell: Cell) -> Employment:
    """Return the kind of post held (二(三))."""
    return cells.term(cell, Employment)


def route(cell: Cell) -> Route:
    """Return how the nomination came about (选派程序(一))."""
    return cells.term(cell, Route)


def _close(text: str) -> str:
    """Return a text without blanks, in the ordinary forms of its characters."""
    return "".join(normalize("NFKC", text).split())
