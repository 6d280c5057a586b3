"""Two batches with one village and one person each, a year apart, and what happened in them.

The person of 2020 was turned down once, promoted in the village and recalled later; the person of 2021 took
over a weak village. All of it was entered on the day, but for what a sentence says.
"""

from __future__ import annotations

from datetime import date, timedelta

from domain.commands import Household
from domain.terms import Grade, HouseholdCategory
from tests import facts
from tests.facts import ANOTHER_VILLAGE, APPOINTMENT, SUCCESSOR
from tests.scenario import Fact

NEXT_APPOINTMENT = date(2021, 3, 22)
NEXT_LAST_DAY = date(2024, 3, 21)
HOUSEHOLDS = [Household(code=f"H-{n}", category=HouseholdCategory.ORDINARY) for n in range(4)]


def next_year(fact: Fact) -> Fact:
    """The same of the person of 2021, in that person's village if it happened in one."""
    there = {"village_id": ANOTHER_VILLAGE} if "village_id" in fact.fields else {}
    return fact.of(SUCCESSOR).but(**there)


def present(first: date, days: int) -> list[Fact]:
    """Check-ins on days in a row."""
    return [facts.checked_in(on=first + timedelta(n)) for n in range(days)]


FIRST = (
    facts.village_nominated(),
    facts.village_approved(),
    facts.households_registered(*HOUSEHOLDS),
    facts.nominated(),
    facts.rejected(rules_failed=("OVER_AGE",), clauses_failed=("二(三)",)),
    facts.nominated(on=date(2020, 3, 21)),
    facts.approved(on=date(2020, 3, 21)),
    facts.appointed(),
)
"""The batch of 2020, up to the appointment on 1 April."""

SECOND = (
    facts.village_nominated(on=date(2021, 3, 1), year=2021, weak_or_lagging=True).of(ANOTHER_VILLAGE),
    facts.village_approved(on=date(2021, 3, 2), year=2021).of(ANOTHER_VILLAGE),
    facts.households_registered(*HOUSEHOLDS[:3], on=date(2021, 3, 2)).of(ANOTHER_VILLAGE),
    next_year(facts.nominated(on=date(2021, 3, 2), batch_year=2021)),
    next_year(facts.approved(on=date(2021, 3, 2), batch_year=2021)),
    next_year(facts.appointed(on=NEXT_APPOINTMENT, batch_year=2021, until=NEXT_LAST_DAY)),
)
"""The batch of 2021, up to the appointment on 22 March."""

WORK = (
    *present(APPOINTMENT, 20),
    facts.household_visited(on=date(2020, 4, 22), household=HOUSEHOLDS[0]),
    *present(date(2020, 5, 1), 19),
    facts.household_visited(on=date(2020, 6, 29), household=HOUSEHOLDS[1]),
    facts.household_visited(on=date(2020, 6, 30), household=HOUSEHOLDS[2]),
    facts.project_started(on=date(2020, 7, 1)),
    facts.project_completed(),
    facts.appraised(on=date(2021, 1, 10)),
    facts.promoted(on=date(2021, 3, 1)),
)
"""What the person of 2020 did: 20 days in April, 19 in May; 29 June was the 90th day."""

NEXT_WORK = (
    next_year(facts.household_visited(on=date(2021, 4, 1), household=HOUSEHOLDS[0])),
    *(next_year(fact) for fact in present(date(2021, 4, 1), 22)),
    next_year(facts.appraised(on=date(2022, 1, 10), period="2021", grade=Grade.COMPETENT)),
)
"""What the person of 2021 did: 22 days in April 2021."""

STORY = (*FIRST, *WORK, *SECOND, *NEXT_WORK)
"""All of it in the order in which it happened."""
