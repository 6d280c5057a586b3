"""From threads that change jobs to whoever waits for a change in the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from api.jobs.board import Standing
from api.jobs.job import LASTING, JobState


class Bell:
    """Rings for everybody who waits; rung many times at once, it wakes once.

    It belongs to the event loop in which it is made.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake whoever waits; from any thread."""
        self._loop.call_soon_threadsafe(self._ring)

    def hear(self) -> asyncio.Event:
        """Return what will be set when the bell rings next."""
        return self._rung

    def _ring(self) -> None:
        rung, self._rung = self._rung, asyncio.Event()
        rung.set()


async def follow(bell: Bell, find: Callable[[], Standing | None]) -> AsyncIterator[Standing]:
    """Yield a job whenever it has changed, until it has come to an end.

    Args:
        bell: rings when a job changes.
        find: the job as it stands, None when it was discarded.
    """
    seen: Standing | None = None
    while True:
        rung = bell.hear()  # before looking, so that no change is missed
        standing = find()
        if standing is None:
            if seen is not None:
                yield Standing(replace(seen.job, state=JobState.DISCARDED))
            return
        if standing != seen:
            seen = standing
            yield standing
        if standing.job.state in LASTING:
            return
        await rung.wait()
