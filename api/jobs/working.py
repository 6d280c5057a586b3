"""The one thread that works on jobs, one at a time, and goes on where the server before it was stopped."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from queue import Empty, SimpleQueue
from threading import Event
from typing import Final

from api.jobs.board import Board, now
from api.jobs.job import LASTING, Job, JobState
from api.jobs.staging import Staging
from api.jobs.troubles import trouble_of
from api.jobs.work import Watch, Work

KEPT: Final = timedelta(hours=24)
"""How long a job is kept after it last came to something."""
MOST_KEPT: Final = 100
"""Jobs that came to an end and are kept to be looked at."""
SWEEP_SECONDS: Final = 60.0
RETRY_SECONDS: Final = 1.0

Step = Callable[[Job, Watch], Job]
_logger = logging.getLogger(__name__)


class Stopped(Exception):  # noqa: N818 - named as what happened
    """The work on a job is left as it is: the server stops, or the job was discarded."""


class Working:
    """Works on jobs. Everything but `run` may be called from any thread."""

    def __init__(self, board: Board, staging: Staging, work: Work) -> None:
        self._board = board
        self._staging = staging
        self._work = work
        self._tasks: SimpleQueue[tuple[str, Step] | None] = SimpleQueue()
        self._stopped = Event()

    def decide(self, job: str) -> None:
        """Have a job's files read and decided."""
        self._tasks.put((job, self._work.decide))

    def commit(self, job: str) -> None:
        """Have a job recorded."""
        self._tasks.put((job, self._work.commit))

    def resume(self) -> None:
        """Find the jobs of the server before this one; what was under way is done again, or found out."""
        for job in self._staging.jobs():
            self._board.put(job)
            if job.state in {JobState.READING, JobState.DECIDING}:
                self.decide(job.id)
            elif job.state in LASTING:
                self._staging.release(job)  # it may have been killed before that
            elif job.state is JobState.COMMITTING:
                self._tasks.put((job.id, self._work.settle))

    def run(self) -> None:
        """Work until `stop`; what is old is removed."""
        while not self._stopped.is_set():
            self._sweep()
            try:
                task = self._tasks.get(timeout=SWEEP_SECONDS)
            except Empty:
                continue
            if task is not None:
                self._do(*task)

    def stop(self) -> None:
        """Leave the work as it is; the next server goes on with it."""
        self._stopped.set()
        self._tasks.put(None)

    def _do(self, job: str, step: Step) -> None:
        standing = self._board.find(job)
        if standing is None or self._stopped.is_set():
            return
        try:
            done = step(standing.job, _Watching(self._board, job, self._stopped))
        except Stopped:
            if self._board.find(job) is None:
                self._enter(standing.job)
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the next job has to be worked on
            self._failed(error, standing.job)
            return
        self._enter(done)

    def _failed(self, error: Exception, before: Job) -> None:
        standing = self._board.find(before.id)
        if standing is None:
            self._enter(before)  # discarded, and its files gone under our hands
            return
        if standing.job.after is not None:
            # Whether it was recorded is not known yet: it stays so until the ledger can be asked.
            _logger.warning("It is not known yet whether import %s was recorded: %s", before.id, error)
            if not self._stopped.wait(RETRY_SECONDS):
                self._tasks.put((before.id, self._work.settle))
            return
        state, trouble = trouble_of(error)
        if before.state is JobState.COMMITTING and state is JobState.FAILED:
            state = JobState.PLANNED  # it may be tried again
        self._enter(replace(before, state=state, problem=trouble))

    def _enter(self, job: Job) -> None:
        """Keep what a job has come to; of one that was discarded meanwhile, nothing."""
        with self._board.lock:
            if self._board.find(job.id) is None:
                self._staging.remove(job.id)  # what was written under our hands
                self._work.forget(job.id)
                return
            try:
                self._board.enter(job)
            except OSError as error:
                # On the disk it stays as it was, and the next server finds out anew what has become of it.
                _logger.warning("What import %s has come to cannot be kept: %s", job.id, error)
                self._board.put(replace(job, changed_at=now()))

    def _sweep(self) -> None:
        """Remove jobs that are old, and those that came to an end if there are many."""
        with self._board.lock:
            jobs = [it.job for it in self._board.all()]
            ended = (job for job in jobs if job.state in LASTING)
            oldest = now() - KEPT
            old = (job for job in jobs if job.changed_at < oldest and _may_go(job))
            for job in {it.id for it in (*islice(ended, MOST_KEPT, None), *old)}:
                self._board.remove(job)
                self._work.forget(job)


class _Watching:
    """Follows the work on one job."""

    def __init__(self, board: Board, job: str, stopped: Event) -> None:
        self._board = board
        self._job = job
        self._stopped = stopped

    def enter(self, job: Job) -> Job:
        with self._board.lock:
            self.progress(0, 0)
            return self._board.enter(job).job

    def progress(self, done: int, of: int) -> None:
        if self._stopped.is_set() or not self._board.progress(self._job, done, of):
            raise Stopped


def _may_go(job: Job) -> bool:
    return job.state in LASTING or job.state is JobState.PLANNED
