"""DingTalk's pull and push, workbooks and an official's voids, in any order: each fact is recorded once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.county import SHANGHAI
from api.dingtalk.deciding import Deciding
from api.dingtalk.fates import Taken
from api.dingtalk.records import Record
from api.dingtalk.taking import take
from api.papers.sheets.check_ins import CHECK_INS
from domain.commands import VoidInstructorEvent
from domain.instructor import Instructor
from ledger.database import connect, found_ledger
from tests import facts, postgres
from tests.api.papers.desk import Desk, sheet
from tests.conftest import COUNTY, ORIGIN
from tests.projections.readside import ReadSide
from tests.scenario import PERSON, STAFF_NUMBER, TODAY

PEOPLE = {"user1": STAFF_NUMBER}
FIRST = date(2020, 5, 1)
DAYS = 3
"""Of a history; each has days of its own."""


@pytest.fixture(scope="module")
def desk(server: str, template: str) -> Iterator[Desk]:
    """A desk of a county that all histories happen in, one after another."""
    with postgres.database_from(server, template) as conninfo:
        with connect(conninfo) as conn:
            found_ledger(conn, origin=ORIGIN, county=COUNTY, simulated=True)
        side = ReadSide(conninfo)
        side.enter(*facts.POSTED)
        side.close()
        it = Desk(conninfo)
        yield it
        it.close()


State = tuple[int, time, str, bool, bool]
"""What a record says at some time: the day of the history, when, where, whether outside, whether a punch."""

STATES = st.tuples(
    st.integers(0, DAYS - 1),
    st.sampled_from([time(8, 0), time(8, 0, 7), time(8, 30)]),
    st.sampled_from(["甲", "乙"]),
    st.booleans(),
    st.sampled_from([True, True, True, False]),
)
PUNCHES = st.lists(st.lists(STATES, min_size=1, max_size=3), min_size=1, max_size=3)
"""Records, each with the states that follow each other."""
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["pull", "pull", "push", "book", "void"]),
        st.lists(st.integers(-1, 2), min_size=3, max_size=3),
    ),
    min_size=1,
    max_size=5,
)
"""What happens, each with the state that each record is in, -1 where it does not come."""

_numbers = count(1)


@dataclass(frozen=True)
class History:
    """Some days of somebody's punches, and what has become of them."""

    desk: Desk
    first: date
    number: int

    def records(self, punches: Sequence[Sequence[State]], chosen: Sequence[int]) -> list[Record]:
        """The records that come, each in some state."""
        return [
            self._record(place, states, min(at, len(states) - 1))
            for place, (states, at) in enumerate(zip(punches, chosen, strict=False))
            if at >= 0
        ]

    def _record(self, place: int, states: Sequence[State], at: int) -> Record:
        day, clock, where, outside, punched = states[at]
        return Record(
            user="user1",
            record_id=f"{self.number}-{place}",
            biz_id=f"B{self.number}-{place}",
            at=datetime.combine(self.first + timedelta(days=day), clock, SHANGHAI),
            modified=1000 * (at + 1),
            place=where,
            outside=outside,
            no_punch=None if punched else ("缺卡", "missed"),
        )

    def pull(self, records: list[Record]) -> None:
        """Bring records; a rehearsal says the same before, in whatever order they come."""
        forth, back = (Deciding(self.desk.programme, PEOPLE).decide(it) for it in (records, records[::-1]))
        taken = take(self.desk.programme, PEOPLE, records)
        assert said(forth) == said(back) == said(taken)

    def push(self, records: list[Record]) -> None:
        """Bring what a push has of the records."""
        punches = [it for it in records if it.no_punch is None]
        self.pull([replace(it, record_id="", modified=0, place="推送") for it in punches])

    def book(self, records: list[Record]) -> None:
        """Bring what a workbook has of the records."""
        rows = [(STAFF_NUMBER, f"{it.at:%Y-%m-%d %H:%M:%S}", it.place) for it in records if not it.no_punch]
        file = sheet(("工号", "打卡时间", "打卡地址"), *rows, name="打卡.csv")
        self.desk.take(CHECK_INS, file)

    def standing(self) -> list[Instructor.CheckedIn]:
        """The check-ins in force."""
        events = list(self.desk.programme.events.get(PERSON))
        voided = {it.voided_version for it in events if isinstance(it, Instructor.Voided)}
        return [
            it
            for it in events
            if isinstance(it, Instructor.CheckedIn)
            and it.originator_version not in voided
            and self.first <= it.occurred_on < self.first + timedelta(days=DAYS)
        ]

    def void(self) -> date | None:
        """Have an official void a check-in, if there is one, and return its day."""
        for event in self.standing():
            command = VoidInstructorEvent(
                instructor_id=PERSON, version=event.originator_version, reason="误记"
            )
            self.desk.enter(command, TODAY)
            return event.occurred_on
        return None


def said(taken: Sequence[Taken]) -> list[tuple[Any, ...]]:
    """What became of records, whatever their order."""
    return sorted((it.record.source, it.record.modified, it.fate.value, len(it.events)) for it in taken)


@settings(max_examples=12, deadline=None)
@given(PUNCHES, STEPS)
def test_whatever_comes_by_whatever_road_and_however_often_is_recorded_once(
    desk: Desk, punches: list[list[State]], steps: list[tuple[str, list[int]]]
) -> None:
    number = next(_numbers)
    history = History(desk, FIRST + timedelta(days=(DAYS + 1) * number), number)
    roads: dict[str, Callable[[list[Record]], None]] = {
        "pull": history.pull,
        "push": history.push,
        "book": history.book,
    }
    voided: set[date | None] = set()
    for step, chosen in steps:
        if step == "void":
            voided.add(history.void())
            continue
        roads[step](history.records(punches, chosen))
        head = desk.head
        roads[step](history.records(punches, chosen))
        assert desk.head == head
        days = Counter(it.occurred_on for it in history.standing())
        assert max(days.values(), default=1) == 1

    last = history.records(punches, [2] * len(punches))
    history.pull(last)
    history.pull(last)  # a punch counts, now that the one before it was voided
    head = desk.head
    history.pull(last)
    assert desk.head == head
    punched = {it.at.date() for it in last if it.no_punch is None}
    assert punched - voided <= {it.occurred_on for it in history.standing()}
    commands = [it.command_id for it in desk.programme.events.get(PERSON) if isinstance(it, Instructor.Event)]
    assert len(set(commands)) == len(commands)


@pytest.mark.parametrize("road", ["pull", "push", "book"])
@pytest.mark.parametrize("before", ["pull", "push", "book"])
def test_what_an_official_voided_does_not_come_back_by_any_road(desk: Desk, before: str, road: str) -> None:
    number = next(_numbers)
    history = History(desk, FIRST + timedelta(days=(DAYS + 1) * number), number)
    records = history.records([[(1, time(8, 0, 7), "甲", False, True)]], [0])
    getattr(history, before)(records)
    assert len(history.standing()) == 1
    history.void()
    head = desk.head

    getattr(history, road)(records)

    assert desk.head == head
    assert history.standing() == []
