"""Compound files (OLE, MS-CFB): how programs of before 2007 keep several streams in one file."""

from __future__ import annotations

import struct
from typing import Final

from api.papers.looking import broken

_ENTRY: Final = 128
_MINI: Final = 64
_STREAM: Final = 2
_ROOT: Final = 5
_LAST: Final = 0xFFFFFFFA
"""Sector numbers from here on are signs, not sectors."""


class Compound:
    """The streams of a compound file, by name. Every way in raises `FileRefused` for a damaged file."""

    def __init__(self, content: bytes) -> None:
        try:
            self._read(content)
        except (struct.error, IndexError, UnicodeDecodeError) as error:
            raise broken(error) from error

    def stream(self, name: str) -> bytes | None:
        """Return a stream's bytes, or None if there is none of that name."""
        if name not in self.streams:
            return None
        start, size = self.streams[name]
        if size >= self._cutoff:
            data = self._chain(start)
        else:
            data = b"".join(
                self._mini[at * _MINI : (at + 1) * _MINI] for at in _chained(self._mini_fat, start)
            )
        if len(data) < size:
            raise broken(name)
        return data[:size]

    def _read(self, content: bytes) -> None:
        self._content = content
        (self._shift,) = struct.unpack_from("<H", content, 30)
        if self._shift not in {9, 12}:
            raise broken(f"2^{self._shift}")
        directory, self._cutoff, mini_fat = struct.unpack_from("<I4xII", content, 48)
        self._fat = self._table()
        self._mini_fat = _numbers(self._chain(mini_fat))
        entries = self._chain(directory)
        self.streams: dict[str, tuple[int, int]] = {}
        self._mini = b""
        for at in range(0, len(entries), _ENTRY):
            length, kind = struct.unpack_from("<HB", entries, at + 64)
            start, size = struct.unpack_from("<II", entries, at + 116)
            if kind == _STREAM:
                self.streams[entries[at : at + max(0, length - 2)].decode("utf-16-le")] = start, size
            elif kind == _ROOT:
                self._mini = self._chain(start)

    def _table(self) -> tuple[int, ...]:
        """Return the allocation table: the next sector of each."""
        sectors = list(struct.unpack_from("<109I", self._content, 76))
        further = struct.unpack_from("<I", self._content, 68)[0]
        seen: set[int] = set()
        while further < _LAST and further not in seen:
            seen.add(further)
            *more, further = _numbers(self._sector(further))
            sectors += more
        return _numbers(b"".join(self._sector(each) for each in dict.fromkeys(sectors) if each < _LAST))

    def _sector(self, number: int) -> bytes:
        at = (number + 1) << self._shift
        if at >= len(self._content):
            raise broken(f"sector {number}")
        return self._content[at : at + (1 << self._shift)]

    def _chain(self, start: int) -> bytes:
        return b"".join(self._sector(each) for each in _chained(self._fat, start))


def _chained(table: tuple[int, ...], start: int) -> list[int]:
    sectors: list[int] = []
    while start < _LAST:
        if start >= len(table) or len(sectors) >= len(table):
            raise broken("a chain without end")
        sectors.append(start)
        start = table[start]
    return sectors


def _numbers(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])
