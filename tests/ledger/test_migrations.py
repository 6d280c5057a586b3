"""Migrations run once each, all or none, and are never edited."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import psycopg
import pytest

from ledger.database import MIGRATIONS, connect, prepare
from ledger.errors import DatabaseIsNewer, MigrationChanged
from ledger.migrate import migrate
from tests.ledger.samples import in_processes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two migrations."""
    (tmp_path / "0001_one.sql").write_text("create table one (n int); insert into one values (1);")
    (tmp_path / "0002_two.sql").write_text("insert into one values (2);")
    return tmp_path


def test_four_processes_that_start_together_migrate_once(empty_database: str) -> None:
    assert in_processes([partial(prepare, empty_database)] * 4, seconds=120) == [0, 0, 0, 0]
    with connect(empty_database) as conn:
        ran = conn.execute("select component, name from ledger.migration order by name").fetchall()
    assert ran == [("ledger", path.stem) for path in sorted(MIGRATIONS.glob("*.sql"))]


def test_migrations_run_in_order_and_once(empty_database: str, folder: Path) -> None:
    with connect(empty_database) as conn:
        assert migrate(conn, folder, component="rooms") == ["0001_one", "0002_two"]
        assert migrate(conn, folder, component="rooms") == []
        (folder / "0003_three.sql").write_text("insert into one values (3);")
        assert migrate(conn, folder, component="rooms") == ["0003_three"]
        assert conn.execute("select n from one order by n").fetchall() == [(1,), (2,), (3,)]


def test_a_changed_migration_is_refused(empty_database: str, folder: Path) -> None:
    with connect(empty_database) as conn:
        migrate(conn, folder, component="rooms")
        (folder / "0001_one.sql").write_text("create table one (n bigint);")
        with pytest.raises(MigrationChanged, match="rooms/0001_one"):
            migrate(conn, folder, component="rooms")


def test_line_ends_of_another_system_change_nothing(empty_database: str, folder: Path) -> None:
    with connect(empty_database) as conn:
        (folder / "0003_three.sql").write_bytes(b"insert into one\nvalues (3);\n")
        migrate(conn, folder, component="rooms")
        (folder / "0003_three.sql").write_bytes(b"insert into one\r\nvalues (3);\r\n")
        assert migrate(conn, folder, component="rooms") == []


def test_a_database_that_is_ahead_of_the_program_is_refused(empty_database: str, folder: Path) -> None:
    with connect(empty_database) as conn:
        migrate(conn, folder, component="rooms")
        (folder / "0002_two.sql").unlink()
        with pytest.raises(DatabaseIsNewer, match="rooms/0002_two"):
            migrate(conn, folder, component="rooms")


def test_a_migration_that_fails_leaves_nothing(empty_database: str, folder: Path) -> None:
    (folder / "0002_two.sql").write_text("insert into two values (2);")
    with connect(empty_database) as conn:
        with pytest.raises(psycopg.errors.UndefinedTable):
            migrate(conn, folder, component="rooms")
        assert conn.execute("select to_regclass('one')").fetchone() == (None,)


def test_each_room_has_migrations_of_its_own(empty_database: str, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "0001_one.sql").write_text("create table other (n int);")
    with connect(empty_database) as conn:
        migrate(conn, folder, component="rooms")
        assert migrate(conn, other, component="other") == ["0001_one"]
