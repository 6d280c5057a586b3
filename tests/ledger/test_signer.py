"""The signer: what it signed it never contradicts, whatever becomes of the database or the machine."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from time import monotonic, sleep

import pytest
from psycopg.errors import CheckViolation
from psycopg.sql import SQL, Identifier

from ledger import signed
from ledger.checkpoints import Checkpoint
from ledger.database import connect, found_ledger
from ledger.errors import CannotSign, LogContradictsSigned, LogDamaged, NotFounded, NotInLog
from ledger.keys import key_history
from ledger.memory import digest
from ledger.merkle import verify_consistency
from ledger.notes import Note, VerifierKey, verified_by
from ledger.signed import SignedCheckpoint
from ledger.signer import Signer
from ledger.streams import streams_at, streams_root
from ledger.tree import Log, consistency_proof, root_at
from tests import facts, postgres
from tests.conftest import COUNTY, ORIGIN
from tests.projections.readside import ReadSide
from tests.scenario import Fact

LOG = f"{ORIGIN}/simulated"
POSTED = len(facts.POSTED)
SIGNING = """
import sys, pathlib
from ledger.signer import Signer
signer = Signer(sys.argv[1], pathlib.Path(sys.argv[2]))
print(*(signer.sign(size).note for size in (4, 3, 2)), sep="", end="")
"""


@contextmanager
def ledger_with(server: str, template: str, *what: Fact, origin: str = ORIGIN) -> Iterator[ReadSide]:
    """Lend a simulated ledger with facts, all in its log."""
    with postgres.database_from(server, template) as conninfo:
        with connect(conninfo) as conn:
            found_ledger(conn, origin=origin, county=COUNTY, simulated=True)
        with closing(ReadSide(conninfo)) as side:
            if what:
                record(side, *what)
            yield side


def record(side: ReadSide, *what: Fact) -> None:
    """Record facts, and let the log grow with them."""
    side.enter(*what)
    side.project()


@pytest.fixture
def side(server: str, template: str) -> Iterator[ReadSide]:
    with ledger_with(server, template, *facts.POSTED) as side:
        yield side


@pytest.fixture
def signer(side: ReadSide, tmp_path: Path) -> Signer:
    return Signer(side.conninfo, tmp_path / "keys")


def tamper(side: ReadSide, statement: str, *tables: str, params: Sequence[object] | None = None) -> None:
    """Do as a superuser what the database's rules do not allow."""
    with side.conn.transaction():
        for table in tables:
            name = Identifier("ledger", table)
            side.conn.execute(SQL("alter table {} disable trigger only_appended").format(name))
        side.conn.execute(statement.encode(), params)
        for table in tables:
            name = Identifier("ledger", table)
            side.conn.execute(SQL("alter table {} enable always trigger only_appended").format(name))


def forge(side: ReadSide, checkpoint: Checkpoint) -> None:
    """Put another text in the place of a signed one."""
    forged = (checkpoint.text, checkpoint.size)
    tamper(side, "update ledger.checkpoint set body = %s where size = %s", "checkpoint", params=forged)


def forget(side: ReadSide) -> None:
    """Let the database forget all checkpoints."""
    tamper(side, "delete from ledger.signature; delete from ledger.checkpoint", "checkpoint", "signature")


def kept(side: ReadSide) -> list[SignedCheckpoint]:
    """All checkpoints that the database has."""
    sizes = [size for (size,) in side.conn.execute("select size from ledger.checkpoint order by size")]
    return [it for size in sizes if (it := signed.signed_checkpoint(side.conn, size)) is not None]


def alarms(signer: Signer) -> list[str | None]:
    """All alarms of a signer in order, with None for each time that one was over."""
    file = signer.folder / "alarm.jsonl"
    return [json.loads(line)["alarm"] for line in file.read_text().splitlines()] if file.exists() else []


# Signing


def test_the_log_is_signed_as_it_is(side: ReadSide, signer: Signer) -> None:
    found = signer.sign()

    streams = streams_at(side.conn, POSTED)
    assert found.checkpoint == Checkpoint(
        LOG, POSTED, root_at(side.conn, POSTED), len(streams), streams_root(streams)
    )
    key = VerifierKey.parse(key_history(side.conn)[-1].vkey)
    assert verified_by(Note.parse(found.note), [key]) == [key]
    assert signed.latest(side.conn) == found
    assert signer.alarm is None


def test_an_empty_log_can_be_signed(server: str, template: str, tmp_path: Path) -> None:
    with ledger_with(server, template) as side:
        assert Signer(side.conninfo, tmp_path / "keys").sign().checkpoint.size == 0


