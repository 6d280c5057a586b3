"""The fold: from an event to the facts that it adds to the read side.

A pure function over the closed union of events: an event forgotten here is a type error. What the facts come
to on a day, as known at a moment, is the business of the SQL functions in `sql/`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, assert_never
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import to_builtins

from domain.correction import Correction, CorrectionEvent
from domain.disclosure import Disclosure, DisclosureEvent
from domain.events import AnyEvent
from domain.instructor import Instructor, InstructorEvent
from domain.intake import Import, ImportEvent
from domain.remark import Remark, RemarkEvent
from domain.terms import Departure
from domain.village import Village, VillageEvent
from projections import facts
from projections.facts import Row

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Voiding(NamedTuple):
    """The facts of an aggregate's event no longer count from `position` on."""

    position: int
    aggregate_id: UUID
    version: int


class Erasing(NamedTuple):
    """What a person's forms before `position` said is gone, whatever moment is asked about."""

    position: int
    instructor_id: UUID


Change = Row | Voiding | Erasing
"""What an event does to the read side: it adds a row, voids those of an earlier event, or erases in them."""


def fold(event: AnyEvent, position: int, recorded_at: datetime) -> list[Change]:
    """Return what the event at `position` does to the read side: its entry in the history, and its facts."""
    if isinstance(event, Instructor.Event):
        return [_of_person(event, position, recorded_at), *_person(event, position, recorded_at)]
    if isinstance(event, Import.Event):
        entry = _entry(event, Import.TOPIC, position, recorded_at, None, None)
        return [entry, *_file(event, position, recorded_at)]
    if isinstance(event, Disclosure.Event):
        entry = _entry(event, Disclosure.TOPIC, position, recorded_at, None, None)
        return [entry, *_looks(event, position, recorded_at)]
    if isinstance(event, Correction.Event):
        whose = _corrected(event)
        entry = _entry(event, Correction.TOPIC, position, recorded_at, *whose)
        return [entry, *_correction(event, whose, position, recorded_at)]
    if isinstance(event, Remark.Event):
        # Among the events it belongs to nobody, so that only those who see the county see it.
        entry = _entry(event, Remark.TOPIC, position, recorded_at, None, None)
        return [entry, *_remark(event, position, recorded_at)]
    return [_of_village(event, position, recorded_at), *_village(event, position)]


def _of_person(event: InstructorEvent, position: int, recorded_at: datetime) -> facts.Event:
    match event:
        case (
            Instructor.Nominated()
            | Instructor.Approved()
            | Instructor.Rejected()
            | Instructor.Voided()
            | Instructor.Forgotten()
        ):
            return _entry(event, Instructor.TOPIC, position, recorded_at, event.originator_id, None)
        case _:
            person, village = event.originator_id, event.village_id
            return _entry(event, Instructor.TOPIC, position, recorded_at, person, village)


def _of_village(event: VillageEvent, position: int, recorded_at: datetime) -> facts.Event:
    match event:
        case Village.InstructorPosted() | Village.InstructorWithdrawn():
            person, village = event.instructor_id, event.originator_id
            return _entry(event, Village.TOPIC, position, recorded_at, person, village)
        case _:
            return _entry(event, Village.TOPIC, position, recorded_at, None, event.originator_id)


def _entry(  # noqa: PLR0913, PLR0917 - what the events have apart
    event: AnyEvent,
    aggregate: str,
    position: int,
    recorded_at: datetime,
    instructor_id: UUID | None,
    village_id: UUID | None,
) -> facts.Event:
    actor = event.actor
    return facts.Event(
        position,
        event.originator_id,
        aggregate,
        event.originator_version,
        event.TOPIC,
        actor.id,
        actor.role,
        actor.organisation,
        event.occurred_on,
        recorded_at,
        event.command_id,
        event.basis,
        instructor_id,
        village_id,
    )


