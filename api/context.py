"""What every resolver may use: the context of every request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from anyio import CapacityLimiter

from api.access.principal import OPERATOR, Principal
from api.access.reader import Reader
from api.database import Database
from api.guard.policy import POLICY, Policy
from api.jobs.following import Bell
from api.jobs.jobs import Jobs
from api.looks.recorder import Recorder
from api.tail import Tail
from domain.programme import Programme
from ledger.signer import Signer


@dataclass(frozen=True)
class Imports:
    """The imports under way, and the bell that rings when one of them has changed."""

    jobs: Jobs
    bell: Bell


@dataclass(frozen=True)
class Services:
    """What the running application has, once.

    Attributes:
        programme: takes commands; synchronous, so it runs in threads.
        writers: how many of these threads there may be.
        database: for reading.
        tail: how far the read side is.
        signer: signs the log; synchronous, like commands.
        principal: whoever asks.
        policy: by which rules what they ask is taken.
        imports: the imports under way, and what tells of their changes; None but in a server.
        looks: puts on record who looks at personal data; without it none are answered.
    """

    programme: Programme
    writers: CapacityLimiter
    database: Database
    tail: Tail
    signer: Signer
    principal: Principal = OPERATOR
    policy: Policy = POLICY
    imports: Imports | None = None
    looks: Recorder | None = None

    @property
    def reader(self) -> Reader:
        """Reads for whoever asks, and shows them what their office sees."""
        return Reader(self.database, self.principal)

    @property
    def today(self) -> Callable[[], date]:
        """Tells the day in Asia/Shanghai."""
        return self.programme.today
