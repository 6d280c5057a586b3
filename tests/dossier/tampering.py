"""Tampered dossiers: one for every field that can be changed, dropped, doubled, put elsewhere or swapped.

Each is made twice: by an outsider, who can only change files, and by somebody with the log's own key, who
signs the manifest again. The page and the program inside are only among the first: of prose nothing can be
computed, so whoever has the key can have it say what they like; the verdict repeats what was computed.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from api.dossier.verify_dossier import EPOCH, leaf_hash, moment_of
from ledger.notes import SigningKey
from tests.dossier.language import MANIFEST, Opened

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Tampering:
    """A change to a dossier.

    Attributes:
        name: what is done.
        change: does it.
        signed: whether it already has the log's signature where it needs one.
    """

    name: str
    change: Callable[[Opened], None]
    signed: bool = False


Family = Callable[[Opened, Opened, Opened], Iterator[Tampering]]
"""Changes to a dossier, given another person's and the same person's at an earlier position."""


# JSON: every kind of member


def of_json(honest: Opened, anothers: Opened, name: str) -> Iterator[Tampering]:
    """Yield a change, a loss, a repetition, a reversal and a swap of each kind of member of a file."""
    content, theirs = honest.json(name), anothers.json(name)
    for path in paths(content):
        where = f"{name} {'.'.join(map(str, path)) or 'as a whole'}"
        for what, altered in alterations(at(content, path)):
            yield _with(f"{where}: {what}", name, replaced(content, path, altered))
        if path:
            yield _with(f"{where}: dropped", name, dropped(content, path))
        other = _maybe_at(theirs, path)
        if other not in (None, at(content, path)):
            yield _with(f"{where}: another's", name, replaced(content, path, other))


def _with(title: str, name: str, content: object) -> Tampering:
    return Tampering(title, lambda it: it.put(name, content))


def paths(content: Any, path: Path = (), seen: set[Path] | None = None) -> Iterator[Path]:
    """Yield the way to one of each kind of member: of all elements of a list, the first that has it."""
    seen = set() if seen is None else seen
    kind = tuple(0 if isinstance(step, int) else step for step in path)
    if kind not in seen:
        seen.add(kind)
        yield path
    members = enumerate(content) if isinstance(content, list) else content.items()
    for step, value in members:
        below: Path = (*path, step)
        if isinstance(value, dict | list):
            yield from paths(value, below, seen)
        elif (kind_below := (*kind, 0 if isinstance(step, int) else step)) not in seen:
            seen.add(kind_below)
            yield below


def at(content: Any, path: Path) -> Any:
    """Return what stands at a place."""
    for step in path:
        content = content[step]
    return content


def _maybe_at(content: Any, path: Path) -> Any:
    try:
        return at(content, path)
    except (KeyError, IndexError, TypeError):
        return None


def replaced(content: Any, path: Path, value: Any) -> Any:
    """Return a copy with something else at a place."""
    if not path:
        return value
    copy = content.copy()
    copy[path[0]] = replaced(copy[path[0]], path[1:], value)
    return copy


def dropped(content: Any, path: Path) -> Any:
    """Return a copy without what stands at a place."""
    holder = at(content, path[:-1]).copy()
    del holder[path[-1]]
    return replaced(content, path[:-1], holder)


def alterations(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield other values of the same type, and one of another type."""
    if isinstance(value, bool):
        yield "turned", not value
        yield "as a number", int(value)
    elif isinstance(value, int):
        yield "one more", value + 1
        yield "as a text", str(value)
    elif isinstance(value, str):
        yield "changed", value[:-1] + ("1" if value[-1:] == "0" else "0")
    elif value is None:
        yield "told", "2020-05-03"
    elif isinstance(value, list):
        yield from _lists(value)
    elif len(value) > 1:
        yield "reversed", dict(reversed(value.items()))
        yield "one more member", {**value, "also": None}


def _lists(value: list[Any]) -> Iterator[tuple[str, Any]]:
    if value:
        yield "the first twice", [value[0], *value]
        yield "without the last", value[:-1]
    else:
        yield "one more", ["二(三)"]
    if value != value[::-1]:
        yield "reversed", value[::-1]


# Openings


def of_openings(honest: Opened, anothers: Opened) -> Iterator[Tampering]:
    """Yield changes to the openings: of the fields, which are all alike, to a text and to a day."""
    for it in of_json(honest, anothers, "openings.json"):
        if "openings.form." not in it.name or "form.name" in it.name or "form.party_joined" in it.name:
            yield it


# Event lines


