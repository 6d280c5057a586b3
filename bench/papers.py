"""How fast check-ins come in by each road, as a share of what PostgreSQL itself does in the same run.

    .venv/bin/python -m bench.papers [month] [year] [--counties N] [--people N] [--server CONNINFO]

Without a name it measures both, on an embedded server in a temporary folder unless one is named.

- month: of a county of ninety people, some 2,000 check-ins: by DingTalk's workbook (原始记录), by the same as
  CSV, and by the API of a server on the loopback that behaves as DingTalk's.
- year: of a prefecture, county after county, each with a ledger of its own and some 22,000 check-ins, by
  workbook and by CSV; two counties unless more are asked for: nine are the prefecture.

A road is timed from the file, or from the first request, until all is on record, every rule checked; the read
side follows later and is measured elsewhere. "PostgreSQL" is a binary COPY of the very rows that this put
into the ledger, already made, into a bare table with the same columns and indexes. All roads are walked in
one process of their own, the worker, which makes no files, so that its peak of memory is theirs. It grows
with the file, all of which is recorded in one append, and is flat if a further county adds nothing. What
the API tells is recorded in one append for each part of up to fifty people and seven days.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

from psycopg import Connection

from api.dingtalk.client import Client
from api.dingtalk.pull import Done, pull
from api.papers.grid import read_file
from api.papers.intake import Intake
from api.papers.sheets.check_ins import CHECK_INS
from api.settings import DingTalk
from bench.ledger import BARE, COLUMNS, TYPES, scratch
from bench.projections import FORM
from bench.punches import Period, Punch, let_punch, punches, staff_number, user, write_text, write_workbook
from domain.commands import (
    AnyCommand,
    Appoint,
    ApproveInstructor,
    ApproveVillage,
    NominateInstructor,
    NominateVillage,
)
from domain.entry import Actor
from domain.ids import instructor_id, village_id
from domain.programme import Programme
from domain.terms import Role, Route, VillageKind
from ledger import embedded
from ledger.database import connect
from ledger.mapper import EventMapper
from projections.projector import Projector
from projections.schema import prepare
from tests.api.dingtalk.server import APP_KEY, APP_SECRET, dingtalk

KEYS: Final = tempfile.TemporaryDirectory()
PEOPLE: Final = 90
COUNTIES: Final = 2
PARTS: Final = ("month", "year")
ROUNDS: Final = 3
WRITERS: Final = {"workbook": (".xlsx", write_workbook), "CSV": (".csv", write_text)}
COUNTY: Final = "430624"
SERVING_SINCE: Final = date(2020, 4, 1)
DEPARTMENT: Final = Actor("4306240001", Role.ORGANISATION_DEPARTMENT, "中共湘阴县委组织部")
RECORDED: Final = f"select {COLUMNS} from ledger.events where position > %b order by position"  # noqa: S608 - constants


class Walked(NamedTuple):
    """How long a road took, in seconds, and the worker's peak of memory by then, in MB."""

    seconds: float
    peak: float


Road = Callable[[str], Walked]
"""Brings what is to be brought to the ledger of a connection string."""

MONTH: Final = Period(date(2021, 3, 1), date(2021, 3, 31))
YEAR: Final = Period(date(2021, 1, 1), date(2021, 12, 31))


# A county, and what is on record of it


def to_service(number: int) -> Iterator[AnyCommand]:
    """Yield what puts somebody in service, in a village of their own."""
    code = f"4306241{number:05}"
    yield NominateVillage(
        code=code,
        name=f"村{number}",
        township_code=code[:9],
        township=f"镇{number // 1000}",
        year=SERVING_SINCE.year,
        kind=VillageKind.VILLAGE,
        weak_or_lagging=number % 4 == 0,
        reason="软弱涣散",
    )
    village, person = village_id(COUNTY, code), instructor_id(COUNTY, staff_number(number))
    yield ApproveVillage(village_id=village, year=SERVING_SINCE.year)
    yield NominateInstructor(
        staff_number=staff_number(number),
        batch_year=SERVING_SINCE.year,
        route=Route.SENDING_UNIT,
        nominating_body="县农业农村局",
        sending_unit="县农业农村局",
        collective_study_on=SERVING_SINCE,
        form=FORM,
    )
    yield ApproveInstructor(instructor_id=person)
    yield Appoint(instructor_id=person, village_id=village)


@contextmanager
def opened(conninfo: str, today: Callable[[], date]) -> Iterator[Programme]:
    """Lend the programme of a ledger."""
    env = {"PERSISTENCE_MODULE": "ledger.store", "DATABASE_URL": conninfo, "ZHUCUN_KEYS": KEYS.name}
    with Programme(COUNTY, today, env) as programme:
        yield programme


def put_in_service(conninfo: str, people: int) -> None:
    """Have everybody serve, and the read side know it."""
    with opened(conninfo, lambda: SERVING_SINCE) as programme:
        bulk = programme.bulk()
        commands = (it for number in range(people) for it in to_service(number))
        for number, command in enumerate(commands):
            bulk.execute(
                command,
                occurred_on=SERVING_SINCE,
                actor=DEPARTMENT,
                command_id=UUID(int=number),
                today=SERVING_SINCE,
            )
        bulk.save()
        prepare(conninfo)
        keys = cast("EventMapper", programme.mapper).keys
        assert keys is not None  # noqa: S101 - `opened` names their folder
        Projector(conninfo, keys).catch_up()


