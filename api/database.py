"""Reading from the database: a pool of asynchronous connections that can only read."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, LiteralString, cast

import orjson
from psycopg import AsyncConnection, OperationalError
from psycopg.errors import QueryCanceled
from psycopg.rows import TupleRow
from psycopg.types.json import set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from api.problems import Problem
from projections.selection import Statement

_logger = logging.getLogger(__name__)

POOL_SIZE: Final = 8

# Compiling a wide statement just in time costs more than running it.
_SETTINGS: Final[LiteralString] = """
select set_config('timezone', 'UTC', false), set_config('default_transaction_read_only', 'on', false),
       set_config('statement_timeout', '30s', false), set_config('jit', 'off', false)
"""


class Database:
    """The read side's connections. Open it with `open_database`.

    Attributes:
        statements: how many were sent so far.
    """

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection[TupleRow]]) -> None:
        self._pool = pool
        self.statements = 0

    async def answer(self, statement: Statement, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the one JSON object that a statement answers."""
        rows = await self.rows(statement.sql, {**statement.params, **params})
        return cast("dict[str, Any]", rows[0][0])

    async def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[TupleRow]:
        """Return the rows of a statement.

        Raises:
            Problem: it took too long, or the database is away.
        """
        self.statements += 1
        try:
            async with self._pool.connection() as conn:
                # Declared in this program; whatever a client sends is a parameter.
                cursor = await conn.execute(cast("Any", sql), params)
                return await cursor.fetchall()
        except QueryCanceled as error:
            raise Problem(
                "TOO_EXPENSIVE",
                "查询耗时过长,请缩小范围或分几次查询。",
                "The query took too long; ask for less, or in several queries.",
            ) from error
        except (OperationalError, PoolTimeout) as error:
            _logger.warning("The database does not answer: %s", str(error).strip())
            raise Problem(
                "UNAVAILABLE",
                "数据库暂时不可用,请稍后再试。",
                "The database does not answer now; try again later.",
            ) from error


async def configure(conn: AsyncConnection[Any]) -> None:
    """Make a connection one that only reads, not for long, and JSON as fast as can be."""
    set_json_loads(orjson.loads, conn)
    await conn.set_autocommit(True)
    await conn.execute(_SETTINGS)


@asynccontextmanager
async def open_database(conninfo: str, size: int = POOL_SIZE) -> AsyncIterator[Database]:
    """Lend a pool of connections; it opens them by itself, and again when the database was away."""
    pool = AsyncConnectionPool(
        conninfo,
        kwargs={"application_name": "zhucun-read"},
        min_size=1,
        max_size=size,
        open=False,
        configure=configure,
        check=AsyncConnectionPool.check_connection,
        timeout=10,
    )
    await pool.open()
    try:
        yield Database(pool)
    finally:
        await pool.close()
