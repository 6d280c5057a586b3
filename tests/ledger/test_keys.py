"""The log's keys: made at first start, handed on from one to the next, and checked as a chain."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger.custody import folder_of
from ledger.database import connect
from ledger.errors import CannotSign, KeyNotLost, NoteInvalid
from ledger.keys import KeyRecord, Takeover, faults, key_history, keys_for
from ledger.notes import Note, SigningKey, VerifierKey, verified_by
from ledger.signer import Signer
from ledger.tree import root_at
from tests import facts
from tests.conftest import ORIGIN
from tests.projections.readside import ReadSide

LOG = f"{ORIGIN}/simulated"


def history(conninfo: str) -> list[KeyRecord]:
    with connect(conninfo) as conn:
        return key_history(conn)


def wrong(records: list[KeyRecord], origin: str = LOG) -> list[int]:
    """The numbers of the keys with which something is wrong."""
    return [fault.number for fault in faults(records, origin)]


@pytest.fixture
def side(simulated_ledger: str) -> Iterator[ReadSide]:
    """A ledger with some events, all in the log."""
    with closing(ReadSide(simulated_ledger)) as side:
        side.enter(*facts.POSTED)
        side.project()
        yield side


@pytest.fixture
def signer(side: ReadSide, tmp_path: Path) -> Signer:
    return Signer(side.conninfo, tmp_path / "keys")


def check_in(side: ReadSide) -> None:
    """Record an event more."""
    side.enter(facts.checked_in())
    side.project()


# The first key


def test_the_first_key_is_made_once_and_registered(simulated_ledger: str, signer: Signer) -> None:
    signer.prepare()
    pem = (signer.folder / "signing-key.pem").read_bytes()
    signer.prepare()

    (first,) = history(simulated_ledger)
    with connect(simulated_ledger) as conn:
        root = root_at(conn, len(facts.POSTED))
    assert first.vkey == SigningKey.from_pem(pem).verifier(LOG).text
    assert first.takeover == Takeover(LOG, "none", first.vkey, len(facts.POSTED), root)
    assert (signer.folder / "signing-key.pem").read_bytes() == pem
    assert wrong([first]) == []


def test_the_key_is_for_its_owners_eyes_alone(signer: Signer) -> None:
    signer.sign()

    assert stat.S_IMODE(signer.folder.stat().st_mode) == 0o700
    for file in signer.folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_each_log_has_a_folder_of_its_own(tmp_path: Path) -> None:
    folders = {
        folder_of(tmp_path, origin) for origin in ("a.example/1", "a.example/1/simulated", "../a", "..")
    }

    assert len(folders) == 4
    assert {folder.parent for folder in folders if folder.name != ".."} == {tmp_path}


def test_a_second_server_without_the_key_does_not_sign_and_says_so(
    simulated_ledger: str, signer: Signer, tmp_path: Path
) -> None:
    signer.prepare()
    other = Signer(simulated_ledger, tmp_path / "elsewhere")

    with pytest.raises(CannotSign, match="ZHUCUN_KEYS") as refusal:
        other.sign()
    assert history(simulated_ledger)[0].vkey in str(refusal.value)
    assert len(history(simulated_ledger)) == 1
    assert other.alarm is None


def test_a_key_that_was_saved_but_not_registered_is_the_first(simulated_ledger: str, signer: Signer) -> None:
    signer.folder.mkdir()
    key = SigningKey.generate()
    (signer.folder / "signing-key.pem").write_bytes(key.pem)
    signer.prepare()

    assert [it.vkey for it in history(simulated_ledger)] == [key.verifier(LOG).text]


def test_a_key_that_cannot_be_read_is_named(signer: Signer) -> None:
    signer.prepare()
    (signer.folder / "signing-key.pem").write_text("not a key")

    with pytest.raises(CannotSign, match=r"signing-key\.pem"):
        signer.sign()


def test_a_folder_that_cannot_be_made_is_named(simulated_ledger: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(CannotSign, match="file"):
        Signer(simulated_ledger, tmp_path / "file" / "keys").prepare()


# Rotation


def test_a_new_key_takes_over_by_a_note_of_both(
    simulated_ledger: str, side: ReadSide, signer: Signer
) -> None:
    before = signer.sign()
    second = signer.rotate()
    check_in(side)
    after = signer.sign()

    first, last = history(simulated_ledger)
    keys = [VerifierKey.parse(it.vkey) for it in (first, last)]
    assert last == second
    assert (second.number, second.takeover.old, second.takeover.size) == (2, first.vkey, len(facts.POSTED))
    assert set(verified_by(Note.parse(second.note), keys)) == set(keys)
    assert verified_by(Note.parse(before.note), keys) == keys[:1]
    assert verified_by(Note.parse(after.note), keys) == keys[1:]
    assert wrong([first, last]) == []


def test_the_old_private_key_is_destroyed(signer: Signer) -> None:
    signer.prepare()
    old = (signer.folder / "signing-key.pem").read_bytes()
    signer.rotate()

    assert not [file for file in signer.folder.rglob("*") if file.is_file() and old in file.read_bytes()]


def test_what_the_old_key_signed_stays_signed_by_it(signer: Signer) -> None:
    before = signer.sign()
    signer.rotate()

    assert signer.sign() == before


def test_a_replaced_key_counts_up_to_the_size_at_which_it_was_replaced(
    simulated_ledger: str, signer: Signer
) -> None:
    signer.rotate()
    size, records = len(facts.POSTED), history(simulated_ledger)

    assert [key.text for key in keys_for(records, size)] == [it.vkey for it in records]
    assert [key.text for key in keys_for(records, size + 1)] == [records[1].vkey]


def test_a_rotation_that_a_crash_cut_short_is_finished(side: ReadSide, signer: Signer) -> None:
    signer.prepare()
    old = (signer.folder / "signing-key.pem").read_bytes()
    second = signer.rotate()
    # As it was after the registration, before the files were renamed.
    (signer.folder / "signing-key.pem").rename(signer.folder / "next-key.pem")
    (signer.folder / "signing-key.pem").write_bytes(old)
    check_in(side)
    checkpoint = signer.sign()

    assert verified_by(Note.parse(checkpoint.note), [VerifierKey.parse(second.vkey)])
    assert not (signer.folder / "next-key.pem").exists()


def test_a_rotation_that_was_not_registered_is_as_if_it_had_not_been(
    simulated_ledger: str, signer: Signer
) -> None:
    signer.prepare()
    (signer.folder / "next-key.pem").write_bytes(SigningKey.generate().pem)
    signer.sign()
    second = signer.rotate()

    assert [it.vkey for it in history(simulated_ledger)][1:] == [second.vkey]
    assert wrong(history(simulated_ledger)) == []


def test_a_lost_key_is_replaced_without_its_signature_and_says_why(
    simulated_ledger: str, side: ReadSide, signer: Signer, tmp_path: Path
) -> None:
    signer.sign()
    other = Signer(simulated_ledger, tmp_path / "elsewhere")
    second = other.rotate("机房失火 fire")
    check_in(side)

    assert second.takeover.lost == "机房失火 fire"
    assert [it.name for it in Note.parse(second.note).signatures] == [LOG]
    assert wrong(history(simulated_ledger)) == []
    assert other.sign().checkpoint.size == len(facts.POSTED) + 1
    with pytest.raises(CannotSign):
        signer.sign()


def test_a_key_that_is_here_is_not_lost(simulated_ledger: str, signer: Signer) -> None:
    signer.prepare()

    with pytest.raises(KeyNotLost, match="not lost"):
        signer.rotate("I cannot find it")
    assert len(history(simulated_ledger)) == 1


@pytest.mark.parametrize("reason", ["", " ", "two\nlines"])
def test_a_reason_is_one_line(signer: Signer, reason: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        signer.rotate(reason)


def test_an_unknown_key_in_the_folder_is_set_aside_not_destroyed(
    simulated_ledger: str, signer: Signer, tmp_path: Path
) -> None:
    signer.prepare()
    other = Signer(simulated_ledger, tmp_path / "elsewhere")
    other.folder.mkdir()
    stranger = SigningKey.generate()
    (other.folder / "signing-key.pem").write_bytes(stranger.pem)
    other.rotate("fire")

    (aside,) = other.folder.glob("other-*.pem")
    assert aside.read_bytes() == stranger.pem


# The chain


Change = Callable[[list[KeyRecord]], list[KeyRecord]]


def chain() -> list[KeyRecord]:
    """Three keys, each of which took over from the one before."""
    keys = [SigningKey.generate() for _ in range(3)]
    records: list[KeyRecord] = []
    for number, key in enumerate(keys, 1):
        before, vkey = records[-1].vkey if records else "none", key.verifier(LOG).text
        text = Takeover(LOG, before, vkey, number + 5, bytes(32)).text
        signers = keys[max(number - 2, 0) : number]
        note = str(Note(text, tuple(it.sign(LOG, text) for it in signers)))
        records.append(KeyRecord(number, vkey, note, datetime.now(UTC)))
    return records


def resigned(record: KeyRecord, key: SigningKey, **changes: object) -> KeyRecord:
    """The record with other words in its note, signed by one key alone."""
    text = replace(record.takeover, **changes).text  # type: ignore[arg-type]  # whatever the test says
    return replace(record, note=str(Note(text, (key.sign(LOG, text),))))


def forged(records: list[KeyRecord]) -> list[KeyRecord]:
    """Another key in the second one's place, with a note that it signs itself."""
    key = SigningKey.generate()
    vkey = key.verifier(LOG).text
    return [records[0], replace(resigned(records[1], key, new=vkey), vkey=vkey), records[2]]


