"""The recorder of looks: what waits while an append is under way goes into the next one, all together."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from anyio import CapacityLimiter, to_thread

from api.problems import Problem
from domain.commands import Look, RecordLooks
from domain.entry import Actor
from domain.programme import Programme

_logger = logging.getLogger(__name__)

CODE: Final = "NOT_RECORDED"


class NotRecorded(Problem):
    """Personal data stay here, because it cannot be put on record who looks at them."""

    def __init__(self) -> None:
        super().__init__(
            CODE,
            "查阅个人信息须先登记在案,现在无法登记,故不予提供。请稍后再试;如仍不成,请管理员查看服务日志。",
            "Looks at personal data go on record first, which cannot be done now, so nothing of them is "
            "answered. Try again later; if that does not help, whoever runs this server should look into its "
            "log.",
        )


@dataclass
class _Waiting:
    """Looks of one answer, and who is told the position of their event."""

    reader: Actor
    looks: Sequence[Look]
    told: asyncio.Future[int]


class Recorder:
    """Puts looks on record, in as few appends as the database leaves time for.

    It belongs to one event loop. Close it before that ends.

    Args:
        programme: takes the command; synchronous, so it runs in a thread, one at a time.
    """

    def __init__(self, programme: Programme) -> None:
        self._programme = programme
        self._waiting: list[_Waiting] = []
        self._appending: asyncio.Task[None] | None = None
        self._one = CapacityLimiter(1)

    async def record(self, reader: Actor, looks: Sequence[Look]) -> int:
        """Put looks on record, and return the position of the event that has them.

        They go on record also when whoever asked does not wait any longer.

        Raises:
            NotRecorded: they are not on record.
        """
        told: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(reader, looks, told))
        if self._appending is None:
            self._appending = asyncio.create_task(self._append(), name="looks")
        return await told

    async def close(self) -> None:
        """Wait for what is still to be put on record."""
        if self._appending is not None:
            await self._appending

    async def _append(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                try:
                    positions = await to_thread.run_sync(self._put, batch, limiter=self._one)
                except Exception:  # whatever it is: nothing leaves
                    _logger.exception("Looks at personal data cannot be put on record")
                    for it in batch:
                        if not it.told.done():
                            it.told.set_exception(NotRecorded())
                else:
                    for it in batch:
                        if not it.told.done():
                            it.told.set_result(positions[it.reader])
        finally:
            self._appending = None

    def _put(self, batch: Sequence[_Waiting]) -> dict[Actor, int]:
        """Append an event for every reader, and return their positions."""
        whose: dict[Actor, list[Look]] = defaultdict(list)
        for it in batch:
            whose[it.reader] += it.looks
        outcomes = self._programme.execute_together(
            [(RecordLooks(looks=tuple(looks)), reader, uuid4()) for reader, looks in whose.items()]
        )
        return {reader: outcome.position for reader, outcome in zip(whose, outcomes, strict=True)}
