"""The language of the tampering tests: a signed ledger, and what an owner of its database can do to it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

from ledger import merkle
from ledger.audit import Audit, Code, Outside, Recall, Remembered, audit
from ledger.database import connect
from ledger.leaf import leaf_data
from ledger.memory import Memory
from ledger.notes import Note
from ledger.records import LedgerRow
from ledger.signer import Signer
from tests import postgres
from tests.facts import POSTED, checked_in
from tests.projections.readside import ReadSide

APRIL = date(2020, 4, 1)
TABLES = ("events", "identity", "tree_node", "signing_key", "checkpoint", "signature")


@dataclass
class Signed:
    """A ledger with events, projected, and signed again and again.

    Attributes:
        side: to record and project.
        signer: of its log.
        sizes: at which it was signed.
    """

    side: ReadSide
    signer: Signer
    sizes: list[int]

    @property
    def conninfo(self) -> str:
        return self.side.conninfo

    def record(self, count: int) -> None:
        """Record check-ins, one a day from where they stopped, and sign."""
        first = self.side.versions[checked_in().whose]
        days = [APRIL + timedelta(first + n) for n in range(count)]
        self.side.enter(*(checked_in(on=day) for day in days))
        self.sign()

    def sign(self) -> None:
        self.side.project()
        self.sizes.append(self.signer.sign().checkpoint.size)

    @contextmanager
    def copied(self, server: str, keys: Path) -> Iterator[Signed]:
        """Lend a copy, its keys included; nobody may be connected to the original."""
        shutil.copytree(self.signer.folder, keys)
        name = conninfo_to_dict(self.conninfo)["dbname"]
        with postgres.database_from(server, str(name)) as conninfo:
            it = Signed(reopened(self.side, conninfo), Signer(conninfo, keys), list(self.sizes))
            yield it
            it.side.close()

    @contextmanager
    def backup(self, server: str) -> Iterator[Signed]:
        """Lend a copy of the database as it is now; the one who signs stays with the original."""
        name = conninfo_to_dict(self.conninfo)["dbname"]
        self.side.close()
        with postgres.database_from(server, str(name)) as conninfo:
            copies = reopened(self.side, self.conninfo), reopened(self.side, conninfo)
            self.side = copies[0]
            yield Signed(copies[1], self.signer, [])
            copies[1].close()

    def memory(self) -> Outside:
        """What the signer remembers beside its key."""
        note = Memory(self.signer.folder).last()
        assert note is not None
        return Outside("signer", note)

    def kept(self, size: int) -> Outside:
        """A checkpoint that an auditor took home."""
        return Outside("kept.txt", Note.parse(self.signer.sign(size).note))

    def audit(self, *outside: Outside, recall: Recall | None = None, **options: Any) -> Audit:
        return audit(self.conninfo, outside=outside, recall=recall or self.recall, **options)

    def recall(self, positions: Sequence[int]) -> dict[int, Remembered]:
        rows = self.side.conn.execute(
            "select position, aggregate_id, version, type, recorded_at from read.event"
            " where position = any(%s)",
            (list(positions),),
        )
        return {position: Remembered(*fields) for position, *fields in rows}


def reopened(side: ReadSide, conninfo: str) -> ReadSide:
    """Return the language of tests for a ledger that has the events of another one."""
    twin = ReadSide(conninfo)
    twin.versions, twin.clock, twin._commands = side.versions.copy(), side.clock, side._commands
    return twin


def signed(conninfo: str, folder: Path) -> Signed:
    """Return a ledger with 40 events, signed at 20, 30 and 40."""
    it = Signed(ReadSide(conninfo), Signer(conninfo, folder), [])
    it.side.enter(*POSTED)
    it.record(20 - len(POSTED))
    it.record(10)
    it.record(10)
    return it


@contextmanager
def owner(conninfo: str) -> Iterator[Connection[Any]]:
    """Lend a superuser's connection, all triggers of the ledger off; they are on again afterwards."""
    with connect(conninfo) as conn:
        for table in TABLES:
            conn.execute(SQL("alter table ledger.{} disable trigger user").format(Identifier(table)))
        yield conn
        for table in TABLES:
            for (name,) in conn.execute(
                "select tgname from pg_trigger where tgrelid = %s::regclass and not tgisinternal",
                (f"ledger.{table}",),
            ).fetchall():
                mode = "enable" if name == "only_by_append" else "enable always"
                conn.execute(f"alter table ledger.{table} {mode} trigger {name}".encode())


def rewrite_tree(conn: Connection[Any]) -> None:
    """Make the stored tree anew from the events as they are now."""
    conn.execute("truncate ledger.tree_node")
    rows = conn.execute(
        b"select position, originator_id, originator_version, topic, state, recorded_at"
        b" from ledger.events order by position"
    ).fetchall()
    leaves = [merkle.leaf_hash(leaf_data(LedgerRow._make(row))) for row in rows]
    for (level, number), hash_ in merkle.Edge().add(leaves):
        conn.execute("insert into ledger.tree_node values (%s, %s, %s)", (level, number, hash_))


def told(found: Audit) -> list[tuple[Code, int | None, int | None]]:
    """The findings in short: code, first and last position."""
    return [(it.code, it.facts.get("first"), it.facts.get("last")) for it in found.findings]
