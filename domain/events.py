"""Every event of both aggregates, as one closed union and by stored name."""

from __future__ import annotations

from typing import get_args

from domain.instructor import InstructorEvent
from domain.root import Event
from domain.village import VillageEvent

AnyEvent = InstructorEvent | VillageEvent
"""Every event there is."""

EVENT_TYPES: dict[str, type[Event]] = {
    event_type.TOPIC: event_type for event_type in (*get_args(InstructorEvent), *get_args(VillageEvent))
}
"""Event classes by stored name."""
