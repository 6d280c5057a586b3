"""Signing the log. What was signed binds for ever, so a signer remembers it, and refuses to contradict it.

A checkpoint is remembered beside the key, on the disk, before its signature is given out; only then does the
database keep it. A crash between the two does no harm: the same log gives the same text and signature again,
and what the database lacks is added to it from memory.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Stop
from time import monotonic
from typing import Any, Final

import psycopg
from psycopg import Connection

from ledger import signed, succession
from ledger.agreement import agree, checkpoint_of, is_signed, two_texts
from ledger.alarms import Alarms
from ledger.checkpoints import Checkpoint
from ledger.custody import KeyFolder
from ledger.database import connect
from ledger.errors import CannotReachDatabase, CannotSign, LedgerError, LogContradictsSigned, NoSpaceLeft
from ledger.keys import KeyRecord, key_history
from ledger.memory import Memory
from ledger.notes import Note, SigningKey, VerifierKey, is_key_name
from ledger.signed import SignedCheckpoint

MANIFESTS: Final = ("zhucun dossier v1\n", "zhucun report v1\n")
"""How the texts begin that may be signed besides checkpoints: no other can be signed by this way."""
EVERY: Final = 60.0
"""Seconds from one checkpoint to the next while events arrive."""
ANSWER: Final = 20.0
"""Seconds within which the database has to answer; meanwhile nobody else can use the folder."""

_logger = logging.getLogger(__name__)


class Signer:
    """Signs checkpoints of a ledger's log, where the private key of the log is at hand.

    Any number may run, in threads and processes; those with one folder take turns.

    Args:
        conninfo: of the database, after `ledger.database.prepare`.
        folder: of this log's private key (`ledger.custody`).
    """

    def __init__(self, conninfo: str, folder: Path) -> None:
        self._conninfo = conninfo
        self._folder = KeyFolder(folder)
        self.memory = Memory(self._folder.path)
        self._alarms = Alarms(self._folder.path)

    @property
    def folder(self) -> Path:
        """Where the key is, and what was signed is remembered."""
        return self._folder.path

    def public(self, origin: str) -> VerifierKey | None:
        """Return the public key of the private key that the folder has, if it has one.

        Raises:
            CannotSign: it is there and cannot be read.
        """
        present = self._folder.present()
        return None if present is None else present.verifier(origin)

    @property
    def alarm(self) -> str | None:
        """Why signing was refused the last time, in Chinese and English, if it was."""
        return self._alarms.current

    def prepare(self) -> None:
        """Make and register the log's first key if it has none.

        Raises:
            CannotSign, LogContradictsSigned: see `sign`.
        """
        with self._ready() as (conn, origin):
            self._key(conn, origin)

    def sign(self, size: int | None = None) -> SignedCheckpoint:
        """Sign the log, and return the checkpoint with all signatures that it has.

        Args:
            size: as it was at this size; as it is, if not given. The projector lets it grow, this does not.

        Raises:
            CannotSign: the log's private key is not here, or its folder cannot be used.
            LogContradictsSigned: the log is not what was signed before; an alarm.
            NotInLog: the log is not that long.
        """
        with self._ready() as (conn, origin):
            key = self._key(conn, origin)
            checkpoint = checkpoint_of(conn, origin, size)
            agree(conn, self.memory, checkpoint)
            found = self._signed(conn, checkpoint, key)
            self._alarms.over()
            return found

    def sign_manifest(self, text: str) -> str:
        """Return the signed note of what a dossier or a report says of itself.

        Raises:
            CannotSign, LogContradictsSigned: see `sign`.
            ValueError: the text is something else.
        """
        if not text.startswith(MANIFESTS):
            raise ValueError("not the manifest of a dossier or a report")
        with self._ready() as (conn, origin):
            key = self._key(conn, origin)
            return str(Note(text, (key.sign(origin, text),)))

    def rotate(self, lost: str | None = None) -> KeyRecord:
        """Let a new key take over, and destroy the old one; return its record.

        Args:
            lost: why the old key cannot sign the takeover, in one line; it then is not asked for.

        Raises:
            CannotSign, LogContradictsSigned: see `sign`.
            KeyNotLost: the old key is here after all.
            ValueError: the reason is not one line of text.
        """
        if lost is not None and (not lost.strip() or any(c < " " for c in lost)):
            raise ValueError("a reason is one line of text")
        with self._ready() as (conn, origin):
            agree(conn, self.memory, checkpoint_of(conn, origin, None))
            if not key_history(conn):
                self._key(conn, origin)
            succession.succeed(conn, self._folder, origin, lost)
            return key_history(conn)[-1]

    def run(self, stop: Stop, every: float = EVERY) -> None:
        """Sign the log every so many seconds until `stop` is set, and once more then, whatever happens."""
        wrong: str | None = None
        due = monotonic() + every
        while not stop.wait(max(0.0, due - monotonic())):
            due = monotonic() + every
            wrong = self._attempt(wrong)
        self._attempt(wrong)

    def _attempt(self, known: str | None) -> str | None:
        """Sign, and return what is wrong, if anything; it is told once, for as long as it lasts."""
        try:
            self.sign()
        except (LedgerError, psycopg.Error) as error:
            wrong = str(error).strip()
            if wrong != known and not isinstance(error, LogContradictsSigned):
                _logger.warning("No checkpoint was signed, trying again: %s", wrong)
            return wrong
        except Exception as error:
            _logger.exception("Signing failed and will be tried again")
            return str(error)
        return None

    @contextmanager
    def _ready(self) -> Iterator[tuple[Connection[Any], str]]:
        """Have the key's folder for oneself, and the database; an alarm that comes of it is recorded."""
        with self._folder.locked(), connect(self._conninfo, patience=ANSWER) as conn:
            origin = signed.log_name(conn)
            if not is_key_name(origin):
                raise CannotSign(
                    zh=f"账本来源“{origin}”含空格或加号,不能作为密钥名称",
                    en=f"the ledger's origin {origin!r} has a space or a plus in it, as no key's name may",
                )
            try:
                yield conn, origin
            except psycopg.errors.DiskFull as error:
                raise NoSpaceLeft from error
            except psycopg.OperationalError as error:
                raise CannotReachDatabase(reason=" ".join(str(error).split())) from error
            except LogContradictsSigned as alarm:
                _logger.error("%s", alarm)  # noqa: TRY400 - what is wrong is in the database, not in the program
                self._alarms.ring(alarm)
                raise

    def _key(self, conn: Connection[Any], origin: str) -> SigningKey:
        """Return the log's private key, the first one made if there is none yet."""
        if not key_history(conn):
            agree(conn, self.memory, checkpoint_of(conn, origin, None))
            succession.begin(conn, self._folder, origin)
        return succession.held(conn, self._folder, origin)

    def _signed(self, conn: Connection[Any], checkpoint: Checkpoint, key: SigningKey) -> SignedCheckpoint:
        """Return a checkpoint that may be signed, signed."""
        found = signed.signed_checkpoint(conn, checkpoint.size)
        if found is not None and found.checkpoint != checkpoint:
            raise two_texts(checkpoint.size)
        if found is None or not is_signed(conn, found):
            note = Note(checkpoint.text, (key.sign(checkpoint.origin, checkpoint.text),))
            self.memory.remember(note)
            signed.keep(conn, note)
            found = signed.signed_checkpoint(conn, checkpoint.size)
        if found is None or found.checkpoint != checkpoint or not is_signed(conn, found):
            raise two_texts(checkpoint.size)
        return found
