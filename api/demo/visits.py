"""Households: all of them visited within three months, or nearly; some leave the register meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from api.demo.cast import Hamlet, Home
from api.demo.corrections import correct
from api.demo.service import Service
from api.demo.steps import Step, later, office_hour, written_up
from domain.commands import RegisterHouseholds, RemoveHousehold, VisitHousehold
from domain.terms import HouseholdCategory

IN_TIME = 86  # days; the notice gives three months


def move_away(rng: Random, hamlet: Hamlet, first: date, last: date) -> Iterator[Step]:
    """Some households leave the register, some come to it, and one changes its category."""
    span = (last - first).days
    leaving = rng.sample(hamlet.homes, rng.randint(0, 5))
    for home in leaving:
        home.removed_on = later(first, rng.randint(20, span - 10))
        yield _removal(rng, hamlet, home, rng.choice(("全家迁出本村", "户主去世,户籍注销", "并户")))
    for number in range(rng.randint(0, 3)):
        home = Home(
            f"新{number + 1:03}", HouseholdCategory.ORDINARY, later(first, rng.randint(20, span - 10))
        )
        hamlet.homes.append(home)
        yield _registration(rng, hamlet, home)
    poor = [home for home in hamlet.homes if home.category is HouseholdCategory.REGISTERED_POOR]
    changed = rng.choice(poor) if poor else None
    if changed is not None and changed.removed_on is None and span > 400:
        changed.removed_on = later(first, rng.randint(250, span - 50))
        yield _removal(rng, hamlet, changed, "稳定脱贫,改按一般农户登记")
        again = Home(changed.code, HouseholdCategory.ORDINARY, later(changed.removed_on, 7))
        hamlet.homes.append(again)
        yield _registration(rng, hamlet, again)


def visit(rng: Random, service: Service) -> Iterator[Step]:
    """The first round of all households, the registered poor first of all; then whoever needs it."""
    yield from _first_round(rng, service)
    for first, last in service.months():
        if first <= later(service.since, IN_TIME):
            continue
        days = [day for day in service.days if first <= day <= last]
        for _ in range(rng.randint(1, 6) if days else 0):
            day = rng.choice(days)
            home = rng.choice(service.hamlet.homes)
            if home.stands_on(day):
                yield from _visit(rng, service, home, day)


def _first_round(rng: Random, service: Service) -> Iterator[Step]:
    slow = rng.random() > 0.55 + 0.4 * service.zeal
    last = later(service.since, rng.randint(110, 170) if slow else IN_TIME)
    days = [day for day in service.days if later(service.since, 3) <= day <= last]
    homes = [home for home in service.hamlet.homes if home.stands_on(last)]
    homes.sort(key=lambda home: (home.category is not HouseholdCategory.REGISTERED_POOR, home.code))
    missed = rng.choice((0, 0, 0, 0.01, 0.03, 0.08)) + (0.08 if slow else 0)
    for number, home in enumerate(homes if days else ()):
        if rng.random() >= missed:
            yield from _visit(rng, service, home, days[number * len(days) // len(homes)])


def _visit(rng: Random, service: Service, home: Home, day: date) -> Iterator[Step]:
    if (home.code, day) in service.visits:
        return
    service.visits.add((home.code, day))
    command = VisitHousehold(instructor_id=service.person.id, household=home.code)
    recorded_at = written_up(rng, day)
    if rng.random() > 0.002:
        yield Step(recorded_at, day, service.person.actor, command)
        return
    name = f"{service.person.staff_number}/{home.code}/{day}"
    yield Step(recorded_at, day, service.person.actor, command, name=name)
    corrected_at = recorded_at + timedelta(days=rng.randint(1, 20))
    yield from correct(name, recorded_at, service.office, corrected_at, "农户编码填错")


def _removal(rng: Random, hamlet: Hamlet, home: Home, reason: str) -> Step:
    day = home.removed_on or home.since
    return Step(
        office_hour(rng, later(day, rng.randint(0, 3))),
        day,
        hamlet.office,
        RemoveHousehold(village_id=hamlet.id, household=home.code, reason=reason),
    )


def _registration(rng: Random, hamlet: Hamlet, home: Home) -> Step:
    command = RegisterHouseholds(village_id=hamlet.id, households=(home.entry,))
    return Step(office_hour(rng, home.since), home.since, hamlet.office, command)
