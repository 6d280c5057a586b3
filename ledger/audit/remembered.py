"""What a signer remembers that it signed, held against the checkpoints that the database keeps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from psycopg import Connection

from ledger.audit.codes import Code
from ledger.audit.findings import Finding, finding

_MANY: Final = 1000
_COMPARED: Final = """
select w.size, c.size is null, encode(sha256(convert_to(c.body, 'UTF8')), 'hex') = w.digest
from unnest(%s::bigint[], %s::text[]) as w (size, digest) left join ledger.checkpoint c on c.size = w.size
"""
_RESTORED: Final = "select coalesce((select size from ledger.restoration), -1)"


def unkept(conn: Connection[Any], remembered: Iterable[tuple[int, str]], upto: int) -> Iterator[Finding]:
    """Yield the checkpoints that were signed and are not kept, or are kept with another text.

    Args:
        conn: to the database.
        remembered: sizes, and the digests of the texts that were signed for them (`ledger.memory`).
        upto: a size not to look beyond: what was signed of a longer log is told otherwise.
    """
    ((restored,),) = conn.execute(_RESTORED).fetchall()
    gone: set[int] = set()
    other: set[int] = set()
    right: set[int] = set()
    due = (it for it in remembered if it[0] <= upto)
    while lines := list(islice(due, _MANY)):
        sizes, digests = map(list, zip(*lines, strict=True))
        for size, absent, same in conn.execute(_COMPARED, (sizes, digests)):
            (gone if absent else right if same else other).add(size)
    came_not_along = {size for size in gone if size <= restored}
    if came_not_along:
        yield finding(Code.RESTORED, count=len(came_not_along))
    for size in sorted(gone - came_not_along):
        yield finding(Code.CHECKPOINT_REMOVED, size=size)
    for size in sorted(other - right):
        yield finding(Code.TWO_TEXTS, size=size)
