"""What is done with a job: reading and deciding, recording, and finding out whether it was recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from time import sleep
from typing import Final, Protocol

from eventsourcing.persistence import PersistenceError
from psycopg import Error as DatabaseError

from api.county import County
from api.dingtalk.users import read_users
from api.jobs.job import Job, JobState, StagedFile
from api.jobs.preview import Preview
from api.jobs.settling import settled
from api.jobs.staging import Staging
from api.jobs.troubles import OUTDATED, FilesGone, ReadSideStopped
from api.papers.digests import digest_of
from api.papers.grid import read_bytes
from api.papers.intake import Intake, PlanOutdated
from api.papers.plans import Plan
from api.papers.registry import PAPERS
from api.papers.sheets.shared import USER
from api.papers.source import FileRefused, SourceFile
from ledger.errors import LedgerError
from projections.status import read_status

PAUSE: Final = 0.1


class Watch(Protocol):
    """Follows the work on a job."""

    def enter(self, job: Job) -> Job:
        """Keep what has become of the job, and return it."""
        ...

    def progress(self, done: int, of: int) -> None:
        """Hear how much of how much is done.

        Raises:
            Stopped: the work is to be left as it is.
        """
        ...


@dataclass(frozen=True)
class _Held:
    """The plan that was made last: of which job, on which day, and how far the log was before."""

    job: str
    today: date
    position: int
    intake: Intake
    plan: Plan


class Work:
    """What can be done with a job. One plan is held at a time, whoever's was made last.

    Args:
        county: takes the files in.
        staging: has the files.
    """

    def __init__(self, county: County, staging: Staging) -> None:
        self._county = county
        self._staging = staging
        self._held: _Held | None = None

    def decide(self, job: Job, watch: Watch) -> Job:
        """Read the files, decide every row, and keep what that comes to, to be looked at.

        Args:
            job: whose files; its problem says why this is done again.
            watch: follows the work.

        Raises:
            FileRefused: a file is not of the kind, or is not to be taken in.
            FilesGone: they are not there any more.
        """
        deciding = replace(job, state=JobState.DECIDING)
        held = self._plan(job, watch, lambda: watch.enter(deciding))
        return self._shown(job, held.plan, digest_of(held.plan), watch)

    def commit(self, job: Job, watch: Watch) -> Job:
        """Record what was shown, or nothing.

        The plan is made anew if it is not held any more, or if a day has passed or anything was recorded
        since; if it has become another one, that is to be looked at first.
        """
        held = self._held
        if held is None or (held.job, held.today, held.position) != (
            job.id,
            self._county.programme.today(),
            self._up_to_date(watch),
        ):
            held = self._plan(job, watch)
            digest = digest_of(held.plan)
            if digest != job.digest:
                return self._shown(replace(job, problem=OUTDATED), held.plan, digest, watch)
        before, job = job, watch.enter(replace(job, after=held.position))
        self._held = None
        try:
            taken = held.intake.commit(held.plan, accept_valid=job.accept_valid)
        except PlanOutdated:
            return self.decide(replace(before, problem=OUTDATED), watch)
        except (LedgerError, DatabaseError, PersistenceError):
            return self.settle(job, watch)  # the answer may have been lost on its way
        if taken is None:
            return replace(job, state=JobState.COMMITTED, problem=None)
        return replace(
            job,
            state=JobState.COMMITTED,
            problem=None,
            position=taken.position,
            events=len(taken.plan.events),
        )

    def settle(self, job: Job, _watch: Watch) -> Job:
        """Find out whether a commit that was in flight was recorded."""
        return settled(job, self._county.programme, self._county.conninfo)

    def forget(self, job: str) -> None:
        """Let the plan go, if it is this job's."""
        if self._held is not None and self._held.job == job:
            self._held = None

    def _shown(self, job: Job, plan: Plan, digest: str, watch: Watch) -> Job:
        """Keep what a plan comes to, to be looked at."""
        Preview(self._staging.folder(job.id)).keep(plan, watch.progress)
        return replace(
            job,
            state=JobState.PLANNED,
            digest=digest,
            counts={outcome.name.lower(): number for outcome, number in plan.counts.items()},
            after=None,
        )

    def _plan(self, job: Job, watch: Watch, deciding: Callable[[], object] = lambda: None) -> _Held:
        self._held = None  # before another one is made
        sources = []
        for place, file in enumerate(job.files):
            watch.progress(place, len(job.files))
            sources.append(self._read(job, file))
        deciding()
        today, position = self._county.programme.today(), self._up_to_date(watch)
        county, kind = self._county, PAPERS[job.paper]
        users = read_users(county.users) if county.users is not None and USER in kind.columns else {}
        intake = Intake(
            county.programme,
            county.conninfo,
            kind,
            sources,
            job.actor,
            users,
            principal=job.principal,
            salt=job.salted_with,
        )
        self._held = _Held(job.id, today, position, intake, intake.plan(watch.progress))
        return self._held

    def _read(self, job: Job, file: StagedFile) -> SourceFile:
        try:
            source = read_bytes(file.name, self._staging.file(job, file).read_bytes())
        except OSError as error:
            raise FilesGone from error
        except FileRefused as error:
            raise FileRefused(
                f"{file.name}:{error.message_zh}", f"{file.name}: {error.message_en}"
            ) from error
        if source.sha256 != file.sha256:
            raise FilesGone
        return source

    def _up_to_date(self, watch: Watch) -> int:
        """Wait for the read side, which knows people and villages, and return where it and the log stand.

        Raises:
            LedgerError: the database cannot be reached.
            ReadSideStopped: it does not follow any more.
        """
        while True:
            status = read_status(self._county.conninfo)
            if not status.lag:
                return status.head
            if status.state == "stopped":
                raise ReadSideStopped
            watch.progress(0, 0)
            sleep(PAUSE)
