"""How villages and people are chosen: named by townships, reviewed by the department, posted together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from random import Random

from api.data import Place, key_villages_2020, official_villages
from api.demo.cast import DEPARTMENT, Flaw, Hamlet, Person, Roster, township_office
from api.demo.steps import Step, at_the_office, later, moment, office_hour
from domain.commands import (
    Appoint,
    ApproveInstructor,
    ApproveVillage,
    DeclineVillage,
    Household,
    NominateInstructor,
    NominateVillage,
    RegisterHouseholds,
    RejectInstructor,
    RuleException,
    TransferPartyRelation,
)
from domain.ids import village_id
from domain.refusals import InstitutionStaffNeedsApproval, OverAge, TooShortAsClerk
from domain.rules import NOTICE_DATE
from domain.terms import Route

NOTICE = "湘阴办发〔2020〕23号"
PUBLISHED_ON = date(2020, 3, 18)


@dataclass(frozen=True)
class Batch:
    """A year's villages, and the day on which their instructors are appointed together."""

    year: int
    appointed_on: date
    places: list[Place]


@dataclass(frozen=True)
class Candidacy:
    """How the choice for one village goes."""

    place: Place
    chosen: Person
    turned_down: Person | None = None
    exception: str = ""

    @property
    def may_try_again(self) -> bool:
        """Tell whether a year will mend what the one turned down lacked."""
        return self.turned_down is not None and self.turned_down.flaw is Flaw.SHORT_AS_CLERK


def the_notice() -> Iterator[Step]:
    """The one true part: 30 key villages, as the notice dates them, entered when it was published."""
    for place in key_villages_2020():
        yield Step(
            recorded_at=moment(PUBLISHED_ON, 15, 13),
            occurred_on=NOTICE_DATE,
            actor=township_office(place),
            command=_nomination(place, NOTICE_DATE.year, "列入通知附件1;通知未载明是否软弱涣散或后进"),
            basis=NOTICE,
        )
    for place in key_villages_2020():
        yield Step(
            recorded_at=moment(PUBLISHED_ON, 15, 14),
            occurred_on=NOTICE_DATE,
            actor=DEPARTMENT,
            command=ApproveVillage(village_id=village_id(place.code[:6], place.code), year=NOTICE_DATE.year),
            basis=NOTICE,
        )


def draw_villages(rng: Random, taken: Iterable[Place], wanted: int) -> list[Place]:
    """Draw villages of the official list that had nobody yet, from every township in turn."""
    codes = {place.code for place in taken}
    left: dict[str, list[Place]] = {}
    for place in official_villages():
        if place.code not in codes and place.name.endswith(("村", "社区")):
            left.setdefault(place.township, []).append(place)
    for places in left.values():
        rng.shuffle(places)
    drawn: list[Place] = []
    while len(drawn) < wanted:
        drawn += [places.pop() for places in left.values() if places]
    return drawn[:wanted]


def review_villages(rng: Random, year: int, named: list[Place], declined: list[Place]) -> Iterator[Step]:
    """A later year's choice: the townships name villages in January, the department reviews in February.

    The first of the declined is weak or lagging, so leaving it out takes an exception.
    """
    for place in sorted(named + declined):
        day = date(year, 1, rng.randint(11, 28))
        weak = place in declined[:1] or (place in named and rng.random() < 0.15)
        reason = "党组织软弱涣散,列入整顿" if weak else rng.choice(NOMINATION_REASONS)
        yield Step(
            office_hour(rng, later(day, rng.randint(0, 2))),
            day,
            township_office(place),
            _nomination(place, year, reason, weak=weak),
        )
    day = date(year, 2, rng.randint(20, 26))
    for minute, place in enumerate(sorted(named + declined)):
        village = village_id(place.code[:6], place.code)
        if place in named:
            yield Step(
                moment(day, 15, minute), day, DEPARTMENT, ApproveVillage(village_id=village, year=year)
            )
            continue
        exception = "该村正在实施合并,整顿由镇党委直接负责,缓一年派驻" if place in declined[:1] else ""
        yield Step(
            moment(day, 15, minute),
            day,
            DEPARTMENT,
            DeclineVillage(
                village_id=village, year=year, reason="本年度名额有限,暂缓", exception_reason=exception
            ),
        )


def register_households(rng: Random, hamlet: Hamlet) -> Iterator[Step]:
    """The township enters the households to be visited, group by group."""
    groups: dict[str, list[Household]] = {}
    for home in hamlet.homes:
        groups.setdefault(home.code.partition("组")[0], []).append(home.entry)
    since = hamlet.homes[0].since
    start = moment(since, rng.randint(9, 15))
    for minute, households in enumerate(groups.values()):
        yield Step(
            start.replace(minute=minute),
            since,
            township_office(hamlet.place),
            RegisterHouseholds(village_id=hamlet.id, households=tuple(households)),
        )


