"""The law of sight where whose somebody is changes: people go elsewhere, units change, a village is moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Final

import pytest

from api.access.principal import OPERATOR
from domain import commands as c
from domain.terms import RecallGround, Role
from tests.api.access.conftest import Life, living
from tests.api.access.looking import Look
from tests.api.access.test_oracle import SIGHTS, same
from tests.api.test_oracle import THIRDS
from tests.api.test_oracle import Look as Moment
from tests.projections.histories import FORMS, SENDING_UNITS, START, Move, Story
from tests.scenario import TODAY

GONE: Final = START + timedelta(100)
"""The day on which the first instructor is recalled, and nominated by another unit for the other township."""
MOVED: Final = START.replace(year=2021)
"""The day on which the first village is nominated again, as one of the other township."""
THERE: Final = "430624106"


def story_of_moves() -> Story:
    """A person of two units, in two townships on one day; and a village that then is the other township's."""
    story = Story()
    person = story.people[0]

    def work(who: int, day: date) -> None:
        """Let somebody work, and some of it be voided, and corrected."""
        for number, (what, which) in enumerate(
            [("stay", 4), ("visit", 1), ("duty", 1), ("pay_subsidy", 2), ("void", 0), ("correct", 6)]
        ):
            story.play(Move(what, who=who, day=day + timedelta(7 * number), late=3 * number, which=which))

    work(0, START + timedelta(7))
    story.ask(c.Recall(instructor_id=person, ground=RecallGround.LAGGING_WORK, reason="滞后"), GONE)
    nominated = story.nomination(0, GONE, 2020, FORMS[0])
    story.ask(replace(nominated, sending_unit=SENDING_UNITS[1]), GONE, by=Role.TOWNSHIP)
    story.ask(c.ApproveInstructor(instructor_id=person), GONE)
    story.ask(c.ApproveVillage(village_id=story.villages[1], year=2020), GONE)
    story.ask(c.Appoint(instructor_id=person, village_id=story.villages[1]), GONE)
    story.ask(c.CheckIn(instructor_id=person, at=time(9), place="村部"), GONE, 9)
    work(0, GONE + timedelta(7))
    moved = story.village_nomination(0, 2021, weak=True)
    story.ask(replace(moved, township_code=THERE, township="樟树镇"), MOVED)
    story.play(Move("come", who=1, day=MOVED + timedelta(30), late=0, which=0))
    work(1, MOVED + timedelta(40))
    return story


@pytest.fixture(scope="module")
def moves(server: str, template: str) -> Iterator[Life]:
    with living(story_of_moves(), server, template) as life:
        yield life


MOMENTS: Final = (
    Moment(GONE - timedelta(1), 0.4, True, START, 0.2, 30, turn=0),  # before, as was known then
    Moment(GONE - timedelta(1), 1.0, True, START, 0.5, 30, turn=0),  # before, as is known now
    Moment(GONE, 1.0, False, START, 0.5, 91, turn=0),  # on the day itself
    Moment(MOVED - timedelta(1), 1.0, True, GONE, 0.6, 91, turn=0),  # before the village was moved
    Moment(None, 1.0, False, GONE, 0.5, 91, turn=0),
)
WHO: Final = ("a township", "another", "a unit", "another unit", "an instructor")


@pytest.mark.parametrize("turn", range(THIRDS))
@pytest.mark.parametrize("who", WHO)
def test_every_answer_is_what_the_events_come_to_that_are_theirs_at_the_moment(
    moves: Life, who: str, turn: int
) -> None:
    moment = MOMENTS[(WHO.index(who) + 2 * turn) % len(MOMENTS)]
    same(moves.served, moves.log, SIGHTS[who], moment, turn)


HOME, AWAY = "芙蓉园村", "文谊新村"


@pytest.mark.parametrize(
    ("who", "villages", "people"),
    [
        ("a township", [[HOME], [HOME], []], [{"XY-0": HOME}, {"XY-0": HOME}, {}]),
        ("another", [[AWAY], [AWAY], [HOME, AWAY]], [{}, {"XY-0": AWAY}, {"XY-0": AWAY, "XY-1": HOME}]),
        ("a unit", [[HOME], [], []], [{"XY-0": HOME}, {}, {}]),
        (
            "another unit",
            [[], [HOME, AWAY], [HOME, AWAY]],
            [{}, {"XY-0": AWAY}, {"XY-0": AWAY, "XY-1": HOME}],
        ),
    ],
)
def test_whose_a_person_and_a_village_are_follows_the_day_that_is_asked(
    moves: Life, who: str, villages: list[list[str]], people: list[dict[str, str]]
) -> None:
    query = (
        "query ($day: Date) { programme(asOf: $day) { villages { nodes { name } } "
        "instructors { nodes { staffNumber village { name } } } } }"
    )
    days = (GONE - timedelta(1), MOVED - timedelta(1), TODAY)
    found = Look(moves.served, SIGHTS[who].who).answers(*((query, {"day": str(it)}) for it in days))
    seen = [(it["programme"]["villages"]["nodes"], it["programme"]["instructors"]["nodes"]) for it in found]

    assert [[it["name"] for it in nodes] for nodes, _ in seen] == villages
    assert [{it["staffNumber"]: it["village"]["name"] for it in nodes} for _, nodes in seen] == people


def test_a_day_on_which_two_postings_touch_counts_once_in_a_batch(moves: Life) -> None:
    query = "{ programme { totals { daysPresent } batches { year daysPresent } } }"
    answer = Look(moves.served, OPERATOR).ask(query)["programme"]

    assert [it["year"] for it in answer["batches"]] == [2020, 2021]
    assert sum(it["daysPresent"] for it in answer["batches"]) == answer["totals"]["daysPresent"] > 0
