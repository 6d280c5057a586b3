"""The whole story, told in the order in which it was recorded."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import date
from random import Random

from api.data import Place, key_villages_2020
from api.demo.audit import with_an_audit
from api.demo.cast import Person, Roster, settle
from api.demo.choice import (
    Batch,
    Candidacy,
    appoint,
    cast_candidates,
    choose,
    draw_villages,
    register_households,
    review_villages,
    the_notice,
)
from api.demo.daily import attend
from api.demo.forgetting import with_a_forgetting
from api.demo.fortune import complete, promote, recall
from api.demo.management import at_the_end, each_month, each_year, judge_village, look_at
from api.demo.service import Lot, Service
from api.demo.steps import Step, later
from api.demo.visits import move_away, visit
from api.demo.work import carry_out_projects, do_duties
from domain.postings import anniversary_eve
from domain.rules import NOTICE_DATE, TERM_YEARS
from domain.terms import RecallGround

APPOINTED_ON = {2020: date(2020, 4, 1), 2021: date(2021, 3, 22), 2022: date(2022, 3, 28)}
VILLAGES = 30  # a batch, as the notice has it for 2020
DECLINED = 3  # named by a township and left out, in each later year
PROMOTED = 4  # of each batch
RECALLED_FOR = {
    2020: (RecallGround.LAGGING_WORK, RecallGround.SERIOUS_BREACH),
    2021: (RecallGround.POOR_SATISFACTION, RecallGround.MAJOR_ACCIDENT),
    2022: (RecallGround.LAGGING_WORK, RecallGround.POOR_SATISFACTION),
}


@dataclass(frozen=True)
class Scale:
    """How much of the story is told.

    Attributes:
        villages: of each batch that get an instructor.
        batches: their years.
        until: nothing is recorded after this day.
    """

    villages: int = VILLAGES
    batches: tuple[int, ...] = tuple(APPOINTED_ON)
    until: date = date.max


FULL = Scale()
SMALL = Scale(villages=3, batches=(2020,), until=date(2020, 7, 5))


def tell(seed: int, scale: Scale = FULL) -> list[Step]:
    """Return every step of the story, in the order in which it was recorded.

    The same seed and scale tell the same story, to the second.
    """
    steps = with_a_forgetting(with_an_audit([*the_notice(), *_batches(seed, scale)]))
    steps.sort(key=lambda step: step.recorded_at)
    return [step for step in steps if step.recorded_at.date() <= scale.until]


def _batches(seed: int, scale: Scale) -> Iterator[Step]:
    roster = Roster(seed)
    taken: list[Place] = []
    again: Person | None = None
    for year in scale.batches:
        rng = Random(f"{seed}/{year}")  # noqa: S311 - a story, not a secret
        places = [*key_villages_2020()]
        if year != NOTICE_DATE.year:
            drawn = draw_villages(rng, taken, DECLINED + VILLAGES)
            places = drawn[DECLINED:]
            yield from review_villages(rng, year, places, declined=drawn[:DECLINED])
        taken += places
        batch = Batch(year, APPOINTED_ON[year], places)
        candidacies = cast_candidates(rng, roster, batch, again)
        again = next((it.turned_down for it in candidacies if it.may_try_again), None)
        services: list[Service] = []
        for candidacy, lot in [*zip(candidacies, _lots(rng, year), strict=True)][: scale.villages]:
            services += yield from _village(seed, roster, batch, candidacy, lot)
        yield from each_year(rng, services)


def _village(
    seed: int, roster: Roster, batch: Batch, candidacy: Candidacy, lot: Lot
) -> Generator[Step, None, list[Service]]:
    """Tell one village's three years, and return the postings there."""
    place, year, since = candidacy.place, batch.year, batch.appointed_on
    rng = Random(f"{seed}/{place.code}")  # noqa: S311 - a story, not a secret
    until = anniversary_eve(since, TERM_YEARS.on(since))
    hamlet = settle(rng, place, later(since, -rng.randint(1, 4)))
    yield from register_households(rng, hamlet)
    yield from move_away(rng, hamlet, since, until)
    yield from choose(rng, year, candidacy, later(since, -5))
    left_on = until if lot.recalled_for is None else later(since, rng.randint(240, 600))
    service = Service(candidacy.chosen, hamlet, year, since, until, left_on, rng.random(), lot)
    yield from _live(rng, service)
    services = [service]
    if lot.recalled_for is not None:
        yield from recall(rng, service, lot.recalled_for)
        back_on = later(left_on, rng.choice((18, 25, 33, 47, 120)))
        another = Candidacy(place, roster.somebody(year, place, back_on))
        yield from choose(rng, year, another, later(back_on, -5))
        service = Service(another.chosen, hamlet, year, back_on, until, until, rng.random(), Lot())
        yield from _live(rng, service)
        services.append(service)
    yield from at_the_end(rng, service)
    yield complete(rng, service)
    yield from judge_village(rng, hamlet, range(since.year, until.year), service.zeal)
    return services


def _live(rng: Random, service: Service) -> Iterator[Step]:
    """Tell one posting: first the days in the village, from which the rest follows."""
    yield from appoint(rng, service.hamlet, service.person, service.since)
    yield from attend(rng, service)
    yield from visit(rng, service)
    yield from do_duties(rng, service)
    yield from carry_out_projects(rng, service)
    if service.lot.promoted:
        yield promote(rng, service)
    yield from look_at(rng, service)
    yield from each_month(rng, service)


def _lots(rng: Random, year: int) -> list[Lot]:
    """Deal out the fates of a batch; the first posting is spared, for the example's sake."""
    lots = [Lot(recalled_for=ground) for ground in RECALLED_FOR[year]]
    lots += [Lot(promoted=True)] * PROMOTED
    lots += [Lot()] * (VILLAGES - 1 - len(lots))
    rng.shuffle(lots)
    return [Lot(), *lots]
