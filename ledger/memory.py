"""What a key has signed, remembered beside it: the database could be put back to an older state, this not.

`last-checkpoint.txt` is the longest checkpoint signed, in full. `signed.txt` has a line for every one: its
size, and the SHA-256 of its text. Both are on the disk before a signature is given out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

from ledger.checkpoints import Checkpoint
from ledger.custody import append, write
from ledger.errors import CannotSign, NoteInvalid
from ledger.notes import Note

_WHOLE: Final = re.compile(r"(\d{1,18}) ([0-9a-f]{64})\n", re.ASCII)


class Memory:
    """What was signed with the key of a folder."""

    def __init__(self, folder: Path) -> None:
        self._last = folder / "last-checkpoint.txt"
        self._all = folder / "signed.txt"

    def last(self) -> Note | None:
        """Return the longest checkpoint signed.

        Raises:
            CannotSign: it is there and cannot be read.
        """
        try:
            note = Note.parse(self._last.read_bytes().decode())
            Checkpoint.parse(note.text)
        except FileNotFoundError:
            return None
        except (NoteInvalid, UnicodeDecodeError, OSError) as error:
            raise CannotSign(
                zh=f"{self._last} 无法读取,不知已签署过什么;请检查其权限,或从备份恢复该文件",
                en=f"{self._last} cannot be read, so what was signed is not known; "
                "see to its rights, or put it back from a copy",
            ) from error
        return note

    def all(self) -> Iterator[tuple[int, str]]:
        """Yield the size and the text's digest of each checkpoint signed, in the order of signing."""
        try:
            with self._all.open(encoding="ascii", errors="replace") as lines:
                for line in lines:
                    if found := _WHOLE.fullmatch(line):  # a crash may have torn one
                        yield int(found[1]), found[2]
        except FileNotFoundError:
            return

    def digests(self, size: int) -> set[str]:
        """Return the digests of the texts signed for a size: one, or none."""
        return {known for signed, known in self.all() if signed == size}

    def remember(self, note: Note) -> None:
        """Take note of a checkpoint before its signature is given out."""
        size, last = Checkpoint.parse(note.text).size, self.last()
        append(self._all, f"{size} {digest(note.text)}")
        if last is None or Checkpoint.parse(last.text).size < size:
            write(self._last, str(note).encode())


def digest(text: str) -> str:
    """Return the SHA-256 of a checkpoint's text, in hex."""
    return sha256(text.encode()).hexdigest()
