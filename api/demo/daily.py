"""Life in the village: present on most days, sometimes on leave, sometimes late to say so."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from api.demo.cast import DINGTALK
from api.demo.corrections import correct, reject
from api.demo.service import Service
from api.demo.steps import Step, evening, later, moment, office_hour
from domain.commands import CheckIn, GrantLeave
from domain.terms import LeaveKind


@dataclass(frozen=True)
class Example:
    """A check-in entered weeks late and voided later still: two clocks, three true answers."""

    staff_number: str
    day: date
    entered_on: date
    voided_on: date


EXAMPLE = Example("SIM-2020-0001", date(2020, 5, 3), date(2020, 6, 10), date(2020, 7, 1))
"""The one planted example, for the documentation to lean on."""


def attend(rng: Random, service: Service) -> Iterator[Step]:
    """Month by month: leave is granted, days are spent in the village, mistakes are corrected."""
    is_example = service.person.staff_number == EXAMPLE.staff_number
    for first, last in service.months():
        away = yield from _leave(rng, service, first, last)
        if is_example:
            away |= {EXAMPLE.day}
        days = [later(first, n) for n in range((last - first).days + 1)]
        here = [day for day in days if day not in away and day != service.since]
        here.sort(key=lambda day: rng.random() + (0.7 if day.weekday() >= 5 else 0))
        wanted = round(_wanted_days(rng, service, first) * len(days) / 30.4)
        for day in sorted(here[:wanted]):
            if (yield from _check_in(rng, service, day)):
                service.days.append(day)
    if is_example:
        yield from _example(service)


def _wanted_days(rng: Random, service: Service, month: date) -> float:
    slump = 0.03 + 0.12 * (1 - service.zeal) + 0.10 * (month.month in {1, 2})
    if service.lot.recalled_for is not None and service.left_on - month < timedelta(days=130):
        slump += 0.6
    if rng.random() < slump:
        return rng.uniform(9, 19)
    return rng.gauss(21.6 + 1.6 * service.zeal, 0.9)


def _leave(rng: Random, service: Service, first: date, last: date) -> Generator[Step, None, frozenset[date]]:
    """Grant leave in some months; return the days it takes."""
    if (last - first).days < 20 or rng.random() > 0.2:
        return frozenset()
    begin = later(first, rng.randint(3, 14))
    end = later(begin, rng.randint(0, 5))
    granted_on = later(begin, -rng.randint(0, 2))
    yield Step(
        office_hour(rng, granted_on),
        granted_on,
        service.office,
        GrantLeave(
            instructor_id=service.person.id,
            kind=rng.choices(tuple(LeaveKind), weights=(4, 3, 3, 1, 3))[0],
            first_day=begin,
            last_day=end,
        ),
    )
    return frozenset(later(begin, n) for n in range((end - begin).days + 1))


def _check_in(rng: Random, service: Service, day: date) -> Generator[Step, None, bool]:
    """Check in by DingTalk; without a signal it is entered later. Return whether it stands in the end."""
    at = time(rng.choice((7, 8, 8, 8, 9)), rng.randint(0, 59))
    command = _at_the_office(service, at, f"SIM-DD-{day:%Y%m%d}-{rng.randint(0, 9999):04}")
    luck = rng.random()
    if luck < 0.95:
        recorded_at, actor = moment(day, at.hour, at.minute, rng.randint(1, 59)), DINGTALK
    elif luck < 0.98:
        recorded_at, actor = evening(rng, later(day, rng.randint(1, 4))), service.person.actor
    else:
        recorded_at, actor = office_hour(rng, later(day, rng.randint(9, 75))), service.office
    name = f"{service.person.staff_number}/{day}"
    right = rng.random() > 0.006
    if right and (service.days or not service.person.staff_number.endswith("5")):
        yield Step(recorded_at, day, actor, command)
        return True
    yield Step(recorded_at, day, actor, command, name=name)
    if right:
        yield from _in_vain(service, name, recorded_at)
        return True
    found_at = office_hour(rng, later(recorded_at.date(), rng.randint(2, 40)))
    reason = rng.choice(WRONG)
    was_there = rng.random() <= 0.4
    changes = {"at": "09:30", "source_record": ""} if was_there else {}
    yield from correct(name, recorded_at, service.office, found_at, reason, **changes)
    return was_there


def _in_vain(service: Service, name: str, recorded_at: datetime) -> Iterator[Step]:
    """Say of the first check-in that it was earlier, without anything that shows it."""
    asked_at = recorded_at + timedelta(days=2)
    yield from reject(
        name, service.person.actor, asked_at, "手机时间错误", "证明材料不足", at="07:30", source_record=""
    )


def _example(service: Service) -> Iterator[Step]:
    name = f"{service.person.staff_number}/example"
    command = _at_the_office(service, time(8, 20))
    yield Step(moment(EXAMPLE.entered_on, 10), EXAMPLE.day, service.office, command, name=name)
    reason = "当日实际在县城参加培训,未到村"
    entered_at, voided_at = moment(EXAMPLE.entered_on, 10), moment(EXAMPLE.voided_on, 10)
    yield from correct(name, entered_at, service.office, voided_at, reason)


def _at_the_office(service: Service, at: time, source_record: str = "") -> CheckIn:
    place = f"{service.hamlet.place.name}便民服务中心"
    return CheckIn(instructor_id=service.person.id, at=at, place=place, source_record=source_record)


WRONG = ("定位不在本村", "他人代为打卡", "接口重复导入", "手机时间错误")
