"""Changes on paper: what came, became known or was voided between two moments, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import orjson
from rich.markup import escape
from rich.table import Table

from api.cli.asking import Ask
from api.cli.console import Failed
from api.county import SHANGHAI
from api.types.terms import ChangeKind
from api.wording import title_of
from domain.events import EVENT_TYPES
from projections.schema import LATE_ENTRY_DAYS

PAGE: Final = 500
"""Changes that are read, and shown, at a time."""

Change = dict[str, Any]
"""A change as the API answers it."""

_TITLES: Final = {topic.replace(".", ""): title_of(kind) for topic, kind in EVENT_TYPES.items()}
_STYLES: Final = {
    ChangeKind.ADDED: "green",
    ChangeKind.BECAME_KNOWN: "yellow",
    ChangeKind.VOIDED: "red",
    ChangeKind.ADDED_AND_VOIDED: "red",
}
_MOMENT: Final = """
query ($asOf: Date, $knownAt: DateTime, $position: ID) {
  programme(asOf: $asOf, knownAt: $knownAt, knownAtPosition: $position) { asOf position }
}
"""
_WHOSE: Final = """
query ($asOf: Date, $position: ID, $id: %(type)s) {
  programme(asOf: $asOf, knownAtPosition: $position) {
    instructor(%(person)s: $id) { id }
    village(%(village)s: $id) { id }
  }
}
"""
_CHANGES: Final = """
query (
  $asOf: Date, $position: ID, $since: Date, $sinceKnownAt: DateTime, $sincePosition: ID,
  $after: String, $size: Int %(id)s
) {
  programme(asOf: $asOf, knownAtPosition: $position) { %(whose)s {
    changes(
      since: $since, sinceKnownAt: $sinceKnownAt, sinceKnownAtPosition: $sincePosition,
      first: $size, after: $after
    ) {
      pageInfo { hasNextPage endCursor }
      nodes {
        kind movedAt movedOn position daysLate
        event { aggregateId version type occurredOn recordedAt basis actor { id role organisation } }
        voidedBy {
          basis actor { id role organisation }
          ... on InstructorVoided { reason }
          ... on VillageVoided { reason }
        }
        instructor { id staffNumber name }
        village { id code name }
      }
    }
  } }
}
"""


@dataclass(frozen=True)
class Moments:
    """Two moments; what is not said is None.

    Attributes:
        since: the earlier day.
        since_known: the earlier moment or position of knowledge.
        as_of: the later day; today, unless said.
        known: the later moment or position of knowledge; now, unless said.
    """

    since: date | None
    since_known: datetime | int | None
    as_of: date | None
    known: datetime | int | None


def changes_of(ask: Ask, whose: str | None, moments: Moments, size: int = PAGE) -> Iterator[list[Change]]:
    """Yield the changes between two moments, page by page.

    All pages are answered for one moment, whatever is recorded meanwhile.

    Args:
        ask: asks the county.
        whose: staff number, village code or id; None for the whole programme.
        moments: between which.
        size: of a page.

    Raises:
        Failed: there is no such person or village.
        Problem: the moments make no sense.
    """
    until = ask(_MOMENT, asOf=_day(moments.as_of), **_known(moments.known, "knownAt", "position"))[
        "programme"
    ]
    way, variables = ("", {}) if whose is None else _way(ask, whose, until)
    query = _CHANGES % {"id": ", $id: UUID" if whose else "", "whose": way or "... on Programme"}
    variables |= until | _known(moments.since_known, "sinceKnownAt", "sincePosition")
    variables |= {"since": _day(moments.since), "size": size, "after": None}
    more = True
    while more:
        answer = ask(query, **variables)["programme"]
        page = (answer["whose"] if whose else answer)["changes"]
        if page["nodes"]:
            yield page["nodes"]
        variables["after"], more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]


def json_lines(changes: Iterable[Change]) -> Iterator[str]:
    """Yield each change as a JSON object, as the API answers it."""
    for change in changes:
        yield orjson.dumps(change).decode()


def table_of(changes: Iterable[Change], *, header: bool) -> Table:
    """Return some changes as a table; the tables of several pages stand in line.

    Args:
        changes: to show.
        header: whether the columns have headings: above the first page.
    """
    table = Table(box=None, pad_edge=False, header_style="bold", show_header=header)
    for title, width in (
        ("位置 Position", 14),
        ("变动 Change", 11),
        ("发生 Occurred", 13),
        ("记录 Recorded", 16),
        ("事件 Event", 18),
        ("何人何村 About", 24),
    ):
        table.add_column(title, width=width, overflow="fold")
    for title in ("经办 Actor", "依据与说明 Cause"):
        table.add_column(title, ratio=1, overflow="fold")
    for change in changes:
        table.add_row(*_line(change))
    return table


def _line(change: Change) -> tuple[str, ...]:
    event, voiding = change["event"], change["voidedBy"]
    kind = ChangeKind[change["kind"]]
    recorded = datetime.fromisoformat(change["movedOn"]).astimezone(SHANGHAI)
    about = (whose["name"] for whose in (change["instructor"], change["village"]) if whose)
    return (
        change["movedAt"],
        f"[{_STYLES[kind]}]{kind.zh}[/]",
        event["occurredOn"],
        f"{recorded:%Y-%m-%d %H:%M}",
        _TITLES[event["type"]],
        escape("·".join(about)),
        escape((voiding or event)["actor"]["organisation"]),
        "·".join(_causes(change)),
    )


def _causes(change: Change) -> Iterator[str]:
    event, voiding, days = change["event"], change["voidedBy"], change["daysLate"]
    if voiding is not None:
        yield f"作废 voided: {escape(voiding['reason'])}"
    if basis := (voiding or event)["basis"]:
        yield escape(basis)
    if days > 0:
        late = f"补录{days}天 entered {days} {'day' if days == 1 else 'days'} late"
        yield f"[yellow]{late}[/]" if days > LATE_ENTRY_DAYS else late


def _way(ask: Ask, whose: str, until: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the way to a person or village, as known by then, and its variables."""
    try:
        words = {"type": "UUID", "person": "id", "village": "id"}
        asked = str(UUID(whose))
    except ValueError:
        words = {"type": "String", "person": "staffNumber", "village": "code"}
        asked = whose
    found = ask(_WHOSE % words, id=asked, **until)["programme"]
    for kind in ("instructor", "village"):
        if found[kind] is not None:
            return f"whose: {kind}(id: $id)", {"id": found[kind]["id"]}
    raise Failed(
        f"截至该时刻没有“{whose}”的任何记录。请核对干部编号(如 SIM-2020-0001)、村代码或编号(UUID)。",
        f"Nothing is on record of {whose!r} by then. Give a staff number (such as SIM-2020-0001), a "
        "village's code or an id.",
    )


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _known(known: datetime | int | None, at: str, position: str) -> dict[str, str | None]:
    """Return the variables that say a moment or a position of knowledge."""
    if isinstance(known, datetime):
        return {at: known.isoformat(), position: None}
    return {at: None, position: None if known is None else str(known)}
