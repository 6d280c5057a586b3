"""What a report says of itself, to be signed: what was asked, and the digest of each table."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, Self

from ledger.errors import NoteInvalid

FIRST_LINE: Final = "zhucun report v1"
"""How the text begins; `Signer.sign_manifest` knows it."""

_DATA: Final = {True: "simulated", False: "recorded"}


@dataclass(frozen=True)
class Digested:
    """A table: the SHA-256 of its CSV file in hexadecimal, its number of rows (sums too) and its name."""

    sha256: str
    rows: int
    name: str


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What a report is, and what is in it.

    Attributes:
        origin: the log's name.
        county: six digits.
        simulated: whether the ledger is a simulation.
        report: its name.
        as_of: the day.
        position: the position that everything is known at.
        known_at: a moment at which just that was known, as 2021-06-01T00:00:00.000000Z.
        parameters: each with its value, as the report shows it.
        tables: in their order.
    """

    origin: str
    county: str
    simulated: bool
    report: str
    as_of: date
    position: int
    known_at: str
    parameters: tuple[tuple[str, str], ...]
    tables: tuple[Digested, ...]

    @property
    def text(self) -> str:
        """What is signed: a line for each of these, in this order."""
        lines = [
            FIRST_LINE,
            f"origin {self.origin}",
            f"county {self.county}",
            f"data {_DATA[self.simulated]}",
            f"report {self.report}",
            f"as-of {self.as_of}",
            f"position {self.position}",
            f"known-at {self.known_at}",
            *(f"parameter {name} {value}" for name, value in self.parameters),
            *(f"table {it.sha256} {it.rows} {it.name}" for it in self.tables),
        ]
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text again.

        Raises:
            NoteInvalid: it is something else.
        """
        said = [line.partition(" ")[::2] for line in text.split("\n")]
        try:
            parsed = cls(
                origin=_one("origin", said),
                county=_one("county", said),
                simulated=_one("data", said) == _DATA[True],
                report=_one("report", said),
                as_of=date.fromisoformat(_one("as-of", said)),
                position=int(_one("position", said)),
                known_at=_one("known-at", said),
                parameters=tuple(_parameter(value) for key, value in said if key == "parameter"),
                tables=tuple(_table(value) for key, value in said if key == "table"),
            )
        except ValueError as error:
            raise _invalid() from error
        if parsed.text != text:
            raise _invalid()
        return parsed


def _one(name: str, said: Iterable[tuple[str, str]]) -> str:
    (value,) = (value for key, value in said if key == name)
    return value


def _split(value: str, times: int) -> tuple[str, ...]:
    first, *others = value.split(" ", times)
    if len(others) != times:
        raise ValueError(value)
    return first, *others


def _parameter(value: str) -> tuple[str, str]:
    name, shown = _split(value, 1)
    return name, shown


def _table(value: str) -> Digested:
    digest, rows, name = _split(value, 2)
    if not re.fullmatch("[0-9a-f]{64}", digest):
        raise ValueError(value)
    return Digested(digest, int(rows), name)


def _invalid() -> NoteInvalid:
    return NoteInvalid(
        zh=f"不是报表声明(应以“{FIRST_LINE}”开头,各行依次)",
        en=f"this is not what a report says of itself, {FIRST_LINE!r} and its lines in their order",
    )
