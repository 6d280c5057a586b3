"""Which field of an event was changed, found out with the help of whoever remembers what it said."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from ledger.audit.codes import Code
from ledger.audit.findings import Finding, finding
from ledger.audit.spans import spans_of
from ledger.audit.stored import PREFIX, ledger_row
from ledger.leaf import leaf_data
from ledger.records import LedgerRow

_NAMES = ("aggregate", "version", "topic", "time")


class Remembered(NamedTuple):
    """What somebody else knows of an event, for example the read side. It may be wrong itself."""

    aggregate: UUID
    version: int
    topic: str
    recorded_at: datetime


Recall = Callable[[Sequence[int]], Mapping[int, Remembered]]
"""Tells what is remembered of the events at these positions."""


def changed_fields(changed: Mapping[int, tuple[bytes, bytes]], recall: Recall) -> Iterator[Finding]:
    """Yield which field of each event was changed.

    With what is remembered in its place, an event has the hash that the log has, or else its content was
    changed too: that, nobody else knows to the byte.

    Args:
        changed: the row at a position, and what the log has for it.
        recall: who remembers.
    """
    remembered = recall(list(changed))
    content = []
    for position, (row, leaf) in changed.items():
        stored = ledger_row(row)
        known = remembered.get(position, Remembered(*_fields(stored)))
        before = LedgerRow(position, *known[:3], stored.state, known.recorded_at)
        differing = [
            (name, was, now)
            for name, was, now in zip(_NAMES, known, _fields(stored), strict=True)
            if was != now
        ]
        as_it_was = sha256(PREFIX + leaf_data(before)).digest() == leaf
        if not as_it_was:
            content.append(position)
        for name, was, now in differing:
            yield finding(
                Code.CHANGED, first=position, last=position, field=name, was=_text(was), now=_text(now)
            )
    for first, last in spans_of(content):
        yield finding(Code.CHANGED, first=first, last=last, field="content")


def _fields(row: LedgerRow) -> tuple[UUID, int, str, datetime]:
    return row.originator_id, row.originator_version, row.topic, row.recorded_at


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
