"""The two shapes in which an event leaves and enters the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from eventsourcing.persistence import StoredEvent


@dataclass(frozen=True)
class Record(StoredEvent):
    """An event about to be appended, with the command that caused it."""

    command_id: UUID | None = None


class LedgerRow(NamedTuple):
    """An event as it stands in the ledger, undecoded."""

    position: int
    originator_id: UUID
    originator_version: int
    topic: str
    state: bytes
    recorded_at: datetime
