"""A log taken out and put into an empty store: the same events, the same root, and nothing in between."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any, Final

import orjson
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ledger import tree
from ledger.database import connect, found_ledger, identity
from ledger.errors import (
    CannotRestore,
    ClockWentBack,
    ExportCutShort,
    ExportRootDiffers,
    ExportWrong,
    LedgerNotEmpty,
    LogDiffers,
    NotFounded,
    RestorationUnfinished,
    StoreDiffers,
    refusals,
)
from ledger.exchange import event_line, told_by
from ledger.leaf import leaf_data
from ledger.merkle import leaf_hash
from ledger.restore import BATCH, restore
from tests import facts, postgres
from tests.conftest import COUNTY, ORIGIN
from tests.ledger.logs import enter, head_of, lines_of
from tests.ledger.samples import NOON, append, records

DAYS: Final = 2000
"""Check-ins: more than one batch."""

EVENTS: Final = len(facts.ONE_OF_EACH)
EARLY: Final = NOON.replace(year=2019)
LATE: Final = NOON.replace(year=2031)


@pytest.fixture(scope="module")
def source(server: str, template: str) -> Iterator[str]:
    """A ledger with one event of each kind and a long row of check-ins, and its log."""
    with postgres.database_from(server, template) as conninfo:
        with connect(conninfo) as conn:
            found_ledger(conn, origin=ORIGIN, county=COUNTY, simulated=True)
        enter(conninfo, *facts.ONE_OF_EACH, *(facts.checked_in() for _ in range(DAYS)))
        yield conninfo


@pytest.fixture(scope="module")
def exported(source: str) -> list[bytes]:
    """The lines of its export."""
    return lines_of(source)


@pytest.fixture(scope="module")
def small(source: str) -> list[bytes]:
    """The lines of a short one."""
    return lines_of(source, upto=EVENTS)


def rows_of(conninfo: str) -> list[tuple[Any, ...]]:
    with connect(conninfo) as conn:
        return conn.execute("select * from ledger.events order by position").fetchall()


def cut_after(count: int, lines: list[bytes]) -> Iterator[bytes]:
    """The lines as whoever interrupts the reading sees them."""
    yield from lines[: count + 1]
    raise KeyboardInterrupt


# Restoring


def test_a_restored_ledger_is_the_same_to_the_last_byte(
    source: str, exported: list[bytes], database: str
) -> None:
    seen: list[tuple[int, int]] = []
    restored = restore(database, exported, lambda done, of: seen.append((done, of)))
    size = len(exported) - 1
    assert restored.added == size
    assert rows_of(database) == rows_of(source)
    assert seen == [(BATCH, size), (size, size)]
    assert lines_of(database) == exported
    with connect(source) as there, connect(database) as here:
        assert identity(here) == identity(there)
        assert tree.root_at(here, size) == tree.root_at(there, size)


def test_a_restored_ledger_says_so(exported: list[bytes], database: str) -> None:
    head = restore(database, exported).head
    with connect(database) as conn:
        assert conn.execute("select size, root from ledger.restoration").fetchall() == [
            (head.size, head.root)
        ]


def test_a_restored_ledger_goes_on_where_the_other_stood(exported: list[bytes], database: str) -> None:
    restore(database, exported)
    assert append(database, records(2)) == [len(exported), len(exported) + 1]


def test_a_ledger_without_events_can_be_restored(source: str, database: str) -> None:
    restored = restore(database, lines_of(source, upto=0))
    assert restored.added == 0
    with connect(database) as conn:
        assert identity(conn) == restored.head.identity


def test_restoring_again_changes_nothing(exported: list[bytes], database: str) -> None:
    restore(database, exported)
    before = rows_of(database)
    assert restore(database, exported).added == 0
    assert rows_of(database) == before


def test_nothing_is_restored_into_a_ledger_that_is_there(
    exported: list[bytes], simulated_ledger: str
) -> None:
    with pytest.raises(LedgerNotEmpty, match=ORIGIN):
        restore(simulated_ledger, exported)
    assert rows_of(simulated_ledger) == []


def test_nothing_is_restored_into_what_was_restored_from_another_file(
    source: str, exported: list[bytes], database: str
) -> None:
    restore(database, lines_of(source, upto=5))
    with pytest.raises(LedgerNotEmpty):
        restore(database, exported)
    assert len(rows_of(database)) == 5


def test_nothing_is_restored_into_another_countys_ledger_with_the_same_events(
    small: list[bytes], database: str
) -> None:
    restore(database, small)
    with pytest.raises(LedgerNotEmpty):
        restore(database, relabelled(small, county="430625"))


def test_a_log_of_something_else_founds_nothing(small: list[bytes], database: str) -> None:
    with connect(database) as conn:
        add = "insert into ledger.tree_node (level, index, hash) values (0, 0, sha256(''))"
        conn.execute(add)
        with pytest.raises(LogDiffers):
            restore(database, small)
        assert identity(conn) is None


# Interrupted


def test_what_was_interrupted_goes_on(source: str, exported: list[bytes], database: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        restore(database, cut_after(BATCH + 7, exported))
    assert len(rows_of(database)) == BATCH
    assert restore(database, exported).added == len(exported) - 1 - BATCH
    assert rows_of(database) == rows_of(source)


def test_a_restoration_goes_on_in_the_middle_of_a_batch(source: str, database: str) -> None:
    lines = lines_of(source, upto=9)
    with pytest.raises(ExportCutShort, match="4 events of 9"):
        restore(database, lines[:5])
    assert restore(database, lines).added == 5
    assert rows_of(database) == rows_of(source)[:9]


def test_there_is_no_ledger_before_its_restoration_is_finished(exported: list[bytes], database: str) -> None:
    with pytest.raises(ExportCutShort):
        restore(database, exported[:4])
    with connect(database) as conn:
        assert identity(conn) is None
        with pytest.raises(RestorationUnfinished, match="zhucun import"):
            found_ledger(conn, origin=ORIGIN, county=COUNTY, simulated=True)
        assert identity(conn) is None
    with pytest.raises(NotFounded):
        append(database, records(1))


def test_it_does_not_go_on_with_another_file(exported: list[bytes], database: str) -> None:
    with pytest.raises(ExportCutShort):
        restore(database, exported[:9])
    another = [*exported[:3], retold(exported[3], state=b"{}"), *exported[4:]]
    with pytest.raises(StoreDiffers, match="whose event 3 is not"):
        restore(database, another)
    with pytest.raises(StoreDiffers, match="whose event 4 is not"):
        restore(database, relabelled(exported[:4], size=3))
    assert restore(database, exported).added == len(exported) - 9


# Files that are not as they were written


def test_a_file_that_is_cut_short_founds_nothing_and_the_whole_one_goes_on(
    exported: list[bytes], database: str
) -> None:
    with pytest.raises(ExportCutShort, match="0 events of"):
        restore(database, exported[:1])
    assert restore(database, exported).added == len(exported) - 1


def relabelled(lines: list[bytes], **members: Any) -> list[bytes]:
    """An export whose first line says something else."""
    return [orjson.dumps(head_of(lines) | members), *lines[1:]]


def retold(line: bytes, **fields: Any) -> bytes:
    """The line of another event, as somebody writes it who knows the format."""
    row = told_by(line, 0).row._replace(**fields)
    return orjson.dumps(event_line(row, leaf_hash(leaf_data(row))))


def swapped(lines: list[bytes]) -> list[bytes]:
    return [*lines[:4], lines[5], lines[4], *lines[6:]]


def renumbered(lines: list[bytes]) -> list[bytes]:
    """Without the second event, and with new numbers for those after it."""
    rest = [retold(line, position=number) for number, line in enumerate(lines[3:], 2)]
    return [*relabelled(lines[:2], size=len(rest) + 1), *rest]


def slipped_in(lines: list[bytes]) -> list[bytes]:
    """With one event more at the end."""
    last = told_by(lines[-1], 0).row
    more = retold(lines[-1], position=last.position + 1, originator_version=last.originator_version + 1)
    return [*relabelled(lines, size=last.position + 1), more]


@pytest.mark.parametrize(
    ("spoil", "line", "reason"),
    [
        (lambda lines: [*lines[:4], lines[4].replace(b'"version":', b'"version":1'), *lines[5:]], 5, "leaf"),
        (lambda lines: [*lines[:4], *lines[5:]], 5, "no event with position 5 belongs here"),
        (lambda lines: [*lines[:5], lines[4], *lines[5:]], 6, "no event with position 4 belongs here"),
        (swapped, 5, "no event with position 5 belongs here"),
        (lambda lines: [*lines, lines[-1]], EVENTS + 2, f"no event with position {EVENTS} belongs here"),
        (
            lambda lines: [*lines, slipped_in(lines)[-1]],
            EVENTS + 2,
            f"no event with position {EVENTS + 1} belongs here",
        ),
        (lambda lines: [*lines, b"\n"], EVENTS + 2, "Input data was truncated"),
        (lambda lines: [lines[0], b"", *lines[1:]], 2, "Input data was truncated"),
        (lambda lines: lines[1:], 1, "not a log's export"),
        (lambda lines: [*lines[:4], retold(lines[4], originator_version=1), *lines[5:]], 5, "should be 4"),
        (lambda lines: [*lines[:9], retold(lines[9], recorded_at=EARLY), *lines[10:]], 10, "goes back"),
        (renumbered, 3, "version should be 2"),
    ],
)
def test_a_line_that_is_wrong_is_named_and_founds_nothing(
    small: list[bytes], database: str, spoil: Callable[[list[bytes]], list[bytes]], line: int, reason: str
) -> None:
    with pytest.raises(ExportWrong, match=reason) as refused:
        restore(database, spoil(small))
    assert refused.value.facts["line"] == line
    with connect(database) as conn:
        assert identity(conn) is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lines: [*lines[:4], retold(lines[4], state=b'{"place":null}'), *lines[5:]],
        lambda lines: [*lines[:4], retold(lines[4], topic="Village.Voided"), *lines[5:]],
        lambda lines: [*lines[:-1], retold(lines[-1], recorded_at=LATE)],
        lambda lines: relabelled(lines[:-1], size=EVENTS - 1),
        lambda lines: relabelled(lines, root=b64encode(bytes(32)).decode()),
        slipped_in,
    ],
)
def test_a_log_that_leads_to_another_root_founds_nothing(
    small: list[bytes], database: str, spoil: Callable[[list[bytes]], list[bytes]]
) -> None:
    with pytest.raises(ExportRootDiffers, match="was altered"):
        restore(database, spoil(small))
    with connect(database) as conn:
        assert identity(conn) is None


# What the database itself refuses

ADD: Final = """
select ledger.restore(
    array[gen_random_uuid()], array[1], array['Lamp.Lit'], array[''::bytea], array[null::uuid],
    array[%s::timestamptz], %s
)
"""


def test_the_database_restores_one_position_after_the_other(database: str) -> None:
    with connect(database) as conn, refusals():
        with pytest.raises(CannotRestore, match="next position: 1, given: 2"), refusals():
            conn.execute(ADD, (NOON, 2))
        conn.execute(ADD, (NOON, 1))
        with pytest.raises(CannotRestore, match="next position: 2, given: 1"), refusals():
            conn.execute(ADD, (NOON, 1))


def test_the_database_restores_no_time_before_the_last(database: str) -> None:
    with connect(database) as conn:
        conn.execute(ADD, (NOON, 1))
        with pytest.raises(ClockWentBack), refusals():
            conn.execute(ADD, (EARLY, 2))
        with pytest.raises(ClockWentBack), refusals():
            conn.execute(ADD, (None, 2))


def test_the_database_restores_nothing_to_a_ledger_that_is_founded(simulated_ledger: str) -> None:
    with connect(simulated_ledger) as conn, pytest.raises(CannotRestore, match="founded"), refusals():
        conn.execute(ADD, (NOON, 1))


def test_the_serving_role_cannot_restore(database: str) -> None:
    served = make_conninfo(database, options="-c role=zhucun_serving")
    with connect(served) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(ADD, (NOON, 1))
