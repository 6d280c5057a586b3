"""What was signed of the log, held against what the log is found to be."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from ledger.audit.codes import Code
from ledger.audit.findings import Finding, finding
from ledger.audit.resuming import State
from ledger.audit.signed import Authority, Kept
from ledger.textual import base64_of


class Promises:
    """The checkpoints of the database and of others, each checked when the walk comes to its size.

    Args:
        authority: whose signatures count.
        outside: checkpoints that others kept.
    """

    def __init__(self, authority: Authority, outside: Sequence[Kept]) -> None:
        self._authority = authority
        self._outside = outside

    def among(self, kept: Sequence[Kept], first: int, last: int) -> list[Kept]:
        """Return checkpoints, and those of others of sizes between two, the smallest first."""
        here = [it for it in self._outside if first <= it.size <= last]
        return sorted([*kept, *here], key=attrgetter("size"))

    def passed(self, state: State) -> bool:
        """Tell whether a walk has come past a checkpoint of others without comparing it."""
        behind = (it for it in self._outside if it.size <= state.growth.size)
        return any(it.digest not in state.compared for it in behind)

    def check(self, kept: Kept, root: bytes, state: State) -> None:
        """Check a checkpoint, and add what is wrong to the findings.

        Args:
            kept: the checkpoint.
            root: of the log at its size, recomputed.
            state: of the walk, with the events up to its size counted.
        """
        state.checkpoints += 1
        if kept.source is not None:
            state.compared.add(kept.digest)
        says = self._authority.read(kept)
        state.findings.add(*self._authority.signatures(kept))
        if isinstance(says, Finding):
            state.findings.add(says)
            return
        if kept.source is None and (kept.size, kept.root) != (says.size, says.root):
            field = "size" if kept.size != says.size else "root"
            state.findings.add(finding(Code.CHECKPOINT_ALTERED, size=kept.size, field=field))
        if says.size != kept.size:
            return
        if says.root != root:
            _contradiction(kept, says.root, root, state)
            return
        state.agreed = kept.size
        if state.comparison.clean:
            streams = state.streams
            if (says.streams, says.streams_root) != (len(streams.counts), streams.root):
                roots = {"signed": base64_of(says.streams_root), "found": base64_of(streams.root)}
                state.within.add(finding(Code.STREAMS_DIFFER, size=kept.size, **roots))


def _contradiction(kept: Kept, signed: bytes, found: bytes, state: State) -> None:
    facts = {
        "size": kept.size,
        "signed": base64_of(signed),
        "found": base64_of(found),
        "first": state.agreed + 1,
        "last": kept.size,
    }
    if kept.source is not None:
        state.findings.add(finding(Code.CONTRADICTED, source=kept.source, **facts))
    elif not state.findings.of(Code.TREE_REWRITTEN):  # all that follow the first differ too
        state.findings.add(finding(Code.TREE_REWRITTEN, **facts))
