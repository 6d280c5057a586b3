"""Which keys of personal data a ledger has, and whether they can be used here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from psycopg import Connection

from ledger.errors import KeysUnusable
from ledger.personal import IDENTITY, masters_of
from ledger.rotation import LEFT_OVER

_MADE: Final = "select to_regclass('personal.key') is not null"
_MASTER: Final = "select id, since from personal.master"
_KEYS: Final = """
select count(*) filter (where wrapped is not null), count(*) filter (where wrapped is null),
    array_agg(distinct master) filter (where wrapped is not null)
from personal.key
"""


class KeyState(StrEnum):
    """Whether personal data can be read and recorded."""

    NONE = "none"
    READY = "ready"
    UNUSABLE = "unusable"


@dataclass(frozen=True)
class Holding:
    """The keys of personal data.

    Attributes:
        state: NONE before the first form is recorded.
        master: id of the master key, None before there is one.
        since: when it came to wrap.
        keys: number of persons' keys in use.
        destroyed: number of those that were destroyed.
        trouble: why the master key cannot be used.
    """

    state: KeyState
    master: str | None
    since: datetime | None
    keys: int
    destroyed: int
    trouble: KeysUnusable | None

    @property
    def plain(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "state": str(self.state),
            "master": self.master,
            "since": None if self.since is None else self.since.isoformat(),
            "keys": self.keys,
            "destroyed": self.destroyed,
            "trouble": None if self.trouble is None else str(self.trouble),
        }


def holding(conn: Connection[Any], root: Path) -> Holding:
    """Return how the keys of a ledger stand.

    Args:
        conn: to its database.
        root: folder of the keys of all logs.

    Raises:
        NotFounded: there is no ledger.
    """
    masters = masters_of(root, conn.execute(IDENTITY).fetchall())
    if conn.execute(_MADE).fetchone() == (False,):  # an earlier version made the tables
        return Holding(KeyState.NONE, None, None, 0, 0, None)
    named = conn.execute(_MASTER).fetchone()
    ((keys, destroyed, wrapped_by),) = conn.execute(_KEYS).fetchall()
    master, since = named or (None, None)
    trouble = None
    for name in sorted({*(wrapped_by or ()), *([master] if master else [])}):
        try:
            masters.get(name)
        except KeysUnusable as error:
            trouble = error
    state = KeyState.UNUSABLE if trouble else KeyState.READY if master else KeyState.NONE
    return Holding(state, master, since, keys, destroyed, trouble)


def left_over(conn: Connection[Any]) -> int:
    """Return how many keys are there although the log says that they were destroyed.

    It looks through the lives of all who were forgotten.
    """
    return len(conn.execute(LEFT_OVER).fetchall())
