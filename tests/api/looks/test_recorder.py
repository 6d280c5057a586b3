"""The recorder: looks that come together go on record together, whether or not anybody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any, cast

import pytest
from psycopg import Connection

from api.looks.recorder import NotRecorded, Recorder
from domain.disclosure import Disclosure
from domain.entry import Actor
from domain.programme import Programme
from domain.terms import Role
from ledger.database import connect
from tests import postgres
from tests.conftest import COUNTY
from tests.facts import LOOK
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
    return replace(LOOK, digest=f"{number:064x}")


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
        return await recorder.record(AN_AUDITOR, [LOOK])

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
        asyncio.run(Recorder(programme).record(AN_AUDITOR, [replace(LOOK, reason="a\0b")]))
    assert recorded(programme) == []
