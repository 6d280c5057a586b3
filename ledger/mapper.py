"""The mapper: events to JSON and back, typed by the event classes themselves.

A stored state is compact JSON of all fields of the event, in the order of its class, but for the aggregate's
id and version, which have columns of their own. Null is written out, at every depth: a reader without our
classes sees which questions an event answers with nothing. Numbers that must not round are strings, as are
ids, dates and times. The text is hashed, so its shape is for ever; a changed class says so by
`class_version` and brings an `upcast_v1_v2(state)` that works on the decoded JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, cast, get_type_hints, overload
from uuid import UUID

import msgspec
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import JSONTranscoder, Mapper, Notification, StoredEvent
from eventsourcing.utils import TopicError, get_topic, resolve_topic

from ledger.errors import UnreadableEvent
from ledger.records import LedgerRow, Record

_encode = msgspec.json.Encoder().encode
_COLUMNS = ("originator_id", "originator_version")


class EventMapper(Mapper[UUID]):
    """Maps every frozen dataclass event whose topic the event library can resolve."""

    def __init__(self) -> None:
        super().__init__(JSONTranscoder())  # the library wants one; nothing here uses it

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> Record:
        """Return the event as it will be stored, with its command."""
        kind = type(domain_event)
        state = dict(vars(domain_event))
        for column in _COLUMNS:
            del state[column]
        version = getattr(kind, "class_version", 1)
        if version > 1:
            state["class_version"] = version
        return Record(
            domain_event.originator_id,
            domain_event.originator_version,
            get_topic(kind),
            _encode(state),
            getattr(domain_event, "command_id", None),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> DomainEventProtocol[UUID]:
        """Return the event that was stored.

        Raises:
            UnreadableEvent: its topic or its shape is unknown to this program.
        """
        return self.read(
            cast("UUID", stored_event.originator_id),
            stored_event.originator_version,
            stored_event.topic,
            stored_event.state,
            stored_event.id if isinstance(stored_event, Notification) else None,
        )

    def from_row(self, row: LedgerRow) -> DomainEventProtocol[UUID]:
        """Return the event of a ledger row; raises as `to_domain_event`."""
        return self.read(row.originator_id, row.originator_version, row.topic, row.state, row.position)

    def read(
        self, originator_id: UUID, originator_version: int, topic: str, state: bytes, position: int | None
    ) -> DomainEventProtocol[UUID]:
        """Return the event with these stored fields; raises as `to_domain_event`."""
        try:
            return _reader(topic)(originator_id, originator_version, state)
        except Exception as error:
            raise UnreadableEvent(
                position=position,
                originator_id=originator_id,
                originator_version=originator_version,
                topic=topic,
                reason=f"{type(error).__name__}: {error}",
            ) from error


class Stored(Sequence[Record]):
    """Events as they will be stored, each made when it is asked for: of many, none is held twice."""

    def __init__(self, mapper: EventMapper, events: Sequence[DomainEventProtocol[UUID]]) -> None:
        self._mapper, self._events = mapper, events

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[Record]:
        return map(self._mapper.to_stored_event, self._events)

    @overload
    def __getitem__(self, place: int) -> Record: ...
    @overload
    def __getitem__(self, place: slice) -> Stored: ...
    def __getitem__(self, place: int | slice) -> Record | Stored:
        if isinstance(place, slice):
            return Stored(self._mapper, self._events[place])
        return self._mapper.to_stored_event(self._events[place])


@cache
def _reader(topic: str) -> Callable[[UUID, int, bytes], DomainEventProtocol[UUID]]:
    """Return the function that reads events with this topic."""
    kind = resolve_topic(topic)
    if not (isinstance(kind, type) and is_dataclass(kind) and hasattr(kind, "mutate")):
        raise TopicError(f"{topic} names no event")
    shape = _shape_of(kind)
    decode = msgspec.json.Decoder(shape).decode
    new, set_values, values_of = object.__new__, object.__setattr__, msgspec.structs.asdict
    current = getattr(kind, "class_version", 1)

    def read(originator_id: UUID, originator_version: int, state: bytes) -> DomainEventProtocol[UUID]:
        typed = decode(state) if current == 1 else _upcast(kind, state, current, shape)
        # Past the constructor, as the library does: a frozen one is slow, and a fact must stay readable
        # whatever a constructor may come to check.
        event = new(kind)
        values = values_of(typed)
        values["originator_id"], values["originator_version"] = originator_id, originator_version
        set_values(event, "__dict__", values)
        return cast("DomainEventProtocol[UUID]", event)

    return read


def _shape_of(kind: type[Any]) -> type[msgspec.Struct]:
    """Return the stored shape of an event class: its fields with their types, and no others."""
    types = get_type_hints(kind)
    return msgspec.defstruct(
        kind.__qualname__.replace(".", "_"),
        [
            (field.name, types[field.name])
            if field.default is MISSING
            else (field.name, types[field.name], field.default)
            for field in fields(kind)
            if field.name not in _COLUMNS
        ],
        kw_only=True,
        forbid_unknown_fields=True,
    )


def _upcast(kind: type[Any], state: bytes, current: int, shape: type[msgspec.Struct]) -> msgspec.Struct:
    values = msgspec.json.decode(state)
    version = values.pop("class_version", 1)
    if version > current:
        raise ValueError(f"stored by a newer program: class version {version}, here {current}")
    for older in range(version, current):
        getattr(kind, f"upcast_v{older}_v{older + 1}")(values)
    return msgspec.convert(values, shape)
