"""What an append promises, whether a few events travel as arrays or many are copied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from eventsourcing.persistence import IntegrityError, OperationalError, StoredEvent

from domain.ports import CommandAlreadyRecorded
from ledger.database import connect
from ledger.errors import ClockWentBack, NotFounded, OutsideClock
from ledger.recorder import CHANNEL, MANY, Recorder
from ledger.store import Datastore
from tests.ledger.samples import NOON, records

FEW_OR_MANY = pytest.mark.parametrize("count", [2, MANY + 1], ids=["few", "many"])
HOUR = timedelta(hours=1)


@pytest.fixture
def recorder(simulated_ledger: str) -> Iterator[Recorder]:
    with Datastore(simulated_ledger) as datastore:
        yield Recorder(datastore)


@pytest.fixture
def real_recorder(real_ledger: str) -> Iterator[Recorder]:
    with Datastore(real_ledger) as datastore:
        yield Recorder(datastore)


@FEW_OR_MANY
def test_positions_are_dense_also_after_a_refused_append(recorder: Recorder, count: int) -> None:
    first = records(count)
    assert recorder.insert_events(first) == list(range(1, count + 1))
    with pytest.raises(IntegrityError):
        recorder.insert_events([*records(count), replace(first[0], command_id=uuid4())])
    assert recorder.insert_events(records(count)) == list(range(count + 1, 2 * count + 1))


@FEW_OR_MANY
def test_what_was_appended_is_read_back_in_order(recorder: Recorder, count: int) -> None:
    events = [*records(count), *records(1)]
    recorder.insert_events(events)
    rows = recorder.read_after(0, limit=10 * count)
    assert [row.position for row in rows] == list(range(1, count + 2))
    assert [(row.originator_id, row.originator_version, row.topic, row.state) for row in rows] == [
        (e.originator_id, e.originator_version, e.topic, e.state) for e in events
    ]


def test_reading_on_goes_from_a_position_to_a_limit(recorder: Recorder) -> None:
    recorder.insert_events(records(9))
    assert [row.position for row in recorder.read_after(2, limit=3)] == [3, 4, 5]
    assert [row.position for row in recorder.read_after(2, limit=30, upto=4)] == [3, 4]
    assert recorder.read_after(9, limit=3) == []


@FEW_OR_MANY
def test_a_version_is_given_once(recorder: Recorder, count: int) -> None:
    recorder.insert_events(records(count, originator_id=(lamp := uuid4())))
    with pytest.raises(IntegrityError):
        recorder.insert_events(records(count, originator_id=lamp, first=count))
    assert recorder.max_notification_id() == count


@FEW_OR_MANY
def test_a_recorded_command_is_refused(recorder: Recorder, count: int) -> None:
    command = uuid4()
    recorder.insert_events(records(1, command_id=command))
    with pytest.raises(CommandAlreadyRecorded) as refused:
        recorder.insert_events([*records(count), *records(1, command_id=command)])
    assert refused.value.command_id == command
    assert recorder.max_notification_id() == 1


@FEW_OR_MANY
def test_a_command_may_cause_several_events_of_one_append(recorder: Recorder, count: int) -> None:
    command = uuid4()
    recorder.insert_events([*records(1), *records(count, command_id=command)])
    caused = recorder.select_command(command)
    assert [notification.id for notification in caused] == list(range(2, count + 2))
    assert recorder.select_command(uuid4()) == []


def test_of_many_commands_the_first_event_of_each_on_record_is_read_at_once(recorder: Recorder) -> None:
    first, second, third = records(3)
    once, twice = uuid4(), uuid4()
    recorder.insert_events(
        [replace(first, command_id=twice), replace(second, command_id=once), replace(third, command_id=twice)]
    )
    found = recorder.select_commands([once, twice, uuid4()])
    assert sorted(notification.id for notification in found) == [1, 2]


@FEW_OR_MANY
def test_an_append_wakes_its_listeners(recorder: Recorder, simulated_ledger: str, count: int) -> None:
    with connect(simulated_ledger) as listener:
        listener.execute(f"listen {CHANNEL}".encode())
        recorder.insert_events(records(count))
        heard = [notify.payload for notify in listener.notifies(timeout=30, stop_after=1)]
    assert heard == [str(count)]


@FEW_OR_MANY
def test_a_simulated_ledger_takes_its_clock_from_outside(recorder: Recorder, count: int) -> None:
    clock = [NOON + HOUR * n for n in range(count)]
    recorder.insert_events(records(count), recorded_at=clock)
    assert [row.recorded_at for row in recorder.read_after(0, limit=count)] == clock


@FEW_OR_MANY
def test_a_real_ledger_refuses_a_clock_from_outside(real_recorder: Recorder, count: int) -> None:
    with pytest.raises(OutsideClock):
        real_recorder.insert_events(records(count), recorded_at=[datetime.now(UTC)] * count)
    assert real_recorder.max_notification_id() is None


@FEW_OR_MANY
def test_a_real_ledger_is_told_the_time_by_its_database(real_recorder: Recorder, count: int) -> None:
    def database_time() -> datetime:
        with real_recorder.datastore.get_connection() as conn:
            row = conn.execute("select clock_timestamp() as at").fetchone()
            assert row is not None
            return row["at"]  # type: ignore[no-any-return]  # a row of any columns

    before = database_time()
    real_recorder.insert_events(records(count))
    between = database_time()
    real_recorder.insert_events(records(count))
    times = [row.recorded_at for row in real_recorder.read_after(0, limit=2 * count)]
    assert before <= times[0]
    assert times[:count] == [times[0]] * count
    assert between <= times[count] <= database_time()


@FEW_OR_MANY
def test_recorded_at_never_goes_backwards(recorder: Recorder, count: int) -> None:
    recorder.insert_events(records(1), recorded_at=[NOON])
    before_the_last_event = [NOON - HOUR, *[NOON] * (count - 1)]
    backwards = [*[NOON + HOUR] * (count - 1), NOON]
    for clock in (before_the_last_event, backwards):
        with pytest.raises(ClockWentBack):
            recorder.insert_events(records(count), recorded_at=clock)
    assert recorder.max_notification_id() == 1


@FEW_OR_MANY
def test_every_event_has_its_own_time_or_none_has(recorder: Recorder, count: int) -> None:
    for times in (count - 1, count + 1):
        with pytest.raises(ClockWentBack):
            recorder.insert_events(records(count), recorded_at=[NOON] * times)
    assert recorder.max_notification_id() is None


def test_a_clock_that_went_back_is_waited_for(recorder: Recorder) -> None:
    future = datetime.now(UTC) + 1000 * HOUR
    recorder.insert_events(records(1), recorded_at=[future])
    recorder.insert_events(records(2))
    assert [row.recorded_at for row in recorder.read_after(1, limit=2)] == [future, future]


def test_a_time_without_a_zone_is_refused(recorder: Recorder) -> None:
    with pytest.raises(ValueError, match="zone"):
        recorder.insert_events(records(1), recorded_at=[NOON.replace(tzinfo=None)])


@FEW_OR_MANY
def test_a_ledger_without_identity_takes_no_events(database: str, count: int) -> None:
    with Datastore(database) as datastore, pytest.raises(NotFounded):
        Recorder(datastore).insert_events(records(count))


def test_the_ledger_knows_how_far_it_had_got_at_a_moment(recorder: Recorder, simulated_ledger: str) -> None:
    recorder.insert_events(records(4), recorded_at=[NOON, NOON, NOON + HOUR, NOON + 3 * HOUR])
    moments = [NOON - HOUR, NOON, NOON + HOUR, NOON + 2 * HOUR, NOON + 9 * HOUR]
    with connect(simulated_ledger) as conn:
        reached = [conn.execute("select ledger.position_at(%s)", (at,)).fetchone() for at in moments]
    assert reached == [(0,), (2,), (3,), (3,), (4,)]


class _Interrupted(Recorder):
    """Loses its connection once, just after the database has committed."""

    losses = 1

    def _append(self, events: Sequence[StoredEvent], clocks: Sequence[datetime] | None) -> int:
        last = super()._append(events, clocks)
        if self.losses:
            self.losses -= 1
            raise OperationalError("the connection was lost")
        return last


@FEW_OR_MANY
def test_an_append_whose_answer_was_lost_is_settled_not_repeated(recorder: Recorder, count: int) -> None:
    events = records(count)
    assert _Interrupted(recorder.datastore).insert_events(events) == list(range(1, count + 1))
    assert recorder.max_notification_id() == count


def test_a_retry_does_not_claim_what_another_appended(recorder: Recorder) -> None:
    other = records(2)
    recorder.insert_events(other[:1])
    with pytest.raises(CommandAlreadyRecorded):
        _Refusing(recorder.datastore).insert_events(other)


class _Refusing(Recorder):
    """Loses its first connection before anything was sent."""

    losses = 1

    def _append(self, events: Sequence[StoredEvent], clocks: Sequence[datetime] | None) -> int:
        if self.losses:
            self.losses -= 1
            raise OperationalError("the connection was lost")
        return super()._append(events, clocks)
