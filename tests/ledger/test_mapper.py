"""Events survive the store unchanged, and what cannot be read says where it stands."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from uuid import uuid4

import pytest
from eventsourcing.persistence import Notification, StoredEvent
from hypothesis import given
from hypothesis import strategies as st

from domain.events import EVENT_TYPES
from domain.root import Event
from ledger.errors import UnreadableEvent
from ledger.mapper import EventMapper, Stored
from ledger.records import LedgerRow
from tests.keyring import FIXED
from tests.ledger import samples
from tests.ledger.samples import Lamp
from tests.strategies import events, made_of

MAPPER = EventMapper(FIXED)


@pytest.mark.parametrize("topic", EVENT_TYPES)
def test_every_kind_of_event_has_a_stored_shape(topic: str) -> None:
    @given(made_of(EVENT_TYPES[topic]))
    def survives(event: Event) -> None:
        stored = MAPPER.to_stored_event(event)
        assert stored.topic == topic
        assert MAPPER.to_domain_event(stored) == event

    survives()


@given(events())
def test_an_event_read_and_stored_again_has_the_same_bytes(event: Event) -> None:
    stored = MAPPER.to_stored_event(event)
    again = MAPPER.to_domain_event(stored)
    assert MAPPER.to_stored_event(again) == stored


@given(events())
def test_the_stored_state_is_json_that_any_reader_can_read(event: Event) -> None:
    stored = MAPPER.to_stored_event(event)
    names = [field.name for field in fields(event)]
    versioned = ["class_version"] if event.class_version > 1 else []
    assert list(json.loads(stored.state)) == names[2:] + versioned
    assert names[:2] == ["originator_id", "originator_version"]


def test_the_stored_state_names_what_an_event_answers_with_nothing() -> None:
    event = Lamp.Lit(**samples.fields(), by=None)
    assert json.loads(MAPPER.to_stored_event(event).state)["by"] is None


def test_a_stored_event_carries_its_command() -> None:
    event = Lamp.Lit(**samples.fields(command_id=(command := uuid4())))
    assert MAPPER.to_stored_event(event).command_id == command


@given(st.lists(events(), max_size=3))
def test_events_are_stored_one_by_one_as_they_would_be_together(together: list[Event]) -> None:
    stored = Stored(MAPPER, together)
    assert [*stored] == [*stored[:]] == [MAPPER.to_stored_event(event) for event in together]
    assert len(stored) == len(together)
    assert [*stored[1:]] == [*stored][1:]


def test_a_row_of_the_ledger_reads_as_the_event() -> None:
    event = Lamp.Lit(**samples.fields(), by="沈工")
    stored = MAPPER.to_stored_event(event)
    row = LedgerRow(
        7, event.originator_id, event.originator_version, stored.topic, stored.state, recorded_at=samples.NOON
    )
    assert MAPPER.from_row(row) == event


def test_a_newer_shape_says_its_version() -> None:
    event = Lamp.Moved(**samples.fields(), place="村口", metres=12)
    stored = MAPPER.to_stored_event(event)
    assert json.loads(stored.state)["class_version"] == 3
    assert MAPPER.to_domain_event(stored) == event


@pytest.mark.parametrize(
    "older", [{"to": "村口"}, {"place": "村口", "class_version": 2}], ids=["first shape", "second shape"]
)
def test_an_event_stored_in_an_older_shape_reads_in_the_present_one(older: dict[str, object]) -> None:
    event = Lamp.Moved(**samples.fields(), place="村口", metres=0)
    stored = MAPPER.to_stored_event(event)
    state = json.loads(stored.state)
    for name in ("place", "metres", "class_version"):
        del state[name]
    assert MAPPER.to_domain_event(replace(stored, state=json.dumps(state | older).encode())) == event


def _lit(state: str) -> StoredEvent:
    known = MAPPER.to_stored_event(Lamp.Lit(**samples.fields()))
    return replace(known, state=known.state[:-1] + state.encode())


@pytest.mark.parametrize(
    "stored",
    [
        StoredEvent(uuid4(), 3, "Instructor.Teleported", b"{}"),
        StoredEvent(uuid4(), 3, "json", b"{}"),
        StoredEvent(uuid4(), 3, "json:loads", b"{}"),
        StoredEvent(uuid4(), 3, "Lamp.Lit", b"{}"),
        StoredEvent(uuid4(), 3, "Lamp.Lit", b"\x00"),
        StoredEvent(uuid4(), 3, "Lamp.Moved", b'{"class_version":4}'),
        _lit(',"colour":"red"}'),
        _lit(',"by":5}'),
        _lit(""),
    ],
    ids=[
        "unknown topic", "a module", "a function", "missing fields", "no JSON", "newer version",
        "unknown field", "wrong type", "cut short",
    ],
)  # fmt: skip
def test_an_unreadable_event_says_where_it_stands(stored: StoredEvent) -> None:
    notified = Notification(
        stored.originator_id, stored.originator_version, stored.topic, stored.state, id=41
    )
    with pytest.raises(UnreadableEvent) as unreadable:
        MAPPER.to_domain_event(notified)
    facts = unreadable.value.facts
    assert (facts["position"], facts["originator_id"], facts["originator_version"], facts["topic"]) == (
        41,
        stored.originator_id,
        stored.originator_version,
        stored.topic,
    )
    assert "41" in unreadable.value.message_zh