def test_a_size_is_signed_once(side: ReadSide, signer: Signer) -> None:
    first = signer.sign()

    assert signer.sign() == first
    assert signer.sign(POSTED) == first
    assert kept(side) == [first]


def test_an_earlier_size_can_be_signed_later(side: ReadSide, signer: Signer) -> None:
    later = signer.sign().checkpoint
    for size in range(POSTED, -1, -1):
        earlier = signer.sign(size).checkpoint
        proof = consistency_proof(side.conn, size, POSTED)
        verify_consistency(size, POSTED, earlier.root, later.root, proof)
    assert [it.checkpoint.size for it in kept(side)] == [*range(POSTED + 1)]
    assert signed.latest(side.conn) == signer.sign()


def test_what_is_not_in_the_log_yet_is_not_signed(signer: Signer) -> None:
    with pytest.raises(NotInLog, match=str(POSTED + 1)):
        signer.sign(POSTED + 1)
    assert signer.alarm is None


def test_the_first_checkpoint_that_covers_an_event_is_found(side: ReadSide, signer: Signer) -> None:
    for size in (2, 4):
        signer.sign(size)

    found = [signed.covering(side.conn, position) for position in range(1, 6)]
    assert [it and it.checkpoint.size for it in found] == [2, 2, 4, 4, None]


def test_a_ledger_that_is_not_founded_has_nothing_to_sign(database: str, tmp_path: Path) -> None:
    with pytest.raises(NotFounded):
        Signer(database, tmp_path / "keys").sign()


def test_an_origin_that_cannot_name_a_key_is_named(server: str, template: str, tmp_path: Path) -> None:
    with (
        ledger_with(server, template, origin="our county") as side,
        pytest.raises(CannotSign, match="our county"),
    ):
        Signer(side.conninfo, tmp_path / "keys").prepare()


def test_signers_with_one_key_agree(side: ReadSide, tmp_path: Path) -> None:
    signers = [Signer(side.conninfo, tmp_path / "keys") for _ in range(4)]
    sizes = [size for _ in range(4) for size in (POSTED, 2, POSTED, 3)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda it: it[0].sign(it[1]), zip(signers * 4, sizes, strict=True)))

    assert len({it.note for it in found}) == len(kept(side)) == 3
    assert len(key_history(side.conn)) == 1
    assert len((tmp_path / "keys" / "signed.txt").read_text().splitlines()) == 3


def test_processes_with_one_key_agree(side: ReadSide, tmp_path: Path) -> None:
    command = [sys.executable, "-c", SIGNING, side.conninfo, str(tmp_path / "keys")]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = {process.communicate(timeout=120)[0] for process in processes}

    assert [process.returncode for process in processes] == [0, 0, 0]
    assert said == {"".join(it.note for it in reversed(kept(side)))}
    assert len(key_history(side.conn)) == 1


# Manifests


def test_what_dossiers_and_reports_say_of_themselves_is_signed_and_nothing_else(
    side: ReadSide, signer: Signer
) -> None:
    for begins in ("zhucun dossier v1\n", "zhucun report v1\n"):
        note = signer.sign_manifest(f"{begins}and so on\n")
        key = VerifierKey.parse(key_history(side.conn)[-1].vkey)
        assert verified_by(Note.parse(note), [key]) == [key]
    for text in (
        signer.sign().checkpoint.text,
        "zhucun key v1\n",
        "zhucun dossier v10\n",
        "zhucun report v10\n",
    ):
        with pytest.raises(ValueError, match="manifest"):
            signer.sign_manifest(text)


# What is remembered beside the key


def test_the_longest_checkpoint_and_all_texts_are_remembered(signer: Signer) -> None:
    longest, shorter = signer.sign(), signer.sign(2)

    assert (signer.folder / "last-checkpoint.txt").read_text() == longest.note
    assert [line.split() for line in (signer.folder / "signed.txt").read_text().splitlines()] == [
        [str(it.checkpoint.size), digest(it.checkpoint.text)] for it in (longest, shorter)
    ]


def test_what_the_database_lost_in_a_crash_is_added_from_memory(side: ReadSide, signer: Signer) -> None:
    first = signer.sign()
    forget(side)
    record(side, facts.checked_in())
    second = signer.sign()

    assert [it.note for it in kept(side)] == [first.note, second.note]


def test_a_checkpoint_is_remembered_before_the_database_has_it(side: ReadSide, signer: Signer) -> None:
    signer.prepare()
    side.conn.execute("alter table ledger.checkpoint add constraint full_disk check (size < 0)")
    with pytest.raises(CheckViolation):
        signer.sign()
    remembered = (signer.folder / "last-checkpoint.txt").read_text()
    assert kept(side) == []
    side.conn.execute("alter table ledger.checkpoint drop constraint full_disk")
    record(side, facts.checked_in())

    assert signer.sign(POSTED).note == remembered


