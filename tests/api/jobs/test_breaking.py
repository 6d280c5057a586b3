"""What an import meets when the disk is full, files are not what they were, or many ask at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import msgspec
import pytest

from api.access.principal import Office, Principal
from api.jobs.board import now
from api.jobs.job import Job as Kept
from api.jobs.staging import Staging
from domain.entry import Actor
from domain.terms import Role
from ledger.database import connect
from tests.api.jobs.counter import COMMIT, DISCARD, GOOD, UNREADABLE, Counter, Job, good, sheet


@contextmanager
def deciding(counter: Counter, *rows: tuple[str, ...]) -> Iterator[tuple[Job, Path]]:
    """Bring a file; lend the import and its folder while it is held up in its deciding."""
    with connect(counter.served.county.conninfo) as conn, conn.transaction():
        conn.execute("lock table read.projector in access exclusive mode")
        job = counter.bring(sheet(*rows))
        counter.until(job, "DECIDING")
        yield job, counter.served.county.imports / job["id"]


def test_a_preview_is_shown_though_its_state_cannot_be_kept_and_the_next_import_goes_on(
    counter: Counter,
) -> None:
    with deciding(counter, good(2)) as (job, folder):
        full = folder / "job.json.new"
        full.mkdir()  # where the state is written first: as good as a full disk
    planned = counter.until(job, "PLANNED")
    head = counter.head

    code, _ = counter.served.refused(COMMIT, id=job["id"], digest=planned["planDigest"])
    assert code == "UNWRITABLE"
    assert counter.head == head
    counter.discard(counter.planned(sheet(good(3))))

    full.rmdir()
    assert counter.commit(planned)["eventCount"] == 1


def test_a_preview_that_cannot_be_written_fails_with_the_reason(counter: Counter) -> None:
    with deciding(counter, GOOD, UNREADABLE) as (job, folder):
        (folder / "draft").touch()  # where a folder is to be made

    failed = counter.until(job, "FAILED")

    assert failed["problem"]["code"] == "UNWRITABLE"
    assert not (folder / "files").exists()
    counter.discard(job)


def test_files_that_cannot_be_staged_are_refused_with_the_reason(counter: Counter) -> None:
    folder = counter.served.county.imports
    away = folder.rename(folder.with_name("away"))
    try:
        (error,) = counter.send(sheet(GOOD)).json()["errors"]
    finally:
        away.rename(folder)

    assert error["extensions"]["code"] == "UNWRITABLE"
    counter.discard(counter.planned(sheet(GOOD)))


def test_a_staged_file_that_was_changed_is_not_recorded(counter: Counter) -> None:
    planned = counter.planned(sheet(good(4)))
    counter.commit(counter.planned(sheet(good(5))))  # so that the plan is made anew from the file
    head = counter.head
    files = counter.served.county.imports / planned["id"] / "files"
    (files / planned["files"][0]["fileSha256"]).write_bytes(sheet(good(6))[1])

    counter.served.ask(COMMIT, id=planned["id"], digest=planned["planDigest"])

    assert counter.until(planned, "INTERRUPTED")["problem"]["code"] == "FILES_GONE"
    assert counter.head == head


def test_of_many_who_confirm_and_discard_at_once_nobody_records_twice_or_half(counter: Counter) -> None:
    head = counter.head
    job = counter.planned(sheet(good(7), good(8)))
    said = {"id": job["id"], "digest": job["planDigest"]}

    with ThreadPoolExecutor(6) as crowd:
        asked = [crowd.submit(counter.served.post, COMMIT, **said) for _ in range(5)]
        gone = crowd.submit(counter.served.post, DISCARD, id=job["id"]).result()
    codes = {error["extensions"]["code"] for it in asked for error in it.result().get("errors", ())}

    discarded = gone.get("data") and gone["data"]["discardImport"]
    if discarded and discarded["state"] == "DISCARDED":
        assert counter.head == head
        assert codes == {"NOT_FOUND"}
    else:
        if discarded is None:
            counter.until(job, "COMMITTED")
        assert counter.head == head + 3
        assert codes <= {"NOT_FOUND"}


def kept(id_: str) -> Kept:
    """An import as it may stand in the folder."""
    who = Principal(id="t-1", office=Office.TOWNSHIP, organisation="石塘镇", township="430624105")
    actor = Actor(who.id, Role.TOWNSHIP, who.organisation)
    return Kept(
        id=id_, paper="forms", files=(), actor=actor, principal=who, created_at=now(), changed_at=now()
    )


def test_what_is_in_the_folder_and_not_ours_is_neither_followed_nor_removed(tmp_path: Path) -> None:
    staging = Staging(tmp_path / "imports")
    staging.prepare()
    ours, elsewhere = kept("a" * 32), tmp_path / "elsewhere"
    staging.stage(ours.id, "a.csv", BytesIO(b"a"))
    staging.save(ours)
    elsewhere.mkdir()
    (elsewhere / "job.json").write_bytes(msgspec.json.encode(kept("b" * 32)))
    (staging.path / ("b" * 32)).symlink_to(elsewhere)
    (staging.path / ("c" * 32)).write_bytes(b"")
    (staging.path / ("d" * 32) / "job.json").mkdir(parents=True)

    assert list(staging.jobs()) == [ours]

    assert (elsewhere / "job.json").exists()
    assert (staging.path / ("c" * 32)).exists()


@pytest.mark.parametrize("content", [b"{", b"{}", msgspec.json.encode(kept("../../elsewhere"))])
def test_a_job_that_cannot_be_read_is_removed_and_nothing_else(tmp_path: Path, content: bytes) -> None:
    staging = Staging(tmp_path / "imports" / "here")
    staging.prepare()
    (tmp_path / "elsewhere").mkdir()
    folder = staging.path / ("e" * 32)
    folder.mkdir()
    (folder / "job.json").write_bytes(content)

    assert list(staging.jobs()) == []

    assert not folder.exists()
    assert (tmp_path / "elsewhere").exists()