def copied(conn: Connection[Any], after: int) -> tuple[float, int]:
    """Return how long PostgreSQL takes to copy what was recorded after a position, and how much that is."""
    with conn.cursor(binary=True) as cursor:
        recorded = cursor.execute(RECORDED.encode(), (after,)).fetchall()
    times = []
    for _ in range(ROUNDS):
        conn.execute(BARE)
        began = perf_counter()
        with (
            conn.transaction(),
            conn.cursor() as cursor,
            cursor.copy(f"copy bare ({COLUMNS}) from stdin (format binary)".encode()) as copy,
        ):
            copy.set_types(TYPES)
            for row in recorded:
                copy.write_row(row)
        times.append(perf_counter() - began)
    return median(times), len(recorded)


# The roads, as the worker walks them


def peak() -> float:
    """Return the most memory that this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def by_file(conninfo: str, file: Path, period: Period) -> Walked:
    """Take in a file, as `zhucun import-paper check-ins --commit` does."""
    with opened(conninfo, period.today) as programme:
        began = perf_counter()
        intake = Intake(programme, conninfo, CHECK_INS, [read_file(file)], DEPARTMENT)
        intake.commit(intake.plan())
        return Walked(perf_counter() - began, peak())


def by_api(conninfo: str, url: str, people: int, period: Period) -> Walked:
    """Ask DingTalk, as `zhucun dingtalk pull` does."""
    client = Client(DingTalk(app_key=APP_KEY, app_secret=APP_SECRET, url=url))
    users = {user(number): staff_number(number) for number in range(people)}
    with opened(conninfo, period.today) as programme, tempfile.TemporaryDirectory() as folder:
        done = Done(Path(folder) / "done.json", datetime.now(UTC))
        began = perf_counter()
        pull(programme, client, users, first=period.first, last=period.last, done=done)
        return Walked(perf_counter() - began, peak())


# Measuring


def measured(server: str, people: int, road: Road) -> tuple[int, float, Walked]:
    """Walk a road to a new county: how many events it led to, the seconds of their COPY, and its own."""
    with scratch(server) as conninfo, connect(conninfo) as conn:
        put_in_service(conninfo, people)
        ((before,),) = conn.execute("select max(position) from ledger.events").fetchall()
        walked = road(conninfo)
        copying, events = copied(conn, before)
    return events, copying, walked


def show(name: str, events: int, copying: float, walked: Walked) -> None:
    """Print a line of the table."""
    print(
        f"{name:26}{events:>8,}{events / copying:12,.0f}{events / walked.seconds:10,.0f}"
        f"{copying / walked.seconds:8.3f}{walked.peak:10,.0f}",
        flush=True,
    )


def month(server: str, worker: Executor, people: int) -> None:
    """Bring a county's month by each road; each figure is the median of a few rounds."""
    found = punches(people, MONTH)
    with tempfile.TemporaryDirectory(prefix="zhucun-bench-") as folder, dingtalk() as ding:
        let_punch(ding, found)

        def by_dingtalk(conninfo: str) -> Walked:
            return worker.submit(by_api, conninfo, ding.url, people, MONTH).result()

        roads: dict[str, Road] = {name: filed(worker, Path(folder), name, found, MONTH) for name in WRITERS}
        for name, road in {**roads, "API": by_dingtalk}.items():
            rounds = [measured(server, people, road) for _ in range(ROUNDS)]
            events, copying, walked = zip(*rounds, strict=True)
            taken = median(it.seconds for it in walked)
            show(f"month, {name}", events[0], median(copying), Walked(taken, walked[-1].peak))


def year(server: str, worker: Executor, people: int, counties: int) -> None:
    """Bring a year of county after county."""
    found = punches(people, YEAR)
    with tempfile.TemporaryDirectory(prefix="zhucun-bench-") as folder:
        for name in WRITERS:
            road = filed(worker, Path(folder), name, found, YEAR)
            for number in range(1, counties + 1):
                show(f"year, {name}, county {number}", *measured(server, people, road))


def filed(worker: Executor, folder: Path, name: str, found: Sequence[Punch], period: Period) -> Road:
    """Write a file and return the road by it."""
    suffix, write = WRITERS[name]
    file = folder / f"punches{suffix}"
    write(file, found)
    return lambda conninfo: worker.submit(by_file, conninfo, file, period).result()


def run(server: str, parts: Sequence[str], people: int, counties: int) -> None:
    """Measure on a server and print the table."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as worker:
        print(
            f"the worker has {worker.submit(peak).result():,.0f} MB before it begins"
        )  # starts it, while small
        print(f"{'':26}{'events':>8}{'PostgreSQL':>12}{'ours':>10}{'ratio':>8}{'peak MB':>10}   (events/s)")
        if "month" in parts:
            month(server, worker, people)
        if "year" in parts:
            year(server, worker, people, counties)


def main() -> None:
    """Run on the server named on the command line, or on an embedded one."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; both, if not given")
    parser.add_argument("--counties", type=int, default=COUNTIES, help="how many bring a year")
    parser.add_argument("--people", type=int, default=PEOPLE, help="of a county")
    parser.add_argument("--server", help="a connection string; an embedded server, if not given")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(unknown)}")
    sizes = arguments.parts or PARTS, arguments.people, arguments.counties
    if arguments.server:
        run(arguments.server, *sizes)
        return
    with (
        tempfile.TemporaryDirectory(prefix="zhucun-bench-", ignore_cleanup_errors=True) as folder,
        embedded.start(Path(folder) / "data") as server,
    ):
        run(server.conninfo, *sizes)


if __name__ == "__main__":
    main()
