"""How fast the read side is filled and answers, as a share of what PostgreSQL itself does in the same run.

    .venv/bin/python -m bench.projections [CONNINFO]

Without a connection string it starts an embedded server in a temporary folder. The county is made up: ninety
people over three years each, some 130,000 events, one check-in in thirty entered weeks late, one in fifty
voided. "PostgreSQL" is, for filling, a binary COPY of the very rows that the fold makes, already made, into
tables with the same indexes; for reading, a statement written by hand for that one question, without clocks.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple, cast
from uuid import NAMESPACE_URL, UUID, uuid5

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from bench.ledger import scratch
from domain.commands import Form, Household, Score
from domain.entry import Actor
from domain.events import AnyEvent
from domain.instructor import Instructor
from domain.root import Event
from domain.terms import (
    AppraisalKind,
    Education,
    Employment,
    Gender,
    Grade,
    HouseholdCategory,
    InspectionKind,
    Role,
    Route,
    SubsidyKind,
    VillageKind,
)
from domain.village import Village
from ledger import embedded
from ledger.database import connect
from ledger.mapper import EventMapper
from ledger.recorder import Recorder
from ledger.store import Datastore
from projections.facts import TABLES, Row
from projections.fold import Voiding, fold
from projections.projector import Projector
from projections.schema import READ, make, prepare
from tests.keyring import FIXED

PEOPLE = 90
HOUSEHOLDS = 300
DAYS = 1095
ROUNDS = 3
BARE = "bare"
FORM = Form(
    name="陈思远",
    gender=Gender.FEMALE,
    born=date(1990, 6, 15),
    ethnicity="汉族",
    native_place="湖南湘阴",
    birthplace="湖南湘阴",
    party_joined=date(2012, 7, 1),
    work_started=date(2013, 8, 1),
    health="健康",
    education=Education.BACHELOR,
    school="湖南农业大学",
    employment=Employment.CIVIL_SERVANT,
    position="科员",
    clerk_since=date(2014, 8, 1),
)
ACTOR = Actor("4306240001", Role.ORGANISATION_DEPARTMENT, "中共湘阴县委组织部")


class Happening(NamedTuple):
    """An event not yet numbered: when it is entered, of which class, about whom, on what day, with what."""

    entered: datetime
    kind: type[Event]
    about: UUID
    day: date
    content: dict[str, Any]


def life(number: int, chance: random.Random) -> Iterator[Happening]:
    """Yield a person's term in a village, three years of it."""
    person, village = uuid5(NAMESPACE_URL, f"person/{number}"), uuid5(NAMESPACE_URL, f"village/{number}")
    since = date(2020 + number % 3, 4, 1)
    term = {"batch_year": since.year, "until": since + timedelta(DAYS - 1), "replaces": None}
    there = {"village_id": village}

    def at(day: int, event: type[Event], about: UUID, days_late: int = 0, /, **content: Any) -> Happening:
        on = since + timedelta(day)
        entered = datetime.combine(on + timedelta(days_late), time(10), UTC)
        return Happening(entered, event, about, on, content)

    yield at(
        -10,
        Village.Nominated,
        village,
        code=f"4306241{number:05}",
        name=f"村{number}",
        township_code=f"4306241{number % 15:02}",
        township=f"镇{number % 15}",
        year=since.year,
        kind=VillageKind.VILLAGE,
        weak_or_lagging=number % 4 == 0,
        reason="软弱涣散",
    )
    yield at(-8, Village.Approved, village, year=since.year)
    categories = (HouseholdCategory.REGISTERED_POOR, *[HouseholdCategory.ORDINARY] * 5)
    households = tuple(
        Household(code=f"H-{n:04}", category=categories[n % len(categories)]) for n in range(HOUSEHOLDS)
    )
    yield at(-7, Village.HouseholdsRegistered, village, households=households)
    yield at(
        -6,
        Instructor.Nominated,
        person,
        staff_number=f"XY-{number}",
        batch_year=since.year,
        route=Route.SENDING_UNIT,
        nominating_body="县农业农村局",
        sending_unit="县农业农村局",
        collective_study_on=since - timedelta(7),
        form=FORM,
    )
    yield at(-4, Instructor.Approved, person, batch_year=since.year, exceptions=())
    yield at(0, Village.InstructorPosted, village, instructor_id=person, **term)
    yield at(0, Instructor.Appointed, person, **there, **term)
    yield at(2, Instructor.PartyRelationTransferred, person, **there, branch="村党支部")
    for day in range(DAYS):
        if chance.random() < 0.7:
            late = 21 if chance.random() < 1 / 30 else 0
            seen = {"at": time(8, 30), "place": "村部", "source_record": f"dingtalk/{number}/{day}"}
            yield at(day, Instructor.CheckedIn, person, late, **there, **seen)
        if chance.random() < 0.5:
            home = households[chance.randrange(HOUSEHOLDS)]
            visited = {"household": home.code, "category": home.category}
            yield at(day, Instructor.HouseholdVisited, person, **there, **visited)
        if day % 30 == 29:
            month = f"{since + timedelta(day):%Y-%m}"
            yield at(day, Instructor.DutyRecorded, person, **there, duty="三(二)1", summary="主题党日")
            found = {"kind": InspectionKind.MONTHLY, "conclusion": "正常", "problems_found": False}
            yield at(day, Instructor.Inspected, person, **there, **found)
            amount = Decimal(chance.randrange(1, 99_999)) / 100
            paid = {"kind": SubsidyKind.LIVING, "month": month, "amount": amount}
            yield at(day, Instructor.SubsidyPaid, person, **there, **paid)
        if day % 365 == 100:
            project = uuid5(person, f"project/{day}")
            begun = {"project_id": project, "year": since.year, "title": f"路灯{day}"}
            yield at(day, Instructor.ProjectStarted, person, **there, **begun)
            done = {"project_id": project, "outcome": "亮了", "households_served": 80}
            yield at(day + 90, Instructor.ProjectCompleted, person, **there, **done)
            period = str(since.year + day // 365)
            graded = {"kind": AppraisalKind.YEARLY, "period": period, "grade": Grade.COMPETENT}
            scores = (Score(part="述职", points=Decimal(chance.randrange(60, 100))),)
            yield at(day + 91, Instructor.Appraised, person, **there, **graded, scores=scores)


def county(people: int) -> tuple[list[Event], list[datetime]]:
    """Return the events of a county in the order of their entry, and when each was entered."""
    chance = random.Random(20200317)
    happenings = [it for number in range(people) for it in life(number, chance)]
    mistakes = [
        Happening(it.entered + timedelta(30), Instructor.Voided, it.about, it.day, {"mistake": number})
        for number, it in enumerate(happenings)
        if it.kind is Instructor.CheckedIn and chance.random() < 1 / 50
    ]
    happenings += mistakes
    versions: dict[UUID, int] = defaultdict(int)
    version_of: dict[int, int] = {}
    events, clocks = [], []
    for number in sorted(range(len(happenings)), key=lambda number: happenings[number].entered):
        it = happenings[number]
        versions[it.about] += 1
        version_of[number] = versions[it.about]
        content = dict(it.content)
        if "mistake" in content:
            content = {"voided_version": version_of[content["mistake"]], "reason": "打卡有误"}
        event = it.kind(
            originator_id=it.about,
            originator_version=versions[it.about],
            occurred_on=it.day,
            actor=ACTOR,
            command_id=UUID(int=number + 1),
            command_digest="0123456789abcdef" * 2,
            **content,
        )
        events.append(event)
        clocks.append(it.entered)
    return events, clocks


class Question(NamedTuple):
    """A question to the read side, and the same asked of the tables by hand, without clocks."""

    name: str
    ours: str
    by_hand: str | None = None


NEVER = 2**63 - 1
QUESTIONS = (
    Question(
        "days present, everybody",
        "select id, days_present from read.instructor_at(%(day)s, %(known)s)",
        "select instructor_id, count(*) from read.check_in where voided_at = %(never)s group by 1",
    ),
    Question(
        "days present, one person",
        "select days_present from read.instructor_at(%(day)s, %(known)s) where id = %(one)s",
        "select count(*) from read.check_in where instructor_id = %(one)s and voided_at = %(never)s",
    ),
    Question(
        "days present, batches",
        "select year, days_present from read.batch_at(%(day)s, %(known)s)",
        "select a.batch_year, count(*) from read.appointment a join read.check_in c using (instructor_id)"
        " where c.voided_at = %(never)s group by 1",
    ),
    Question(
        "short months, everybody",
        "select instructor_id, month from read.attendance_at(%(day)s, %(known)s) where short",
        "select instructor_id, date_trunc('month', occurred_on) from read.check_in"
        " where voided_at = %(never)s group by 1, 2 having count(*) < 20",
    ),
    Question("everything, everybody", "select * from read.instructor_at(%(day)s, %(known)s)"),
    Question(
        "everything, one person", "select * from read.instructor_at(%(day)s, %(known)s) where id = %(one)s"
    ),
    Question("coverage, everybody", "select * from read.coverage_at(%(day)s, %(known)s)"),
    Question("everything, batches", "select * from read.batch_at(%(day)s, %(known)s)"),
)


def seconds(work: Callable[[], object]) -> float:
    """Return how long it took."""
    start = perf_counter()
    work()
    return perf_counter() - start


def copied(conn: Connection[Any], rows: Mapping[type[Row], Sequence[Row]]) -> float:
    """Return how long PostgreSQL takes to copy rows into empty read tables."""
    make(conn, BARE)
    start = perf_counter()
    with conn.transaction(), conn.cursor() as cursor:
        for kind, content in rows.items():
            table = TABLES[kind]
            columns = SQL(", ").join(map(Identifier, table.columns))
            into = SQL("copy {} ({}) from stdin (format binary)")
            with cursor.copy(into.format(Identifier(BARE, table.name), columns)) as copy:
                copy.set_types(table.types)
                for row in content:
                    copy.write_row(row)
    taken = perf_counter() - start
    conn.execute(SQL("drop schema {} cascade").format(Identifier(BARE)))
    return taken


def projected(conninfo: str, conn: Connection[Any]) -> float:
    """Return how long the projector takes for the whole ledger, the log over it included."""
    conn.execute(SQL("drop schema if exists {} cascade").format(Identifier(READ)))
    conn.execute("alter table ledger.tree_node disable trigger all")
    conn.execute("truncate ledger.tree_node")
    prepare(conninfo)
    return seconds(Projector(conninfo, FIXED).catch_up)


def filling(conninfo: str, conn: Connection[Any]) -> None:
    """Record the county, then fill the read side by both ways and print the rates."""
    events, clocks = county(PEOPLE)
    recorder = Recorder(Datastore(conninfo, pool_size=1, max_overflow=0))
    mapper = EventMapper(FIXED)
    recorder.insert_events([mapper.to_stored_event(event) for event in events], recorded_at=clocks)
    recorder.datastore.close()
    rows: dict[type[Row], list[Row]] = defaultdict(list)
    for position, (event, clock) in enumerate(zip(events, clocks, strict=True), start=1):
        for change in fold(cast("AnyEvent", event), position, clock):
            if not isinstance(change, Voiding):
                rows[type(change)].append(change)
    limit = median(copied(conn, rows) for _ in range(ROUNDS))
    ours = median(projected(conninfo, conn) for _ in range(ROUNDS))
    number = len(events)
    print(f"{number:,} events, {sum(map(len, rows.values())):,} rows")
    print(f"{'':26}{'PostgreSQL':>12}{'ours':>12}{'ratio':>8}")
    print(f"{'filling (events/s)':26}{number / limit:12,.0f}{number / ours:12,.0f}{limit / ours:8.2f}")


def asking(conn: Connection[Any]) -> None:
    """Ask every question, by hand too where there is a way, and print the times."""
    conn.execute("set jit = off")  # as whoever serves these reads does
    ((known, one),) = conn.execute(
        "select p.position, (select min(instructor_id::text)::uuid from read.nomination)"
        " from read.projector p"
    ).fetchall()
    values = {"day": date(2026, 1, 1), "known": known, "one": one, "never": NEVER}
    for question in QUESTIONS:
        ours, by_hand = (
            None if query is None else 1000 * asked(conn, query, values)
            for query in (question.ours, question.by_hand)
        )
        limit, ratio = ("", "") if by_hand is None else (f"{by_hand:.2f}", f"{by_hand / (ours or 1):.2f}")
        print(f"{question.name + ' (ms)':26}{limit:>12}{ours:12.2f}{ratio:>8}")


def asked(conn: Connection[Any], query: str, values: Mapping[str, Any]) -> float:
    """Return the seconds that a prepared question takes, the median of some."""
    statement = query.encode()
    times = [
        seconds(lambda: conn.execute(statement, values, prepare=True, binary=True).fetchall())
        for _ in range(9)
    ]
    return median(times)


def run(server: str) -> None:
    """Measure on a server and print the table."""
    with scratch(server) as conninfo, connect(conninfo) as conn:
        filling(conninfo, conn)
        asking(conn)


def main() -> None:
    """Run on the server named on the command line, or on an embedded one."""
    if len(sys.argv) > 1:
        run(sys.argv[1])
        return
    with (
        tempfile.TemporaryDirectory(prefix="zhucun-bench-", ignore_cleanup_errors=True) as folder,
        embedded.start(Path(folder) / "data") as server,
    ):
        run(server.conninfo)


if __name__ == "__main__":
    main()
