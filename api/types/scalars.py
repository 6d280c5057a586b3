"""The scalars: strict on the way in, plain on the way out, where values come as finished JSON."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final, NewType
from uuid import UUID

import strawberry
from starlette.datastructures import UploadFile

from api.problems import Problem, bad_request

Month = NewType("Month", str)
"""A calendar month, `2021-05`."""

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?")
_DATETIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?([Zz]|[+-]\d{2}:\d{2})?")
_DECIMAL = re.compile(r"-?\d{1,15}(\.\d{1,6})?")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_POSITION = re.compile(r"\d{1,18}")
_LEAST: Final = {"atServiceDay": 1}


def _text(value: object) -> str:
    """Return a value as it is sent; nearly all come as finished text."""
    return value if isinstance(value, str) else value.isoformat() if isinstance(value, date) else str(value)


def _no_zone(value: object) -> Problem:
    return bad_request(
        f"时间“{value}”没有时区,请写明,如2021-06-05T09:00:00+08:00。",
        f"The time {value!r} has no zone; give one, as in 2021-06-05T09:00:00+08:00.",
    )


def _parsed(
    pattern: re.Pattern[str], read: Callable[[str], Any], zh: str, en: str, example: str
) -> Callable[[object], Any]:
    def parse(value: object) -> Any:
        if isinstance(value, str) and pattern.fullmatch(value):
            try:
                return read(value)
            except ValueError:
                pass  # such a day or hour is in no calendar: the message is the same
        raise bad_request(
            f"“{value}”不是{zh},应写作“{example}”。", f"{value!r} is no {en}; write {example!r}."
        )

    return parse


def day(value: object) -> date:
    """Return a day that a client sent."""
    parsed: date = _parsed(_DATE, date.fromisoformat, "日期", "date", "2021-06-05")(value)
    return parsed


def moment(value: object) -> datetime:
    """Return a moment that a client sent; it has a zone."""
    at: datetime = _parsed(_DATETIME, datetime.fromisoformat, "时间", "time", "2021-06-05T09:00:00+08:00")(
        value
    )
    if at.tzinfo is None:
        raise _no_zone(value)
    return at


def _decimal(value: object) -> Decimal:
    plain = str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value
    number: Decimal = _parsed(_DECIMAL, Decimal, "十进制数", "decimal number", "1200.50")(plain)
    return number


def position(value: object) -> int:
    """Return a position that a client sent as an ID."""
    text = str(value)
    if not _POSITION.fullmatch(text):
        raise bad_request(
            f"“{value}”不是位置,应为不超过18位的数字。",
            f"{value!r} is no position; write a number of 18 digits at most.",
        )
    return int(text)


def uuid(value: object) -> UUID:
    """Return an id that a client sent."""
    parsed: UUID = _parsed(_UUID, UUID, "编号", "UUID", "00000000-0000-4000-8000-000000000000")(value)
    return parsed


def checked(value: Any, name: str) -> Any:
    """Return a client's value if it makes sense under its name, and PostgreSQL can store all text in it.

    Raises:
        Problem: it is too small, or has the one character that text cannot have.
    """
    least = _LEAST.get(name)
    if least is not None and value is not None and value < least:
        raise bad_request(f"{name}应不小于{least},而非{value}。", f"{name} is {least} or more, not {value}.")
    if isinstance(value, str) and "\x00" in value:
        raise bad_request(f"“{name}”含有空字符。", f"{name} has a NUL character.")
    if isinstance(value, (list, tuple)):
        for item in value:
            checked(item, name)
    if isinstance(value, dict):
        for key, item in value.items():
            checked(item, key)
    return value


def _upload(value: object) -> UploadFile:
    if isinstance(value, UploadFile):
        return value
    raise bad_request(
        "文件须按GraphQL multipart规范上传。",
        "A file is sent as the GraphQL multipart request specification has it.",
    )


SCALARS: Final[dict[object, Any]] = {
    date: strawberry.scalar(
        name="Date",
        description="日期,上海时间。A day in Asia/Shanghai, `2021-06-05`.",
        serialize=_text,
        parse_value=day,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="带时区的时间。A moment with its zone, `2021-06-05T09:00:00+08:00`.",
        serialize=_text,
        parse_value=moment,
    ),
    time: strawberry.scalar(
        name="Time",
        description="一天中的时刻,上海时间。A time of the day in Asia/Shanghai, `09:00:00`.",
        serialize=_text,
        parse_value=_parsed(_TIME, time.fromisoformat, "时刻", "time of the day", "09:00:00"),
    ),
    UUID: strawberry.scalar(
        name="UUID",
        description="编号。An id, `00000000-0000-4000-8000-000000000000`.",
        serialize=_text,
        parse_value=uuid,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description="十进制数,以文字传递,不作舍入。A decimal number as text, never rounded: `1200.50`.",
        serialize=_text,
        parse_value=_decimal,
    ),
    UploadFile: strawberry.scalar(
        name="Upload",
        description="上传的文件。A file, sent as the GraphQL multipart request specification has it.",
        serialize=_text,
        parse_value=_upload,
    ),
    Month: strawberry.scalar(
        name="Month",
        description="月份。A calendar month, `2021-05`.",
        serialize=_text,
        parse_value=_parsed(_MONTH, Month, "月份", "month", "2021-05"),
    ),
}
