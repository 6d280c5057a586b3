"""Reading from the database: a pool of asynchronous connections that can only read."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, LiteralString, cast
from uuid import UUID
from weakref import WeakValueDictionary

import orjson
from anyio import Semaphore, fail_after
from psycopg import AsyncConnection, OperationalError
from psycopg.errors import (
    InsufficientPrivilege,
    InvalidParameterValue,
    QueryCanceled,
    UndefinedFunction,
    UndefinedTable,
)
from psycopg.rows import TupleRow
from psycopg.types.json import set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from api.access.scope import Scope
from api.problems import Problem, unavailable
from ledger.database import lively
from ledger.patience import AsyncPatient, patient_async
from ledger.store import RECONNECT
from projections.selection import Statement

_NOT_SET_UP: Final = (InsufficientPrivilege, InvalidParameterValue, UndefinedFunction, UndefinedTable)
"""There is no such role, or no leave to take it; or the read side is an earlier version's."""

_ABOUT: Final[LiteralString] = """
select count(*) from read.event e where e.instructor_id = %(person)s and e.position <= %(known)s::bigint
"""

_logger = logging.getLogger(__name__)

POOL_SIZE: Final = 8
PATIENCE: Final = 30
"""Seconds that a statement may take."""
WAIT: Final = 10
"""Seconds to wait for a connection."""
GRACE: Final = 5
"""Seconds after which a statement that should have ended is waited for no longer: the connection hangs."""
LOOK: Final = 3.0
"""Seconds within which a connection has to answer, before it is lent, that it is there."""

# Compiling a wide statement just in time costs more than running it.
_SETTINGS: Final[LiteralString] = """
select set_config('timezone', 'UTC', false), set_config('default_transaction_read_only', 'on', false),
       set_config('statement_timeout', %(patience)s, false), set_config('jit', 'off', false)
"""