def _village(  # noqa: C901 - one case an event, read as a table
    event: VillageEvent, position: int
) -> Iterable[Change]:
    village_id, day = event.originator_id, event.occurred_on
    match event:
        case Village.Nominated():
            yield facts.VillageNomination(
                position,
                village_id,
                event.code,
                event.name,
                event.township_code,
                event.township,
                event.year,
                event.kind,
                event.weak_or_lagging,
                event.reason,
                day,
            )
        case Village.Approved():
            yield facts.VillageReview(position, village_id, event.year, True, None, None, day)
        case Village.Declined():
            exception = event.exception_reason or None
            yield facts.VillageReview(position, village_id, event.year, False, event.reason, exception, day)
        case Village.HouseholdsRegistered():
            for ordinal, it in enumerate(event.households):
                yield facts.HouseholdEntry(position, ordinal, village_id, it.code, it.category, day)
        case Village.HouseholdRemoved():
            yield facts.HouseholdRemoval(position, village_id, event.household, event.reason, day)
        case Village.InstructorPosted() | Village.InstructorWithdrawn():
            pass  # the village's side of what the person's Appointed, Recalled and TermCompleted tell
        case Village.GoalsAssessed():
            yield facts.Goals(position, village_id, event.year, list(event.met), day)
        case Village.AwardPaid():
            yield facts.Award(position, village_id, event.year, event.amount, day)
        case Village.Voided():
            yield Voiding(position, village_id, event.voided_version)
        case _:
            assert_never(event)


def _person(  # noqa: C901, PLR0912, PLR0915 - one case an event, read as a table
    event: InstructorEvent, position: int, recorded_at: datetime
) -> Iterable[Change]:
    person, day = event.originator_id, event.occurred_on
    match event:
        case Instructor.Nominated():
            form = event.form
            yield facts.Nomination(
                position,
                person,
                event.staff_number,
                facts.SEALED if form is None else form.name,
                None if form is None else form.gender,
                event.batch_year,
                event.route,
                event.nominating_body,
                event.sending_unit,
                event.collective_study_on,
                to_builtins(form),
                day,
            )
        case Instructor.Approved():
            exceptions = to_builtins(event.exceptions)
            yield facts.Review(position, person, event.batch_year, True, exceptions, [], [], None, day)
        case Instructor.Rejected():
            failed = (list(event.rules_failed), list(event.clauses_failed))
            yield facts.Review(position, person, event.batch_year, False, (), *failed, event.reason, day)
        case Instructor.Appointed():
            year, until, replaces = event.batch_year, event.until, event.replaces
            yield facts.Appointment(position, person, event.village_id, year, until, replaces, day)
        case Instructor.PartyRelationTransferred():
            yield facts.PartyRelation(position, person, event.village_id, event.branch, day)
        case Instructor.CheckedIn():
            yield facts.CheckIn(
                position,
                person,
                event.village_id,
                event.at,
                event.place,
                event.source_record,
                event.outside,
                (recorded_at.astimezone(SHANGHAI).date() - day).days,
                day,
                recorded_at,
            )
        case Instructor.LeaveGranted():
            days = (event.first_day, event.last_day)
            yield facts.Leave(position, person, event.village_id, event.kind, *days, day)
        case Instructor.HouseholdVisited():
            visited = (event.household, event.category)
            yield facts.Visit(position, person, event.village_id, *visited, day, recorded_at)
        case Instructor.DutyRecorded():
            yield facts.Duty(position, person, event.village_id, event.duty, event.summary, day)
        case Instructor.ProjectStarted():
            project = (event.project_id, event.year, event.title)
            yield facts.ProjectStart(position, person, event.village_id, *project, day)
        case Instructor.ProjectCompleted():
            done = (event.project_id, event.outcome, event.households_served)
            yield facts.ProjectCompletion(position, person, event.village_id, *done, day)
        case Instructor.Inspected():
            seen = (event.kind, event.conclusion, event.problems_found)
            yield facts.Inspection(position, person, event.village_id, *seen, day)
        case Instructor.Appraised():
            kind, scores = event.kind, to_builtins(event.scores)
            graded = (kind, event.period, scores, event.grade)
            yield facts.Appraisal(position, person, event.village_id, *graded, day)
        case Instructor.Commended():
            honour = (event.kind, event.year, event.authority)
            yield facts.Commendation(position, person, event.village_id, *honour, day)
        case Instructor.SubsidyPaid():
            paid = (event.kind, event.month, event.amount)
            yield facts.Subsidy(position, person, event.village_id, *paid, day)
        case Instructor.PromotedButRetained():
            yield facts.Promotion(position, person, event.village_id, event.new_position, day)
        case Instructor.Recalled():
            told = (event.unit_told, event.replacement_ordered)
            left = (Departure.RECALLED, event.ground, event.reason, *told)
            yield facts.Departure(position, person, event.village_id, *left, day)
        case Instructor.AccountabilityOpened():
            case_ = ("accountability", event.ground, None, event.case_number)
            yield facts.GraveCase(position, person, event.village_id, *case_, day)
        case Instructor.Disciplined():
            case_of = ("discipline", None, event.measure, event.case_number)
            yield facts.GraveCase(position, person, event.village_id, *case_of, day)
        case Instructor.TermCompleted():
            completed = (Departure.TERM_COMPLETED, None, None, None, False)
            yield facts.Departure(position, person, event.village_id, *completed, day)
        case Instructor.Voided():
            yield Voiding(position, person, event.voided_version)
        case Instructor.Forgotten():
            yield facts.Forgetting(position, person, event.reason, day)
            yield Erasing(position, person)
        case _:
            assert_never(event)


