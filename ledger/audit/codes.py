"""The kinds of what an audit finds."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Code(StrEnum):
    """Kinds of findings."""

    CHANGED = "CHANGED"
    REMOVED = "REMOVED"
    INSERTED = "INSERTED"
    REORDERED = "REORDERED"
    RENUMBERED = "RENUMBERED"
    CUT_OFF = "CUT_OFF"
    VERSIONS = "VERSIONS"
    CLOCK = "CLOCK"
    COLUMN_DIFFERS = "COLUMN_DIFFERS"
    TREE_NODE = "TREE_NODE"
    TREE_REWRITTEN = "TREE_REWRITTEN"
    STREAMS_DIFFER = "STREAMS_DIFFER"
    OLDER_STATE = "OLDER_STATE"
    CONTRADICTED = "CONTRADICTED"
    CHECKPOINT_ALTERED = "CHECKPOINT_ALTERED"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    UNSIGNED = "UNSIGNED"
    UNREADABLE_CHECKPOINT = "UNREADABLE_CHECKPOINT"
    KEY_REPLACED = "KEY_REPLACED"
    KEY_UNVOUCHED = "KEY_UNVOUCHED"
    KEY_HISTORY = "KEY_HISTORY"
    GUARD_DOWN = "GUARD_DOWN"
    READ_TABLE = "READ_TABLE"
    READ_ROLLUP = "READ_ROLLUP"
    READ_DEFINITION = "READ_DEFINITION"
    READ_BEYOND = "READ_BEYOND"
    READ_STOPPED = "READ_STOPPED"
    READ_OUTDATED = "READ_OUTDATED"
    MORE = "MORE"
    KEY_LOST = "KEY_LOST"
    NEVER_SIGNED = "NEVER_SIGNED"
    WAITING = "WAITING"

    @property
    def remark(self) -> bool:
        """Whether it is worth knowing, and nothing is wrong."""
        return self in _REMARKS


_REMARKS: Final = frozenset({Code.KEY_LOST, Code.NEVER_SIGNED, Code.WAITING})