class Database:
    """The read side's connections. Open it with `open_database`.

    Attributes:
        statements: how many were sent so far.
    """

    def __init__(self, pool: AsyncConnectionPool[AsyncPatient]) -> None:
        self._pool = pool
        self._shares = WeakValueDictionary[str, Semaphore]()
        self.statements = 0

    @asynccontextmanager
    async def share_of(self, whose: str) -> AsyncIterator[None]:
        """Have one of the connections that one asker may hold at a time: half of them, so others get on.

        Raises:
            Problem: all of these were held for too long.
        """
        share = self._shares.get(whose)
        if share is None:
            share = self._shares[whose] = Semaphore(max(1, self._pool.max_size // 2))
        try:
            with fail_after(WAIT):
                await share.acquire()
        except TimeoutError:
            raise Problem(
                "TOO_MANY_REQUESTS",
                "您已有多个耗时查询正在进行,请待其完成后再查。",
                "Several long queries of yours are under way: wait until they are done, then ask again.",
            ) from None
        try:
            yield
        finally:
            share.release()

    async def answer(self, statement: Statement, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the one JSON object that a statement answers."""
        rows = await self.rows(statement.sql, {**statement.params, **params})
        return cast("dict[str, Any]", rows[0][0])

    async def answer_within(
        self, scope: Scope, statement: Statement, params: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the one JSON object that a statement answers to somebody who does not see the county.

        The parameters have to have the two clocks: how far they see is worked out on these.

        Raises:
            Problem: it took too long, or the database is away, or not set up to let such people see.
        """
        # Its own text for each role: a statement that is prepared is planned for one.
        sql = f"/* {scope.role} */ {statement.sql}"
        (found,) = await self._within(scope, params, [(sql, {**statement.params, **params})])
        return cast("dict[str, Any]", found[0][0])

    async def sees_all_of(self, scope: Scope, person: UUID, params: Mapping[str, Any]) -> bool:
        """Tell whether somebody who does not see the county sees whatever is on record of a person.

        Raises:
            Problem: as of `answer_within`.
        """
        asked = {**params, "person": person}
        (seen,) = await self._within(scope, params, [(_ABOUT, asked)])
        there = await self.rows(_ABOUT, asked)
        return seen == there and seen[0][0] > 0

    async def _within(
        self, scope: Scope, params: Mapping[str, Any], statements: Sequence[tuple[str, Mapping[str, Any]]]
    ) -> list[list[TupleRow]]:
        """Return the rows of statements that are run as somebody who sees no further than `scope`.

        All of it is sent at once, in one transaction, with which role and scope go.
        """
        self.statements += len(statements)
        whose = {"whose": scope.whose, "organisation": scope.organisation, **params}
        async with self._asking() as conn:
            try:
                async with conn.pipeline(), conn.transaction():
                    await conn.execute(cast("Any", scope.see), whose)
                    await conn.execute(cast("Any", scope.become))
                    cursors = [await conn.execute(cast("Any", sql), given) for sql, given in statements]
                return [await cursor.fetchall() for cursor in cursors]
            except _NOT_SET_UP as error:
                _logger.error("The database lets nobody see a part of the county: %s", str(error).strip())  # noqa: TRY400 - it says all
                raise Problem(
                    "NOT_SET_UP",
                    "数据库尚未为乡镇、派出单位与指导员开放查询,"
                    "请由管理员以可建角色的用户启动一次zhucun serve,或运行zhucun rebuild。",
                    "The database is not set up to let townships, sending units and instructors see their "
                    "part: an administrator who may make roles should start zhucun serve once, or run "
                    "zhucun rebuild.",
                ) from error

    async def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[TupleRow]:
        """Return the rows of a statement.

        Raises:
            Problem: it took too long, or the database is away.
        """
        self.statements += 1
        async with self._asking() as conn:
            # Declared in this program; whatever a client sends is a parameter.
            cursor = await conn.execute(cast("Any", sql), params)
            return await cursor.fetchall()

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[AsyncPatient]:
        """Lend a connection, and tell what goes wrong with it as a client may know it."""
        try:
            async with self._pool.connection() as conn:
                yield conn
        except QueryCanceled as error:
            raise Problem(
                "TOO_EXPENSIVE",
                "查询耗时过长,请缩小范围或分几次查询。",
                "The query took too long; ask for less, or in several queries.",
            ) from error
        except (OperationalError, PoolTimeout) as error:
            _logger.warning("The database does not answer: %s", str(error).strip())
            raise unavailable() from error


async def configure(conn: AsyncConnection[Any], seconds: int = PATIENCE) -> None:
    """Make a connection one that only reads, not for long, and JSON as fast as can be."""
    set_json_loads(orjson.loads, conn)
    await conn.set_autocommit(True)
    await conn.execute(_SETTINGS, {"patience": f"{seconds}s"})


async def _answers(conn: AsyncPatient) -> None:
    """Check that a connection answers, soon."""
    usual, conn.patience = conn.patience, min(LOOK, conn.patience)
    await AsyncConnectionPool.check_connection(conn)
    conn.patience = usual


@asynccontextmanager
async def open_database(
    conninfo: str, size: int = POOL_SIZE, seconds: int = PATIENCE
) -> AsyncIterator[Database]:
    """Lend a pool of connections; it opens them by itself, and again when the database was away.

    Args:
        conninfo: connection string.
        size: the most connections.
        seconds: that a statement may take.
    """
    pool = AsyncConnectionPool(
        conninfo,
        connection_class=patient_async(seconds + GRACE),
        kwargs={"application_name": "zhucun-read", **lively(conninfo)},
        min_size=1,
        max_size=size,
        open=False,
        configure=partial(configure, seconds=seconds),
        check=_answers,
        timeout=WAIT,
        reconnect_timeout=RECONNECT,
    )
    await pool.open()
    try:
        yield Database(pool)
    finally:
        await pool.close()
