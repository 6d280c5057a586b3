"""What a key has signed, remembered beside it: the database could be put back to an older state, this not.

`last-checkpoint.txt` is the longest checkpoint signed, in full. `signed.txt` has a line for every one: its
size, and the SHA-256 of its text. Both are on the disk before a signature is given out.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from ledger.checkpoints import Checkpoint
from ledger.custody import append, write
from ledger.errors import CannotSign, NoteInvalid
from ledger.notes import Note


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
        except (NoteInvalid, UnicodeDecodeError) as error:
            raise CannotSign(
                zh=f"{self._last} 无法读取,不知已签署过什么;请从备份恢复该文件",
                en=f"{self._last} cannot be read, so what was signed is not known; put it back from a copy",
            ) from error
        return note

    def digests(self, size: int) -> set[str]:
        """Return the digests of the texts signed for a size: one, or none."""
        try:
            with self._all.open(encoding="ascii", errors="replace") as lines:
                words = (line.split() for line in lines if line.endswith("\n"))
                return {found[1] for found in words if len(found) == 2 and found[0] == str(size)}
        except FileNotFoundError:
            return set()

    def remember(self, note: Note) -> None:
        """Take note of a checkpoint before its signature is given out."""
        size, last = Checkpoint.parse(note.text).size, self.last()
        append(self._all, f"{size} {digest(note.text)}")
        if last is None or Checkpoint.parse(last.text).size < size:
            write(self._last, str(note).encode())


def digest(text: str) -> str:
    """Return the SHA-256 of a checkpoint's text, in hex."""
    return sha256(text.encode()).hexdigest()
