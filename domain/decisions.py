"""From a command to the aggregates that decide it. Rules that cross both aggregates stand here."""

from __future__ import annotations

from typing import Protocol, assert_never
from uuid import UUID

from domain import commands as c
from domain.checks import dated, storable
from domain.entry import Entry
from domain.ids import import_id, instructor_id, village_id
from domain.instructor import Instructor
from domain.intake import Import
from domain.refusals import NotYourOffice
from domain.terms import Departure
from domain.village import Village


class Aggregates(Protocol):
    """The aggregates that a command may ask, blank where nothing is known yet."""

    county: str

    def village(self, aggregate_id: UUID) -> Village:
        """Return the village."""
        ...

    def instructor(self, aggregate_id: UUID) -> Instructor:
        """Return the instructor."""
        ...

    def intake(self, aggregate_id: UUID) -> Import:
        """Return the file that is taken in."""
        ...


def decide(command: c.AnyCommand, entry: Entry, aggregates: Aggregates) -> None:
    """Let the aggregates decide `command`; what happened waits in them as pending events.

    Raises:
        Refused: a rule turns it down.
    """
    if entry.actor.role not in command.offices:
        offices = sorted(command.offices)
        raise NotYourOffice(
            role=entry.actor.role.zh,
            role_en=entry.actor.role,
            command=command.zh,
            command_en=command.verb(),
            offices="、".join(office.zh for office in offices),
            offices_en=", ".join(offices),
        )
    dated(entry)
    storable(command, entry)
    match command:
        case c.NominateVillage():
            village = aggregates.village(village_id(aggregates.county, command.code))
            village.nominate(command, entry)
        case c.NominateInstructor():
            person = aggregates.instructor(instructor_id(aggregates.county, command.staff_number))
            person.nominate(command, entry)
        case c.VillageCommand():
            _decide_village(command, entry, aggregates.village(command.village_id))
        case c.InstructorCommand():
            _decide_instructor(command, entry, aggregates.instructor(command.instructor_id), aggregates)
        case c.TakeImport():
            aggregates.intake(import_id(aggregates.county, command.file_sha256)).take(command, entry)
        case _:
            assert_never(command)


def _decide_village(command: c.AnyVillageCommand, entry: Entry, village: Village) -> None:
    match command:
        case c.ApproveVillage():
            village.approve(command, entry)
        case c.DeclineVillage():
            village.decline(command, entry)
        case c.RegisterHouseholds():
            village.register_households(command, entry)
        case c.RemoveHousehold():
            village.remove_household(command, entry)
        case c.AssessGoals():
            village.assess_goals(command, entry)
        case c.PayAward():
            village.pay_award(command, entry)
        case c.VoidVillageEvent():
            village.void(command, entry)
        case _:
            assert_never(command)


def _decide_instructor(  # noqa: C901, PLR0912, PLR0915 - one line a command, read as a table
    command: c.AnyInstructorCommand, entry: Entry, person: Instructor, aggregates: Aggregates
) -> None:
    match command:
        case c.ApproveInstructor():
            person.approve(command, entry)
        case c.RejectInstructor():
            person.reject(command, entry)
        case c.Appoint():
            batch_year = person.ready_to_serve(entry)
            posting = aggregates.village(command.village_id).post(person.id, batch_year, entry)
            person.appoint(posting, entry)
        case c.TransferPartyRelation():
            person.transfer_party_relation(command, entry)
        case c.CheckIn():
            person.check_in(command, entry)
        case c.GrantLeave():
            person.grant_leave(command, entry)
        case c.VisitHousehold():
            village = aggregates.village(person.posted_village(entry.occurred_on))
            category = village.household_on(command.household, entry.occurred_on)
            person.visit_household(command, category, entry)
        case c.RecordDuty():
            person.record_duty(command, entry)
        case c.StartProject():
            person.start_project(command, entry)
        case c.CompleteProject():
            person.complete_project(command, entry)
        case c.Inspect():
            person.inspect(command, entry)
        case c.Appraise():
            person.appraise(command, entry)
        case c.Commend():
            person.commend(command, entry)
        case c.PaySubsidy():
            person.pay_subsidy(command, entry)
        case c.PromoteButRetain():
            person.promote_but_retain(command, entry)
        case c.Recall():
            person.recall(command, entry)
            village = aggregates.village(person.postings[-1].village_id)
            village.withdraw(person.id, Departure.RECALLED, entry)
        case c.OpenAccountability():
            person.open_accountability(command, entry)
        case c.Discipline():
            person.discipline(command, entry)
        case c.CompleteTerm():
            person.complete_term(entry)
            village = aggregates.village(person.postings[-1].village_id)
            village.withdraw(person.id, Departure.TERM_COMPLETED, entry)
        case c.VoidInstructorEvent():
            person.void(command, entry)
        case _:
            assert_never(command)
