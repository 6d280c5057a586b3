"""Every event of all aggregates, as one closed union and by stored name."""

from __future__ import annotations

from typing import get_args

from domain.correction import CorrectionEvent
from domain.disclosure import DisclosureEvent
from domain.instructor import InstructorEvent
from domain.intake import ImportEvent
from domain.remark import RemarkEvent
from domain.root import Event
from domain.village import VillageEvent

AnyEvent = InstructorEvent | VillageEvent | ImportEvent | CorrectionEvent | RemarkEvent | DisclosureEvent
"""Every event there is."""

EVENT_TYPES: dict[str, type[Event]] = {event_type.TOPIC: event_type for event_type in get_args(AnyEvent)}
"""Event classes by stored name."""
