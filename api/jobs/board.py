"""Where every job stands, for all threads to see; what has to outlast the server is on disk first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import RLock

from api.jobs.job import LASTING, Job
from api.jobs.staging import Staging


@dataclass(frozen=True)
class Standing:
    """A job as it stands, with how much of how much of its present step is done."""

    job: Job
    done: int = 0
    of: int = 0


class Board:
    """The standing of all jobs. Hold `lock` to look and change in one go.

    Args:
        staging: keeps the jobs.
        changed: is called, from any thread, after something changed.
    """

    def __init__(self, staging: Staging, changed: Callable[[], None]) -> None:
        self.lock = RLock()
        self._staging = staging
        self._changed = changed
        self._standing: dict[str, Standing] = {}

    def all(self) -> list[Standing]:
        """Return every job, the latest first."""
        with self.lock:
            return sorted(self._standing.values(), key=lambda it: it.job.created_at, reverse=True)

    def find(self, job: str) -> Standing | None:
        """Return a job, if there is one of this id."""
        return self._standing.get(job)

    def put(self, job: Job) -> Standing:
        """Put up a job that is on disk already."""
        with self.lock:
            standing = self._standing[job.id] = Standing(job)
        self._changed()
        return standing

    def enter(self, job: Job) -> Standing:
        """Keep what a job has come to; its files go when it has come to an end."""
        with self.lock:
            job = replace(job, changed_at=now())
            self._staging.save(job)
            if job.state in LASTING:
                self._staging.release(job)
            return self.put(job)

    def progress(self, job: str, done: int, of: int) -> bool:
        """Note how much of a step is done; tell whether there is the job still."""
        with self.lock:
            standing = self._standing.get(job)
            if standing is None:
                return False
            self._standing[job] = replace(standing, done=done, of=of)
        self._changed()
        return True

    def remove(self, job: str) -> None:
        """Take a job down and remove all that it has."""
        with self.lock:
            self._standing.pop(job, None)
            self._staging.remove(job)
        self._changed()


def now() -> datetime:
    """Return the time of the clock on the wall: it only tells how old a job is."""
    return datetime.now(UTC)
