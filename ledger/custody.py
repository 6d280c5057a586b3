"""The folder of a log's private key, outside the database and for its owner's eyes alone.

Files in it: `signing-key.pem`, the key; `next-key.pem`, one that is about to take over; `last-checkpoint.txt`
and `signed.txt`, what was signed (`ledger.memory`); `alarm.jsonl`, what was refused (`ledger.alarms`).
A key that was replaced is destroyed: it could do nothing any more but harm. Copy the folder to a safe place,
and give it to one machine only: what was signed is remembered here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Final
from urllib.parse import quote

from ledger.errors import CannotSign
from ledger.notes import SigningKey

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

PATIENCE: Final = 30.0
"""Seconds that one who signs waits for the others who use the folder; each takes a small part of one."""
_PAUSE: Final = 0.01
"""Seconds from one try to have it to the next."""


def folder_of(keys: Path, origin: str) -> Path:
    """Return the folder of one log among those of all logs that have their keys in a place."""
    return keys / quote(origin, safe="")


class KeyFolder:
    """The folder of a log's private key."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()
        self._key = self.path / "signing-key.pem"
        self._next = self.path / "next-key.pem"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Have the folder for oneself, among all threads and processes of the machine; make it if absent.

        Raises:
            CannotSign: its files cannot be read or written, or another process does not let go of it.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(self.path / "lock", "a", opener=private) as lock, _alone(lock):
                yield
        except _StillHeld as error:
            raise CannotSign(
                zh=f"密钥目录 {self.path} 被另一进程占用已超过{PATIENCE:g}秒;请查看是否有卡住的zhucun进程,"
                "结束它后再试",
                en=f"another process has had the key folder {self.path} for more than {PATIENCE:g} seconds; "
                "look for a zhucun process that hangs, end it and try again",
            ) from error
        except OSError as error:
            raise CannotSign(
                zh=f"密钥目录 {self.path} 无法使用({error.strerror});请检查其权限与磁盘空间",
                en=f"the key folder {self.path} cannot be used ({error.strerror}); "
                "see to its rights and to space on the disk",
            ) from error

    def present(self) -> SigningKey | None:
        """Return the key that the folder has, whose ever it is."""
        return self._read(self._key)

    def key(self, name: str, vkey: str, before: str | None) -> SigningKey | None:
        """Return the private key of a verifier key, if the folder has it; finish its takeover if that is due.

        Args:
            name: of the key.
            vkey: the verifier key.
            before: the verifier key that it took over from.
        """
        present = self.present()
        if present is not None and present.verifier(name).text == vkey:
            return present
        coming = self._read(self._next)
        if coming is None or coming.verifier(name).text != vkey:
            return None
        if present is not None and (other := present.verifier(name)).text != before:
            self._key.replace(self.path / f"other-{other.key_id.hex()}.pem")
        self._next.replace(self._key)
        sync(self.path)
        return coming

    def generate(self) -> SigningKey:
        """Make the key that is to take over; once it is registered, `key` finds it."""
        key = SigningKey.generate()
        write(self._next, key.pem)
        return key

    def _read(self, path: Path) -> SigningKey | None:
        try:
            return SigningKey.from_pem(path.read_bytes())
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise CannotSign(
                zh=f"{path} 不是Ed25519私钥(PEM);请从备份恢复",
                en=f"{path} is not an Ed25519 private key (PEM); put it back from a copy",
            ) from error


def write(path: Path, data: bytes) -> None:
    """Write a file for its owner's eyes so that after a power cut it is whole: the old one, or the new."""
    draft = path.with_name(f"{path.name}.new")
    with open(draft, "wb", opener=private) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync(path.parent)


def append(path: Path, line: str) -> None:
    """Add a line to a file for its owner's eyes, and have it on the disk; a torn last line is ended first."""
    with open(path, "ab+", opener=private) as file:
        if file.tell() and not _ends_in_newline(file):
            line = f"\n{line}"
        file.write(f"{line}\n".encode())
        file.flush()
        os.fsync(file.fileno())
    sync(path.parent)


def sync(folder: Path) -> None:
    """Have on the disk what a folder's files are called."""
    if sys.platform == "win32":
        return  # folders cannot be opened there, and names are journalled
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def private(path: str, flags: int) -> int:
    """Open a file so that, if it is made, only its owner may read and write it."""
    return os.open(path, flags, 0o600)


def _ends_in_newline(file: IO[bytes]) -> bool:
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


class _StillHeld(Exception):  # noqa: N818 - says how it is
    """Another has the lock, and has not let go of it for long."""


@contextmanager
def _alone(lock: IO[str]) -> Iterator[None]:
    """Hold a lock on an open file; closing the file lets go of it as well.

    Raises:
        _StillHeld: another holds it for too long.
    """
    until = monotonic() + PATIENCE
    while not _taken(lock):
        if monotonic() > until:
            raise _StillHeld
        sleep(_PAUSE)
    try:
        yield
    finally:
        _let_go(lock)


if sys.platform == "win32":

    def _taken(lock: IO[str]) -> bool:
        lock.seek(0)
        try:
            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError:  # what it says of a lock that is taken
            return False
        return True

    def _let_go(lock: IO[str]) -> None:
        lock.seek(0)
        msvcrt.locking(lock.fileno(), msvcrt.LK_UNLCK, 1)

else:

    def _taken(lock: IO[str]) -> bool:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _let_go(lock: IO[str]) -> None:
        fcntl.flock(lock, fcntl.LOCK_UN)
