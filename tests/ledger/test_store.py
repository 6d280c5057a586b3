"""The event library's application runs on the ledger by naming it in its settings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from eventsourcing.application import Application
from eventsourcing.persistence import InfrastructureFactory, IntegrityError, NotSupportedError
from psycopg.conninfo import make_conninfo

from ledger.mapper import EventMapper
from ledger.recorder import Recorder
from ledger.store import Factory
from tests.ledger.samples import NOON, Lamp, fields


class Street(Application[UUID]):
    """An application of lamps."""


def settings(conninfo: str, **others: str) -> dict[str, str]:
    return {"PERSISTENCE_MODULE": "ledger.store", "DATABASE_URL": conninfo, **others}


@pytest.fixture
def street(simulated_ledger: str) -> Iterator[Street]:
    application = Street(settings(simulated_ledger))
    yield application
    application.close()


def test_an_application_saves_and_gets_on_the_ledger(street: Street) -> None:
    lamp = Lamp.blank(uuid4())
    lamp.record(Lamp.Lit(**fields(originator_id=lamp.id)))
    lamp.record(Lamp.Moved(**fields(2, originator_id=lamp.id), place="村口", metres=3))
    saved = street.save(lamp, recorded_at=[NOON, NOON])
    assert [recording.notification.id for recording in saved] == [1, 2]
    again: Lamp = street.repository.get(lamp.id)
    assert (again.version, again.lit, again.place) == (2, True, "村口")
    assert isinstance(street.recorder, Recorder)
    assert [row.recorded_at for row in street.recorder.read_after(0, limit=9)] == [NOON, NOON]


def test_a_life_can_be_read_as_it_was_known(street: Street) -> None:
    lamp, other = uuid4(), uuid4()
    street.save(Lamp.Lit(**fields(originator_id=lamp)), recorded_at=[NOON])
    street.save(Lamp.Lit(**fields(originator_id=other)), recorded_at=[NOON])
    late = NOON + timedelta(days=9)
    street.save(Lamp.Moved(**fields(2, originator_id=lamp), place="村口", metres=3), recorded_at=[late])
    recorder = street.recorder
    assert isinstance(recorder, Recorder)
    assert [row.position for row in recorder.read_life(lamp)] == [1, 3]
    assert [row.position for row in recorder.read_life(lamp, upto=2)] == [1]
    just_before = timedelta(microseconds=1)
    moments = (NOON - just_before, NOON, late - just_before, late)
    assert [recorder.position_at(moment) for moment in moments] == [0, 2, 2, 3]


def test_two_that_decide_on_the_same_version_conflict(street: Street) -> None:
    lamp = uuid4()
    street.save(Lamp.Lit(**fields(originator_id=lamp)))
    with pytest.raises(IntegrityError):
        street.save(Lamp.Lit(**fields(originator_id=lamp)))


def test_what_a_command_caused_can_be_asked(street: Street) -> None:
    command = uuid4()
    street.save(Lamp.Lit(**fields(command_id=command)), Lamp.Lit(**fields(command_id=command)))
    assert isinstance(street.recorder, Recorder)
    assert [caused.id for caused in street.recorder.select_command(command)] == [1, 2]


def test_the_connection_string_keeps_all_its_options(simulated_ledger: str) -> None:
    conninfo = make_conninfo(simulated_ledger, application_name="audit", options="-c work_mem=7MB")
    with Factory(settings(conninfo)) as factory, factory.datastore.get_connection() as conn:
        shown = [
            conn.execute(f"show {name}".encode()).fetchone()
            for name in ("application_name", "work_mem", "timezone")
        ]
    assert shown == [{"application_name": "audit"}, {"work_mem": "7MB"}, {"TimeZone": "UTC"}]


def test_the_library_finds_the_factory_by_the_name_of_the_module(simulated_ledger: str) -> None:
    factory = InfrastructureFactory.construct(settings(simulated_ledger, POSTGRES_POOL_SIZE="2"))
    assert isinstance(factory, Factory)
    assert factory.datastore.pool.min_size == 2
    assert isinstance(factory.mapper(), EventMapper)
    factory.close()


def test_settings_that_make_no_sense_are_refused(simulated_ledger: str) -> None:
    with pytest.raises(OSError, match="DATABASE_URL is not set"):
        Factory({})
    with pytest.raises(OSError, match="POSTGRES_POOL_SIZE must be a number, not 'many'"):
        Factory(settings(simulated_ledger, POSTGRES_POOL_SIZE="many"))


def test_the_ledger_keeps_events_and_nothing_else(simulated_ledger: str) -> None:
    with Factory(settings(simulated_ledger)) as factory:
        for refused in (factory.aggregate_recorder, factory.tracking_recorder, factory.process_recorder):
            with pytest.raises(NotSupportedError):
                refused()
