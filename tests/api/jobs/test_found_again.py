"""What a server finds when it starts: each import as the one before left it, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import pytest

from api.jobs.board import now
from api.jobs.job import JobState
from api.jobs.staging import Staging
from api.jobs.working import KEPT
from ledger.database import connect, found_ledger
from tests import postgres
from tests.api.jobs.conftest import enter_posted
from tests.api.jobs.counter import GOOD, Counter, Job, good, imports_of, sheet
from tests.api.server import serving
from tests.conftest import COUNTY, ORIGIN


class Found(NamedTuple):
    """A server that was started anew, and the imports of the one before it."""

    counter: Counter
    recorded: Job
    unrecorded: Job
    reading: Job
    gone: Job
    old: Job
    before: int


@pytest.fixture(scope="module")
def found(server: str, template: str) -> Iterator[Found]:
    """A server started anew after one that was stopped in the middle of five imports."""
    with postgres.database_from(server, template) as conninfo:
        with connect(conninfo) as conn:
            found_ledger(conn, origin=ORIGIN, county=COUNTY, simulated=True)
        enter_posted(conninfo)
        with serving(conninfo) as served:
            counter = Counter(served)
            before = counter.head
            recorded = counter.commit(counter.planned(sheet(GOOD)))
            unrecorded, reading, gone, old = (
                counter.planned(sheet(good(6), name=f"{name}.csv")) for name in ("乙", "丙", "丁", "戊")
            )
            staging = Staging(served.county.imports)
        kept = {it.id: it for it in staging.jobs()}
        in_flight = replace(kept[recorded["id"]], state=JobState.COMMITTING, position=None, events=0)
        staging.save(replace(in_flight, after=before))
        in_flight = replace(kept[unrecorded["id"]], state=JobState.COMMITTING)
        staging.save(replace(in_flight, after=int(recorded["position"])))
        staging.save(replace(kept[reading["id"]], state=JobState.DECIDING, digest=None))
        staging.save(replace(kept[gone["id"]], state=JobState.READING, digest=None))
        staging.release(kept[gone["id"]])
        staging.save(replace(kept[old["id"]], changed_at=now() - 2 * KEPT))
        (staging.path / ("0" * 32) / "files").mkdir(parents=True)
        with serving(conninfo) as served:
            yield Found(Counter(served), recorded, unrecorded, reading, gone, old, before)


def test_a_commit_that_was_recorded_is_found_on_record(found: Found) -> None:
    job = found.counter.until(found.recorded, "COMMITTED")

    assert job["position"] == found.recorded["position"] == str(found.before + 2)
    assert job["eventCount"] == 1
    assert job["problem"] is None
    assert imports_of(found.counter.served.county.conninfo) == 1


def test_a_commit_that_was_not_recorded_is_to_be_confirmed_again(found: Found) -> None:
    job = found.counter.until(found.unrecorded, "PLANNED")

    assert job["problem"]["code"] == "NOT_RECORDED"
    assert job["planDigest"] == found.unrecorded["planDigest"]
    assert job["summary"]["recorded"] == 1


def test_what_was_being_decided_is_decided_again_from_its_files(found: Found) -> None:
    job = found.counter.until(found.reading, "PLANNED")

    assert job["planDigest"] == found.reading["planDigest"]
    assert job["summary"] == found.reading["summary"]


def test_an_import_whose_files_are_gone_is_interrupted(found: Found) -> None:
    job = found.counter.until(found.gone, "INTERRUPTED")

    assert job["problem"]["code"] == "FILES_GONE"


def test_an_import_of_more_than_a_day_ago_is_gone(found: Found) -> None:
    found.counter.until(found.gone, "INTERRUPTED")  # swept before anything else is done

    assert found.counter.ask(found.old) is None
    assert not (found.counter.served.county.imports / found.old["id"]).exists()


def test_what_an_upload_left_behind_that_never_ended_is_gone(found: Found) -> None:
    assert not (found.counter.served.county.imports / ("0" * 32)).exists()


def test_another_server_on_the_same_folder_takes_no_files(found: Found) -> None:
    with serving(found.counter.served.county.conninfo) as served:
        (error,) = Counter(served).send(sheet(GOOD)).json()["errors"]

    assert error["extensions"]["code"] == "UNAVAILABLE"
