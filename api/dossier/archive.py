"""The file itself: a ZIP that is the same to the byte whenever the same is put into it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from io import BytesIO
from typing import Final, NamedTuple
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

PAGE: Final = "index.html"
MANIFEST: Final = "manifest.txt"
MEMBERS: Final = (
    PAGE,
    MANIFEST,
    "checkpoint.txt",
    "keys.json",
    "rules.json",
    "streams.json",
    "events.jsonl",
    "openings.json",
    "claims.json",
    "verify_dossier.py",
)
"""Its members, in their order."""

_DATE: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_READABLE: Final = 0o100644 << 16


class Question(NamedTuple):
    """What a dossier answers, as its manifest says it: whose record, and how it stood at which moment.

    Attributes:
        origin: the log's.
        instructor: the person.
        as_of: the day, as 2021-05-31.
        position: the position that everything is known at.
        known_at: a moment at which just that was known, as 2021-06-01T00:00:00.000000Z.
    """

    origin: str
    instructor: UUID
    as_of: str
    position: int
    known_at: str


def manifest_of(question: Question, members: Sequence[tuple[str, bytes]]) -> str:
    """Return the text to be signed: the question, and the hash of each other member."""
    lines = [
        "zhucun dossier v1",
        f"origin {question.origin}",
        f"instructor {question.instructor}",
        f"as-of {question.as_of}",
        f"position {question.position}",
        f"known-at {question.known_at}",
        *(f"file {sha256(content).hexdigest()} {name}" for name, content in members),
    ]
    return "".join(f"{line}\n" for line in lines)


def archive(question: Question, contents: dict[str, bytes], sign: Callable[[str], str]) -> bytes:
    """Return the file.

    Args:
        question: what it answers.
        contents: its members but for the manifest, by name.
        sign: returns a text as a signed note.
    """
    others = [(name, contents[name]) for name in MEMBERS if name != MANIFEST]
    members = [*others[:1], (MANIFEST, sign(manifest_of(question, others)).encode()), *others[1:]]
    file = BytesIO()
    with ZipFile(file, "w") as zipped:
        for name, content in members:
            info = ZipInfo(name, _DATE)
            info.compress_type, info.create_system, info.external_attr = ZIP_DEFLATED, _UNIX, _READABLE
            zipped.writestr(info, content)
    return file.getvalue()