def first_lost(records: list[KeyRecord]) -> list[KeyRecord]:
    key = SigningKey.generate()
    vkey = key.verifier(LOG).text
    return [replace(resigned(records[0], key, new=vkey, lost="fire"), vkey=vkey)]


@pytest.mark.parametrize(
    ("change", "numbers"),
    [
        (lambda it: it, []),
        (lambda it: it[:2], []),
        (lambda it: it[1:], [2, 2]),
        (lambda it: [it[0], it[2]], [3, 3]),
        (forged, [2, 3]),
        (first_lost, [1]),
        (lambda it: [*it[:2], replace(it[2], note=it[1].note)], [3]),
        (lambda it: [*it[:2], replace(it[2], vkey=it[1].vkey)], [3]),
        (lambda it: [*it[:2], replace(it[2], note=it[2].note.replace("size 8", "size 9"))], [3]),
        (lambda it: [*it[:2], replace(it[2], note="nothing\n")], [3]),
        (lambda it: [*it[:2], replace(it[2], vkey="nothing")], [3]),
        (lambda it: [*it[:2], replace(it[2], note=_without_the_last_signature(it[2].note))], [3]),
    ],
)
def test_whatever_is_changed_in_the_chain_of_keys_is_found(change: Change, numbers: list[int]) -> None:
    assert wrong(change(chain())) == numbers


