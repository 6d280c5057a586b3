"""Roots and proofs against the definitions of RFC 6962, as they stand there, and against known vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import pairwise, permutations
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import merkle
from ledger.merkle import (
    EMPTY_ROOT,
    STRIDE,
    Edge,
    Leaves,
    Node,
    ProofInvalid,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

# What RFC 6962 says


def mth(data: Sequence[bytes]) -> bytes:
    """The Merkle tree hash (section 2.1)."""
    if not data:
        return sha256(b"").digest()
    if len(data) == 1:
        return sha256(b"\x00" + data[0]).digest()
    k = largest_power_below(len(data))
    return sha256(b"\x01" + mth(data[:k]) + mth(data[k:])).digest()


def path(m: int, data: Sequence[bytes]) -> list[bytes]:
    """The audit path of leaf m (section 2.1.1)."""
    if len(data) == 1:
        return []
    k = largest_power_below(len(data))
    if m < k:
        return [*path(m, data[:k]), mth(data[k:])]
    return [*path(m - k, data[k:]), mth(data[:k])]


def proof(m: int, data: Sequence[bytes]) -> list[bytes]:
    """The consistency proof from the first m leaves (section 2.1.2)."""
    return subproof(m, data, complete=True)


def subproof(m: int, data: Sequence[bytes], *, complete: bool) -> list[bytes]:
    if m == len(data):
        return [] if complete else [mth(data)]
    k = largest_power_below(len(data))
    if m <= k:
        return [*subproof(m, data[:k], complete=complete), mth(data[k:])]
    return [*subproof(m - k, data[k:], complete=False), mth(data[:k])]


def largest_power_below(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


# The vectors of Certificate Transparency's reference implementation

VECTOR: Final = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS: Final = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""The root over the first 0, 1 … 8 leaves of the vector."""

INCLUSIONS: Final[dict[tuple[int, int], list[str]]] = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
"""By (index, size)."""

CONSISTENCIES: Final[dict[tuple[int, int], list[str]]] = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
"""By (old size, new size)."""


def test_the_root_of_no_leaves_is_the_hash_of_nothing() -> None:
    assert EMPTY_ROOT.hex() == ROOTS[0]
    assert root_of([]) == EMPTY_ROOT
    assert Edge().root == EMPTY_ROOT


@pytest.mark.parametrize("size", range(9))
def test_the_reference_roots_are_found(size: int) -> None:
    leaves = hashed(VECTOR[:size])
    assert root_of(leaves).hex() == ROOTS[size]
    assert grown([leaves])[0].root.hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size"), INCLUSIONS)
def test_the_reference_inclusion_proofs_are_found_and_hold(index: int, size: int) -> None:
    found = made(merkle.inclusion(index, size), hashed(VECTOR))
    assert [hash_.hex() for hash_ in found] == INCLUSIONS[index, size]
    verify_inclusion(leaf_hash(VECTOR[index]), index, size, found, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("old", "new"), CONSISTENCIES)
def test_the_reference_consistency_proofs_are_found_and_hold(old: int, new: int) -> None:
    found = made(merkle.consistency(old, new), hashed(VECTOR))
    assert [hash_.hex() for hash_ in found] == CONSISTENCIES[old, new]
    verify_consistency(old, new, bytes.fromhex(ROOTS[old]), bytes.fromhex(ROOTS[new]), found)


# Laws

SIZES: Final = st.integers(1, 600)


def leaves_of(size: int) -> list[bytes]:
    return [b"leaf %d" % n for n in range(size)]


def hashed(data: Sequence[bytes]) -> list[bytes]:
    return [leaf_hash(leaf) for leaf in data]


def grown(batches: Sequence[Sequence[bytes]]) -> tuple[Edge, dict[Node, bytes]]:
    """A tree that grew by batches, and the nodes to keep."""
    edge, nodes = Edge(), dict[Node, bytes]()
    for batch in batches:
        nodes.update(edge.add(batch))
    return edge, nodes


def made(plan: list[Leaves], leaf_hashes: Sequence[bytes]) -> list[bytes]:
    """A proof from kept nodes alone, and from no more of them than it says it needs."""
    _, nodes = grown([leaf_hashes])
    return merkle.hashes(plan, {node: nodes[node] for node in merkle.needed(plan)})


