"""The audit of a ledger: all that is stored against all that was promised of it (docs/proofs.md).

Every leaf is recomputed from the stored bytes, the tree from the leaves, and the roots are compared with
what was signed; signatures, keys and guards are checked. It only reads, in one pass and with a memory that
does not grow with the ledger, and says which events differ, and how.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

from psycopg import Connection

from ledger.audit.codes import Code
from ledger.audit.extent import Extent, extent_of
from ledger.audit.fields import Recall, Remembered, changed_fields
from ledger.audit.findings import Finding, Findings, finding
from ledger.audit.growth import BLOCK
from ledger.audit.guards import guards_down, misplaced
from ledger.audit.promises import Promises
from ledger.audit.remembered import unkept
from ledger.audit.resuming import State
from ledger.audit.signed import Authority, Kept, Outside, authority, kept_checkpoints
from ledger.audit.walk import Progress, Walk
from ledger.checkpoints import Checkpoint
from ledger.database import connect_wary
from ledger.errors import NoLog, NoteInvalid
from ledger.notes import VerifierKey
from ledger.signed import log_name

__all__ = ["Audit", "Code", "Finding", "Outside", "Recall", "Remembered", "audit"]

SAVED: Final = 16 * BLOCK
"""Events after which the state is written down."""

SIGNER: Final = "签署者的密钥 the signer's key"


@dataclass(frozen=True)
class Audit:
    """What an audit came to.

    Attributes:
        origin: of the log.
        size: of the log.
        head: the last event's position.
        root: of the log, recomputed.
        checkpoints: how many were checked, those of others among them.
        agreed: the greatest size at which what was signed is what is here; 0 for none.
        findings: all that was found.
    """

    origin: str
    size: int
    head: int
    root: bytes
    checkpoints: int
    agreed: int
    findings: tuple[Finding, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing differs; there may be remarks."""
        return all(it.code.remark for it in self.findings)


def remembers_nothing(_: Sequence[int]) -> Mapping[int, Remembered]:
    """Recall nothing: then all that can be said of a changed event is that its content is not as logged."""
    return {}


def audit(  # noqa: PLR0913 - what may be compared with, and how to go about it
    conninfo: str,
    *,
    outside: Sequence[Outside] = (),
    trusted: Sequence[VerifierKey] = (),
    own: VerifierKey | None = None,
    remembered: Iterable[tuple[int, str]] = (),
    recall: Recall = remembers_nothing,
    progress: Progress = lambda _done, _of: None,
    state_file: Path | None = None,
    resume: bool = False,
) -> Audit:
    """Audit a ledger.

    Args:
        conninfo: of its database; nothing is written there.
        outside: checkpoints that others kept, the signer's own memory among them.
        trusted: public keys known from elsewhere.
        own: the public key of whoever signs here.
        remembered: what they remember that they signed: sizes and the texts' digests.
        recall: who remembers what events said, to tell which field was changed.
        progress: told how many of how many events are verified.
        state_file: where to keep how far it got, every `SAVED` events, until it is done.
        resume: go on from there.

    Raises:
        NotFounded: there is no ledger.
        NoLog: an earlier version made it.
        CannotResume: the state file is of no use.
    """
    with connect_wary(conninfo) as events, connect_wary(conninfo) as log, connect_wary(conninfo) as aside:
        origin = log_name(log)
        if log.execute("select to_regclass('ledger.tree_node')").fetchone() == (None,):
            raise NoLog
        reach = extent_of(log)
        size, head = reach.size, reach.head
        whose = authority(log, origin)
        others = [_kept(it) for it in outside]
        promises = Promises(whose, others)
        state = State.load(state_file, origin) if resume and state_file is not None else State(origin)
        if promises.passed(state):
            state = State(origin)  # what is to be compared now was not known then
        walk = Walk(events, log, size, head, promises, state)
        with _meanwhile(aside, lambda: list(misplaced(aside, size))) as columns:
            _run(walk, size, progress, state_file)
        events_differ = _of_events(walk, size, head, recall)
        findings = Findings(more=events_differ.more + state.findings.more)
        for it in chain(
            events_differ.shown,
            state.findings.shown,
            reach.strays,
            reach.gaps if walk.state.comparison.clean else (),
            _beyond(log, whose, others, reach),
            unkept(log, remembered, size),
            whose.findings([*(("--key", key) for key in trusted), *_of_signer(own)]),
            guards_down(log),
            _aside(columns.result(), clean=walk.state.comparison.clean),
            _remarks(walk, size),
        ):
            findings.add(it)
        return Audit(origin, size, head, walk.root, state.checkpoints, state.agreed, tuple(findings))


