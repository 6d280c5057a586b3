"""People with forms, for the tests of the keys: nominated, forgotten, and read again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast
from uuid import UUID, uuid4, uuid5

from domain.commands import Form
from domain.instructor import Instructor
from domain.root import Event
from ledger.database import connect
from ledger.mapper import EventMapper
from ledger.personal import PersonalKeys
from ledger.recorder import Recorder
from ledger.store import Datastore
from tests import facts, postgres
from tests.ledger.samples import append
from tests.scenario import PERSON, Fact


def person(number: int) -> UUID:
    """Return the id of one of the people."""
    return uuid5(PERSON, str(number))


@contextmanager
def keys_of(conninfo: str, root: Path | None = None) -> Iterator[PersonalKeys]:
    """Lend the keys of a test's ledger, as a machine has them whose folder of keys is `root`."""
    folder = postgres.keys_of(conninfo) if root is None else root
    with closing(PersonalKeys(Datastore(conninfo, pool_size=0), folder)) as keys:
        yield keys


def event(fact: Fact, who: UUID, version: int) -> Event:
    """Return what happened to somebody, by a command of its own."""
    return replace(fact.of(who).as_version(version), command_id=uuid4())


def record(conninfo: str, keys: PersonalKeys, *events: Event) -> None:
    """Record events in one append."""
    append(conninfo, [EventMapper(keys).to_stored_event(it) for it in events])


def nominate(conninfo: str, keys: PersonalKeys, who: UUID, version: int = 1) -> None:
    """Record that somebody was nominated."""
    record(conninfo, keys, event(facts.nominated(name=f"人选{who.hex[:4]}"), who, version))


def forget(conninfo: str, keys: PersonalKeys, who: UUID, version: int = 2) -> None:
    """Record that somebody was forgotten."""
    record(conninfo, keys, event(facts.forgotten(), who, version))


def forms(conninfo: str, keys: PersonalKeys) -> dict[tuple[UUID, int], Form | None]:
    """Return all forms on record, by whose they are and the event's version; None where the key is gone."""
    with Datastore(conninfo, pool_size=0) as datastore:
        rows = [
            it for it in Recorder(datastore).read_after(0, limit=1000) if it.topic == "Instructor.Nominated"
        ]
    read = EventMapper(keys).from_row
    return {
        (it.originator_id, it.originator_version): cast("Instructor.Nominated", read(it)).form for it in rows
    }


def in_use(conninfo: str) -> list[tuple[UUID, str]]:
    """Return whose keys are in use, and by which master key each is wrapped."""
    with connect(conninfo) as conn:
        return conn.execute(
            "select person, master from personal.key where wrapped is not null order by person"
        ).fetchall()


def master_of(conninfo: str) -> str:
    """Return the id of the master key."""
    with connect(conninfo) as conn:
        ((name,),) = conn.execute("select id from personal.master").fetchall()
    return str(name)


def files_in(root: Path) -> list[str]:
    """Return the names of the files of master keys that a machine has, and of drafts of them."""
    return sorted(it.name for it in root.rglob("personal-*"))
