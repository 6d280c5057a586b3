"""How fast reports are made, as a share of PostgreSQL itself in the same run, and in how much memory.

    .venv/bin/python -m bench.reports [PEOPLE ...] [--only REPORT] [--server CONNINFO]

It fills counties of 90 and 900 people as `bench.clocks` does and makes every report there is on the last day
of a year, with the parameters that it has by itself: so a month or a day counts for a year. "PostgreSQL" is
`COPY (statement) TO STDOUT` of the very same statements with the same values, read and thrown away. A report
is timed until its file is written, digests and cover included; all but the signatures, which take a few
milliseconds and need a ledger, which a county filled so has not. Both sides use one process of the database.
Each time is the median of a few rounds, taken in turns.

All reports are made in one process of their own, the worker, that does nothing else. "Growth" is what a
report added to its peak of memory: the first ones load what all need, and it is flat if ten times the people
add little.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from datetime import UTC, date, datetime
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final, NamedTuple

from psycopg import ClientCursor, Connection

from api.clock import Asked, Clock
from api.reports.archive import new_archive
from api.reports.book import new_book
from api.reports.cover import Entry
from api.reports.definition import Report
from api.reports.make import Form
from api.reports.registry import REPORTS
from api.reports.rows import lines_of, snapshot
from bench.clocks import SMALL, fill, telling
from bench.ledger import scratch
from ledger import embedded
from ledger.database import connect
from projections.projector import Projector
from projections.schema import prepare
from tests.keyring import FIXED

YEAR_END: Final = date(2023, 12, 31)
ROUNDS: Final = 3
ONE_PROCESS: Final = "set local max_parallel_workers_per_gather = 0"
COVER: Final = (Entry("报表", "bench"),)


class Made(NamedTuple):
    """A report: its rows, the seconds it took as each form and to copy, and the peak's growth in MB."""

    rows: int
    copying: float
    taken: Mapping[Form, float]
    growth: float


def peak() -> float:
    """Return the most memory that this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def values_of(report: Report, known: int) -> dict[str, Any]:
    """Return what its statements take on the last day of the year."""
    now = datetime.now(UTC)
    clock = Clock(YEAR_END, known, now, Asked(), YEAR_END, now.date(), in_future=False, first_at=None)
    return {**clock.params, **{it.name: it.read(None, clock) for it in report.parameters}}


def copied(conninfo: str, report: Report, values: Mapping[str, Any]) -> float:
    """Return the seconds that PostgreSQL takes to copy the rows of all its tables."""
    with snapshot(conninfo) as conn:
        conn.execute(ONE_PROCESS)
        writing = ClientCursor(conn)
        statements = [f"copy ({writing.mogrify(it.statement, values)}) to stdout" for it in report.tables]
        began = perf_counter()
        for statement in statements:
            with conn.cursor() as cursor, cursor.copy(statement.encode()) as copy:
                for _ in copy:
                    pass
        return perf_counter() - began


def written(conninfo: str, report: Report, values: Mapping[str, Any], form: Form) -> tuple[int, float]:
    """Return how many rows a report has, and the seconds that it takes to write its file."""
    began = perf_counter()
    with tempfile.TemporaryFile() as file, snapshot(conninfo) as conn:
        conn.execute(ONE_PROCESS)
        making = new_archive(file) if form is Form.ZIP else new_book(file, report.zh, "bench")
        with making as output:
            rows = sum(output.table(it, lines_of(conn, it, values)).rows for it in report.tables)
            output.cover(COVER)
    return rows, perf_counter() - began


def make(conninfo: str, report: str, known: int) -> Made:
    """Make a report, and copy its rows, in turns."""
    (it,) = (one for one in REPORTS if one.name == report)
    values, before = values_of(it, known), peak()
    copying, taken = [], {form: list[float]() for form in Form}
    rows = 0
    for _ in range(ROUNDS):
        copying.append(copied(conninfo, it, values))
        for form, times in taken.items():
            rows, seconds = written(conninfo, it, values, form)
            times.append(seconds)
    return Made(rows, median(copying), {form: median(it) for form, it in taken.items()}, peak() - before)


def measure(
    conn: Connection[Any], conninfo: str, worker: Executor, people: int, names: Sequence[str]
) -> None:
    """Make each report of a county and print the table."""
    ((known,),) = conn.execute("select position from read.projector").fetchall()
    for name in names:
        made = worker.submit(make, conninfo, name, known).result()
        cells = (f"{1000 * it:9,.0f}{made.copying / it:7.2f}" for it in made.taken.values())
        print(
            f"{people:>6,} {name:16}{made.rows:>9,}{1000 * made.copying:12,.0f}",
            *cells,
            f"{made.growth:10,.1f}",
            sep="",
            flush=True,
        )


def run(server: str, sizes: Iterable[int], names: Sequence[str]) -> None:
    """Make the counties on a server, one after the other, and print the table."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as worker:
        print(f"the worker has {worker.submit(peak).result():,.0f} MB before it begins")
        forms = "".join(f"{it:>9}{'ratio':>7}" for it in Form)
        print(
            f"{'people, report':23}{'rows':>9}{'PostgreSQL':>12}{forms}{'growth':>10}   (ms, MB)", flush=True
        )
        for people in sizes:
            with scratch(server) as conninfo, connect(conninfo) as conn:
                prepare(conninfo)
                fill(conn, people)
                with telling(people, "months and postings counted"):
                    Projector(conninfo, FIXED).catch_up()
                measure(conn, conninfo, worker, people, names)


def main() -> None:
    """Run on the server named on the command line, or on an embedded one."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("people", nargs="*", type=int, default=SMALL, help="sizes of the counties")
    parser.add_argument(
        "--only", action="append", choices=[it.name for it in REPORTS], help="this report alone"
    )
    parser.add_argument("--server", help="a connection string; an embedded server, if not given")
    arguments = parser.parse_args()
    names = arguments.only or [it.name for it in REPORTS]
    if arguments.server:
        run(arguments.server, arguments.people, names)
        return
    with (
        tempfile.TemporaryDirectory(prefix="zhucun-bench-", ignore_cleanup_errors=True) as folder,
        embedded.start(Path(folder) / "data") as server,
    ):
        run(server.conninfo, arguments.people, names)


if __name__ == "__main__":
    main()
