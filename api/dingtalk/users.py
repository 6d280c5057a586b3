"""Who is who: DingTalk's users and the staff numbers of the programme, from a file that a person keeps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from api.papers.cells import text
from api.papers.columns import Column, Row, RowRefused
from api.papers.grid import FileRefused, read_file
from api.papers.headers import HeaderNotFound, find_header
from api.papers.sheets import shared

USER: Final = replace(shared.USER, needed=True)
STAFF_NUMBER: Final = Column("staff_number", ("干部编号", "工号", "staff_number"), text, needed=True)


class UsersUnusable(Exception):  # noqa: N818 - named as what is wrong, like the domain's refusals
    """The file of users cannot be used: what, where, and what to do, in both languages."""

    def __init__(self, path: Path, zh: str, en: str) -> None:
        self.message_zh = f"人员对照表 {path} 不可用:{zh}"
        self.message_en = f"The file of users, {path}, cannot be used: {en}"
        super().__init__(f"{self.message_zh} {self.message_en}")


def read_users(path: Path) -> dict[str, str]:
    """Return staff numbers by DingTalk's userid, of a CSV or workbook with the columns UserId and 干部编号.

    Raises:
        UsersUnusable: there is no such file, it is not of this form, or two rows contradict each other.
    """
    people: dict[str, str] = {}
    try:
        for sheet in read_file(path).sheets[:1]:
            for row in find_header(sheet, (USER, STAFF_NUMBER)).rows():
                _add(people, row, path)
    except (FileRefused, HeaderNotFound) as error:
        raise UsersUnusable(path, error.message_zh, error.message_en) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsersUnusable(path, f"无法读取({reason})。", f"it cannot be read ({reason}).") from error
    if not people:
        raise UsersUnusable(path, "没有任何人员。", "there is nobody in it.")
    return people


def _add(people: dict[str, str], row: Row, path: Path) -> None:
    try:
        user, number = row[USER], row[STAFF_NUMBER]
    except RowRefused as refused:
        where_zh, where_en = f"第{row.number}行“{refused.column}”", f"row {row.number}, {refused.column}"
        raise UsersUnusable(
            path, f"{where_zh}:{refused.message_zh}", f"{where_en}: {refused.message_en}"
        ) from refused
    if people.setdefault(user, number) != number:
        raise UsersUnusable(
            path,
            f"第{row.number}行:{user} 已对应 {people[user]},又写作 {number}。请只留一行。",
            f"row {row.number}: {user} was {people[user]} before and is {number} here; keep one.",
        )
