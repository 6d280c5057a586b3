"""Who enters a fact, and the circumstances of the entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.terms import Role


@dataclass(frozen=True)
class Actor:
    """Somebody who enters facts: personal id, office, and the organisation they belong to."""

    id: str
    role: Role
    organisation: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """The circumstances of one command: passed in, so that deciding needs no clock and no chance.

    Attributes:
        occurred_on: the day it happened (Asia/Shanghai).
        actor: who enters it.
        command_id: makes the command idempotent.
        command_digest: digest of the command's content (`domain.commands.digest_of`).
        basis: document or source record, if any.
        today: the day of the entry (Asia/Shanghai); nothing later can have happened.
    """

    occurred_on: date
    actor: Actor
    command_id: UUID
    command_digest: str
    basis: str | None = None
    today: date
