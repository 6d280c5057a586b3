"""Whether a commit that was in flight was recorded: the ledger knows, whatever became of the server."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from time import monotonic, sleep
from typing import Final, cast

from api.jobs.job import Job, JobState
from api.jobs.troubles import NOT_RECORDED
from api.papers.labels import label
from api.papers.registry import PAPERS
from domain.entry import Actor
from domain.ids import import_id
from domain.intake import Import
from domain.programme import Programme
from ledger.database import connect
from ledger.recorder import Recorder

PATIENCE: Final = 30.0
"""Seconds to wait for appends under way; a server that is gone leaves none that lasts longer."""
PAUSE: Final = 0.05

# Whoever appends holds this lock until the commit, and a killed server's session may still do so.
_APPENDING: Final = """
select array_agg(virtualtransaction) from pg_locks
where relation = 'ledger.identity'::regclass and mode = 'ExclusiveLock'
"""


def settled(job: Job, programme: Programme, conninfo: str) -> Job:
    """Return a job whose commit was in flight as what the ledger says: recorded, or still to be confirmed.

    All of a job is one append, so the record of one of its files, by this actor and after the commit
    began, stands for all.
    """
    if job.after is not None:
        personal, salt = PAPERS[job.paper].personal, job.salted_with
        digests = {label(job.paper, it.name, it.sha256, salt, personal=personal).sha256 for it in job.files}
        taken = taken_since(job.after, programme, conninfo, job.paper, digests, job.actor)
        if taken:
            return replace(
                job,
                state=JobState.COMMITTED,
                position=max(position for position, _ in taken),
                events=sum(event.events for _, event in taken),
                problem=None,
            )
    return replace(job, state=JobState.PLANNED, after=None, problem=NOT_RECORDED)


def taken_since(  # noqa: PLR0913, PLR0917 - what makes an import's own record
    after: int,
    programme: Programme,
    conninfo: str,
    paper: str,
    digests: Collection[str],
    actor: Actor,
) -> list[tuple[int, Import.Taken]]:
    """Return the records of an import that were made after a position, each with its own.

    Appends under way are waited for: one of them may be this import's.

    Args:
        after: the log's last position before it was to be recorded.
        programme: which took it in.
        conninfo: of its database.
        paper: which kind.
        digests: of its files, as the record has them.
        actor: who brought them.
    """
    _wait_for_appends(conninfo)
    recorder, found = cast("Recorder", programme.recorder), []
    for digest in digests:
        file = import_id(programme.county, digest)
        events = cast("Iterator[Import.Taken]", programme.events.get(file))
        for row, event in zip(recorder.read_life(file), events, strict=False):
            if row.position > after and (event.actor, event.paper) == (actor, paper):
                found.append((row.position, event))
    return found


def _wait_for_appends(conninfo: str) -> None:
    """Wait until whoever appends now is done."""
    until = monotonic() + PATIENCE
    with connect(conninfo) as conn:
        ((first,),) = conn.execute(_APPENDING).fetchall()
        waiting = set(first or ())
        while waiting and monotonic() < until:
            sleep(PAUSE)
            ((now,),) = conn.execute(_APPENDING).fetchall()
            waiting &= set(now or ())
