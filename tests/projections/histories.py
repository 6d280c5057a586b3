"""Made-up histories that the rules allow: what a county might enter, in any order and however late."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import strategies as st

from domain import commands as c
from domain.decisions import decide
from domain.eligibility import failures
from domain.ids import correction_id, instructor_id, project_id, remark_id, village_id
from domain.refusals import Refused
from domain.root import Event
from domain.rules import DUTY_CLAUSES
from domain.terms import (
    AppraisalKind,
    CommendationKind,
    Education,
    Employment,
    Goal,
    Grade,
    HouseholdCategory,
    InspectionKind,
    LeaveKind,
    Measure,
    RecallGround,
    Role,
    Route,
    SubsidyKind,
    VillageKind,
)
from tests.facts import FORM
from tests.projections.readside import noon
from tests.scenario import County, entry

START = date(2020, 4, 1)
LENGTH = 3 * 365 + 120
PEOPLE = 3
VILLAGES = {
    "430624105201": ("芙蓉园村", "430624105", "石塘镇"),
    "430624106203": ("文谊新村", "430624106", "樟树镇"),
}
SENDING_UNITS = ("县教育局", "县财政局")
CALLED = replace(FORM, phone="13807301234")
FORMS = (
    FORM,
    CALLED,
    replace(FORM, clerk_since=None),
    replace(FORM, employment=Employment.INSTITUTION_STAFF, education=Education.SECONDARY_OR_LOWER),
    replace(FORM, born=date(1980, 1, 1)),
    replace(FORM, party_joined=None, employment=Employment.OTHER),
)
"""What people say of themselves: two meet every rule, three need exceptions, the last is not to be had."""
MOVES = (
    *["stay"] * 8,
    *["visit"] * 6,
    *["void"] * 6,
    *["correct"] * 4,
    "leave",
    "recall",
    *["replace"] * 3,
    "complete_term",
    "nominate",
    *["turn_down"] * 2,
    *["forget"] * 3,
    "approve",
    "appoint",
    *["come"] * 3,
    "remove_household",
    "register_household",
    "start_project",
    *["complete_project"] * 2,
    *["promote"] * 2,
    "party_relation",
    *["appraise"] * 2,
    "duty",
    "inspect",
    "commend",
    "pay_subsidy",
    "open_case",
    "discipline",
    "nominate_village",
    *["approve_village"] * 2,
    "decline_village",
    "assess_goals",
    "pay_award",
    "void_of_village",
    "take_import",
    *["remark"] * 3,
    *["look"] * 2,
)


@dataclass(frozen=True)
class Move:
    """Something somebody asks for: what, about which of the people, for which day, entered how late."""

    what: str
    who: int
    day: date
    late: int
    which: int


EDGES = [
    *[START, date(2020, 4, 30), date(2020, 5, 1), date(2020, 5, 31), date(2020, 6, 29), date(2020, 7, 1)],
    *[date(2020, 7, 2), date(2020, 12, 31), date(2021, 1, 1), date(2021, 3, 31), date(2021, 4, 1)],
    *[date(2023, 3, 16), date(2023, 3, 17), date(2023, 3, 31), date(2023, 4, 1)],
]
"""Days on which something begins, ends or falls due."""


def days() -> st.SearchStrategy[date]:
    """Days of the term and after it; the first months, the last ones and the edges more often."""
    offsets = st.one_of(st.integers(-20, 130), st.integers(0, LENGTH), st.integers(1075, 1110))
    return st.one_of(offsets.map(lambda offset: START + timedelta(offset)), st.sampled_from(EDGES))


def moves() -> st.SearchStrategy[list[Move]]:
    """Moves in the order of their entry."""
    one = st.builds(
        Move,
        what=st.sampled_from(MOVES),
        who=st.integers(0, PEOPLE - 1),
        day=days(),
        late=st.sampled_from([0, 0, 0, 1, 8, 40, 400]),
        which=st.integers(0, 30),
    )
    return st.lists(one, min_size=50, max_size=70).map(
        lambda drawn: sorted(drawn, key=lambda move: move.day + timedelta(move.late))
    )


A_LIFE = [
    Move(
        what,
        who=2 if what == "turn_down" else 0,
        day=START + timedelta(7 * number),
        late=(0, 8)[number % 2],
        which=which,
    )
    for number, (what, which) in enumerate(
        [
            *[("stay", 9), ("visit", 0), ("visit", 1), ("leave", 3), ("party_relation", 0), ("duty", 1)],
            *[("start_project", 0), ("complete_project", 0), ("inspect", 0), ("promote", 0), ("commend", 0)],
            *[
                ("appraise", 0),
                ("appraise", 5),
                ("visit", 2),
                ("pay_subsidy", 3),
                ("open_case", 0),
                ("discipline", 0),
            ],
            *[("register_household", 4), ("remove_household", 0), ("assess_goals", 4), ("pay_award", 0)],
            *[
                ("void_of_village", 0),
                ("duty", 2),
                ("void", 0),
                ("nominate_village", 3),
                ("decline_village", 1),
            ],
            *[("pay_award", 0), ("turn_down", 5), ("replace", 0), ("visit", 0), ("stay", 3), ("recall", 0)],
            *[("take_import", 5), ("take_import", 8)],
            *[("come", 0), ("duty", 1), ("correct", 3), ("inspect", 0), ("correct", 6), ("correct", 33)],
            *[("commend", 0), ("correct", 8), ("pay_award", 2), ("correct", 94)],
            *[("forget", 0)],
            *[("remark", 1), ("remark", 7), ("remark", 6), ("remark", 9), ("remark", 24), ("remark", 8)],
            *[("look", 1), ("look", 5)],
        ]
    )
]
"""One move of nearly each kind, as the rules allow; a poor household is visited on the deadline."""


class Story:
    """A county of two villages and three people, and what the rules let happen there."""

    def __init__(self, number: int = 0) -> None:
        self.county = County(county=f"story {number}")
        self.villages = [village_id(self.county.county, code) for code in VILLAGES]
        self.village = self.villages[0]
        self.people = [instructor_id(self.county.county, f"XY-{who}") for who in range(PEOPLE)]
        self.events: list[Event] = []
        self.clocks: list[datetime] = []
        self._number = number
        self._today = date(2020, 3, 17)
        for command in self._beginning():
            self.ask(command, self._today)
        self.ask(c.Appoint(instructor_id=self.people[0], village_id=self.village), START)

    def ask(
        self,
        command: c.AnyCommand,
        day: date,
        late: int = 0,
        by: Role = Role.ORGANISATION_DEPARTMENT,
    ) -> bool:
        """Ask for something, and return whether it happened; if it is refused, nothing does."""
        self._today = max(self._today, day + timedelta(late))
        with suppress(Refused):
            basis = "湘阴组发〔2020〕7号" if day.day % 3 == 0 else None
            decide(command, replace(entry(on=day, by=by, today=self._today), basis=basis), self.county)
        happened = self.county.collect()
        for event in happened:
            command_id = UUID(int=self._number << 64 | len(self.events) + 1)
            self.events.append(replace(event, command_id=command_id))
            self.clocks.append(self._clock())
        return bool(happened)

    def _somebody(self, move: Move) -> UUID:
        """Return somebody who serves on the day, if anybody does: most moves are work in a village."""
        order = self.people[move.who :] + self.people[: move.who]
        postings = [(it, posting) for it in order for posting in self.county.instructor(it).postings]
        return next((it for it, posting in postings if posting.covers(move.day)), order[0])

    def _clock(self) -> datetime:
        """Return the moment of an entry: noon in UTC, or half past midnight in Shanghai for some."""
        at = noon(self._today)
        if len(self.events) % 5 == 0:
            at += timedelta(hours=4, minutes=30)
        return max(at, self.clocks[-1]) if self.clocks else at

    def play(self, move: Move) -> None:  # noqa: C901, PLR0911, PLR0912, PLR0915 - one case a move, read as a table
        """Ask for what a move says."""
        person = self._somebody(move)
        village = self.villages[move.which % 2]
        year, batch_year = 2020 + move.which % 4, 2020 + move.which // 2 % 2
        household = f"H-{move.which % 5}"
        month = timedelta(move.which)
        match move.what:
            case "stay":
                check_in = c.CheckIn(
                    instructor_id=person, at=time(8), place="村部", outside=move.which % 3 == 0
                )
                for n in range(move.which + 1):
                    self.ask(check_in, move.day + timedelta(n), move.late)
                return
            case "void":
                self._void(move)
                return
            case "correct":
                self._correct(move)
                return
            case "remark":
                self._remark(move)
                return
            case "look":
                self._look(move)
                return
            case "visit":
                command: c.AnyCommand = c.VisitHousehold(instructor_id=person, household=household)
            case "leave":
                span = {"first_day": move.day, "last_day": move.day + month}
                command = c.GrantLeave(instructor_id=person, kind=LeaveKind.SICK, **span)
            case "recall":
                command = c.Recall(instructor_id=person, ground=RecallGround.LAGGING_WORK, reason="滞后")
            case "replace":
                self._replace(move)
                return
            case "complete_term":
                if postings := self.county.instructor(person).postings:
                    over = postings[-1].until + timedelta(move.which % 3)
                    self.ask(c.CompleteTerm(instructor_id=person), over, move.late)
                return
            case "nominate":
                command = self.nomination(move.who, move.day, batch_year, FORMS[move.which % 6])
            case "turn_down":
                self.ask(
                    self.nomination(move.who, move.day, batch_year, FORMS[move.which % 6]),
                    move.day,
                    move.late,
                )
                command = c.RejectInstructor(instructor_id=self.people[move.who], reason="不符合")
            case "forget":
                self._forget(move)
                return
            case "approve":
                command = self._approval(move.who)
            case "appoint":
                command = c.Appoint(instructor_id=person, village_id=village)
            case "come":
                self._come(move.who, move.day, move.late, village, batch_year)
                return
            case "remove_household":
                command = c.RemoveHousehold(village_id=village, household=household, reason="迁出")
            case "register_household":
                new = c.Household(code=household, category=category_of(move.which))
                command = c.RegisterHouseholds(village_id=village, households=(new,))
            case "start_project":
                command = c.StartProject(instructor_id=person, year=2020, title=f"实事{move.which % 2}")
            case "complete_project":
                project = project_id(person, 2020, f"实事{move.which % 2}")
                command = c.CompleteProject(instructor_id=person, project_id=project, outcome="完成")
            case "promote":
                command = c.PromoteButRetain(instructor_id=person, new_position=f"职务{move.which % 3}")
            case "party_relation":
                command = c.TransferPartyRelation(instructor_id=person, branch="村党支部")
            case "appraise":
                kind, period = (
                    (AppraisalKind.YEARLY, str(year)),
                    (AppraisalKind.YEARLY, str(move.day.year)),
                    (AppraisalKind.TERM_END, "2020-2023"),
                    (AppraisalKind.DAILY, f"{move.day:%Y-%m}"),
                )[move.which // 4 % 4]
                command = c.Appraise(
                    instructor_id=person,
                    kind=kind,
                    period=period,
                    scores=(c.Score(part="述职", points=Decimal("80.5")),),
                    grade=list(Grade)[move.which % 4],
                )
            case "duty":
                duty = list(DUTY_CLAUSES)[move.which % len(DUTY_CLAUSES)]
                command = c.RecordDuty(instructor_id=person, duty=duty, summary="主题党日")
            case "inspect":
                kinds = list(InspectionKind)
                command = c.Inspect(
                    instructor_id=person,
                    kind=kinds[move.which % len(kinds)],
                    conclusion="到岗到位",
                    problems_found=move.which % 2 == 0,
                )
            case "commend":
                merit = list(CommendationKind)[move.which % 4]
                command = c.Commend(instructor_id=person, kind=merit, year=year, authority="县委组织部")
            case "pay_subsidy":
                amount = Decimal(move.which + 1).scaleb(-2)
                paid = list(SubsidyKind)[move.which % 2]
                command = c.PaySubsidy(
                    instructor_id=person, kind=paid, month=f"{move.day:%Y-%m}", amount=amount
                )
            case "open_case":
                ground = list(RecallGround)[move.which % 4]
                command = c.OpenAccountability(instructor_id=person, ground=ground, case_number="湘纪7")
            case "discipline":
                command = c.Discipline(instructor_id=person, measure=Measure.ADMONITION, case_number="湘纪7")
            case "nominate_village":
                command = self.village_nomination(move.which % 2, batch_year, weak=move.which % 3 > 0)
            case "approve_village":
                command = c.ApproveVillage(village_id=village, year=batch_year)
            case "decline_village":
                batch_year += 1
                named = self.village_nomination(move.which % 2, batch_year, weak=move.which % 3 > 0)
                self.ask(named, move.day, move.late)
                why = "已列入拆迁" if move.which % 3 else ""
                command = c.DeclineVillage(
                    village_id=village, year=batch_year, reason="名额已满", exception_reason=why
                )
            case "assess_goals":
                met = tuple(list(Goal)[: move.which % 6])
                command = c.AssessGoals(village_id=village, year=batch_year, met=met)
            case "pay_award":
                command = c.PayAward(village_id=village, year=batch_year, amount=Decimal("50000.00"))
            case "void_of_village":
                award = c.PayAward(village_id=village, year=year, amount=Decimal("20000.00"))
                self.ask(award, move.day, move.late)
                for version in range(self.county.village(village).version, 0, -1):
                    void = c.VoidVillageEvent(village_id=village, version=version, reason="录入有误")
                    if self.ask(void, move.day, move.late):
                        break
                return
            case "take_import":
                command = c.TakeImport(
                    paper="check-ins",
                    file_name=f"考勤{move.which}.xlsx",
                    file_sha256=f"{move.which % 3:064x}",
                    file_size=18_432 + move.which,
                    rows_recorded=move.which,
                    rows_already=2,
                    rows_passed=move.which % 4,
                    rows_refused=1,
                    events=move.which + 1,
                )
            case _:
                raise AssertionError(move.what)
        self.ask(command, move.day, move.late)

    def _forget(self, move: Move) -> None:
        """Forget whoever of the people may be."""
        for person in self.people[move.who :] + self.people[: move.who]:
            if self.ask(c.Forget(instructor_id=person, reason="本人申请"), move.day, move.late):
                break

    def _void(self, move: Move) -> None:
        """Void the newest fact that may be voided, or one of those before it."""
        person = self._somebody(move)
        newest = self.county.instructor(person).version
        for version in range(max(newest - move.which, 1), 0, -1):
            void = c.VoidInstructorEvent(instructor_id=person, version=version, reason="录入有误")
            if self.ask(void, move.day, move.late):
                break

    def _correct(self, move: Move) -> None:
        """Ask for the correction of the newest fact that may be, and decide it some days later, or not."""
        village = self.villages[move.which % 2]
        whose = village if move.which % 5 == 4 else self._somebody(move)
        owner = self.county.held[whose] if whose in self.county.held else self.county.instructor(whose)
        texts = {"occurred_on": f"{move.day:%Y-%m-%d}", "amount": "12345.00", "title": f"Lamps {move.which}"}
        field = list(texts)[move.which % 3]
        changes = (c.CorrectedField(field=field, value=texts[field]),) if move.which % 4 else ()
        by = Role.FINANCE_BUREAU if whose == village else Role.INSTRUCTOR
        version = owner.version
        while version > 0:
            request = c.RequestCorrection(
                corrected_id=whose,
                corrected_version=version,
                reason="录入有误",
                evidence="村部登记簿",
                evidence_sha256="5c" * 32 if move.which % 2 else "",
                changes=changes,
            )
            if self.ask(request, move.day, move.late, by):
                break
            version -= 1
        correction = correction_id(whose, version)
        day = move.day + timedelta(move.which % 9)
        if move.which % 7 == 6:
            self.ask(c.RejectCorrection(correction_id=correction, reason="材料不足"), day, move.late)
        elif move.which % 7 != 5:
            self.ask(c.ApproveCorrection(correction_id=correction), day, move.late)

    def _look(self, move: Move) -> None:
        """Somebody is shown forms of some of the people, at once or one after the other."""
        at = datetime.combine(move.day, time(8, 15, move.which), tzinfo=UTC)
        looks = tuple(
            c.Look(
                at=at + timedelta(seconds=number),
                what=("form", "dossier", "report:roll", "export")[(move.which + number) % 4],
                people=tuple(self.people[: (move.which + number) % 3]),
                fields=("name", "phone")[: move.which % 3],
                as_of=move.day if move.which % 2 else None,
                known_position=len(self.events),
                reason="核对线索" if number else None,
                digest=f"{move.which + number:064x}",
            )
            for number in range(1 + move.which % 3)
        )
        office = (Role.AUDITOR, Role.ORGANISATION_DEPARTMENT, Role.TOWNSHIP)[move.which % 3]
        self.ask(c.RecordLooks(looks=looks), move.day, move.late, office)

    def _remark(self, move: Move) -> None:
        """Remark on one of the latest events, and answer and settle that some days later, or not."""
        about = self.events[max(len(self.events) - 1 - 3 * move.which, 0)]
        whose, version = about.originator_id, about.originator_version
        day = max(move.day, about.occurred_on)
        later = day + timedelta(move.which % 9)
        remark = c.MakeRemark(
            about_id=whose, about_version=version, flagged=move.which % 3 > 0, text=f"请说明第{move.which}项"
        )
        self.ask(remark, day, move.late, Role.AUDITOR)
        of = remark_id(whose, version)
        if move.which % 4:
            self.ask(c.AnswerRemark(remark_id=of, text="已经核实"), later, move.late)
        if move.which % 4 > 1:
            self.ask(c.SettleRemark(remark_id=of, text="说明属实"), later, move.late, Role.AUDITOR)

    def _replace(self, move: Move) -> None:
        """Recall one, and post another some days later."""
        person, ground = self._somebody(move), RecallGround.POOR_SATISFACTION
        postings, come = self.county.instructor(person).postings, (self.people.index(person) + 1) % PEOPLE
        recall = c.Recall(instructor_id=person, ground=ground, reason="满意度差")
        if self.ask(recall, move.day, move.late):
            day = move.day + timedelta((1, 1, 25, 60)[move.which % 4])
            self._come(come, day, move.late, postings[-1].village_id, postings[-1].batch_year)

    def _come(self, who: int, day: date, late: int, village: UUID, year: int) -> None:
        """Nominate somebody, approve, and appoint next day."""
        self.ask(self.nomination(who, day, year, FORMS[day.day % 5]), day, late)
        self.ask(self._approval(who), day, late)
        appoint = c.Appoint(instructor_id=self.people[who], village_id=village)
        self.ask(appoint, day + timedelta(1), late)

    def _beginning(self) -> list[c.AnyCommand]:
        return [
            self.village_nomination(0, 2020, weak=False),
            c.ApproveVillage(village_id=self.village, year=2020),
            c.RegisterHouseholds(
                village_id=self.village,
                households=tuple(c.Household(code=f"H-{n}", category=category_of(n)) for n in range(4)),
            ),
            self.nomination(0, self._today, 2020, FORMS[0]),
            self._approval(0),
            self.village_nomination(1, 2020, weak=True),
        ]

    def village_nomination(self, which: int, year: int, *, weak: bool) -> c.NominateVillage:
        """Return what nominates a village for a year."""
        code, (name, township_code, township) = list(VILLAGES.items())[which]
        return c.NominateVillage(
            code=code,
            name=name,
            township_code=township_code,
            township=township,
            year=year,
            kind=list(VillageKind)[which],
            weak_or_lagging=weak,
            reason="基础薄弱",
        )

    def nomination(self, who: int, day: date, year: int, form: c.Form) -> c.NominateInstructor:
        """Return what nominates somebody, for the unit of theirs."""
        return c.NominateInstructor(
            staff_number=f"XY-{who}",
            batch_year=year,
            route=list(Route)[who],
            nominating_body="县教育局党组",
            sending_unit=SENDING_UNITS[who % 2],
            collective_study_on=day,
            form=form,
        )

    def _approval(self, who: int) -> c.ApproveInstructor:
        """Approve somebody, with an exception for each rule that the form does not meet."""
        person = self.county.instructor(self.people[who])
        failed = failures(person.form, person.latest_step_on) if person.form else ()
        exceptions = tuple(c.RuleException(rule=it.code, reason="全县遴选第一名") for it in failed)
        return c.ApproveInstructor(instructor_id=self.people[who], exceptions=exceptions)


def category_of(number: int) -> HouseholdCategory:
    return (HouseholdCategory.REGISTERED_POOR, HouseholdCategory.ORDINARY)[number % 2]
