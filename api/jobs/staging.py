"""The folder of the files that are being taken in: private, one folder a job, and nothing lost by a kill.

In a job's folder: `job.json`, its state, written whole or not at all; `files/<SHA-256>`, what was brought;
`preview.json`, `refusals.jsonl`, `refusals.index` and `refused.xlsx`, what it was found to lead to, which are
written in `draft`.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import unicodedata
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import IO, Final

import msgspec

from api.jobs.job import Job, StagedFile
from api.jobs.preview import Preview
from ledger.custody import private, sync, write

AT_A_TIME: Final = 1 << 20
LONGEST_NAME: Final = 120
_ID: Final = re.compile("[0-9a-f]{32}")
_UNSEEN: Final = re.compile("C.|Z[lp]")
"""Categories of control characters and the like, and of what ends a line."""
_logger = logging.getLogger(__name__)


class Staging:
    """The jobs' folders in a folder of their own; only its owner may look into it."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()

    def prepare(self) -> None:
        """Make the folder if it is absent."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.chmod(0o700)

    def folder(self, job: str) -> Path:
        """Return the folder of a job, which is named by an id that was given out here."""
        return self.path / job

    def file(self, job: Job, file: StagedFile) -> Path:
        """Return where a file of a job is."""
        return self.folder(job.id) / "files" / file.sha256

    def stage(self, job: str, name: str, content: IO[bytes]) -> StagedFile:
        """Copy a file into a job's folder, whatever it was called, and return what it is."""
        folder = self.folder(job) / "files"
        for each in (folder.parent, folder):
            each.mkdir(mode=0o700, exist_ok=True)
        draft, digest, size = folder / "new", sha256(), 0
        content.seek(0)  # a client may have given one file two places
        with open(draft, "wb", opener=private) as target:
            while part := content.read(AT_A_TIME):
                digest.update(part)
                size += target.write(part)
            target.flush()
            os.fsync(target.fileno())
        draft.replace(folder / digest.hexdigest())
        sync(folder)
        return StagedFile(plain_name(name), digest.hexdigest(), size)

    def save(self, job: Job) -> None:
        """Keep the state of a job; after a power cut it is the one before, or this one."""
        write(self.folder(job.id) / "job.json", msgspec.json.encode(job))

    def jobs(self) -> Iterator[Job]:
        """Yield the jobs that are kept; what an interrupted upload left behind is removed."""
        for folder in sorted(it for it in self.path.iterdir() if _ID.fullmatch(it.name)):
            if folder.is_symlink() or not folder.is_dir():
                continue  # not ours: it is neither followed nor removed
            try:
                job = msgspec.json.decode((folder / "job.json").read_bytes(), type=Job)
                if job.id != folder.name:
                    raise msgspec.ValidationError(f"it is {job.id!r}")
            except FileNotFoundError:
                self.remove(folder.name)
            except OSError as error:
                _logger.warning("The job in %s cannot be read and is left as it is: %s", folder, error)
            except msgspec.MsgspecError as error:
                _logger.warning("The job in %s cannot be read and is removed: %s", folder, error)
                self.remove(folder.name)
            else:
                yield job

    def release(self, job: Job) -> None:
        """Remove the files of a job; what was found out about them stays, unless they are personal."""
        shutil.rmtree(self.folder(job.id) / "files", ignore_errors=True)
        if job.is_personal:
            Preview(self.folder(job.id)).drop()

    def remove(self, job: str) -> None:
        """Remove a job with all that it has."""
        shutil.rmtree(self.folder(job), ignore_errors=True)


def plain_name(name: str) -> str:
    """Return what a file is called as text that stands on one line: no folders, no control characters."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = "".join(it for it in last if not _UNSEEN.fullmatch(unicodedata.category(it))).strip()
    stem, dot, suffix = plain.rpartition(".")
    if len(plain) > LONGEST_NAME:
        ending = f"{dot}{suffix}" if stem and len(suffix) < 8 else ""
        plain = plain[: LONGEST_NAME - len(ending)].strip() + ending
    return plain.strip(".") or "file"