@st.composite
def a_leaf_of_a_tree(draw: st.DrawFn) -> tuple[int, int]:
    size = draw(SIZES)
    return draw(st.integers(0, size - 1)), size


@st.composite
def two_sizes(draw: st.DrawFn) -> tuple[int, int]:
    new = draw(SIZES)
    return draw(st.integers(0, new)), new


@given(SIZES)
def test_a_root_is_the_merkle_tree_hash(size: int) -> None:
    data = leaves_of(size)
    assert root_of(hashed(data)) == mth(data)
    assert made([Leaves(0, size)], hashed(data)) == [mth(data)]


@given(cuts=st.lists(st.integers(0, 600), max_size=8), size=SIZES)
def test_a_tree_grows_alike_whatever_comes_at_once(cuts: list[int], size: int) -> None:
    leaves = hashed(leaves_of(size))
    edges = [0, *sorted(cut for cut in cuts if cut <= size), size]
    edge, nodes = grown([leaves[start:stop] for start, stop in pairwise(edges)])
    at_once, same = grown([leaves])
    assert nodes == same
    assert edge.root == at_once.root == root_of(leaves)
    assert edge.size == size


@given(two_sizes())
def test_a_tree_goes_on_from_the_nodes_at_its_right_edge(sizes: tuple[int, int]) -> None:
    old, new = sizes
    leaves = hashed(leaves_of(new))
    _, nodes = grown([leaves[:old]])
    edge = Edge(old, {node: nodes[node] for node in merkle.edge_of(old)})
    assert edge.root == root_of(leaves[:old])
    nodes.update(edge.add(leaves[old:]))
    assert (edge.root, nodes) == (root_of(leaves), grown([leaves])[1])


@given(two_sizes())
def test_a_copy_of_an_edge_grows_by_itself(sizes: tuple[int, int]) -> None:
    old, new = sizes
    leaves = hashed(leaves_of(new))
    edge, _ = grown([leaves[:old]])
    twin = edge.copy()
    assert len(list(twin.add(leaves[old:]))) >= new - old
    assert edge.root == root_of(leaves[:old])
    assert twin.root == root_of(leaves)


@given(SIZES)
def test_of_every_stride_of_levels_the_lowest_is_kept_once(size: int) -> None:
    edge, nodes = Edge(), list[Node]()
    for leaf in hashed(leaves_of(size)):
        nodes += [node for node, _ in edge.add([leaf])]
    kept = [Node(level, index) for level in range(0, 12, STRIDE) for index in range(size >> level)]
    assert sorted(nodes) == sorted(kept)


@given(a_leaf_of_a_tree())
def test_an_inclusion_proof_is_the_audit_path_and_holds(where: tuple[int, int]) -> None:
    index, size = where
    data = leaves_of(size)
    found = made(merkle.inclusion(index, size), hashed(data))
    assert found == path(index, data)
    verify_inclusion(leaf_hash(data[index]), index, size, found, mth(data))


@given(two_sizes())
def test_a_consistency_proof_is_the_specified_one_and_holds(sizes: tuple[int, int]) -> None:
    old, new = sizes
    data = leaves_of(new)
    found = made(merkle.consistency(old, new), hashed(data))
    assert found == (proof(old, data) if old else [])
    verify_consistency(old, new, mth(data[:old]), mth(data), found)


@given(a_leaf_of_a_tree(), st.integers(2**20, 2**40))
def test_a_proof_needs_few_nodes_however_long_the_log(where: tuple[int, int], more: int) -> None:
    index, size = where
    size += more
    levels = size.bit_length()
    assert len(merkle.needed(merkle.inclusion(index, size))) <= levels * 2**STRIDE
    assert len(merkle.needed(merkle.consistency(index, size))) <= levels * 2**STRIDE


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0), (4, 3)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        merkle.inclusion(index, size)
    with pytest.raises(ProofInvalid, match="no leaf"):
        verify_inclusion(leaf_hash(b""), index, size, [], EMPTY_ROOT)


@pytest.mark.parametrize(("old", "new"), [(-1, 3), (4, 3)])
def test_there_is_no_consistency_with_a_longer_tree(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="cannot begin"):
        merkle.consistency(old, new)
    with pytest.raises(ProofInvalid, match="cannot begin"):
        verify_consistency(old, new, EMPTY_ROOT, EMPTY_ROOT, [])


# Wrong proofs