def test_what_was_being_signed_in_a_crash_is_signed_the_same_again(side: ReadSide, signer: Signer) -> None:
    notes = [signer.sign(size).note for size in (POSTED, 2)]
    forget(side)

    assert [signer.sign(size).note for size in (POSTED, 2)] == notes


def test_a_line_that_a_crash_tore_does_no_harm(signer: Signer) -> None:
    signer.sign(2)
    with (signer.folder / "signed.txt").open("a") as file:
        file.write("4 0123")
    whole = signer.sign()

    assert signer.memory.digests(POSTED) == {digest(whole.checkpoint.text)}
    assert signer.memory.digests(4) <= {"0123"}


@pytest.mark.parametrize("content", [b"", b"\xff", b"nothing\n", b"a\n1\nb\n\n\xe2\x80\x94 a QUJDREVGRw==\n"])
def test_without_knowing_what_was_signed_nothing_is_signed(signer: Signer, content: bytes) -> None:
    signer.sign()
    (signer.folder / "last-checkpoint.txt").write_bytes(content)

    with pytest.raises(CannotSign, match=r"last-checkpoint\.txt"):
        signer.sign()


def test_what_was_signed_that_is_not_ours_to_read_is_named(signer: Signer) -> None:
    signer.sign()
    last = signer.folder / "last-checkpoint.txt"
    last.unlink()
    last.mkdir()
    with pytest.raises(CannotSign, match="see to its rights"):
        signer.memory.last()


