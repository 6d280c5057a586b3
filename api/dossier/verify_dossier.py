"""核验档案。Check a dossier of Zhucun: offline, with Python 3.9 or later and nothing else.

    python3 verify_dossier.py DOSSIER.zip --key VKEY
    python3 verify_dossier.py DOSSIER.zip --checkpoint KEPT.txt [--log EXPORT.jsonl]

It imports nothing of Zhucun's, and was written from two pages alone: docs/proofs.md, which has the formats,
and docs/answers.md, which says what every figure means. An auditor can read it from top to bottom: first the
arithmetic of signatures and trees, then the formats, then the replay, which computes every figure again from
the bare events, then what each file of a dossier has to hold, and last the verdict.

退出码 exit code: 0 核验通过,并与您留存的公钥或检查点相符 all holds, and agrees with what you kept;
1 有不符之处 something does not hold; 2 用法不对 wrong usage;
3 档案自身一致,但尚未与您留存的公钥或检查点对照 consistent in itself, not compared with anything you kept.
"""
# ruff: noqa: UP017, UP033 - it has to run on Python 3.9

from __future__ import annotations

import argparse
import gzip
import io
import json
import re
import struct
import sys
import zlib
from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from hashlib import sha256, sha512
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, NoReturn, Protocol, cast


class Doubt(Exception):  # noqa: N818 - that is what it is
    """Something does not hold; said in Chinese and in English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


class Malformed(Doubt):
    """Something is not in the form of docs/proofs.md."""


class Unusable(Doubt):
    """What the reader brought along cannot be read, so that the dossier could not be compared with it."""


def shown(value: object, most: int = 120) -> str:
    """Return a value as one printable line: what a dossier says must not move the reader's cursor."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = "".join(it if it.isprintable() else f"\\u{ord(it):04x}" for it in text[: most + 1])
    return text if len(text) <= most else text[:most] + "…"


# Ed25519 (RFC 8032): verifying only

