"""What a request may cost at most, each limit with its default; `ZHUCUN_LIMIT_…` sets another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

from api.papers.grid import MAX_SIZE
from api.setting import whole_number

PREFIX: Final = "ZHUCUN_LIMIT_"
_MOST: Final = 10**12


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What is asked may be no larger, no deeper, no longer; nor more at a time.

    Attributes:
        header_bytes: of a request's first line and headers.
        header_seconds: until they have arrived.
        request_bytes: of a request without files, or a message on a socket.
        request_seconds: until it has arrived.
        upload_bytes: of a request with all its files.
        upload_seconds: until it has arrived.
        upload_rate: bytes of it that have to arrive in a second, on an average of ten.
        characters: of a GraphQL document.
        tokens: of a document.
        depth: levels of fields, fragments opened.
        aliases: in a document, fragments opened.
        directives: in a document.
        fields: in a document, fragments opened.
        cost: values that an answer may hold, by the sizes of its pages and lists (`api.guard.cost`).
        statement_seconds: that the database may take over an answer.
        concurrent: operations under way for one who asks.
        subscriptions: that one who asks may have.
        idle_seconds: that a socket may be held without a message in either direction.
        sockets: that one who asks may have open, and an address before it is said who asks.
        connections: over HTTP that one address may have open.
        stalled_seconds: that a client may take in nothing of what it is sent.
    """

    header_bytes: int = 32_000
    header_seconds: int = 15
    request_bytes: int = 2_000_000
    request_seconds: int = 30
    upload_bytes: int = 2 * MAX_SIZE
    upload_seconds: int = 600
    upload_rate: int = 5_000
    characters: int = 100_000
    tokens: int = 6_000
    depth: int = 18
    aliases: int = 60
    directives: int = 40
    fields: int = 2_000
    cost: int = 2_000_000
    statement_seconds: int = 30
    concurrent: int = 32
    subscriptions: int = 20
    idle_seconds: int = 1_800
    sockets: int = 50
    connections: int = 500
    stalled_seconds: int = 60

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Limits:
        """Read each from ZHUCUN_LIMIT_ and its name in capitals.

        Raises:
            SettingUnusable: one of them is no whole number from 1 on.
        """
        return cls(
            **{
                it.name: whole_number(env, f"{PREFIX}{it.name.upper()}", int(getattr(cls, it.name)), 1, _MOST)
                for it in fields(cls)
            }
        )