def of_event_lines(honest: Opened, anothers: Opened) -> Iterator[Tampering]:
    """Yield changes to lines as they stand, and to their order."""
    lines, theirs = honest.events, anothers.events
    for number in (0, len(lines) // 2, len(lines) - 1):
        line, before = lines[number], lines[number - 1]
        for name in line:
            where = f"event {number + 1}, {name}"
            for what, altered in alterations(line[name]):
                yield _lines(f"{where}: {what}", replaced(lines, (number, name), altered))
            yield _lines(f"{where}: dropped", dropped(lines, (number, name)))
            if before[name] != line[name]:
                yield _lines(f"{where}: the one's before", replaced(lines, (number, name), before[name]))
    for number, line in enumerate(lines):
        rest = dropped(lines, (number,))
        where = f"event {number + 1} ({line['type']})"
        yield _lines(f"{where}: dropped", rest)
        yield _lines(f"{where}: twice", [*lines[:number], line, *lines[number:]])
        yield _lines(f"{where}: another's", replaced(lines, (number,), theirs[number % len(theirs)]))
        yield _lines(f"{where}: elsewhere", [*rest[: number - 1], line, *rest[number - 1 :]])
    for place in range(len(lines[3]["proof"])):
        for what, proof in (
            ("another hash", replaced(lines[3]["proof"], (place,), lines[3]["leaf"])),
            ("one hash less", dropped(lines[3]["proof"], (place,))),
        ):
            yield _lines(f"event 4, proof {place}: {what}", replaced(lines, (3, "proof"), proof))
    yield _lines("no event at all", [])
    yield _lines("another's events", theirs)
    whole = honest.files["events.jsonl"]
    for title, data in (
        ("the last line without its end", whole[:-1]),
        ("an empty line", whole + b"\n"),
        ("a member twice", whole.replace(b'"version":', b'"version":1,"version":', 1)),
        ("no UTF-8", whole.replace("镇".encode(), b"\xff", 1)),
    ):
        yield Tampering(title, _file("events.jsonl", data))


def _lines(title: str, lines: list[dict[str, Any]]) -> Tampering:
    def change(it: Opened) -> None:
        it.events = lines

    return Tampering(title, change)


def of_stored_fields(honest: Opened) -> Iterator[Tampering]:
    """Yield a change and a loss of each stored field of each type; the line and its leaf agree again."""
    lines = honest.events
    first_of_type = {line["type"]: number for number, line in reversed([*enumerate(lines)])}
    for number in sorted(first_of_type.values()):
        line = lines[number]
        state = json.loads(b64decode(line["raw"]))
        versions: dict[str, dict[str, Any]] = {
            "position: another": {"position": line["position"] + 1},
            "recorded_at: another": {"recorded_at": "2020-03-17T12:00:00.000001Z"},
            "aggregate: another": {"aggregate": "00000000-0000-5000-8000-000000000000"},
            "version: another": {"version": line["version"] + 1},
            "type: another": {"type": line["type"] + "Again"},
        }
        for name, value in state.items():
            what, altered = next(iter(alterations(value)), ("emptied", {}))
            versions[f"{name}: {what}"] = _told({**state, name: altered})
            versions[f"{name}: dropped"] = _told({it: state[it] for it in state if it != name})
        for title, told in versions.items():
            changed = replaced(lines, (number,), hashed({**line, **told}))
            yield _lines(f"event {number + 1} ({line['type']}), stored {title}", changed)


def _told(state: dict[str, Any]) -> dict[str, Any]:
    """Return the members of a line that tell of a state."""
    own = ("occurred_on", "actor", "command_id")
    raw = json.dumps(state, ensure_ascii=False, separators=(",", ":")).encode()
    return {
        **{name: state.get(name) for name in own},
        "data": {name: value for name, value in state.items() if name not in own},
        "raw": b64encode(raw).decode(),
    }


def hashed(line: dict[str, Any]) -> dict[str, Any]:
    """Return a line with the leaf that its other members come to."""
    micros = int((moment_of(line["recorded_at"], "") - EPOCH).total_seconds() * 10**6)
    fields = (
        line["position"].to_bytes(8, "big"),
        bytes.fromhex(line["aggregate"].replace("-", "")),
        line["version"].to_bytes(8, "big"),
        line["type"].encode(),
        micros.to_bytes(8, "big"),
        b64decode(line["raw"]),
    )
    data = b"".join(len(it).to_bytes(4, "big") + it for it in fields)
    return {**line, "leaf": b64encode(leaf_hash(b"\x00\x06" + data)).decode()}


# Streams and their events together


def of_streams(honest: Opened, anothers: Opened) -> Iterator[Tampering]:
    """Yield dossiers with fewer or more streams, whose proofs are all good."""
    streams, events = honest.json("streams.json"), honest.events
    for number, stream in enumerate(streams):
        own = [it for it in events if it["aggregate"] == stream["aggregate"]]
        rest = [it for it in events if it["aggregate"] != stream["aggregate"]]
        others = [it for it in streams if it is not stream]
        yield _both(f"without the stream {number}", others, rest)
        shorter = [it for it in events if it is not own[-1]]
        counted = replaced(streams, (number, "count"), stream["count"] - 1)
        yield _both(f"without the last event of the stream {number}", counted, shorter)
        yield _both(f"the stream {number} is not proved", others, events)
    foreign = anothers.json("streams.json")
    more = sorted([*streams, *foreign], key=lambda it: it["index"])
    together = sorted([*events, *anothers.events], key=lambda it: it["position"])
    yield _both("with another's streams too", more, together)
    yield _both("another's streams instead", foreign, anothers.events)


def _both(title: str, streams: list[Any], events: list[Any]) -> Tampering:
    def change(it: Opened) -> None:
        it.put("streams.json", streams)
        it.events = events

    return Tampering(title, change)


# Signed notes


def of_notes(honest: Opened) -> Iterator[Tampering]:
    """Yield changes to the lines of the checkpoint and of the manifest, signed with the log's key or not."""
    stranger = SigningKey.generate()
    for name in ("checkpoint.txt", MANIFEST):
        text, note = honest.text(name), honest.files[name].decode()
        lines = text.splitlines(keepends=True)
        for number, line in enumerate(lines):
            before, after = lines[:number], lines[number + 1 :]
            for what, altered in (
                ("changed", [*before, _other(line), *after]),
                ("dropped", [*before, *after]),
                ("twice", [*before, line, line, *after]),
                ("after the next", [*before, *after[:1], line, *after[1:]]),
            ):
                content = "".join(altered)
                if content != text:
                    where = f"{name} line {number + 1}: {what}"
                    yield Tampering(where, _text(name, note.replace(text, content)), signed=True)
                    yield Tampering(f"{where}, signed", _signed(name, content), signed=name == MANIFEST)
        body, _, signature = note.rpartition("\n\n")
        yield Tampering(f"{name} without a signature", _text(name, f"{body}\n\n"), signed=True)
        yield Tampering(f"{name} signed twice", _text(name, note + signature), signed=True)
        broken = signature[:-8] + ("AAA" if "AAA" not in signature[-8:] else "BBB") + signature[-5:]
        yield Tampering(f"{name} with a broken signature", _text(name, f"{body}\n\n{broken}"), signed=True)
        strange = Opened(dict(honest.files), stranger, honest.name)
        strange.sign(name, text)
        yield Tampering(f"{name} of a stranger", _text(name, strange.files[name].decode()), signed=True)
    yield Tampering("all signed with a stranger's key", lambda it: _by_a_stranger(it, stranger), signed=True)


def _text(name: str, text: str) -> Callable[[Opened], None]:
    return _file(name, text.encode())


def _file(name: str, content: bytes) -> Callable[[Opened], None]:
    def change(it: Opened) -> None:
        it.files[name] = content

    return change


def _signed(name: str, text: str) -> Callable[[Opened], None]:
    return lambda it: it.sign(name, text)


def _by_a_stranger(it: Opened, stranger: SigningKey) -> None:
    it.key = stranger
    it.sign("checkpoint.txt", it.text("checkpoint.txt"))
    it.sign_again()


def _other(line: str) -> str:
    """Return a line that says something else in the same form: its last digit is another one."""
    return re.sub(r"[0-9](?=[^0-9]*$)", lambda it: str((int(it[0]) + 1) % 10), line)


# Whole files

COMPUTED = (
    "checkpoint.txt",
    "keys.json",
    "rules.json",
    "streams.json",
    "events.jsonl",
    "openings.json",
    "claims.json",
)


def of_whole_files(honest: Opened, anothers: Opened, earlier: Opened, name: str) -> Iterator[Tampering]:
    """Yield another's and an earlier file, an empty one, and one that is too long."""
    for whose, other in (("another's", anothers.files[name]), ("an earlier", earlier.files[name])):
        if other != honest.files[name]:
            yield Tampering(f"{whose} {name}", _file(name, other))
    for what, content in (
        ("nothing", b""),
        ("a null", b"null"),
        ("an end too many", honest.files[name] + b"}"),
    ):
        yield Tampering(f"{name}: {what}", _file(name, content))


FAMILIES: dict[str, Family] = {
    "keys": lambda honest, anothers, _: of_json(honest, anothers, "keys.json"),
    "rules": lambda honest, anothers, _: of_json(honest, anothers, "rules.json"),
    "claims": lambda honest, anothers, _: of_json(honest, anothers, "claims.json"),
    "proofs of streams": lambda honest, anothers, _: of_json(honest, anothers, "streams.json"),
    "openings": lambda honest, anothers, _: of_openings(honest, anothers),
    "streams": lambda honest, anothers, _: of_streams(honest, anothers),
    "event lines": lambda honest, anothers, _: of_event_lines(honest, anothers),
    "stored fields": lambda honest, *_: of_stored_fields(honest),
    "notes": lambda honest, *_: of_notes(honest),
    "whole files": lambda honest, anothers, earlier: (
        it for name in COMPUTED for it in of_whole_files(honest, anothers, earlier, name)
    ),
}
