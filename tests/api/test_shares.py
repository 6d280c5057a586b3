"""Nobody holds all the connections that are read by: what one asks at length leaves half to the others."""

from __future__ import annotations

import asyncio

import anyio
import pytest
from anyio import create_task_group

from api import database as reading
from api.database import Database, open_database
from api.problems import Problem

LONG = "select pg_sleep(60)"
CONNECTIONS = 4


async def hold(database: Database, whose: str, *, task_status: anyio.abc.TaskStatus[None]) -> None:
    """Hold one of somebody's connections until this is cancelled."""
    async with database.share_of(whose):
        task_status.started()
        await database.rows(LONG)


def test_while_one_asks_at_length_another_is_answered(real_ledger: str) -> None:
    async def ask() -> list[tuple[int]]:
        async with open_database(real_ledger, size=CONNECTIONS) as database, create_task_group() as tasks:
            for _ in range(CONNECTIONS // 2):
                await tasks.start(hold, database, "one")
            for _ in range(CONNECTIONS):
                tasks.start_soon(lambda: tasks.start(hold, database, "one"))
            async with database.share_of("another"):
                found = await database.rows("select 1")
            tasks.cancel_scope.cancel()
        return found

    assert asyncio.run(ask()) == [(1,)]


def test_whoever_holds_their_share_is_told_to_wait(real_ledger: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "WAIT", 0.05)

    async def ask() -> Problem:
        async with open_database(real_ledger, size=CONNECTIONS) as database, create_task_group() as tasks:
            for _ in range(CONNECTIONS // 2):
                await tasks.start(hold, database, "one")
            with pytest.raises(Problem) as refused:
                async with database.share_of("one"):
                    raise AssertionError
            tasks.cancel_scope.cancel()
        return refused.value

    problem = asyncio.run(ask())
    assert problem.extensions == {"code": "TOO_MANY_REQUESTS"}
    assert "wait until they are done" in problem.message_en


def test_a_share_that_was_let_go_can_be_had_again(real_ledger: str) -> None:
    async def ask() -> int:
        async with open_database(real_ledger, size=CONNECTIONS) as database:
            for _ in range(3 * CONNECTIONS):
                async with database.share_of("one"):
                    await database.rows("select 1")
            return database.statements

    assert asyncio.run(ask()) == 3 * CONNECTIONS
