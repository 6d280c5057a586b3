"""The embedded server keeps its data, is shared, and says what it does."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from ledger import embedded
from ledger.database import connect, prepare
from ledger.errors import SocketPathTooLong
from tests.ledger.samples import in_processes


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A short path: pytest's own are nearly too long for a socket."""
    with tempfile.TemporaryDirectory(prefix="zhucun-embedded-", ignore_cleanup_errors=True) as name:
        yield Path(name) / "data"


def _write(folder: Path, n: int) -> None:
    with embedded.start(folder) as server, connect(server.conninfo) as conn:
        conn.execute("create table if not exists kept (n int)")
        conn.execute("insert into kept values (%s)", (n,))


def _read(server: embedded.EmbeddedPostgres) -> list[int]:
    with connect(server.conninfo) as conn:
        return [n for (n,) in conn.execute("select n from kept order by n").fetchall()]


def test_the_data_outlives_the_server(folder: Path) -> None:
    said: list[str] = []
    _write(folder, 1)
    assert not (folder / "postmaster.pid").exists()
    with embedded.start(folder, said.append) as server:
        assert _read(server) == [1]
    assert str(folder) in said[0]


def test_processes_share_one_server(folder: Path) -> None:
    with embedded.start(folder) as server:
        with connect(server.conninfo) as conn:
            conn.execute("drop table if exists kept")
            conn.execute("create table kept (n int)")
        assert in_processes([partial(_write, folder, n) for n in (7, 8)], seconds=120) == [0, 0]
        assert _read(server) == [7, 8]


def test_commits_are_flushed_like_on_any_server(folder: Path) -> None:
    with embedded.start(folder) as server, connect(server.conninfo) as conn:
        shown = [conn.execute(f"show {name}".encode()).fetchone() for name in ("fsync", "synchronous_commit")]
    assert shown == [("on",), ("on",)]


def test_who_may_not_make_roles_gets_a_ledger_and_the_reason(folder: Path) -> None:
    with embedded.start(folder) as server, connect(server.conninfo) as admin:
        admin.execute("create role modest login")
        admin.execute("create database modest owner modest")
        conninfo = make_conninfo(server.conninfo, dbname="modest", user="modest")
        prepare(conninfo)
        with connect(conninfo) as conn:
            (row,) = conn.execute("select granted, reason from ledger.serving").fetchall()
            assert row[0] is False
            assert "create role zhucun_serving" in row[1]
            admin.execute("create role zhucun_serving nologin")
            assert conn.execute("select ledger.grant_serving()").fetchone() == (True,)
            assert conn.execute("select granted from ledger.serving").fetchall() == [(True,)]


def test_a_folder_too_long_for_a_socket_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SocketPathTooLong, match=r"107|103"):
        embedded.start(tmp_path / ("long" * 30))
    assert list(tmp_path.iterdir()) == []
