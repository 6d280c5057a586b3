"""What holds for whatever is asked, in whatever order, of villages and instructors."""

from __future__ import annotations

from collections import Counter
from datetime import date
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.commands import (
    AnyCommand,
    Commend,
    Discipline,
    Inspect,
    OpenAccountability,
    RecordDuty,
    RecordLooks,
    TakeImport,
)
from domain.events import EVENT_TYPES
from domain.instructor import Instructor
from domain.refusals import Refused
from domain.root import Event
from tests.facts import (
    KEY_VILLAGE,
    MAY_3,
    POSTED,
    READY,
    award_paid,
    checked_in,
    instructor_withdrawn,
    leave_granted,
    nominated,
    project_started,
    recalled,
    remark_made,
    village_nominated,
)
from tests.scenario import County, Fact, GivenCounty, entry, speaks_clearly
from tests.strategies import commands, days

COUNTED = (RecordDuty, Inspect, Commend, OpenAccountability, Discipline, TakeImport, RecordLooks)
"""Two of these on one day are two facts; that a request is sent twice shows by its command id alone."""

NOMINATED = (village_nominated(), nominated())
AT_WORK = (*POSTED, project_started(), checked_in(), leave_granted(MAY_3, MAY_3), award_paid())
BEGINNINGS: list[tuple[Fact, ...]] = [
    (),
    NOMINATED,
    (*KEY_VILLAGE, *READY),
    POSTED,
    AT_WORK,
    (*AT_WORK, recalled(), instructor_withdrawn()),
    (*AT_WORK, remark_made(on=MAY_3)),
]


def test_whatever_is_asked_the_laws_of_deciding_hold() -> None:
    """`when` itself checks that a refusal changes nothing and that replayed state equals decided state."""
    kinds_seen: Counter[type[Event]] = Counter()
    refusals_seen: Counter[type[Refused]] = Counter()

    @settings(max_examples=300, derandomize=True, deadline=None)
    @given(
        st.sampled_from(BEGINNINGS),
        st.lists(st.tuples(commands(), days()), min_size=12, max_size=30),
    )
    def holds(beginning: tuple[Fact, ...], steps: list[tuple[AnyCommand, date]]) -> None:
        county = County().happen(*beginning)
        versions: Counter[UUID] = Counter(fact.whose for fact in beginning)
        for command, day in steps:
            answer = GivenCounty(county).when(command, entry(on=day))
            if answer.refusal is not None:
                refusals_seen[type(answer.refusal)] += 1
                speaks_clearly(answer.refusal)
            for event in answer.events:
                kinds_seen[type(event)] += 1
                versions[event.originator_id] += 1
                assert event.originator_version == versions[event.originator_id]
                assert type(event) is EVENT_TYPES[event.TOPIC]
                assert (event.occurred_on, event.actor) == (day, entry(on=day).actor)
            county = answer.after
            if not isinstance(command, COUNTED):
                again = GivenCounty(county).when(command, entry(on=day))
                assert not again.events

    holds()
    assert kinds_seen[Instructor.Forgotten] > 1
    assert len(kinds_seen) > 24, "too little happened to have proved anything"
    assert len(refusals_seen) > 24, "too little was refused to have proved anything"
