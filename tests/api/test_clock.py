"""The two clocks of a question: what is asked, what is answered, and that it is answered so for ever."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from anyio import CapacityLimiter

from api.clock import Asked, Clock, clocks
from api.context import Services
from api.county import SHANGHAI
from api.database import open_database
from api.problems import Problem
from api.tail import Tail
from ledger.database import connect
from tests.api.server import Served
from tests.facts import APPOINTMENT, MAY_3, POSTED, THE_NOTICE, checked_in, voided
from tests.projections.readside import ReadSide, noon
from tests.scenario import TODAY

Lived = tuple[ReadSide, Served]

MOMENT = """
query ($asOf: Date, $knownAt: DateTime, $knownAtPosition: ID, $waitFor: ID) {
  programme(asOf: $asOf, knownAt: $knownAt, knownAtPosition: $knownAtPosition, waitFor: $waitFor) {
    asOf knownAt position notes { code messageZh messageEn }
  }
}
"""
ANSWER = """
query ($asOf: Date, $knownAt: DateTime, $knownAtPosition: ID) {
  programme(asOf: $asOf, knownAt: $knownAt, knownAtPosition: $knownAtPosition) {
    asOf knownAt position
    townships { villageCount daysPresent }
    instructors { totalCount nodes { stage daysPresent attendance { month daysPresent serviceDays } } }
  }
}
"""
MAY_4 = date(2020, 5, 4)
MIDNIGHT = datetime(2020, 5, 5, tzinfo=SHANGHAI)
"""The first moment of 5 May in the village, while it is still 4 May in UTC."""


def moment(served: Served, **asked: object) -> dict[str, Any]:
    """Where the answer to a question stands."""
    answered: dict[str, Any] = served.ask(MOMENT, **asked)["programme"]
    return answered


def notes(answered: dict[str, Any]) -> list[str]:
    return [note["code"] for note in answered["notes"]]


def bytes_of(served: Served, **asked: object) -> bytes:
    """The whole response to a question, as it is sent."""
    content = served.http.post("/graphql", json={"query": ANSWER, "variables": asked}).content
    assert b'"errors"' not in content
    return content


# The horizon


def test_without_a_moment_the_answer_is_for_today_and_all_that_is_known(story: Served) -> None:
    ledger = story.ask("{ ledger { head } }")["ledger"]

    assert moment(story) == {
        "asOf": TODAY.isoformat(),
        "knownAt": "2025-06-29T16:00:00+00:00",
        "position": ledger["head"],
        "notes": [],
    }


@pytest.mark.parametrize(
    ("known_at", "day"),
    [
        ("2020-06-14T15:59:59Z", "2020-06-14"),
        ("2020-06-14T16:00:00Z", "2020-06-15"),
        ("2020-06-15T00:00:00+08:00", "2020-06-15"),
        ("2020-06-14T23:59:59.999999+08:00", "2020-06-14"),
        ("2020-06-14T11:00:00-05:00", "2020-06-15"),
        ("2020-06-15T05:59:59+14:00", "2020-06-14"),
    ],
)
def test_knowledge_at_a_moment_speaks_of_its_day_in_the_village(
    story: Served, known_at: str, day: str
) -> None:
    answered = moment(story, knownAt=known_at)

    assert (answered["asOf"], answered["notes"]) == (day, [])
    assert datetime.fromisoformat(answered["knownAt"]) == datetime.fromisoformat(known_at)


def test_one_moment_has_one_answer_whatever_zone_it_is_written_in(story: Served) -> None:
    answers = {
        bytes_of(story, knownAt=written)
        for written in (
            "2020-06-15T00:00:00+08:00",
            "2020-06-14T16:00:00Z",
            "2020-06-14 11:00:00.000-05:00",
        )
    }

    assert len(answers) == 1


def test_knowledge_at_a_position_speaks_of_all_days_until_more_is_recorded(lived: Lived) -> None:
    side, served = lived
    last = side.enter(*POSTED)
    side.enter(checked_in(on=MAY_3), on=date(2020, 6, 10))
    later = side.enter(voided(4, on=date(2020, 7, 1)))

    before = moment(served, knownAtPosition=str(last), waitFor=str(later))

    assert (before["asOf"], before["notes"]) == ("2020-06-10", [])
    assert moment(served, knownAtPosition=str(later))["asOf"] == TODAY.isoformat()


@pytest.mark.parametrize(
    ("recorded_at", "horizon"),
    [
        (MIDNIGHT, MAY_4),
        (MIDNIGHT + timedelta(microseconds=1), date(2020, 5, 5)),
        (MIDNIGHT - timedelta(seconds=1), MAY_4),
    ],
)
def test_a_day_that_began_with_the_next_recording_is_beyond_the_one_before(
    lived: Lived, recorded_at: datetime, horizon: date
) -> None:
    side, served = lived
    last = side.enter(*POSTED)
    side.clock = recorded_at
    following = side.enter(checked_in(on=MAY_3))

    answered = moment(served, knownAtPosition=str(last), waitFor=str(following))

    assert answered["asOf"] == horizon.isoformat()
    assert moment(served, asOf=answered["asOf"], knownAt=answered["knownAt"]) == answered


@pytest.mark.parametrize(
    ("recorded_at", "seen"),
    [("2020-05-04T15:59:59+00:00", "2020-05-04"), ("2020-05-04T16:00:00+00:00", "2020-05-05")],
)
def test_what_is_recorded_around_midnight_is_known_on_the_villages_day(
    lived: Lived, recorded_at: str, seen: str
) -> None:
    side, served = lived
    side.enter(*POSTED)
    side.clock = datetime.fromisoformat(recorded_at)
    last = side.enter(checked_in(on=MAY_3))

    answered = moment(served, knownAt=recorded_at, waitFor=str(last))

    assert (answered["asOf"], answered["position"]) == (seen, str(last))
    the_moment_before = datetime.fromisoformat(recorded_at) - timedelta(microseconds=1)
    assert moment(served, knownAt=the_moment_before.isoformat())["position"] == str(last - 1)


# Notes


@pytest.mark.parametrize("as_of", ["2025-07-01", "9999-12-31"])
def test_a_day_to_come_is_answered_for_today(story: Served, as_of: str) -> None:
    answered = moment(story, asOf=as_of)

    assert (answered["asOf"], notes(answered)) == ("2025-06-30", ["AS_OF_IN_FUTURE"])
    (note,) = answered["notes"]
    for message in (note["messageZh"], note["messageEn"]):
        assert as_of in message
        assert "2025-06-30" in message


def test_a_day_beyond_what_was_known_is_answered_for_the_last_that_was(story: Served) -> None:
    answered = moment(story, asOf="2020-12-31", knownAt="2020-06-15T09:00:00+08:00")

    assert (answered["asOf"], notes(answered)) == ("2020-06-15", ["AS_OF_AFTER_KNOWLEDGE"])
    (note,) = answered["notes"]
    for message in (note["messageZh"], note["messageEn"]):
        assert "2020-12-31" in message
        assert "2020-06-15" in message


def test_a_day_within_what_was_known_is_answered_as_it_is(story: Served) -> None:
    for as_of in ("2020-06-15", "2020-06-14", "2020-03-17"):
        answered = moment(story, asOf=as_of, knownAt="2020-06-15T09:00:00+08:00")
        assert (answered["asOf"], answered["notes"]) == (as_of, [])


@pytest.mark.parametrize("as_of", ["2020-03-16", "0001-01-01"])
def test_a_day_before_the_notice_is_answered_with_nothing_and_a_note(story: Served, as_of: str) -> None:
    answered = moment(story, asOf=as_of)

    assert (answered["asOf"], notes(answered)) == (as_of, ["AS_OF_BEFORE_NOTICE"])
    (note,) = answered["notes"]
    for message in (note["messageZh"], note["messageEn"]):
        assert as_of in message
        assert THE_NOTICE.isoformat() in message
    assert story.ask(ANSWER, asOf=as_of)["programme"]["instructors"]["totalCount"] == 0


@pytest.mark.parametrize("known_at", ["2025-07-01T00:00:00+08:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_to_come_is_answered_for_now(story: Served, known_at: str) -> None:
    now = moment(story)

    answered = moment(story, knownAt=known_at)

    assert notes(answered) == ["KNOWN_AT_IN_FUTURE"]
    (note,) = answered["notes"]
    for message in (note["messageZh"], note["messageEn"]):
        assert known_at.replace("T", " ") in message
        assert now["position"] in message
    assert answered | {"notes": []} == now


def test_a_moment_of_today_is_not_in_the_future(story: Served) -> None:
    answered = moment(story, knownAt="2025-06-30T23:59:59+08:00")

    assert (answered["knownAt"], answered["notes"]) == ("2025-06-30T15:59:59+00:00", [])


@pytest.mark.parametrize("known_at", ["2020-03-17T19:59:59+08:00", "2020-03-16T00:00:00Z"])
def test_before_the_first_event_the_note_says_when_it_was_recorded(story: Served, known_at: str) -> None:
    answered = moment(story, knownAt=known_at)

    assert answered["position"] == "0"
    assert notes(answered)[-1] == "NOTHING_KNOWN_YET"
    for message in (answered["notes"][-1]["messageZh"], answered["notes"][-1]["messageEn"]):
        assert "2020-03-17 20:00:00+08:00" in message


def test_the_oldest_moment_there_is_has_an_answer(story: Served) -> None:
    answered = moment(story, asOf="2021-01-01", knownAt="0001-01-01T00:00:00+14:00")

    assert (answered["asOf"], answered["position"]) == ("0001-01-01", "0")
    assert notes(answered) == ["AS_OF_AFTER_KNOWLEDGE", "AS_OF_BEFORE_NOTICE", "NOTHING_KNOWN_YET"]
    assert moment(story, asOf="0001-01-01", knownAt=answered["knownAt"])["position"] == "0"


def test_position_zero_is_before_the_first_event(story: Served) -> None:
    answered = moment(story, knownAtPosition="0")

    assert (answered["asOf"], answered["position"]) == ("2020-03-17", "0")
    assert notes(answered) == ["NOTHING_KNOWN_YET"]


def test_an_empty_ledger_knows_nothing_and_says_so(idle: Served) -> None:
    answered = moment(idle)

    assert (answered["asOf"], answered["position"]) == (TODAY.isoformat(), "0")
    assert answered["knownAt"] == "2025-06-29T16:00:00+00:00"
    assert [note["messageEn"] for note in answered["notes"]] == ["There is no event in the ledger yet."]
    assert moment(idle, asOf=answered["asOf"], knownAt=answered["knownAt"]) == answered


# The same question gives the same bytes


QUESTIONS: list[dict[str, object]] = [
    {},
    {"asOf": "2020-05-31"},
    {"asOf": "2030-01-01"},
    {"asOf": "2019-01-01"},
    {"knownAt": "2020-06-15T12:00:00+08:00"},
    {"knownAt": "2020-06-15T12:00:00+08:00", "asOf": "2020-05-31"},
    {"knownAt": "2020-06-15T12:00:00+08:00", "asOf": "2022-01-01"},
    {"knownAt": "2019-01-01T00:00:00Z"},
    {"knownAt": "2040-01-01T00:00:00Z"},
    {"knownAt": "2040-01-01T00:00:00Z", "asOf": "2020-05-31"},
    {"knownAtPosition": "7"},
    {"knownAtPosition": "7", "asOf": "2020-04-20"},
    {"knownAtPosition": "8", "asOf": "2020-06-20"},
    {"knownAtPosition": "0"},
]


def test_what_is_echoed_can_be_asked_again_after_more_was_recorded(lived: Lived) -> None:
    side, served = lived
    side.enter(*POSTED)
    side.enter(checked_in(on=MAY_3), on=date(2020, 6, 10))
    last = side.enter(voided(4, on=date(2020, 7, 1)))
    moment(served, waitFor=str(last))
    then = [(asked, moment(served, **asked), bytes_of(served, **asked)) for asked in QUESTIONS]

    side.clock = noon(TODAY)
    more = side.enter(checked_in(on=MAY_3), checked_in(on=MAY_4))
    assert moment(served, waitFor=str(more))["position"] == str(more)

    for asked, answered, content in then:
        as_of, known_at, position = (answered[name] for name in ("asOf", "knownAt", "position"))
        assert bytes_of(served, asOf=as_of, knownAt=known_at) == content, asked
        again = bytes_of(served, asOf=as_of, knownAtPosition=position)
        if moment(served, asOf=as_of, knownAtPosition=position)["knownAt"] == known_at:
            assert again == content, asked
        else:
            assert "knownAt" in asked
            assert (
                json.loads(again)["data"]["programme"] | {"knownAt": known_at}
                == (json.loads(content)["data"]["programme"])
            )


# Waiting for what was recorded by a moment


@contextmanager
def held(side: ReadSide) -> Iterator[None]:
    """Keep the read side from moving."""
    with connect(side.conninfo) as conn, conn.transaction():
        conn.execute("select from read.projector for update")
        yield


def test_knowledge_at_a_moment_waits_until_the_read_side_has_it(lived: Lived) -> None:
    side, served = lived
    seen = side.enter(*POSTED)
    moment(served, waitFor=str(seen))
    with ThreadPoolExecutor(1) as pool:
        with held(side):
            last = side.enter(checked_in(on=MAY_3))
            answer: Future[dict[str, Any]] = pool.submit(moment, served, knownAt=side.clock.isoformat())
            with pytest.raises(TimeoutError):
                answer.result(timeout=0.3)
        assert answer.result(timeout=10)["position"] == str(last)


def test_knowledge_that_the_read_side_has_is_not_waited_for(lived: Lived) -> None:
    side, served = lived
    seen = side.enter(*POSTED)
    then = side.clock.isoformat()
    moment(served, waitFor=str(seen))
    served.services.tail.patience = 0.1
    with held(side):
        side.enter(checked_in(on=MAY_3))
        answered = moment(served, knownAt=then)
        refused = served.refused(MOMENT, knownAt=side.clock.isoformat())

    assert (answered["position"], answered["asOf"]) == (str(seen), APPOINTMENT.isoformat())
    assert refused[0] == "WAIT_TIMEOUT"


def test_what_the_read_side_has_yet_to_see_limits_what_can_be_said(lived: Lived) -> None:
    side, served = lived
    seen = side.enter(*POSTED)
    moment(served, waitFor=str(seen))
    with held(side):
        side.enter(checked_in(on=MAY_3), on=date(2020, 6, 10))
        answered = moment(served, asOf="2021-01-01")

    assert (answered["position"], answered["asOf"]) == (str(seen), "2020-06-10")
    assert notes(answered) == ["AS_OF_AFTER_KNOWLEDGE"]


# Earlier moments that an answer looks back at


def resolved(served: Served, asked: Asked, *earlier: Asked) -> tuple[Clock, list[Clock]]:
    """Where an answer and what it looks back at stand."""

    async def resolve() -> tuple[Clock, list[Clock]]:
        conninfo = served.county.conninfo
        async with open_database(conninfo, size=1) as database:
            county = served.county
            services = Services(county.programme, CapacityLimiter(1), database, Tail(conninfo), county.signer)
            found = await clocks(services, asked, earlier)
            assert database.statements == 1
            return found

    return asyncio.run(resolve())


def looked_back(served: Served, asked: Asked, *earlier: Asked) -> Sequence[tuple[date, int]]:
    return [(it.as_of, it.known) for it in resolved(served, asked, *earlier)[1]]


JUNE_5 = datetime(2020, 6, 5, tzinfo=SHANGHAI)
JUNE_15 = datetime(2020, 6, 15, tzinfo=SHANGHAI)


def test_however_many_moments_an_answer_looks_back_at_they_cost_one_statement(story: Served) -> None:
    now, before = resolved(story, Asked(), *(Asked(position=known) for known in range(5)))

    assert now.as_of == TODAY
    assert [it.known for it in before] == [0, 1, 2, 3, 4]


def test_an_earlier_day_alone_keeps_the_knowledge_of_the_answer(story: Served) -> None:
    now, (before,) = resolved(story, Asked(known_at=JUNE_15), Asked(as_of=MAY_3))

    assert (before.as_of, before.known) == (MAY_3, now.known)


def test_earlier_knowledge_alone_looks_at_its_last_day_or_the_answers(story: Served) -> None:
    june_5 = resolved(story, Asked(known_at=JUNE_5))[0]

    assert looked_back(
        story, Asked(as_of=date(2020, 12, 31)), Asked(known_at=JUNE_5), Asked(position=june_5.known)
    ) == [(date(2020, 6, 5), june_5.known), (date(2020, 6, 10), june_5.known)]
    assert looked_back(story, Asked(as_of=MAY_3), Asked(known_at=JUNE_5)) == [(MAY_3, june_5.known)]


def test_an_earlier_moment_can_have_a_day_and_a_knowledge_of_its_own(story: Served) -> None:
    ((day, known),) = looked_back(story, Asked(), Asked(as_of=MAY_4, known_at=JUNE_5))

    assert (day, known) == (MAY_4, resolved(story, Asked(known_at=JUNE_5))[0].known)


def test_the_moment_of_the_answer_itself_is_no_later_one(story: Served) -> None:
    now, _ = resolved(story, Asked())

    same = Asked(as_of=now.as_of, position=now.known)
    assert looked_back(story, Asked(), same) == [(now.as_of, now.known)]


@pytest.mark.parametrize(
    ("asked", "earlier"),
    [
        (Asked(as_of=MAY_3), Asked(as_of=MAY_4)),
        (Asked(known_at=JUNE_5), Asked(as_of=JUNE_15.date())),
        (Asked(known_at=JUNE_5), Asked(known_at=JUNE_15)),
        (Asked(position=3), Asked(position=4)),
        (Asked(), Asked(position=10**6)),
        (Asked(), Asked(known_at=datetime(2025, 7, 1, tzinfo=SHANGHAI))),
        (Asked(), Asked(as_of=date(2025, 7, 1))),
    ],
)
def test_a_later_moment_is_no_earlier_one(story: Served, asked: Asked, earlier: Asked) -> None:
    with pytest.raises(Problem, match=r"晚于.*is later than") as problem:
        resolved(story, asked, earlier)

    assert problem.value.extensions == {"code": "BAD_REQUEST"}


def test_what_is_recorded_but_not_seen_yet_is_no_later_knowledge_than_now(lived: Lived) -> None:
    side, served = lived
    seen = side.enter(*POSTED)
    moment(served, waitFor=str(seen))
    with held(side):
        side.enter(checked_in(on=MAY_3))
        ((_, known),) = looked_back(served, Asked(), Asked(known_at=side.clock))

    assert known == seen


@pytest.mark.parametrize(("asked", "earlier"), [(True, False), (False, True)])
def test_knowledge_is_asked_for_by_moment_or_by_position(
    story: Served, *, asked: bool, earlier: bool
) -> None:
    both = Asked(known_at=datetime(2021, 1, 1, tzinfo=UTC), position=3)
    with pytest.raises(Problem, match=r"只能给出一个.*not both"):
        resolved(story, both if asked else Asked(), both if earlier else Asked(as_of=MAY_3))
