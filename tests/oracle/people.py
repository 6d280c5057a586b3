"""People: how they were chosen, where they serve, and what it comes to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from domain.commands import Form
from domain.instructor import Instructor
from domain.terms import AppraisalKind
from tests.oracle import batches, changes, findings, log, places, work
from tests.oracle.clocks import Record, World


@dataclass(frozen=True)
class Shown:
    """A form as somebody sees it."""

    said: Form
    masked: tuple[str, ...]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.said, name)

    @property
    def born(self) -> date | None:
        return None if "born" in self.masked else self.said.born

    @property
    def born_month(self) -> str:
        return self.said.born.isoformat()[:7]


def form_of(world: World, record: Record[Instructor.Nominated]) -> Shown | None:
    """Return the form of a nomination; None if the person was forgotten since, at whatever moment."""
    said, log = record.event.form, world.log
    if said is None or log.forgotten.get(record.event.originator_id, 0) > record.position:
        return None
    return Shown(said, log.masked)


def person(world: World, who: UUID | None) -> Person | None:
    """Return a person, if a nomination counts."""
    return Person(world, who) if who is not None and world.all(Instructor.Nominated, person=who) else None


def people(world: World) -> list[Person]:
    """Return everybody ever nominated, by staff number."""
    found = {
        it.event.originator_id: Person(world, it.event.originator_id)
        for it in world.all(Instructor.Nominated)
    }
    return sorted(found.values(), key=lambda it: (it.staff_number.encode(), it.id))


class Person:
    """Somebody who was nominated (GraphQL: Instructor), by the latest nomination and the last posting."""

    def __init__(self, world: World, who: UUID) -> None:
        self.world = world
        self.id = who
        self.nominated = world.all(Instructor.Nominated, person=who)[-1]
        self.staff_number = self.nominated.event.staff_number
        form = form_of(world, self.nominated)
        self.name = form.name if form else "已删除"
        self.gender = form.gender if form else None
        self.sending_unit = self.nominated.event.sending_unit
        self.batch_year = self.nominated.event.batch_year

    def all(self, kind: type[Any]) -> list[Record[Any]]:
        return self.world.all(kind, person=self.id)

    @cached_property
    def posting(self) -> work.Posting | None:
        found = work.postings(self.world, person=self.id)
        return found[-1] if found else None

    @property
    def stage(self) -> str:
        if self.posting and self.posting.position > self.nominated.position:
            departure = self.posting.departure
            return {"RECALLED": "RECALLED", "TERM_COMPLETED": "COMPLETED", None: "SERVING"}[departure]
        return Nomination(self.world, self.nominated).outcome

    @property
    def since(self) -> date | None:
        return self.posting.since if self.posting else None

    @property
    def until(self) -> date | None:
        """The planned end, or the day of recall."""
        if self.posting and self.posting.recall:
            return self.posting.ended_on
        return self.posting.until if self.posting else None

    @property
    def departed_on(self) -> date | None:
        return self.posting.ended_on if self.posting else None

    @property
    def departure(self) -> str | None:
        return self.posting.departure if self.posting else None

    @property
    def _promoted(self) -> Record[Instructor.PromotedButRetained] | None:
        return max(
            self.all(Instructor.PromotedButRetained), key=lambda it: (it.day, it.position), default=None
        )

    @property
    def promoted_on(self) -> date | None:
        return self._promoted.day if self._promoted else None

    @property
    def new_position(self) -> str | None:
        return self._promoted.event.new_position if self._promoted else None

    @property
    def party_relation_on(self) -> date | None:
        return self.posting.party_relation_on if self.posting else None

    def behind(self, figure: str) -> list[Record[Any]]:
        """Return the facts that a figure counts."""
        kinds: dict[str, tuple[type[Any], ...]] = {
            "DAYS_PRESENT": (Instructor.CheckedIn,),
            "LATE_ENTRIES": (Instructor.CheckedIn,),
            "HOUSEHOLDS_VISITED": (Instructor.HouseholdVisited,),
            "PROJECTS_STARTED": (Instructor.ProjectStarted,),
            "PROJECTS_COMPLETED": (Instructor.ProjectCompleted,),
            "DUTY_COUNT": (Instructor.DutyRecorded,),
            "COMMENDATION_COUNT": (Instructor.Commended,),
            "CASE_COUNT": (Instructor.AccountabilityOpened, Instructor.Disciplined),
        }
        if figure == "LATEST_GRADE":
            return [*self._yearly_appraisals[-1:]]
        facts = [it for kind in kinds[figure] for it in self.all(kind)]
        return [it for it in facts if it.late] if figure == "LATE_ENTRIES" else facts

    def evidence(self, figure: str) -> list[log.AuditEvent]:
        return log.behind(self.world, *self.behind(figure))

    @property
    def days_present(self) -> int:
        return len(self.behind("DAYS_PRESENT"))

    @property
    def late_entries(self) -> int:
        return len(self.behind("LATE_ENTRIES"))

    @property
    def households_visited(self) -> int:
        return len({(it.village, it.event.household) for it in self.behind("HOUSEHOLDS_VISITED")})

    @property
    def projects_started(self) -> int:
        return len(self.behind("PROJECTS_STARTED"))

    @property
    def projects_completed(self) -> int:
        return len(self.behind("PROJECTS_COMPLETED"))

    @property
    def duty_count(self) -> int:
        return len(self.behind("DUTY_COUNT"))

    @property
    def _yearly_appraisals(self) -> list[Record[Instructor.Appraised]]:
        yearly = [it for it in self.all(Instructor.Appraised) if it.event.kind is AppraisalKind.YEARLY]
        return sorted(yearly, key=lambda it: it.event.period)

    @property
    def latest_grade(self) -> str | None:
        return self._yearly_appraisals[-1].event.grade if self._yearly_appraisals else None

    @property
    def commendation_count(self) -> int:
        return len(self.behind("COMMENDATION_COUNT"))

    @property
    def case_count(self) -> int:
        return len(self.behind("CASE_COUNT"))

    @property
    def event_count(self) -> int:
        return len(self.world.history(self.id))

    @property
    def version(self) -> int:
        return self.world.history(self.id)[-1].event.originator_version

    @property
    def position(self) -> int:
        return self.world.history(self.id)[-1].position

    @property
    def village(self) -> places.Place | None:
        return self.posting.village if self.posting else None

    @property
    def replaces(self) -> Person | None:
        return self.posting.replaces if self.posting else None

    @property
    def replaced_by(self) -> Person | None:
        return self.posting.replaced_by if self.posting else None

    @property
    def batch(self) -> batches.Batch:
        return batches.batch(self.world, self.batch_year)

    @property
    def nominations(self) -> list[Nomination]:
        return [Nomination(self.world, it) for it in self.all(Instructor.Nominated)]

    @property
    def dossier_url(self) -> str:
        return f"/dossier/{self.id}?asOf={self.world.as_of}&knownAtPosition={self.world.known}"

    @property
    def postings(self) -> list[work.Posting]:
        return work.postings(self.world, person=self.id)

    def attendance(self, from_: str = "", to: str = "9999-12") -> list[work.Month]:
        """Return the months of service, perhaps `from` one or `to` one only."""
        months = [month for posting in self.postings for month in posting.months()]
        return sorted(
            (it for it in months if from_ <= it.month <= to),
            key=lambda it: (it.month, it.village_id, it.first_day),
        )

    @property
    def coverage(self) -> list[work.Coverage]:
        found = [work.Coverage(posting) for posting in self.postings]
        return sorted(found, key=lambda it: (it.deadline, it.village_id))

    def _deeds(self, *kinds: type[Any], order: Callable[[log.Deed], Any]) -> list[log.Deed]:
        deeds = [log.Deed(self.world, it) for kind in kinds for it in self.all(kind)]
        return sorted(deeds, key=lambda it: (order(it), it.position))

    def check_ins(self, **narrowed: Any) -> list[log.Deed]:
        return _within(self._deeds(Instructor.CheckedIn, order=_day), **narrowed)

    def visits(self, **narrowed: Any) -> list[log.Deed]:
        return _within(self._deeds(Instructor.HouseholdVisited, order=_day), **narrowed)

    @property
    def leaves(self) -> list[log.Deed]:
        return self._deeds(Instructor.LeaveGranted, order=lambda it: it.first_day)

    @property
    def duties(self) -> list[log.Deed]:
        return self._deeds(Instructor.DutyRecorded, order=_day)

    @property
    def projects(self) -> list[work.Project]:
        return work.projects(self.world, person=self.id)

    @property
    def inspections(self) -> list[log.Deed]:
        return self._deeds(Instructor.Inspected, order=_day)

    @property
    def appraisals(self) -> list[log.Deed]:
        return self._deeds(Instructor.Appraised, order=_day)

    @property
    def commendations(self) -> list[log.Deed]:
        return self._deeds(Instructor.Commended, order=_day)

    @property
    def subsidies(self) -> list[log.Deed]:
        return self._deeds(Instructor.SubsidyPaid, order=lambda it: it.month)

    @property
    def promotions(self) -> list[log.Deed]:
        return self._deeds(Instructor.PromotedButRetained, order=_day)

    @property
    def cases(self) -> list[log.Case]:
        kinds = (Instructor.AccountabilityOpened, Instructor.Disciplined)
        return [log.Case(it.world, it.record) for it in self._deeds(*kinds, order=_day)]

    @property
    def history(self) -> list[log.Past]:
        return log.history(self.world, self.id)

    @property
    def disclosures(self) -> list[log.Disclosure]:
        return [it for it in log.disclosures(self.world) if self.id in it.look.people]

    @property
    def findings(self) -> list[findings.Finding]:
        return [it for it in findings.findings(self.world) if it.who == self.id]

    def diff(self, **since: Any) -> list[changes.FieldChange]:
        then = changes.earlier(self.world, **since)
        return changes.diff(person(then, self.id), self, changes.OF_PERSON)

    def changes(self, **since: Any) -> list[changes.Change]:
        found = changes.changes(changes.earlier(self.world, **since), self.world)
        return [it for it in found if it.record.person == self.id]


def _day(deed: log.Deed) -> date:
    return deed.day


def _within(deeds: list[log.Deed], filter: dict[str, str | None] | None = None) -> list[log.Deed]:  # noqa: A002 - GraphQL's name
    span = filter or {}
    first, last = span.get("fromDay") or "", span.get("toDay") or "9999-12-31"
    return [it for it in deeds if first <= it.day.isoformat() <= last]


@dataclass(frozen=True)
class Nomination:
    """One nomination, and the review that followed before the next."""

    world: World
    record: Record[Instructor.Nominated]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.record.event, name)

    @property
    def review(self) -> Record[Any] | None:
        """What became of it: the person's next approval or rejection, before any other nomination."""
        who = self.record.person
        steps = [
            it
            for kind in (Instructor.Nominated, Instructor.Approved, Instructor.Rejected)
            for it in self.world.all(kind, person=who)
            if it.position > self.record.position
        ]
        following = min(steps, key=lambda it: it.position, default=None)
        return None if following and isinstance(following.event, Instructor.Nominated) else following

    def form(self, reason: str | None = None) -> Shown | None:  # noqa: ARG002 - it says why, and changes nothing
        return form_of(self.world, self.record)

    @property
    def position(self) -> int:
        return self.record.position

    @property
    def nominated_on(self) -> date:
        return self.record.day

    @property
    def outcome(self) -> str:
        if self.review is None:
            return "NOMINATED"
        return "APPROVED" if isinstance(self.review.event, Instructor.Approved) else "REJECTED"

    @property
    def reviewed_on(self) -> date | None:
        return self.review.day if self.review else None

    @property
    def exceptions(self) -> Any:
        return getattr(self.review and self.review.event, "exceptions", ())

    @property
    def rules_failed(self) -> Any:
        return getattr(self.review and self.review.event, "rules_failed", ())

    @property
    def clauses_failed(self) -> Any:
        return getattr(self.review and self.review.event, "clauses_failed", ())

    @property
    def reason(self) -> str | None:
        return getattr(self.review and self.review.event, "reason", None)

    @property
    def instructor(self) -> Person | None:
        return person(self.world, self.record.person)

    @property
    def event(self) -> log.AuditEvent:
        return log.AuditEvent(self.world, self.record)
