"""Made-up histories that the rules allow: what a county might enter, in any order and however late."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import strategies as st

from domain import commands as c
from domain.decisions import decide
from domain.ids import instructor_id, project_id, village_id
from domain.refusals import Refused
from domain.root import Event
from domain.terms import (
    AppraisalKind,
    Grade,
    HouseholdCategory,
    LeaveKind,
    RecallGround,
    Route,
    VillageKind,
)
from tests.facts import FORM
from tests.projections.readside import noon
from tests.scenario import County, entry

START = date(2020, 4, 1)
LENGTH = 3 * 365 + 120
MOVES = (
    *["stay"] * 5,
    *["visit"] * 5,
    *["void"] * 5,
    "leave",
    "recall",
    "replace",
    "replace",
    "complete_term",
    "nominate",
    "reject",
    "approve",
    "appoint",
    "remove_household",
    "register_household",
    "start_project",
    "complete_project",
    "promote",
    "party_relation",
    "appraise",
)


@dataclass(frozen=True)
class Move:
    """Something somebody asks for: what, about which of two people, for which day, entered how late."""

    what: str
    who: int
    day: date
    late: int
    which: int


def days() -> st.SearchStrategy[date]:
    """Days of the term and after it; the first months and the last ones more often."""
    offsets = st.one_of(st.integers(-20, 130), st.integers(0, LENGTH), st.integers(1075, 1110))
    return offsets.map(lambda offset: START + timedelta(offset))


def moves() -> st.SearchStrategy[list[Move]]:
    """Moves in the order of their entry."""
    one = st.builds(
        Move,
        what=st.sampled_from(MOVES),
        who=st.integers(0, 1),
        day=days(),
        late=st.sampled_from([0, 0, 0, 1, 8, 40, 400]),
        which=st.integers(0, 30),
    )
    return st.lists(one, min_size=20, max_size=50).map(
        lambda drawn: sorted(drawn, key=lambda move: move.day + timedelta(move.late))
    )


class Story:
    """A county of one village and two people, and what the rules let happen there."""

    def __init__(self, number: int) -> None:
        self.county = County(county=f"story {number}")
        self.village = village_id(self.county.county, "430624105201")
        self.people = [instructor_id(self.county.county, f"XY-{who}") for who in range(2)]
        self.events: list[Event] = []
        self.clocks: list[datetime] = []
        self._number = number
        self._today = date(2020, 3, 17)
        for command in self._beginning():
            self.ask(command, self._today)
        self.ask(c.Appoint(instructor_id=self.people[0], village_id=self.village), START)

    def ask(self, command: c.AnyCommand, day: date, late: int = 0) -> bool:
        """Ask for something, and return whether it happened; if it is refused, nothing does."""
        self._today = max(self._today, day + timedelta(late))
        with suppress(Refused):
            decide(command, entry(on=day, today=self._today), self.county)
        happened = self.county.collect()
        for event in happened:
            command_id = UUID(int=self._number << 64 | len(self.events) + 1)
            self.events.append(replace(event, command_id=command_id))
            self.clocks.append(noon(self._today))
        return bool(happened)

    def play(self, move: Move) -> None:  # noqa: C901, PLR0912 - one case a move, read as a table
        """Ask for what a move says."""
        person = self.people[move.who]
        household = f"H-{move.which % 5}"
        month = timedelta(move.which)
        match move.what:
            case "stay":
                check_in = c.CheckIn(instructor_id=person, at=time(8), place="村部")
                for n in range(move.which + 1):
                    self.ask(check_in, move.day + timedelta(n), move.late)
                return
            case "void":
                self._void(move)
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
                command = self._nomination(move.who, move.day)
            case "reject":
                command = c.RejectInstructor(instructor_id=person, reason="不符合")
            case "approve":
                command = c.ApproveInstructor(instructor_id=person)
            case "appoint":
                command = c.Appoint(instructor_id=person, village_id=self.village)
            case "remove_household":
                command = c.RemoveHousehold(village_id=self.village, household=household, reason="迁出")
            case "register_household":
                new = c.Household(code=household, category=category_of(move.which))
                command = c.RegisterHouseholds(village_id=self.village, households=(new,))
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
                command = c.Appraise(
                    instructor_id=person,
                    kind=AppraisalKind.YEARLY,
                    period=str(2020 + move.which % 4),
                    scores=(c.Score(part="述职", points=Decimal(80)),),
                    grade=list(Grade)[move.which % 4],
                )
            case _:
                raise AssertionError(move.what)
        self.ask(command, move.day, move.late)

    def _void(self, move: Move) -> None:
        """Void the newest fact that may be voided, or one of those before it."""
        person = self.people[move.who]
        newest = self.county.instructor(person).version
        for version in range(max(newest - move.which, 1), 0, -1):
            void = c.VoidInstructorEvent(instructor_id=person, version=version, reason="录入有误")
            if self.ask(void, move.day, move.late):
                break

    def _replace(self, move: Move) -> None:
        """Recall one, and post the other next day."""
        gone, come = self.people[move.who], self.people[1 - move.who]
        recall = c.Recall(instructor_id=gone, ground=RecallGround.POOR_SATISFACTION, reason="满意度差")
        self.ask(recall, move.day, move.late)
        next_day = move.day + timedelta(1)
        self.ask(self._nomination(1 - move.who, next_day), next_day, move.late)
        self.ask(c.ApproveInstructor(instructor_id=come), next_day, move.late)
        self.ask(c.Appoint(instructor_id=come, village_id=self.village), next_day, move.late)

    def _beginning(self) -> list[c.AnyCommand]:
        return [
            c.NominateVillage(
                code="430624105201",
                name="芙蓉园村",
                township_code="430624105",
                township="石塘镇",
                year=2020,
                kind=VillageKind.VILLAGE,
                weak_or_lagging=False,
                reason="基础薄弱",
            ),
            c.ApproveVillage(village_id=self.village, year=2020),
            c.RegisterHouseholds(
                village_id=self.village,
                households=tuple(c.Household(code=f"H-{n}", category=category_of(n)) for n in range(4)),
            ),
            self._nomination(0, self._today),
            c.ApproveInstructor(instructor_id=self.people[0]),
        ]

    def _nomination(self, who: int, day: date) -> c.NominateInstructor:
        return c.NominateInstructor(
            staff_number=f"XY-{who}",
            batch_year=2020,
            route=Route.SENDING_UNIT,
            nominating_body="县教育局党组",
            sending_unit="县教育局",
            collective_study_on=day,
            form=FORM,
        )


def category_of(number: int) -> HouseholdCategory:
    return (HouseholdCategory.REGISTERED_POOR, HouseholdCategory.ORDINARY)[number % 2]
