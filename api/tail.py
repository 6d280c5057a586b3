"""How far the read side is: one listener for everybody who waits for it."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Final

import psycopg

from api.problems import Problem
from ledger.database import lively
from ledger.patience import AsyncPatient, patient_async

CHANNEL: Final = "zhucun_read"
POLL_SECONDS: Final = 1.0
PATIENCE_SECONDS: Final = 10.0

_logger = logging.getLogger(__name__)


class Tail:
    """Knows the position of the read side, and wakes whoever waits for it to move.

    It listens for notifications and asks once a second besides, so that none is missed; when the database
    goes away it comes back by itself.

    Attributes:
        position: where the read side stands.
        patience: seconds that somebody waits for a position at most.
    """

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self.patience = PATIENCE_SECONDS
        self._moved = asyncio.Condition()
        self.position = 0

    async def run(self) -> None:
        """Follow the read side until cancelled."""
        while True:
            try:
                await self._follow()
            except psycopg.Error as error:
                _logger.warning("The read side is out of reach, trying again: %s", error)
                await asyncio.sleep(POLL_SECONDS)

    async def beyond(self, position: int) -> int:
        """Wait until the read side is past a position, and return where it stands."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.position > position)
            return self.position

    async def reach(self, position: int) -> None:
        """Wait until the read side is at a position.

        Raises:
            Problem: it did not get there in time.
        """
        with suppress(TimeoutError):
            await asyncio.wait_for(self.beyond(position - 1), self.patience)
            return
        raise Problem(
            "WAIT_TIMEOUT",
            f"读侧在{self.patience:g}秒内未到达位置{position},现为{self.position}。",
            f"The read side did not reach position {position} within {self.patience:g} s; "
            f"it stands at {self.position}.",
        )

    async def _follow(self) -> None:
        conn: AsyncPatient
        async with await patient_async(PATIENCE_SECONDS).connect(
            self._conninfo, autocommit=True, application_name="zhucun-tail", **lively(self._conninfo)
        ) as conn:
            await conn.execute(f"listen {CHANNEL}")
            while True:
                cursor = await conn.execute("select position from read.projector")
                if row := await cursor.fetchone():
                    await self._at(row[0])
                # Ends at the first notification or after the pause; either way we look ourselves.
                async for _ in conn.notifies(timeout=POLL_SECONDS, stop_after=1):
                    pass

    async def _at(self, position: int) -> None:
        if position != self.position:
            async with self._moved:
                self.position = position
                self._moved.notify_all()
