"""The mapper: events to JSON and back, typed by the event classes themselves.

A stored state is compact JSON of all fields of the event, in the order of its class, but for the aggregate's
id and version, which have columns of their own. Null is written out, at every depth: a reader without our
classes sees which questions an event answers with nothing. Numbers that must not round are strings, as are
ids, dates and times. The text is hashed, so its shape is for ever; a changed class says so by
`class_version` and brings an `upcast_v1_v2(state)` that works on the decoded JSON.

The field of personal data that a class names (`SEALED`) is stored sealed (`ledger.sealing`); it is read as
null where its key is gone. What was recorded before there was sealing is read as it stands.
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

from ledger import sealing
from ledger.errors import LedgerError, UnreadableEvent
from ledger.records import LedgerRow, Record
from ledger.sealing import Keyring, Opening, Place

_encode = msgspec.json.Encoder().encode
_COLUMNS = ("originator_id", "originator_version")


class EventMapper(Mapper[UUID]):
    """Maps every frozen dataclass event whose topic the event library can resolve.

    Args:
        keys: to seal and open personal data with. Without them it is not read, and cannot be stored.
    """

    def __init__(self, keys: Keyring | None = None) -> None:
        super().__init__(JSONTranscoder())  # the library wants one; nothing here uses it
        self.keys = keys

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> Record:
        """Return the event as it will be stored, with its command.

        Raises:
            LedgerError: its personal data cannot be sealed now.
        """
        kind = type(domain_event)
        state, topic = _state_of(domain_event), get_topic(kind)
        if sealed := _sealed_in(kind):
            if self.keys is None or state[sealed] is None:
                raise TypeError(f"{topic} has personal data, which cannot be stored without keys or anew")
            place = Place(topic, domain_event.originator_id, domain_event.originator_version)
            sealing.seal(state, sealed, place, self.keys.key_for(domain_event.originator_id))
        return Record(
            domain_event.originator_id,
            domain_event.originator_version,
            topic,
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
            return _reader(topic)(originator_id, originator_version, state, self.keys)
        except LedgerError:  # of the keys
            raise
        except Exception as error:
            place = Place(topic, originator_id, originator_version)
            raise _unreadable(place, position, error) from error

    def openings(self, row: LedgerRow) -> dict[str, Opening] | None:
        """Return what shows each sealed field of a row, by its path such as `form.name`.

        Returns:
            None where nothing is sealed, or the key is gone.

        Raises:
            UnreadableEvent: what is sealed is not this event's, or its text is damaged.
            LedgerError: the keys cannot be had now.
        """
        place = Place(row.topic, row.originator_id, row.originator_version)
        try:
            sealed = _sealed_in(resolve_topic(row.topic))
            state = msgspec.json.decode(row.state) if sealed else {}
            if not sealed or not _is_sealed(state, sealed) or self.keys is None:
                return None
            return sealing.openings(state, sealed, place, self.keys)
        except LedgerError:
            raise
        except Exception as error:
            raise _unreadable(place, row.position, error) from error


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


def plain_state(event: DomainEventProtocol[UUID]) -> bytes:
    """Return the state of an event as JSON with nothing sealed: to be compared, not to be stored."""
    return _encode(_state_of(event))


def _state_of(event: DomainEventProtocol[UUID]) -> dict[str, Any]:
    state = dict(vars(event))
    for column in _COLUMNS:
        del state[column]
    version = getattr(type(event), "class_version", 1)
    if version > 1:
        state["class_version"] = version
    return state


def _sealed_in(kind: type[Any]) -> str:
    """Return the field of personal data of an event class; empty if it has none."""
    return cast("str", getattr(kind, "SEALED", ""))


def _is_sealed(state: dict[str, Any], name: str) -> bool:
    return "sealed" in state[name]


def _unreadable(place: Place, position: int | None, error: Exception) -> UnreadableEvent:
    return UnreadableEvent(
        position=position,
        originator_id=place.originator_id,
        originator_version=place.originator_version,
        topic=place.topic,
        reason=f"{type(error).__name__}: {error}",
    )


@cache
def _reader(topic: str) -> Callable[[UUID, int, bytes, Keyring | None], DomainEventProtocol[UUID]]:
    """Return the function that reads events with this topic."""
    kind = resolve_topic(topic)
    if not (isinstance(kind, type) and is_dataclass(kind) and hasattr(kind, "mutate")):
        raise TopicError(f"{topic} names no event")
    shape = _shape_of(kind)
    decode = msgspec.json.Decoder(shape).decode
    new, set_values, values_of = object.__new__, object.__setattr__, msgspec.structs.asdict
    current, sealed = getattr(kind, "class_version", 1), _sealed_in(kind)

    def read(
        originator_id: UUID, originator_version: int, state: bytes, keys: Keyring | None
    ) -> DomainEventProtocol[UUID]:
        if current == 1:
            typed = decode(state)
        else:
            told = msgspec.json.decode(state)
            if sealed and _is_sealed(told, sealed):
                place = Place(topic, originator_id, originator_version)
                told |= {sealed: None, **(sealing.unseal(told, sealed, place, keys) if keys else {})}
            typed = _upcast(kind, told, current, shape)
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


def _upcast(
    kind: type[Any], values: dict[str, Any], current: int, shape: type[msgspec.Struct]
) -> msgspec.Struct:
    version = values.pop("class_version", 1)
    if version > current:
        raise ValueError(f"stored by a newer program: class version {version}, here {current}")
    for older in range(version, current):
        getattr(kind, f"upcast_v{older}_v{older + 1}")(values)
    return msgspec.convert(values, shape)