_P: Final = 2**255 - 19
_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
_D: Final = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT_OF_MINUS_ONE: Final = pow(2, (_P - 1) // 4, _P)

Point = tuple[int, int, int, int]
"""A point of the curve in extended coordinates: x = X / Z, y = Y / Z, X · Y = Z · T."""

_NEUTRAL: Final[Point] = (0, 1, 1, 0)


def _add(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _point(encoded: bytes) -> Point | None:
    """Return the point that 32 bytes encode; None if they encode none."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT_OF_MINUS_ONE % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


_BASE: Final = cast("Point", _point((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little")))


def _is_of_small_order(point: Point) -> bool:
    """Whether it is one of eight points that, as a key, would let anybody sign."""
    for _ in range(3):
        point = _add(point, point)
    return not point[0] and point[1] == point[2]


def ed25519_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether 64 bytes are the signature of a message under a public key of 32 bytes."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, s = _point(public), int.from_bytes(signature[32:], "little")
    if key is None or s >= _ORDER or _is_of_small_order(key):
        return False
    k = int.from_bytes(sha512(signature[:32] + public + message).digest(), "little") % _ORDER
    # R must be s · B − k · A: both products in one walk over the bits.
    minus = (_P - key[0], key[1], key[2], _P - key[3])
    both, found = _add(_BASE, minus), _NEUTRAL
    for bit in range(max(s.bit_length(), k.bit_length()) - 1, -1, -1):
        found = _add(found, found)
        choice = (s >> bit & 1) | (k >> bit & 1) << 1
        if choice:
            found = _add(found, (_BASE, minus, both)[choice - 1])
    inverse = pow(found[2], _P - 2, _P)
    x, y = found[0] * inverse % _P, found[1] * inverse % _P
    return signature[:32] == (y | (x & 1) << 255).to_bytes(32, "little")


# Merkle trees (RFC 6962, section 2.1)


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two children."""
    return sha256(b"\x01" + left + right).digest()


def root_by(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """Return the root that an inclusion proof leads to; None if it has not just the hashes it must have.

    Args:
        leaf: its hash.
        index: of the leaf, from 0.
        size: leaves of the tree.
        proof: hashes of siblings, from the leaf up.
    """
    if not 0 <= index < size:
        return None
    here, last = index, size - 1
    for sibling in proof:
        if last == 0:
            return None
        if here & 1 or here == last:
            leaf = node_hash(sibling, leaf)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            leaf = node_hash(leaf, sibling)
        here, last = here >> 1, last >> 1
    return leaf if last == 0 else None


class Tree:
    """A tree that leaves are appended to: of each perfect subtree at its right edge the hash."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Append a leaf, given by its hash."""
        self.size += 1
        whole = self.size
        while not whole & 1:
            leaf, whole = node_hash(self._edge.pop(), leaf), whole >> 1
        self._edge.append(leaf)

    def root(self) -> bytes:
        """Return the root over all leaves so far."""
        if not self._edge:
            return sha256(b"").digest()
        found = self._edge[-1]
        for left in reversed(self._edge[:-1]):
            found = node_hash(left, found)
        return found


# Reading strictly: text, numbers, days, JSON

MOST_NUMBER: Final = 2**63 - 1
MOST_LINE: Final = 8 * 2**20
"""Bytes of one JSON text, of an event line for example; in memory it can be twenty times as large."""

EPOCH: Final = datetime(2000, 1, 1, tzinfo=timezone.utc)
CHINA: Final = timezone(timedelta(hours=8))
"""Asia/Shanghai has had no other offset since 1991."""

_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DAY: Final = re.compile(r"(20[0-9]{2}|21[0-9]{2})-[0-9]{2}-[0-9]{2}")
_MONTH: Final = re.compile(r"[0-9]{4}-[0-9]{2}")
_MOMENT: Final = re.compile(r"(20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_HEX: Final = re.compile(r"[0-9a-f]{64}")
_FIELD: Final = re.compile(r"[a-z_]+")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]*={0,2}")


def wrong(what: str) -> NoReturn:
    """Refuse what is not in the form of docs/proofs.md."""
    raise Malformed(f"不是有效的档案:{what}不符合格式", f"not a valid dossier: {what} is malformed")


def number_of(text: str, what: str) -> int:
    """Return a number of 0 or more, written in decimals without leading zeroes."""
    if not _NUMBER.fullmatch(text) or int(text) > MOST_NUMBER:
        wrong(what)
    return int(text)


def bytes_of(text: object, what: str, length: int | None = None) -> bytes:
    """Return what base64 says; there is one text for each content."""
    if not isinstance(text, str) or not _BASE64.fullmatch(text) or len(text) % 4:
        wrong(what)
    data = b64decode(text, validate=True)
    if b64encode(data).decode() != text or length not in {None, len(data)}:
        wrong(what)
    return data


def hashes_of(texts: object, what: str) -> list[bytes]:
    """Return the hashes of a proof."""
    if not isinstance(texts, list) or len(texts) > 64:
        wrong(what)
    return [bytes_of(text, what, 32) for text in texts]


@lru_cache(maxsize=None)
def day_of(text: str) -> date:
    """Return the day of `2020-05-31`; the years 2000 to 2199 are enough for everything."""
    if not _DAY.fullmatch(text):
        wrong(f"“{shown(text)}”")
    try:
        return date(int(text[:4]), int(text[5:7]), int(text[8:]))
    except ValueError:
        wrong(f"“{shown(text)}”")


def moment_of(text: object, what: str) -> datetime:
    """Return the moment of `2020-05-31T16:00:00.000000Z`."""
    if not isinstance(text, str) or not _MOMENT.fullmatch(text):
        wrong(what)
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
    except ValueError:
        wrong(what)


def json_of(data: bytes, what: str) -> Any:
    """Return what JSON says: UTF-8, no member twice, no number that is not exactly one."""

    def once(members: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(members)
        if len(found) != len(members):
            wrong(what)
        return found

    def whole(text: str) -> int:
        if len(text) > 19 or abs(int(text)) > MOST_NUMBER:
            wrong(what)
        return int(text)

    def refused(_: str) -> NoReturn:
        wrong(what)

    if len(data) > MOST_LINE:
        wrong(what)
    try:
        return json.loads(
            data.decode("utf-8"),
            object_pairs_hook=once,
            parse_int=whole,
            parse_float=refused,  # no stored fact has one: amounts and points are texts
            parse_constant=refused,
        )
    except (ValueError, RecursionError):
        wrong(what)


def members_of(value: object, names: Sequence[str], what: str) -> list[Any]:
    """Return the values of an object that has just these members in this order."""
    if not isinstance(value, dict) or list(value) != list(names):
        wrong(what)
    return list(value.values())


def same(one: object, other: object) -> bool:
    """Whether two JSON values are the same, the order of their members included; 1 is not true."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(*pair) for pair in zip_longest(one, other))
    return one == other


def lines_of(data: bytes, what: str) -> list[bytes]:
    """Return the lines of a text, each of which ends."""
    if not data.endswith(b"\n"):
        wrong(what)
    return data[:-1].split(b"\n")


# Signed notes, keys and checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature)

ED25519: Final = 1
COSIGNATURE: Final = 4


class Key(NamedTuple):
    """A verifier key: of a log (signature type 1), or of a witness (4)."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature names its key."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]


def key_of(text: object, what: str) -> Key:
    """Return the key of a `vkey`."""
    parts = text.split("+", 2) if isinstance(text, str) else []
    if len(parts) != 3 or not _name(parts[0]):
        wrong(what)
    material = bytes_of(parts[2], what, 33)
    key = Key(parts[0], material[0], material[1:])
    if key.kind not in {ED25519, COSIGNATURE} or parts[1] != key.id.hex():
        wrong(what)
    return key


def _name(text: str) -> bool:
    return bool(text) and "+" not in text and not any(it.isspace() for it in text)


class Signature(NamedTuple):
    """One of the signatures of a note."""

    name: str
    key_id: bytes
    data: bytes


class Note(NamedTuple):
    """A signed note: its text, which ends with a line feed, and its signatures."""

    text: str
    signatures: list[Signature]

    def is_signed_by(self, key: Key, what: str) -> bool:
        """Whether a key signed it.

        Raises:
            Doubt: there is a signature that claims to be this key's, and it is not.
        """
        signed = False
        for it in self.signatures:
            if (it.name, it.key_id) == (key.name, key.id):
                if not ed25519_holds(key.public, self._message(key, it, what), it.data[-64:]):
                    raise Doubt(
                        f"{what}上“{shown(key.name)}”的签名不成立",
                        f"the signature of {shown(key.name)} on {what} does not hold",
                    )
                signed = True
        return signed

    def _message(self, key: Key, signature: Signature, what: str) -> bytes:
        if len(signature.data) != (64 if key.kind == ED25519 else 72):
            wrong(what)
        if key.kind == ED25519:
            return self.text.encode()
        return f"cosignature/v1\ntime {cosigned_at(signature)}\n{self.text}".encode()


def cosigned_at(signature: Signature) -> int:
    """Return the seconds since 1970 at which a witness signed."""
    return int.from_bytes(signature.data[:8], "big")


def note_of(text: str, what: str) -> Note:
    """Return the note of its full text."""
    body, gap, last = text.rpartition("\n\n")
    lines = last.split("\n")
    if not gap or lines.pop() or not lines or len(lines) > 64:
        wrong(what)
    if any(ord(it) < 32 and it != "\n" for it in text):
        wrong(what)
    signatures = []
    for line in lines:
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        data = bytes_of(encoded, what)
        if dash != "—" or not _name(name) or len(data) < 5:
            wrong(what)
        signatures.append(Signature(name, data[:4], data[4:]))
    if len({(it.name, it.key_id) for it in signatures}) != len(signatures):
        wrong(what)
    return Note(body + "\n", signatures)


def text_of(data: bytes, what: str) -> str:
    """Return UTF-8 as a text."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        wrong(what)


class Checkpoint(NamedTuple):
    """What a checkpoint says: the log's size and root, and those of the tree of its streams."""

    origin: str
    size: int
    root: bytes
    streams: int
    streams_root: bytes


def checkpoint_of(note: Note, what: str) -> Checkpoint:
    """Return what the four lines of a checkpoint say."""
    lines = note.text[:-1].split("\n")
    words = lines[-1].split(" ")
    if len(lines) != 4 or not _name(lines[0]) or len(words) != 3 or words[0] != "streams":
        wrong(what)
    return Checkpoint(
        lines[0],
        number_of(lines[1], what),
        bytes_of(lines[2], what, 32),
        number_of(words[1], what),
        bytes_of(words[2], what, 32),
    )


MOST_KEYS: Final = 100


class Link(NamedTuple):
    """A key of the log, how it took over, and the log's size and root then."""

    key: Key
    size: int
    root: bytes
    lost: bool


def key_history(entries: object, checkpoint: Checkpoint) -> list[Link]:
    """Return the log's keys from the first to the last, their notes checked.

    Raises:
        Doubt: a key did not take over from the one before as it should.
    """
    if not isinstance(entries, list) or not 0 < len(entries) <= MOST_KEYS:
        wrong("keys.json")
    chain: list[Link] = []
    old = "none"
    for entry in entries:
        vkey, text = members_of(entry, ("vkey", "note"), "keys.json")
        key, note = key_of(vkey, "keys.json"), note_of(text if isinstance(text, str) else "", "keys.json")
        found = dict(line.partition(" ")[::2] for line in note.text[:-1].split("\n")[1:])
        size, root = (
            number_of(found.get("size", ""), "keys.json"),
            bytes_of(found.get("root"), "keys.json", 32),
        )
        lost = f"lost {found['lost']}\n" if found.get("lost") else ""
        if note.text != (
            f"zhucun key v1\norigin {checkpoint.origin}\nold {old}\nnew {vkey}\n"
            f"size {size}\nroot {b64encode(root).decode()}\n{lost}"
        ):
            _bad_succession(vkey)
        if key.kind != ED25519 or key.name != checkpoint.origin or key in {it.key for it in chain}:
            _bad_succession(vkey)
        signers = [key] if lost or not chain else [chain[-1].key, key]
        signed = [note.is_signed_by(it, "keys.json") for it in signers]
        if not all(signed) or (lost and not chain):
            _bad_succession(vkey)
        if chain and size < chain[-1].size:
            _bad_succession(vkey)
        if root != {0: Tree().root(), checkpoint.size: checkpoint.root}.get(size, root):
            _bad_succession(vkey)
        chain.append(Link(key, size, root, bool(lost)))
        old = vkey
    return chain


def _bad_succession(vkey: object) -> NoReturn:
    raise Doubt(
        f"keys.json:密钥 {shown(vkey)} 的交接说明不成立",
        f"keys.json: the key {shown(vkey)} did not take over as its note says",
    )


def signer_of(note: Note, checkpoint: Checkpoint, chain: Sequence[Link], what: str) -> int:
    """Return which of the log's keys signed a checkpoint, as one that counted for its size.

    Raises:
        Doubt: none did.
    """
    counted = [
        number
        for number, link in enumerate(chain)
        if note.is_signed_by(link.key, what)
        and (number + 1 == len(chain) or checkpoint.size <= chain[number + 1].size)
    ]
    if checkpoint.origin != chain[0].key.name or not counted:
        raise Doubt(
            f"{what}没有该日志有效密钥的签名",
            f"{what} is not signed by a key of this log that counted for its size",
        )
    return counted[-1]


# Event lines

EVENT_MEMBERS: Final = (
    "position",
    "recorded_at",
    "occurred_on",
    "aggregate",
    "version",
    "type",
    "actor",
    "command_id",
    "data",
    "raw",
    "leaf",
)
TOLD_APART: Final = ("occurred_on", "actor", "command_id")
"""What an event line tells of the state beside `data`."""


class Event:
    """An event whose line agrees with its stored bytes."""

    def __init__(self, line: Sequence[Any], recorded: datetime, state: dict[str, Any], leaf: bytes) -> None:
        self.position: int = line[0]
        self.aggregate: str = line[3]
        self.version: int = line[4]
        self.type: str = line[5]
        self.day = day_of(line[2])
        self.recorded = recorded
        self.state = state
        self.leaf = leaf

    def on(self, name: str) -> date:
        """Return a day that its state says."""
        return day_of(self.state[name])

    @property
    def village(self) -> str:
        """The village it happened in."""
        return cast("str", self.state["village_id"])


def event_of(members: Sequence[Any]) -> Event:
    """Return the event of an event line's members.

    Raises:
        Doubt: what the line says is not what its stored bytes say, or these do not hash to its leaf.
    """
    position, recorded_at, occurred_on, aggregate, version, type_, actor, command, data, raw, leaf = members
    what = f"事件 event {shown(position, 20)}"
    if type(position) is not int or type(version) is not int or min(position, version) < 1:
        wrong(what)
    if not isinstance(aggregate, str) or not _UUID.fullmatch(aggregate) or not isinstance(type_, str):
        wrong(what)
    recorded, stored = moment_of(recorded_at, what), bytes_of(raw, what)
    state = json_of(stored, what)
    told = {"occurred_on": occurred_on, "actor": actor, "command_id": command}
    if not isinstance(state, dict) or not isinstance(data, dict) or set(data) & set(told):
        wrong(what)
    rest = {name: value for name, value in state.items() if name not in TOLD_APART}
    if not same(rest, data) or not all(name in state and same(state[name], told[name]) for name in told):
        raise Doubt(
            f"{what}:所示内容与原始字节不符", f"{what}: what is shown is not what its stored bytes say"
        )
    if not isinstance(occurred_on, str) or not isinstance(command, str) or not isinstance(actor, dict):
        wrong(what)
    topic = type_.encode()
    moment = (recorded - EPOCH) // timedelta(microseconds=1)
    head = struct.pack(">HIqI", 6, 8, position, 16) + bytes.fromhex(aggregate.replace("-", ""))
    tail = struct.pack(">Iq", 8, moment) + struct.pack(">I", len(stored)) + stored
    hashed = leaf_hash(head + struct.pack(">IqI", 8, version, len(topic)) + topic + tail)
    if bytes_of(leaf, what, 32) != hashed:
        raise Doubt(
            f"{what}:内容与其叶哈希不符,已被改动", f"{what}: it does not hash to its leaf: it was changed"
        )
    return Event(members, recorded, state, hashed)


# What a replay relies on in each kind of event. Further members may be there.

Test = Callable[[object], bool]


def _text(it: object) -> bool:
    return isinstance(it, str)


def _word(it: object) -> bool:
    return isinstance(it, str) and it.islower()


def _count(it: object) -> bool:
    return type(it) is int


def _flag(it: object) -> bool:
    return isinstance(it, bool)


def _id(it: object) -> bool:
    return isinstance(it, str) and _UUID.fullmatch(it) is not None


def _date(it: object) -> bool:
    return isinstance(it, str) and bool(day_of(it))


def _month(it: object) -> bool:
    return isinstance(it, str) and _MONTH.fullmatch(it) is not None


def _digest(it: object) -> bool:
    return isinstance(it, str) and _HEX.fullmatch(it) is not None


def _texts(it: object) -> bool:
    return isinstance(it, list) and all(map(_text, it))


def _none_or(test: Test) -> Test:
    return lambda it: it is None or test(it)


def _each(**tests: Test) -> Test:
    return lambda it: isinstance(it, list) and all(_has(one, tests) for one in it)


def _has(value: object, tests: Mapping[str, Test]) -> bool:
    return isinstance(value, dict) and all(
        name in value and test(value[name]) for name, test in tests.items()
    )


def _commitments(it: object) -> bool:
    return isinstance(it, dict) and all(_FIELD.fullmatch(name) and _digest(it[name]) for name in it)


def is_sealed(form: object) -> bool:
    """Whether a form stands in its event sealed."""
    return isinstance(form, dict) and "sealed" in form


def _form(it: object) -> bool:
    if is_sealed(it):
        sealed = {"sealed": _text, "key": _id, "fields": _commitments}
        return _has(it, sealed) and list(cast("dict[str, Any]", it)) == list(sealed)
    return _has(it, {"name": _text, "gender": _word})


_WORK: Final[dict[str, Test]] = {"village_id": _id}
PERSON_EVENTS: Final[dict[str, dict[str, Test]]] = {
    "Instructor.Nominated": {
        "staff_number": _text,
        "batch_year": _count,
        "route": _word,
        "nominating_body": _text,
        "sending_unit": _text,
        "collective_study_on": _date,
        "form": _form,
    },
    "Instructor.Approved": {"exceptions": _each(rule=_text, reason=_text)},
    "Instructor.Rejected": {"rules_failed": _texts, "clauses_failed": _texts, "reason": _text},
    "Instructor.Appointed": {**_WORK, "batch_year": _count, "until": _date, "replaces": _none_or(_id)},
    "Instructor.PartyRelationTransferred": _WORK,
    "Instructor.CheckedIn": _WORK,
    "Instructor.LeaveGranted": {**_WORK, "kind": _word, "first_day": _date, "last_day": _date},
    "Instructor.HouseholdVisited": {**_WORK, "household": _text},
    "Instructor.DutyRecorded": _WORK,
    "Instructor.ProjectStarted": {**_WORK, "project_id": _id, "year": _count, "title": _text},
    "Instructor.ProjectCompleted": {
        **_WORK,
        "project_id": _id,
        "outcome": _text,
        "households_served": _count,
    },
    "Instructor.Inspected": {**_WORK, "kind": _word, "conclusion": _text, "problems_found": _flag},
    "Instructor.Appraised": {
        **_WORK,
        "kind": _word,
        "period": _text,
        "grade": _word,
        "scores": _each(part=_text, points=_text),
    },
    "Instructor.Commended": {**_WORK, "kind": _word, "year": _count, "authority": _text},
    "Instructor.SubsidyPaid": {
        **_WORK,
        "kind": _word,
        "amount": _text,
        "month": _month,
    },
    "Instructor.PromotedButRetained": {**_WORK, "new_position": _text},
    "Instructor.Recalled": {**_WORK, "ground": _word, "reason": _text, "unit_told": _text},
    "Instructor.TermCompleted": _WORK,
    "Instructor.AccountabilityOpened": {**_WORK, "ground": _word, "case_number": _text},
    "Instructor.Disciplined": {**_WORK, "measure": _word, "case_number": _text},
    "Instructor.Voided": {"voided_version": _count},
    "Instructor.Forgotten": {"reason": _text},
}
VILLAGE_EVENTS: Final[dict[str, dict[str, Test]]] = {
    "Village.Nominated": {
        "code": _text,
        "name": _text,
        "township_code": _text,
        "township": _text,
        "year": _count,
    },
    "Village.Approved": {},
    "Village.Declined": {},
    "Village.HouseholdsRegistered": {"households": _each(code=_text, category=_word)},
    "Village.HouseholdRemoved": {"household": _text},
    "Village.InstructorPosted": {"instructor_id": _id, "replaces": _none_or(_id)},
    "Village.InstructorWithdrawn": {},
    "Village.GoalsAssessed": {},
    "Village.AwardPaid": {},
    "Village.Voided": {"voided_version": _count},
}


def check_content(event: Event, kinds: Mapping[str, Mapping[str, Test]]) -> None:
    """Check that an event is of a kind that is known here, and says what its kind says.

    Raises:
        Doubt: it cannot be replayed.
    """
    if event.type not in kinds or not _has(event.state, kinds[event.type]):
        raise Doubt(
            f"事件 {event.position}({shown(event.type)}):本程序不认识这类内容",
            f"event {event.position} ({shown(event.type)}): this program does not know such content",
        )


# Sealed forms: what is shown of them, and proved by the commitments in their events

Form = Mapping[str, Any]
"""A registration form, or what is shown of one."""

FORGOTTEN_NAME: Final = "已删除"
"""Stands in place of a name that is forgotten."""
MASKED: Final = ("form.born", "form.phone")
"""What is kept from readers who need not know it."""


class Opened(NamedTuple):
    """What a dossier shows of the person's forms.

    Attributes:
        forms: by the position of the nomination, what can be read of each form.
        shown: number of fields that were shown and proved.
        masked: whether what may be kept from the reader was.
        forgotten: the event by which forms were forgotten, if there is one.
        unopened: positions of nominations that are not opened, and forgotten by no event here.
    """

    forms: dict[int, Form]
    shown: int
    masked: bool
    forgotten: Event | None
    unopened: list[int]


def openings_of(data: bytes, events: Sequence[Event], person: str) -> Opened:
    """Return what is shown of the person's forms, each field proved by its commitment.

    Args:
        data: of openings.json.
        events: of the dossier, their content checked.
        person: whose dossier.

    Raises:
        Doubt: an opening is wrong, missing, too many, or of a form that was forgotten.
    """
    what = "openings.json"
    masked, entries = members_of(json_of(data, what), ("masked", "events"), what)
    if not isinstance(entries, list) or masked not in ([], list(MASKED)):
        wrong(what)
    openings = dict(_entries(entries))
    own = [event for event in events if event.aggregate == person]
    forgotten = next((it for it in reversed(own) if it.type == "Instructor.Forgotten"), None)
    forms = dict[int, Form]()
    unopened, shown = list[int](), 0
    for event in own:
        opened = openings.pop(event.position, None)
        form = event.state["form"] if event.type == "Instructor.Nominated" else None
        is_forgotten = forgotten is not None and event.position < forgotten.position
        if opened is not None and not is_sealed(form):
            _bad_opening(event.position, "没有封存的内容,不应有揭示", "nothing is sealed in it to be opened")
        if opened is not None and is_forgotten:
            _bad_opening(
                event.position,
                f"已由事件 {cast('Event', forgotten).position} 删除个人信息,不应再有揭示",
                f"it was forgotten by event {cast('Event', forgotten).position}, and cannot be opened",
            )
        if opened is not None:
            forms[event.position] = _proved(event, opened, masked)
            shown += len(opened)
        elif form is not None and not is_forgotten and is_sealed(form):
            unopened.append(event.position)
        elif form is not None and not is_forgotten:
            forms[event.position] = form
    for position in openings:
        _bad_opening(position, "不是本人在档案中的事件", "it is no event of the person in the dossier")
    if unopened and shown:
        _bad_opening(unopened[0], "缺少揭示", "its opening is missing, and others are there")
    return Opened(forms, shown, bool(masked), forgotten, unopened)


def _entries(entries: Sequence[object]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the position and the openings of each opened event, in their order."""
    what, last = "openings.json", 0
    for entry in entries:
        position, openings = members_of(entry, ("position", "openings"), what)
        if type(position) is not int or position <= last or not isinstance(openings, dict):
            wrong(what)
        yield position, openings
        last = position


def _proved(event: Event, openings: Mapping[str, Any], masked: Sequence[str]) -> Form:
    """Return what is shown of an event's form.

    Raises:
        Doubt: it is not all that has to be shown, or not what the event committed to.
    """
    commitments = {f"form.{name}": digest for name, digest in event.state["form"]["fields"].items()}
    check_paths(event.position, openings, commitments, masked)
    found = dict[str, Any]()
    for path, opening in openings.items():
        if not isinstance(opening, list) or len(opening) != 2:
            wrong(f"openings.json {path}")
        salt, value = bytes_of(opening[0], f"openings.json {path}", 32), opening[1]
        if commitment(path, salt, value) != commitments[path]:
            _bad_opening(
                event.position,
                f"{path} 所示“{shown(value, 40)}”与事件中的承诺不符",
                f"{path}: {shown(value, 40)!r} is not what the event committed to",
            )
        found[path.partition(".")[2]] = value
    if not _has(found, {"name": _text, "gender": _word}):
        wrong(f"openings.json {event.position}")
    return found


def check_paths(
    position: int, openings: Iterable[str], commitments: Iterable[str], masked: Sequence[str]
) -> None:
    """Check that just the fields are opened that have to be.

    Raises:
        Doubt: one is missing, or too many.
    """
    openings, commitments = (
        dict.fromkeys(openings),
        dict.fromkeys(commitments),
    )  # whoever made it may list many
    for path in openings:
        if path not in commitments:
            _bad_opening(position, f"不应有 {shown(path)}", f"{shown(path)} is no field of its form")
        if path in masked:
            _bad_opening(position, f"{path} 应当隐去,却有揭示", f"{path} is masked, and yet it is opened")
    expected = [path for path in commitments if path not in masked]
    for path in expected:
        if path not in openings:
            _bad_opening(position, f"缺少 {path}", f"{path} is missing")
    if list(openings) != expected:
        wrong("openings.json")


def commitment(path: str, salt: bytes, value: object) -> str:
    """Return the commitment to a field, as 64 hex digits."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    head = f"zhucun field v1\n{path}\n".encode()
    return sha256(head + salt + text.encode("utf-8", "surrogatepass")).hexdigest()


def _bad_opening(position: int, zh: str, en: str) -> NoReturn:
    raise Doubt(f"openings.json,事件 {position}:{zh}", f"openings.json, event {position}: {en}")


# The rule book of the notice (湘阴办发〔2020〕23号)

NOTICE_DATE: Final = "2020-03-17"
RULE_BOOK: Final[Sequence[tuple[str, str, str, str, object]]] = (
    ("TERM_YEARS", "二(二)", "派驻时间为三年", "the posting lasts three years", 3),
    ("MAX_AGE", "二(三)", "年龄在35周岁以下(含)", "35 years of age or younger", 35),
    ("MIN_EDUCATION", "二(三)", "大专以上学历", "college or higher", "college"),
    ("MIN_CLERK_YEARS", "二(三)", "任科员1年以上", "at least one year as a clerk (科员)", 1),
    (
        "CIVIL_POSTS",
        "二(三)",
        "具备公务员(选调生)身份",
        "a civil servant or selected graduate",
        ["civil_servant", "selected_graduate"],
    ),
    (
        "MONTHLY_DAYS",
        "三(一)1",
        "每月驻村(社区)时间不少于20天",
        "at least 20 days a month in the village",
        20,
    ),
    ("VISIT_ALL_MONTHS", "三(一)2", "驻村3个月内遍访所有农户", "all households visited within 3 months", 3),
    ("YEARLY_PROJECTS", "三(四)4", "每年办理1—2件实事", "1 to 2 practical projects a year", [1, 2]),
    (
        "WEAK_VILLAGES",
        "二(一)",
        "软弱涣散村、后进村原则上全部纳入",
        "weak or lagging villages are in principle all included",
        True,
    ),
    (
        "RETAIN_PROMOTED",
        "二(二)",
        "任期内提拔的原则上留任包村干部",
        "one promoted meanwhile in principle stays in the village",
        True,
    ),
    (
        "INSTITUTION_STAFF",
        "二(三)",
        "特别优秀的事业编制人员须经组织部审批",
        "outstanding staff of public institutions need the department's approval",
        True,
    ),
    ("YEARLY_APPRAISAL", "五(二)", "每年进行年度考核", "appraised every year", True),
    ("TERM_END_APPRAISAL", "五(二)", "期满进行期满考核", "appraised at the end of the term", True),
    # Settings of Zhucun, not of the notice:
    (
        "LATE_ENTRY_DAYS",
        "",
        "补录超过天数即为迟报(7天,本系统设定)",
        "days an entry may be late (7, a setting of this system)",
        7,
    ),
    (
        "VACANT_DAYS",
        "二(二)",
        "重点村无人在任的天数(30天,本系统设定)",
        "days a key village may have nobody (30, a setting of this system)",
        30,
    ),
    (
        "PARTY_RELATION_DAYS",
        "选派程序(三)",
        "任命后转接党组织关系的天数(30天,本系统设定)",
        "days from the appointment to the transfer of the party relation (30, a setting of this system)",
        30,
    ),
    (
        "REPLACEMENT_DAYS",
        "五(三)",
        "召回后重新选派的天数(30天,本系统设定)",
        "days from a recall to the replacement (30, a setting of this system)",
        30,
    ),
)
"""Of each rule its code, its clause, its words in Chinese and English, and its value."""

MONTHLY_DAYS: Final = 20
VISIT_ALL_MONTHS: Final = 3
YEARLY_PROJECTS: Final = 1
LATE_ENTRY_DAYS: Final = 7
PARTY_RELATION_DAYS: Final = 30
REPLACEMENT_DAYS: Final = 30

# Facts on the two clocks (docs/answers.md)

ONE_DAY: Final = timedelta(days=1)
NEVER: Final = MOST_NUMBER


class Moment(NamedTuple):
    """The day that is spoken of, and the last position that is known."""

    as_of: date
    known: int


MOST_LOOKS: Final = 10_000_000
"""Looks at events that a replay may take: some seconds, and many times what a full three years need."""


class Effort:
    """How often a replay has looked at an event: who makes up a log must not keep its reader waiting."""

    def __init__(self) -> None:
        self._looks = 0

    def take(self, looks: int) -> None:
        """Count some looks, and what it takes to begin with them.

        Raises:
            Doubt: there were more than any honest record needs.
        """
        self._looks += looks + 10
        if self._looks > MOST_LOOKS:
            raise Doubt(
                "所载事件多到不合情理,无法在合理时间内重算",
                "there are more events than make sense, too many to compute from in reasonable time",
            )


class Record:
    """Events of a person and of villages, to be asked which of them count.

    Args:
        events: in the order of the log.
        voided: by position, the position of the event that voided it.
        forms: by position, the forms that can be read.
        effort: what has been taken so far to look at them.
    """

    def __init__(
        self,
        events: Iterable[Event],
        voided: Mapping[int, int],
        forms: Mapping[int, Form],
        effort: Effort | None = None,
    ) -> None:
        self.events = list(events)
        self.voided = voided
        self.forms = forms
        self.effort = effort or Effort()
        self.effort.take(len(self.events))
        self._by_type: dict[str, list[Event]] = defaultdict(list)
        for event in self.events:
            self._by_type[event.type].append(event)

    def all(self, *types: str) -> list[Event]:
        """Return all events of these types in the order of the log."""
        found = [event for it in types for event in self._by_type.get(it, ())]
        self.effort.take(len(found))
        return found if len(types) == 1 else sorted(found, key=_position)

    def counts(self, event: Event, at: Moment) -> bool:
        """Whether an event counts."""
        return event.day <= at.as_of and event.position <= at.known < self.voided.get(event.position, NEVER)

    def facts(self, at: Moment, *types: str) -> list[Event]:
        """Return the events of these types that count, in the order of the log."""
        return [event for event in self.all(*types) if self.counts(event, at)]

    def only(self, *events: Event) -> Record:
        """Return a record of some of the events."""
        return Record(sorted(dict.fromkeys(events), key=_position), self.voided, self.forms, self.effort)


def _position(event: Event) -> int:
    return event.position


class Posting:
    """A posting as it counts at a moment."""

    def __init__(self, appointed: Event, departed: Event | None, at: Moment) -> None:
        self.appointed = appointed
        self.departed = departed
        self.village = appointed.village
        self.since = appointed.day
        self.until = appointed.on("until")
        self.ended_on = departed.day if departed else None
        self.last_day = min(self.until, self.ended_on or self.until)
        self.serves = departed is None and self.since <= at.as_of <= self.until

    def covers(self, day: date) -> bool:
        """Whether a day is one of service."""
        return self.since <= day <= self.last_day

    def holds(self, event: Event) -> bool:
        """Whether an event is work in the posting."""
        return event.village == self.village and self.covers(event.day)

    def is_recalled(self) -> bool:
        """Whether it ended by recall."""
        return self.departed is not None and self.departed.type == "Instructor.Recalled"


def postings_at(record: Record, at: Moment) -> list[Posting]:
    """Return the person's postings in the order of the log."""
    departures = record.all("Instructor.Recalled", "Instructor.TermCompleted")
    found = []
    for appointed in record.facts(at, "Instructor.Appointed"):
        record.effort.take(len(departures))
        departed = next((it for it in departures if it.position > appointed.position), None)
        counted = departed if departed and record.counts(departed, at) else None
        found.append(Posting(appointed, counted, at))
    return found


def register_at(record: Record, village: str, at: Moment) -> dict[str, str]:
    """Return the categories of the households on a village's register, by their codes."""
    found: dict[str, str] = {}
    for event in record.facts(at, "Village.HouseholdsRegistered", "Village.HouseholdRemoved"):
        if event.aggregate != village:
            continue
        if event.type == "Village.HouseholdRemoved":
            found.pop(event.state["household"], None)
        else:
            record.effort.take(len(event.state["households"]))
            found.update((it["code"], it["category"]) for it in event.state["households"])
    return found


def poor(register: Mapping[str, str]) -> list[str]:
    """Return the households registered as poor."""
    return [code for code, category in register.items() if category == "registered_poor"]


def months_later(day: date, months: int) -> date:
    """Return the same day some months later, or that month's last day."""
    month = day.month - 1 + months
    first = date(day.year + month // 12, month % 12 + 1, 1)
    return min(first + timedelta(day.day - 1), last_of_month(first))


def last_of_month(day: date) -> date:
    """Return the last day of a day's month."""
    return (day.replace(day=1) + timedelta(31)).replace(day=1) - ONE_DAY


def months_of(first: date, last: date) -> Iterator[date]:
    """Yield the first days of the months that some days touch."""
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = last_of_month(month) + ONE_DAY


def service_years(posting: Posting) -> Iterator[tuple[date, date]]:
    """Yield the first and the last day of each service year that is over by the posting's last day."""
    first, number = posting.since, 1
    while (last := _day_before_years_later(posting.since, number)) <= posting.last_day:
        yield first, last
        first, number = last + ONE_DAY, number + 1


def _day_before_years_later(day: date, years: int) -> date:
    later = months_later(day, 12 * years)
    # Of 29 February in a year that has none, the day before is the last of that month.
    return later - ONE_DAY if later.day == day.day else later


def day_in_shanghai(moment: datetime) -> date:
    """Return the day of a moment."""
    return moment.astimezone(CHINA).date()


def is_late(event: Event) -> bool:
    """Whether an event was recorded more than seven days after the day it happened."""
    return (day_in_shanghai(event.recorded) - event.day).days > LATE_ENTRY_DAYS


def visited(record: Record, at: Moment, posting: Posting, by: date) -> set[str]:
    """Return the households visited in a posting by a day."""
    return {
        cast("str", it.state["household"])
        for it in record.facts(at, "Instructor.HouseholdVisited")
        if posting.holds(it) and it.day <= by
    }


# Findings (docs/answers.md, the table): who kept which rule not


class Finding(NamedTuple):
    """A rule that was not kept, in the order in which findings are told."""

    since: date
    code: str
    village: str | None
    first: date
    last: date
    found: int | None
    required: int | None
    clause: str


class Case(NamedTuple):
    """What makes a finding the same one at another moment."""

    village: str | None
    first: date


def is_case(case: Case | None, village: str | None, first: date) -> bool:
    """Whether this is the case that is asked for; any is where none is."""
    return case is None or case == (village, first)


def days_between(first: date, last: date) -> int:
    """Return the number of days from one to another, both included."""
    return (last - first).days + 1


def few_days(record: Record, at: Moment, case: Case | None = None) -> Iterator[Finding]:
    """三(一)1: in a full month fewer check-ins than required."""
    for posting in postings_at(record, at):
        for month in months_of(posting.since, min(posting.last_day, at.as_of)):
            last = last_of_month(month)
            if not is_case(case, posting.village, month) or not posting.covers(month):
                continue
            if not posting.covers(last) or last > at.as_of:
                continue
            present = sum(
                month <= it.day <= last and posting.holds(it)
                for it in record.facts(at, "Instructor.CheckedIn")
            )
            if present < MONTHLY_DAYS:
                yield Finding(
                    last, "FEW_DAYS", posting.village, month, last, present, MONTHLY_DAYS, "三(一)1"
                )


def _not_visited(record: Record, at: Moment, case: Case | None, *, poor_alone: bool) -> Iterator[Finding]:
    for posting in postings_at(record, at):
        deadline = months_later(posting.since, VISIT_ALL_MONTHS)
        if not is_case(case, posting.village, posting.since) or deadline > min(posting.last_day, at.as_of):
            continue
        register = register_at(record, posting.village, Moment(deadline, at.known))
        asked = set(poor(register) if poor_alone else register)
        done = len(asked & visited(record, at, posting, deadline))
        if done < len(asked):
            code = "REGISTERED_POOR_NOT_VISITED" if poor_alone else "HOUSEHOLDS_NOT_VISITED"
            yield Finding(
                deadline, code, posting.village, posting.since, deadline, done, len(asked), "三(一)2"
            )


def households_not_visited(record: Record, at: Moment, case: Case | None = None) -> Iterator[Finding]:
    """三(一)2: within three months not all households were visited."""
    return _not_visited(record, at, case, poor_alone=False)


def registered_poor_not_visited(record: Record, at: Moment, case: Case | None = None) -> Iterator[Finding]:
    """三(一)2: within three months not all of the registered poor were visited."""
    return _not_visited(record, at, case, poor_alone=True)


def no_project(record: Record, at: Moment, case: Case | None = None) -> Iterator[Finding]:
    """三(四)4: in a service year no project was completed."""
    for posting in postings_at(record, at):
        for first, last in service_years(posting):
            if last > at.as_of or not is_case(case, posting.village, first):
                continue
            done = sum(
                first <= it.day <= last and posting.holds(it)
                for it in record.facts(at, "Instructor.ProjectCompleted")
            )
            if done < YEARLY_PROJECTS:
                yield Finding(
                    last, "NO_PROJECT", posting.village, first, last, done, YEARLY_PROJECTS, "三(四)4"
                )


def not_appraised(record: Record, at: Moment, case: Case | None = None) -> Iterator[Finding]:
    """五(二): in service on 31 December, and never appraised for the year."""
    for posting in postings_at(record, at):
        for year in range(posting.since.year, posting.last_day.year + 1):
            since = date(year, 12, 31)
            first, last = max(posting.since, date(year, 1, 1)), since
            if since > min(posting.last_day, at.as_of) or not is_case(case, posting.village, first):
                continue
            if not any(
                it.state["kind"] == "yearly" and it.state["period"] == str(year)
                for it in record.facts(at, "Instructor.Appraised")
            ):
                yield Finding(since, "NOT_APPRAISED", posting.village, first, last, 0, 1, "五(二)")


def no_term_end_appraisal(record: Record, at: Moment, case: Case | None = None) -> Iterator[Finding]:
    """五(二): a term is over, and was never appraised."""
    for posting in postings_at(record, at):
        since, until = posting.since, posting.until
        if posting.is_recalled() or until > at.as_of or not is_case(case, posting.village, since):
            continue
        if not any(
            it.state["kind"] == "term_end" and it.state["period"] == f"{since.year}-{until.year}"
            for it in record.facts(at, "Instructor.Appraised")
        ):
            yield Finding(until, "NO_TERM_END_APPRAISAL", posting.village, since, until, 0, 1, "五(二)")


def party_relation_not_transferred(record: Record, at: Moment, case: Case | None = None) -> Iterator[Finding]:
    """选派程序(三): the party relation did not come within thirty days (a setting of Zhucun's)."""
    for posting in postings_at(record, at):
        since = posting.since + timedelta(PARTY_RELATION_DAYS)
        if not is_case(case, posting.village, posting.since) or since > min(posting.last_day, at.as_of):
            continue
        transfers = [
            it.day for it in record.facts(at, "Instructor.PartyRelationTransferred") if posting.holds(it)
        ]
        if not any(day <= since for day in transfers):
            ends = [posting.last_day, at.as_of, *(day - ONE_DAY for day in transfers)]
            found = days_between(posting.since, min(ends))
            yield Finding(
                since,
                "PARTY_RELATION_NOT_TRANSFERRED",
                posting.village,
                posting.since,
                min(ends),
                found,
                PARTY_RELATION_DAYS,
                "选派程序(三)",
            )


def recall_not_replaced(record: Record, at: Moment, case: Case | None = None) -> Iterator[Finding]:
    """五(三): within thirty days (a setting of Zhucun's) of a recall nobody came instead."""
    for posting in postings_at(record, at):
        if posting.ended_on is None or not posting.is_recalled():
            continue
        first, since = posting.ended_on + ONE_DAY, posting.ended_on + timedelta(REPLACEMENT_DAYS)
        if since > min(posting.until, at.as_of) or not is_case(case, posting.village, first):
            continue
        came = [it.day for it in replacements(record, at, posting)]
        if not any(day <= since for day in came):
            last = min([posting.until, at.as_of, *(day - ONE_DAY for day in came)])
            found = days_between(first, last)
            yield Finding(
                since, "RECALL_NOT_REPLACED", posting.village, first, last, found, REPLACEMENT_DAYS, "五(三)"
            )


def replacements(record: Record, at: Moment, posting: Posting) -> list[Event]:
    """Return what the village says of those who were posted to replace a person, after the posting."""
    return [
        it
        for it in record.facts(at, "Village.InstructorPosted")
        if it.aggregate == posting.village
        and it.state["replaces"] == posting.appointed.aggregate
        and it.position > posting.appointed.position
    ]


def promoted_not_retained(record: Record, at: Moment, case: Case | None = None) -> Iterator[Finding]:
    """二(二): promoted in the village, and recalled from it."""
    for posting in postings_at(record, at):
        if posting.ended_on is None or not posting.is_recalled():
            continue
        if not is_case(case, posting.village, posting.ended_on):
            continue
        if any(posting.holds(it) for it in record.facts(at, "Instructor.PromotedButRetained")):
            yield Finding(
                posting.ended_on,
                "PROMOTED_NOT_RETAINED",
                posting.village,
                posting.ended_on,
                posting.until,
                days_between(posting.since, posting.last_day),
                days_between(posting.since, posting.until),
                "二(二)",
            )


def rule_set_aside(record: Record, at: Moment, case: Case | None = None) -> Iterator[Finding]:
    """二(三): a rule of principle was set aside in the person's review."""
    for review in record.facts(at, "Instructor.Approved"):
        if is_case(case, None, review.day):
            for _ in review.state["exceptions"]:
                yield Finding(
                    review.day, "RULE_SET_ASIDE", None, review.day, review.day, None, None, "二(三)"
                )


def work_outside_service(record: Record, at: Moment, case: Case | None = None) -> Iterator[Finding]:
    """二(二): check-ins or visits in a village on days of no posting there."""
    postings = postings_at(record, at)
    outside: dict[str, list[date]] = defaultdict(list)
    for it in record.facts(at, "Instructor.CheckedIn", "Instructor.HouseholdVisited"):
        if not any(posting.holds(it) for posting in postings):
            outside[it.village].append(it.day)
    for village, days in outside.items():
        first, last = min(days), max(days)
        if is_case(case, village, first):
            yield Finding(first, "WORK_OUTSIDE_SERVICE", village, first, last, len(days), 0, "二(二)")


Looks = Callable[[Finding, Event], bool]
"""Whether a finding looks at an event."""


def _in_it(finding: Finding, event: Event) -> bool:
    return event.village == finding.village and finding.first <= event.day <= finding.since


def _on_the_register(finding: Finding, event: Event) -> bool:
    if event.type == "Instructor.HouseholdVisited":
        return _in_it(finding, event)
    return event.aggregate == finding.village and event.day <= finding.since


def _in_the_village(finding: Finding, event: Event) -> bool:
    return event.village == finding.village and event.day <= finding.since


def _by_its_village(finding: Finding, event: Event) -> bool:
    return event.aggregate == finding.village and event.day <= finding.since


def _by_then(finding: Finding, event: Event) -> bool:
    return event.day <= finding.since


_POSTING_EVENTS: Final = ("Instructor.Appointed", "Instructor.Recalled", "Instructor.TermCompleted")
_REGISTER_EVENTS: Final = (
    "Village.HouseholdsRegistered",
    "Village.HouseholdRemoved",
    "Instructor.HouseholdVisited",
)


class Judge(Protocol):
    """Tells where a rule was not kept; of one case alone, if it is given."""

    def __call__(self, record: Record, at: Moment, case: Case | None = None) -> Iterator[Finding]:
        """Yield what is found."""


class Rule(NamedTuple):
    """A rule, and the events that it looks at beside those that make and end postings."""

    judge: Judge
    looks_at: Looks
    types: Sequence[str]


RULES: Final = (
    Rule(few_days, _in_it, ("Instructor.CheckedIn",)),
    Rule(households_not_visited, _on_the_register, _REGISTER_EVENTS),
    Rule(registered_poor_not_visited, _on_the_register, _REGISTER_EVENTS),
    Rule(no_project, _in_it, ("Instructor.ProjectCompleted",)),
    Rule(not_appraised, _by_then, ("Instructor.Appraised",)),
    Rule(no_term_end_appraisal, _by_then, ("Instructor.Appraised",)),
    Rule(party_relation_not_transferred, _in_it, ("Instructor.PartyRelationTransferred",)),
    Rule(recall_not_replaced, _by_its_village, ("Village.InstructorPosted",)),
    Rule(promoted_not_retained, _in_the_village, ("Instructor.PromotedButRetained",)),
    Rule(rule_set_aside, _by_then, ("Instructor.Approved",)),
    Rule(work_outside_service, _in_the_village, ("Instructor.CheckedIn", "Instructor.HouseholdVisited")),
)


def known_at(record: Record, known: int, rule: Rule, finding: Finding) -> int:
    """Return the position since which a finding could be known without a break.

    Walk back from `known` over the positions that change what the rule looks at, and judge it on the day
    `since` of the finding at each, until it is kept or broken in another way.
    """
    looked_at = [event for event in record.all(*rule.types) if rule.looks_at(finding, event)]
    facts = record.only(*record.all(*_POSTING_EVENTS), *looked_at)
    moves = {event.position for event in facts.events}
    moves |= {record.voided[position] for position in moves if position in record.voided}
    case, found = Case(finding.village, finding.first), known
    for position in sorted((move for move in moves if move <= known), reverse=True):
        if not any(rule.judge(facts, Moment(finding.since, position), case)):
            break
        found = position
    return found


def findings_at(record: Record, at: Moment) -> list[tuple[Finding, int]]:
    """Return the person's findings in their order, each with the position since which it could be known."""
    found = [
        (finding, known_at(record, at.known, rule, finding))
        for rule in RULES
        for finding in rule.judge(record, at)
    ]
    return sorted(found, key=lambda it: (it[0].since, it[0].code, it[0].village or "", it[0].first))


# The claims: everything that is answered, from the bare events

QUERY: Final = """
query ($id: UUID!, $asOf: Date!, $position: ID!) {
  programme(asOf: $asOf, knownAtPosition: $position) {
    asOf knownAt position root
    instructor(id: $id) {
      id staffNumber name gender sendingUnit batchYear stage since until departedOn departure promotedOn
      newPosition partyRelationOn daysPresent lateEntries householdsVisited projectsStarted projectsCompleted
      dutyCount latestGrade commendationCount caseCount eventCount version position
      village { id code name townshipCode townshipName }
      replaces { id } replacedBy { id }
      nominations { position batchYear route nominatingBody sendingUnit collectiveStudyOn nominatedOn outcome
        reviewedOn exceptions { rule reason } rulesFailed clausesFailed reason }
      postings { position batchYear since until endedOn departure ground recallReason unitTold serving
        partyRelationOn village { id code name householdCount registeredPoor } }
      attendance { month villageId firstDay lastDay daysPresent serviceDays fullMonth leaveDays required short
        lateEntries }
      coverage { villageId households visited registeredPoor registeredPoorVisited deadline visitedByDeadline
        registeredPoorVisitedByDeadline }
      leaves { position kind firstDay lastDay }
      projects { id year title startedOn completedOn outcome householdsServed position }
      inspections { position day kind conclusion problemsFound }
      appraisals { position kind period scores { part points } grade appraisedOn }
      commendations { position day kind year authority }
      subsidies { position month kind amount day }
      promotions { position day newPosition }
      cases { position day kind ground measure caseNumber }
      findings(first: 500) { totalCount nodes { code clause from to since found required knownSince
        knownAtPosition village { id } } }
    }
  }
}
"""
"""The query of docs/proofs.md; only its white space may differ."""

MOST_FINDINGS: Final = 500

Answer = dict[str, Any]


def text_of_day(day: date | None) -> str | None:
    """Return a day as answers have it."""
    return day.isoformat() if day else None


def in_days(events: Iterable[Event]) -> list[Event]:
    """Return events in the order of their days, those of a day in the order of the log."""
    return sorted(events, key=lambda it: (it.day, it.position))


def instructor_at(record: Record, person: str, at: Moment) -> Answer | None:
    """Return all that is answered about the person; None while nothing counts that names them."""
    nominations = record.facts(at, "Instructor.Nominated")
    if not nominations:
        return None
    latest, postings = nominations[-1], postings_at(record, at)
    form = record.forms.get(latest.position)
    last = postings[-1] if postings else None
    promotions = in_days(record.facts(at, "Instructor.PromotedButRetained"))
    leaves = sorted(record.facts(at, "Instructor.LeaveGranted"), key=lambda it: it.on("first_day"))
    subsidies = sorted(
        record.facts(at, "Instructor.SubsidyPaid"), key=lambda it: cast("str", it.state["month"])
    )
    cases = record.facts(at, "Instructor.AccountabilityOpened", "Instructor.Disciplined")
    check_ins = record.facts(at, "Instructor.CheckedIn")
    yearly = [it for it in record.facts(at, "Instructor.Appraised") if it.state["kind"] == "yearly"]
    own = [
        it
        for it in record.events
        if it.aggregate == person and it.day <= at.as_of and it.position <= at.known
    ]
    replaced_by = replacements(record, at, last) if last else []
    return {
        "id": person,
        "staffNumber": latest.state["staff_number"],
        "name": form["name"] if form else FORGOTTEN_NAME,
        "gender": form["gender"].upper() if form else None,
        "sendingUnit": latest.state["sending_unit"],
        "batchYear": latest.state["batch_year"],
        "stage": stage_at(record, at, latest, last),
        "since": text_of_day(last.since) if last else None,
        "until": text_of_day(last.last_day) if last else None,
        "departedOn": text_of_day(last.ended_on) if last else None,
        "departure": departure_of(last) if last else None,
        "promotedOn": text_of_day(promotions[-1].day) if promotions else None,
        "newPosition": promotions[-1].state["new_position"] if promotions else None,
        "partyRelationOn": party_relation_on(record, at, last) if last else None,
        "daysPresent": len(check_ins),
        "lateEntries": sum(map(is_late, check_ins)),
        "householdsVisited": len(
            {(it.village, it.state["household"]) for it in record.facts(at, "Instructor.HouseholdVisited")}
        ),
        "projectsStarted": len(record.facts(at, "Instructor.ProjectStarted")),
        "projectsCompleted": len(record.facts(at, "Instructor.ProjectCompleted")),
        "dutyCount": len(record.facts(at, "Instructor.DutyRecorded")),
        "latestGrade": max(yearly, key=lambda it: (it.state["period"], it.position)).state["grade"].upper()
        if yearly
        else None,
        "commendationCount": len(record.facts(at, "Instructor.Commended")),
        "caseCount": len(cases),
        "eventCount": len(own),
        "version": max(it.version for it in own),
        "position": str(max(it.position for it in own)),
        "village": village_at(record, at, last.village) if last else None,
        "replaces": the_id(last.appointed.state["replaces"]) if last else None,
        "replacedBy": the_id(replaced_by[0].state["instructor_id"]) if replaced_by else None,
        "nominations": [nomination_at(record, at, it) for it in nominations],
        "postings": [posting_at(record, at, it) for it in postings],
        "attendance": [it for posting in postings for it in attendance_at(record, at, posting)],
        "coverage": [coverage_at(record, at, it) for it in postings],
        "leaves": [_leave(it) for it in leaves],
        "projects": [
            project_at(record, at, it) for it in in_days(record.facts(at, "Instructor.ProjectStarted"))
        ],
        "inspections": [_inspection(it) for it in in_days(record.facts(at, "Instructor.Inspected"))],
        "appraisals": [_appraisal(it) for it in in_days(record.facts(at, "Instructor.Appraised"))],
        "commendations": [_commendation(it) for it in in_days(record.facts(at, "Instructor.Commended"))],
        "subsidies": [_subsidy(it) for it in subsidies],
        "promotions": [_promotion(it) for it in promotions],
        "cases": [_case(it) for it in in_days(cases)],
        "findings": findings_told(record, at),
    }


def the_id(value: str | None) -> Answer | None:
    """Return what is answered where only an id is asked for."""
    return {"id": value} if value else None


def stage_at(record: Record, at: Moment, latest: Event, last: Posting | None) -> str:
    """Return the stage: of the last posting if it came after the latest nomination, else of that."""
    if last is None or last.appointed.position < latest.position:
        return outcome_of(record, at, latest)[0]
    if last.departed is None:
        return "SERVING"
    return "RECALLED" if last.is_recalled() else "COMPLETED"


def outcome_of(record: Record, at: Moment, nomination: Event) -> tuple[str, Event | None]:
    """Return the outcome of a nomination: the next review in the log, before another nomination."""
    steps = record.facts(at, "Instructor.Nominated", "Instructor.Approved", "Instructor.Rejected")
    following = next((it for it in steps if it.position > nomination.position), None)
    if following is None or following.type == "Instructor.Nominated":
        return "NOMINATED", None
    return ("APPROVED" if following.type == "Instructor.Approved" else "REJECTED"), following


def nomination_at(record: Record, at: Moment, nomination: Event) -> Answer:
    """Return what is answered about a nomination."""
    state = nomination.state
    outcome, review = outcome_of(record, at, nomination)
    found = review.state if review else dict[str, Any]()
    exceptions = found.get("exceptions", [])
    return {
        "position": str(nomination.position),
        "batchYear": state["batch_year"],
        "route": state["route"].upper(),
        "nominatingBody": state["nominating_body"],
        "sendingUnit": state["sending_unit"],
        "collectiveStudyOn": state["collective_study_on"],
        "nominatedOn": text_of_day(nomination.day),
        "outcome": outcome,
        "reviewedOn": text_of_day(review.day) if review else None,
        "exceptions": [{"rule": it["rule"], "reason": it["reason"]} for it in exceptions],
        "rulesFailed": found.get("rules_failed", []),
        "clausesFailed": found.get("clauses_failed", []),
        "reason": found.get("reason"),
    }


def departure_of(posting: Posting) -> str | None:
    """Return why somebody left."""
    if posting.departed is None:
        return None
    return "RECALLED" if posting.is_recalled() else "TERM_COMPLETED"


def party_relation_on(record: Record, at: Moment, posting: Posting) -> str | None:
    """Return the day on which the party relation came to the posting's village."""
    days = [it.day for it in record.facts(at, "Instructor.PartyRelationTransferred") if posting.holds(it)]
    return text_of_day(days[-1]) if days else None


def posting_at(record: Record, at: Moment, posting: Posting) -> Answer:
    """Return what is answered about a posting."""
    recall = posting.departed.state if posting.departed and posting.is_recalled() else {}
    register = register_at(record, posting.village, at)
    place = village_at(record, at, posting.village)
    return {
        "position": str(posting.appointed.position),
        "batchYear": posting.appointed.state["batch_year"],
        "since": text_of_day(posting.since),
        "until": text_of_day(posting.until),
        "endedOn": text_of_day(posting.ended_on),
        "departure": departure_of(posting),
        "ground": recall["ground"].upper() if recall else None,
        "recallReason": recall.get("reason"),
        "unitTold": recall.get("unit_told"),
        "serving": posting.serves,
        "partyRelationOn": party_relation_on(record, at, posting),
        "village": place
        and {
            **{name: place[name] for name in ("id", "code", "name")},
            "householdCount": len(register),
            "registeredPoor": len(poor(register)),
        },
    }


def village_at(record: Record, at: Moment, village: str) -> Answer | None:
    """Return what names a village: its nomination for the latest year."""
    named = [it for it in record.facts(at, "Village.Nominated") if it.aggregate == village]
    if not named:
        return None
    state = max(named, key=lambda it: (it.state["year"], it.position)).state
    return {
        "id": village,
        "code": state["code"],
        "name": state["name"],
        "townshipCode": state["township_code"],
        "townshipName": state["township"],
    }


def attendance_at(record: Record, at: Moment, posting: Posting) -> Iterator[Answer]:
    """Yield the months of a posting up to the day, and the days present in each."""
    over = min(posting.last_day, at.as_of)
    for month in months_of(posting.since, over):
        first, last, end = max(month, posting.since), min(over, last_of_month(month)), last_of_month(month)
        present = [
            it
            for it in record.facts(at, "Instructor.CheckedIn")
            if it.village == posting.village and first <= it.day <= last
        ]
        leaves = [it for it in record.facts(at, "Instructor.LeaveGranted") if it.village == posting.village]
        record.effort.take(31 * len(leaves))
        away = {
            day
            for leave in leaves
            for day in days_of(max(first, leave.on("first_day")), min(last, leave.on("last_day")))
        }
        full = (first, last) == (month, end)
        yield {
            "month": f"{month:%Y-%m}",
            "villageId": posting.village,
            "firstDay": text_of_day(first),
            "lastDay": text_of_day(last),
            "daysPresent": len(present),
            "serviceDays": days_between(first, last),
            "fullMonth": full,
            "leaveDays": len(away),
            "required": MONTHLY_DAYS,
            "short": full and len(present) < MONTHLY_DAYS,
            "lateEntries": sum(map(is_late, present)),
        }


def days_of(first: date, last: date) -> Iterator[date]:
    """Yield the days from one to another."""
    for number in range(days_between(first, last)):
        yield first + timedelta(number)


def coverage_at(record: Record, at: Moment, posting: Posting) -> Answer:
    """Return how far a posting's households were visited."""
    day = min(at.as_of, posting.last_day)
    deadline = months_later(posting.since, VISIT_ALL_MONTHS)
    register = register_at(record, posting.village, Moment(day, at.known))
    in_need = set(poor(register))
    done = visited(record, at, posting, day)
    in_time = visited(record, at, posting, deadline)
    return {
        "villageId": posting.village,
        "households": len(register),
        "visited": len(done & set(register)),
        "registeredPoor": len(in_need),
        "registeredPoorVisited": len(done & in_need),
        "deadline": text_of_day(deadline),
        "visitedByDeadline": len(in_time & set(register)),
        "registeredPoorVisitedByDeadline": len(in_time & in_need),
    }


def project_at(record: Record, at: Moment, started: Event) -> Answer:
    """Return what is answered about a project."""
    state = started.state
    done = [
        it
        for it in record.facts(at, "Instructor.ProjectCompleted")
        if it.state["project_id"] == state["project_id"]
    ]
    return {
        "id": state["project_id"],
        "year": state["year"],
        "title": state["title"],
        "startedOn": text_of_day(started.day),
        "completedOn": text_of_day(done[-1].day) if done else None,
        "outcome": done[-1].state["outcome"] if done else None,
        "householdsServed": done[-1].state["households_served"] if done else None,
        "position": str(started.position),
    }


def _leave(it: Event) -> Answer:
    return {
        "position": str(it.position),
        "kind": it.state["kind"].upper(),
        "firstDay": it.state["first_day"],
        "lastDay": it.state["last_day"],
    }


def _inspection(it: Event) -> Answer:
    return {
        "position": str(it.position),
        "day": text_of_day(it.day),
        "kind": it.state["kind"].upper(),
        "conclusion": it.state["conclusion"],
        "problemsFound": it.state["problems_found"],
    }


def _appraisal(it: Event) -> Answer:
    return {
        "position": str(it.position),
        "kind": it.state["kind"].upper(),
        "period": it.state["period"],
        "scores": [{"part": score["part"], "points": score["points"]} for score in it.state["scores"]],
        "grade": it.state["grade"].upper(),
        "appraisedOn": text_of_day(it.day),
    }


def _commendation(it: Event) -> Answer:
    return {
        "position": str(it.position),
        "day": text_of_day(it.day),
        "kind": it.state["kind"].upper(),
        "year": it.state["year"],
        "authority": it.state["authority"],
    }


def _subsidy(it: Event) -> Answer:
    return {
        "position": str(it.position),
        "month": it.state["month"],
        "kind": it.state["kind"].upper(),
        "amount": it.state["amount"],
        "day": text_of_day(it.day),
    }


def _promotion(it: Event) -> Answer:
    return {
        "position": str(it.position),
        "day": text_of_day(it.day),
        "newPosition": it.state["new_position"],
    }


def _case(it: Event) -> Answer:
    accountability = it.type == "Instructor.AccountabilityOpened"
    return {
        "position": str(it.position),
        "day": text_of_day(it.day),
        "kind": "ACCOUNTABILITY" if accountability else "DISCIPLINE",
        "ground": it.state["ground"].upper() if accountability else None,
        "measure": None if accountability else it.state["measure"].upper(),
        "caseNumber": it.state["case_number"],
    }


def findings_told(record: Record, at: Moment) -> Answer:
    """Return the findings, each with the moment since which it could have been known."""
    recorded = {event.position: event.recorded for event in record.events}
    found = findings_at(record, at)
    return {
        "totalCount": len(found),
        "nodes": [
            {
                "code": it.code,
                "clause": it.clause,
                "from": text_of_day(it.first),
                "to": text_of_day(it.last),
                "since": text_of_day(it.since),
                "found": it.found,
                "required": it.required,
                "knownSince": max(recorded[position], end_of_day(it.since)).isoformat(),
                "knownAtPosition": str(position),
                "village": the_id(it.village),
            }
            for it, position in found[:MOST_FINDINGS]
        ],
    }


def end_of_day(day: date) -> datetime:
    """Return the end of a day in Shanghai, in UTC."""
    return start_of_day(day + ONE_DAY)


def start_of_day(day: date) -> datetime:
    """Return the beginning of a day in Shanghai, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=CHINA).astimezone(timezone.utc)


def differences(ours: object, theirs: object, path: str = "") -> Iterator[tuple[str, object, object]]:
    """Yield where two answers differ: the path, what the events come to, and what is claimed."""
    if isinstance(ours, dict) and isinstance(theirs, dict) and list(ours) == list(theirs):
        for name, value in ours.items():
            yield from differences(value, theirs[name], f"{path}.{name}" if path else name)
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for number, (one, other) in enumerate(zip_longest(ours, theirs)):
            yield from differences(one, other, f"{path}[{number}]")
    elif not same(ours, theirs):
        yield path, ours, theirs


# The file: a ZIP with these members and nothing else; what is packed in it and nothing but that can differ

MEMBERS: Final = (
    "index.html",
    "manifest.txt",
    "checkpoint.txt",
    "keys.json",
    "rules.json",
    "streams.json",
    "events.jsonl",
    "openings.json",
    "claims.json",
    "verify_dossier.py",
)
MANIFEST: Final = "manifest.txt"
MOST_BYTES: Final = 32 * 2**20
"""Of a dossier, packed or unpacked: some ten times what a person's three years need in a large village."""

_LOCAL: Final = struct.Struct("<4s5H3I2H")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_NEEDS, _MADE_BY, _DEFLATED, _OF_1980, _READABLE = 20, 3 << 8 | 20, 8, 1 << 5 | 1, 0o100644 << 16


def unpacked(data: bytes) -> dict[str, bytes]:
    """Return the members of a dossier.

    Raises:
        Doubt: it is no ZIP, or has not just the members of a dossier in their order, and nothing else.
    """
    found, directory, place, room = dict[str, bytes](), b"", 0, MOST_BYTES
    for name in MEMBERS:
        about, content, after = _member(name, data, place, room)
        directory += _CENTRAL.pack(b"PK\1\2", _MADE_BY, *about, 0, 0, 0, _READABLE, place) + name.encode()
        found[name], place, room = content, after, room - len(content)
    count = len(MEMBERS)
    if data[place:] != directory + _END.pack(b"PK\5\6", 0, 0, count, count, len(directory), place, 0):
        _no_dossier()
    return found


def _member(name: str, data: bytes, place: int, room: int) -> tuple[list[int], bytes, int]:
    """Return what the ZIP says of the file that begins at a place, its bytes, and the place after them."""
    named = place + _LOCAL.size
    start = named + len(name)
    if len(data) < start:
        _no_dossier()
    mark, *about = _LOCAL.unpack(data[place:named])
    crc, packed, size = about[5:8]
    plain = [_NEEDS, 0, _DEFLATED, 0, _OF_1980, crc, packed, size, len(name), 0]
    if mark != b"PK\3\4" or about != plain or data[named:start] != name.encode():
        _no_dossier()
    if size > room:
        wrong("ZIP")
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = stream.decompress(data[start : start + packed], size + 1)
    except zlib.error:
        wrong("ZIP")
    if not stream.eof or stream.unused_data or len(content) != size or zlib.crc32(content) != crc:
        wrong("ZIP")
    return about, content, start + packed


def _no_dossier() -> NoReturn:
    raise Doubt(
        "不是有效的档案:ZIP中的文件不齐、重复、顺序不对或有多余。请用原样的文件,不要解压后再打包",
        "not a valid dossier: files in the ZIP are missing, doubled, out of order or too many, "
        "or it was packed again; use the file as you got it",
    )


class Manifest(NamedTuple):
    """What a dossier says it is."""

    origin: str
    instructor: str
    as_of: date
    position: int
    known_at: datetime


def manifest_of(note: Note, files: Mapping[str, bytes]) -> Manifest:
    """Return what the manifest says, the hashes of all other files checked.

    Raises:
        Doubt: a file is not the one that the manifest was signed for.
    """
    lines = note.text[:-1].split("\n")
    others = [name for name in MEMBERS if name != MANIFEST]
    words = [line.partition(" ") for line in lines]
    names = ("zhucun", "origin", "instructor", "as-of", "position", "known-at", *("file" for _ in others))
    if tuple(word for word, _, _ in words) != names or lines[0] != "zhucun dossier v1":
        wrong(MANIFEST)
    values = [value for _, _, value in words]
    for name, value in zip_longest(others, values[6:]):
        if value != f"{sha256(files[name]).hexdigest()} {name}":
            raise Doubt(
                f"{name} 不是清单所签的那一份,已被改动",
                f"{name} is not the one that the manifest was signed for: it was changed",
            )
    if not _UUID.fullmatch(values[2]):
        wrong(MANIFEST)
    return Manifest(
        values[1],
        values[2],
        day_of(values[3]),
        number_of(values[4], MANIFEST),
        moment_of(values[5], MANIFEST),
    )


def check_rules(data: bytes) -> None:
    """Check that the rule book says what the notice says.

    Raises:
        Doubt: it does not.
    """
    rules = json_of(data, "rules.json")
    expected = [
        {
            "code": code,
            "clause": clause,
            "zh": zh,
            "en": en,
            "effective": NOTICE_DATE,
            "since": "0001-01-01",
            "until": "9999-12-31",
            "value": value,
        }
        for code, clause, zh, en, value in RULE_BOOK
    ]
    if not isinstance(rules, list):
        wrong("rules.json")
    for ours, theirs in zip_longest(expected, rules):
        if not same(ours, theirs):
            raise Doubt(
                f"规则与通知不符:应为 {shown(ours, 300)},档案为 {shown(theirs, 300)}",
                f"a rule is not as the notice has it: it should be {shown(ours, 300)}, "
                f"and the dossier has {shown(theirs, 300)}",
            )


def events_of(data: bytes, checkpoint: Checkpoint) -> list[Event]:
    """Return the events, each proved to be in the log where it says it is.

    Raises:
        Doubt: one is not, or they are not in their order.
    """
    found: list[Event] = []
    for line in lines_of(data, "events.jsonl"):
        members = members_of(json_of(line, "events.jsonl"), (*EVENT_MEMBERS, "proof"), "events.jsonl")
        event = event_of(members[:-1])
        proof = hashes_of(members[-1], f"事件 event {event.position}")
        if root_by(event.leaf, event.position - 1, checkpoint.size, proof) != checkpoint.root:
            raise Doubt(
                f"事件 {event.position}:不能证明它在检查点所指的日志中",
                f"event {event.position}: it is not proved to be in the log of the checkpoint",
            )
        if found and (event.position <= found[-1].position or event.recorded < found[-1].recorded):
            raise Doubt(
                f"事件 {event.position}:次序不对,位置与记录时间须递增",
                f"event {event.position}: out of order; positions and times of recording have to rise",
            )
        found.append(event)
    return found


def streams_of(data: bytes, checkpoint: Checkpoint) -> dict[str, int]:
    """Return how many events each aggregate has in the whole log, as is proved.

    Raises:
        Doubt: it is not proved.
    """
    streams = json_of(data, "streams.json")
    if not isinstance(streams, list):
        wrong("streams.json")
    found: dict[str, int] = {}
    before = -1
    for stream in streams:
        aggregate, index, count, texts = members_of(
            stream, ("aggregate", "index", "count", "proof"), "streams.json"
        )
        if not isinstance(aggregate, str) or not _id(aggregate):
            wrong("streams.json")
        if type(index) is not int or type(count) is not int or count < 1:
            wrong("streams.json")
        proof = hashes_of(texts, "streams.json")
        leaf = leaf_hash(bytes.fromhex(aggregate.replace("-", "")) + struct.pack(">Q", count))
        proved = root_by(leaf, index, checkpoint.streams, proof) == checkpoint.streams_root
        if not proved or index <= before or aggregate in found:
            raise Doubt(
                f"不能证明 {aggregate} 共有 {count} 条事件",
                f"it is not proved that {aggregate} has {count} events",
            )
        found[aggregate], before = count, index
    return found


def check_streams(events: Sequence[Event], counts: Mapping[str, int], person: str) -> None:
    """Check that the streams are whole, and that they are the person's and those of their villages.

    Raises:
        Doubt: an event is missing, or one does not belong here.
    """
    streams: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        streams[event.aggregate].append(event)
    for aggregate in {**counts, **streams}:
        versions = [event.version for event in streams[aggregate]]
        if versions != list(range(1, counts.get(aggregate, 0) + 1)):
            raise Doubt(
                f"{aggregate} 的事件不全:日志中有 {counts.get(aggregate, 0)} 条,档案中有 {len(versions)} 条",
                f"the events of {aggregate} are not whole: {counts.get(aggregate, 0)} in the log, "
                f"{len(versions)} in the dossier",
            )
    for event in events:
        check_content(event, PERSON_EVENTS if event.aggregate == person else VILLAGE_EVENTS)
    villages = {event.village for event in streams[person] if "village_id" in event.state}
    firsts = [stream[0].position for stream in (streams[aggregate] for aggregate in counts)]
    if set(counts) != {person, *villages} or firsts != sorted(firsts):
        raise Doubt(
            "档案须恰好包含本人及其派驻村的全部事件",
            "a dossier has to have just the events of the person and of the villages of their postings",
        )


def voided_by(events: Sequence[Event]) -> dict[int, int]:
    """Return by position of each void event the position of the event that voided it.

    Raises:
        Doubt: something was voided that was not there.
    """
    places = {(event.aggregate, event.version): event.position for event in events}
    found: dict[int, int] = {}
    for event in events:
        if event.type in {"Instructor.Voided", "Village.Voided"}:
            place = places.get((event.aggregate, event.state["voided_version"]), event.position)
            if place >= event.position:
                raise Doubt(
                    f"事件 {event.position}:所作废的事件不存在",
                    f"event {event.position}: what it voids is not there",
                )
            found.setdefault(place, event.position)
    return found


def check_claims(
    data: bytes,
    manifest: Manifest,
    checkpoint: Checkpoint,
    events: Sequence[Event],
    forms: Mapping[int, Form],
) -> Answer:
    """Compute everything that is claimed from the bare events, compare, and return it.

    Raises:
        Doubt: something else is claimed.
    """
    query, variables, answer = members_of(
        json_of(data, "claims.json"), ("query", "variables", "answer"), "claims.json"
    )
    asked = {
        "id": manifest.instructor,
        "asOf": text_of_day(manifest.as_of),
        "position": str(manifest.position),
    }
    if not isinstance(query, str) or query.split() != QUERY.split() or not same(variables, asked):
        raise Doubt(
            "claims.json 所问的不是档案应答的问题", "claims.json asks something else than a dossier answers"
        )
    known = max(event.recorded for event in events)
    earliest = max(known, start_of_day(manifest.as_of))
    if manifest.known_at < earliest or (
        events[-1].position == manifest.position and manifest.known_at != earliest
    ):
        raise Doubt(
            "清单所称的知晓时刻与事件的记录时间不符",
            "the manifest's known-at does not agree with the recording of the events",
        )
    at = Moment(manifest.as_of, manifest.position)
    record = Record(events, voided_by(events), forms)
    ours: Answer = {
        "programme": {
            "asOf": asked["asOf"],
            "knownAt": manifest.known_at.isoformat(),
            "position": asked["position"],
            "root": b64encode(checkpoint.root).decode(),
            "instructor": instructor_at(record, manifest.instructor, at),
        }
    }
    found = list(islice(differences(ours, answer), 10))
    if found:
        told = "\n".join(
            f"    {shown(path)}: 重算 computed {shown(one, 200)}; 声称 claimed {shown(other, 200)}"
            for path, one, other in found
        )
        raise Doubt(
            f"所声称的与由事件重算的不符,首{len(found)}处如下",
            f"what is claimed is not what the events come to; the first {len(found)} differences:\n{told}",
        )
    return ours


class Checked(NamedTuple):
    """A dossier that holds in itself."""

    manifest: Manifest
    note: Note
    checkpoint: Checkpoint
    chain: list[Link]
    events: list[Event]
    opened: Opened
    answer: Answer


def checked(data: bytes, told: Callable[[str, str], None]) -> Checked:
    """Check everything that can be checked with a dossier alone.

    Args:
        data: of the file.
        told: is told of each thing that holds.

    Raises:
        Doubt: something does not hold.
    """
    files = unpacked(data)
    signed = note_of(text_of(files[MANIFEST], MANIFEST), MANIFEST)
    manifest = manifest_of(signed, files)
    note = note_of(text_of(files["checkpoint.txt"], "checkpoint.txt"), "checkpoint.txt")
    checkpoint = checkpoint_of(note, "checkpoint.txt")
    if (manifest.origin, manifest.position) != (checkpoint.origin, checkpoint.size):
        raise Doubt(
            "清单与检查点不是同一份日志的同一位置", "manifest and checkpoint are of different logs or sizes"
        )
    chain = key_history(json_of(files["keys.json"], "keys.json"), checkpoint)
    signer_of(note, checkpoint, chain, "checkpoint.txt")
    if not signed.is_signed_by(chain[-1].key, MANIFEST):
        raise Doubt("清单没有日志现用密钥的签名", "the manifest is not signed by the log's present key")
    told("清单、检查点、密钥的签名均成立,各文件未被改动", "the signatures hold, and no file was changed")
    check_rules(files["rules.json"])
    told("规则与通知(湘阴办发〔2020〕23号)的数字一致", "the rules have the numbers of the notice")
    events = events_of(files["events.jsonl"], checkpoint)
    told(
        f"{len(events)} 条事件逐条证明在日志中,与原始字节一致",
        f"each of the {len(events)} events is proved to be in the log, byte for byte",
    )
    counts = streams_of(files["streams.json"], checkpoint)
    check_streams(events, counts, manifest.instructor)
    told("本人及派驻村的事件一条不缺、一条不多", "no event of the person or the villages is missing or added")
    opened = openings_of(files["openings.json"], events, manifest.instructor)
    for sentence in about_forms(opened):
        told(*sentence)
    answer = check_claims(files["claims.json"], manifest, checkpoint, events, opened.forms)
    told("所声称的各项数字与发现,均与由事件重算的一致", "every figure and finding is what the events come to")
    return Checked(manifest, note, checkpoint, chain, events, opened, answer)


def about_forms(opened: Opened) -> Iterator[tuple[str, str]]:
    """Yield what holds of the person's forms."""
    if opened.forgotten is not None:
        day, reason = opened.forgotten.day, shown(opened.forgotten.state["reason"], 80)
        yield (
            f"个人信息已于 {day} 删除(事件 {opened.forgotten.position},理由:{reason}),此前的报名表无揭示",
            f"the personal data were forgotten on {day} (event {opened.forgotten.position}): {reason}",
        )
    if opened.shown:
        yield (
            f"所示报名表的 {opened.shown} 项个人信息,逐项与事件中的承诺一致",
            f"each of the {opened.shown} fields shown of forms is what the events committed to",
        )


# What the reader kept: a key, checkpoints, witnesses' keys, an export of the whole log


@contextmanager
def brought(what: str) -> Iterator[None]:
    """Tell a slip in what the reader gave from a fault of the dossier.

    Raises:
        Unusable: it is malformed.
    """
    try:
        yield
    except Malformed as error:
        raise Unusable(
            f"您给出的 {what} 不符合格式,无从对照:请核对是否完整",
            f"{what}, which you gave, is malformed, so it was not compared: check that it is complete",
        ) from error


def as_kept(data: bytes, name: str) -> str:
    """Return a signed text as it was signed: what editors do to its ends and line ends is undone."""
    return text_of(data, name).removeprefix("\ufeff").replace("\r\n", "\n").rstrip("\n") + "\n"


def check_witness(dossier: Checked, vkey: str) -> str:
    """Check that a witness cosigned the checkpoint, and return when.

    Raises:
        Doubt: it did not.
    """
    with brought("--witness"):
        key = key_of(vkey, "--witness")
    if key.kind != COSIGNATURE or not dossier.note.is_signed_by(key, "checkpoint.txt"):
        raise Doubt(
            f"见证方“{shown(key.name)}”没有附签此检查点", f"the witness {shown(key.name)} did not cosign"
        )
    seconds = next(
        cosigned_at(it) for it in dossier.note.signatures if (it.name, it.key_id) == (key.name, key.id)
    )
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=min(seconds, 2**36))
    return moment.isoformat()


def is_key_of(dossier: Checked, vkey: str) -> bool:
    """Whether a key that the reader trusts vouches for the log's present key.

    Raises:
        Doubt: it never was a key of this log.
    """
    with brought("--key"):
        key = key_of(vkey, "--key")
    numbers = [number for number, link in enumerate(dossier.chain) if link.key == key]
    if not numbers:
        raise Doubt(
            "您给出的公钥从来不是该日志的密钥:档案不是由您信任的日志签发的",
            "the key you gave never was a key of this log: the dossier was not signed by the log you trust",
        )
    return not any(link.lost for link in dossier.chain[numbers[0] + 1 :])


class State(NamedTuple):
    """What an export comes to at a size: its root, and the number and the root of its streams."""

    root: bytes
    streams: int
    streams_root: bytes


LOG_MEMBERS: Final = (
    "format",
    "origin",
    "log_origin",
    "county",
    "simulated",
    "founded_at",
    "size",
    "root",
    "checkpoint",
)


def states_of(lines: BinaryIO, dossier: Checked, sizes: set[int]) -> dict[int, State]:
    """Read an export, and return what it comes to at some sizes and at its end.

    Every event is hashed from its stored bytes; those of the dossier's streams have to be the dossier's.

    Raises:
        Doubt: the export contradicts itself or the dossier.
    """
    what = "--log"
    sizes = sizes | {link.size for link in dossier.chain}
    head = members_of(json_of(_line(lines), what), LOG_MEMBERS, what)
    if head[0] != "zhucun-log-v1" or head[2] != dossier.checkpoint.origin or type(head[6]) is not int:
        wrong(what)
    ours = {event.position: event.leaf for event in dossier.events}
    aggregates = {event.aggregate for event in dossier.events}
    tree, counts, states = Tree(), dict[str, int](), dict[int, State]()
    while line := _line(lines):
        event = event_of(members_of(json_of(line, what), EVENT_MEMBERS, what))
        tree.add(event.leaf)
        counts[event.aggregate] = counts.get(event.aggregate, 0) + 1
        if (event.position, event.version) != (tree.size, counts[event.aggregate]):
            wrong(f"{what} {tree.size}")
        if event.position <= dossier.checkpoint.size:
            expected = ours.get(event.position)
            if expected not in {None, event.leaf} or (expected is None and event.aggregate in aggregates):
                raise Doubt(
                    f"事件 {event.position}:导出与档案不同", f"event {event.position}: not as in the dossier"
                )
        _check_clock(event, dossier.manifest)
        if event.position in sizes:
            states[event.position] = _state(tree, counts)
    states[tree.size] = _state(tree, counts)
    if head[6] != tree.size or bytes_of(head[7], what, 32) != tree.root():
        raise Doubt("导出的条数或根与其首行不符", "the export is not what its first line says")
    return states


def _check_clock(event: Event, manifest: Manifest) -> None:
    """Check the manifest's two clocks by the event at its position, and by the one after that.

    Raises:
        Doubt: that position was known later, or on the day there was more to know.
    """
    agrees = True
    if event.position == manifest.position:
        agrees = manifest.known_at == max(event.recorded, start_of_day(manifest.as_of))
    elif event.position == manifest.position + 1:
        agrees = manifest.as_of <= day_in_shanghai(event.recorded - timedelta(microseconds=1))
    if not agrees:
        raise Doubt(
            f"清单所称的日期或知晓时刻,与导出中事件 {event.position} 的记录时间不符",
            f"the manifest's day or known-at does not agree with the recording of event {event.position}",
        )


def _line(lines: BinaryIO) -> bytes:
    line = lines.readline(MOST_LINE)
    if line and (not line.endswith(b"\n") or line == b"\n"):
        wrong("--log")
    return line[:-1]


def _state(tree: Tree, counts: Mapping[str, int]) -> State:
    streams = Tree()
    for aggregate, count in counts.items():
        streams.add(leaf_hash(bytes.fromhex(aggregate.replace("-", "")) + struct.pack(">Q", count)))
    return State(tree.root(), len(counts), streams.root())


class Kept(NamedTuple):
    """What the reader brings along."""

    key: str | None
    checkpoints: list[tuple[str, bytes]]
    witnesses: list[str]
    log: Path | None


def confirm(dossier: Checked, kept: Kept, told: Callable[[str, str], None]) -> list[tuple[str, str]]:
    """Compare a dossier with what the reader kept, and return what stays open, in Chinese and English.

    Raises:
        Doubt: they contradict each other.
    """
    stays_open: list[tuple[str, str]] = []
    confirmed = kept.key is not None and is_key_of(dossier, kept.key)
    if confirmed:
        told("签名密钥即您给出的公钥,或由它依次交接而来", "the signing key is yours, or took over from yours")
    elif kept.key is not None:
        stays_open.append(LOST)
    for vkey in kept.witnesses:
        moment = check_witness(dossier, vkey)
        told(f"见证方已于 {moment} 附签检查点", f"the witness cosigned the checkpoint at {moment}")
    mine = _kept_checkpoints(kept.checkpoints, dossier)
    states = _export(kept.log, dossier, {dossier.checkpoint.size, *(it.checkpoint.size for it in mine)})
    _check_states(states, dossier, mine)
    whole = dossier.checkpoint.size in states
    if whole:
        told("与导出的整部日志一致", "it agrees with the export of the whole log")
    elif kept.log:
        stays_open.append(("导出未到档案所述位置", "the export ends before the dossier's position"))
    for it in mine:
        size = it.checkpoint.size
        if size == dossier.checkpoint.size or (whole and size in states):
            told(f"与您留存的检查点 {it.name} 一致", f"it agrees with {it.name}, which you kept")
            if not confirmed and any(link.lost for link in dossier.chain[it.signer + 1 :]):
                stays_open.append(LOST_SINCE)
            confirmed = True
        else:
            zh = f"{it.name} 的条数({size})与档案({dossier.checkpoint.size})不同"
            en = f"{it.name} is of size {size}, and the dossier of {dossier.checkpoint.size}"
            stays_open.append((f"{zh}:须用 --log 给出整部日志的导出", f"{en}: give an export by --log"))
    return stays_open if confirmed or stays_open else [UNCONFIRMED]


def _check_states(states: Mapping[int, State], dossier: Checked, mine: Sequence[Mine]) -> None:
    """Check that checkpoints and the notes of keys say what an export comes to at their sizes.

    Raises:
        Doubt: one does not.
    """
    for name, it in [("checkpoint.txt", dossier.checkpoint), *((it.name, it.checkpoint) for it in mine)]:
        if it.size in states and states[it.size] != (it.root, it.streams, it.streams_root):
            raise Doubt(
                f"{name} 与导出的日志不符:历史已被改写",
                f"{name} is not of the exported log: history was rewritten",
            )
    for link in dossier.chain:
        if link.size in states and states[link.size].root != link.root:
            _bad_succession(vkey_of(link.key))


LOST: Final = (
    "您给出的密钥后来遗失,现用密钥未经它交接:请另行核实现用公钥",
    "the key you gave was lost, and did not sign for the present one: have that confirmed in another way",
)
LOST_SINCE: Final = (
    "您留存的检查点所用的密钥据称后来遗失,未交接:请用 --key 给出您另行核实的现用公钥",
    "the key of your checkpoint is said to be lost, with no successor: give the present one by --key",
)
UNCONFIRMED: Final = (
    "尚未确认签名密钥属于该日志:请用 --key 给出您另行取得的公钥,或用 --checkpoint 给出您留存的检查点",
    "not confirmed that the key is the log's: give the one you know by --key, or a --checkpoint you kept",
)


class Mine(NamedTuple):
    """A checkpoint that the reader kept: its file's name, what it says, and which of the keys signed it."""

    name: str
    checkpoint: Checkpoint
    signer: int


def _kept_checkpoints(kept: Sequence[tuple[str, bytes]], dossier: Checked) -> list[Mine]:
    """Return the checkpoints that the reader kept.

    Raises:
        Doubt: one is not of this log, or another one than the dossier's or the reader's of the same size.
    """
    texts, found = {dossier.checkpoint.size: dossier.note.text}, list[Mine]()
    for file, data in kept:
        name = shown(file)
        with brought(name):
            note = note_of(as_kept(data, name), name)
            checkpoint = checkpoint_of(note, name)
        signer = signer_of(note, checkpoint, dossier.chain, name)
        if texts.setdefault(checkpoint.size, note.text) != note.text:
            raise Doubt(
                f"您留存的 {name} 与另一检查点条数同为{checkpoint.size}而内容不同:日志签过两种历史",
                f"{name}, which you kept, and another checkpoint are both of size {checkpoint.size} and "
                "differ: the log signed two histories",
            )
        found.append(Mine(name, checkpoint, signer))
    return found


def _export(path: Path | None, dossier: Checked, sizes: set[int]) -> dict[int, State]:
    if path is None:
        return {}
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        try:
            return states_of(cast("BinaryIO", lines), dossier, sizes)
        except (gzip.BadGzipFile, EOFError, zlib.error, Malformed) as error:
            raise Doubt(
                "--log 所给的不是该日志完好的导出", "what --log gives is no intact export of this log"
            ) from error


# The verdict


def summary(answer: Answer) -> Iterator[tuple[str, str]]:
    """Yield what was verified about the person, to be compared with what one was told."""
    programme = answer["programme"]
    person = programme["instructor"]
    day, position = programme["asOf"], programme["position"]
    if person is None:
        yield f"截至{day}(位置{position})无此人的推荐记录", f"nobody of this id was nominated by {day}"
        return
    name, number = shown(person["name"], 40), shown(person["staffNumber"], 40)
    village = shown((person["village"] or {}).get("name", "—"), 40)
    yield f"以{programme['knownAt']}所知", f"as it was known at {programme['knownAt']}"
    yield f"{name}({number}),{village},截至{day}(位置{position})", f"{number} as of {day}, {person['stage']}"
    present, households = person["daysPresent"], person["householdsVisited"]
    short, projects = sum(it["short"] for it in person["attendance"]), person["projectsCompleted"]
    findings = person["findings"]["totalCount"]
    yield f"到村{present}天,不足的整月{short}个", f"{present} days present, {short} short months"
    yield (
        f"走访{households}户,办结实事{projects}件",
        f"{households} households visited, {projects} projects done",
    )
    yield f"发现{findings}项", f"{findings} findings"


def say(mark: str, zh: str, en: str) -> None:
    """Print a sentence in both languages."""
    sys.stdout.write(f"{mark} {zh}\n{' ' * len(mark)} {en}\n")


def notes_on(dossier: Checked, kept: Kept) -> Iterator[tuple[str, str]]:
    """Yield what a reader has to bear in mind, whatever the verdict."""
    if "simulated" in dossier.checkpoint.origin:
        yield (
            "这是模拟账本:人、事、时间均为演示而编造",
            "a simulated ledger: its people, deeds and times are made up",
        )
    yield (
        "以上数字由本程序重算;网页 index.html 的文字未逐字核对,所录是否属实也不是程序能核验的",
        "figures above were computed here; the words of index.html and the truth of entries not checked",
    )
    if dossier.opened.shown and dossier.opened.masked:
        yield (
            "这一份隐去了出生日期与联系电话;网页所示其首尾,不在核验之列",
            "day of birth and telephone number are masked here; what the page shows of them is not checked",
        )
    if dossier.opened.unopened:
        places = "、".join(map(str, dossier.opened.unopened[:5]))
        yield (
            f"事件 {places} 的报名表未揭示:据称其后已删除,而本档案止于此前,不能证明",
            f"the form of event {places} is not shown: forgotten later, it is said; nothing here proves it",
        )
    if not kept.checkpoints:
        yield (
            "这是该县所签的账本;该县自己是否重写过,要与您留存的检查点对照才知道(--checkpoint)",
            "this is what the county signed; only a --checkpoint you kept tells if it was rewritten before",
        )


HOLDS, FAILS, WRONG_USAGE, OPEN = range(4)
VERDICTS: Final = {
    HOLDS: (
        "核验通过。档案与所签的账本一致,一条不缺、未经改动;所列数字与发现均由记录得出。",
        "IT HOLDS. The record is that of the signed log, whole and unaltered, and every figure follows.",
    ),
    WRONG_USAGE: (
        "没有结论。请更正所给的文件或公钥,再运行一次。",
        "NONE. Put right the file or key that you gave, and run it again.",
    ),
    FAILS: ("不可信。此档案有不符之处,不得采信。", "DO NOT TRUST this dossier: something does not hold."),
    OPEN: (
        "档案自身前后一致,但尚未与您掌握的凭据对照。",
        "CONSISTENT IN ITSELF, but not compared with anything that you kept.",
    ),
}


def verdict_of(data: bytes, kept: Kept) -> int:
    """Check a dossier, print what holds and what does not, and return the exit code."""

    def told(zh: str, en: str) -> None:
        say("[OK]", zh, en)

    try:
        dossier = checked(data, told)
        for zh, en in summary(dossier.answer):
            say("    ", zh, en)
        stays_open = confirm(dossier, kept, told)
    except Unusable as slip:
        say("[!!]", slip.zh, slip.en)
        return WRONG_USAGE
    except Doubt as doubt:
        say("[!!]", doubt.zh, doubt.en)
        return FAILS
    for zh, en in stays_open:
        say("[??]", zh, en)
    for zh, en in notes_on(dossier, kept):
        say("[--]", zh, en)
    vkey = vkey_of(dossier.chain[-1].key)
    say("    ", f"签名公钥 {vkey}", "the key that signed")
    return OPEN if stays_open else HOLDS


def vkey_of(key: Key) -> str:
    """Return the text of a key."""
    return f"{key.name}+{key.id.hex()}+{b64encode(bytes([key.kind]) + key.public).decode()}"


def read_file(path: Path, most: int) -> bytes:
    """Return the bytes of a file that is not too large."""
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise Doubt(f"{shown(path.name)} 过大", f"{shown(path.name)} is too large")
    return data


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program, and return its exit code."""
    cast("io.TextIOWrapper", sys.stdout).reconfigure(errors="backslashreplace")
    parser = argparse.ArgumentParser(description="核验档案 Check a dossier")
    parser.add_argument("dossier", type=Path, help="ZIP")
    parser.add_argument(
        "--key", metavar="VKEY", type=str.strip, help="您信任的日志公钥 the log's key that you trust"
    )
    parser.add_argument(
        "--checkpoint",
        metavar="KEPT",
        type=Path,
        action="append",
        default=[],
        help="您留存的检查点 a checkpoint that you kept",
    )
    parser.add_argument(
        "--witness", metavar="VKEY", action="append", default=[], help="须已附签的见证方 must have cosigned"
    )
    parser.add_argument(
        "--log", metavar="EXPORT", type=Path, help="整部日志的导出 an export of the whole log"
    )
    given = parser.parse_args(arguments)
    try:
        kept = [(it.name, read_file(it, MOST_LINE)) for it in given.checkpoint]
        data = read_file(given.dossier, MOST_BYTES)
        code = verdict_of(data, Kept(given.key, kept, given.witness, given.log))
    except OSError as error:
        what = shown(error.filename or str(error))
        say("[!!]", f"无法读取文件:{what}", f"cannot read {what}")
        code = WRONG_USAGE
    except Exception as error:  # noqa: BLE001 - whatever a hostile file does, it gets a verdict
        what = error.zh if isinstance(error, Doubt) else type(error).__name__
        say("[!!]", f"不是有效的档案({what})", f"not a valid dossier ({type(error).__name__})")
        code = FAILS
    sys.stdout.write("\n")
    say("结论 VERDICT:", *VERDICTS[code])
    return code


if __name__ == "__main__":
    sys.exit(main())
