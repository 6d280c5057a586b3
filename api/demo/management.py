"""How the work is looked at and judged: meetings, appraisals, subsidies, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random

from api.demo.cast import DEPARTMENT, FINANCE, Hamlet
from api.demo.corrections import correct
from api.demo.service import Month, Service
from api.demo.steps import Step, at_the_office, later, moment, office_hour
from domain.commands import (
    Appraise,
    AssessGoals,
    Commend,
    Inspect,
    PayAward,
    PaySubsidy,
    Score,
)
from domain.rules import MONTHLY_DAYS
from domain.terms import AppraisalKind, CommendationKind, Goal, Grade, InspectionKind, SubsidyKind

EXCELLENT_SHARE = 0.18


def look_at(rng: Random, service: Service) -> Iterator[Step]:
    """Monthly meetings, quarterly reviews and tour inspections (五(一))."""
    present = service.present()
    for first, last in service.months():
        short = present[first.year, first.month] < MONTHLY_DAYS.on(first)
        day = max(first, min(last, first.replace(day=rng.randint(24, 28))))
        yield _inspection(rng, service, InspectionKind.MONTHLY, day, problems=short and rng.random() < 0.7)
        if first.month % 3 == 0:
            day = max(first, min(last, first.replace(day=20)))
            yield _inspection(rng, service, InspectionKind.QUARTERLY, day, problems=rng.random() < 0.08)
        if rng.random() < 0.09:
            day = later(first, rng.randint(0, (last - first).days))
            yield _inspection(rng, service, InspectionKind.TOUR, day, problems=rng.random() < 0.2)


def each_month(rng: Random, service: Service) -> Iterator[Step]:
    """The daily appraisal of the month, and the month's subsidies, early in the next (五(二), 五(四))."""
    present, person = service.present(), service.person
    for first, last in service.months():
        days = present[first.year, first.month]
        month = f"{first:%Y-%m}"
        appraisal = Appraise(
            instructor_id=person.id,
            kind=AppraisalKind.DAILY,
            period=month,
            scores=(_score("考勤", min(100, days * 5)), _score("考绩", _marks(rng, service))),
            grade=Grade.COMPETENT if days >= MONTHLY_DAYS.on(first) - 1 else Grade.BASIC,
        )
        yield at_the_office(rng, later(last, rng.randint(3, 8)), DEPARTMENT, appraisal)
        if days:
            amounts = {SubsidyKind.LIVING: Decimal(40 * days), SubsidyKind.TRANSPORT: Decimal(200)}
            paid_on = later(last, rng.randint(10, 16))
            for kind, amount in amounts.items():
                payment = PaySubsidy(instructor_id=person.id, kind=kind, month=month, amount=amount)
                yield from _subsidy(rng, service, payment, paid_on)


def each_year(rng: Random, services: Iterable[Service]) -> Iterator[Step]:
    """Yearly appraisals of all who served at the year's end; the best are 优秀, and commended (五(三))."""
    by_year: dict[int, list[Service]] = {}
    for service in services:
        for year in service.whole_years():
            by_year.setdefault(year, []).append(service)
    for year, judged in by_year.items():
        merits = {id(service): _merit(rng, service, year) for service in judged}
        judged.sort(key=lambda service: -merits[id(service)])
        for rank, service in enumerate(judged):
            grade = _grade(rank / len(judged), merits[id(service)])
            day = date(year + 1, 1, rng.randint(8, 22))
            yield from _yearly(rng, service, year, day, grade)
            if grade is Grade.EXCELLENT:
                yield from _commendations(rng, service, year)


def at_the_end(rng: Random, service: Service) -> Iterator[Step]:
    """The appraisal of the whole term (五(二))."""
    day = later(service.left_on, rng.randint(4, 20))
    short = sum(days < MONTHLY_DAYS.on(day) for days in service.present().values())
    appraisal = Appraise(
        instructor_id=service.person.id,
        kind=AppraisalKind.TERM_END,
        period=f"{service.since.year}-{service.left_on.year}",
        scores=_parts(rng, service),
        grade=Grade.EXCELLENT if service.zeal > 0.8 and short < 5 else Grade.COMPETENT,
    )
    yield at_the_office(rng, day, DEPARTMENT, appraisal)


def judge_village(rng: Random, hamlet: Hamlet, years: Iterable[int], zeal: float) -> Iterator[Step]:
    """The five goals each year, and award money by what was met (一, 五(四)); some wrong at first."""
    for number, year in enumerate(years):
        met = tuple(goal for goal in Goal if rng.random() < 0.45 + 0.4 * zeal + 0.1 * number)
        day = date(year, 12, rng.randint(15, 28))
        name = f"{hamlet.place.code}/goals/{year}"
        if rng.random() < 0.03:
            wrong = AssessGoals(village_id=hamlet.id, year=year, met=tuple(Goal))
            entered_at = office_hour(rng, day)
            yield Step(entered_at, day, DEPARTMENT, wrong, name=name)
            day = later(day, 5)
            reason = "误录为全部达标,按考核结果更正"
            yield from correct(name, entered_at, DEPARTMENT, moment(day, 9), reason)
        command = AssessGoals(village_id=hamlet.id, year=year, met=met)
        yield at_the_office(rng, day, DEPARTMENT, command)
        if len(met) >= 3:
            yield from _award(rng, hamlet, year, Decimal(10_000 * len(met)))


