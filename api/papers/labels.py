"""What the record says a file was: its name and digest; of a file of registration forms, neither.

Files and sheets of forms are called by people's names, and a digest of what somebody wrote lets a guess at it
be tried. Both would stay on record when the person is forgotten.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final, NamedTuple

_FILE: Final = b"zhucun file v1\n"
_SHOWN: Final = 8


class Label(NamedTuple):
    """What the record calls a file.

    Attributes:
        name: for people.
        sha256: 64 hexadecimal digits, of the file or, with a salt that is in no record, made of that.
        plain: whether its own name, and those of its sheets, stand on record.
    """

    name: str
    sha256: str
    plain: bool


def label(paper: str, name: str, digest: str, salt: str, *, personal: bool) -> Label:
    """Return what the record calls a file.

    Args:
        paper: its kind, by the name on the command line.
        name: of the file.
        digest: the SHA-256 of its bytes, in hexadecimal.
        salt: of those who take it in; the same as long as they are at it.
        personal: whether it has registration forms.
    """
    if not personal:
        return Label(name, digest, plain=True)
    salted = sha256(_FILE + salt.encode() + b"\n" + bytes.fromhex(digest)).hexdigest()
    return Label(f"{paper}-{salted[:_SHOWN]}", salted, plain=False)