def cast_candidates(rng: Random, roster: Roster, batch: Batch, again: Person | None) -> list[Candidacy]:
    """Find somebody for each village; some are turned down, and some need an exception.

    Args:
        rng: chance.
        roster: gives out staff numbers.
        batch: its villages; the choice for the first one goes smoothly.
        again: somebody who was turned down for an earlier batch and is nominated again.
    """
    excepted, unfit = [*EXCEPTIONS], [*UNFIT]
    plain = [""] * (len(batch.places) - len(excepted) - len(unfit))
    fortunes = ["excepted"] * len(excepted) + ["turned down"] * len(unfit) + plain[1:]
    rng.shuffle(fortunes)
    candidacies = []
    for place, fortune in zip(batch.places, plain[:1] + fortunes, strict=True):

        def somebody(flaw: Flaw | None = None, place: Place = place) -> Person:
            return roster.somebody(batch.year, place, later(batch.appointed_on, -7), flaw)

        if fortune == "excepted":
            flaw = excepted.pop()
            candidacy = Candidacy(place, somebody(flaw), exception=EXCEPTION_REASONS[flaw])
        elif fortune == "turned down":
            turned_down = somebody(unfit.pop())
            candidacy = Candidacy(place, somebody(), turned_down)
        elif again is not None:
            form = replace(again.form, preferred_village=place.name)
            candidacy, again = Candidacy(place, replace(again, form=form, flaw=None)), None
        else:
            candidacy = Candidacy(place, somebody())
        candidacies.append(candidacy)
    return candidacies


def choose(rng: Random, year: int, candidacy: Candidacy, reviewed_on: date) -> Iterator[Step]:
    """One village's choice: nominated, reviewed, and where the first is turned down, a second choice."""
    if candidacy.turned_down is not None:
        person = candidacy.turned_down
        yield nominate(rng, year, candidacy.place, person, later(reviewed_on, -rng.randint(2, 4)))
        rejection = RejectInstructor(instructor_id=person.id, reason=REJECTION_REASONS[person.flaw])
        yield at_the_office(rng, reviewed_on, DEPARTMENT, rejection)
        reviewed_on = later(reviewed_on, 3)
    person = candidacy.chosen
    yield nominate(rng, year, candidacy.place, person, later(reviewed_on, -2))
    exceptions: tuple[RuleException, ...] = ()
    if person.flaw is not None:
        exceptions = (RuleException(rule=FLAW_CODES[person.flaw], reason=candidacy.exception),)
    approval = ApproveInstructor(instructor_id=person.id, exceptions=exceptions)
    yield at_the_office(rng, reviewed_on, DEPARTMENT, approval)


def nominate(rng: Random, year: int, place: Place, person: Person, day: date) -> Step:
    """Somebody is put forward after collective study (选派程序(一))."""
    by_unit = person.route is Route.SENDING_UNIT
    actor = person.unit if by_unit else township_office(place)
    return at_the_office(
        rng,
        day,
        actor,
        NominateInstructor(
            staff_number=person.staff_number,
            batch_year=year,
            route=person.route,
            nominating_body=f"{person.sending_unit}党组" if by_unit else actor.organisation,
            sending_unit=person.sending_unit,
            collective_study_on=later(day, -rng.randint(0, 1)),
            form=person.form,
        ),
    )


def appoint(rng: Random, hamlet: Hamlet, person: Person, day: date) -> Iterator[Step]:
    """The department appoints; the party relation follows, in time, late or never (选派程序(三))."""
    yield Step(
        moment(day, 8, 30, rng.randint(0, 59)),
        day,
        DEPARTMENT,
        Appoint(instructor_id=person.id, village_id=hamlet.id),
    )
    luck = rng.random()
    if luck < 0.06:
        return
    moved_on = later(day, rng.randint(60, 110) if luck < 0.16 else rng.randint(4, 30))
    yield Step(
        office_hour(rng, later(moved_on, rng.randint(0, 3))),
        moved_on,
        township_office(hamlet.place),
        TransferPartyRelation(instructor_id=person.id, branch=f"中共{hamlet.place.name}支部委员会"),
    )


def _nomination(place: Place, year: int, reason: str, *, weak: bool = False) -> NominateVillage:
    return NominateVillage(
        code=place.code,
        name=place.name,
        township_code=place.township_code,
        township=place.township,
        year=year,
        kind=place.kind,
        weak_or_lagging=weak,
        reason=reason,
    )


EXCEPTIONS = (Flaw.OVER_AGE, Flaw.SHORT_AS_CLERK, Flaw.INSTITUTION_STAFF, Flaw.INSTITUTION_STAFF)
UNFIT = (None, Flaw.LITTLE_SCHOOLING, Flaw.NOT_A_PARTY_MEMBER, Flaw.SHORT_AS_CLERK)
FLAW_CODES = {
    Flaw.INSTITUTION_STAFF: InstitutionStaffNeedsApproval.code,
    Flaw.OVER_AGE: OverAge.code,
    Flaw.SHORT_AS_CLERK: TooShortAsClerk.code,
}
EXCEPTION_REASONS = {
    Flaw.INSTITUTION_STAFF: "特别优秀的事业编制人员,连续两年考核优秀,经部务会研究同意",
    Flaw.OVER_AGE: "基层工作经验丰富,熟悉该村情况,经部务会研究同意适当放宽年龄",
    Flaw.SHORT_AS_CLERK: "选调生,已在乡镇锻炼,经部务会研究同意",
}
REJECTION_REASONS = {
    None: "考察中群众评价不高,责令重新选派",
    Flaw.LITTLE_SCHOOLING: "学历不符合选派条件,责令重新选派",
    Flaw.NOT_A_PARTY_MEMBER: "不是中共党员,责令重新选派",
    Flaw.OVER_AGE: "年龄超过规定,责令重新选派",
    Flaw.SHORT_AS_CLERK: "任科员时间不足,责令重新选派",
}
NOMINATION_REASONS = ("集体经济薄弱", "班子战斗力不强", "群众满意度偏低", "信访问题较多", "人居环境整治滞后")
