"""A small aggregate and stored events for the tests of the ledger, which knows no others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import partial
from multiprocessing import get_context
from typing import Any
from uuid import UUID, uuid4

from domain import root
from domain.entry import Actor
from domain.terms import Role
from ledger.recorder import Recorder
from ledger.records import Record
from ledger.store import Datastore

CONTEXT = get_context("spawn")
NOON = datetime(2021, 5, 3, 12, tzinfo=UTC)


class Lamp(root.Root):
    """A street lamp."""

    TOPIC = "Lamp"

    class Event(root.Event):
        """A fact about a lamp."""

    class Lit(Event):
        """It was lit."""

        TOPIC = "Lamp.Lit"

        by: str | None = None

        def apply(self, aggregate: Any) -> None:
            aggregate.lit = True

    class Moved(Event):
        """It was moved; the third shape in which this is stored."""

        TOPIC = "Lamp.Moved"
        class_version = 3

        place: str
        metres: int

        def apply(self, aggregate: Any) -> None:
            aggregate.place = self.place

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> None:
            state["place"] = state.pop("to")

        @staticmethod
        def upcast_v2_v3(state: dict[str, Any]) -> None:
            state["metres"] = 0

    lit: bool
    place: str

    def begin(self, aggregate_id: UUID) -> None:
        super().begin(aggregate_id)
        self.lit = False
        self.place = ""


def fields(
    version: int = 1, originator_id: UUID | None = None, command_id: UUID | None = None
) -> dict[str, Any]:
    """The fields every event has."""
    return {
        "originator_id": originator_id or uuid4(),
        "originator_version": version,
        "occurred_on": date(2021, 5, 3),
        "actor": Actor("4306240001", Role.TOWNSHIP, "湘滨镇"),
        "basis": None,
        "command_id": command_id or uuid4(),
        "command_digest": "0" * 32,
    }


def records(
    count: int, *, originator_id: UUID | None = None, first: int = 1, command_id: UUID | None = None
) -> list[Record]:
    """Stored events of one aggregate, from version `first`, each by a command of its own unless named."""
    owner = originator_id or uuid4()
    return [Record(owner, first + n, "Lamp.Lit", b'{"by":null}', command_id or uuid4()) for n in range(count)]


def append(conninfo: str, events: Sequence[Record]) -> Sequence[int] | None:
    """Append on a connection of its own."""
    with Datastore(conninfo, pool_size=1, max_overflow=0) as datastore:
        return Recorder(datastore).insert_events(events)


def in_processes(work: Sequence[Callable[[], Any]], seconds: float) -> list[int | None]:
    """Run each piece of work in a process of its own, all at once; return the exit codes."""
    processes = [CONTEXT.Process(target=partial(piece)) for piece in work]
    for process in processes:
        process.start()
    for process in processes:
        process.join(seconds)
    for process in processes:
        if process.is_alive():
            process.kill()
            process.join()
    return [process.exitcode for process in processes]
