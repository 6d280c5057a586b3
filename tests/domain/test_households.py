"""三(一)2: the register of households, and the visits to all of them, the registered poor first of all."""

from __future__ import annotations

from datetime import date

import pytest

from domain.commands import Household, RegisterHouseholds, RemoveHousehold, VisitHousehold
from domain.refusals import (
    HouseholdAlreadyRegistered,
    HouseholdNotYetRegistered,
    HouseholdRemovedFromRegister,
    HouseholdUnknown,
    InvalidValue,
    NoLongerServing,
    NotYetAppointed,
    OutOfOrder,
    VillageUnknown,
)
from domain.terms import HouseholdCategory
from domain.village import Village
from tests.asks import asked
from tests.facts import (
    APPOINTMENT,
    HOUSEHOLD,
    KEY_VILLAGE,
    MAY_3,
    POSTED,
    THE_NOTICE,
    checked_in,
    household_removed,
    household_visited,
    households_registered,
    voided,
)
from tests.scenario import entry, given, given_county

MAY_2, MAY_4, MAY_5 = date(2020, 5, 2), date(2020, 5, 4), date(2020, 5, 5)
ANOTHER = Household(code="H-002", category=HouseholdCategory.ORDINARY)
REGISTERED = (*KEY_VILLAGE, households_registered())
REMOVED = (*REGISTERED, household_removed(on=MAY_3))
RECATEGORISED = Household(code=HOUSEHOLD.code, category=HouseholdCategory.FIVE_GUARANTEES)


# The register


@pytest.mark.parametrize("category", list(HouseholdCategory))
def test_households_are_registered_by_code_and_category(category: HouseholdCategory) -> None:
    household = Household(code="H-003", category=category)
    given(Village, *KEY_VILLAGE).when(
        lambda it: it.register_households(
            asked(RegisterHouseholds, households=(household,)), entry(on=THE_NOTICE)
        )
    ).then(households_registered(household))


def test_households_of_an_unknown_village_are_not_registered() -> None:
    given(Village).when(
        lambda it: it.register_households(asked(RegisterHouseholds), entry(on=THE_NOTICE))
    ).then_refused(VillageUnknown, clause="二(一)")


def test_registering_a_household_again_alike_changes_nothing() -> None:
    given(Village, *REGISTERED).when(
        lambda it: it.register_households(asked(RegisterHouseholds), entry(on=MAY_3))
    ).then_nothing()


def test_of_a_list_only_the_new_households_are_registered() -> None:
    given(Village, *REGISTERED).when(
        lambda it: it.register_households(
            asked(RegisterHouseholds, households=(HOUSEHOLD, ANOTHER)), entry(on=MAY_3)
        )
    ).then(households_registered(ANOTHER, on=MAY_3))


def test_an_empty_list_of_households_changes_nothing() -> None:
    given(Village, *KEY_VILLAGE).when(
        lambda it: it.register_households(asked(RegisterHouseholds, households=()), entry(on=MAY_3))
    ).then_nothing()


def test_a_household_stands_in_the_register_under_one_category() -> None:
    given(Village, *REGISTERED).when(
        lambda it: it.register_households(
            asked(RegisterHouseholds, households=(ANOTHER, RECATEGORISED)), entry(on=MAY_3)
        )
    ).then_refused(HouseholdAlreadyRegistered, clause="三(一)2")


def test_a_code_stands_once_in_a_list() -> None:
    given(Village, *KEY_VILLAGE).when(
        lambda it: it.register_households(
            asked(RegisterHouseholds, households=(HOUSEHOLD, RECATEGORISED)), entry(on=MAY_3)
        )
    ).then_refused(InvalidValue)


def test_a_household_has_a_code() -> None:
    nameless = Household(code="", category=HouseholdCategory.ORDINARY)
    given(Village, *KEY_VILLAGE).when(
        lambda it: it.register_households(asked(RegisterHouseholds, households=(nameless,)), entry(on=MAY_3))
    ).then_refused(InvalidValue)


def test_a_household_is_removed_from_the_register() -> None:
    given(Village, *REGISTERED).when(
        lambda it: it.remove_household(asked(RemoveHousehold), entry(on=MAY_3))
    ).then(household_removed())


def test_removing_a_household_again_changes_nothing() -> None:
    given(Village, *REMOVED).when(
        lambda it: it.remove_household(asked(RemoveHousehold), entry(on=MAY_4))
    ).then_nothing()


def test_a_household_that_never_stood_in_the_register_is_not_removed() -> None:
    given(Village, *REGISTERED).when(
        lambda it: it.remove_household(asked(RemoveHousehold, household="H-404"), entry(on=MAY_3))
    ).then_refused(HouseholdUnknown, clause="三(一)2")


