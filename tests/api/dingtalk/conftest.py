"""What the tests of DingTalk ask for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from uuid import UUID

import pytest

from api.settings import DingTalk
from domain.commands import (
    AnyCommand,
    Appoint,
    ApproveInstructor,
    ApproveVillage,
    NominateInstructor,
    NominateVillage,
)
from domain.entry import Actor
from domain.instructor import Instructor
from domain.programme import Programme
from domain.terms import Role, Route, VillageKind
from ledger.database import connect
from tests import postgres
from tests.api.dingtalk.server import APP_KEY, APP_SECRET, DingTalkServer, dingtalk
from tests.facts import form
from tests.scenario import COUNTY, PERSON, STAFF_NUMBER, VILLAGE, VILLAGE_CODE

NOTICE = date(2020, 3, 17)
TODAY = date(2020, 5, 31)
DEPARTMENT = Actor("d-1", Role.ORGANISATION_DEPARTMENT, "县委组织部")
PEOPLE = {"user1": STAFF_NUMBER}

TO_SERVICE: tuple[AnyCommand, ...] = (
    NominateVillage(
        code=VILLAGE_CODE,
        name="芙蓉园村",
        township_code="430624105",
        township="石塘镇",
        year=2020,
        kind=VillageKind.VILLAGE,
        weak_or_lagging=True,
        reason="软弱涣散",
    ),
    ApproveVillage(village_id=VILLAGE, year=2020),
    NominateInstructor(
        staff_number=STAFF_NUMBER,
        batch_year=2020,
        route=Route.SENDING_UNIT,
        nominating_body="县教育局党组",
        sending_unit="县教育局",
        collective_study_on=NOTICE,
        form=form(),
    ),
    ApproveInstructor(instructor_id=PERSON),
    Appoint(instructor_id=PERSON, village_id=VILLAGE),
)
"""What puts a person in service, from the day of the notice on."""


@pytest.fixture
def programme(simulated_ledger: str) -> Iterator[Programme]:
    """A programme with one person in service, on 31 May 2020."""
    env = postgres.programme_of(simulated_ledger)
    with Programme(COUNTY, lambda: TODAY, env) as opened:
        put_in_service(opened)
        yield opened


@pytest.fixture
def ding() -> Iterator[DingTalkServer]:
    """A DingTalk of the test's own."""
    with dingtalk() as it:
        yield it


@pytest.fixture
def settings(ding: DingTalkServer) -> DingTalk:
    """What it takes to ask it."""
    return DingTalk(app_key=APP_KEY, app_secret=APP_SECRET, url=ding.url)


def put_in_service(programme: Programme) -> None:
    """Let a person serve from the day of the notice on."""
    for number, command in enumerate(TO_SERVICE):
        programme.execute(command, occurred_on=NOTICE, actor=DEPARTMENT, command_id=UUID(int=number))


def check_ins(programme: Programme) -> list[tuple[str, bool]]:
    """Return the check-ins in force, as day and time, and whether outside."""
    events = list(programme.events.get(PERSON))
    voided = {event.voided_version for event in events if isinstance(event, Instructor.Voided)}
    return sorted(
        (f"{event.occurred_on} {event.at:%H:%M}", event.outside)
        for event in events
        if isinstance(event, Instructor.CheckedIn) and event.originator_version not in voided
    )


def life(programme: Programme) -> list[str]:
    """Return the types of what happened since the appointment, in order."""
    return [type(event).__name__ for event in programme.events.get(PERSON)][3:]


BREAKING = """
create function public.break_off() returns trigger language plpgsql as
$$ begin raise exception 'no more' using errcode = '{code}'; end $$;
create trigger break_off before insert on ledger.events
for each row when ({when}) execute function public.break_off()
"""
MENDING = "drop trigger break_off on ledger.events; drop function public.break_off()"


@contextmanager
def breaking(programme: Programme, when: str, code: str = "P0001") -> Iterator[None]:
    """Let the database break off where it is told to."""
    with connect(str(programme.env["DATABASE_URL"])) as conn:
        conn.execute(BREAKING.format(when=when, code=code).encode())
        yield
        conn.execute(MENDING)
