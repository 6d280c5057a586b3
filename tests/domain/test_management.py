"""五 工作要求 (and 一): inspections, appraisals, their results, goals and money."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.commands import (
    Appraise,
    AssessGoals,
    Commend,
    Discipline,
    Inspect,
    OpenAccountability,
    PayAward,
    PaySubsidy,
    Score,
)
from domain.entry import Entry
from domain.instructor import Instructor
from domain.refusals import (
    AppraisalRepeated,
    AwardAlreadyPaid,
    GoalsAlreadyAssessed,
    InvalidValue,
    NoLongerServing,
    NotYetAppointed,
    SubsidyRepeated,
    VillageNotApproved,
)
from domain.terms import AppraisalKind, Goal, InspectionKind, SubsidyKind
from domain.village import Village
from tests.asks import asked
from tests.facts import (
    KEY_VILLAGE,
    LAST_DAY,
    MAY_3,
    SERVING,
    accountability_opened,
    appraised,
    award_paid,
    commended,
    disciplined,
    goals_assessed,
    inspected,
    recalled,
    subsidy_paid,
    term_completed,
    village_approved,
    village_declined,
    village_nominated,
    village_voided,
    voided,
)
from tests.scenario import Answer, Fact, entry, given

BEFORE, AFTER = date(2020, 3, 31), date(2023, 4, 1)
NEW_YEAR = date(2021, 1, 10)
SPRING_2023 = date(2023, 4, 20)

# 五(一) 巡回督查、月例会、季调度


@pytest.mark.parametrize("kind", list(InspectionKind))
def test_work_is_inspected_on_tours_monthly_and_quarterly(kind: InspectionKind) -> None:
    given(Instructor, *SERVING).when(lambda it: it.inspect(asked(Inspect, kind=kind), entry(on=MAY_3))).then(
        inspected(kind=kind)
    )


def test_an_inspection_has_a_conclusion() -> None:
    given(Instructor, *SERVING).when(
        lambda it: it.inspect(asked(Inspect, conclusion=""), entry(on=MAY_3))
    ).then_refused(InvalidValue)


def test_there_is_nothing_to_inspect_outside_the_posting() -> None:
    person = given(Instructor, *SERVING)
    person.when(lambda it: it.inspect(asked(Inspect), entry(on=BEFORE))).then_refused(NotYetAppointed)
    person.when(lambda it: it.inspect(asked(Inspect), entry(on=AFTER))).then_refused(NoLongerServing)


# 五(二) 日常考核、年度考核、期满考核


def appraisal(
    kind: AppraisalKind, period: str, *history: Fact, on: date = SPRING_2023, **changes: Any
) -> Answer:
    """What comes of appraising."""
    return given(Instructor, *SERVING, *history).when(
        lambda it: it.appraise(asked(Appraise, kind=kind, period=period, **changes), entry(on=on))
    )


@pytest.mark.parametrize(
    ("kind", "period"),
    [
        (AppraisalKind.DAILY, "2020-04"),
        (AppraisalKind.DAILY, "2023-03"),
        (AppraisalKind.YEARLY, "2020"),
        (AppraisalKind.YEARLY, "2023"),
        (AppraisalKind.TERM_END, "2020-2023"),
    ],
)
def test_service_is_appraised_by_month_by_year_and_for_the_term(kind: AppraisalKind, period: str) -> None:
    appraisal(kind, period).then(appraised(on=SPRING_2023, kind=kind, period=period))


@pytest.mark.parametrize(
    ("kind", "period"),
    [
        (AppraisalKind.DAILY, "2020-03"),
        (AppraisalKind.DAILY, "2023-04"),
        (AppraisalKind.DAILY, "2020-13"),
        (AppraisalKind.DAILY, "2020-4"),
        (AppraisalKind.DAILY, "2020"),
        (AppraisalKind.YEARLY, "2019"),
        (AppraisalKind.YEARLY, "2024"),
        (AppraisalKind.YEARLY, "2020-05"),
        (AppraisalKind.TERM_END, "2020-2022"),
        (AppraisalKind.TERM_END, ""),
    ],
)
def test_what_is_no_period_of_the_service_is_not_appraised(kind: AppraisalKind, period: str) -> None:
    appraisal(kind, period).then_refused(InvalidValue)


def test_a_recall_ends_the_periods_that_can_be_appraised() -> None:
    appraisal(AppraisalKind.DAILY, "2020-05", recalled()).then(
        appraised(on=SPRING_2023, kind=AppraisalKind.DAILY, period="2020-05")
    )
    appraisal(AppraisalKind.DAILY, "2020-06", recalled()).then_refused(InvalidValue)
    appraisal(AppraisalKind.YEARLY, "2021", recalled()).then_refused(InvalidValue)
    appraisal(AppraisalKind.TERM_END, "2020-2020", recalled()).then(
        appraised(on=SPRING_2023, kind=AppraisalKind.TERM_END, period="2020-2020")
    )


def test_a_period_is_appraised_once_in_each_kind() -> None:
    appraisal(AppraisalKind.YEARLY, "2020", appraised()).then_refused(AppraisalRepeated, clause="五(二)")
    appraisal(AppraisalKind.YEARLY, "2021", appraised()).then(appraised(on=SPRING_2023, period="2021"))


def test_an_appraisal_that_was_void_is_recorded_again() -> None:
    appraisal(AppraisalKind.YEARLY, "2020", appraised(), voided(4)).then(appraised(on=SPRING_2023))


def test_service_is_appraised_after_its_end_too() -> None:
    appraisal(AppraisalKind.YEARLY, "2022", term_completed()).then(appraised(on=SPRING_2023, period="2022"))


def test_there_is_nothing_to_appraise_before_the_appointment() -> None:
    appraisal(AppraisalKind.YEARLY, "2020", on=BEFORE).then_refused(NotYetAppointed)


@pytest.mark.parametrize("points", ["0", "100", "59.5"])
def test_a_part_is_scored_from_0_to_100(points: str) -> None:
    scores = (Score(part="考勤", points=Decimal(points)),)
    appraisal(AppraisalKind.YEARLY, "2020", scores=scores).then(appraised(on=SPRING_2023).but(scores=scores))


@pytest.mark.parametrize("points", ["-0.5", "100.01", "NaN", "Infinity"])
def test_a_part_is_not_scored_beyond_that(points: str) -> None:
    scores = (Score(part="attendance", points=Decimal(points)),)
    appraisal(AppraisalKind.YEARLY, "2020", scores=scores).then_refused(InvalidValue)


# 五(三) 激励、问责、组织处理


@pytest.mark.parametrize(
    ("ask", "fact"),
    [
        (lambda it, on: it.commend(asked(Commend), on), commended),
        (lambda it, on: it.open_accountability(asked(OpenAccountability), on), accountability_opened),
        (lambda it, on: it.discipline(asked(Discipline), on), disciplined),
    ],
    ids=["commendation", "accountability", "discipline"],
)
class TestResults:
    """What good or bad work has as its result."""

    def test_follows_in_service(
        self, ask: Callable[[Instructor, Entry], None], fact: Callable[..., Fact]
    ) -> None:
        given(Instructor, *SERVING).when(lambda it: ask(it, entry(on=LAST_DAY))).then(fact(on=LAST_DAY))

    def test_follows_after_service_too(
        self, ask: Callable[[Instructor, Entry], None], fact: Callable[..., Fact]
    ) -> None:
        given(Instructor, *SERVING, recalled()).when(lambda it: ask(it, entry(on=SPRING_2023))).then(
            fact(on=SPRING_2023)
        )

    def test_does_not_come_before_the_appointment(
        self, ask: Callable[[Instructor, Entry], None], fact: Callable[..., Fact]
    ) -> None:
        assert fact().on > BEFORE
        given(Instructor, *SERVING).when(lambda it: ask(it, entry(on=BEFORE))).then_refused(NotYetAppointed)


@pytest.mark.parametrize("changes", [{"authority": ""}, {"year": 2019}])
def test_a_commendation_names_its_authority_and_a_year_of_the_programme(changes: dict[str, Any]) -> None:
    given(Instructor, *SERVING).when(
        lambda it: it.commend(asked(Commend, **changes), entry(on=MAY_3))
    ).then_refused(InvalidValue)


def test_a_grave_case_has_a_number() -> None:
    person = given(Instructor, *SERVING)
    person.when(
        lambda it: it.open_accountability(asked(OpenAccountability, case_number=""), entry(on=MAY_3))
    ).then_refused(InvalidValue)
    person.when(lambda it: it.discipline(asked(Discipline, case_number=""), entry(on=MAY_3))).then_refused(
        InvalidValue
    )


# 五(四) 生活和交通补助


def subsidy(*history: Fact, on: date = date(2020, 5, 31), **changes: Any) -> Answer:
    """What comes of paying a subsidy."""
    return given(Instructor, *SERVING, *history).when(
        lambda it: it.pay_subsidy(asked(PaySubsidy, **changes), entry(on=on))
    )


def test_a_months_subsidy_of_a_kind_is_paid_once() -> None:
    subsidy().then(subsidy_paid())
    subsidy(subsidy_paid()).then_refused(SubsidyRepeated, clause="五(四)")


def test_the_other_kind_and_the_next_month_are_paid_beside_it() -> None:
    subsidy(subsidy_paid(), kind=SubsidyKind.TRANSPORT).then(subsidy_paid(kind=SubsidyKind.TRANSPORT))
    subsidy(subsidy_paid(), month="2020-06").then(subsidy_paid(month="2020-06"))


def test_a_subsidy_that_was_void_is_paid_again() -> None:
    subsidy(subsidy_paid(), voided(4)).then(subsidy_paid())


@pytest.mark.parametrize("month", ["2020-04", "2023-03"])
def test_subsidies_are_paid_for_the_first_to_the_last_month_of_service(month: str) -> None:
    subsidy(month=month, on=SPRING_2023).then(subsidy_paid(month=month, on=SPRING_2023))


@pytest.mark.parametrize("month", ["2020-03", "2023-04", "2020-00", "May 2020"])
def test_no_subsidy_is_paid_for_another_month(month: str) -> None:
    subsidy(month=month, on=SPRING_2023).then_refused(InvalidValue)


def test_no_subsidy_is_paid_before_the_appointment() -> None:
    subsidy(on=BEFORE).then_refused(NotYetAppointed)


BAD_AMOUNTS = ["0", "-1", "0.001", "NaN", "Infinity", "-Infinity", "1E+30"]


@pytest.mark.parametrize("amount", BAD_AMOUNTS)
def test_a_subsidy_is_above_zero_and_in_whole_fen(amount: str) -> None:
    subsidy(amount=Decimal(amount)).then_refused(InvalidValue)


# 五(四) 奖补, 一 五大目标


def award(*history: Fact, **changes: Any) -> Answer:
    """What comes of paying an award for a key village of 2020."""
    return given(Village, *KEY_VILLAGE, *history).when(
        lambda it: it.pay_award(asked(PayAward, **changes), entry(on=date(2021, 1, 20)))
    )


def goals(*history: Fact, **changes: Any) -> Answer:
    """What comes of assessing the goals of a key village of 2020."""
    return given(Village, *KEY_VILLAGE, *history).when(
        lambda it: it.assess_goals(asked(AssessGoals, **changes), entry(on=date(2020, 12, 20)))
    )


def test_a_villages_award_is_paid_once_a_year() -> None:
    award().then(award_paid())
    award(award_paid()).then_refused(AwardAlreadyPaid, clause="五(四)")
    award(award_paid(), year=2021).then(award_paid(year=2021))


def test_an_award_that_was_void_is_paid_again() -> None:
    award(award_paid(), village_voided(3)).then(award_paid())


@pytest.mark.parametrize("amount", BAD_AMOUNTS)
def test_an_award_is_above_zero_and_in_whole_fen(amount: str) -> None:
    award(amount=Decimal(amount)).then_refused(InvalidValue)


def test_a_villages_goals_are_assessed_once_a_year() -> None:
    goals().then(goals_assessed())
    goals(goals_assessed()).then_refused(GoalsAlreadyAssessed, clause="一")
    goals(goals_assessed(), year=2021).then(goals_assessed(year=2021))


def test_an_assessment_that_was_void_is_recorded_again() -> None:
    goals(goals_assessed(), village_voided(3)).then(goals_assessed())


def test_a_goal_that_is_named_twice_is_met_once() -> None:
    goals(met=(Goal.STRONG_ORGANISATION, Goal.STRONG_ORGANISATION)).then(goals_assessed())


@pytest.mark.parametrize("met", [(), tuple(Goal)], ids=["none", "all"])
def test_none_or_all_of_the_five_goals_may_be_met(met: tuple[Goal, ...]) -> None:
    assert len(Goal) == 5
    goals(met=met).then(goals_assessed().but(met=met))


@pytest.mark.parametrize("review", [(), (village_declined(year=2021),), (village_approved(year=2021),)])
def test_only_a_key_village_of_that_year_or_before_has_goals_and_awards(review: tuple[Fact, ...]) -> None:
    village = given(Village, village_nominated(year=2021), *review)
    village.when(lambda it: it.assess_goals(asked(AssessGoals), entry(on=MAY_3))).then_refused(
        VillageNotApproved
    )
    village.when(lambda it: it.pay_award(asked(PayAward), entry(on=MAY_3))).then_refused(VillageNotApproved)


def test_goals_and_awards_are_of_years_of_the_programme() -> None:
    goals(year=2027).then_refused(InvalidValue)
    award(year=2027).then_refused(InvalidValue)