@contextmanager
def _meanwhile(conn: Connection[Any], work: Callable[[], list[Finding]]) -> Iterator[Future[list[Finding]]]:
    """Let the database do some work of its own; if nobody waits for it any more, it is cancelled."""
    with ThreadPoolExecutor(1, "zhucun-audit-columns") as hand:
        future = hand.submit(work)
        try:
            yield future
        except BaseException:
            conn.cancel_safe()
            raise


def _run(walk: Walk, size: int, progress: Progress, file: Path | None) -> None:
    progress(walk.state.growth.size, size)
    for reached in walk.run():
        if file is not None and reached % SAVED == 0:
            walk.state.save(file)
        progress(reached, size)
    if file is not None:
        file.unlink(missing_ok=True)


def _of_events(walk: Walk, size: int, head: int, recall: Recall) -> Findings:
    """Return what is wrong with the events; versions and times only where they are as the log has them."""
    comparison = walk.state.comparison
    if comparison.clean:
        return walk.state.within
    found = Findings()
    for it in comparison.findings(head, size, lambda changed: changed_fields(changed, recall)):
        found.add(it)
    found.shown.sort(key=lambda it: int(it.facts["first"]))
    return found


def _beyond(
    conn: Connection[Any], whose: Authority, outside: Sequence[Kept], reach: Extent
) -> Iterator[Finding]:
    """Yield what was signed of a log longer than this one was when the audit began."""
    size = reach.size
    signed = kept_checkpoints(conn, reach.signed, reach.signed) if reach.signed > size else []
    if signed:
        head = min(size, reach.head)
        yield finding(Code.CUT_OFF, first=size + 1, last=reach.signed, head=head, size=reach.signed)
    for kept in [*signed, *(it for it in outside if it.size > size)]:
        yield from whose.signatures(kept)
        says = whose.read(kept)
        if isinstance(says, Finding):
            yield says
        elif kept.source is not None:
            facts = {"source": kept.source, "size": kept.size, "head": size}
            yield finding(Code.OLDER_STATE, **facts, first=size + 1, last=kept.size)


def _remarks(walk: Walk, size: int) -> Iterator[Finding]:
    if walk.waiting:
        first, last = walk.waiting
        yield finding(Code.WAITING, first=first, last=last)
    if size and not walk.state.checkpoints:
        yield finding(Code.NEVER_SIGNED)


def _kept(outside: Outside) -> Kept:
    """Return somebody's checkpoint; where it cannot be read, one of no log, for the report."""
    try:
        checkpoint = Checkpoint.parse(outside.note.text)
    except NoteInvalid:
        return Kept(outside.source, 0, b"", outside.note)
    return Kept(outside.source, checkpoint.size, checkpoint.root, outside.note)


def _of_signer(own: VerifierKey | None) -> list[tuple[str, VerifierKey]]:
    return [] if own is None else [(SIGNER, own)]


def _aside(found: Sequence[Finding], *, clean: bool) -> Iterator[Finding]:
    """Yield what was found beside the log; how many events there are is told by theirs, if they differ."""
    yield from (it for it in found if clean or it.code is not Code.HIDDEN)
