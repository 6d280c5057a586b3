"""The recorder of looks: what waits while an append is under way goes into the next one, all together.

Looks are for ever, and reading is quick: whoever looks without end waits, so that they cannot fill the log.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final
from uuid import uuid4

from anyio import CapacityLimiter, to_thread

from api.problems import Problem
from domain.commands import Look, RecordLooks
from domain.entry import Actor
from domain.programme import Programme

_logger = logging.getLogger(__name__)

CODE: Final = "NOT_RECORDED"

LOOK: Final = 10
"""What a look weighs, with one for each person that it names; one is some 40 bytes in the log."""
AT_ONCE: Final = 20_000
"""What somebody's looks may weigh before they have to wait, if they did not look for a while."""
IN_A_SECOND: Final = 200
"""What they may weigh in the long run."""
IN_AN_EVENT: Final = 5_000
"""What is heavier gets no further looks: the next ones go into another event of the same append."""


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


class Pace:
    """How quickly somebody may go on: at once for a while, then by what they ask for in a second."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def wait(self, reader: str, weight: int, now: float) -> float:
        """Return the seconds that somebody has to wait for looks of a weight, at a time in seconds."""
        since = max(self._until.get(reader, -inf), now - AT_ONCE / IN_A_SECOND)
        self._until[reader] = until = since + weight / IN_A_SECOND
        return max(0.0, until - now)


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
        self._pace = Pace()

    async def record(self, reader: Actor, looks: Sequence[Look]) -> int:
        """Put looks on record, and return the position of the event that has them.

        They go on record also when whoever asked does not wait any longer, unless their turn had not come.

        Raises:
            NotRecorded: they are not on record.
        """
        loop = asyncio.get_running_loop()
        if wait := self._pace.wait(reader.id, _weight(looks), loop.time()):
            await asyncio.sleep(wait)
        told: asyncio.Future[int] = loop.create_future()
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
                    for it, position in zip(batch, positions, strict=True):
                        if not it.told.done():
                            it.told.set_result(position)
        finally:
            self._appending = None

    def _put(self, batch: Sequence[_Waiting]) -> list[int]:
        """Append one event or more for every reader, and return the position of each one's."""
        events: list[tuple[Actor, list[Look]]] = []
        latest: dict[Actor, int] = {}
        places = []
        for it in batch:
            place = latest.get(it.reader)
            if place is None or _weight(events[place][1]) > IN_AN_EVENT:
                place = latest[it.reader] = len(events)
                events.append((it.reader, []))
            events[place][1].extend(it.looks)
            places.append(place)
        outcomes = self._programme.execute_together(
            [(RecordLooks(looks=tuple(looks)), reader, uuid4()) for reader, looks in events]
        )
        return [outcomes[place].position for place in places]


def _weight(looks: Iterable[Look]) -> int:
    return sum(LOOK + len(it.people) for it in looks)
