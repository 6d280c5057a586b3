"""Names and identity numbers, told by headings and by values, so that a register with them is turned away.

What is refused is never quoted: the message would hold what the file must not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from unicodedata import normalize

from api.papers.columns import Layout, blank, plain
from api.papers.source import Cell, FileRefused

_HEADED: Final = re.compile(r"姓名|名字|户主|家庭成员|联系人|身份证|身份号|公民身份|证件号|idcard|idnumber")
_NO_NAME: Final = re.compile(r"(户主)?(编号|代码|类别|与户主关系)|户主编号")
"""Headings that speak of a head of household, and have no name."""

_IDENTITY: Final = re.compile(
    r"(?<!\d)[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)"
)
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK: Final = "10X98765432"
"""GB 11643: the last of the 18 digits, by the weighted sum of the others modulo 11."""
_EXACT: Final = 10**15
"""From here on a spreadsheet has lost the last digits of a number, and with them the check."""

_ONE: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟"
    "姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向汤易柳甘兰文"
)
_TWO: Final = "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|令狐|夏侯|司徒"
_NAME: Final = re.compile(rf"(?:(?:{_TWO})[\u4e00-\u9fff]{{1,2}}|[{_ONE}][\u4e00-\u9fff]{{1,3}})")
_PLACE: Final = re.compile(r".*(?:村|组|队|片|湾|屋|冲|坪|塘|坡|岭|桥|垸|街|路|镇|乡|社区|街道|院子)")
"""Places are called after families too."""
_PLACE_FIELDS: Final = frozenset({"township", "village", "category"})
"""Columns whose values are looked up, so that a name in them is refused anyway."""
_MOST: Final = 0.5


def refuse_personal(layout: Layout) -> None:
    """Look through all columns of a sheet, those above, below and beside the table too.

    Raises:
        FileRefused: one looks like names or identity numbers.
    """
    for heading in layout.headings:
        said = plain(heading) + normalize("NFKC", heading).casefold().replace(" ", "")
        if _HEADED.search(said) and not _NO_NAME.fullmatch(plain(heading)):
            raise _refused(layout, heading, "姓名或身份证号码", "names or identity numbers")
    checked = {place for field, place in layout.places.items() if field in _PLACE_FIELDS}
    for place in range(max(map(len, layout.sheet.rows), default=0)):
        if any(_is_identity(cell) for cell in _cells(layout, place)):
            raise _refused(layout, _heading(layout, place), "身份证号码", "identity numbers")
        if place not in checked and _are_names(layout, place):
            raise _refused(layout, _heading(layout, place), "姓名", "names")


def _cells(layout: Layout, place: int, first: int = 0) -> Iterator[Cell]:
    return (row[place] for row in layout.sheet.rows[first:] if place < len(row) and not blank(row[place]))


def _heading(layout: Layout, place: int) -> str:
    named = layout.headings[place] if place < len(layout.headings) else ""
    return named or f"第{place + 1}列"


def _is_identity(cell: Cell) -> bool:
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        return False
    if not isinstance(cell, str):
        return cell >= _EXACT and _IDENTITY.fullmatch(f"{cell:.0f}") is not None
    return any(_checks(found[0].upper()) for found in _IDENTITY.finditer(normalize("NFKC", cell)))


def _checks(number: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return _CHECK[total % 11] == number[-1]


def _are_names(layout: Layout, place: int) -> bool:
    """Tell whether most cells of a column are names, and not a few words again and again."""
    written = list(_cells(layout, place, layout.body - layout.sheet.first_row))
    names = [words for cell in written if isinstance(cell, str) and _is_name(words := _bare(cell))]
    return len(names) > _MOST * len(written) and len(set(names)) > _MOST * len(names)


def _is_name(words: str) -> bool:
    return _NAME.fullmatch(words) is not None and _PLACE.fullmatch(words) is None


def _bare(cell: str) -> str:
    return "".join(normalize("NFKC", cell).split())


def _refused(layout: Layout, heading: str, zh: str, en: str) -> FileRefused:
    return FileRefused(
        f"工作表“{layout.sheet.name}”的“{heading}”列看起来是{zh}。农户登记只记户编号和类别,"
        "请删去该列(户编号另行编制),再导入。",
        f"The column {heading!r} of sheet {layout.sheet.name!r} looks like {en}. The register holds codes "
        "and categories alone: delete the column, or give codes of your own, and bring it again.",
    )
