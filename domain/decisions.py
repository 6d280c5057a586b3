"""From a command to the aggregates that decide it. Rules that cross both aggregates stand here."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Protocol, assert_never
from uuid import UUID

from domain import commands as c
from domain.checks import dated, in_order, storable
from domain.commands import CorrectedField
from domain.correction import Correction, Request
from domain.disclosure import Disclosure
from domain.entry import Entry
from domain.events import AnyEvent
from domain.ids import correction_id, disclosure_id, import_id, instructor_id, remark_id, village_id
from domain.instructor import Instructor
from domain.intake import Import
from domain.refusals import NoSuchEvent, NothingCorrected, NotYourOffice, RemarkOnARemark
from domain.remark import Remark
from domain.restating import Restated, command_of, restated
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

    def correction(self, aggregate_id: UUID) -> Correction:
        """Return the correction of a fact."""
        ...

    def remark(self, aggregate_id: UUID) -> Remark:
        """Return the remarks on an event."""
        ...

    def disclosure(self, aggregate_id: UUID) -> Disclosure:
        """Return a month of somebody's looks."""
        ...

    def recorded(self, aggregate_id: UUID, version: int) -> AnyEvent | None:
        """Return an event of an aggregate, if there is one with that version."""
        ...


def decide(command: c.AnyCommand, entry: Entry, aggregates: Aggregates) -> None:
    """Let the aggregates decide `command`; what happened waits in them as pending events.

    Raises:
        Refused: a rule turns it down.
    """
    _in_office(type(command), entry)
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
        case c.RequestCorrection() | c.ApproveCorrection() | c.RejectCorrection():
            _decide_correction(command, entry, aggregates)
        case c.MakeRemark() | c.AnswerRemark() | c.SettleRemark():
            _decide_remark(command, entry, aggregates)
        case c.TakeImport():
            aggregates.intake(import_id(aggregates.county, command.file_sha256)).take(command, entry)
        case c.RecordLooks():
            stream = disclosure_id(aggregates.county, entry.actor.id, f"{entry.occurred_on:%Y-%m}")
            aggregates.disclosure(stream).read(command, entry)
        case _:
            assert_never(command)


def _in_office(kind: type[c.Command], entry: Entry) -> None:
    if entry.actor.role not in kind.offices:
        offices = sorted(kind.offices)
        raise NotYourOffice(
            role=entry.actor.role.zh,
            role_en=entry.actor.role,
            command=kind.zh,
            command_en=kind.verb(),
            offices="、".join(office.zh for office in offices),
            offices_en=", ".join(offices),
        )


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
        case c.Forget():
            person.forget(command, entry)
        case _:
            assert_never(command)


def _decide_correction(command: c.AnyCorrectionCommand, entry: Entry, aggregates: Aggregates) -> None:
    match command:
        case c.RequestCorrection():
            event = _recorded(command.corrected_id, command.corrected_version, aggregates)
            in_order(event.occurred_on, entry)
            _in_office(command_of(event), entry)  # whoever may enter such a fact may say that it is wrong
            fact = restated(event, command.changes)
            correction = aggregates.correction(correction_id(event.originator_id, event.originator_version))
            righted = _set_right(fact, event, command, entry, aggregates, on_trial=True)
            if command.changes and righted is None:
                raise NothingCorrected(version=event.originator_version)
            correction.ask(command, event.TOPIC, fact.alterations, entry)
        case c.ApproveCorrection():
            correction = aggregates.correction(command.correction_id)
            request = correction.to_approve(entry)
            event = _recorded(request.corrected_id, request.corrected_version, aggregates)
            changes = [CorrectedField(field=it.field, value=it.after) for it in request.alterations]
            fact = restated(event, changes)
            _set_right(fact, event, request, entry, aggregates, on_trial=True)  # a refusal leaves no trace
            correction.approve(_set_right(fact, event, request, entry, aggregates), entry)
        case c.RejectCorrection():
            aggregates.correction(command.correction_id).reject(command, entry)
        case _:
            assert_never(command)


def _decide_remark(command: c.AnyRemarkCommand, entry: Entry, aggregates: Aggregates) -> None:
    match command:
        case c.MakeRemark():
            event = _recorded(command.about_id, command.about_version, aggregates)
            if isinstance(event, Remark.Event):
                raise RemarkOnARemark
            in_order(event.occurred_on, entry)
            remark = aggregates.remark(remark_id(event.originator_id, event.originator_version))
            remark.make(command, event.TOPIC, entry)
        case c.AnswerRemark():
            aggregates.remark(command.remark_id).reply(command, entry)
        case c.SettleRemark():
            aggregates.remark(command.remark_id).settle(command, entry)
        case _:
            assert_never(command)


def _recorded(aggregate_id: UUID, version: int, aggregates: Aggregates) -> AnyEvent:
    event = aggregates.recorded(aggregate_id, version)
    if event is None:
        raise NoSuchEvent(version=version)
    return event


def _set_right(  # noqa: PLR0913 - what a correction comes to depends on all of it
    fact: Restated,
    event: AnyEvent,
    request: c.RequestCorrection | Request,
    entry: Entry,
    aggregates: Aggregates,
    *,
    on_trial: bool = False,
) -> int | None:
    """Void an event and record the fact as it should read, as far as it should.

    Args:
        fact: as it should read; void it alone where nothing is altered.
        event: that is wrong.
        request: its reason and evidence.
        entry: of the decision.
        aggregates: to be asked.
        on_trial: decide on a copy, to see whether it can be done.

    Returns:
        The version of the fact as it was recorded anew; None if nothing was, or others had recorded it.

    Raises:
        Refused: the event may not be voided, or a rule turns the fact down as it should read.
    """
    command, version, reason = fact.command, event.originator_version, request.reason
    stated = replace(entry, occurred_on=fact.occurred_on, basis=request.evidence)
    dated(stated)
    if isinstance(command, c.VillageCommand):
        known = aggregates.village(event.originator_id)
        village = deepcopy(known) if on_trial else known
        village.void(c.VoidVillageEvent(village_id=village.id, version=version, reason=reason), entry)
        voiding = village.version
        if fact.alterations:
            _decide_village(command, stated, village)
        return village.version if village.version > voiding else None
    serving = aggregates.instructor(event.originator_id)
    person = deepcopy(serving) if on_trial else serving
    person.void(c.VoidInstructorEvent(instructor_id=person.id, version=version, reason=reason), entry)
    voiding = person.version
    if fact.alterations:
        _decide_instructor(command, stated, person, aggregates)
    return person.version if person.version > voiding else None
