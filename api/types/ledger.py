"""The ledger itself: whose it is, how long it is, and how far the read side follows it."""

from __future__ import annotations

from datetime import datetime

from strawberry import ID

from api.types.declare import reads, sql
from api.types.terms import ProjectorState


@reads(
    "(select i.origin, i.county, i.simulated, i.created_at, p.position, p.state, p.error, p.stopped_position,"
    " (select coalesce(max(e.position), 0) from ledger.events e) as head"
    " from ledger.identity i cross join read.projector p)"
)
class Ledger:
    """账本。The ledger: whose it is, how long it is, and how far the read side follows it."""

    origin: str
    county: str
    simulated: bool
    created_at: datetime
    head: ID
    position: ID
    lag: int = sql("{t}.head - {t}.position")
    state: ProjectorState
    error: str | None
    stopped_position: ID | None
