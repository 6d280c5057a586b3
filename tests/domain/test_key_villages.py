"""二(一) 突出重点原则: townships name key villages year by year, and the department chooses."""

from __future__ import annotations

from datetime import date

import pytest

from domain.commands import ApproveVillage, DeclineVillage, NominateVillage
from domain.refusals import (
    InvalidValue,
    OutOfOrder,
    VillageAlreadyNominated,
    VillageAlreadyReviewed,
    VillageNotNominated,
    WeakVillageNeedsReason,
)
from domain.village import Village
from tests.asks import asked
from tests.facts import KEY_VILLAGE, THE_NOTICE, village_approved, village_declined, village_nominated
from tests.scenario import TODAY, Fact, entry, given

THE_DAY_AFTER = date(2020, 3, 18)


def test_a_village_is_named_for_a_year() -> None:
    given(Village).when(lambda it: it.nominate(asked(NominateVillage), entry(on=THE_NOTICE))).then(
        village_nominated()
    )


def test_a_village_is_named_once_a_year() -> None:
    given(Village, village_nominated()).when(
        lambda it: it.nominate(asked(NominateVillage), entry(on=THE_DAY_AFTER))
    ).then_refused(VillageAlreadyNominated, clause="二(一)")


def test_a_village_left_out_is_not_named_again_for_that_year() -> None:
    given(Village, village_nominated(), village_declined()).when(
        lambda it: it.nominate(asked(NominateVillage), entry(on=THE_DAY_AFTER))
    ).then_refused(VillageAlreadyNominated)


def test_a_village_is_named_again_for_another_year() -> None:
    next_year = date(2021, 3, 1)
    given(Village, *KEY_VILLAGE).when(
        lambda it: it.nominate(asked(NominateVillage, year=2021), entry(on=next_year))
    ).then(village_nominated(on=next_year, year=2021))


@pytest.mark.parametrize("year", [2020, TODAY.year + 1])
def test_a_village_is_named_for_years_from_the_notices_to_the_next(year: int) -> None:
    given(Village).when(lambda it: it.nominate(asked(NominateVillage, year=year), entry(on=THE_NOTICE))).then(
        village_nominated(year=year)
    )


@pytest.mark.parametrize("year", [2019, TODAY.year + 2])
def test_a_village_is_not_named_for_other_years(year: int) -> None:
    given(Village).when(
        lambda it: it.nominate(asked(NominateVillage, year=year), entry(on=THE_NOTICE))
    ).then_refused(InvalidValue)


@pytest.mark.parametrize("field", ["code", "name", "township", "reason"])
def test_a_village_is_not_named_without_saying_which_and_why(field: str) -> None:
    given(Village).when(
        lambda it: it.nominate(asked(NominateVillage, **{field: " "}), entry(on=THE_NOTICE))
    ).then_refused(InvalidValue)


def test_the_department_approves_a_named_village_even_on_the_same_day() -> None:
    given(Village, village_nominated()).when(
        lambda it: it.approve(asked(ApproveVillage), entry(on=THE_NOTICE))
    ).then(village_approved())


def test_a_village_is_reviewed_only_for_a_year_it_was_named_for() -> None:
    given(Village, village_nominated()).when(
        lambda it: it.approve(asked(ApproveVillage, year=2021), entry(on=THE_DAY_AFTER))
    ).then_refused(VillageNotNominated, clause="二(一)")


def test_a_village_of_which_nothing_is_known_is_not_reviewed() -> None:
    given(Village).when(lambda it: it.decline(asked(DeclineVillage), entry(on=THE_DAY_AFTER))).then_refused(
        VillageNotNominated
    )


@pytest.mark.parametrize("review", [village_approved(), village_declined()])
def test_a_village_is_reviewed_once_a_year(review: Fact) -> None:
    reviewed = given(Village, village_nominated(), review)
    reviewed.when(lambda it: it.approve(asked(ApproveVillage), entry(on=THE_DAY_AFTER))).then_refused(
        VillageAlreadyReviewed, clause="二(一)"
    )
    reviewed.when(lambda it: it.decline(asked(DeclineVillage), entry(on=THE_DAY_AFTER))).then_refused(
        VillageAlreadyReviewed
    )


def test_a_village_is_not_reviewed_before_it_was_named() -> None:
    given(Village, village_nominated(on=THE_DAY_AFTER)).when(
        lambda it: it.approve(asked(ApproveVillage), entry(on=THE_NOTICE))
    ).then_refused(OutOfOrder, clause="选派程序")


def test_a_village_may_be_left_out() -> None:
    given(Village, village_nominated()).when(
        lambda it: it.decline(asked(DeclineVillage), entry(on=THE_NOTICE))
    ).then(village_declined())


def test_leaving_a_village_out_needs_a_reason() -> None:
    given(Village, village_nominated()).when(
        lambda it: it.decline(asked(DeclineVillage, reason=""), entry(on=THE_NOTICE))
    ).then_refused(InvalidValue)


@pytest.mark.parametrize("blank", ["", " "])
def test_a_weak_or_lagging_village_is_in_principle_not_left_out(blank: str) -> None:
    given(Village, village_nominated(weak_or_lagging=True)).when(
        lambda it: it.decline(asked(DeclineVillage, exception_reason=blank), entry(on=THE_NOTICE))
    ).then_refused(WeakVillageNeedsReason, clause="二(一)")


def test_a_weak_or_lagging_village_is_left_out_by_a_recorded_exception() -> None:
    given(Village, village_nominated(weak_or_lagging=True)).when(
        lambda it: it.decline(asked(DeclineVillage, exception_reason="已列入拆迁"), entry(on=THE_NOTICE))
    ).then(village_declined(exception_reason="已列入拆迁"))
