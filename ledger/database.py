"""The ledger's database: reaching it, bringing it up to date, and whose ledger it is."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import class_row

from ledger.errors import (
    CannotReachDatabase,
    FoundedOtherwise,
    RestorationUnfinished,
    ServerTooOld,
    WrongEncoding,
)
from ledger.migrate import migrate
from ledger.patience import patient

MIGRATIONS: Final = Path(__file__).parent / "migrations"
OLDEST_SERVER: Final = 15

_LIVELY: Final = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}

_UNREADABLE: Final = (
    "连接字符串格式有误(可能含密码,故不显示) "
    "the connection string is malformed; it may have a password in it, so it is not shown. Characters such "
    "as @ / % in a password are percent-encoded"
)

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Identity:
    """Whose ledger this is; written once.

    Attributes:
        origin: the name its checkpoints carry, for example `zhucun.example/430624`.
        county: official code of the county.
        simulated: its clock comes from outside, for a demo or a test; a real ledger's never does.
        created_at: when it was founded.
    """

    origin: str
    county: str
    simulated: bool
    created_at: datetime


def lively(conninfo: str) -> dict[str, Any]:
    """Return the libpq parameters by which a connection that died silently is noticed within half a minute.

    Left alone, TCP waits for two hours. What the connection string itself says about it stays.
    """
    said = conninfo_to_dict(conninfo)
    return {name: value for name, value in _LIVELY.items() if name not in said}


def connect(conninfo: str, *, patience: float | None = None, **options: Any) -> Connection[tuple[Any, ...]]:
    """Return a connection in autocommit mode, with times in UTC.

    Args:
        conninfo: a libpq connection string or URI.
        patience: seconds that an answer is waited for (`ledger.patience`); without end, if not given.
        options: further libpq parameters.

    Raises:
        CannotReachDatabase, ServerTooOld, WrongEncoding: with what to do about it.
    """
    if not _is_readable(conninfo):
        raise CannotReachDatabase(reason=_UNREADABLE)
    try:
        kind: type[Connection[Any]] = Connection if patience is None else patient(patience)
        conn = kind.connect(conninfo, autocommit=True, **{**lively(conninfo), **options})
    except psycopg.Error as error:
        raise CannotReachDatabase(reason=" ".join(str(error).split()).rstrip("?.")) from error
    try:
        _check_server(conn)
        conn.execute("set timezone to 'UTC'")
    except BaseException:
        conn.close()
        raise
    return conn


def _is_readable(conninfo: str) -> bool:
    """Tell whether a connection string can be read; what libpq says of another quotes the password."""
    try:
        said = conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError:
        return False
    host = str(said.get("host") or "")
    # A name of a host with an @ in it is a part of a password that is not percent-encoded.
    return host.startswith(("/", "@")) or "@" not in host


def connect_wary(conninfo: str) -> Connection[tuple[Any, ...]]:
    """Return a connection in which nobody's functions stand in the place of PostgreSQL's: to verify with.

    Raises:
        CannotReachDatabase, ServerTooOld, WrongEncoding: with what to do about it.
    """
    conn = connect(conninfo)
    conn.execute("set search_path to pg_catalog")
    return conn


def _check_server(conn: Connection[Any]) -> None:
    if conn.info.server_version < OLDEST_SERVER * 10_000:
        raise ServerTooOld(version=conn.info.parameter_status("server_version"))
    if (encoding := conn.info.parameter_status("server_encoding")) != "UTF8":
        raise WrongEncoding(encoding=encoding)


def prepare(conninfo: str) -> list[str]:
    """Bring the ledger's tables and functions up to date, and return the migrations that ran."""
    with connect(conninfo) as conn:
        ran = migrate(conn, MIGRATIONS, component="ledger")
        if ran:
            with conn.cursor() as cursor:
                cursor.execute("select reason from ledger.serving where not granted")
                for (reason,) in cursor:
                    _logger.warning("The serving role has no rights: %s", reason)
    return ran


def identity(conn: Connection[Any]) -> Identity | None:
    """Return whose ledger this is, or None when it has not been founded."""
    with conn.cursor(row_factory=class_row(Identity)) as cursor:
        cursor.execute("select origin, county, simulated, created_at from ledger.identity")
        return cursor.fetchone()


def found_ledger(conn: Connection[Any], *, origin: str, county: str, simulated: bool) -> Identity:
    """Found the ledger, once and for all; founding it again alike changes nothing.

    Args:
        conn: a connection of the schema's owner.
        origin: the name its checkpoints will carry, a schema-less URL.
        county: official code of the county.
        simulated: whether its clock comes from outside; it can never become a real one.

    Raises:
        FoundedOtherwise: it was founded with other particulars.
        RestorationUnfinished: it has events already, which a restoration left there.
    """
    asked = (origin, county, simulated)
    conn.execute(
        "insert into ledger.identity (origin, county, simulated) "
        "select %s, %s, %s where not exists (select from ledger.events) on conflict do nothing",
        asked,
    )
    found = identity(conn)
    if found is None:
        raise RestorationUnfinished
    if (found.origin, found.county, found.simulated) != asked:
        raise FoundedOtherwise(found=found, asked=asked)
    return found
