"""The verifier's own Ed25519, against the vectors of RFC 8032 and another implementation."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from api.dossier.verify_dossier import ed25519_holds

ORDER = 2**252 + 27742317777372353535851937790883648493
VECTORS = [
    line.split(":")
    for line in """\
d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a::\
e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b
3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c:72:\
92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00
fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025:af82:\
6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a
""".splitlines()
]
"""Public key, message and signature of tests 1 to 3 (section 7.1)."""


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_the_vectors_of_the_specification_hold(public: str, message: str, signature: str) -> None:
    assert ed25519_holds(bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature))


@given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=200), bit=st.integers(0, 511))
def test_what_another_implementation_signs_holds_and_with_any_bit_turned_does_not(
    seed: bytes, message: bytes, bit: int
) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    signature = key.sign(message)
    turned = (int.from_bytes(signature, "big") ^ 1 << bit).to_bytes(64, "big")

    assert ed25519_holds(public, message, signature)
    assert not ed25519_holds(public, message, turned)
    assert not ed25519_holds(public, message + b"\0", signature)


def test_a_signature_has_one_form_only() -> None:
    public, message, signature = (bytes.fromhex(it) for it in VECTORS[1])
    more = int.from_bytes(signature[32:], "little") + ORDER

    assert not ed25519_holds(public, message, signature[:32] + more.to_bytes(32, "little"))


@pytest.mark.parametrize(
    "public",
    [
        (2**255 - 19).to_bytes(32, "little"),  # y is not below the field's size
        (1 | 1 << 255).to_bytes(32, "little"),  # x = 0 has no sign
        (2).to_bytes(32, "little"),  # there is no such point
        bytes(31),
        bytes(33),
    ],
)
def test_what_encodes_no_key_verifies_nothing(public: bytes) -> None:
    assert not ed25519_holds(public, b"", bytes(64))


@pytest.mark.parametrize(
    "public",
    [
        (1).to_bytes(32, "little"),  # of order 1
        (2**255 - 20).to_bytes(32, "little"),  # 2
        bytes(32),  # 4
        bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),  # 8
    ],
)
def test_a_key_with_which_anybody_could_sign_verifies_nothing(public: bytes) -> None:
    """With the neutral point as R and 0 as s, one message in eight or more would seem signed."""
    signature = (1).to_bytes(32, "little") + bytes(32)

    assert not any(ed25519_holds(public, bytes([it]), signature) for it in range(64))


def test_a_signature_of_another_length_does_not_hold() -> None:
    public, message, signature = (bytes.fromhex(it) for it in VECTORS[1])

    assert not ed25519_holds(public, message, signature[:-1])
    assert not ed25519_holds(public, message, signature + b"\0")
