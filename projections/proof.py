"""The proof of the read side: made once more from the events beside the live one, and compared with it.

Facts and rules by the hash of their content, the roll-ups row by row, and the definitions of functions,
views, triggers and tables by their text. What was made goes in the end. Of the live one nothing is changed,
but that roll-ups are counted where that is due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from psycopg import Connection, errors
from psycopg.sql import SQL, Identifier

from ledger.audit import Code, Finding, Recall, Remembered
from ledger.audit.findings import finding
from ledger.database import connect_wary
from ledger.sealing import Keyring
from projections.content import differences
from projections.definitions import definitions
from projections.facts import TABLES
from projections.follower import Follower, Poison
from projections.projector import head
from projections.rollups import ROLLUPS
from projections.schema import READ, digest, drop, live_digest, make

PROOF: Final = "read_proof"
"""The schema that is made for the proof."""

PROVING: Final = 0x7A68_7563_756E_06
"""The advisory lock of the one that proves."""


class ProofUnderWay(Exception):  # noqa: N818 - named as what is so
    """Another process proves this database's read side."""

    message_zh = "另一进程正在核对读库,请待其结束。"
    message_en = "Another process is proving the read side: wait until it is done."

    def __init__(self) -> None:
        super().__init__(f"{self.message_zh} {self.message_en}")


@dataclass(frozen=True)
class ReadProof:
    """What a proof of the read side came to.

    Attributes:
        position: where the two were compared.
        findings: what differs; empty: the read side is what the events make of it.
    """

    position: int
    findings: tuple[Finding, ...]


def prove(
    conninfo: str, keys: Keyring | None, progress: Callable[[int, int], None] = lambda _done, _of: None
) -> ReadProof:
    """Recompute the read side from the events, and compare the live one with it.

    Args:
        conninfo: of the database, as the owner of the read schema.
        keys: open what is sealed; without them all is compared but what the forms say.
        progress: told the position reached and the position aimed at, after each batch.

    Raises:
        ProofUnderWay: by somebody else.
    """
    with connect_wary(conninfo) as conn, _alone(conn):
        if live_digest(conn) != digest():
            return ReadProof(0, (finding(Code.READ_OUTDATED),))
        drop(conn, PROOF)
        try:
            make(conn, PROOF)
            return _prove(conn, keys, progress)
        finally:
            if not conn.closed:
                drop(conn, PROOF)


def recall_from(conninfo: str) -> Recall:
    """Return who remembers events by the read side; nobody does where it cannot be read."""

    def recall(positions: Sequence[int]) -> Mapping[int, Remembered]:
        with connect_wary(conninfo) as conn:
            try:
                rows = conn.execute(_REMEMBERED, (list(positions),)).fetchall()
            except (errors.UndefinedTable, errors.UndefinedColumn):
                return {}
        return {position: Remembered(*known) for position, *known in rows}

    return recall


@contextmanager
def _alone(conn: Connection[Any]) -> Iterator[None]:
    if conn.execute("select pg_try_advisory_lock(%s)", (PROVING,)).fetchone() != (True,):
        raise ProofUnderWay
    try:
        yield
    finally:
        if not conn.closed:
            conn.execute("select pg_advisory_unlock(%s)", (PROVING,))


def _prove(conn: Connection[Any], keys: Keyring | None, progress: Callable[[int, int], None]) -> ReadProof:
    follower = Follower(conn, PROOF, keys=keys)
    follower.look()
    aim = _live_position(conn)
    try:
        while follower.advance(aim):
            progress(follower.position, aim)
        while follower.refresh():
            pass
        found = list(_defined_otherwise(conn))
        # The projector waits for this row: both sides stand still while the roll-ups are compared.
        with conn.transaction():
            conn.execute(SQL("select from {} for update").format(Identifier(READ, "projector")))
            aim = _live_position(conn)
            while follower.advance(aim):
                pass
            while follower.refresh():
                pass
            if aim > (end := head(conn)):
                found.append(finding(Code.READ_AHEAD, position=aim, head=end))
            found += _beyond(conn, aim)
            _count_what_is_due(conn, keys)
            found += _counted_otherwise(conn)
    except Poison as poison:
        return ReadProof(follower.position, (finding(Code.READ_STOPPED, position=poison.position),))
    position = min(follower.position, aim)
    tables = [
        finding(Code.READ_TABLE, table=it.table, rows=it.rows, first=it.first_position)
        for it in differences(conn, READ, PROOF, position, forms=keys is not None)
    ]
    if keys is None:
        found.append(finding(Code.FORMS_SEALED))
    return ReadProof(position, (*tables, *found))


def _beyond(conn: Connection[Any], position: int) -> Iterator[Finding]:
    """Yield the tables that have rows of events not projected yet."""
    for table in TABLES.values():
        query = SQL("select min(position) from {} where position > %s").format(Identifier(READ, table.name))
        ((first,),) = conn.execute(query, (position,)).fetchall()
        if first is not None:
            yield finding(Code.READ_BEYOND, table=table.name, first=first, position=position)


def _count_what_is_due(conn: Connection[Any], keys: Keyring | None) -> None:
    """Count the live roll-ups anew where that is due, as the projector does when it has nothing else to do.

    A row that is due still answers for what was known before, and what that was nobody could tell from it.
    """
    live = Follower(conn, READ, keys=keys)
    live.look()
    while live.refresh():
        pass


def _counted_otherwise(conn: Connection[Any]) -> Iterator[Finding]:
    """Yield the roll-ups with rows that are not what the facts come to, nothing being due any more."""
    for table in ROLLUPS:
        query = SQL(
            "select greatest("
            "(select count(*) from (table {live} except table {made}) different), "
            "(select count(*) from (table {made} except table {live}) different))"
        ).format(live=Identifier(READ, table), made=Identifier(PROOF, table))
        ((rows,),) = conn.execute(query).fetchall()
        if rows:
            yield finding(Code.READ_ROLLUP, table=table, rows=rows)


def _defined_otherwise(conn: Connection[Any]) -> Iterator[Finding]:
    live, made = definitions(conn, READ), definitions(conn, PROOF)
    for kind, name in sorted(live.keys() | made.keys()):
        if live.get((kind, name)) != made.get((kind, name)):
            yield finding(Code.READ_DEFINITION, kind=kind, name=name)


def _live_position(conn: Connection[Any]) -> int:
    found = conn.execute(SQL("select position from {}").format(Identifier(READ, "projector"))).fetchone()
    return 0 if found is None else int(found[0])


_REMEMBERED = """
select position, aggregate_id, version, type, recorded_at from read.event
where position = any(%s) and recorded_at >= '0001-01-02' and recorded_at < '9999-12-31'
"""
