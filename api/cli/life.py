"""A life replayed: an instructor's events from the ledger, on both clocks, each with the state after it."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import cast
from uuid import UUID

from api.cli.console import Failed
from api.county import SHANGHAI, County
from api.life import Moment, moments_of, person_named
from domain.village import Village
from ledger.recorder import Recorder


def replay(county: County, who: str, as_of: date, known_at: datetime | int | None) -> list[Moment]:
    """Return a person's events that had happened by a day and were known at a moment.

    Args:
        county: whose ledger.
        who: id or staff number.
        as_of: the day, included.
        known_at: the moment or the position, included; None for all that is known.

    Raises:
        Failed: nothing is known of the person.
    """
    person = person_named(county.identity.county, who)
    recorder = cast("Recorder", county.programme.recorder)
    known = recorder.position_at(known_at) if isinstance(known_at, datetime) else known_at
    rows = recorder.read_life(person, known)
    if not rows:
        raise Failed(
            f"截至该时刻没有“{who}”的任何记录。请核对干部编号(如 SIM-2020-0001)或人员编号(UUID)。",
            f"Nothing is on record of {who!r} by then. Give a staff number (such as SIM-2020-0001) or an id.",
        )
    return list(moments_of(person, rows, as_of, county.mapper))


def village_names(county: County, moments: list[Moment]) -> dict[UUID, str]:
    """Return the names of the villages in a life."""
    names = {}
    for village in {moment.state.village for moment in moments} - {None}:
        first = next(iter(county.programme.events.get(cast("UUID", village), lte=1)), None)
        if isinstance(first, Village.Nominated):
            names[first.originator_id] = first.name
    return names


def moment_or_position(text: str) -> datetime | int:
    """Read `--known-at`: a position, a moment, or a day, which is meant to its end (Asia/Shanghai).

    Raises:
        ValueError: it is none of these.
    """
    if text.isdecimal():
        return int(text)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return datetime.combine(date.fromisoformat(text), time.max, SHANGHAI)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=SHANGHAI)
