"""The recorder: looks that come together go on record together, whether or not anybody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import repeat
from typing import Any, cast
from uuid import UUID

import pytest
from psycopg import Connection

from api.looks.recorder import AT_ONCE, IN_A_SECOND, IN_AN_EVENT, LOOK, NotRecorded, Pace, Recorder
from domain.disclosure import Disclosure
from domain.entry import Actor
from domain.programme import Programme
from domain.terms import Role
from ledger.database import connect
from tests import postgres
from tests.conftest import COUNTY
from tests.facts import LOOK as A_LOOK
from tests.scenario import TODAY

AN_AUDITOR = Actor("sjj-01", Role.AUDITOR, "县审计局")
AN_OFFICIAL = Actor("zzb-01", Role.ORGANISATION_DEPARTMENT, "县委组织部")


@pytest.fixture
def programme(real_ledger: str) -> Iterator[Programme]:
    with closing(Programme(COUNTY, lambda: TODAY, postgres.programme_of(real_ledger))) as programme:
        yield programme


@pytest.fixture
def conn(real_ledger: str) -> Iterator[Connection[Any]]:
    with connect(real_ledger) as conn:
        yield conn


@contextmanager
def held(conn: Connection[Any]) -> Iterator[None]:
    """Let every append wait."""
    with conn.transaction():
        conn.execute("lock table ledger.events in exclusive mode")
        yield


def recorded(programme: Programme) -> list[Disclosure.Read]:
    """The events on record, in their order."""
    found = programme.recorder.select_notifications(start=1, limit=100)
    return [cast("Disclosure.Read", programme.mapper.to_domain_event(it)) for it in found]


def look(number: int) -> Any:
    return replace(A_LOOK, digest=f"{number:064x}")


async def waiting(recorder: Recorder, *actors: Actor) -> list[asyncio.Task[int]]:
    """Looks that were asked to be recorded, and have begun to wait."""
    tasks = [
        asyncio.create_task(recorder.record(actor, [look(number)])) for number, actor in enumerate(actors)
    ]
    await asyncio.sleep(0)
    return tasks


def test_what_waits_while_an_append_is_under_way_goes_into_the_next_one(
    programme: Programme, conn: Connection[Any]
) -> None:
    async def run() -> list[int]:
        recorder = Recorder(programme)
        with held(conn):
            tasks = await waiting(recorder, AN_AUDITOR)
            tasks += await waiting(recorder, *[AN_AUDITOR] * 9, *[AN_OFFICIAL] * 5)
        return await asyncio.gather(*tasks)

    positions = asyncio.run(run())
    events = recorded(programme)
    assert [(event.actor, len(event.looks)) for event in events] == [
        (AN_AUDITOR, 1),
        (AN_AUDITOR, 9),
        (AN_OFFICIAL, 5),
    ]
    assert positions == [1] + [2] * 9 + [3] * 5


def test_a_look_is_on_record_even_if_the_asker_does_not_wait_for_it(
    programme: Programme, conn: Connection[Any]
) -> None:
    async def run() -> None:
        recorder = Recorder(programme)
        with held(conn):
            gone, stays = await waiting(recorder, AN_AUDITOR, AN_OFFICIAL)
            gone.cancel()
        assert await stays == 2
        assert gone.cancelled()
        await recorder.close()

    asyncio.run(run())
    assert [event.actor for event in recorded(programme)] == [AN_AUDITOR, AN_OFFICIAL]


def test_closing_waits_for_what_is_still_to_be_recorded(programme: Programme, conn: Connection[Any]) -> None:
    async def run() -> None:
        recorder = Recorder(programme)
        with held(conn):
            (gone,) = await waiting(recorder, AN_AUDITOR)
            gone.cancel()
        await recorder.close()

    asyncio.run(run())
    assert len(recorded(programme)) == 1


def test_everybody_in_an_append_that_fails_is_told_and_the_next_one_goes_on(
    programme: Programme, conn: Connection[Any]
) -> None:
    refusing = (
        "alter table ledger.events add constraint refusing check (topic not like 'Disclosure%') not valid"
    )

    async def run() -> int:
        recorder = Recorder(programme)
        conn.execute(refusing)
        told = await asyncio.gather(
            *await waiting(recorder, AN_AUDITOR, AN_AUDITOR, AN_OFFICIAL), return_exceptions=True
        )
        assert [type(it) for it in told] == [NotRecorded] * 3
        conn.execute("alter table ledger.events drop constraint refusing")
        return await recorder.record(AN_AUDITOR, [A_LOOK])

    assert asyncio.run(run()) == 1


def test_two_servers_record_looks_of_one_reader_at_a_time(programme: Programme, real_ledger: str) -> None:
    async def run(other: Programme) -> list[int]:
        recorders = (Recorder(programme), Recorder(other))
        asked = [recorders[n % 2].record(AN_AUDITOR, [look(n)]) for n in range(12)]
        return await asyncio.gather(*asked)

    with closing(Programme(COUNTY, lambda: TODAY, postgres.programme_of(real_ledger))) as other:
        positions = asyncio.run(run(other))
    events = recorded(programme)
    assert {it.digest for event in events for it in event.looks} == {look(n).digest for n in range(12)}
    assert sorted(set(positions)) == list(range(1, len(events) + 1))
    assert [event.originator_version for event in events] == list(range(1, len(events) + 1))


def test_a_look_that_makes_no_sense_is_not_answered(programme: Programme) -> None:
    with pytest.raises(NotRecorded):
        asyncio.run(Recorder(programme).record(AN_AUDITOR, [replace(A_LOOK, reason="a\0b")]))
    assert recorded(programme) == []


def test_looks_that_name_very_many_people_are_spread_over_events(
    programme: Programme, conn: Connection[Any]
) -> None:
    everybody = replace(A_LOOK, people=tuple(map(UUID, map("{:032x}".format, range(IN_AN_EVENT)))))

    async def run() -> list[int]:
        recorder = Recorder(programme)
        with held(conn):
            tasks = await waiting(recorder, AN_OFFICIAL)
            tasks += [
                asyncio.create_task(recorder.record(AN_AUDITOR, [it])) for it in (A_LOOK, *[everybody] * 2)
            ]
            tasks += await waiting(recorder, AN_OFFICIAL)
        return await asyncio.gather(*tasks)

    positions = asyncio.run(run())
    assert [len(event.looks) for event in recorded(programme)] == [1, 2, 1, 1]
    assert positions == [1, 2, 2, 3, 4]


def test_whoever_looks_without_end_waits_and_nobody_else_does() -> None:
    pace, weight = Pace(), LOOK + 1
    waits = [pace.wait("sjj-01", weight, now=1.0) for _ in range(AT_ONCE // weight + IN_A_SECOND)]
    at_once = [it for it in waits if not it]
    assert len(at_once) == AT_ONCE // weight
    assert waits[-1] == pytest.approx((len(waits) * weight - AT_ONCE) / IN_A_SECOND)
    assert pace.wait("zzb-01", weight, now=1.0) == 0.0


def test_whoever_did_not_look_for_a_while_need_not_wait() -> None:
    pace = Pace()
    assert pace.wait("sjj-01", 2 * AT_ONCE, now=0.0) == AT_ONCE / IN_A_SECOND
    assert pace.wait("sjj-01", 1, now=2 * AT_ONCE / IN_A_SECOND) == 0.0
    assert pace.wait("sjj-01", 1, now=3 * AT_ONCE / IN_A_SECOND) == 0.0


def test_who_has_to_wait_is_answered_when_their_turn_comes(programme: Programme) -> None:
    async def run() -> tuple[float, float]:
        recorder, loop = Recorder(programme), asyncio.get_running_loop()
        too_many = replace(A_LOOK, people=tuple(repeat(UUID(int=1), AT_ONCE + IN_A_SECOND // 10 - LOOK)))
        since = loop.time()
        await recorder.record(AN_AUDITOR, [too_many])
        return since, loop.time()

    since, until = asyncio.run(run())
    assert until - since >= 1 / 10
    assert len(recorded(programme)) == 1
