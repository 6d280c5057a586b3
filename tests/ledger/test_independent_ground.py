"""Roots, proofs and checkpoints before software that is not ours: PostgreSQL, pymerkle, and sigstore."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import combinations_with_replacement
from typing import Any, Final

import pymerkle  # type: ignore[import-untyped]  # it has no types
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from psycopg import Connection
from pymerkle.core import (  # type: ignore[import-untyped]  # pymerkle has no types
    _consistency_path_layout,
    _inclusion_path_layout,
)
from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore._internal.rekor.checkpoint import SignedCheckpoint, verify_checkpoint
from sigstore._internal.trust import Keyring, RekorKeyring
from sigstore.errors import VerificationError
from sigstore.models import TransparencyLogEntry
from sigstore_models.common.v1 import PublicKey, PublicKeyDetails
from sigstore_models.rekor.v1 import TransparencyLogEntry as Entry

from ledger import merkle
from ledger.database import connect, found_ledger
from ledger.keys import key_history
from ledger.merkle import Leaves, leaf_hash, verify_inclusion
from ledger.signer import Signer
from ledger.tree import consistency_proof, inclusion_proof, read_nodes, root_at
from tests import facts, postgres
from tests.conftest import COUNTY, ORIGIN
from tests.ledger.logs import enter

EVENTS: Final = 70
SIZES: Final = (1, 2, 3, 7, 8, 15, 16, 17, 33, 64, 65, EVENTS)
PAIRS: Final = list(combinations_with_replacement(SIZES, 2))

LEAVES: Final = """
select int2send(6::smallint)
    || int4send(8) || int8send(position)
    || int4send(16) || uuid_send(originator_id)
    || int4send(8) || int8send(originator_version)
    || int4send(octet_length(topic)) || textsend(topic)
    || int4send(8)
    || int8send((extract(epoch from recorded_at - timestamptz '2000-01-01 00:00:00+00') * 1000000)::bigint)
    || int4send(octet_length(state)) || state
from ledger.events order by position
"""
"""The bytes of every leaf, as docs/proofs.md has them, put together by PostgreSQL alone."""

STREAMS: Final = """
select uuid_send(originator_id) || int8send(count(*))
from ledger.events where position <= %s group by originator_id order by min(position)
"""
"""The bytes of every stream's leaf, likewise."""


@pytest.fixture(scope="module")
def ledger(server: str, template: str) -> Iterator[str]:
    """A ledger with some events of four aggregates, and its log."""
    with postgres.database_from(server, template) as conninfo:
        with connect(conninfo) as conn:
            found_ledger(conn, origin=ORIGIN, county=COUNTY, simulated=True)
        life = (*facts.ONE_OF_EACH, *(facts.checked_in() for _ in range(EVENTS)))
        others = (facts.village_nominated().of(facts.ANOTHER_VILLAGE), facts.nominated().of(facts.SUCCESSOR))
        enter(conninfo, *life[:5], *others, *life[5 : EVENTS - 2])
        yield conninfo


@pytest.fixture(scope="module")
def conn(ledger: str) -> Iterator[Connection[Any]]:
    with connect(ledger) as it:
        yield it


@pytest.fixture(scope="module")
def leaves(conn: Connection[Any]) -> list[bytes]:
    """The bytes of every leaf, by SQL."""
    return [leaf for (leaf,) in conn.execute(LEAVES)]


@pytest.fixture(scope="module")
def theirs(leaves: list[bytes]) -> Any:
    """The log's tree, grown by pymerkle."""
    return tree_of(leaves)


def tree_of(data: Sequence[bytes]) -> Any:
    tree = pymerkle.InmemoryTree()
    for leaf in data:
        tree.append_entry(leaf)
    return tree


# PostgreSQL


def test_postgresql_hashes_every_leaf_alike(conn: Connection[Any], leaves: list[bytes]) -> None:
    kept = conn.execute("select hash from ledger.tree_node where level = 0 order by index").fetchall()
    by_sql = conn.execute(
        "select sha256('\\x00'::bytea || leaf) from unnest(%s) as leaf", (leaves,)
    ).fetchall()
    assert len(kept) == EVENTS
    assert kept == by_sql


# pymerkle


def test_pymerkle_finds_the_same_roots(conn: Connection[Any], theirs: Any) -> None:
    for size in range(EVENTS + 1):
        assert root_at(conn, size) == theirs.get_root(size)


@pytest.mark.parametrize("size", SIZES)
def test_pymerkle_makes_the_same_inclusion_proofs(conn: Connection[Any], theirs: Any, size: int) -> None:
    root = root_at(conn, size)
    for index in range(size):
        leaf, *path = theirs.prove_inclusion(index + 1, size).path
        assert inclusion_proof(conn, index, size) == path
        verify_inclusion(leaf, index, size, path, root)


