"""The ledger itself: whose it is, how far the read side follows it, and the log that proves it."""

from __future__ import annotations

from datetime import datetime

from strawberry import ID

from api.types.declare import many, one, page, reads, sql, worked_out
from api.types.paging import Connection
from api.types.proofs import Checkpoint, ConsistencyProof, InclusionProof, SigningKey, Witness
from api.types.terms import ProjectorState


@reads(
    "(select i.origin, i.county, i.simulated, i.created_at, p.position, p.state, p.error, p.stopped_position,"
    " (select coalesce(max(e.position), 0) from ledger.events e) as head,"
    " (select coalesce(max(n.index) + 1, 0) from ledger.tree_node n where n.level = 0) as size,"
    " (select r.restored_at from ledger.restoration r) as restored_at"
    " from ledger.identity i cross join read.projector p)",
    always=("size",),
)
class Ledger:
    """账本。The ledger: whose it is, how far the read side follows it, and the log that proves it."""

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
    restored_at: datetime | None
    size: ID
    root: str = worked_out()
    alarm: str | None = worked_out()
    checkpoint: Checkpoint | None = one(
        "{t}.size = coalesce({size}, (select max(c.size) from ledger.checkpoint c))",
        given={"size": ("ID", "bigint")},
    )
    checkpoints: Connection[Checkpoint] = page()
    inclusion: InclusionProof | None = one(given={"position": ("ID!", "bigint"), "size": ("ID", "bigint")})
    consistency: ConsistencyProof | None = one(given={"from": ("ID!", "bigint"), "to": ("ID!", "bigint")})
    keys: list[SigningKey] = many()
    witnesses: list[Witness] = many()