def test_a_household_is_not_removed_before_it_was_registered() -> None:
    given(Village, *KEY_VILLAGE, households_registered(on=MAY_3)).when(
        lambda it: it.remove_household(asked(RemoveHousehold), entry(on=MAY_2))
    ).then_refused(HouseholdNotYetRegistered, clause="三(一)2")


def test_a_removal_needs_a_reason() -> None:
    given(Village, *REGISTERED).when(
        lambda it: it.remove_household(asked(RemoveHousehold, reason=""), entry(on=MAY_3))
    ).then_refused(InvalidValue)


def test_a_removed_household_is_registered_again_under_another_category() -> None:
    given(Village, *REMOVED).when(
        lambda it: it.register_households(
            asked(RegisterHouseholds, households=(RECATEGORISED,)), entry(on=MAY_3)
        )
    ).then(households_registered(RECATEGORISED, on=MAY_3))


def test_a_removed_household_is_not_registered_again_for_a_day_before_its_removal() -> None:
    given(Village, *REMOVED).when(
        lambda it: it.register_households(asked(RegisterHouseholds), entry(on=MAY_2))
    ).then_refused(OutOfOrder)


# Visits


def test_a_visit_is_recorded_with_the_households_category() -> None:
    given_county(*POSTED).when(asked(VisitHousehold), entry(on=MAY_3)).then(household_visited())


def test_a_second_visit_on_a_day_changes_nothing() -> None:
    given_county(*POSTED, household_visited()).when(asked(VisitHousehold), entry(on=MAY_3)).then_nothing()


def test_a_visit_on_another_day_counts() -> None:
    given_county(*POSTED, household_visited()).when(asked(VisitHousehold), entry(on=MAY_4)).then(
        household_visited(on=MAY_4)
    )


def test_another_household_may_be_visited_on_the_same_day() -> None:
    given_county(*POSTED, households_registered(ANOTHER), household_visited()).when(
        asked(VisitHousehold, household=ANOTHER.code), entry(on=MAY_3)
    ).then(household_visited(household=ANOTHER))


def test_a_visit_that_was_void_is_recorded_again() -> None:
    given_county(*POSTED, household_visited(), voided(4)).when(asked(VisitHousehold), entry(on=MAY_3)).then(
        household_visited()
    )


def test_a_household_outside_the_register_is_not_visited() -> None:
    given_county(*POSTED).when(asked(VisitHousehold, household="H-404"), entry(on=MAY_3)).then_refused(
        HouseholdUnknown, clause="三(一)2"
    )


def test_a_household_is_visited_on_the_day_of_its_registration_but_not_before() -> None:
    county = given_county(*POSTED, households_registered(ANOTHER, on=MAY_3))
    visit = asked(VisitHousehold, household=ANOTHER.code)
    county.when(visit, entry(on=MAY_3)).then(household_visited(household=ANOTHER))
    county.when(visit, entry(on=MAY_2)).then_refused(HouseholdNotYetRegistered)


def test_a_household_is_visited_up_to_the_day_of_its_removal() -> None:
    county = given_county(*POSTED, household_removed(on=MAY_3))
    county.when(asked(VisitHousehold), entry(on=MAY_3)).then(household_visited())
    county.when(asked(VisitHousehold), entry(on=MAY_4)).then_refused(
        HouseholdRemovedFromRegister, clause="三(一)2"
    )


def test_a_visit_has_the_category_the_household_had_on_that_day() -> None:
    county = given_county(
        *POSTED, household_removed(on=MAY_3), households_registered(RECATEGORISED, on=MAY_5)
    )
    county.when(asked(VisitHousehold), entry(on=MAY_2)).then(household_visited(on=MAY_2))
    county.when(asked(VisitHousehold), entry(on=MAY_5)).then(
        household_visited(on=MAY_5, household=RECATEGORISED)
    )


def test_a_household_is_not_visited_between_removal_and_the_next_registration() -> None:
    given_county(*POSTED, household_removed(on=MAY_3), households_registered(RECATEGORISED, on=MAY_5)).when(
        asked(VisitHousehold), entry(on=MAY_4)
    ).then_refused(HouseholdNotYetRegistered)


def test_no_household_is_visited_outside_the_posting() -> None:
    county = given_county(*POSTED, checked_in())
    county.when(asked(VisitHousehold), entry(on=date(2020, 3, 31))).then_refused(NotYetAppointed)
    county.when(asked(VisitHousehold), entry(on=APPOINTMENT)).then(household_visited(on=APPOINTMENT))
    county.when(asked(VisitHousehold), entry(on=date(2023, 4, 1))).then_refused(NoLongerServing)
