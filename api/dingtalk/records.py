"""One record of DingTalk's attendance, read as what it means here: a punch, or no punch and why.

Three sources tell of the same punches: `attendance/listRecord` (each punch, with place and `gmtModified`),
`attendance/list` (the result of each punch that was due, missed ones too) and the push
`attendance_check_record`. What they have in common is read into one shape.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from api.county import SHANGHAI

PUNCHES: Final = {
    "ATM": "考勤机",
    "DING_ATM": "钉钉考勤机",
    "BEACON": "蓝牙",
    "USER": "手机",
    "AUTO_CHECK": "自动打卡",
    "BOSS": "管理员改签",
}
"""Sources whose records are punches, or an administrator's correction of one, and how each is called."""

SYSTEM: Final = "SYSTEM"
APPROVAL: Final = "APPROVE"
NOT_SIGNED: Final = "NotSigned"
OUTSIDE: Final = "Outside"

LONGEST_PLACE: Final = 500
"""Characters of a place that are kept: what is on record stays for ever, and no address is as long."""

_WHOLE: Final = re.compile(r"-?\d{1,16}")


class RecordUnreadable(Exception):  # noqa: N818 - named as what is wrong, like the domain's refusals
    """A record is not of the shape that DingTalk documents."""

    def __init__(self, field: str, value: object) -> None:
        shown = repr(value)[:80]
        self.message_zh = f"钉钉记录的 {field} 无法读取:{shown}。请核对接口版本,或改用导出的工作簿。"
        self.message_en = (
            f"The {field} of DingTalk's record cannot be read: {shown}. "
            "Check the version of the API, or import the exported workbook."
        )
        super().__init__(f"{self.message_zh} {self.message_en}")


@dataclass(frozen=True, kw_only=True)
class Record:
    """A record of attendance, whichever way it came.

    Attributes:
        user: whose, by DingTalk's userid.
        record_id: DingTalk's id of the punch, which stays when it is corrected; empty where none is given.
        biz_id: the id that a push has; `listRecord` repeats it.
        at: when, in Asia/Shanghai, in whole seconds.
        modified: `gmtModified`, epoch milliseconds: a later one is a correction. 0 where none is given.
        place: the address, or the kind of device where there is none.
        outside: outside the places that the attendance group allows.
        no_punch: why it is no punch, in Chinese and English; None for a punch.
    """

    user: str
    record_id: str = ""
    biz_id: str = ""
    at: datetime
    modified: int = 0
    place: str = ""
    outside: bool = False
    no_punch: tuple[str, str] | None = None

    @property
    def source(self) -> str:
        """How the ledger names the record; a correction has the same name."""
        return f"dingtalk/{self.record_id}" if self.record_id else f"dingtalk/biz/{self.biz_id}"

    @property
    def basis(self) -> str:
        """What a fact rests on: this state of the record, and the id that a push of it has."""
        state = f"{self.source}/{self.modified}"
        return f"{state} biz/{self.biz_id}" if self.record_id and self.biz_id else state


def of_detail(row: Mapping[str, Any]) -> Record:
    """Read a row of `attendance/listRecord`.

    Raises:
        RecordUnreadable: a field that is needed is missing or has another shape.
    """
    return _read(row, record_id=_name(row, "id"), moment="userCheckTime", place="userAddress")


def of_result(row: Mapping[str, Any]) -> Record:
    """Read a row of `attendance/list`; it has neither place nor `gmtModified`.

    Raises:
        RecordUnreadable: a field that is needed is missing or has another shape.
    """
    # A missed punch has no `recordId`: nothing was recorded but that it was due.
    record_id = _name(row, "recordId") if row.get("recordId") else f"result/{_name(row, 'id')}"
    return _read(row, record_id=record_id, moment="userCheckTime", place="userAddress")


def of_push(row: Mapping[str, Any]) -> Record:
    """Read a row of the push `attendance_check_record`.

    Raises:
        RecordUnreadable: a field that is needed is missing or has another shape.
    """
    _name(row, "bizId")
    return _read(row, record_id="", moment="checkTime", place="address")


def _read(row: Mapping[str, Any], *, record_id: str, moment: str, place: str) -> Record:
    return Record(
        user=_name(row, "userId"),
        record_id=record_id,
        biz_id=_name(row, "bizId") if row.get("bizId") else "",
        at=_moment(row, moment),
        modified=_modified(row) if row.get("gmtModified") else 0,
        place=_place(row, place),
        outside=row.get("locationResult") == OUTSIDE,
        no_punch=next((words for holds, words in _NO_PUNCH if holds(row)), None) or _invalid(row),
    )


_NO_PUNCH: Final[tuple[tuple[Callable[[Mapping[str, Any]], bool], tuple[str, str]], ...]] = (
    (
        lambda row: NOT_SIGNED in (row.get("timeResult"), row.get("locationResult")),
        ("缺卡:应打未打,不是打卡", "a missed punch: it was due and was not made"),
    ),
    (
        lambda row: row.get("sourceType") == SYSTEM,
        ("由考勤系统生成,不是打卡", "made by the attendance system, not by a punch"),
    ),
    (
        # Leave, a journey and a punch forgotten all look the same here; only a document tells which.
        lambda row: row.get("sourceType") == APPROVAL,
        (
            "由审批生成(请假、外出、补卡),不是打卡;确已到村的,凭审批单人工录入",
            "from an approval (leave, a journey, a forgotten punch), not a punch; enter a presence by hand",
        ),
    ),
    (
        lambda row: row.get("checkByUser") is False,
        ("排班变动引起的重放,不是打卡", "a replay after a change of schedule, not a punch"),
    ),
)


def _invalid(row: Mapping[str, Any]) -> tuple[str, str] | None:
    if not (kind := row.get("invalidRecordType")):
        return None
    words = f"{kind}: {row.get('invalidRecordMsg') or '-'}"
    return f"钉钉判为无效打卡({words})", f"DingTalk holds the punch invalid ({words})"


def _place(row: Mapping[str, Any], field: str) -> str:
    """Return the address; a device has none, and is named by its kind."""
    if text := str(row.get(field) or "").replace("\0", "").strip():
        return text[:LONGEST_PLACE]
    kind = row.get("sourceType") or row.get("locationMethod") or "USER"
    return f"钉钉({PUNCHES.get(str(kind), str(kind))},未附地址)"


def _moment(row: Mapping[str, Any], field: str) -> datetime:
    seconds = _whole(row, field) // 1000
    try:
        return datetime.fromtimestamp(seconds, UTC).astimezone(SHANGHAI)
    except (OverflowError, OSError, ValueError) as error:
        raise RecordUnreadable(field, row.get(field)) from error


def _modified(row: Mapping[str, Any]) -> int:
    _moment(row, "gmtModified")  # it has to be one
    return _whole(row, "gmtModified")


def _whole(row: Mapping[str, Any], field: str) -> int:
    """Return a number, which DingTalk sends as one or as text."""
    value = row.get(field)
    if isinstance(value, bool) or not _WHOLE.fullmatch(str(value)):
        raise RecordUnreadable(field, value)
    return int(str(value))


def _name(row: Mapping[str, Any], field: str) -> str:
    """Return an id: text without blanks, or a number."""
    value = row.get(field)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise RecordUnreadable(field, value)
    text = str(value)
    if not text or len(text) > 128 or not text.isprintable() or " " in text or "/" in text:
        raise RecordUnreadable(field, value)
    return text
