"""What the domain asks of whoever keeps its events, beyond the event library's own interfaces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from eventsourcing.persistence import Notification


class CommandAlreadyRecorded(Exception):  # noqa: N818 - named as what happened, like the domain's refusals
    """Events of this command are in the ledger already; nothing was appended."""

    def __init__(self, command_id: UUID) -> None:
        super().__init__(f"命令已记录 / command already recorded: {command_id}")
        self.command_id = command_id


class CommandLog(Protocol):
    """A ledger that can be asked what a command led to."""

    def select_command(self, command_id: UUID) -> Sequence[Notification]:
        """Return the events `command_id` caused, in the order of their positions (`Notification.id`)."""
        ...
