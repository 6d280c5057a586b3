"""From what left to the look that is put on record, and to what the asker keeps to prove it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple, Self
from uuid import UUID

import orjson

from api.access.masks import masked
from api.access.principal import Principal
from api.looks.recorder import NotRecorded, Recorder
from api.looks.seen import Looked, Moment
from domain.commands import Look
from domain.entry import Actor
from domain.terms import Role

SALT_BYTES: Final = 16
_AT_ONCE: Final = 1 << 20
HEADER: Final = "zhucun-disclosure"
SALT_HEADER: Final = "zhucun-disclosure-salt"


class Receipt(NamedTuple):
    """What the asker keeps.

    Attributes:
        position: of the event that has the look.
        salt: 32 hex digits. With it and what left, the digest on record can be computed; without it, not.
    """

    position: int
    salt: str

    @property
    def shown(self) -> dict[str, str]:
        """How it stands in the extensions of an answer."""
        return {"id": str(self.position), "salt": self.salt}

    @property
    def headers(self) -> dict[str, str]:
        """How it stands in the headers of a file."""
        return {HEADER: str(self.position), SALT_HEADER: self.salt}


class Salted:
    """The digest of what leaves, with a salt that is in no record."""

    def __init__(self) -> None:
        salt = secrets.token_bytes(SALT_BYTES)
        self.salt = salt.hex()
        self._hash = hashlib.sha256(salt)

    @classmethod
    def of(cls, file: Path) -> Self:
        """Return what has taken in a file."""
        salted = cls()
        with file.open("rb") as content:
            while part := content.read(_AT_ONCE):
                salted.update(part)
        return salted

    def update(self, content: bytes) -> None:
        """Take in the next bytes."""
        self._hash.update(content)

    @property
    def digest(self) -> str:
        """SHA-256 of the salt and of all that was taken in, 64 hex digits."""
        return self._hash.hexdigest()


def reader_of(principal: Principal) -> Actor:
    """Return whoever asks, as the record has them: the operator as the auditor that they look as."""
    return Actor(principal.id, Role[principal.office.name], principal.organisation)


async def disclose_answer(
    recorder: Recorder | None, principal: Principal, looked: Sequence[Looked], data: Any
) -> Receipt:
    """Put on record that an answer of GraphQL leaves, with registration forms in it or to whoever is watched.

    Args:
        recorder: puts it there; without one nothing may leave.
        principal: whoever asks.
        looked: the forms that are in it, and what was asked.
        data: of the answer; the digest is that of its compact JSON in UTF-8.

    Raises:
        NotRecorded: it is not on record, so that it may not leave.
    """
    if recorder is None:
        raise NotRecorded
    salted, now = Salted(), datetime.now(UTC)
    salted.update(orjson.dumps(data))
    looks = [
        Look(
            at=now,
            what=it.what,
            people=it.people,
            fields=tuple(
                sorted(it.fields - (masked(principal.office, it.reason) if it.what == "form" else set()))
            ),
            as_of=it.moment.as_of,
            known_position=it.moment.known,
            reason=it.reason,
            digest=salted.digest,
        )
        for it in looked
    ]
    return Receipt(await recorder.record(reader_of(principal), looks), salted.salt)


async def disclose_file(  # noqa: PLR0913 - what a look says
    recorder: Recorder | None,
    reader: Actor,
    what: str,
    *,
    people: Iterable[UUID],
    fields: Iterable[str],
    moment: Moment,
    salted: Salted,
    reason: str | None = None,
) -> Receipt:
    """Put on record that a file leaves.

    Args:
        recorder: as of `disclose_answer`, like what is raised.
        reader: whoever gets it.
        what: `dossier`, `export`, or `report:` and its name.
        people: whose personal data are in it; nobody's named where they are everybody's.
        fields: of the registration form, that are in it in full.
        moment: the clocks that it stands on.
        salted: has taken in the whole file.
        reason: why it was asked for, if that was said.
    """
    if recorder is None:
        raise NotRecorded
    look = Look(
        at=datetime.now(UTC),
        what=what,
        people=tuple(sorted(people)),
        fields=tuple(sorted(fields)),
        as_of=moment.as_of,
        known_position=moment.known,
        reason=reason,
        digest=salted.digest,
    )
    return Receipt(await recorder.record(reader, [look]), salted.salt)
