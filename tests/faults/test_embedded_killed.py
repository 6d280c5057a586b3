"""The embedded PostgreSQL killed: nobody but the program itself can start it again, and it does."""

from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path

import projections.schema
from api.county import open_database
from api.settings import Settings
from ledger import database
from ledger.database import connect, found_ledger
from tests.api.server import serving
from tests.conftest import COUNTY, ORIGIN
from tests.faults.held import APPENDS, held
from tests.faults.telling import Teller, goes_on
from tests.faults.whole import nothing_lost_and_nothing_twice


def test_the_embedded_postgresql_is_started_again_when_it_was_killed(teller: Teller) -> None:
    with tempfile.TemporaryDirectory(prefix="zhucun-fault-", ignore_cleanup_errors=True) as folder:
        settings = Settings(data=Path(folder))
        with open_database(settings) as conninfo:
            database.prepare(conninfo)
            projections.schema.prepare(conninfo)
            with connect(conninfo) as conn:
                conn.execute("alter system set fsync = off")  # no test cuts the power
                conn.execute("select pg_reload_conf()")
                found_ledger(conn, origin=ORIGIN, county=COUNTY, simulated=False)
            with serving(conninfo) as served:
                goes_on(served, teller)
                with held(conninfo, APPENDS) as lock, teller.telling(served, teller.new(2)):
                    lock.waiting(2)
                    os.kill(postmaster(settings), signal.SIGKILL)
                goes_on(served, teller)
            nothing_lost_and_nothing_twice(conninfo, teller.acknowledged)


def postmaster(settings: Settings) -> int:
    """The process id of the embedded server."""
    return int((settings.postgresql / "postmaster.pid").read_text().splitlines()[0])
