"""Reaching a database and founding a ledger, and what is said when that fails."""

from __future__ import annotations

import pytest
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from ledger.database import connect, found_ledger, identity
from ledger.errors import CannotReachDatabase, FoundedOtherwise, WrongEncoding
from tests.conftest import COUNTY, ORIGIN


def test_a_ledger_is_founded_once(database: str) -> None:
    with connect(database) as conn:
        assert identity(conn) is None
        founded = found_ledger(conn, origin=ORIGIN, county=COUNTY, simulated=False)
        assert (founded.origin, founded.county, founded.simulated) == (ORIGIN, COUNTY, False)
        assert found_ledger(conn, origin=ORIGIN, county=COUNTY, simulated=False) == founded
        assert identity(conn) == founded


@pytest.mark.parametrize(
    ("origin", "county", "simulated"),
    [("elsewhere.example/430624", COUNTY, False), (ORIGIN, "430626", False), (ORIGIN, COUNTY, True)],
)
def test_a_ledger_never_becomes_another(real_ledger: str, origin: str, county: str, simulated: bool) -> None:
    with connect(real_ledger) as conn:
        with pytest.raises(FoundedOtherwise):
            found_ledger(conn, origin=origin, county=county, simulated=simulated)
        kept = identity(conn)
    assert kept is not None
    assert (kept.origin, kept.county, kept.simulated) == (ORIGIN, COUNTY, False)


def test_a_server_that_is_not_there_is_named(server: str) -> None:
    with pytest.raises(CannotReachDatabase) as refused:
        connect(make_conninfo(server, dbname="zhucun_nowhere"))
    assert "zhucun_nowhere" in refused.value.message_en
    assert "无法连接" in refused.value.message_zh


@pytest.mark.parametrize(
    "conninfo",
    [
        "postgresql//u:s3cret@127.0.0.1/db",
        "postgresql://u:s3cret%zz@127.0.0.1:1/db",
        "postgresql://u:my@s3cret@127.0.0.1:1/db",
        "postgresql://u:s3cret@127.0.0.1:1/db",
        "host=127.0.0.1 port=1 password=s3cret nonsense=1",
    ],
)
def test_no_password_is_told_even_of_a_connection_string_that_makes_no_sense(conninfo: str) -> None:
    with pytest.raises(CannotReachDatabase) as refused:
        connect(conninfo)

    assert "s3cret" not in str(refused.value)


def test_a_socket_in_a_folder_with_an_at_is_no_password() -> None:
    with pytest.raises(CannotReachDatabase, match="/nowhere/a@b"):
        connect("host=/nowhere/a@b")


def test_a_database_in_another_encoding_is_refused(server: str, database: str) -> None:
    with connect(database) as conn:
        latin = f"{conn.info.dbname}_latin"
    create = "create database {} template template0 encoding 'LATIN1' locale 'C'"
    with connect(server) as conn:
        conn.execute(SQL(create).format(Identifier(latin)))
        try:
            with pytest.raises(WrongEncoding, match="LATIN1"):
                connect(make_conninfo(server, dbname=latin))
        finally:
            conn.execute(SQL("drop database {}").format(Identifier(latin)))


def test_times_come_in_utc_whatever_the_server_thinks(database: str) -> None:
    with connect(make_conninfo(database, options="-c timezone=Asia/Shanghai")) as conn:
        assert conn.execute("show timezone").fetchone() == ("UTC",)
