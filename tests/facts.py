"""What can have happened, one function an event: a village in its batch of 2020 and its instructor.

Every argument has the value of the ordinary case, so that a sentence names only what it is about.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.commands import Alteration, Form, Household, Look, RuleException, Score
from domain.correction import Correction
from domain.disclosure import Disclosure
from domain.ids import instructor_id, project_id, village_id
from domain.instructor import Instructor
from domain.intake import Import
from domain.remark import Remark
from domain.root import Event
from domain.terms import (
    AppraisalKind,
    CommendationKind,
    Departure,
    Education,
    Employment,
    Gender,
    Goal,
    Grade,
    HouseholdCategory,
    InspectionKind,
    LeaveKind,
    Measure,
    RecallGround,
    Role,
    Route,
    SubsidyKind,
    VillageKind,
)
from domain.village import Village
from tests.scenario import (
    CORRECTION,
    COUNTY,
    FILE,
    FILE_SHA256,
    LOOKS,
    PERSON,
    REMARK,
    STAFF_NUMBER,
    VILLAGE,
    VILLAGE_CODE,
    Fact,
)

ANOTHER_VILLAGE_CODE = "430624105202"
ANOTHER_VILLAGE = village_id(COUNTY, ANOTHER_VILLAGE_CODE)
SUCCESSORS_NUMBER = "XY-0002"
SUCCESSOR = instructor_id(COUNTY, SUCCESSORS_NUMBER)
PROJECT = project_id(PERSON, 2020, "Road lamps")

THE_NOTICE = date(2020, 3, 17)
APPOINTMENT = date(2020, 4, 1)
MAY_3 = date(2020, 5, 3)
LAST_DAY = date(2023, 3, 31)
"""Of the term that began with the appointment."""

HOUSEHOLD = Household(code="H-001", category=HouseholdCategory.REGISTERED_POOR)
FORM = Form(
    name="陈思远",
    gender=Gender.FEMALE,
    born=date(1990, 6, 15),
    ethnicity="汉族",
    native_place="湖南湘阴",
    birthplace="湖南湘阴",
    party_joined=date(2012, 7, 1),
    work_started=date(2013, 8, 1),
    health="健康",
    education=Education.BACHELOR,
    school="湖南农业大学",
    employment=Employment.CIVIL_SERVANT,
    position="一级科员",
    clerk_since=date(2016, 1, 1),
)
EXCEPTIONS = (RuleException(rule="TOO_SHORT_AS_CLERK", reason="全县遴选第一名"),)


def form(**changes: Any) -> Form:
    """The form of somebody who meets every rule, but for the changes."""
    return replace(FORM, **changes)


# Villages


def _of_village(kind: type[Village.Event], on: date, /, **fields: Any) -> Fact:
    return Fact(kind, VILLAGE, on, fields)


def village_nominated(*, on: date = THE_NOTICE, year: int = 2020, weak_or_lagging: bool = False) -> Fact:
    return _of_village(
        Village.Nominated,
        on,
        code=VILLAGE_CODE,
        name="芙蓉园村",
        township_code="430624105",
        township="石塘镇",
        year=year,
        kind=VillageKind.VILLAGE,
        weak_or_lagging=weak_or_lagging,
        reason="基础薄弱",
    )


def village_approved(*, on: date = THE_NOTICE, year: int = 2020) -> Fact:
    return _of_village(Village.Approved, on, year=year)


def village_declined(*, on: date = THE_NOTICE, year: int = 2020, exception_reason: str = "") -> Fact:
    return _of_village(Village.Declined, on, year=year, reason="名额已满", exception_reason=exception_reason)


def households_registered(*households: Household, on: date = THE_NOTICE) -> Fact:
    return _of_village(Village.HouseholdsRegistered, on, households=households or (HOUSEHOLD,))


def household_removed(*, on: date = MAY_3, household: str = HOUSEHOLD.code) -> Fact:
    return _of_village(Village.HouseholdRemoved, on, household=household, reason="整户迁出")


def instructor_posted(
    *,
    who: UUID = PERSON,
    on: date = APPOINTMENT,
    batch_year: int = 2020,
    until: date = LAST_DAY,
    replaces: UUID | None = None,
) -> Fact:
    return _of_village(
        Village.InstructorPosted,
        on,
        instructor_id=who,
        batch_year=batch_year,
        until=until,
        replaces=replaces,
    )


def instructor_withdrawn(
    *,
    who: UUID = PERSON,
    on: date = MAY_3,
    departure: Departure = Departure.RECALLED,
    vacant_until: date | None = LAST_DAY,
) -> Fact:
    return _of_village(
        Village.InstructorWithdrawn, on, instructor_id=who, departure=departure, vacant_until=vacant_until
    )


def goals_assessed(*, on: date = date(2020, 12, 20), year: int = 2020) -> Fact:
    return _of_village(Village.GoalsAssessed, on, year=year, met=(Goal.STRONG_ORGANISATION,))


def award_paid(*, on: date = date(2021, 1, 20), year: int = 2020) -> Fact:
    return _of_village(Village.AwardPaid, on, year=year, amount=Decimal("50000.00"))


def village_voided(version: int, *, on: date = MAY_3) -> Fact:
    return _of_village(Village.Voided, on, voided_version=version, reason="录入有误")


# Instructors


def _of_instructor(kind: type[Instructor.Event], on: date, /, **fields: Any) -> Fact:
    return Fact(kind, PERSON, on, fields)


def _in_village(kind: type[Instructor.Event], on: date, /, **fields: Any) -> Fact:
    return _of_instructor(kind, on, **{"village_id": VILLAGE, **fields})


def nominated(*, on: date = THE_NOTICE, batch_year: int = 2020, **form_changes: Any) -> Fact:
    return _of_instructor(
        Instructor.Nominated,
        on,
        staff_number=STAFF_NUMBER,
        batch_year=batch_year,
        route=Route.SENDING_UNIT,
        nominating_body="县教育局党组",
        sending_unit="县教育局",
        collective_study_on=on,
        form=form(**form_changes),
    )


def approved(*exceptions: RuleException, on: date = THE_NOTICE, batch_year: int = 2020) -> Fact:
    return _of_instructor(Instructor.Approved, on, batch_year=batch_year, exceptions=exceptions)


def rejected(
    *,
    on: date = THE_NOTICE,
    rules_failed: tuple[str, ...] = (),
    clauses_failed: tuple[str, ...] = (),
) -> Fact:
    return _of_instructor(
        Instructor.Rejected,
        on,
        batch_year=2020,
        rules_failed=rules_failed,
        clauses_failed=clauses_failed,
        reason="不符合选派条件",
    )


def appointed(
    *,
    village: UUID = VILLAGE,
    on: date = APPOINTMENT,
    batch_year: int = 2020,
    until: date = LAST_DAY,
    replaces: UUID | None = None,
) -> Fact:
    return _of_instructor(
        Instructor.Appointed, on, village_id=village, batch_year=batch_year, until=until, replaces=replaces
    )


def party_relation_transferred(*, on: date = MAY_3) -> Fact:
    return _in_village(Instructor.PartyRelationTransferred, on, branch="芙蓉园村党支部")


def checked_in(*, on: date = MAY_3) -> Fact:
    return _in_village(Instructor.CheckedIn, on, at=time(8, 30), place="村部", source_record="DD-1")


def leave_granted(first_day: date, last_day: date, *, on: date = MAY_3) -> Fact:
    return _in_village(
        Instructor.LeaveGranted, on, kind=LeaveKind.ANNUAL, first_day=first_day, last_day=last_day
    )


def household_visited(*, on: date = MAY_3, household: Household = HOUSEHOLD) -> Fact:
    return _in_village(Instructor.HouseholdVisited, on, household=household.code, category=household.category)


def duty_recorded(*, on: date = MAY_3, duty: str = "三(二)1") -> Fact:
    return _in_village(Instructor.DutyRecorded, on, duty=duty, summary="主题党日")


def project_started(*, on: date = MAY_3, year: int = 2020) -> Fact:
    return _in_village(
        Instructor.ProjectStarted,
        on,
        project_id=project_id(PERSON, year, "Road lamps"),
        year=year,
        title="Road lamps",
    )


def project_completed(*, on: date = date(2020, 9, 1)) -> Fact:
    return _in_village(
        Instructor.ProjectCompleted, on, project_id=PROJECT, outcome="安装路灯40盏", households_served=120
    )


def inspected(*, on: date = MAY_3, kind: InspectionKind = InspectionKind.TOUR) -> Fact:
    return _in_village(Instructor.Inspected, on, kind=kind, conclusion="到岗到位", problems_found=False)


def appraised(
    *,
    on: date = date(2021, 1, 10),
    kind: AppraisalKind = AppraisalKind.YEARLY,
    period: str = "2020",
    grade: Grade = Grade.EXCELLENT,
) -> Fact:
    scores = (Score(part="考勤", points=Decimal("95.5")), Score(part="村民测评", points=Decimal(100)))
    return _in_village(Instructor.Appraised, on, kind=kind, period=period, scores=scores, grade=grade)


def commended(*, on: date = date(2021, 2, 1)) -> Fact:
    return _in_village(
        Instructor.Commended, on, kind=CommendationKind.PUBLICITY, year=2020, authority="县委组织部"
    )


def subsidy_paid(
    *, on: date = date(2020, 5, 31), kind: SubsidyKind = SubsidyKind.LIVING, month: str = "2020-05"
) -> Fact:
    return _in_village(Instructor.SubsidyPaid, on, kind=kind, month=month, amount=Decimal("900.00"))


def promoted(*, on: date = MAY_3) -> Fact:
    return _in_village(Instructor.PromotedButRetained, on, new_position="Deputy chief")


def recalled(*, on: date = MAY_3, village: UUID = VILLAGE) -> Fact:
    return _in_village(
        Instructor.Recalled,
        on,
        village_id=village,
        ground=RecallGround.LAGGING_WORK,
        reason="连续三月未达标",
        unit_told="县教育局",
        replacement_ordered=True,
    )


def accountability_opened(*, on: date = MAY_3) -> Fact:
    return _in_village(
        Instructor.AccountabilityOpened, on, ground=RecallGround.MAJOR_ACCIDENT, case_number="湘纪2020-7"
    )


def disciplined(*, on: date = MAY_3) -> Fact:
    return _in_village(Instructor.Disciplined, on, measure=Measure.ADMONITION, case_number="湘纪2020-7")


def term_completed(*, on: date = LAST_DAY) -> Fact:
    return _in_village(Instructor.TermCompleted, on)


def voided(version: int, *, on: date = MAY_3) -> Fact:
    return _of_instructor(Instructor.Voided, on, voided_version=version, reason="录入有误")


def forgotten(*, on: date = MAY_3) -> Fact:
    return _of_instructor(Instructor.Forgotten, on, reason="本人申请")


def file_taken(*, on: date = MAY_3) -> Fact:
    return Fact(
        Import.Taken,
        FILE,
        on,
        {
            "paper": "check-ins",
            "file_name": "考勤4月.xlsx",
            "file_sha256": FILE_SHA256,
            "file_size": 18_432,
            "rows_recorded": 20,
            "rows_already": 2,
            "rows_passed": 3,
            "rows_refused": 1,
            "events": 21,
        },
    )


ALTERATIONS = (Alteration(field="at", before="08:30:00", after="09:30:00"),)


def correction_requested(*alterations: Alteration, on: date = date(2020, 5, 8)) -> Fact:
    """An instructor asks to have a check-in corrected, the fourth of their events."""
    why = {
        "reason": "手机时间错误",
        "evidence": "村部监控截图",
        "evidence_sha256": "5c" * 32,
        "alterations": alterations,
    }
    return _of_correction(Correction.Requested, on, **why).by(Role.INSTRUCTOR)


def correction_approved(*, recorded_version: int | None = None, on: date = date(2020, 5, 9)) -> Fact:
    return _of_correction(Correction.Approved, on, recorded_version=recorded_version)


def correction_rejected(*, on: date = date(2020, 5, 9)) -> Fact:
    return _of_correction(Correction.Rejected, on, reason="证明材料不足")


LOOK = Look(
    at=datetime(2020, 6, 10, 1, 30, 15, 250_000, tzinfo=UTC),
    what="form",
    people=(PERSON, SUCCESSOR),
    fields=("name", "phone"),
    as_of=date(2020, 6, 10),
    known_position=12,
    reason="核对年龄",
    digest="5a" * 32,
)


def looked(*looks: Look, on: date = date(2020, 6, 10)) -> Fact:
    """An auditor looked."""
    return Fact(Disclosure.Read, LOOKS, on, {"looks": looks or (LOOK,)}).by(Role.AUDITOR)


def remark_made(
    text: str = "三日的打卡集中补录", *, flagged: bool = True, on: date = date(2020, 6, 8)
) -> Fact:
    """An auditor flags a check-in, the fourth event of an instructor."""
    about = {"about_id": PERSON, "about_version": 4, "about_topic": Instructor.CheckedIn.TOPIC}
    return Fact(Remark.Made, REMARK, on, {**about, "flagged": flagged, "text": text}).by(Role.AUDITOR)


def remark_answered(text: str = "村部停电,系统恢复后补录", *, on: date = date(2020, 6, 9)) -> Fact:
    return Fact(Remark.Answered, REMARK, on, {"text": text})


def remark_settled(text: str = "说明属实", *, on: date = date(2020, 6, 10)) -> Fact:
    return Fact(Remark.Settled, REMARK, on, {"text": text}).by(Role.AUDITOR)


def _of_correction(kind: type[Event], on: date, **fields: Any) -> Fact:
    named = {
        "corrected_id": PERSON,
        "corrected_version": 4,
        "corrected_topic": Instructor.CheckedIn.TOPIC,
    }
    return Fact(kind, CORRECTION, on, {**named, **fields})


KEY_VILLAGE = (village_nominated(), village_approved())
READY = (nominated(), approved())
SERVING = (*READY, appointed())
POSTED = (*KEY_VILLAGE, households_registered(), instructor_posted(), *SERVING)
"""A village with one household and its instructor in service: 4 events and 3."""
RECALLED = (*POSTED, recalled(), instructor_withdrawn())
"""The instructor was recalled on 3 May 2020; the rest of the term, to 31 March 2023, stands open."""

ONE_OF_EACH = (
    village_nominated(weak_or_lagging=True),
    village_approved(),
    village_declined(exception_reason="已列入拆迁"),
    households_registered(),
    household_removed(),
    instructor_posted(who=SUCCESSOR, replaces=PERSON),
    instructor_withdrawn(),
    goals_assessed(),
    award_paid(),
    village_voided(8),
    nominated(),
    approved(*EXCEPTIONS),
    rejected(rules_failed=("NOT_PARTY_MEMBER", "OVER_AGE"), clauses_failed=("二(三)",)),
    appointed(replaces=SUCCESSOR),
    party_relation_transferred(),
    checked_in(),
    leave_granted(MAY_3, date(2020, 5, 8)),
    household_visited(),
    duty_recorded(),
    project_started(),
    project_completed(),
    inspected(),
    appraised(),
    commended(),
    subsidy_paid(),
    promoted(),
    recalled(),
    accountability_opened(),
    disciplined(),
    term_completed(),
    voided(6),
    forgotten(),
    file_taken(),
    correction_requested(*ALTERATIONS),
    correction_approved(recorded_version=6),
    correction_rejected(),
    remark_made(),
    remark_answered(),
    remark_settled(),
    looked(LOOK, replace(LOOK, what="report:roll", reason=None, as_of=None)),
)
"""One fact of each kind, not a history."""
