"""What counts: the log, and the facts in it that count on a day, as known at a position."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any, Generic, TypeVar, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.correction import Correction
from domain.instructor import Instructor
from domain.root import Event
from domain.village import Village
from tests.oracle.tree import Tree

SHANGHAI = ZoneInfo("Asia/Shanghai")
LATE_ENTRY_DAYS = 7

T = TypeVar("T")
E = TypeVar("E", bound=Event)
E_co = TypeVar("E_co", bound=Event, covariant=True)


@dataclass(frozen=True)
class Record(Generic[E_co]):
    """An event in the log."""

    position: int
    recorded_at: datetime
    event: E_co

    @cached_property
    def day(self) -> date:
        return self.event.occurred_on

    @property
    def recorded_on(self) -> date:
        return self.recorded_at.astimezone(SHANGHAI).date()

    @property
    def days_late(self) -> int:
        return (self.recorded_on - self.day).days

    @property
    def late(self) -> bool:
        return self.days_late > LATE_ENTRY_DAYS

    @cached_property
    def person(self) -> UUID | None:
        """The person that the event is about."""
        if isinstance(self.event, Village.InstructorPosted | Village.InstructorWithdrawn):
            return self.event.instructor_id
        if isinstance(self.event, Correction.Event):
            return self.event.corrected_id if self.event.corrected_topic.startswith("Instructor.") else None
        return self.event.originator_id if isinstance(self.event, Instructor.Event) else None

    @cached_property
    def village(self) -> UUID | None:
        """The village that the event is about."""
        if isinstance(self.event, Village.Event):
            return self.event.originator_id
        if isinstance(self.event, Correction.Event):
            return self.event.corrected_id if self.person is None else None
        return getattr(self.event, "village_id", None)

    @cached_property
    def voids(self) -> tuple[UUID, int] | None:
        """The event that this one voids, by its aggregate and version."""
        if isinstance(self.event, Instructor.Voided | Village.Voided):
            return self.event.originator_id, self.event.voided_version
        return None


class Log:
    """Every event, in the order of its record."""

    in_part = False
    """Whether it is the log as somebody sees it who sees a part of the people in some village."""
    masked: tuple[str, ...] = ()
    """What of a form is masked for whoever sees the log so."""

    def __init__(
        self, events: Sequence[Event], clocks: Sequence[datetime], today: date, tree: Tree | None = None
    ) -> None:
        self.records = [
            Record(position, at, event)
            for position, (event, at) in enumerate(zip(events, clocks, strict=True), start=1)
        ]
        self.today = today
        self.tree = tree
        self.voiding = {record.voids: record for record in self.records if record.voids is not None}
        self.forgotten = {
            it.event.originator_id: it.position
            for it in self.records
            if isinstance(it.event, Instructor.Forgotten)
        }
        """Where people were forgotten last: what their forms said before is gone, at every moment."""
        self._worlds: dict[tuple[date, int], World] = {}

    def at(self, as_of: date, known: int) -> World:
        """Return the world as it stood at the end of a day, and was known at a position."""
        if (as_of, known) not in self._worlds:
            self._worlds[as_of, known] = World(self, as_of, known)
        return self._worlds[as_of, known]

    def known_at(self, moment: datetime) -> int:
        """Return the last position recorded by a moment."""
        return sum(record.recorded_at <= moment for record in self.records)

    def day_of(self, moment: datetime) -> date:
        """Return the day of a moment, which is never later than today."""
        return min(moment.astimezone(SHANGHAI).date(), self.today)

    def horizon(self, known: int) -> date:
        """Return the last day that can be spoken of at a position: before more became known, or today."""
        if known >= len(self.records):
            return self.today
        return self.day_of(self.records[known].recorded_at - timedelta(microseconds=1))

    def voided_by(self, record: Record[Event], known: int) -> Record[Event] | None:
        """Return what voids a record, if it was known at a position."""
        voiding = self.voiding.get((record.event.originator_id, record.event.originator_version))
        return voiding if voiding is not None and voiding.position <= known else None

    def counts(self, record: Record[Event], as_of: date, known: int) -> bool:
        """Tell whether a record counts: it happened, was recorded, and was not voided by then."""
        return (
            record.day <= as_of
            and record.position <= known
            and record.voids is None
            and self.voided_by(record, known) is None
        )


class World:
    """The facts that count on a day, as known at a position, in the order of the log."""

    def __init__(self, log: Log, as_of: date, known: int) -> None:
        self.log = log
        self.as_of = as_of
        self.known = known
        self._made: dict[object, Any] = {}

    def once(self, name: object, make: Callable[[], T]) -> T:
        """Return what was made under a name, which is made only once."""
        if name not in self._made:
            self._made[name] = make()
        made: T = self._made[name]
        return made

    @cached_property
    def facts(self) -> list[Record[Event]]:
        return [it for it in self.log.records[: self.known] if self.log.counts(it, self.as_of, self.known)]

    @cached_property
    def _by_kind(self) -> dict[type[Event], list[Record[Event]]]:
        found: dict[type[Event], list[Record[Event]]] = {}
        for fact in self.facts:
            found.setdefault(type(fact.event), []).append(fact)
        return found

    def all(
        self, kind: type[E], *, person: UUID | None = None, village: UUID | None = None
    ) -> list[Record[E]]:
        """Return the facts of a kind, perhaps of one person or village only."""
        return [
            fact
            for fact in cast("list[Record[E]]", self._by_kind.get(kind, []))
            if person in {None, fact.person} and village in {None, fact.village}
        ]

    def history(self, aggregate: UUID) -> list[Record[Event]]:
        """Return every event of an aggregate, those that are void and those that void them too."""
        return [
            it
            for it in self.log.records[: self.known]
            if it.event.originator_id == aggregate and it.day <= self.as_of
        ]


def days(first: date, last: date) -> list[date]:
    """Return the days from the first to the last, both included."""
    return [first + timedelta(n) for n in range((last - first).days + 1)]


def months_later(day: date, months: int) -> date:
    """Return the same day of a later month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def years_end(since: date, years: int) -> date:
    """Return the last day of whole years that begin on a day; 28 February where there is no 29th."""
    same = months_later(since, 12 * years)
    return same if same.day < since.day else same - timedelta(1)


def month_of(day: date) -> str:
    return f"{day:%Y-%m}"


def months(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Yield the first and the last day of each calendar month that days lie in."""
    begin = first.replace(day=1)
    while begin <= last:
        following = months_later(begin, 1)
        yield begin, following - timedelta(1)
        begin = following


def share(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """Return a share, to 4 decimals, half away from zero; of nothing there is none."""
    return rounded(Decimal(part) / Decimal(whole)) if whole else None


def rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.0001"), ROUND_HALF_UP)