def test_keys_of_another_log_are_found(simulated_ledger: str, signer: Signer) -> None:
    signer.prepare()

    assert wrong(history(simulated_ledger), ORIGIN) == [1]


@pytest.mark.parametrize(
    ("is_", "becomes"),
    [
        ("zhucun key v1", "zhucun key v2"),
        ("origin ", "Origin "),
        ("size 3", "size 03"),
        ("size 3", "size"),
        ("root ", "root  "),
        ("old none\n", ""),
        ("old none\nnew n\n", "new n\nold none\n"),
        ("size 3", "size 3\nsize 3"),
        ("lost fire\n", "lost fire\nmore\n"),
        ("lost fire\n", "lost fire"),
        ("lost fire\n", "found fire\n"),
    ],
)
def test_what_does_not_tell_of_a_key_is_refused(is_: str, becomes: str) -> None:
    text = Takeover(LOG, "none", "n", 3, bytes(32), "fire").text
    assert is_ in text
    with pytest.raises(NoteInvalid):
        Takeover.parse(text.replace(is_, becomes, 1))


@pytest.mark.parametrize("lost", [None, "fire in the house"])
def test_what_tells_of_a_key_is_read_as_it_was_written(lost: str | None) -> None:
    takeover = Takeover(LOG, "none", "n", 3, bytes(32), lost)

    assert Takeover.parse(takeover.text) == takeover


def _without_the_last_signature(note: str) -> str:
    return note[: note.rstrip("\n").rindex("\n") + 1]
