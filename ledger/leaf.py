"""A leaf of the log: an event's stored fields as bytes, each preceded by its length (docs/proofs.md)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import Final

from ledger.records import LedgerRow

COLUMNS: Final = "position, originator_id, originator_version, topic, recorded_at, state"
"""The columns of `ledger.events` in the order of a leaf: as a binary COPY they are sent as its very bytes."""

EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_HEAD: Final = Struct(">HIqI16sIqI")
_TAIL: Final = Struct(">IqI")


def leaf_data(row: LedgerRow) -> bytes:
    """Return the bytes of an event's leaf."""
    topic = row.topic.encode()
    head = _HEAD.pack(6, 8, row.position, 16, row.originator_id.bytes, 8, row.originator_version, len(topic))
    return head + topic + _TAIL.pack(8, microseconds(row.recorded_at), len(row.state)) + row.state


def microseconds(moment: datetime) -> int:
    """Return the microseconds since 2000 began, in UTC."""
    return (moment - EPOCH) // _MICROSECOND
