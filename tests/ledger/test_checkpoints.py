"""The texts that are signed and handed out: checkpoints, inclusion proofs, consistency proofs."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.checkpoints import (
    Checkpoint,
    log_origin,
    parse_tlog_proof,
    parse_witness_request,
    tlog_proof,
    witness_request,
)
from ledger.errors import NoteInvalid
from ledger.merkle import EMPTY_ROOT
from ledger.notes import Note, SigningKey
from tests.conftest import ORIGIN

CHECKPOINT = Checkpoint(ORIGIN, 131_102, sha256(b"root").digest(), 187, sha256(b"streams").digest())
NOTE = str(Note(CHECKPOINT.text, (SigningKey.generate().sign(ORIGIN, CHECKPOINT.text),)))

hashes = st.binary(min_size=32, max_size=32)


def test_a_checkpoint_has_four_lines() -> None:
    assert CHECKPOINT.text == (
        "zhucun.example/430624\n"
        "131102\n"
        "SBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I=\n"
        "streams 187 1aCLaJPs0aqLKisA9X1hktm0vLjpk45eEGZT0+xyD10=\n"
    )


@given(st.integers(0, 2**62), hashes, st.integers(0, 2**62), hashes)
def test_a_checkpoint_is_read_as_it_was_written(
    size: int, root: bytes, streams: int, streams_root: bytes
) -> None:
    checkpoint = Checkpoint(ORIGIN, size, root, streams, streams_root)

    assert Checkpoint.parse(checkpoint.text) == checkpoint


def test_an_empty_log_has_a_checkpoint_too() -> None:
    assert Checkpoint(ORIGIN, 0, EMPTY_ROOT, 0, EMPTY_ROOT).text == (
        f"{ORIGIN}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
        "streams 0 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    )


@pytest.mark.parametrize(
    ("is_", "becomes"),
    [
        ("131102", "0131102"),
        ("131102", "-1"),
        ("131102", "many"),
        ("streams 187", "streams 187 "),
        ("streams 187", "streams  187"),
        ("streams 187", "stream 187"),
        ("streams 187", "streams"),
        (f"{ORIGIN}\n", "\n"),
        (f"{ORIGIN}\n", ""),
        ("=\nstreams", "A\nstreams"),
        ("=\nstreams", "\nstreams"),
        ("=\nstreams", "=\n\nstreams"),
        ("=\nstreams", "=\nmore\nstreams"),
    ],
)
def test_what_is_not_a_checkpoint_is_refused(is_: str, becomes: str) -> None:
    assert is_ in CHECKPOINT.text
    with pytest.raises(NoteInvalid):
        Checkpoint.parse(CHECKPOINT.text.replace(is_, becomes, 1))


def test_a_simulated_ledgers_log_says_so() -> None:
    assert log_origin(ORIGIN, simulated=True) == f"{ORIGIN}/simulated"
    assert log_origin(f"{ORIGIN}/simulated/2020", simulated=True) == f"{ORIGIN}/simulated/2020"
    assert log_origin(ORIGIN, simulated=False) == ORIGIN


# Proofs


@given(st.integers(0, 2**62), st.lists(hashes, max_size=63))
def test_an_inclusion_proof_is_read_as_it_was_written(index: int, proof: list[bytes]) -> None:
    found = parse_tlog_proof(tlog_proof(index, proof, NOTE))

    assert (found.index, found.hashes, str(found.note)) == (index, proof, NOTE)


def test_an_inclusion_proof_has_the_form_of_the_specification() -> None:
    lines = tlog_proof(7, [bytes(32)], NOTE).split("\n")

    assert lines[:5] == ["c2sp.org/tlog-proof@v1", "index 7", "A" * 43 + "=", "", ORIGIN]


def test_what_is_extra_in_an_inclusion_proof_is_passed_over() -> None:
    text = tlog_proof(7, [bytes(32)], NOTE)

    assert parse_tlog_proof(text.replace("index", "extra QUJD\nindex", 1)) == parse_tlog_proof(text)


@given(st.integers(0, 2**62), st.lists(hashes, max_size=63))
def test_a_consistency_proof_is_read_as_it_was_written(old: int, proof: list[bytes]) -> None:
    found = parse_witness_request(witness_request(old, proof, NOTE))

    assert (found.old, found.hashes, str(found.note)) == (old, proof, NOTE)


def test_a_consistency_proof_has_the_form_of_a_question_to_a_witness() -> None:
    assert witness_request(5, [bytes(32)], NOTE).split("\n")[:4] == ["old 5", "A" * 43 + "=", "", ORIGIN]


@pytest.mark.parametrize(
    ("is_", "becomes"),
    [
        ("tlog-proof@v1", "tlog-proof@v2"),
        ("index 7", "index"),
        ("index 7", "index 07"),
        ("index 7\n", ""),
        ("AAA=\n", "AAA\n"),
        ("AAA=\n", "=\n"),
        ("AAA=\n\n", "AAA=\n"),
    ],
)
def test_what_is_not_an_inclusion_proof_is_refused(is_: str, becomes: str) -> None:
    text = tlog_proof(7, [bytes(32)], NOTE)
    assert is_ in text
    with pytest.raises(NoteInvalid):
        parse_tlog_proof(text.replace(is_, becomes, 1))


@pytest.mark.parametrize(("is_", "becomes"), [("old 5", "new 5"), ("old 5", "old five"), ("AAA=\n", "\n")])
def test_what_is_not_a_consistency_proof_is_refused(is_: str, becomes: str) -> None:
    text = witness_request(5, [bytes(32)], NOTE)
    assert is_ in text
    with pytest.raises(NoteInvalid):
        parse_witness_request(text.replace(is_, becomes, 1))


def test_checkpoints_that_differ_have_texts_that_differ() -> None:
    others = [
        replace(CHECKPOINT, origin="zhucun.example/430625"),
        replace(CHECKPOINT, size=131_103),
        replace(CHECKPOINT, root=bytes(32)),
        replace(CHECKPOINT, streams=188),
        replace(CHECKPOINT, streams_root=bytes(32)),
    ]

    assert len({it.text for it in (CHECKPOINT, *others)}) == 6
