"""What a client did wrong or may know: errors with a code and a message in both languages."""

from __future__ import annotations

import logging

from graphql import GraphQLError
from strawberry.utils.str_converters import to_snake_case

from ledger.errors import CannotReachDatabase, CannotSign, KeysUnusable, LedgerError

_logger = logging.getLogger(__name__)


class Problem(GraphQLError):  # noqa: N818 - GraphQL calls its errors so; this is what one is about
    """An error that a client may see as it is; every other error is masked.

    Args:
        code: stable, for programs.
        zh: what is wrong and what to do, in Chinese.
        en: the same in English.
    """

    def __init__(self, code: str, zh: str, en: str) -> None:
        self.message_zh = zh
        self.message_en = en
        super().__init__(f"{zh} {en}", extensions={"code": code})
        self.message_zh = zh
        self.message_en = en


def bad_request(zh: str, en: str) -> Problem:
    """Return the problem of a request that makes no sense."""
    return Problem("BAD_REQUEST", zh, en)


def unavailable() -> Problem:
    """Return the problem of a database that does not answer."""
    return Problem(
        "UNAVAILABLE",
        "数据库暂时不可用,请稍后再试。",
        "The database does not answer now; try again later.",
    )


def problem_of(error: LedgerError) -> Problem:
    """Return the problem that a client is told of when the ledger cannot do what is asked.

    Where the database or the folder of keys is, or which key is missing, the log says, and no answer.
    """
    if isinstance(error, CannotReachDatabase):
        _logger.warning("%s", error)
        return unavailable()
    if isinstance(error, CannotSign):
        _logger.warning("%s", error)
        return Problem(
            "CANNOT_SIGN",
            "无法签署检查点,原因见服务日志。请管理员查看密钥目录(ZHUCUN_KEYS)的密钥、权限与磁盘空间。",
            "Checkpoints cannot be signed here; the server's log says why. Whoever runs it has to see to the "
            "folder of keys (ZHUCUN_KEYS): the key, its rights, and space on the disk.",
        )
    if isinstance(error, KeysUnusable):
        _logger.error("Personal data can be neither read nor recorded: %s", error)
        return Problem(
            "KEYS_UNUSABLE",
            "个人信息的密钥不可用,未作任何记录。请管理员运行 zhucun personal status 查明后重试。",
            "The keys of personal data cannot be used, so nothing was recorded. Let whoever runs the server "
            "look at `zhucun personal status`, then try again.",
        )
    return Problem(to_snake_case(type(error).__name__).upper(), error.message_zh, error.message_en)
