"""Instructor 党建指导员: nominated, reviewed, appointed, at work in the village, appraised, and let go.

Read the events, then what may be asked, then what each event changes. A person's whole life in the
programme is one stream: somebody turned down, or whose term is over, may be nominated again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from enum import Enum, auto
from typing import ClassVar
from uuid import UUID

from eventsourcing.domain import event

from domain import root
from domain.checks import filled, in_order, month_in, positive, sensible_year
from domain.commands import (
    Appraise,
    ApproveInstructor,
    CheckIn,
    Commend,
    CompleteProject,
    Discipline,
    Forget,
    Form,
    GrantLeave,
    Inspect,
    NominateInstructor,
    OpenAccountability,
    PaySubsidy,
    PromoteButRetain,
    Recall,
    RecordDuty,
    RejectInstructor,
    RuleException,
    Score,
    StartProject,
    TransferPartyRelation,
    VisitHousehold,
    VoidInstructorEvent,
)
from domain.eligibility import ABSOLUTE, failures
from domain.entry import Entry
from domain.ids import project_id
from domain.postings import Posting
from domain.refusals import (
    AlreadyForgotten,
    AlreadyNominated,
    AlreadyReviewed,
    AppraisalRepeated,
    ExceptionNotNeeded,
    FormUnreadable,
    InvalidValue,
    LeaveOverlaps,
    NoLongerServing,
    NotApproved,
    NotNominated,
    NotServing,
    NotYetAppointed,
    PartyRelationAlreadyTransferred,
    ProjectAlreadyCompleted,
    ProjectAlreadyStarted,
    ProjectNotStarted,
    PromotionAlreadyRecorded,
    StillInProcedure,
    StillReliedOn,
    StudyAfterNomination,
    SubsidyRepeated,
    TermNotOver,
    UnknownDutyClause,
)
from domain.rules import DUTY_CLAUSES
from domain.standing import Standing
from domain.terms import (
    AppraisalKind,
    CommendationKind,
    Grade,
    HouseholdCategory,
    InspectionKind,
    LeaveKind,
    Measure,
    RecallGround,
    Route,
    SubsidyKind,
)


class Stage(Enum):
    """How far a person has come in the procedure."""

    OUTSIDE = auto()
    NOMINATED = auto()
    APPROVED = auto()
    SERVING = auto()


class Instructor(root.Root):
    """党建指导员。A party-building instructor."""

    TOPIC = "Instructor"

    # -- what can happen -------------------------------------------------------------------------------
    # WARNING: TOPIC is the stored name. Names are only ever added to, never edited or used again.

    class Event(root.Event):
        """A fact about an instructor."""

    class Nominated(Event):
        """推荐人选。Nominated after collective study, with the form of Annex 2 (选派程序(一)).

        The form is stored sealed with the person's key, and is none once that key is destroyed or where
        the reader has none.
        """

        TOPIC = "Instructor.Nominated"
        SEALED: ClassVar[str] = "form"
        class_version: ClassVar[int] = 2
        staff_number: str
        batch_year: int
        route: Route
        nominating_body: str
        sending_unit: str
        collective_study_on: date
        form: Form | None

        @staticmethod
        def upcast_v1_v2(_state: dict[str, object]) -> None:
            """Leave a form that was stored plain, before forms were sealed, as it is."""

    class Approved(Event):
        """审定通过。Found fit by the department, any exception with its reason (选派程序(二), 二(三))."""

        TOPIC = "Instructor.Approved"
        batch_year: int
        exceptions: tuple[RuleException, ...]

    class Rejected(Event):
        """退回重新选派。Found unfit, with the rules failed; another choice was ordered (选派程序(二))."""

        TOPIC = "Instructor.Rejected"
        batch_year: int
        rules_failed: tuple[str, ...]
        clauses_failed: tuple[str, ...]
        reason: str

    class Appointed(Event):
        """任命。Appointed to a village until a day; `replaces` names a recalled one (选派程序(三))."""

        TOPIC = "Instructor.Appointed"
        village_id: UUID
        batch_year: int
        until: date
        replaces: UUID | None

    class PartyRelationTransferred(Event):
        """转接党组织关系。The party relation went to the village's branch (选派程序(三))."""

        TOPIC = "Instructor.PartyRelationTransferred"
        village_id: UUID
        branch: str

    class CheckedIn(Event):
        """到村打卡。Checked in by DingTalk in the village (三(一)1)."""

        TOPIC = "Instructor.CheckedIn"
        village_id: UUID
        at: time
        place: str
        source_record: str
        outside: bool = False

    class LeaveGranted(Event):
        """准假。Leave granted from a day to a day, both included."""

        TOPIC = "Instructor.LeaveGranted"
        village_id: UUID
        kind: LeaveKind
        first_day: date
        last_day: date

    class HouseholdVisited(Event):
        """走访农户。A household was visited, with its category on that day (三(一)2)."""

        TOPIC = "Instructor.HouseholdVisited"
        village_id: UUID
        household: str
        category: HouseholdCategory

    class DutyRecorded(Event):
        """履职记录。A duty of part 三, under its clause."""

        TOPIC = "Instructor.DutyRecorded"
        village_id: UUID
        duty: str
        summary: str

    class ProjectStarted(Event):
        """启动实事。A practical project for the village began (三(四)4)."""

        TOPIC = "Instructor.ProjectStarted"
        village_id: UUID
        project_id: UUID
        year: int
        title: str

    class ProjectCompleted(Event):
        """办结实事。The project is done (三(四)4)."""

        TOPIC = "Instructor.ProjectCompleted"
        village_id: UUID
        project_id: UUID
        outcome: str
        households_served: int

    class Inspected(Event):
        """督查调度。Tour inspection, monthly meeting or quarterly review (五(一))."""

        TOPIC = "Instructor.Inspected"
        village_id: UUID
        kind: InspectionKind
        conclusion: str
        problems_found: bool

    class Appraised(Event):
        """考核。Daily, yearly or term-end appraisal, its parts and the grade (五(二))."""

        TOPIC = "Instructor.Appraised"
        village_id: UUID
        kind: AppraisalKind
        period: str
        scores: tuple[Score, ...]
        grade: Grade

    class Commended(Event):
        """激励。Publicity, commendation, merit or advancement (五(三))."""

        TOPIC = "Instructor.Commended"
        village_id: UUID
        kind: CommendationKind
        year: int
        authority: str

    class SubsidyPaid(Event):
        """发放补助。A month's living or transport subsidy, in yuan (五(四))."""

        TOPIC = "Instructor.SubsidyPaid"
        village_id: UUID
        kind: SubsidyKind
        month: str
        amount: Decimal

    class PromotedButRetained(Event):
        """提拔留任。Promoted, and stays in the village as 包村干部 (二(二))."""

        TOPIC = "Instructor.PromotedButRetained"
        village_id: UUID
        new_position: str

    class Recalled(Event):
        """召回。Recalled; the sending unit was told and selects again (五(三))."""

        TOPIC = "Instructor.Recalled"
        village_id: UUID
        ground: RecallGround
        reason: str
        unit_told: str
        replacement_ordered: bool

    class AccountabilityOpened(Event):
        """启动问责。A grave case went to accountability (五(三))."""

        TOPIC = "Instructor.AccountabilityOpened"
        village_id: UUID
        ground: RecallGround
        case_number: str

    class Disciplined(Event):
        """组织处理。Discipline was imposed (五(三))."""

        TOPIC = "Instructor.Disciplined"
        village_id: UUID
        measure: Measure
        case_number: str

    class TermCompleted(Event):
        """期满离任。The term is over (二(二))."""

        TOPIC = "Instructor.TermCompleted"
        village_id: UUID

    class Voided(Event):
        """作废。An event of this person, named by its version, does not count from now on."""

        TOPIC = "Instructor.Voided"
        voided_version: int
        reason: str

    class Forgotten(Event):
        """删除个人信息。The key of the forms until now was destroyed; nobody can read them any more."""

        TOPIC = "Instructor.Forgotten"
        reason: str

    def begin(self, aggregate_id: UUID) -> None:
        """Set the state before the first event."""
        super().begin(aggregate_id)
        self.stage = Stage.OUTSIDE
        self.latest_step_on = date.min
        self.batch_year = 0
        self.sending_unit = ""
        self.form: Form | None = None  # kept from nomination to review
        self.remembered = False  # a form since the last time that all were forgotten
        self.postings: list[Posting] = []
        self.project_starts: dict[UUID, date] = {}
        self.standing = Standing()

    # -- what may be asked: the procedure --------------------------------------------------------------

    def nominate(self, asked: NominateInstructor, entry: Entry) -> None:
        """Nominate the person for a batch.

        Raises:
            AlreadyNominated: in the procedure or serving.
            StudyAfterNomination: the collective study is dated later than the nomination.
            OutOfOrder: the day is before the end of an earlier nomination or posting.
            InvalidValue: a text is empty or a year or date makes no sense.
        """
        sensible_year(asked.batch_year, entry)
        form = asked.form
        filled(
            staff_number=asked.staff_number,
            nominating_body=asked.nominating_body,
            sending_unit=asked.sending_unit,
            name=form.name,
            position=form.position,
        )
        if form.born >= entry.occurred_on:
            raise InvalidValue(
                field="form.born",
                problem_zh="出生日期不早于推荐日期",
                problem_en="it is not before the nomination",
            )
        if self.stage is not Stage.OUTSIDE:
            raise AlreadyNominated
        if asked.collective_study_on > entry.occurred_on:
            raise StudyAfterNomination(study=asked.collective_study_on, day=entry.occurred_on)
        in_order(self.latest_step_on, entry)
        self.record(
            self.Nominated(
                **self.next(entry),
                staff_number=asked.staff_number,
                batch_year=asked.batch_year,
                route=asked.route,
                nominating_body=asked.nominating_body,
                sending_unit=asked.sending_unit,
                collective_study_on=asked.collective_study_on,
                form=form,
            )
        )

    def approve(self, asked: ApproveInstructor, entry: Entry) -> None:
        """Find the nominee fit; each rule of 二(三) failed needs an exception with its reason.

        Raises:
            NotPartyMember, NotCivilServant, InstitutionStaffNeedsApproval, EducationBelowCollege, OverAge,
            TooShortAsClerk: rules failed and not set aside; the first, with the rest in `also`.
            ExceptionNotNeeded: an exception for a rule that is met.
            NotNominated, AlreadyReviewed, OutOfOrder: the procedure is not at this step.
        """
        form = self._nominee(entry)
        failed = {failure.code: failure for failure in failures(form, self.latest_step_on)}
        for exception in asked.exceptions:
            filled(reason=exception.reason)
            if exception.rule not in failed:
                raise ExceptionNotNeeded(rule=exception.rule)
        excepted = {exception.rule for exception in asked.exceptions} - ABSOLUTE
        remaining = [failure for code, failure in failed.items() if code not in excepted]
        if remaining:
            remaining[0].also = tuple(remaining[1:])
            raise remaining[0]
        self.record(
            self.Approved(**self.next(entry), batch_year=self.batch_year, exceptions=asked.exceptions)
        )

    def reject(self, asked: RejectInstructor, entry: Entry) -> None:
        """Send the nominee back; the rules of 二(三) that the form fails are put on record.

        Raises:
            NotNominated, AlreadyReviewed, OutOfOrder: the procedure is not at this step.
        """
        filled(reason=asked.reason)
        failed = tuple(failures(self._nominee(entry), self.latest_step_on))
        self.record(
            self.Rejected(
                **self.next(entry),
                batch_year=self.batch_year,
                rules_failed=tuple(failure.code for failure in failed),
                clauses_failed=tuple(dict.fromkeys(failure.clause for failure in failed)),
                reason=asked.reason,
            )
        )

    def ready_to_serve(self, entry: Entry) -> int:
        """Return the batch year of somebody who may be appointed on the entry's day.

        Raises:
            NotApproved, OutOfOrder: the procedure is not at this step.
        """
        if self.stage is not Stage.APPROVED:
            raise NotApproved
        in_order(self.latest_step_on, entry)
        return self.batch_year

    def appoint(self, posting: Posting, entry: Entry) -> None:
        """Take up the posting that the village granted (`Village.post`)."""
        self.ready_to_serve(entry)
        self.record(
            self.Appointed(
                **self.next(entry),
                village_id=posting.village_id,
                batch_year=posting.batch_year,
                until=posting.until,
                replaces=posting.replaces,
            )
        )

    def transfer_party_relation(self, asked: TransferPartyRelation, entry: Entry) -> None:
        """Transfer the party relation to the village's branch.

        Raises:
            PartyRelationAlreadyTransferred: it is there.
            NotYetAppointed, NoLongerServing: not in a posting on that day.
        """
        filled(branch=asked.branch)
        posting = self._posting_on(entry.occurred_on)
        if ("party relation", posting.since) in self.standing:
            raise PartyRelationAlreadyTransferred
        self.record(
            self.PartyRelationTransferred(
                **self.next(entry), village_id=posting.village_id, branch=asked.branch
            )
        )

    # -- what may be asked: work in the village --------------------------------------------------------

    def check_in(self, asked: CheckIn, entry: Entry) -> None:
        """Check in; a second check-in on a day changes nothing.

        Raises:
            NotYetAppointed, NoLongerServing: not in a posting on that day.
        """
        filled(place=asked.place)
        posting = self._posting_on(entry.occurred_on)
        if ("check-in", entry.occurred_on) in self.standing:
            return
        self.record(
            self.CheckedIn(
                **self.next(entry),
                village_id=posting.village_id,
                at=asked.at,
                place=asked.place,
                source_record=asked.source_record,
                outside=asked.outside,
            )
        )

    def grant_leave(self, asked: GrantLeave, entry: Entry) -> None:
        """Grant leave within the posting.

        Raises:
            LeaveOverlaps: other leave covers some of the days.
            InvalidValue: the last day is before the first.
            NotYetAppointed, NoLongerServing: a day is outside the posting.
        """
        if asked.last_day < asked.first_day:
            raise InvalidValue(
                field="last_day", problem_zh="结束日期早于开始日期", problem_en="it is before the first day"
            )
        posting = self._posting_on(asked.first_day)
        self._posting_on(asked.last_day)
        in_order(posting.since, entry)
        for key in self.standing.about("leave"):
            _, first, last = key
            if first <= asked.last_day and asked.first_day <= last:
                raise LeaveOverlaps(version=self.standing.version_of(key), first=first, last=last)
        self.record(
            self.LeaveGranted(
                **self.next(entry),
                village_id=posting.village_id,
                kind=asked.kind,
                first_day=asked.first_day,
                last_day=asked.last_day,
            )
        )

    def posted_village(self, day: date) -> UUID:
        """Return the village the person serves on `day`.

        Raises:
            NotYetAppointed, NoLongerServing: not in a posting on that day.
        """
        return self._posting_on(day).village_id

    def visit_household(self, asked: VisitHousehold, category: HouseholdCategory, entry: Entry) -> None:
        """Visit a household of the village; a second visit on a day changes nothing.

        Raises:
            NotYetAppointed, NoLongerServing: not in a posting on that day.
        """
        village = self.posted_village(entry.occurred_on)
        if ("visit", asked.household, entry.occurred_on) in self.standing:
            return
        self.record(
            self.HouseholdVisited(
                **self.next(entry), village_id=village, household=asked.household, category=category
            )
        )

    def record_duty(self, asked: RecordDuty, entry: Entry) -> None:
        """Record a duty of part 三 under its clause.

        Raises:
            UnknownDutyClause: no such clause, or one with an event of its own.
            NotYetAppointed, NoLongerServing: not in a posting on that day.
        """
        filled(summary=asked.summary)
        if asked.duty not in DUTY_CLAUSES:
            raise UnknownDutyClause(duty=asked.duty, known=" ".join(DUTY_CLAUSES))
        village = self.posted_village(entry.occurred_on)
        self.record(
            self.DutyRecorded(**self.next(entry), village_id=village, duty=asked.duty, summary=asked.summary)
        )

    def start_project(self, asked: StartProject, entry: Entry) -> None:
        """Start a practical project for a year.

        Raises:
            ProjectAlreadyStarted: one of that title for that year.
            NotYetAppointed, NoLongerServing: not in a posting on that day.
        """
        filled(title=asked.title)
        sensible_year(asked.year, entry)
        village = self.posted_village(entry.occurred_on)
        project = project_id(self.id, asked.year, asked.title)
        if ("project", project) in self.standing:
            raise ProjectAlreadyStarted(year=asked.year, title=asked.title)
        self.record(
            self.ProjectStarted(
                **self.next(entry), village_id=village, project_id=project, year=asked.year, title=asked.title
            )
        )

    def complete_project(self, asked: CompleteProject, entry: Entry) -> None:
        """Complete a started project.

        Raises:
            ProjectNotStarted, ProjectAlreadyCompleted: it is not under way.
            OutOfOrder: the day is before its start.
            NotYetAppointed, NoLongerServing: not in a posting on that day.
        """
        filled(outcome=asked.outcome)
        if asked.households_served < 0:
            raise InvalidValue(field="households_served", problem_zh="不能为负", problem_en="it is negative")
        village = self.posted_village(entry.occurred_on)
        if ("project", asked.project_id) not in self.standing:
            raise ProjectNotStarted
        if ("completion", asked.project_id) in self.standing:
            raise ProjectAlreadyCompleted
        in_order(self.project_starts[asked.project_id], entry)
        self.record(
            self.ProjectCompleted(
                **self.next(entry),
                village_id=village,
                project_id=asked.project_id,
                outcome=asked.outcome,
                households_served=asked.households_served,
            )
        )

    # -- what may be asked: management and its results -------------------------------------------------

    def inspect(self, asked: Inspect, entry: Entry) -> None:
        """Record a tour inspection, monthly meeting or quarterly review.

        Raises:
            NotYetAppointed, NoLongerServing: not in a posting on that day.
        """
        filled(conclusion=asked.conclusion)
        village = self.posted_village(entry.occurred_on)
        self.record(
            self.Inspected(
                **self.next(entry),
                village_id=village,
                kind=asked.kind,
                conclusion=asked.conclusion,
                problems_found=asked.problems_found,
            )
        )

    def appraise(self, asked: Appraise, entry: Entry) -> None:
        """Record an appraisal: daily for a month, yearly, or at term end.

        Raises:
            AppraisalRepeated: the period has one of this kind.
            InvalidValue: the period is malformed or outside the service, or a score is not 0 to 100.
            NotYetAppointed: there is no service to appraise.
        """
        posting = self._posting_by(entry.occurred_on)
        self._check_period(asked.kind, asked.period, posting)
        for score in asked.scores:
            if not (score.points.is_finite() and 0 <= score.points <= 100):
                raise InvalidValue(
                    field=f"scores[{score.part}]",
                    problem_zh=f"{score.points}不在0至100之间",
                    problem_en=f"{score.points} is not between 0 and 100",
                )
        key = ("appraisal", asked.kind, asked.period)
        if (version := self.standing.version_of(key)) is not None:
            raise AppraisalRepeated(
                period=asked.period, kind=asked.kind.zh, kind_en=asked.kind, version=version
            )
        self.record(
            self.Appraised(
                **self.next(entry),
                village_id=posting.village_id,
                kind=asked.kind,
                period=asked.period,
                scores=asked.scores,
                grade=asked.grade,
            )
        )

    def commend(self, asked: Commend, entry: Entry) -> None:
        """Record what good work earned.

        Raises:
            NotYetAppointed: there is no service to commend.
        """
        filled(authority=asked.authority)
        sensible_year(asked.year, entry)
        posting = self._posting_by(entry.occurred_on)
        self.record(
            self.Commended(
                **self.next(entry),
                village_id=posting.village_id,
                kind=asked.kind,
                year=asked.year,
                authority=asked.authority,
            )
        )

    def pay_subsidy(self, asked: PaySubsidy, entry: Entry) -> None:
        """Pay a month's subsidy of a kind.

        Raises:
            SubsidyRepeated: the month's is paid.
            InvalidValue: the month is malformed or outside the service, or the amount not positive.
            NotYetAppointed: there is no service to pay for.
        """
        positive(amount=asked.amount)
        posting = self._posting_by(entry.occurred_on)
        month_in(posting.since, posting.until, asked.month, "month")
        if (version := self.standing.version_of(("subsidy", asked.kind, asked.month))) is not None:
            raise SubsidyRepeated(month=asked.month, kind=asked.kind.zh, kind_en=asked.kind, version=version)
        self.record(
            self.SubsidyPaid(
                **self.next(entry),
                village_id=posting.village_id,
                kind=asked.kind,
                month=asked.month,
                amount=asked.amount,
            )
        )

    def promote_but_retain(self, asked: PromoteButRetain, entry: Entry) -> None:
        """Record a promotion after which the person stays in the village as 包村干部.

        Raises:
            PromotionAlreadyRecorded: to that position, it is.
            NotYetAppointed, NoLongerServing: not in a posting on that day.
        """
        filled(new_position=asked.new_position)
        village = self.posted_village(entry.occurred_on)
        if ("promotion", asked.new_position) in self.standing:
            raise PromotionAlreadyRecorded(position=asked.new_position)
        self.record(
            self.PromotedButRetained(**self.next(entry), village_id=village, new_position=asked.new_position)
        )

    def recall(self, asked: Recall, entry: Entry) -> None:
        """Recall through the sending unit, which is told and ordered to select again.

        Raises:
            NotServing: there is nobody to recall.
            NotYetAppointed, NoLongerServing: not in the posting on that day.
        """
        filled(reason=asked.reason)
        if self.stage is not Stage.SERVING:
            raise NotServing
        if entry.occurred_on < self.postings[-1].since:  # an earlier posting is over, and stays as it was
            raise NotYetAppointed(day=entry.occurred_on)
        village = self.posted_village(entry.occurred_on)
        self.record(
            self.Recalled(
                **self.next(entry),
                village_id=village,
                ground=asked.ground,
                reason=asked.reason,
                unit_told=self.sending_unit,
                replacement_ordered=True,
            )
        )

    def open_accountability(self, asked: OpenAccountability, entry: Entry) -> None:
        """Put a grave case to accountability, in service or after it.

        Raises:
            NotYetAppointed: there was no service.
        """
        filled(case_number=asked.case_number)
        posting = self._posting_by(entry.occurred_on)
        self.record(
            self.AccountabilityOpened(
                **self.next(entry),
                village_id=posting.village_id,
                ground=asked.ground,
                case_number=asked.case_number,
            )
        )

    def discipline(self, asked: Discipline, entry: Entry) -> None:
        """Record discipline imposed in a grave case, in service or after it.

        Raises:
            NotYetAppointed: there was no service.
        """
        filled(case_number=asked.case_number)
        posting = self._posting_by(entry.occurred_on)
        self.record(
            self.Disciplined(
                **self.next(entry),
                village_id=posting.village_id,
                measure=asked.measure,
                case_number=asked.case_number,
            )
        )

    def complete_term(self, entry: Entry) -> None:
        """Complete the term on or after its last day.

        Raises:
            NotServing: there is no term to complete.
            TermNotOver: it has days left.
        """
        if self.stage is not Stage.SERVING:
            raise NotServing
        posting = self.postings[-1]
        if entry.occurred_on < posting.until:
            raise TermNotOver(until=posting.until, day=entry.occurred_on)
        self.record(self.TermCompleted(**self.next(entry), village_id=posting.village_id))

    def void(self, asked: VoidInstructorEvent, entry: Entry) -> None:
        """Void a wrong fact, with a reason; it stays visible.

        Raises:
            NoSuchEvent, NotVoidable, AlreadyVoided: there is nothing to void.
            StillReliedOn: a project's start while its completion stands.
        """
        filled(reason=asked.reason)
        kind, *about = self.standing.key_to_void(asked.version, self.version)
        if kind == "project" and (dependent := self.standing.version_of(("completion", *about))) is not None:
            raise StillReliedOn(version=asked.version, dependent=dependent)
        self.record(self.Voided(**self.next(entry), voided_version=asked.version, reason=asked.reason))

    def forget(self, asked: Forget, entry: Entry) -> None:
        """Forget the forms of somebody who is out of the programme; all else that they did stays on record.

        They may be nominated anew, with another form.

        Raises:
            StillInProcedure: nominated, approved or serving.
            NotNominated: there never was a form.
            AlreadyForgotten: there was none since the last time.
            OutOfOrder: the day is before the end of the procedure or the posting.
        """
        filled(reason=asked.reason)
        if self.stage is not Stage.OUTSIDE:
            raise StillInProcedure
        if self.version == 0:
            raise NotNominated
        if not self.remembered:
            raise AlreadyForgotten
        in_order(self.latest_step_on, entry)
        self.record(self.Forgotten(**self.next(entry), reason=asked.reason))

    def _nominee(self, entry: Entry) -> Form:
        if self.stage in {Stage.APPROVED, Stage.SERVING}:
            raise AlreadyReviewed
        if self.stage is Stage.OUTSIDE:
            raise NotNominated
        if self.form is None:
            raise FormUnreadable
        in_order(self.latest_step_on, entry)
        return self.form

    def _posting_on(self, day: date) -> Posting:
        posting = self._posting_by(day)
        if day > posting.until:
            raise NoLongerServing(day=day, until=posting.until)
        return posting

    def _posting_by(self, day: date) -> Posting:
        begun = [posting for posting in self.postings if posting.since <= day]
        if not begun:
            raise NotYetAppointed(day=day)
        return begun[-1]

    def _check_period(self, kind: AppraisalKind, period: str, posting: Posting) -> None:
        first, last = posting.since, posting.until
        match kind:
            case AppraisalKind.DAILY:
                month_in(first, last, period, "period")
                return
            case AppraisalKind.YEARLY:
                allowed = [str(year) for year in range(first.year, last.year + 1)]
            case AppraisalKind.TERM_END:
                allowed = [f"{first.year}-{last.year}"]
        if period not in allowed:
            raise InvalidValue(
                field="period",
                problem_zh=f"“{period}”不是该任期的考核期,可选:{'、'.join(allowed)}",
                problem_en=f"{period!r} is no period of this posting; choose one of {', '.join(allowed)}",
            )

    # -- what each event changes -----------------------------------------------------------------------

    @event(Nominated)
    def _nominated(self, batch_year: int, sending_unit: str, form: Form | None, occurred_on: date) -> None:
        self.stage = Stage.NOMINATED
        self.batch_year = batch_year
        self.sending_unit = sending_unit
        self.form = form
        self.remembered = True
        self.latest_step_on = occurred_on

    @event(Approved)
    def _approved(self, occurred_on: date) -> None:
        self.stage = Stage.APPROVED
        self.form = None
        self.latest_step_on = occurred_on

    @event(Rejected)
    def _rejected(self, occurred_on: date) -> None:
        self.stage = Stage.OUTSIDE
        self.form = None
        self.latest_step_on = occurred_on

    @event(Appointed)
    def _appointed(
        self, village_id: UUID, batch_year: int, until: date, replaces: UUID | None, occurred_on: date
    ) -> None:
        self.stage = Stage.SERVING
        self.postings.append(Posting(village_id, batch_year, occurred_on, until, replaces))
        self.latest_step_on = occurred_on

    @event(PartyRelationTransferred)
    def _party_relation_transferred(self, occurred_on: date, originator_version: int) -> None:
        posting = next(posting for posting in reversed(self.postings) if posting.since <= occurred_on)
        self.standing.add(("party relation", posting.since), originator_version)

    @event(CheckedIn)
    def _checked_in(self, occurred_on: date, originator_version: int) -> None:
        self.standing.add(("check-in", occurred_on), originator_version)

    @event(LeaveGranted)
    def _leave_granted(self, first_day: date, last_day: date, originator_version: int) -> None:
        self.standing.add(("leave", first_day, last_day), originator_version)

    @event(HouseholdVisited)
    def _household_visited(self, household: str, occurred_on: date, originator_version: int) -> None:
        self.standing.add(("visit", household, occurred_on), originator_version)

    @event(DutyRecorded)
    def _duty_recorded(self, originator_version: int) -> None:
        self.standing.add(("duty", originator_version), originator_version)

    @event(ProjectStarted)
    def _project_started(self, project_id: UUID, occurred_on: date, originator_version: int) -> None:
        self.project_starts[project_id] = occurred_on
        self.standing.add(("project", project_id), originator_version)

    @event(ProjectCompleted)
    def _project_completed(self, project_id: UUID, originator_version: int) -> None:
        self.standing.add(("completion", project_id), originator_version)

    @event(Inspected)
    def _inspected(self, originator_version: int) -> None:
        self.standing.add(("inspection", originator_version), originator_version)

    @event(Appraised)
    def _appraised(self, kind: AppraisalKind, period: str, originator_version: int) -> None:
        self.standing.add(("appraisal", kind, period), originator_version)

    @event(Commended)
    def _commended(self, originator_version: int) -> None:
        self.standing.add(("commendation", originator_version), originator_version)

    @event(SubsidyPaid)
    def _subsidy_paid(self, kind: SubsidyKind, month: str, originator_version: int) -> None:
        self.standing.add(("subsidy", kind, month), originator_version)

    @event(PromotedButRetained)
    def _promoted_but_retained(self, new_position: str, originator_version: int) -> None:
        self.standing.add(("promotion", new_position), originator_version)

    @event(Recalled)
    def _recalled(self, occurred_on: date) -> None:
        self._left(occurred_on, until=occurred_on)

    @event(AccountabilityOpened)
    def _accountability_opened(self, originator_version: int) -> None:
        self.standing.add(("accountability", originator_version), originator_version)

    @event(Disciplined)
    def _disciplined(self, originator_version: int) -> None:
        self.standing.add(("discipline", originator_version), originator_version)

    @event(TermCompleted)
    def _term_completed(self, occurred_on: date) -> None:
        self._left(occurred_on, until=self.postings[-1].until)

    def _left(self, day: date, *, until: date) -> None:
        self.stage = Stage.OUTSIDE
        self.latest_step_on = day
        self.postings[-1] = replace(self.postings[-1], until=until)

    @event(Voided)
    def _voided(self, voided_version: int) -> None:
        self.standing.remove(voided_version)

    @event(Forgotten)
    def _forgotten(self) -> None:
        self.remembered = False


InstructorEvent = (
    Instructor.Nominated
    | Instructor.Approved
    | Instructor.Rejected
    | Instructor.Appointed
    | Instructor.PartyRelationTransferred
    | Instructor.CheckedIn
    | Instructor.LeaveGranted
    | Instructor.HouseholdVisited
    | Instructor.DutyRecorded
    | Instructor.ProjectStarted
    | Instructor.ProjectCompleted
    | Instructor.Inspected
    | Instructor.Appraised
    | Instructor.Commended
    | Instructor.SubsidyPaid
    | Instructor.PromotedButRetained
    | Instructor.Recalled
    | Instructor.AccountabilityOpened
    | Instructor.Disciplined
    | Instructor.TermCompleted
    | Instructor.Voided
    | Instructor.Forgotten
)
"""Every event of an instructor."""
