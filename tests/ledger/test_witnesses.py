"""Witnesses: registered for good, asked over HTTP, and their cosignatures kept."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from ledger import signed
from ledger.checkpoints import Checkpoint
from ledger.errors import (
    AppendOnly,
    CheckpointUnknown,
    KeyUnusable,
    NoteInvalid,
    NothingSigned,
    WitnessUnusable,
    refusals,
)
from ledger.keys import key_history
from ledger.notes import Note, SigningKey, VerifierKey, verified_by
from ledger.signer import Signer
from ledger.witnesses import Cosigned, add_cosignatures, add_witness, seen_by, witnesses
from ledger.witnessing import MUCH, ask_witness
from tests import facts
from tests.ledger.witness import TIME, Cosigner, Witness, asked_at
from tests.projections.readside import ReadSide

W1 = "witness.example/w1"


class Log(NamedTuple):
    """A signed log."""

    side: ReadSide
    signer: Signer

    def grow(self) -> int:
        """Let it grow by an event, sign it, and return its size."""
        self.side.enter(facts.duty_recorded())
        self.side.project()
        return self.signer.sign().checkpoint.size

    @property
    def note(self) -> str:
        last = signed.latest(self.side.conn)
        assert last is not None
        return last.note

    @property
    def text(self) -> str:
        return Note.parse(self.note).text

    def witness(self, name: str = W1) -> Witness:
        """Return a witness that knows this log."""
        return Witness(name, key_history(self.side.conn)[-1].vkey)


@pytest.fixture
def log(simulated_ledger: str, tmp_path: Path) -> Iterator[Log]:
    with closing(ReadSide(simulated_ledger)) as side:
        side.enter(*facts.POSTED)
        side.project()
        signer = Signer(simulated_ledger, tmp_path / "keys")
        signer.sign()
        yield Log(side, signer)


# Registering


def test_a_witness_is_registered_once(log: Log) -> None:
    key = Cosigner(W1).key
    first = add_witness(log.side.conn, key.text, "https://witness.example/submit")

    assert add_witness(log.side.conn, key.text) == first
    assert add_witness(log.side.conn, key.text, first.url) == first
    assert witnesses(log.side.conn) == [first]
    assert (first.key, first.url) == (key, "https://witness.example/submit")


def test_a_witness_keeps_its_address(log: Log) -> None:
    key = Cosigner(W1).key
    add_witness(log.side.conn, key.text)

    with pytest.raises(WitnessUnusable, match="--url"):
        add_witness(log.side.conn, key.text, "https://witness.example")
    with pytest.raises(AppendOnly), refusals():
        log.side.conn.execute("update ledger.witness set url = 'https://witness.example'")


def test_a_key_that_does_not_cosign_is_no_witness(log: Log) -> None:
    with pytest.raises(WitnessUnusable, match="type 4"):
        add_witness(log.side.conn, SigningKey.generate().verifier(W1).text)
    with pytest.raises(KeyUnusable):
        add_witness(log.side.conn, "nothing")
    assert witnesses(log.side.conn) == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "witness.example", "ftp://witness.example"])
def test_a_witness_is_asked_on_the_web_alone(log: Log, url: str) -> None:
    with pytest.raises(WitnessUnusable, match="http"):
        add_witness(log.side.conn, Cosigner(W1).key.text, url)


# Cosignatures that are brought


def test_a_cosignature_is_kept_with_the_checkpoint(log: Log) -> None:
    witness = Cosigner(W1)
    add_witness(log.side.conn, witness.key.text)
    brought = log.note + witness.line(log.text)

    assert add_cosignatures(log.side.conn, brought) == Cosigned(len(facts.POSTED), [W1], [], [])
    assert log.note == brought
    assert verified_by(Note.parse(log.note), [witness.key]) == [witness.key]
    assert [it.timestamp for it in Note.parse(log.note).signatures] == [None, TIME]
    assert log.signer.sign().note == brought
    assert seen_by(log.side.conn, witness.key) == len(facts.POSTED)


def test_the_same_cosignature_again_changes_nothing(log: Log) -> None:
    witness = Cosigner(W1)
    add_witness(log.side.conn, witness.key.text)
    add_cosignatures(log.side.conn, log.note + witness.line(log.text))
    before = log.note

    again = f"{log.text}\n{witness.line(log.text)}"
    later = f"{log.text}\n{witness.line(log.text, TIME + 1)}"
    assert add_cosignatures(log.side.conn, again) == Cosigned(len(facts.POSTED), [], [W1], [])
    assert add_cosignatures(log.side.conn, later) == Cosigned(len(facts.POSTED), [], [W1], [])
    assert log.note == before


def test_signatures_of_unknown_keys_are_ignored_and_named(log: Log) -> None:
    unknown = Cosigner("stranger.example")
    brought = log.note + unknown.line(log.text)

    assert add_cosignatures(log.side.conn, brought) == Cosigned(
        len(facts.POSTED), [], [], ["stranger.example"]
    )
    assert log.note + unknown.line(log.text) == brought


def test_a_wrong_cosignature_is_refused(log: Log) -> None:
    witness = Cosigner(W1)
    add_witness(log.side.conn, witness.key.text)
    before = log.note

    with pytest.raises(NoteInvalid, match=W1):
        add_cosignatures(log.side.conn, log.note + witness.line("another text\n"))
    assert log.note == before


def test_a_cosigned_text_that_this_log_did_not_sign_is_refused(log: Log) -> None:
    witness = Cosigner(W1)
    add_witness(log.side.conn, witness.key.text)
    here = Checkpoint.parse(log.text)
    for other in (
        Checkpoint(here.origin, here.size, bytes(32), here.streams, here.streams_root),
        Checkpoint(here.origin, here.size + 1, here.root, here.streams, here.streams_root),
    ):
        with pytest.raises(CheckpointUnknown, match=str(other.size)):
            add_cosignatures(log.side.conn, f"{other.text}\n{witness.line(other.text)}")


# Witnesses that are asked


def test_a_witness_that_is_asked_cosigns(log: Log) -> None:
    witness = log.witness()
    with asked_at(witness) as url:
        known = add_witness(log.side.conn, witness.key.text, url)
        cosigned = ask_witness(log.side.conn, known)

    assert cosigned == Cosigned(len(facts.POSTED), [W1], [], [])
    assert verified_by(Note.parse(log.note), [witness.key]) == [witness.key]
    assert witness.asked == 1


def test_a_witness_is_shown_that_the_log_only_grew(log: Log) -> None:
    witness = log.witness()
    with asked_at(witness) as url:
        known = add_witness(log.side.conn, witness.key.text, url)
        for _ in range(3):
            ask_witness(log.side.conn, known)
            log.grow()
        cosigned = ask_witness(log.side.conn, known)

    assert cosigned.added == [W1]
    assert (witness.size, witness.asked) == (len(facts.POSTED) + 3, 4)


def test_a_witness_that_saw_more_than_is_known_here_is_asked_again(log: Log) -> None:
    witness = log.witness()
    witness.size, witness.root = 3, log.signer.sign(3).checkpoint.root
    with asked_at(witness) as url:
        known = add_witness(log.side.conn, witness.key.text, url)
        assert ask_witness(log.side.conn, known).added == [W1]

    assert witness.asked == 2


def test_a_witness_asked_twice_cosigns_once(log: Log) -> None:
    witness = log.witness()
    with asked_at(witness) as url:
        known = add_witness(log.side.conn, witness.key.text)
        assert ask_witness(log.side.conn, known, url).added == [W1]
        again = ask_witness(log.side.conn, known, url)

    assert (again.added, again.known) == ([], [W1])


def test_a_witness_that_saw_a_longer_log_is_a_warning(log: Log) -> None:
    witness = log.witness()
    witness.size = 100
    with asked_at(witness) as url:
        known = add_witness(log.side.conn, witness.key.text, url)
        with pytest.raises(WitnessUnusable, match="older state"):
            ask_witness(log.side.conn, known)


def test_a_witness_that_saw_another_log_does_not_cosign(log: Log) -> None:
    witness = log.witness()
    witness.size, witness.root = 3, bytes(32)
    with asked_at(witness) as url:
        known = add_witness(log.side.conn, witness.key.text, url)
        with pytest.raises(WitnessUnusable, match="422"):
            ask_witness(log.side.conn, known)
    assert len(Note.parse(log.note).signatures) == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((403, b"who are you"), "403"),
        ((409, b"many"), "409"),
        ((500, b"\xff"), "500"),
        ((200, b"x" * (MUCH + 1)), "does not end"),
        ((302, b""), "302"),
    ],
)
def test_an_answer_that_is_no_cosignature_is_told(log: Log, answer: tuple[int, bytes], reason: str) -> None:
    witness = log.witness()
    witness.answers.append(answer)
    with asked_at(witness) as url:
        known = add_witness(log.side.conn, witness.key.text, url)
        with pytest.raises(WitnessUnusable, match=reason):
            ask_witness(log.side.conn, known)


def test_what_a_terminal_would_obey_is_not_printed(log: Log) -> None:
    witness = log.witness()
    witness.answers.append((403, b"no\x1b[2J\x9b2J\r\nall is well"))
    with asked_at(witness) as url:
        known = add_witness(log.side.conn, witness.key.text, url)
        with pytest.raises(WitnessUnusable, match="403") as told:
            ask_witness(log.side.conn, known)
    assert told.value.message_en.isprintable()


@pytest.mark.parametrize(
    ("begin", "reason"),
    [(b"HTTP/1.1 200 OK\r\nX-Slow: ", "did not answer"), (b"HTTP/1.1 200 OK\r\n\r\n", "did not answer")],
)
def test_a_witness_that_answers_byte_by_byte_is_not_waited_for(log: Log, begin: bytes, reason: str) -> None:
    known = add_witness(log.side.conn, log.witness().key.text)
    over = threading.Event()

    def answer(asked: socket.socket) -> None:
        connection, _ = asked.accept()
        with connection, suppress(OSError):
            connection.sendall(begin)
            while not over.wait(0.05):
                connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as asked:
        server = threading.Thread(target=answer, args=(asked,))
        server.start()
        try:
            url = f"http://127.0.0.1:{asked.getsockname()[1]}"
            with pytest.raises(WitnessUnusable, match=reason):
                ask_witness(log.side.conn, known, url, patience=0.4)
        finally:
            over.set()
            server.join()


def test_a_witness_is_asked_where_it_is_and_nowhere_else(log: Log) -> None:
    witness, elsewhere = log.witness(), log.witness("elsewhere.example/w")
    with asked_at(witness) as url, asked_at(elsewhere) as other:
        witness.elsewhere = other
        known = add_witness(log.side.conn, witness.key.text, url)
        with pytest.raises(WitnessUnusable, match="302"):
            ask_witness(log.side.conn, known)
    assert (witness.asked, elsewhere.asked) == (1, 0)


@pytest.mark.parametrize("answer", [b"", b"thank you\n", b"\xff"])
def test_an_answer_that_is_no_signature_is_refused(log: Log, answer: bytes) -> None:
    witness = log.witness()
    witness.answers.append((200, answer))
    with asked_at(witness) as url:
        known = add_witness(log.side.conn, witness.key.text, url)
        with pytest.raises(WitnessUnusable, match=f"{known.key.name}: its answer is not valid"):
            ask_witness(log.side.conn, known)


def test_an_answer_of_another_key_is_not_taken_for_the_witness(log: Log) -> None:
    witness, other = log.witness(), Cosigner(W1)
    witness.answers.append((200, other.line(log.text).encode()))
    with asked_at(witness) as url:
        known = add_witness(log.side.conn, witness.key.text, url)
        with pytest.raises(WitnessUnusable, match="no cosignature of its key"):
            ask_witness(log.side.conn, known)
    assert VerifierKey.parse(known.vkey) == witness.key


def test_a_witness_that_is_away_is_told(log: Log) -> None:
    witness = log.witness()
    with asked_at(witness) as url:
        known = add_witness(log.side.conn, witness.key.text, url)
    with pytest.raises(WitnessUnusable, match="cannot be reached"):
        ask_witness(log.side.conn, known)


def test_a_witness_without_an_address_cannot_be_asked(log: Log) -> None:
    known = add_witness(log.side.conn, Cosigner(W1).key.text)

    with pytest.raises(WitnessUnusable, match="--url"):
        ask_witness(log.side.conn, known)


def test_nothing_is_asked_before_something_is_signed(simulated_ledger: str) -> None:
    with closing(ReadSide(simulated_ledger)) as side:
        known = add_witness(side.conn, Cosigner(W1).key.text, "http://127.0.0.1:9")
        with pytest.raises(NothingSigned):
            ask_witness(side.conn, known)