def spoilt(right: Sequence[bytes]) -> Iterator[list[bytes]]:
    """Every proof that differs from this one by one element changed, dropped, added, or swapped."""
    other = sha256(b"another").digest()
    for n, hash_ in enumerate(right):
        yield [*right[:n], bytes([hash_[0] ^ 1]) + hash_[1:], *right[n + 1 :]]
        yield [*right[:n], hash_[:-1] + bytes([hash_[-1] ^ 0x80]), *right[n + 1 :]]
        yield [*right[:n], *right[n + 1 :]]
    for n in range(len(right) + 1):
        yield [*right[:n], other, *right[n:]]
        yield [*right[:n], EMPTY_ROOT, *right[n:]]
        yield [*right[:n], *right[max(n - 1, 0) : n], *right[n:]]
    for one, another in permutations(range(len(right)), 2):
        swapped = list(right)
        swapped[one], swapped[another] = swapped[another], swapped[one]
        yield swapped


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 13, 16, 17, 31])
def test_a_spoilt_inclusion_proof_is_refused(size: int) -> None:
    data = leaves_of(size)
    root = mth(data)
    for index in range(size):
        right = path(index, data)
        for wrong in spoilt(right):
            if wrong != right:
                assert refused_inclusion(leaf_hash(data[index]), index, size, wrong, root)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13])
def test_an_inclusion_proof_holds_for_its_leaf_index_and_root_alone(size: int) -> None:
    data = leaves_of(size)
    root = mth(data)
    for index in range(size):
        right, leaf = path(index, data), leaf_hash(data[index])
        for other in range(size + 1):
            if other != index:
                assert refused_inclusion(leaf, other, size, right, root)
        assert refused_inclusion(leaf_hash(b"another"), index, size, right, root)
        assert refused_inclusion(leaf, index, size, right, mth(leaves_of(size + 1)))


@pytest.mark.parametrize("new", [1, 2, 3, 4, 6, 7, 8, 13, 16, 17])
def test_a_spoilt_consistency_proof_is_refused(new: int) -> None:
    data = leaves_of(new)
    for old in range(new + 1):
        right = proof(old, data) if old else []
        for wrong in spoilt(right):
            if wrong != right:
                assert refused_consistency(old, new, mth(data[:old]), mth(data), wrong)


@pytest.mark.parametrize("new", [1, 2, 3, 4, 6, 7, 8, 13])
def test_a_consistency_proof_holds_for_its_roots_alone(new: int) -> None:
    data, other = leaves_of(new), sha256(b"another").digest()
    for old in range(1, new + 1):
        right, was, now = proof(old, data), mth(data[:old]), mth(data)
        assert refused_consistency(old, new, other, now, right)
        assert refused_consistency(old, new, was, other, right)
        if old < new:
            assert refused_consistency(old, new, now, was, right)


def test_nothing_but_the_empty_root_stands_for_an_empty_tree() -> None:
    verify_consistency(0, 3, EMPTY_ROOT, mth(leaves_of(3)), [])
    assert refused_consistency(0, 3, mth(leaves_of(1)), mth(leaves_of(3)), [])
    assert refused_consistency(0, 0, EMPTY_ROOT, mth(leaves_of(1)), [])


def test_a_proof_has_the_length_of_its_sizes_even_if_it_leads_to_the_roots() -> None:
    one, two, three = hashed(leaves_of(3))
    pair = merkle.node_hash(one, two)
    assert refused_inclusion(two, 0, 1, [one], pair)
    assert refused_inclusion(one, 0, 3, [two], pair)

    was, now, right = mth(leaves_of(3)), mth(leaves_of(4)), proof(3, leaves_of(4))
    verify_consistency(3, 4, was, now, right)
    assert refused_consistency(
        3, 4, merkle.node_hash(three, was), merkle.node_hash(three, now), [*right, three]
    )
    assert refused_consistency(3, 5, was, now, right)
    assert refused_consistency(3, 5, was, mth(leaves_of(5)), [])


def refused_inclusion(leaf: bytes, index: int, size: int, wrong: Sequence[bytes], root: bytes) -> bool:
    try:
        verify_inclusion(leaf, index, size, wrong, root)
    except ProofInvalid:
        return True
    return False


def refused_consistency(old: int, new: int, was: bytes, now: bytes, wrong: Sequence[bytes]) -> bool:
    try:
        verify_consistency(old, new, was, now, wrong)
    except ProofInvalid:
        return True
    return False
