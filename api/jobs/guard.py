"""One server at a time has the folder of staged files: what another one is at is not to be done again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO

from ledger.custody import private

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class Guard:
    """A lock on a folder, that ends with the process at the latest."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "lock"
        self._file: IO[bytes] | None = None

    @property
    def taken(self) -> bool:
        """Whether the folder is ours."""
        return self._file is not None

    def take(self) -> bool:
        """Take the folder, if nobody else has it; tell whether it is ours now."""
        file = open(self._path, "ab", opener=private)  # noqa: SIM115 - held until `release`
        try:
            if sys.platform == "win32":
                file.seek(0)
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Let the folder go."""
        if self._file is not None:
            self._file.close()
            self._file = None
