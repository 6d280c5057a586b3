"""Signed notes: the specification's own examples, and every way in which a note can be wrong."""

from __future__ import annotations

from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import KeyUnusable, NoteInvalid
from ledger.notes import Kind, Note, Signature, SigningKey, VerifierKey, verified_by
from ledger.textual import base64_bytes, base64_of, counted
from tests.ledger.witness import Cosigner

# From C2SP's signed-note.md.
VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu7"
    "2IneyaQM=\n"
)
POEM = (
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
    "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99i"
    "hAQwaqP3ZekRwNtIc=\n"
)
# From C2SP's tlog-cosignature.md.
COSIGNED = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9"
    "nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZ"
    "qhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)
NAME = "zhucun.example/430624"
TEXT = "one\n\ntwo\n"


def signed(*keys: SigningKey, text: str = TEXT) -> Note:
    return Note(text, tuple(key.sign(NAME, text) for key in keys))


# The specification's examples


def test_the_specifications_example_is_verified_by_its_key() -> None:
    key = VerifierKey.parse(VKEY)
    note = Note.parse(EXAMPLE)

    assert verified_by(note, [key]) == [key]
    assert (key.name, key.kind, key.text) == ("example.com/foo", Kind.ED25519, VKEY)
    assert (note.text, str(note)) == ("This is an example message.\n", EXAMPLE)


def test_a_text_may_have_empty_lines() -> None:
    note = Note.parse(POEM)

    assert note.text.endswith("sole:\n\ned è subito sera.\n")
    assert [signature.name for signature in note.signatures] == ["quasimodo.example/salvatore"]
    assert str(note) == POEM


def test_a_cosignature_tells_its_time() -> None:
    log, witness = Note.parse(COSIGNED).signatures

    assert log.timestamp is None
    assert witness.timestamp == 1679315147


# Signing and verifying


def test_what_a_key_signed_it_verifies() -> None:
    key = SigningKey.generate()

    assert verified_by(Note.parse(str(signed(key))), [key.verifier(NAME)]) == [key.verifier(NAME)]


def test_the_same_text_always_has_the_same_signature() -> None:
    key = SigningKey.generate()

    assert key.sign(NAME, TEXT) == SigningKey.from_pem(key.pem).sign(NAME, TEXT)


def test_those_who_signed_are_named_in_the_order_of_their_signatures() -> None:
    one, two, three = (SigningKey.generate() for _ in range(3))
    keys = [key.verifier(NAME) for key in (three, two, one)]

    assert verified_by(signed(one, three, one), keys) == [one.verifier(NAME), three.verifier(NAME)]


def test_signatures_of_unknown_keys_are_passed_over() -> None:
    known, unknown = SigningKey.generate(), SigningKey.generate()
    note = signed(unknown, known)
    same_name = Signature(NAME, b"\0\0\0\0", b"no signature at all")

    assert verified_by(Note(note.text, (*note.signatures, same_name)), [known.verifier(NAME)]) == [
        known.verifier(NAME)
    ]
    assert verified_by(note, []) == []


def test_a_wrong_signature_of_a_known_key_spoils_the_note() -> None:
    one, two = SigningKey.generate(), SigningKey.generate()
    borrowed = Signature(NAME, two.verifier(NAME).key_id, one.sign(NAME, TEXT).value)
    note = Note(TEXT, (one.sign(NAME, TEXT), borrowed))

    with pytest.raises(NoteInvalid, match="is not on this text"):
        verified_by(note, [one.verifier(NAME), two.verifier(NAME)])


@given(st.integers(0, len(EXAMPLE) - 1), st.characters(exclude_categories=["Cs"]))
def test_whatever_character_is_changed_the_example_no_longer_holds(place: int, other: str) -> None:
    changed = EXAMPLE[:place] + other + EXAMPLE[place + 1 :]
    try:
        holds = verified_by(Note.parse(changed), [VerifierKey.parse(VKEY)]) != []
    except NoteInvalid:
        holds = False

    assert holds == (changed == EXAMPLE)


# Cosignatures


