"""The application on real PostgreSQL: idempotent commands, conflicts, appends that span aggregates, bulk."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import IntegrityError

from domain import programme as application
from domain.commands import (
    AnyCommand,
    Appoint,
    ApproveInstructor,
    ApproveVillage,
    CheckIn,
    NominateInstructor,
    NominateVillage,
    Recall,
    TakeImport,
)
from domain.decisions import decide
from domain.entry import Actor
from domain.ids import import_id, instructor_id, village_id
from domain.ports import CommandAlreadyRecorded
from domain.programme import Outcome, Programme, Workspace
from domain.refusals import (
    AlreadyNominated,
    CommandIdReused,
    ConflictingChange,
    NoLongerServing,
    NotApproved,
    NotYetAppointed,
)
from domain.terms import RecallGround, Role, Route, VillageKind
from tests import postgres
from tests.asks import asked
from tests.conftest import COUNTY
from tests.facts import form
from tests.scenario import FILE_SHA256, entry

NOTICE = date(2020, 3, 17)
DEPARTMENT = Actor("d-1", Role.ORGANISATION_DEPARTMENT, "县委组织部")
VILLAGE = village_id(COUNTY, "430624001103")
PERSON = instructor_id(COUNTY, "A-1")

NOMINATE_VILLAGE = NominateVillage(
    code="430624001103",
    name="旭东社区",
    township_code="430624001",
    township="文星街道",
    year=2020,
    kind=VillageKind.COMMUNITY,
    weak_or_lagging=True,
    reason="软弱涣散",
)
NOMINATE = NominateInstructor(
    staff_number="A-1",
    batch_year=2020,
    route=Route.SENDING_UNIT,
    nominating_body="县农业农村局党组",
    sending_unit="县农业农村局",
    collective_study_on=NOTICE,
    form=form(),
)
TO_SERVICE: tuple[AnyCommand, ...] = (
    NOMINATE_VILLAGE,
    ApproveVillage(village_id=VILLAGE, year=2020),
    NOMINATE,
    ApproveInstructor(instructor_id=PERSON),
    Appoint(instructor_id=PERSON, village_id=VILLAGE),
)
CHECK_IN = CheckIn(instructor_id=PERSON, at=time(8, 30), place="村部")


@pytest.fixture
def programme(simulated_ledger: str) -> Iterator[Programme]:
    with open_programme(simulated_ledger) as opened:
        yield opened


def open_programme(conninfo: str) -> Programme:
    env = {**postgres.programme_of(conninfo), "POSTGRES_POOL_SIZE": "1"}
    return Programme(COUNTY, lambda: date(2026, 1, 1), env)


def run(
    programme: Programme, command: AnyCommand, *, on: date = NOTICE, command_id: UUID | None = None
) -> Outcome:
    return programme.execute(command, occurred_on=on, actor=DEPARTMENT, command_id=command_id or uuid4())


def in_service(programme: Programme) -> None:
    for command in TO_SERVICE:
        run(programme, command)


def log(programme: Programme) -> list[Any]:
    return list(programme.recorder.select_notifications(start=1, limit=100_000))


def test_an_appointment_is_one_append_on_both_aggregates(programme: Programme) -> None:
    for command in TO_SERVICE[:-1]:
        run(programme, command)
    outcome = run(programme, TO_SERVICE[-1])
    assert {event.TOPIC for event in outcome.events} == {"Instructor.Appointed", "Village.InstructorPosted"}
    assert len({event.command_id for event in outcome.events}) == 1
    assert outcome.position == len(log(programme)) == 6


def test_a_recall_frees_the_village_in_the_same_append(programme: Programme) -> None:
    in_service(programme)
    recall = Recall(instructor_id=PERSON, ground=RecallGround.LAGGING_WORK, reason="工作滞后")
    outcome = run(programme, recall, on=date(2021, 5, 1))
    assert {event.TOPIC for event in outcome.events} == {"Instructor.Recalled", "Village.InstructorWithdrawn"}


def test_a_file_that_is_taken_in_again_is_its_own_next_version(programme: Programme) -> None:
    for version in (1, 2):
        (taken,) = run(programme, asked(TakeImport)).events
        assert (taken.originator_id, taken.originator_version) == (import_id(COUNTY, FILE_SHA256), version)


def test_a_repeated_command_is_answered_as_the_first_time_and_recorded_once(programme: Programme) -> None:
    in_service(programme)
    command_id = uuid4()
    first = run(programme, CHECK_IN, on=date(2020, 4, 1), command_id=command_id)
    recorded = len(log(programme))
    again = run(programme, CHECK_IN, on=date(2020, 4, 1), command_id=command_id)
    assert again == replace(first, repeated=True)
    assert len(log(programme)) == recorded


def test_a_repeated_command_that_its_own_success_would_refuse_is_answered_too(programme: Programme) -> None:
    command_id = uuid4()
    first = run(programme, NOMINATE, command_id=command_id)
    assert run(programme, NOMINATE, command_id=command_id) == replace(first, repeated=True)
    with pytest.raises(AlreadyNominated):
        run(programme, NOMINATE)


@pytest.mark.parametrize(
    ("command", "on"),
    [(CHECK_IN, date(2020, 4, 2)), (replace(CHECK_IN, place="镇政府"), date(2020, 4, 1))],
    ids=["another day", "another place"],
)
def test_a_command_id_with_other_content_is_refused(
    programme: Programme, command: AnyCommand, on: date
) -> None:
    in_service(programme)
    command_id = uuid4()
    run(programme, CHECK_IN, on=date(2020, 4, 1), command_id=command_id)
    recorded = len(log(programme))
    with pytest.raises(CommandIdReused):
        run(programme, command, on=on, command_id=command_id)
    assert len(log(programme)) == recorded


def test_a_refused_command_records_nothing_and_leaves_the_aggregate_as_it_was(programme: Programme) -> None:
    run(programme, NOMINATE)
    with pytest.raises(NotApproved):
        run(programme, Appoint(instructor_id=PERSON, village_id=VILLAGE))
    with pytest.raises(NotYetAppointed):
        run(programme, CHECK_IN)
    assert len(log(programme)) == 1
    assert run(programme, ApproveInstructor(instructor_id=PERSON)).position == 2


def check_in_together(workspace: Workspace, *days: date) -> None:
    with workspace.attempt():
        for day in days:
            decide(CHECK_IN, entry(on=day), workspace)


def test_of_an_attempt_that_fails_half_way_no_trace_is_left(programme: Programme) -> None:
    in_service(programme)
    workspace = programme.workspace()
    before = deepcopy(vars(workspace.instructor(PERSON)))
    with pytest.raises(NoLongerServing):
        check_in_together(workspace, date(2020, 4, 1), date(2024, 1, 1))
    assert vars(workspace.instructor(PERSON)) == before
    assert workspace.collect() == []


def test_concurrent_changes_of_one_person_are_decided_again_and_all_recorded(
    programme: Programme, simulated_ledger: str
) -> None:
    in_service(programme)
    before, writers, each = len(log(programme)), 4, 5
    start = Barrier(writers)

    def write(writer: int) -> None:
        with open_programme(simulated_ledger) as mine:
            start.wait(timeout=30)
            for n in range(each):
                run(mine, CHECK_IN, on=date(2020, 4, 1) + timedelta(days=writer * each + n))

    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(write, range(writers)))
    events = log(programme)[before:]
    assert len(events) == writers * each
    assert [event.originator_version for event in events] == list(range(4, 4 + writers * each))


def test_a_conflict_that_stands_is_refused_clearly(programme: Programme, simulated_ledger: str) -> None:
    in_service(programme)
    decided_anew = 0

    class Overtaken(Programme):
        """A programme that somebody else always comes before."""

        def save(self, *objs: Any, **kwargs: Any) -> Any:
            nonlocal decided_anew
            decided_anew += 1
            run(programme, CHECK_IN, on=date(2020, 5, 1) + timedelta(days=decided_anew))
            return super().save(*objs, **kwargs)

    env = postgres.programme_of(simulated_ledger)
    with (
        Overtaken(COUNTY, lambda: date(2026, 1, 1), env) as overtaken,
        pytest.raises(ConflictingChange),
    ):
        run(overtaken, CHECK_IN, on=date(2020, 4, 1))
    assert decided_anew == application.ATTEMPTS


def decide_in_bulk(bulk: application.Bulk, days: int) -> None:
    moment = datetime(2020, 6, 1, tzinfo=UTC)
    steps: list[tuple[AnyCommand, date]] = [(command, NOTICE) for command in TO_SERVICE]
    steps += [(CHECK_IN, date(2020, 4, 1) + timedelta(days=n)) for n in range(days)]
    for n, (command, on) in enumerate(steps):
        bulk.execute(
            command,
            occurred_on=on,
            actor=DEPARTMENT,
            command_id=UUID(int=n + 1),
            today=date(2020, 6, 1),
            recorded_at=moment + timedelta(minutes=n),
        )


def test_a_bulk_is_saved_at_once_with_its_own_clock(programme: Programme) -> None:
    bulk = programme.bulk()
    decide_in_bulk(bulk, days=20)
    assert len(log(programme)) == 0
    waiting = len(bulk)
    assert bulk.save() == waiting == len(log(programme)) == 26
    assert bulk.save() == 0


def test_a_bulk_with_a_command_on_record_is_refused_whole(programme: Programme) -> None:
    decide_in_bulk(first := programme.bulk(), days=1)
    first.save()
    recorded = len(log(programme))
    with open_programme(programme.env["DATABASE_URL"]) as other:
        bulk = other.bulk(recorded_already=6)
        decide_in_bulk(bulk, days=2)
        with pytest.raises((CommandAlreadyRecorded, IntegrityError)):
            bulk.save()
    assert len(log(programme)) == recorded


def test_an_interrupted_bulk_goes_on_where_it_stopped(programme: Programme) -> None:
    decide_in_bulk(first := programme.bulk(), days=3)
    first.save()
    recorded = log(programme)
    decide_in_bulk(second := programme.bulk(recorded_already=len(recorded)), days=5)
    assert len(second) == 2
    second.save()
    assert log(programme)[: len(recorded)] == recorded
    assert [it.originator_version for it in log(programme)[-2:]] == [7, 8]
