"""The language of the intake's tests: a desk at which papers are handed in, on a ledger of its own."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from io import StringIO
from uuid import UUID, uuid4

from api.papers.grid import read_bytes
from api.papers.intake import Intake, Taken
from api.papers.kinds import PaperKind
from api.papers.plans import Line, Outcome, Plan
from api.papers.source import SourceFile
from domain.commands import AnyCommand
from domain.entry import Actor
from domain.events import AnyEvent
from domain.programme import Programme
from domain.terms import Role
from ledger.recorder import Recorder
from ledger.records import LedgerRow
from ledger.store import Datastore
from projections.projector import Projector
from tests import postgres
from tests.conftest import COUNTY
from tests.keyring import keys_in
from tests.scenario import TODAY

TOWNSHIP = Actor("t-1", Role.TOWNSHIP, "石塘镇")
DEPARTMENT = Actor("d-1", Role.ORGANISATION_DEPARTMENT, "县委组织部")


class Desk:
    """A county that papers are handed in to.

    Attributes:
        conninfo: of its database.
        programme: its commands; the day is `tests.scenario.TODAY`.
    """

    def __init__(self, conninfo: str) -> None:
        self.conninfo = conninfo
        self.programme = Programme(COUNTY, lambda: TODAY, postgres.programme_of(conninfo))
        self.keys = keys_in(conninfo)
        self._recorder = Recorder(Datastore(conninfo, pool_size=1, max_overflow=0))

    def close(self) -> None:
        self.programme.close()
        self.keys.close()
        self._recorder.datastore.close()

    def intake(self, kind: PaperKind, *sources: SourceFile, by: Actor = TOWNSHIP) -> Intake:
        """Hand in files; the read side is up to date."""
        Projector(self.conninfo, self.keys).catch_up()
        return Intake(self.programme, self.conninfo, kind, sources, by)

    def plan(self, kind: PaperKind, *sources: SourceFile, by: Actor = TOWNSHIP) -> Plan:
        """What the files would lead to."""
        return self.intake(kind, *sources, by=by).plan()

    def take(
        self, kind: PaperKind, *sources: SourceFile, by: Actor = TOWNSHIP, accept_valid: bool = False
    ) -> Taken | None:
        """Take the files in."""
        intake = self.intake(kind, *sources, by=by)
        return intake.commit(intake.plan(), accept_valid=accept_valid)

    def enter(self, command: AnyCommand, on: date, by: Actor = DEPARTMENT) -> AnyEvent:
        """Enter something by hand, and return what happened first."""
        outcome = self.programme.execute(command, occurred_on=on, actor=by, command_id=uuid4())
        return outcome.events[0]

    def events(self, after: int = 0) -> list[AnyEvent]:
        """What is on record after a position."""
        return [
            self.programme.mapper.to_domain_event(it)  # type: ignore[misc]  # the ledger holds no others
            for it in self.programme.recorder.select_notifications(after + 1, 100_000)
        ]

    def life(self, whose: UUID) -> list[LedgerRow]:
        """The stored events of an aggregate."""
        return self._recorder.read_life(whose)

    @property
    def head(self) -> int:
        """The last position."""
        return self.programme.recorder.max_notification_id() or 0


def sheet(*rows: Sequence[object], name: str = "表.csv") -> SourceFile:
    """A file with these rows, as comma separated text."""
    text = StringIO()
    csv.writer(text).writerows(rows)
    return read_bytes(name, text.getvalue().encode())


def outcomes(plan: Plan) -> list[Outcome]:
    """What becomes of each row, in the order of the file."""
    return [line.outcome for line in plan.lines]


def only(plan: Plan) -> Line:
    """The one row there is."""
    (line,) = plan.lines
    return line