def test_a_cosignature_is_verified_with_its_time() -> None:
    witness = Cosigner("witness.example/w1")
    note = Note(TEXT, (witness.cosign(TEXT, 1679315147),))

    assert verified_by(note, [witness.key]) == [witness.key]
    assert note.signatures[0].timestamp == 1679315147


def test_another_time_spoils_a_cosignature() -> None:
    witness = Cosigner("witness.example/w1")
    given_ = witness.cosign(TEXT, 1679315147)
    for time in (0, 1679315148, 1 << 63):
        later = Signature(given_.name, given_.key_id, time.to_bytes(8, "big") + given_.value[8:])
        with pytest.raises(NoteInvalid):
            verified_by(Note(TEXT, (later,)), [witness.key])


def test_a_cosignature_is_no_plain_signature_of_the_same_key() -> None:
    witness = Cosigner("witness.example/w1")
    plain = VerifierKey(witness.key.name, Kind.ED25519, witness.key.public)

    assert plain.key_id != witness.key.key_id
    assert verified_by(Note(TEXT, (witness.cosign(TEXT, 1),)), [plain]) == []


# What is not a note


@pytest.mark.parametrize(
    "full",
    [
        "",
        "text\n",
        "text\n\n",
        EXAMPLE.removesuffix("\n"),
        EXAMPLE.replace("\n\n", "\n"),
        EXAMPLE + "\n",
        EXAMPLE + "— example.com/foo\n",
        EXAMPLE + "— example.com/foo QUJDRA==\n",
        EXAMPLE + "- example.com/foo QUJDREVGRw==\n",
        EXAMPLE + "— example.com+foo QUJDREVGRw==\n",
        EXAMPLE + "—  QUJDREVGRw==\n",
        EXAMPLE + "— example.com/foo QUJDREVGRw\n",
        EXAMPLE + "— example.com/foo QUJDREVGRx==\n",
        EXAMPLE + "— example.com/foo  QUJDREVGRw==\n",
        EXAMPLE.replace("is an", "is\tan"),
        EXAMPLE.replace("is an", "is\0an"),
        EXAMPLE.replace("\n", "\r\n"),
        "x" * 70_000 + "\n\n— example.com/foo QUJDREVGRw==\n",
    ],
)
def test_what_is_not_a_note_is_refused(full: str) -> None:
    with pytest.raises(NoteInvalid):
        Note.parse(full)


@given(st.text())
def test_any_text_is_a_note_or_refused(full: str) -> None:
    with suppress(NoteInvalid):
        assert str(Note.parse(full)) == full


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "example.com/foo",
        VKEY.replace("530d903a", "530d903b"),
        VKEY.replace("530d903a", "530D903A"),
        VKEY.replace("example.com/foo", "example.com/bar"),
        VKEY.replace("example.com/foo", ""),
        VKEY.replace("example.com/foo", "example.com/ foo"),
        VKEY[:-4],
        VKEY + "AAAA",
        VKEY + " ",
        VKEY.replace("+Aeky", "+Auky"),
    ],
)
def test_what_is_not_a_key_is_refused(vkey: str) -> None:
    with pytest.raises(KeyUnusable):
        VerifierKey.parse(vkey)


def test_only_ed25519_keys_are_read() -> None:
    other = generate_private_key(SECP256R1())
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for unreadable in (pem, b"", b"-----BEGIN PRIVATE KEY-----\n"):
        with pytest.raises(ValueError, match=r".+"):
            SigningKey.from_pem(unreadable)


# The one form of bytes and numbers


@given(st.binary())
def test_bytes_have_one_form(data: bytes) -> None:
    assert base64_bytes(base64_of(data)) == data


@pytest.mark.parametrize("text", ["QQ", "QR==", "Q Q==", "QQ==\n", "_-8=", "É==="])
def test_any_other_form_of_bytes_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        base64_bytes(text)


@pytest.mark.parametrize("text", ["", "01", "-1", "+1", " 1", "1_0", "1.0", "٣", "9" * 20])
def test_any_other_form_of_a_number_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        counted(text)
