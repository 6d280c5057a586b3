"""How long a question takes on any day, as known on any day, beside the same question asked by hand.

    .venv/bin/python -m bench.clocks [PEOPLE ...] [--large] [--server CONNINFO]

It makes counties of 90 and 900 people (of 9,000 too with `--large`: some eleven million facts), each with
three batches of three years, late entries, voidings, recalls and replacements, and asks about now, about a
day two years back, and about that day as it was then known. "By hand" is what a good engineer would write
for that one question on the same tables, with the conditions of both clocks written out. Both are medians of
a few rounds of the same run; the times of a machine mean little elsewhere, the ratios mean something
anywhere.

The read side is filled directly, by set-based SQL (`county.sql`) and not from a ledger: what is measured is
reading, and a ledger of eleven million events takes long to record and to project. The facts are as the fold
makes them, but for the versions of events, which grow and are not consecutive. The roll-ups are counted by
the product itself.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final, NamedTuple

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from bench.ledger import scratch
from ledger import embedded
from ledger.database import connect
from projections import rollups
from projections.projector import Projector, tidy
from projections.schema import READ, prepare
from tests.keyring import FIXED

SMALL: Final = (90, 900)
LARGE: Final = 9000
NOW: Final = date(2024, 8, 20)
PAST: Final = date(2022, 8, 20)
MONTH: Final = date(2022, 5, 1)
ROUNDS: Final = 3
MANY_ROUNDS: Final = 51
ENOUGH: Final = 0.5
COUNTY: Final = Path(__file__).with_name("county.sql")
QUESTIONS: Final = Path(__file__).with_name("clocks.sql")
INDEXES: Final = """
select i.relname, pg_get_indexdef(i.oid) from pg_index x
join pg_class i on i.oid = x.indexrelid
where i.relnamespace = 'read'::regnamespace and not exists (
    select from pg_constraint c where c.conindid = i.oid
)
"""


class Question(NamedTuple):
    """A question to the read side, and the same by hand."""

    name: str
    ours: str
    by_hand: str


def questions() -> list[Question]:
    """Return what is asked, in the order of the file."""
    sections = {}
    for section in QUESTIONS.read_text(encoding="utf-8").split("\n-- ")[1:]:
        title, _, statement = section.partition("\n")
        kind, named, name = title.partition(": ")
        if named:
            sections[kind, name] = statement
    shared = {"state": sections["by hand", "one state"], "postings": sections["part", "postings"]}
    return [
        Question(name, *(_written_out(sections[kind, name], shared) for kind in ("ours", "by hand")))
        for kind, name in sections
        if kind == "ours"
    ]


def _written_out(statement: str, shared: Mapping[str, str]) -> str:
    """Return a statement with all that stands for something else written out."""
    for name, part in shared.items():
        statement = statement.replace(f"{{{name}}}", part)
    statement = statement.replace("{clocks}", "%(as_of)s, %(known)s")
    both = r"\1.occurred_on <= %(as_of)s and \1.position <= %(known)s and \1.voided_at > %(known)s"
    return re.sub(r"\{([a-z])\}", both, statement)


def fill(conn: Connection[Any], people: int) -> None:
    """Fill the empty read side: the facts first, then the indexes, then the roll-ups."""
    conn.execute("set search_path = read")
    conn.execute("set work_mem = '256MB'")
    conn.execute("set maintenance_work_mem = '512MB'")
    conn.execute("create table size as select %s::integer as people, %s::date as today", (people, NOW))
    indexes = conn.execute(INDEXES).fetchall()
    for name, _ in indexes:
        conn.execute(SQL("drop index {}").format(Identifier(READ, name)))
    for step in COUNTY.read_text(encoding="utf-8").split("-- step: ")[1:]:
        what, script = step.split("\n", 1)
        with telling(people, what):
            conn.execute(script.encode())
    with telling(people, "indexed"):
        for _, definition in indexes:
            conn.execute(definition.encode())
        tidy(conn, READ)
    with telling(people, "months and postings noted"):
        conn.execute("select touch(0, position, '{}') from projector")
        rollups.tidy(conn, READ)
    conn.execute("reset all")


@contextmanager
def telling(people: int, what: str) -> Iterator[None]:
    """Say what was done, and how long it took."""
    began = perf_counter()
    yield
    print(f"  {people:,} people: {what} ({perf_counter() - began:.1f} s)", file=sys.stderr, flush=True)


def measure(conn: Connection[Any], people: int) -> None:
    """Ask everything about three moments and print the table."""
    conn.execute("set jit = off")  # as whoever serves these reads does
    conn.execute("set max_parallel_workers_per_gather = 0")  # one process for each side
    conn.execute("set work_mem = '64MB'")  # what a server for so many people has; the default spills
    conn.execute("set search_path = read")
    ((last, then, one),) = conn.execute(
        "select p.position, position_known_at((%s::date + 1)::timestamp at time zone 'Asia/Shanghai'),"
        " md5('person/8')::uuid from projector p",
        (PAST,),
    ).fetchall()
    moments = {"now": (NOW, last), "a past day": (PAST, last), "as then known": (PAST, then)}
    for question in questions():
        cells = []
        for as_of, known in moments.values():
            values = {
                "as_of": as_of,
                "known": known,
                "one": one,
                "month": MONTH,
                "month_end": date(MONTH.year, MONTH.month, 31),
            }
            ours, by_hand = (1000 * asked(conn, it, values) for it in (question.ours, question.by_hand))
            cells.append(f"{by_hand:10.2f}{ours:10.2f}{ours / by_hand:7.2f}")
        print(f"{people:>6,} {question.name:24}", *cells, sep="", flush=True)
    conn.execute("reset all")


def asked(conn: Connection[Any], query: str, values: Mapping[str, Any]) -> float:
    """Return the seconds that a question takes: the median of some rounds, of more if they are short."""
    times: list[float] = []
    conn.execute(query.encode(), values, prepare=True, binary=True).fetchall()
    while len(times) < ROUNDS or (len(times) < MANY_ROUNDS and sum(times) < ENOUGH):
        began = perf_counter()
        conn.execute(query.encode(), values, prepare=True, binary=True).fetchall()
        times.append(perf_counter() - began)
    return median(times)


def run(server: str, sizes: Iterable[int]) -> None:
    """Make the counties on a server, one after the other, and print the table."""
    print(f"{'':31}{'now':>27}{'a past day':>27}{'as then known':>27}")
    print(f"{'people, question (ms)':31}" + f"{'by hand':>10}{'ours':>10}{'ratio':>7}" * 3, flush=True)
    for people in sizes:
        with scratch(server) as conninfo, connect(conninfo) as conn:
            prepare(conninfo)
            fill(conn, people)
            with telling(people, "months and postings counted"):
                Projector(conninfo, FIXED).catch_up()
            measure(conn, people)


def main() -> None:
    """Run on the server named on the command line, or on an embedded one."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("people", nargs="*", type=int, default=SMALL, help="sizes of the counties")
    parser.add_argument("--large", action="store_true", help=f"one of {LARGE:,} too")
    parser.add_argument("--server", help="a connection string; an embedded server, if not given")
    arguments = parser.parse_args()
    sizes = [*arguments.people, *([LARGE] if arguments.large else [])]
    if arguments.server:
        run(arguments.server, sizes)
        return
    with (
        tempfile.TemporaryDirectory(prefix="zhucun-bench-", ignore_cleanup_errors=True) as folder,
        embedded.start(Path(folder) / "data") as server,
    ):
        run(server.conninfo, sizes)


if __name__ == "__main__":
    main()
