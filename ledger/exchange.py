"""The form in which a whole log is handed on: JSON Lines, a head and an event a line (docs/proofs.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, NamedTuple, Self
from uuid import UUID

import msgspec
import orjson
from msgspec import Meta

from ledger.checkpoints import Checkpoint, log_origin
from ledger.database import Identity
from ledger.errors import ExportWrong, NoteInvalid, UnreadableEvent
from ledger.leaf import leaf_data
from ledger.merkle import leaf_hash
from ledger.notes import Note
from ledger.records import LedgerRow
from ledger.textual import base64_of

FORMAT: Final = "zhucun-log-v1"

Progress = Callable[[int, int], object]
"""Told how many events of how many are done."""

_OWN: Final = ("occurred_on", "actor", "command_id")
"""Members of a state that an event line tells beside the others."""


# An event's line


def event_line(row: LedgerRow, leaf: bytes) -> dict[str, Any]:
    """Return the members of an event's line, in their order, ready for JSON.

    Args:
        row: the event as stored.
        leaf: the hash of its leaf.

    Raises:
        UnreadableEvent: its state is no JSON object.
    """
    state = _state(row)
    told = {name: state.pop(name, None) for name in _OWN}
    return {
        "position": row.position,
        "recorded_at": written(row.recorded_at),
        "occurred_on": told["occurred_on"],
        "aggregate": str(row.originator_id),
        "version": row.originator_version,
        "type": row.topic,
        "actor": told["actor"],
        "command_id": told["command_id"],
        "data": state,
        "raw": base64_of(row.state),
        "leaf": base64_of(leaf),
    }


class Told(NamedTuple):
    """What a line tells of an event."""

    row: LedgerRow
    command: UUID | None
    leaf: bytes


def told_by(line: bytes, number: int) -> Told:
    """Read an event's line, of which everything has to agree with the bytes in `raw`.

    Args:
        line: of the file.
        number: of the line in the file, to be named where it is wrong.

    Raises:
        ExportWrong: it is no event's line, or its members contradict each other.
    """
    try:
        given = _read_line(line)
        row = LedgerRow(
            given.position, given.aggregate, given.version, given.type, given.raw, _moment(given.recorded_at)
        )
        leaf = leaf_hash(leaf_data(row))
        expected = event_line(row, leaf)
        command = None if expected["command_id"] is None else UUID(expected["command_id"])
        written_by_us = orjson.dumps(expected)
    except UnreadableEvent as error:
        reason = error.facts["reason"]
        raise ExportWrong(line=number, zh=f"raw 无法读取:{reason}", en=f"raw: {reason}") from error
    except (ValueError, OverflowError, AttributeError, TypeError, RecursionError) as error:
        raise ExportWrong(line=number, zh=f"无法读取:{error}", en=str(error)) from error
    if written_by_us != line.strip() and (wrong := _differing(orjson.loads(line), expected)):
        names = ", ".join(wrong)
        raise ExportWrong(line=number, zh=f"{names} 与 raw 不符", en=f"{names}: not what raw says")
    return Told(row, command, leaf)


_Number = Annotated[int, Meta(ge=1, le=2**63 - 1)]


class _Line(msgspec.Struct):
    position: _Number
    recorded_at: str
    aggregate: UUID
    version: _Number
    type: Annotated[str, Meta(pattern="^[^\\x00]+$")]  # PostgreSQL's text has no such character
    raw: bytes


_read_line: Final = msgspec.json.Decoder(_Line).decode


def _state(row: LedgerRow) -> dict[str, Any]:
    reason = "not a JSON object"
    try:
        state = orjson.loads(row.state)
    except orjson.JSONDecodeError as error:
        state, reason = None, str(error)
    if isinstance(state, dict):
        return state
    raise UnreadableEvent(
        position=row.position,
        originator_id=row.originator_id,
        originator_version=row.originator_version,
        topic=row.topic,
        reason=reason,
    )


def _differing(given: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    """Return the members that differ; spaces and order are nobody's concern."""
    return [
        name
        for name in expected | given
        if name not in given
        or name not in expected
        or orjson.dumps(given[name], option=orjson.OPT_SORT_KEYS)
        != orjson.dumps(expected[name], option=orjson.OPT_SORT_KEYS)
    ]


# The first line


@dataclass(frozen=True)
class Head:
    """Whose log a file has, and how far.

    Attributes:
        identity: of the ledger.
        size: number of events in the file.
        root: over them.
        checkpoint: the signed one of this size, as a note, if there is one.
    """

    identity: Identity
    size: int
    root: bytes
    checkpoint: str | None

    @property
    def line(self) -> bytes:
        """The file's first line, with its end."""
        whose = self.identity
        return orjson.dumps(
            {
                "format": FORMAT,
                "origin": whose.origin,
                "log_origin": log_origin(whose.origin, simulated=whose.simulated),
                "county": whose.county,
                "simulated": whose.simulated,
                "founded_at": written(whose.created_at),
                "size": self.size,
                "root": base64_of(self.root),
                "checkpoint": self.checkpoint,
            },
            option=orjson.OPT_APPEND_NEWLINE,
        )

    @classmethod
    def parse(cls, line: bytes) -> Self:
        """Read a file's first line.

        Raises:
            ExportWrong: it is not that of an export, or contradicts itself.
        """
        try:
            given = msgspec.json.decode(line, type=_Head)
            whose = Identity(given.origin, given.county, given.simulated, _moment(given.founded_at))
        except (ValueError, OverflowError) as error:
            raise ExportWrong(
                line=1, zh=f"不是 zhucun export 所写的文件:{error}", en=f"not a log's export: {error}"
            ) from error
        head = cls(whose, given.size, given.root, given.checkpoint)
        if given.log_origin != log_origin(whose.origin, simulated=whose.simulated):
            raise ExportWrong(line=1, zh="log_origin 与 origin 不符", en="log_origin is not that of origin")
        head._check_checkpoint()
        return head

    def _check_checkpoint(self) -> None:
        """Check that the checkpoint is of this log and size; who signed it is for its reader to judge."""
        if self.checkpoint is None:
            return
        try:
            signed = Checkpoint.parse(Note.parse(self.checkpoint).text)
        except NoteInvalid as error:
            raise ExportWrong(line=1, zh=error.message_zh, en=error.message_en) from error
        name = log_origin(self.identity.origin, simulated=self.identity.simulated)
        if (signed.origin, signed.size, signed.root) != (name, self.size, self.root):
            raise ExportWrong(
                line=1, zh="检查点与首行所写不符", en="the checkpoint is of another log, size or root"
            )


_Name = Annotated[str, Meta(min_length=1, pattern="^[^\\x00]+$")]


class _Head(msgspec.Struct, forbid_unknown_fields=True):
    format: Literal["zhucun-log-v1"]
    origin: _Name
    log_origin: str
    county: _Name
    simulated: bool
    founded_at: str
    size: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    root: Annotated[bytes, Meta(min_length=32, max_length=32)]
    checkpoint: str | None


# Moments


def written(moment: datetime) -> str:
    """Return a moment as our files write it: `2020-05-31T16:00:00.000000Z`."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or written(moment) != text:
        raise ValueError(f"{text!r} is not written like 2020-05-31T16:00:00.000000Z")
    return moment
