"""A server that was killed finds its imports again: never twice on record, never half."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, LiteralString, cast

import httpx
import pytest

from ledger.database import connect
from tests.api.bearers import TOWNSHIP, authorized
from tests.api.jobs.conftest import enter_posted
from tests.api.jobs.counter import (
    ASK,
    COMMIT,
    GOOD,
    PREFLIGHT,
    head_of,
    imports_of,
    post_files,
    sheet,
)
from tests.api.server import process_serving

APPENDING: LiteralString = """
select count(*) > 0 from pg_locks
where relation = 'ledger.identity'::regclass and mode = 'ExclusiveLock' and not granted
"""


def test_a_server_killed_while_deciding_and_while_recording_goes_on_where_it_was(
    simulated_ledger: str,
) -> None:
    enter_posted(simulated_ledger)
    head, township = head_of(simulated_ledger), authorized(simulated_ledger, TOWNSHIP)

    with (
        process_serving(simulated_ledger, "serve") as (url, process),
        httpx.Client(base_url=url, headers=township) as http,
        locked(simulated_ledger, "lock table read.projector in access exclusive mode"),
    ):
        answer = post_files(http, [sheet(GOOD)], "INSPECTIONS", PREFLIGHT).json()
        id_ = answer["data"]["uploadPaper"]["id"]
        until(lambda: asked(http, id_)["state"] == "DECIDING")
        process.send_signal(signal.SIGKILL)
        process.wait()

    with (
        process_serving(simulated_ledger, "serve") as (url, process),
        httpx.Client(base_url=url, headers=township) as http,
    ):
        until(lambda: asked(http, id_)["state"] == "PLANNED")
        planned = asked(http, id_)
        assert planned["summary"]["recorded"] == 1
        with locked(simulated_ledger, "lock table ledger.identity in exclusive mode"):
            commit(http, planned)
            with connect(simulated_ledger) as conn:
                until(lambda: conn.execute(APPENDING).fetchone() == (True,))
            process.send_signal(signal.SIGKILL)
            process.wait()

    with (
        process_serving(simulated_ledger, "serve") as (url, _),
        httpx.Client(base_url=url, headers=township) as http,
    ):
        until(lambda: asked(http, id_)["state"] != "COMMITTING")
        found = asked(http, id_)
        recorded = imports_of(simulated_ledger) == 1
        assert (found["state"], found["problem"] is None) == (
            ("COMMITTED", True) if recorded else ("PLANNED", False)
        )
        commit(http, found)
        until(lambda: asked(http, id_)["state"] == "COMMITTED")
        assert asked(http, id_)["position"] == str(head + 2)
    assert (head_of(simulated_ledger), imports_of(simulated_ledger)) == (head + 2, 1)


@contextmanager
def locked(conninfo: str, lock: LiteralString) -> Iterator[None]:
    """Hold up whoever needs what is locked."""
    with connect(conninfo) as conn, conn.transaction():
        conn.execute(lock)
        yield


def until(true: Callable[[], bool]) -> None:
    """Wait for something that has to happen."""
    for _ in range(1000):
        if true():
            return
        time.sleep(0.02)
    pytest.fail("it did not happen")


def asked(http: httpx.Client, id_: str) -> dict[str, Any]:
    """Return an import as it stands."""
    answer = http.post("/graphql", json={"query": ASK, "variables": {"id": id_}}).json()
    return cast("dict[str, Any]", answer["data"]["importJob"])


def commit(http: httpx.Client, job: dict[str, Any]) -> None:
    """Confirm what was shown."""
    variables = {"id": job["id"], "digest": job["planDigest"]}
    answer = http.post("/graphql", json={"query": COMMIT, "variables": variables}).json()
    assert "errors" not in answer
