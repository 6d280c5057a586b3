"""How far somebody may act: which villages and people, on the day that it concerns. Said here alone.

Whether an office may give a command at all is the domain's to say (`offices` of each); here it is asked whose
village or person it is about. What is seen follows rules of its own, in the database.
"""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from api.access.principal import OPERATOR, Office, Principal
from api.access.refusals import NoTokensYet, NotSignedIn, OutOfReach
from domain import commands as c
from domain.decisions import Aggregates
from domain.entry import Actor
from domain.ids import instructor_id
from domain.instructor import Instructor
from domain.refusals import Refused
from domain.restating import restated
from domain.village import Village

EVERYWHERE: Final = frozenset({Office.ORGANISATION_DEPARTMENT, Office.FINANCE_BUREAU, Office.AUDITOR})
"""The offices that act for the county, or remark on it."""


def acting(principal: Principal) -> Actor:
    """Return who enters what somebody asks for.

    Raises:
        Refused: nobody knows who they are.
    """
    actor = principal.actor
    if actor is not None:
        return actor
    if principal == OPERATOR:
        raise NoTokensYet
    raise NotSignedIn


def check(command: c.AnyCommand, day: date, principal: Principal, aggregates: Aggregates) -> None:
    """Refuse a command about a village or a person that is not within somebody's reach.

    Args:
        command: what is asked for.
        day: on which it happened.
        principal: who asks.
        aggregates: as they stand.

    Raises:
        OutOfReach: it is another's; or there is no such village or person, which is not for them to know.
    """
    if principal.office in EVERYWHERE or acting(principal).role not in command.offices:
        return  # the county's, or the domain's to refuse
    if not _reaches(command, day, principal, aggregates):
        raise OutOfReach(command=command.zh, command_en=command.verb(), whose=principal.organisation)


def _reaches(  # noqa: PLR0911 - one line a command, read as a table
    command: c.AnyCommand, day: date, principal: Principal, aggregates: Aggregates
) -> bool:
    match command:
        case c.NominateVillage():
            return _nominates_village(command, principal)
        case c.NominateInstructor():
            return _nominates(command, principal, aggregates)
        case c.VillageCommand():
            return _village(command.village_id, day, principal, aggregates)
        case c.GrantLeave():
            days = command.first_day, command.last_day  # that are in one posting, or in two
            return all(_person(command.instructor_id, it, principal, aggregates) for it in days)
        case c.InstructorCommand():
            return _person(command.instructor_id, day, principal, aggregates)
        case c.RequestCorrection():
            return _corrects(command, principal, aggregates)
        case _:
            return False


def _corrects(command: c.RequestCorrection, principal: Principal, aggregates: Aggregates) -> bool:
    """Tell whether a fact is somebody's to have corrected: as it reads, and as it should read.

    Else a day of one's own would do to reach for any other: whether the correction can be made tells of it.
    """
    event = aggregates.recorded(command.corrected_id, command.corrected_version)
    if not isinstance(event, Village.Event | Instructor.Event):
        return False
    if isinstance(event, Village.Event):
        within = _village(event.originator_id, event.occurred_on, principal, aggregates)
    else:
        within = _person(event.originator_id, event.occurred_on, principal, aggregates)
    if not within:
        return False
    try:
        readings = [restated(event, changes) for changes in ((), command.changes)]
    except Refused:
        return True  # it can be no correction: the domain says why
    return all(_reaches(it.command, it.occurred_on, principal, aggregates) for it in readings)


def _nominates_village(command: c.NominateVillage, principal: Principal) -> bool:
    """Tell whether a village is a township's own: its code begins with the township's."""
    township = principal.township
    return bool(township) and command.township_code == township and command.code.startswith(str(township))


def _nominates(command: c.NominateInstructor, principal: Principal, aggregates: Aggregates) -> bool:
    """Tell whether somebody may be nominated: by a unit, its own people and nobody else's before.

    By a township, as people of the unit that sent them before. That they are another unit's from now on the
    department says: it is that unit which will see them.
    """
    person = aggregates.instructor(instructor_id(aggregates.county, command.staff_number))
    if principal.office is Office.SENDING_UNIT:
        own = principal.sending_unit
        return command.sending_unit == own and person.sending_unit in {"", own}
    return principal.office is Office.TOWNSHIP and person.sending_unit in {"", command.sending_unit}


def _village(village: UUID, day: date, principal: Principal, aggregates: Aggregates) -> bool:
    match principal.office:
        case Office.TOWNSHIP:
            return _is_in(village, principal, aggregates)
        case Office.INSTRUCTOR:
            person = aggregates.instructor(_self(principal, aggregates))
            return any(it.village_id == village and it.covers(day) for it in person.postings)
        case _:
            return False


def _person(person: UUID, day: date, principal: Principal, aggregates: Aggregates) -> bool:
    match principal.office:
        case Office.TOWNSHIP:
            postings = [it for it in aggregates.instructor(person).postings if it.covers(day)]
            return any(_is_in(it.village_id, principal, aggregates) for it in postings)
        case Office.SENDING_UNIT:
            unit = aggregates.instructor(person).sending_unit
            return bool(unit) and unit == principal.sending_unit
        case Office.INSTRUCTOR:
            return person == _self(principal, aggregates)
        case _:
            return False


def _is_in(village: UUID, principal: Principal, aggregates: Aggregates) -> bool:
    code = aggregates.village(village).township_code
    return bool(code) and code == principal.township


def _self(principal: Principal, aggregates: Aggregates) -> UUID:
    return instructor_id(aggregates.county, principal.staff_number or "")
