"""Connections that wait for an answer only so long.

A statement timeout is kept by the server, and TCP notices a peer that is gone. Neither helps against one that
is there and says nothing: a proxy that hangs, a server that is stopped. So whoever asks has a clock as well.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

from psycopg import AsyncConnection, Connection, OperationalError
from psycopg.abc import PQGen
from psycopg.errors import _WaitTimeout  # it has no other name

Answer = TypeVar("Answer")

_LOOK: Final = 0.1
"""Seconds from one look for an interruption to the next, as psycopg has it."""


class Patient(Connection[Any]):
    """A connection that waits for an answer only so long.

    Attributes:
        patience: seconds that it waits.
    """

    patience: float

    def wait(self, gen: PQGen[Answer], interval: float = _LOOK, timeout: float | None = None) -> Answer:
        """Wait for an answer; one who says how long (for notifications) waits as long as that."""
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.patience)
        except _WaitTimeout as error:
            self.pgconn.finish()
            raise _gave_up(self.patience) from error


class AsyncPatient(AsyncConnection[Any]):
    """A connection that waits for an answer only so long.

    Attributes:
        patience: seconds that it waits.
    """

    patience: float

    async def wait(
        self,
        gen: PQGen[Answer],
        interval: float = _LOOK,
        timeout: float | None = None,  # noqa: ASYNC109 - psycopg's interface
    ) -> Answer:
        """Wait for an answer; one who says how long (for notifications) waits as long as that."""
        if timeout is not None:
            return await super().wait(gen, interval, timeout)
        try:
            return await super().wait(gen, interval, self.patience)
        except _WaitTimeout as error:
            self.pgconn.finish()
            raise _gave_up(self.patience) from error


def patient(seconds: float) -> type[Patient]:
    """Return a class of connections that wait for an answer for so many seconds, and then close themselves.

    Whoever asked is told by an `OperationalError`, as of a connection that broke.
    """
    return type("Patient", (Patient,), {"patience": seconds})


def patient_async(seconds: float) -> type[AsyncPatient]:
    """Return the same for asynchronous connections."""
    return type("AsyncPatient", (AsyncPatient,), {"patience": seconds})


def _gave_up(seconds: float) -> OperationalError:
    return OperationalError(f"no answer within {seconds:g} seconds; the connection is given up")
