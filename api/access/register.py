"""The register of our own tokens: which were given out, to whom, until when, and which were revoked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, Final

from anyio import Lock
from psycopg import Connection
from psycopg.rows import class_row

from api.access.own import Issued, OwnTokens, digest_of
from api.access.principal import Principal
from api.database import Database

FRESH: Final = 0.5
"""Seconds for which it is taken as known which tokens are in force."""

SHOWN: Final = 12
"""Hexadecimal digits of a digest by which lists name a token."""

_IN_FORCE: Final = (
    "select digest from access.token where revoked_at is null and expires_at > now() - interval '2 min'"
)


@dataclass(frozen=True)
class Registered:
    """A token as it is registered; Principal and `access.token` have the same names for the same."""

    digest: bytes
    subject: str
    office: str
    organisation: str
    township: str | None
    sending_unit: str | None
    staff_number: str | None
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    @property
    def number(self) -> str:
        """What lists call it."""
        return self.digest.hex()[:SHOWN]

    def state(self, now: datetime) -> str:
        """Whether it is in force, in Chinese and English."""
        if self.revoked_at is not None:
            return "已撤销 revoked"
        return "已到期 expired" if self.expires_at <= now else "有效 in force"


def issue(conn: Connection[Any], own: OwnTokens, principal: Principal, good_for: timedelta) -> Issued:
    """Return a new token of our own, which is on the register.

    Raises:
        CannotSign: there is no key to sign it with, and none can be made.
    """
    since = datetime.now(UTC)
    issued = own.issue(principal, since, since + good_for)
    _register(conn, issued, principal, since)
    return issued


def _register(conn: Connection[Any], issued: Issued, principal: Principal, since: datetime) -> None:
    conn.execute(
        "insert into access.token (digest, subject, office, organisation, township, sending_unit, "
        "staff_number, issued_at, expires_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            digest_of(issued.id),
            principal.id,
            principal.office.value,
            principal.organisation,
            principal.township,
            principal.sending_unit,
            principal.staff_number,
            since,
            issued.until,
        ),
    )


def registered(conn: Connection[Any]) -> list[Registered]:
    """Return all tokens, the latest first."""
    with conn.cursor(row_factory=class_row(Registered)) as cursor:
        cursor.execute("select * from access.token order by issued_at desc, digest")
        return cursor.fetchall()


def revoke(conn: Connection[Any], digest: bytes) -> bool:
    """Revoke a token for ever, and tell whether it was not revoked before."""
    cursor = conn.execute(
        "update access.token set revoked_at = clock_timestamp() where digest = %s and revoked_at is null",
        (digest,),
    )
    return cursor.rowcount == 1


class InForce:
    """Knows which tokens are in force. What is revoked anywhere is known here half a second later.

    Args:
        database: that has the register.
        clock: tells seconds that never go back.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = monotonic) -> None:
        self._database = database
        self._clock = clock
        self._lock = Lock()
        self._digests: frozenset[bytes] = frozenset()
        self._read_at = float("-inf")

    async def has(self, digest: bytes) -> bool:
        """Tell whether a token is in force.

        Raises:
            Problem: the database is away.
        """
        asked_at = self._clock()
        if self._read_at < asked_at - FRESH or digest not in self._digests:
            async with self._lock:
                if self._read_at < asked_at:  # nobody has read it since we asked
                    began = self._clock()
                    rows = await self._database.rows(_IN_FORCE)
                    self._digests, self._read_at = frozenset(bytes(digest) for (digest,) in rows), began
        return digest in self._digests

    async def any_ever(self) -> bool:
        """Tell whether a token was ever given out."""
        ((found,),) = await self._database.rows("select exists (select from access.token)")
        return bool(found)
