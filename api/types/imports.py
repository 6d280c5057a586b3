"""Files that were taken in."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from strawberry import ID

from api.types.declare import one, reads
from api.types.evidence import ITSELF

if TYPE_CHECKING:
    from api.types.events import AuditEvent


@reads("read.import_at({as_of}, {known})", order=("position",))
class Import:
    """导入。A file that was taken in, and how its rows came out."""

    position: ID
    day: date
    recorded_at: datetime
    paper: str
    file_name: str
    file_sha256: str
    file_size: int
    rows_recorded: int
    rows_already: int
    rows_passed: int
    rows_refused: int
    event_count: int
    event: AuditEvent = one(ITSELF)
