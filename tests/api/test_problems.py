"""What a client is told when the ledger fails: never where the database is, or the keys are."""

from __future__ import annotations

import logging

import pytest

from api.problems import problem_of
from ledger.errors import CannotReachDatabase, CannotSign, NoSpaceLeft


def test_where_the_database_is_stays_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    reason = 'connection to server at "10.1.2.3", port 5432 failed: no password for user "zhucun"'

    with caplog.at_level(logging.WARNING):
        problem = problem_of(CannotReachDatabase(reason=reason))

    assert problem.extensions == {"code": "UNAVAILABLE"}
    assert "10.1.2.3" not in problem.message
    assert "10.1.2.3" in caplog.text


def test_where_the_keys_are_stays_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        problem = problem_of(CannotSign(zh="密钥目录 /srv/zhucun 无法使用", en="/srv/zhucun cannot be used"))

    assert problem.extensions == {"code": "CANNOT_SIGN"}
    assert "/srv/zhucun" not in problem.message
    assert "ZHUCUN_KEYS" in problem.message
    assert "/srv/zhucun" in caplog.text


def test_what_a_client_can_do_something_about_it_is_told() -> None:
    problem = problem_of(NoSpaceLeft())

    assert problem.extensions == {"code": "NO_SPACE_LEFT"}
    assert problem.message == f"{NoSpaceLeft().message_zh} {NoSpaceLeft().message_en}"
