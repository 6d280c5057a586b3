"""One PostgreSQL server for a whole test run, and a database of its own for each test.

The server is embedded, or the one that `ZHUCUN_TEST_DATABASE_URL` names (a superuser's connection string).
Workers of a parallel run share it; the run's name reaches them through the environment.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Final

from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

from ledger import database, embedded
from projections import schema

RUN: Final = "ZHUCUN_TEST_RUN"
FOLDER: Final = "ZHUCUN_TEST_FOLDER"
KEYS: Final = "ZHUCUN_TEST_KEYS"
SERVER: Final = "ZHUCUN_TEST_DATABASE_URL"

PREPARATIONS: Final[list[Callable[[str], object]]] = [database.prepare, schema.prepare]
"""What every test database has been through, in order: the rooms' migrations."""

_numbers = count(1)


def open_run() -> None:
    """Name the run, once, in the process that starts it."""
    os.environ[RUN] = secrets.token_hex(4)
    os.environ[KEYS] = tempfile.mkdtemp(prefix="zhucun-test-keys-")
    if SERVER not in os.environ:
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="zhucun-test-")


def close_run() -> None:
    """Leave nothing behind."""
    shutil.rmtree(os.environ[KEYS], ignore_errors=True)
    if SERVER in os.environ:
        with database.connect(os.environ[SERVER]) as conn:
            names = conn.execute(
                "select datname from pg_database where starts_with(datname, %s)", (_name(""),)
            ).fetchall()
            for (name,) in names:
                conn.execute(SQL("drop database {} with (force)").format(Identifier(name)))
        return
    folder = Path(os.environ[FOLDER])
    if (folder / "postmaster.pid").exists():  # a worker that was killed could not let go of it
        embedded.start(folder).release()
    shutil.rmtree(folder, ignore_errors=True)


def server() -> str:
    """Return a connection string of the run's server."""
    if SERVER in os.environ:
        return os.environ[SERVER]
    conninfo = embedded.start(Path(os.environ[FOLDER])).conninfo
    with database.connect(conninfo) as conn:
        # A test run need not outlive a power cut; and no test cuts the power.
        conn.execute("alter system set fsync = off")
        conn.execute("select pg_reload_conf()")
    return conninfo


def template(server: str) -> str:
    """Return the name of the run's template database; the first to ask makes it."""
    name = _name("template")
    with database.connect(server) as conn:
        conn.execute("select pg_advisory_lock(hashtext(%s))", (name,))
        if not conn.execute("select 1 from pg_database where datname = %s", (name,)).fetchone():
            conn.execute(
                SQL("create database {} template template0 encoding 'UTF8'").format(Identifier(name))
            )
            for prepare in PREPARATIONS:
                prepare(make_conninfo(server, dbname=name))
    return name


@contextmanager
def database_from(server: str, template: str) -> Iterator[str]:
    """Lend a fresh copy of a template; drop it afterwards, whoever is still connected."""
    name = _name(f"{os.getpid()}_{next(_numbers)}")
    with database.connect(server) as conn:
        conn.execute(SQL("create database {} template {}").format(Identifier(name), Identifier(template)))
    try:
        yield make_conninfo(server, dbname=name)
    finally:
        with database.connect(server) as conn:
            conn.execute(SQL("drop database {} with (force)").format(Identifier(name)))


def keys_of(conninfo: str) -> Path:
    """Return the folder of the keys of a test's database, for `ZHUCUN_KEYS`: each has its own."""
    return Path(os.environ[KEYS]) / str(conninfo_to_dict(conninfo)["dbname"])


def imports_of(conninfo: str) -> Path:
    """Return the folder of the files that are being taken in to a test's database."""
    return _data_of(conninfo) / "imports"


def environment(conninfo: str) -> dict[str, str]:
    """Return the settings that let the command line use a test's database."""
    return {
        "DATABASE_URL": conninfo,
        "ZHUCUN_KEYS": str(keys_of(conninfo)),
        "ZHUCUN_DATA": str(_data_of(conninfo)),
    }


def programme_of(conninfo: str) -> dict[str, str]:
    """Return the settings of a programme on a test's database."""
    return {"PERSISTENCE_MODULE": "ledger.store", **environment(conninfo)}


def _data_of(conninfo: str) -> Path:
    return keys_of(conninfo).with_name(f"{keys_of(conninfo).name}-data")


def _name(what: str) -> str:
    return f"zhucun_test_{os.environ[RUN]}_{what}"