def _file(event: ImportEvent, position: int, recorded_at: datetime) -> Iterable[Change]:
    match event:
        case Import.Taken():
            yield facts.ImportRun(
                position,
                event.originator_id,
                event.paper,
                event.file_name,
                event.file_sha256,
                event.file_size,
                event.rows_recorded,
                event.rows_already,
                event.rows_passed,
                event.rows_refused,
                event.events,
                event.occurred_on,
                recorded_at,
            )
        case _:
            assert_never(event)


def _looks(event: DisclosureEvent, position: int, recorded_at: datetime) -> Iterable[Change]:
    reader = event.actor
    match event:
        case Disclosure.Read():
            for ordinal, it in enumerate(event.looks):
                yield facts.Look(
                    position,
                    ordinal,
                    reader.id,
                    reader.role,
                    reader.organisation,
                    it.at,
                    it.what,
                    list(it.people),
                    list(it.fields),
                    it.as_of,
                    it.known_position,
                    it.reason,
                    it.digest,
                    event.occurred_on,
                    recorded_at,
                )
        case _:
            assert_never(event)


def _corrected(event: CorrectionEvent) -> tuple[UUID | None, UUID | None]:
    """Return the person or the village that a correction is about."""
    if event.corrected_topic.startswith(f"{Instructor.TOPIC}."):
        return event.corrected_id, None
    return None, event.corrected_id


def _correction(
    event: CorrectionEvent,
    whose: tuple[UUID | None, UUID | None],
    position: int,
    recorded_at: datetime,
) -> Iterable[Change]:
    correction, day = event.originator_id, event.occurred_on
    match event:
        case Correction.Requested():
            yield facts.CorrectionRequest(
                position,
                correction,
                event.corrected_id,
                event.corrected_version,
                event.corrected_topic,
                *whose,
                event.reason,
                event.evidence,
                event.evidence_sha256,
                to_builtins(event.alterations),
                day,
                recorded_at,
            )
        case Correction.Approved():
            version = event.recorded_version
            yield facts.CorrectionDecision(position, correction, True, None, version, day, recorded_at)
        case Correction.Rejected():
            reason = event.reason
            yield facts.CorrectionDecision(position, correction, False, reason, None, day, recorded_at)
        case _:
            assert_never(event)


def _remark(event: RemarkEvent, position: int, recorded_at: datetime) -> Iterable[Change]:
    remark, day = event.originator_id, event.occurred_on
    match event:
        case Remark.Made():
            yield facts.Remark(
                position,
                remark,
                event.about_id,
                event.about_version,
                event.about_topic,
                event.about_id if event.about_topic.startswith(f"{Instructor.TOPIC}.") else None,
                event.about_id if event.about_topic.startswith(f"{Village.TOPIC}.") else None,
                event.flagged,
                event.text,
                day,
                recorded_at,
            )
        case Remark.Answered():
            yield facts.RemarkStep(position, remark, False, event.text, day, recorded_at)
        case Remark.Settled():
            yield facts.RemarkStep(position, remark, True, event.text, day, recorded_at)
        case _:
            assert_never(event)
