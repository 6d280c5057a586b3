"""What each office sees: the log with everything hidden that is not theirs to see (docs/access.md).

Everything else of the oracle then answers from what is left, as if there were nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from typing import Any, Final
from uuid import UUID

from domain.correction import Correction
from domain.disclosure import Disclosure
from domain.instructor import Instructor
from domain.intake import Import
from domain.remark import Remark
from domain.root import Event
from domain.terms import Role
from domain.village import Village
from tests.oracle import people, places, work
from tests.oracle.clocks import Log, Record, World

PROCEDURE: Final = (Instructor.Nominated, Instructor.Approved, Instructor.Rejected)
OF_THE_REGISTER: Final = (
    Village.Nominated,
    Village.Approved,
    Village.Declined,
    Village.HouseholdsRegistered,
    Village.HouseholdRemoved,
)

Sees = Callable[[Record[Any]], bool]


class Hidden(Record[Event]):
    """An event that somebody does not see: it has a place in the log, and never happened."""

    day = date.max
    person = None
    village = None


class Seen(Log):
    """The log as somebody sees it.

    Attributes:
        in_part: whether others may have served in the villages that they see.
        masked: what of a form they are not shown.
    """

    def __init__(self, log: Log, sees: Sees, *, in_part: bool, masked: tuple[str, ...]) -> None:
        self.records = [
            it if sees(it) else Hidden(it.position, it.recorded_at, it.event) for it in log.records
        ]
        self.today, self.tree, self.voiding = log.today, log.tree, log.voiding
        self.forgotten = log.forgotten
        self._worlds: dict[tuple[date, int], World] = {}
        self.in_part = in_part
        self.masked = masked


def of_township(world: World, code: str, organisation: str) -> Seen:
    """Return the log as a township sees it: its villages, and people for the time they served there."""
    villages = {it.id for it in places.villages(world) if it.township_code == code}
    served = [it for it in work.postings(world) if it.where in villages]
    who = {it.who for it in served}
    steps = {
        step.position
        for person in people.people(world)
        for step in _steps(world, person, served, organisation)
    }

    def there(it: Record[Any]) -> bool:
        return it.position in steps or (it.village in villages and (it.person is None or it.person in who))

    return Seen(world.log, partial(_with_changes, world.log, there), in_part=False, masked=("born",))


def of_unit(world: World, name: str) -> Seen:
    """Return the log as a sending unit sees it: its people."""
    return _of_people(
        world, {it.id for it in people.people(world) if it.sending_unit == name}, masked=("born",)
    )


def of_instructor(world: World, staff_number: str) -> Seen:
    """Return the log as an instructor sees it: themselves."""
    named = world.all(Instructor.Nominated)
    return _of_people(
        world, {it.event.originator_id for it in named if it.event.staff_number == staff_number}, masked=()
    )


def _of_people(world: World, who: set[UUID], *, masked: tuple[str, ...]) -> Seen:
    """Return the log as those see it who see people: and of their villages the choice and the register."""
    villages = {it.where for it in work.postings(world) if it.who in who}

    def sees(it: Record[Any]) -> bool:
        if it.person is not None:
            return it.person in who
        return it.village in villages and isinstance(it.event, OF_THE_REGISTER)

    return Seen(world.log, sees, in_part=True, masked=masked)


def _steps(
    world: World, person: people.Person, served: list[work.Posting], organisation: str
) -> Iterable[Record[Any]]:
    """Yield the steps of how a person was chosen for a posting there, or was nominated from there."""
    named = person.all(Instructor.Nominated)
    for it, upto in zip(
        named, [*(later.position for later in named[1:]), len(world.log.records) + 1], strict=True
    ):
        actor = it.event.actor
        theirs = actor.role == Role.TOWNSHIP and actor.organisation == organisation
        if theirs or any(p.who == person.id and it.position < p.position < upto for p in served):
            yield from (
                step
                for step in world.log.records[it.position - 1 : upto - 1]
                if isinstance(step.event, PROCEDURE) and step.event.originator_id == person.id
            )


def _with_changes(log: Log, sees: Sees, it: Record[Any]) -> bool:
    """Tell whether a record is seen: a voiding and a correction with what they are about."""
    event = it.event
    if isinstance(event, Import.Taken | Remark.Event | Disclosure.Event):
        return False
    if isinstance(event, Instructor.Voided):
        return _any(log, sees, event.originator_id, event.voided_version)
    if isinstance(event, Correction.Event) and it.person is not None:
        return _any(log, sees, event.corrected_id, event.corrected_version)
    return sees(it)


def _any(log: Log, sees: Sees, aggregate: UUID, version: int) -> bool:
    return any(
        sees(it)
        for it in log.records
        if it.event.originator_id == aggregate and it.event.originator_version == version
    )
