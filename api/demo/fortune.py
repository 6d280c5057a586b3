"""Turns of fortune: promoted and yet retained, recalled and replaced, or simply at the end of the term."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from api.demo.cast import DEPARTMENT
from api.demo.service import Service
from api.demo.steps import Step, later, moment, office_hour
from domain.commands import CompleteTerm, Discipline, OpenAccountability, PromoteButRetain, Recall
from domain.terms import Measure, RecallGround

GRAVE = frozenset({RecallGround.MAJOR_ACCIDENT, RecallGround.SERIOUS_BREACH})


def promote(rng: Random, service: Service) -> Step:
    """Promoted in the second or third year, and stays in the village as 包村干部 (二(二))."""
    day = later(service.since, rng.randint(420, 900))
    township = service.hamlet.place.township
    post = rng.choice(("党委委员", "副镇长", "人大副主席", "组织委员"))
    command = PromoteButRetain(instructor_id=service.person.id, new_position=f"{township}{post}")
    return Step(office_hour(rng, later(day, rng.randint(0, 5))), day, DEPARTMENT, command)


def recall(rng: Random, service: Service, ground: RecallGround) -> Iterator[Step]:
    """Recalled through the sending unit; a grave case goes on to accountability and discipline (五(三))."""
    day, person = service.left_on, service.person
    command = Recall(instructor_id=person.id, ground=ground, reason=REASONS[ground])
    yield Step(moment(day, 17, rng.randint(0, 59)), day, DEPARTMENT, command)
    if ground not in GRAVE:
        return
    case = f"SIM-WZ-{day.year}-{person.staff_number[-4:]}"
    opened_on = later(day, rng.randint(3, 15))
    opening = OpenAccountability(instructor_id=person.id, ground=ground, case_number=case)
    yield Step(office_hour(rng, opened_on), opened_on, DEPARTMENT, opening)
    closed_on = later(opened_on, rng.randint(40, 110))
    measure = (
        Measure.PARTY_DISCIPLINE
        if ground is RecallGround.SERIOUS_BREACH
        else rng.choice((Measure.ADMONITION, Measure.DEMOTION))
    )
    outcome = Discipline(instructor_id=person.id, measure=measure, case_number=case)
    yield Step(office_hour(rng, later(closed_on, 2)), closed_on, DEPARTMENT, outcome)


def complete(rng: Random, service: Service) -> Step:
    """The term is over; now and then the entry is late."""
    delay = rng.randint(20, 40) if rng.random() < 0.1 else rng.randint(0, 3)
    command = CompleteTerm(instructor_id=service.person.id)
    return Step(moment(later(service.until, delay), 17, 30), service.until, DEPARTMENT, command)


REASONS = {
    RecallGround.LAGGING_WORK: "连续数月驻村不足20天,工作滞后,经督促未改",
    RecallGround.POOR_SATISFACTION: "村民测评满意度低于六成",
    RecallGround.MAJOR_ACCIDENT: "履职不力,造成较大安全责任事故",
    RecallGround.SERIOUS_BREACH: "严重违反工作纪律,冒领补助",
}