def test_a_folder_that_is_none_tells_of_no_alarm(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert Signer("", tmp_path / "file" / "keys").alarm is None


def test_a_folder_put_back_from_an_older_copy_goes_on_from_the_database(
    side: ReadSide, signer: Signer
) -> None:
    signer.sign(2)
    old = {file: file.read_bytes() for file in signer.folder.iterdir()}
    newest = signer.sign()
    for file, content in old.items():
        file.write_bytes(content)
    record(side, facts.checked_in())

    assert signer.sign(POSTED) == newest
    assert signer.sign().checkpoint.size == POSTED + 1


# What contradicts it


def refused(signer: Signer, size: int | None = None) -> str:
    """Return why signing is refused; an alarm is rung."""
    with pytest.raises(LogContradictsSigned) as refusal:
        signer.sign(size)
    assert signer.alarm == str(refusal.value)
    return refusal.value.message_en


def test_a_database_put_back_to_an_older_state_is_an_alarm(
    server: str, template: str, signer: Signer, caplog: pytest.LogCaptureFixture
) -> None:
    signer.sign()
    with ledger_with(server, template, *facts.POSTED[:-1]) as older:
        restored = Signer(older.conninfo, signer.folder)
        with caplog.at_level(logging.ERROR, "ledger.signer"):
            assert f"checkpoint of size {POSTED} that was signed" in refused(restored)
        assert f"the log now has {POSTED - 1} events only" in caplog.text
        assert kept(older) == []
        assert refused(restored, 1)


def test_an_older_state_that_went_on_in_another_way_is_an_alarm(
    server: str, template: str, signer: Signer
) -> None:
    signer.sign()
    other_way = [*facts.POSTED[:-1], facts.checked_in(), facts.checked_in(on=facts.MAY_3), facts.recalled()]
    with ledger_with(server, template, *other_way) as older:
        assert "is not consistent" in refused(Signer(older.conninfo, signer.folder))
        assert kept(older) == []


def test_another_history_of_the_same_length_is_an_alarm(server: str, template: str, signer: Signer) -> None:
    signer.sign()
    with ledger_with(server, template, *facts.POSTED[:-1], facts.checked_in()) as other:
        assert "is not consistent" in refused(Signer(other.conninfo, signer.folder))


def test_another_log_does_not_get_the_key(server: str, template: str, signer: Signer) -> None:
    signer.sign()
    with ledger_with(server, template, *facts.POSTED, origin="zhucun.example/430625") as other:
        assert LOG in refused(Signer(other.conninfo, signer.folder))
        assert key_history(other.conn) == []


def test_a_rewritten_tree_is_an_alarm(side: ReadSide, signer: Signer) -> None:
    signer.sign()
    tamper(
        side,
        "update ledger.tree_node set hash = sha256(hash) where level = 0 and index = 1",
        "tree_node",
    )

    assert "is not consistent" in refused(signer)
    assert refused(signer, 2)


def test_a_node_that_matters_to_earlier_sizes_alone_is_an_alarm_there(side: ReadSide, signer: Signer) -> None:
    record(side, *(facts.checked_in(on=date(2020, 4, day)) for day in range(1, 21)))
    signer.sign()
    tamper(
        side,
        "update ledger.tree_node set hash = sha256(hash) where level = 0 and index = 1",
        "tree_node",
    )

    assert "is not consistent" in refused(signer, 5)


def test_a_tree_that_lacks_nodes_is_neither_signed_nor_grown_and_told(side: ReadSide, signer: Signer) -> None:
    record(side, *(facts.checked_in(on=facts.MAY_3) for _ in range(20)))
    signer.sign()
    tamper(side, "delete from ledger.tree_node where level = 4", "tree_node")
    with pytest.raises(LogDamaged, match="zhucun verify"):
        signer.sign()
    with pytest.raises(LogDamaged, match="tree_node"):
        Log().look(side.conn)
    tamper(side, "truncate ledger.tree_node", "tree_node")
    side.project()
    assert signer.sign().checkpoint.size == POSTED + 20


def test_another_number_of_events_for_a_signed_size_is_an_alarm(side: ReadSide, signer: Signer) -> None:
    signer.sign()
    forget(side)
    tamper(side, "delete from ledger.events where position = 7", "events")

    assert "another text was signed" in refused(signer)


def test_another_text_in_the_database_is_an_alarm(side: ReadSide, signer: Signer) -> None:
    checkpoint = signer.sign(2).checkpoint
    signer.sign()
    forge(side, replace(checkpoint, streams=9))

    assert "another text" in refused(signer, 2)


def test_another_root_in_the_database_is_an_alarm(side: ReadSide, signer: Signer) -> None:
    forge(side, replace(signer.sign().checkpoint, root=bytes(32)))

    assert "is not consistent" in refused(signer)


def test_a_forged_signature_in_the_database_is_an_alarm(side: ReadSide, signer: Signer) -> None:
    signer.sign()
    tamper(side, "update ledger.signature set signature = sha256(signature)", "signature")

    assert "is not on this text" in refused(signer)


def test_an_alarm_is_recorded_once_for_as_long_as_it_lasts(
    server: str, template: str, signer: Signer
) -> None:
    signer.sign()
    with ledger_with(server, template, *facts.POSTED[:-1]) as older:
        restored = Signer(older.conninfo, signer.folder)
        first, again = refused(restored), refused(restored)
    assert first == again
    assert len(alarms(signer)) == 1
    signer.sign_manifest("zhucun dossier v1\n")
    assert len(alarms(signer)) == 1
    signer.sign()
    signer.sign()

    assert signer.alarm is None
    assert [it is None for it in alarms(signer)] == [False, True]


def test_no_new_key_takes_over_while_there_is_an_alarm(server: str, template: str, signer: Signer) -> None:
    signer.sign()
    with ledger_with(server, template, *facts.POSTED[:-1]) as older:
        with pytest.raises(LogContradictsSigned):
            Signer(older.conninfo, signer.folder).rotate()
        assert key_history(older.conn) == []


# Signing again and again


@contextmanager
def running(signer: Signer, every: float) -> Iterator[None]:
    """Let a signer run."""
    stop = threading.Event()
    thread = threading.Thread(target=signer.run, args=(stop, every))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_what_arrives_is_signed_before_long(side: ReadSide, signer: Signer) -> None:
    with running(signer, every=0.05):
        record(side, facts.checked_in())
        patience = monotonic() + 30
        while (last := signed.latest(side.conn)) is None or last.checkpoint.size <= POSTED:
            assert monotonic() < patience
            sleep(0.02)


def test_what_arrived_last_is_signed_at_the_end(side: ReadSide, signer: Signer) -> None:
    with running(signer, every=3600):
        record(side, facts.checked_in())

    assert [it.checkpoint.size for it in kept(side)] == [POSTED + 1]


def test_a_server_without_the_key_says_so_once(
    side: ReadSide, signer: Signer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    signer.prepare()
    with (
        caplog.at_level(logging.WARNING, "ledger.signer"),
        running(Signer(side.conninfo, tmp_path / "elsewhere"), every=0.02),
    ):
        sleep(0.5)

    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "ZHUCUN_KEYS" in caplog.text


def test_a_database_that_is_away_is_waited_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.WARNING, "ledger.signer"),
        running(Signer(f"host={tmp_path} dbname=none", tmp_path / "keys"), every=0.02),
    ):
        sleep(0.1)

    assert "trying again" in caplog.text
