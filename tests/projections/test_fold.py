"""Every event becomes its entry in the history and the facts that are asked for."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given

from domain.events import EVENT_TYPES, AnyEvent
from domain.root import Event
from projections import facts
from projections.facts import TABLES
from projections.fold import Change, Erasing, Voiding, fold
from tests.facts import (
    APPOINTMENT,
    LAST_DAY,
    MAY_3,
    ONE_OF_EACH,
    PROJECT,
    SUCCESSOR,
    THE_NOTICE,
)
from tests.scenario import COMMAND_ID, CORRECTION, FILE, FILE_SHA256, PERSON, REMARK, VILLAGE, Fact
from tests.strategies import events

AT = 7
RECORDED = datetime(2020, 6, 9, 16, 30, tzinfo=UTC)
"""Half past midnight on 10 June in Shanghai."""

FACTS: dict[str, tuple[Change, ...]] = {
    "Village.Nominated": (
        facts.VillageNomination(
            AT,
            VILLAGE,
            "430624105201",
            "芙蓉园村",
            "430624105",
            "石塘镇",
            2020,
            "village",
            True,
            "基础薄弱",
            THE_NOTICE,
        ),
    ),
    "Village.Approved": (facts.VillageReview(AT, VILLAGE, 2020, True, None, None, THE_NOTICE),),
    "Village.Declined": (
        facts.VillageReview(AT, VILLAGE, 2020, False, "名额已满", "已列入拆迁", THE_NOTICE),
    ),
    "Village.HouseholdsRegistered": (
        facts.HouseholdEntry(AT, 0, VILLAGE, "H-001", "registered_poor", THE_NOTICE),
    ),
    "Village.HouseholdRemoved": (facts.HouseholdRemoval(AT, VILLAGE, "H-001", "整户迁出", MAY_3),),
    "Village.InstructorPosted": (),
    "Village.InstructorWithdrawn": (),
    "Village.GoalsAssessed": (facts.Goals(AT, VILLAGE, 2020, ["strong_organisation"], date(2020, 12, 20)),),
    "Village.AwardPaid": (facts.Award(AT, VILLAGE, 2020, Decimal("50000.00"), date(2021, 1, 20)),),
    "Village.Voided": (Voiding(AT, VILLAGE, 8),),
    "Instructor.Nominated": (
        facts.Nomination(
            AT,
            PERSON,
            "XY-0001",
            "陈思远",
            "female",
            2020,
            "sending_unit",
            "县教育局党组",
            "县教育局",
            THE_NOTICE,
            {
                "name": "陈思远",
                "gender": "female",
                "born": "1990-06-15",
                "ethnicity": "汉族",
                "native_place": "湖南湘阴",
                "birthplace": "湖南湘阴",
                "party_joined": "2012-07-01",
                "work_started": "2013-08-01",
                "health": "健康",
                "professional_title": "",
                "specialities": "",
                "education": "bachelor",
                "school": "湖南农业大学",
                "in_service_education": "",
                "in_service_school": "",
                "employment": "civil_servant",
                "position": "一级科员",
                "clerk_since": "2016-01-01",
                "preferred_village": "",
                "phone": "",
                "career": "",
                "full_time_education": "",
            },
            THE_NOTICE,
        ),
    ),
    "Instructor.Approved": (
        facts.Review(
            AT,
            PERSON,
            2020,
            True,
            ({"rule": "TOO_SHORT_AS_CLERK", "reason": "全县遴选第一名"},),
            [],
            [],
            None,
            THE_NOTICE,
        ),
    ),
    "Instructor.Rejected": (
        facts.Review(
            AT,
            PERSON,
            2020,
            False,
            (),
            ["NOT_PARTY_MEMBER", "OVER_AGE"],
            ["二(三)"],
            "不符合选派条件",
            THE_NOTICE,
        ),
    ),
    "Instructor.Appointed": (facts.Appointment(AT, PERSON, VILLAGE, 2020, LAST_DAY, SUCCESSOR, APPOINTMENT),),
    "Instructor.PartyRelationTransferred": (
        facts.PartyRelation(AT, PERSON, VILLAGE, "芙蓉园村党支部", MAY_3),
    ),
    "Instructor.CheckedIn": (
        facts.CheckIn(AT, PERSON, VILLAGE, time(8, 30), "村部", "DD-1", False, 38, MAY_3, RECORDED),
    ),
    "Instructor.LeaveGranted": (facts.Leave(AT, PERSON, VILLAGE, "annual", MAY_3, date(2020, 5, 8), MAY_3),),
    "Instructor.HouseholdVisited": (
        facts.Visit(AT, PERSON, VILLAGE, "H-001", "registered_poor", MAY_3, RECORDED),
    ),
    "Instructor.DutyRecorded": (facts.Duty(AT, PERSON, VILLAGE, "三(二)1", "主题党日", MAY_3),),
    "Instructor.ProjectStarted": (
        facts.ProjectStart(AT, PERSON, VILLAGE, PROJECT, 2020, "Road lamps", MAY_3),
    ),
    "Instructor.ProjectCompleted": (
        facts.ProjectCompletion(AT, PERSON, VILLAGE, PROJECT, "安装路灯40盏", 120, date(2020, 9, 1)),
    ),
    "Instructor.Inspected": (facts.Inspection(AT, PERSON, VILLAGE, "tour", "到岗到位", False, MAY_3),),
    "Instructor.Appraised": (
        facts.Appraisal(
            AT,
            PERSON,
            VILLAGE,
            "yearly",
            "2020",
            ({"part": "考勤", "points": "95.5"}, {"part": "村民测评", "points": "100"}),
            "excellent",
            date(2021, 1, 10),
        ),
    ),
    "Instructor.Commended": (
        facts.Commendation(AT, PERSON, VILLAGE, "publicity", 2020, "县委组织部", date(2021, 2, 1)),
    ),
    "Instructor.SubsidyPaid": (
        facts.Subsidy(AT, PERSON, VILLAGE, "living", "2020-05", Decimal("900.00"), date(2020, 5, 31)),
    ),
    "Instructor.PromotedButRetained": (facts.Promotion(AT, PERSON, VILLAGE, "Deputy chief", MAY_3),),
    "Instructor.Recalled": (
        facts.Departure(
            AT, PERSON, VILLAGE, "recalled", "lagging_work", "连续三月未达标", "县教育局", True, MAY_3
        ),
    ),
    "Instructor.AccountabilityOpened": (
        facts.GraveCase(AT, PERSON, VILLAGE, "accountability", "major_accident", None, "湘纪2020-7", MAY_3),
    ),
    "Instructor.Disciplined": (
        facts.GraveCase(AT, PERSON, VILLAGE, "discipline", None, "admonition", "湘纪2020-7", MAY_3),
    ),
    "Instructor.TermCompleted": (
        facts.Departure(AT, PERSON, VILLAGE, "term_completed", None, None, None, False, LAST_DAY),
    ),
    "Instructor.Voided": (Voiding(AT, PERSON, 6),),
    "Instructor.Forgotten": (facts.Forgetting(AT, PERSON, "本人申请", MAY_3), Erasing(AT, PERSON)),
    "Import.Taken": (
        facts.ImportRun(
            *(AT, FILE, "check-ins", "考勤4月.xlsx", FILE_SHA256, 18_432, 20, 2, 3, 1, 21, MAY_3, RECORDED)
        ),
    ),
    "Correction.Requested": (
        facts.CorrectionRequest(
            *(
                AT,
                CORRECTION,
                PERSON,
                4,
                "Instructor.CheckedIn",
                PERSON,
                None,
                "手机时间错误",
                "村部监控截图",
            ),
            "5c" * 32,
            ({"field": "at", "before": "08:30:00", "after": "09:30:00"},),
            date(2020, 5, 8),
            RECORDED,
        ),
    ),
    "Correction.Approved": (
        facts.CorrectionDecision(AT, CORRECTION, True, None, 6, date(2020, 5, 9), RECORDED),
    ),
    "Correction.Rejected": (
        facts.CorrectionDecision(AT, CORRECTION, False, "证明材料不足", None, date(2020, 5, 9), RECORDED),
    ),
    "Disclosure.Read": tuple(
        facts.Look(
            *(AT, ordinal, "auditor-1", "auditor", "审计(巡察)机构"),
            datetime(2020, 6, 10, 1, 30, 15, 250_000, tzinfo=UTC),
            what,
            [PERSON, SUCCESSOR],
            ["name", "phone"],
            day,
            12,
            reason,
            "5a" * 32,
            date(2020, 6, 10),
            RECORDED,
        )
        for ordinal, (what, day, reason) in enumerate(
            [("form", date(2020, 6, 10), "核对年龄"), ("report:roll", None, None)]
        )
    ),
    "Remark.Made": (
        facts.Remark(
            *(AT, REMARK, PERSON, 4, "Instructor.CheckedIn", PERSON, None, True, "三日的打卡集中补录"),
            date(2020, 6, 8),
            RECORDED,
        ),
    ),
    "Remark.Answered": (
        facts.RemarkStep(AT, REMARK, False, "村部停电,系统恢复后补录", date(2020, 6, 9), RECORDED),
    ),
    "Remark.Settled": (facts.RemarkStep(AT, REMARK, True, "说明属实", date(2020, 6, 10), RECORDED),),
}
"""What each of `ONE_OF_EACH` comes to, recorded at position 7."""


def test_every_event_there_is_has_its_expectation() -> None:
    assert FACTS.keys() == EVENT_TYPES.keys()
    assert {fact.kind.TOPIC for fact in ONE_OF_EACH} == EVENT_TYPES.keys()


@pytest.mark.parametrize("fact", ONE_OF_EACH, ids=lambda fact: fact.kind.TOPIC)
def test_an_event_becomes_its_facts(fact: Fact) -> None:
    _, *found = folded(fact.as_version(4))
    assert found == list(FACTS[fact.kind.TOPIC])
    assert [type(it) for it in found] == [type(it) for it in FACTS[fact.kind.TOPIC]]


@pytest.mark.parametrize("fact", ONE_OF_EACH, ids=lambda fact: fact.kind.TOPIC)
def test_every_event_enters_the_history_with_who_when_and_about_whom(fact: Fact) -> None:
    event = fact.as_version(4)
    entry, *_ = folded(event)
    kind = fact.kind.TOPIC.split(".")[0]
    person = PERSON if kind in {"Instructor", "Correction"} else getattr(event, "instructor_id", None)
    village = VILLAGE if kind == "Village" else getattr(event, "village_id", None)
    assert entry == facts.Event(
        position=AT,
        aggregate_id=fact.whose,
        aggregate=kind,
        version=4,
        type=fact.kind.TOPIC,
        actor_id=event.actor.id,
        actor_role=event.actor.role.value,
        actor_organisation=event.actor.organisation,
        occurred_on=fact.on,
        recorded_at=RECORDED,
        command_id=COMMAND_ID,
        basis=None,
        instructor_id=person,
        village_id=village,
    )


def test_households_of_one_entry_are_told_apart_by_their_place() -> None:
    (fact,) = (it for it in ONE_OF_EACH if it.kind.TOPIC == "Village.HouseholdsRegistered")
    (household,) = fact.fields["households"]
    _, *found = folded(fact.but(households=(household, household)).as_version(1))
    assert [it.ordinal for it in found if isinstance(it, facts.HouseholdEntry)] == [0, 1]


def test_a_nomination_whose_form_cannot_be_read_has_neither_name_nor_sex() -> None:
    (fact,) = (it for it in ONE_OF_EACH if it.kind.TOPIC == "Instructor.Nominated")
    _, row = folded(fact.but(form=None).as_version(1))
    assert isinstance(row, facts.Nomination)
    assert (row.name, row.gender, row.form) == ("（已封存）", None, None)
    (read,) = (it for it in FACTS[fact.kind.TOPIC] if isinstance(it, facts.Nomination))
    assert row._replace(name=read.name, gender=read.gender, form=read.form) == read


def test_days_late_are_days_of_shanghai() -> None:
    (fact,) = (it for it in ONE_OF_EACH if it.kind.TOPIC == "Instructor.CheckedIn")
    last_second = datetime(2020, 5, 3, 15, 59, 59, tzinfo=UTC)
    for recorded_at, days_late in ((last_second, 0), (datetime(2020, 5, 3, 16, 0, tzinfo=UTC), 1)):
        _, row = folded(fact.as_version(1), recorded_at)
        assert isinstance(row, facts.CheckIn)
        assert row.days_late == days_late


@given(events())
def test_whatever_an_event_holds_it_becomes_rows_of_known_tables(event: Event) -> None:
    entry, *found = folded(event)
    assert isinstance(entry, facts.Event)
    for change in found:
        assert isinstance(change, Voiding | Erasing) or type(change) in TABLES
        assert change.position == AT
        assert isinstance(change[1], UUID | int)


def folded(event: Event, recorded_at: datetime = RECORDED) -> list[Change]:
    assert isinstance(event, AnyEvent)
    return fold(event, AT, recorded_at)
