"""What a client did wrong or may know: errors with a code and a message in both languages."""

from __future__ import annotations

from graphql import GraphQLError
from strawberry.utils.str_converters import to_snake_case

from ledger.errors import LedgerError


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


def problem_of(error: LedgerError) -> Problem:
    """Return the problem that a client is told of when the ledger cannot do what is asked."""
    return Problem(to_snake_case(type(error).__name__).upper(), error.message_zh, error.message_en)
