"""The imports that are under way in a county: what may be asked about them, and what may be done."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from secrets import token_hex
from typing import IO, Final
from uuid import uuid4

from api.access.principal import Principal
from api.access.reach import acting
from api.county import County
from api.jobs import troubles
from api.jobs.board import Board, Standing, now
from api.jobs.guard import Guard
from api.jobs.job import LASTING, Job, JobState
from api.jobs.preview import Preview
from api.jobs.staging import Staging
from api.jobs.work import Work
from api.jobs.working import Working
from api.papers.plans import Outcome
from domain.entry import Actor

MOST_JOBS: Final = 8
"""Jobs whose files are kept at a time."""
MOST_OF_ONE: Final = 4
"""Those of them that one may have brought: nobody keeps all others from bringing theirs."""
MOST_FILES: Final = 100
"""Files of a job."""

_logger = logging.getLogger(__name__)


class Jobs:
    """The imports of a county. All methods may be called from any thread; they wait for the disk alone.

    Args:
        county: whose.
        changed: is called, from any thread, after something changed.
    """

    def __init__(self, county: County, changed: Callable[[], None]) -> None:
        self._staging = Staging(county.imports)
        self._board = Board(self._staging, changed)
        self._work = Work(county, self._staging)
        self._working = Working(self._board, self._staging, self._work)
        self._guard = Guard(self._staging.path)
        self._receiving: list[Actor] = []

    def all(self) -> list[Standing]:
        """Return every job, the latest first."""
        return self._board.all()

    def find(self, job: str) -> Standing | None:
        """Return a job, if there is one of this id."""
        return self._board.find(job)

    def preview(self, job: str) -> Preview:
        """Return what was found out about the files of a job."""
        return Preview(self._staging.folder(job))

    def stage(self, paper: str, files: Sequence[tuple[str, IO[bytes]]], principal: Principal) -> Standing:
        """Keep files that were brought, to be read and decided.

        Args:
            paper: their kind, by its name on the command line.
            files: the name of each, and its content.
            principal: who brings them.

        Raises:
            Refused: they enter nothing.
            Problem: there are too many jobs or files, another server has the folder, or it is full.
        """
        if not 1 <= len(files) <= MOST_FILES:
            raise troubles.too_many_files(MOST_FILES, len(files))
        actor, id_ = acting(principal), uuid4().hex
        with self._room(actor):
            try:
                staged = tuple(self._staging.stage(id_, name, content) for name, content in files)
                at = now()
                job = Job(
                    id=id_,
                    paper=paper,
                    files=staged,
                    actor=actor,
                    principal=principal,
                    created_at=at,
                    changed_at=at,
                    salt=token_hex(16),
                )
                standing = self._board.enter(job)
            except BaseException as error:
                self._staging.remove(id_)
                if isinstance(error, OSError):
                    raise troubles.unwritable(error) from error
                raise
        self._working.decide(id_)
        return standing

    def commit(self, job: str, digest: str, *, accept_valid: bool) -> Standing:
        """Have recorded what was shown; asking again for what is done changes nothing.

        Args:
            job: which.
            digest: of the plan that was shown.
            accept_valid: leave refused rows out, instead of recording nothing.

        Raises:
            Problem: there is no such job, it cannot be recorded now, or something else was shown.
        """
        with self._board.lock:
            standing = self._known(job)
            it = standing.job
            if it.state in {JobState.COMMITTING, JobState.COMMITTED} and it.digest == digest:
                return standing
            if it.state is not JobState.PLANNED:
                raise troubles.not_planned(it.state)
            if it.digest != digest:
                raise troubles.outdated()
            if (refused := it.counts.get(Outcome.REFUSED.name.lower(), 0)) and not accept_valid:
                raise troubles.some_refused(refused)
            asked = replace(it, state=JobState.COMMITTING, accept_valid=accept_valid, problem=None)
            try:
                standing = self._board.enter(asked)
            except OSError as error:
                raise troubles.unwritable(error) from error
        self._working.commit(job)
        return standing

    def discard(self, job: str) -> Standing:
        """Let a job go with all that it has, and return it as it was last; what is recorded stays.

        Raises:
            Problem: there is no such job, or it is being recorded.
        """
        with self._board.lock:
            standing = self._known(job)
            if standing.job.state is JobState.COMMITTING:
                raise troubles.committing()
            self._board.remove(job)
        self._work.forget(job)
        if standing.job.state in LASTING:
            return standing
        return Standing(replace(standing.job, state=JobState.DISCARDED))

    def prepare(self) -> None:
        """Take the folder, and find the jobs of the server before this one; without it, take no files."""
        try:
            self._staging.prepare()
            if self._guard.take():
                self._working.resume()
                return
            reason = "another server has it"
        except OSError as error:
            reason = str(error.strerror)
        _logger.warning("This server takes no files; the folder %s: %s", self._staging.path, reason)

    def run(self) -> None:
        """Work on jobs until `stop`."""
        if self._guard.taken:
            try:
                self._working.run()
            finally:
                self._guard.release()

    def stop(self) -> None:
        """Leave the work as it is; the next server goes on with it."""
        self._working.stop()

    def _known(self, job: str) -> Standing:
        standing = self._board.find(job)
        if standing is None:
            raise troubles.unknown(job)
        return standing

    @contextmanager
    def _room(self, actor: Actor) -> Iterator[None]:
        """Keep a place for a job of somebody's that is being staged.

        Raises:
            Problem: there is none.
        """
        with self._board.lock:
            if not self._guard.taken:
                raise troubles.elsewhere()
            unfinished = [it.job.actor for it in self._board.all() if it.job.state not in LASTING]
            unfinished += self._receiving
            if unfinished.count(actor) >= MOST_OF_ONE:
                raise troubles.too_many_of_yours(MOST_OF_ONE)
            if len(unfinished) >= MOST_JOBS:
                raise troubles.too_many_jobs(MOST_JOBS)
            self._receiving.append(actor)
        try:
            yield
        finally:
            with self._board.lock:
                self._receiving.remove(actor)