@pytest.mark.parametrize("size", SIZES)
def test_pymerkle_accepts_our_inclusion_proofs_and_no_others(
    conn: Connection[Any], leaves: list[bytes], size: int
) -> None:
    root, wrong = root_at(conn, size), sha256(b"another").digest()
    for index in range(size):
        leaf = leaf_hash(leaves[index])
        rule, _ = _inclusion_path_layout(index + 1, size)
        path = [leaf, *inclusion_proof(conn, index, size)]
        ours = pymerkle.InclusionProof("sha256", True, size, index + 1, rule, path)
        ours.verify(leaf, root, index=index + 1, size=size, algorithm="sha256")
        with pytest.raises(pymerkle.InvalidProof):
            ours.verify(wrong, root)
        with pytest.raises(pymerkle.InvalidProof):
            ours.verify(leaf, wrong)


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_pymerkle_proves_our_roots_consistent(conn: Connection[Any], theirs: Any, old: int, new: int) -> None:
    was, now = root_at(conn, old), root_at(conn, new)
    theirs.prove_consistency(old, new).verify(was, now, prior_size=old, later_size=new, algorithm="sha256")


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_pymerkle_accepts_its_kind_of_consistency_proof_from_our_nodes(
    conn: Connection[Any], old: int, new: int
) -> None:
    """Its proofs are not those of RFC 6962: they go down to a leaf where the RFC stops at a subtree."""
    rule, subset, ranges = _consistency_path_layout(old, new)
    plan = [Leaves(*its) for its in ranges]
    path = merkle.hashes(plan, read_nodes(conn, plan))
    ours = pymerkle.ConsistencyProof("sha256", True, new, old, rule, subset, path)
    ours.verify(root_at(conn, old), root_at(conn, new), prior_size=old, later_size=new, algorithm="sha256")


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_pymerkle_finds_each_hash_of_our_consistency_proofs(
    conn: Connection[Any], leaves: list[bytes], old: int, new: int
) -> None:
    expected = [tree_of(leaves[start:stop]).get_root() for start, stop in merkle.consistency(old, new)]
    assert consistency_proof(conn, old, new) == expected


# sigstore


def public_key(conn: Connection[Any]) -> tuple[bytes, bytes]:
    """The id and the bytes of the log's key, from its published text: name+id+base64(type, key)."""
    name, key_id, data = key_history(conn)[-1].vkey.split("+", 2)
    kind_and_key = b64decode(data)
    found = sha256(f"{name}\n".encode() + kind_and_key).digest()
    assert (found[:4].hex(), kind_and_key[0]) == (key_id, 1)
    return found, kind_and_key[1:]


def keyring(key: Ed25519PublicKey) -> RekorKeyring:
    """The key as sigstore keeps those it trusts."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    trusted = PublicKey(raw_bytes=b64encode(der), key_details=PublicKeyDetails.PKIX_ED25519)
    return RekorKeyring(Keyring([trusted]))


def entry_of(
    conn: Connection[Any], leaf: bytes, index: int, size: int, note: str = ""
) -> TransparencyLogEntry:
    """An event of ours as an entry of a log of theirs; a 64-bit number is a string there."""
    told = {
        "log_index": str(index),
        "log_id": {"key_id": b64encode(public_key(conn)[0])},
        "kind_version": {"kind": "event", "version": "1"},
        "canonicalized_body": b64encode(leaf),
        "inclusion_proof": {
            "log_index": str(index),
            "tree_size": str(size),
            "root_hash": b64encode(root_at(conn, size)),
            "hashes": [b64encode(hash_) for hash_ in inclusion_proof(conn, index, size)],
            "checkpoint": {"envelope": note},
        },
    }
    return TransparencyLogEntry(Entry.from_dict(told))


@pytest.fixture(scope="module")
def notes(ledger: str, tmp_path_factory: pytest.TempPathFactory) -> dict[int, str]:
    """The signed checkpoint of each size, as it is handed out."""
    signer = Signer(ledger, tmp_path_factory.mktemp("keys"))
    return {size: signer.sign(size).note for size in SIZES}


@pytest.mark.parametrize("size", SIZES)
def test_sigstore_accepts_our_inclusion_proofs_and_no_others(
    conn: Connection[Any], leaves: list[bytes], notes: dict[int, str], size: int
) -> None:
    for index in range(size):
        verify_merkle_inclusion(entry_of(conn, leaves[index], index, size, notes[size]))
        with pytest.raises(VerificationError):
            verify_merkle_inclusion(entry_of(conn, leaves[index] + b" ", index, size, notes[size]))


@pytest.mark.parametrize("size", SIZES)
def test_sigstore_reads_our_checkpoints(
    conn: Connection[Any], leaves: list[bytes], notes: dict[int, str], size: int
) -> None:
    """Their fourth line, too, is what PostgreSQL and pymerkle make of it."""
    streams = [leaf for (leaf,) in conn.execute(STREAMS, (size,))]
    read = SignedCheckpoint.from_text(notes[size]).checkpoint
    assert (read.origin, read.log_size) == (f"{ORIGIN}/simulated", size)
    assert read.log_hash == tree_of(leaves[:size]).get_root().hex()
    root_of_streams = b64encode(tree_of(streams).get_root()).decode()
    assert read.other_content == [f"streams {len(streams)} {root_of_streams}"]


@pytest.mark.parametrize("size", SIZES)
def test_sigstore_accepts_our_signatures(
    conn: Connection[Any], leaves: list[bytes], notes: dict[int, str], size: int
) -> None:
    ours = keyring(Ed25519PublicKey.from_public_bytes(public_key(conn)[1]))
    verify_checkpoint(ours, entry_of(conn, leaves[0], 0, size, notes[size]))


def test_sigstore_refuses_what_we_did_not_sign(
    conn: Connection[Any], leaves: list[bytes], notes: dict[int, str]
) -> None:
    ours = keyring(Ed25519PublicKey.from_public_bytes(public_key(conn)[1]))
    note = notes[EVENTS]
    for altered in (note.replace("\n70\n", "\n71\n"), note.replace("\nstreams ", "\nstreams 1"), notes[65]):
        assert altered != note
        with pytest.raises(VerificationError):
            verify_checkpoint(ours, entry_of(conn, leaves[0], 0, EVENTS, altered))
    another = keyring(Ed25519PrivateKey.generate().public_key())
    with pytest.raises(VerificationError):
        verify_checkpoint(another, entry_of(conn, leaves[0], 0, EVENTS, note))
