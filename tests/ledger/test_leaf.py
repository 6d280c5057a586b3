"""A leaf's bytes: those that the specification names, and those that PostgreSQL sends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import Connection
from psycopg.sql import SQL

from ledger.database import connect
from ledger.leaf import COLUMNS, leaf_data, microseconds
from ledger.merkle import leaf_hash
from ledger.records import LedgerRow

HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER: Final = b"\xff\xff"
BIGGEST: Final = 2**63 - 1

ROWS: Final = st.builds(
    LedgerRow,
    position=st.integers(1, BIGGEST),
    originator_id=st.uuids(),
    originator_version=st.integers(0, BIGGEST),
    # PostgreSQL's text has every character but this one.
    topic=st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=40),
    state=st.binary(max_size=300),
    recorded_at=st.datetimes(timezones=st.timezones() | st.just(UTC)),
)

COPY: Final = f"""
copy (
    select {COLUMNS}
    from (values (%s::bigint, %s::uuid, %s::bigint, %s::text, %s::bytea, %s::timestamptz))
        as stored (position, originator_id, originator_version, topic, state, recorded_at)
) to stdout (format binary)
"""  # noqa: S608 - a constant of the program

BY_SQL: Final = """
select sha256(
    '\\x00'::bytea || int2send(6::smallint)
    || int4send(8) || int8send(position)
    || int4send(16) || uuid_send(originator_id)
    || int4send(8) || int8send(originator_version)
    || int4send(octet_length(topic)) || textsend(topic)
    || int4send(8)
    || int8send((extract(epoch from recorded_at - timestamptz '2000-01-01 00:00:00+00') * 1000000)::bigint)
    || int4send(octet_length(state)) || state
)
from (values (%s::bigint, %s::uuid, %s::bigint, %s::text, %s::bytea, %s::timestamptz))
    as stored (position, originator_id, originator_version, topic, state, recorded_at)
"""
"""The leaf hash as the page on the formats describes it, said in another language."""


@pytest.fixture(scope="module")
def conn(server: str) -> Iterator[Connection[Any]]:
    """Any connection: nothing of the ledger's is read."""
    with connect(server) as connection:
        yield connection


def test_a_leaf_has_its_six_fields_each_preceded_by_its_length() -> None:
    row = LedgerRow(
        position=258,
        originator_id=UUID("00112233-4455-6677-8899-aabbccddeeff"),
        originator_version=3,
        topic="村.Lit",
        state=b"{}",
        recorded_at=datetime(2000, 1, 1, 8, 0, 1, 5, tzinfo=UTC),
    )
    assert leaf_data(row).hex(" ", -4) == bytes.fromhex(
        "0006"
        "00000008 0000000000000102"
        "00000010 00112233445566778899aabbccddeeff"
        "00000008 0000000000000003"
        "00000007 e69d912e4c6974"
        "00000008 00000006b4ac6245"
        "00000002 7b7d"
    ).hex(" ", -4)


def test_times_count_from_2000_whatever_their_zone() -> None:
    assert microseconds(datetime(2000, 1, 1, tzinfo=UTC)) == 0
    assert microseconds(datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1
    beijing = timezone(timedelta(hours=8))
    assert microseconds(datetime(2021, 5, 3, 20, tzinfo=beijing)) == 673_358_400_000_000


@settings(max_examples=200)
@given(row=ROWS)
def test_a_leaf_is_what_a_binary_copy_sends(conn: Connection[Any], row: LedgerRow) -> None:
    with conn.cursor() as cursor, cursor.copy(SQL(COPY), _values(row)) as copy:
        sent = b"".join(bytes(piece) for piece in copy)
    assert sent == HEADER + leaf_data(row) + TRAILER


@settings(max_examples=200)
@given(row=ROWS)
def test_postgresql_itself_computes_the_same_leaf_hash(conn: Connection[Any], row: LedgerRow) -> None:
    found = conn.execute(SQL(BY_SQL), _values(row)).fetchone()
    assert found == (leaf_hash(leaf_data(row)),)


@given(row=ROWS, other=ROWS)
def test_different_rows_have_different_leaves(row: LedgerRow, other: LedgerRow) -> None:
    same = _values(row)[:5] == _values(other)[:5] and row.recorded_at == other.recorded_at
    assert (leaf_data(row) == leaf_data(other)) is same


@given(row=ROWS)
def test_no_bit_can_move_from_one_field_to_the_next(row: LedgerRow) -> None:
    moved = row._replace(topic=row.topic + "x", state=row.state[1:])
    later = row._replace(recorded_at=_a_microsecond_off(row.recorded_at))
    hashes = {sha256(leaf_data(it)).digest() for it in (row, moved, later)}
    assert len(hashes) == 3


def _a_microsecond_off(moment: datetime) -> datetime:
    step = timedelta(microseconds=1)
    return moment - step if moment.year > 5000 else moment + step


def _values(row: LedgerRow) -> tuple[object, ...]:
    return tuple(row)
