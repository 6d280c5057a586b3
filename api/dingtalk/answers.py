"""DingTalk's answers: their codes, the rows in them, and what a refusal means for whoever runs this."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

OK: Final = 0
_NOT_TOLD: Final = 88  # look at `sub_code`
TOKEN: Final = frozenset({40001, 40014, 42001})
BUSY: Final = frozenset({-1, 90018, *range(90001, 90015)})

_REMEDIES: Final = {
    40089: (
        "应用的 AppKey 或 AppSecret 不对,请与开发者后台核对",
        "the application's key or secret is wrong; compare the developer console",
    ),
    60011: (
        "应用没有考勤数据读权限,请在开发者后台申请",
        "the application may not read attendance; apply for it in the developer console",
    ),
    60020: (
        "本机出口IP不在白名单,请在开发者后台添加",
        "this machine's address is not on the application's list; add it in the developer console",
    ),
}

Row = Mapping[str, Any]


class DingTalkFailed(Exception):  # noqa: N818 - named as what happened
    """DingTalk did not give what it was asked for: what, why, and what to do, in both languages."""

    def __init__(self, path: str, zh: str, en: str) -> None:
        self.message_zh = f"钉钉接口 {path}:{zh}。"
        self.message_en = f"DingTalk's {path}: {en}."
        super().__init__(f"{self.message_zh} {self.message_en}")


def rows_of(path: str, answer: Row) -> list[Row]:
    """Return the records in an answer.

    Raises:
        DingTalkFailed: they are none.
    """
    rows = answer.get("recordresult") or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise DingTalkFailed(path, "recordresult 不是记录的列表", "recordresult is no list of records")
    return rows


def code_of(answer: Row) -> int:
    """Return the code of an answer, or the one that it says is behind it."""
    code = _number(answer.get("errcode"))
    return _number(answer.get("sub_code")) if code == _NOT_TOLD and "sub_code" in answer else code


def _number(code: object) -> int:
    try:
        return int(str(code))
    except ValueError:
        return _NOT_TOLD


def failed(path: str, code: int, answer: Row, hidden: Iterable[str]) -> DingTalkFailed:
    """Say why DingTalk refuses, in its words without any secret, and what to do."""
    words = str(answer.get("sub_msg") or answer.get("errmsg") or "-")
    for secret in hidden:
        words = words.replace(secret, "***")
    zh, en = _REMEDIES.get(code, ("请按错误码查阅钉钉文档", "look the code up in DingTalk's documentation"))
    return DingTalkFailed(
        path, f"被拒绝,错误码 {code}({words[:200]});{zh}", f"refused with {code} ({words[:200]}); {en}"
    )