def _award(rng: Random, hamlet: Hamlet, year: int, amount: Decimal) -> Iterator[Step]:
    day = date(year + 1, rng.randint(2, 3), rng.randint(1, 28))
    if rng.random() < 0.04:
        name = f"{hamlet.place.code}/award/{year}"
        wrong = PayAward(village_id=hamlet.id, year=year, amount=amount * 10)
        entered_at = moment(day, 9)
        yield Step(entered_at, day, FINANCE, wrong, name=name)
        day = later(day, 2)
        yield from correct(name, entered_at, FINANCE, moment(day, 9), "金额多录一位")
    command = PayAward(village_id=hamlet.id, year=year, amount=amount)
    yield at_the_office(rng, day, FINANCE, command)


def _inspection(rng: Random, service: Service, kind: InspectionKind, day: date, *, problems: bool) -> Step:
    command = Inspect(
        instructor_id=service.person.id,
        kind=kind,
        conclusion=rng.choice(PROBLEMS if problems else ALL_WELL),
        problems_found=problems,
    )
    actor = service.office if kind is InspectionKind.MONTHLY else DEPARTMENT
    return at_the_office(rng, day, actor, command)


def _yearly(rng: Random, service: Service, year: int, day: date, grade: Grade) -> Iterator[Step]:
    """Appraise the year; now and then a grade is mistyped, voided and entered again."""
    appraisal = Appraise(
        instructor_id=service.person.id,
        kind=AppraisalKind.YEARLY,
        period=str(year),
        scores=_parts(rng, service),
        grade=grade,
    )
    if rng.random() < 0.03:
        name = f"{service.person.staff_number}/yearly/{year}"
        wrong = replace(appraisal, grade=Grade.INCOMPETENT)
        entered_at = moment(day, 9)
        yield Step(entered_at, day, DEPARTMENT, wrong, name=name)
        day = later(day, 3)
        yield from correct(name, entered_at, DEPARTMENT, moment(day, 8), "等次录入错误")
    yield at_the_office(rng, day, DEPARTMENT, appraisal)


def _commendations(rng: Random, service: Service, year: int) -> Iterator[Step]:
    day = date(year + 1, 2, rng.randint(1, 27))
    kinds = [CommendationKind.PUBLICITY]
    if rng.random() < 0.7:
        rest = (CommendationKind.COMMENDATION, CommendationKind.MERIT, CommendationKind.ADVANCEMENT)
        kinds += rng.choices(rest, weights=(5, 2, 2))
    for kind in kinds:
        command = Commend(
            instructor_id=service.person.id, kind=kind, year=year, authority="中共湘阴县委(模拟)"
        )
        yield at_the_office(rng, day, DEPARTMENT, command)


def _subsidy(rng: Random, service: Service, payment: PaySubsidy, day: date) -> Iterator[Step]:
    """Pay a subsidy; now and then by a wrong rate first."""
    unit = service.person.unit
    if rng.random() < 0.004:
        name = f"{service.person.staff_number}/{payment.kind}/{payment.month}"
        wrong = replace(payment, amount=payment.amount + 100)
        entered_at = moment(day, 9)
        yield Step(entered_at, day, unit, wrong, name=name)
        day = later(day, 4)
        yield from correct(name, entered_at, unit, moment(day, 8), "补助标准录入错误")
    yield at_the_office(rng, day, unit, payment)


def _merit(rng: Random, service: Service, year: int) -> float:
    months: list[Month] = [month for month in service.present() if month[0] == year]
    present = service.present()
    full = sum(present[month] >= MONTHLY_DAYS.on(date(year, 12, 31)) for month in months)
    share = full / len(months) if months else 0
    return share + 0.3 * min(service.completed[year], 2) + 0.6 * service.zeal + rng.uniform(0, 0.2)


def _grade(place: float, merit: float) -> Grade:
    if place < EXCELLENT_SHARE:
        return Grade.EXCELLENT
    if merit < 0.75:
        return Grade.INCOMPETENT if merit < 0.45 else Grade.BASIC
    return Grade.COMPETENT


def _parts(rng: Random, service: Service) -> tuple[Score, ...]:
    parts = ("考勤", "考绩", "工作述职", "村民测评", "村干部评议")
    return tuple(_score(part, _marks(rng, service)) for part in parts)


def _marks(rng: Random, service: Service) -> int:
    return min(100, round(68 + 24 * service.zeal + rng.uniform(-6, 7)))


def _score(part: str, points: int) -> Score:
    return Score(part=part, points=Decimal(points))


ALL_WELL = ("工作正常推进", "台账齐全,群众反映较好", "重点任务按期完成")
PROBLEMS = ("驻村天数不足,要求整改", "走访记录不全,限期补齐", "实事进度滞后", "工作日志更新不及时")
