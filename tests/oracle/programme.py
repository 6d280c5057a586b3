"""The programme: where every question begins, and at which moment it is answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from domain.correction import Correction
from domain.intake import Import
from domain.remark import Remark
from domain.rules import NOTICE_DATE
from tests.oracle import batches, changes, findings, people, places, totals
from tests.oracle import log as events
from tests.oracle.clocks import LATE_ENTRY_DAYS, SHANGHAI, Log, World
from tests.oracle.tree import Checkpoint


@dataclass(frozen=True)
class Note:
    """What is unusual about a moment."""

    code: str


class Programme:
    """Everything that can be asked, at one moment."""

    def __init__(
        self,
        log: Log,
        as_of: date | None = None,
        position: int | None = None,
        known_at: datetime | None = None,
    ) -> None:
        self._log = log
        self._asked = as_of
        self._asked_at = known_at
        if position is None:
            position = len(log.records) if known_at is None else log.known_at(known_at)
        self.position = position
        self._horizon = log.horizon(position) if known_at is None else log.day_of(known_at)
        self.as_of = self._horizon if as_of is None else min(as_of, self._horizon)
        self.world: World = log.at(self.as_of, position)

    @property
    def known_at(self) -> datetime:
        """The moment asked for; else the first at which both the position and the day were there."""
        if self._asked_at is not None:
            return self._asked_at
        begins = datetime.combine(self.as_of, time(), SHANGHAI)
        return max(begins, self._log.records[self.position - 1].recorded_at) if self.position else begins

    @property
    def root(self) -> str:
        assert self._log.tree is not None, "the log was made of events alone"
        return self._log.tree.root(self.position)

    @property
    def checkpoint(self) -> Checkpoint | None:
        assert self._log.tree is not None, "the log was made of events alone"
        return self._log.tree.covering(self.position)

    @property
    def notes(self) -> list[Note]:
        asked, today = self._asked, self._log.today
        codes = {
            "AS_OF_IN_FUTURE": asked is not None and asked > today,
            "AS_OF_AFTER_KNOWLEDGE": asked is not None and asked > self._horizon < today,
            "AS_OF_BEFORE_NOTICE": self.as_of < NOTICE_DATE,
            "KNOWN_AT_IN_FUTURE": self._asked_at is not None and self._asked_at.date() > today,
            "NOTHING_KNOWN_YET": self.position == 0,
        }
        return [Note(code) for code, holds in codes.items() if holds]

    @property
    def townships(self) -> list[totals.Township]:
        return totals.townships(self.world)

    def township(self, code: str) -> totals.Township | None:
        return next((it for it in self.townships if it.code == code), None)

    @property
    def sending_units(self) -> list[totals.SendingUnit]:
        return totals.sending_units(self.world)

    def sending_unit(self, name: str) -> totals.SendingUnit | None:
        return next((it for it in self.sending_units if it.name == name), None)

    @property
    def villages(self) -> list[places.Place]:
        return places.villages(self.world)

    def village(self, **by: Any) -> places.Place | None:
        found: places.Place | None = _only(self.villages, by)
        return found

    @property
    def instructors(self) -> list[people.Person]:
        return people.people(self.world)

    def instructor(self, **by: Any) -> people.Person | None:
        found: people.Person | None = _only(self.instructors, by)
        return found

    def batch(self, year: int, at_service_day: int | None = None) -> batches.Batch | None:
        return next((it for it in batches.batches(self.world, at_service_day) if it.year == year), None)

    def batches(
        self, years: list[int] | None = None, at_service_day: int | None = None
    ) -> list[batches.Batch]:
        found = batches.batches(self.world, at_service_day)
        return [it for it in found if years is None or it.year in years]

    @property
    def findings(self) -> list[findings.Finding]:
        return findings.findings(self.world)

    def backdating(self, by: str, over_days: int = LATE_ENTRY_DAYS) -> list[changes.Backdating]:
        return changes.backdating(self.world, by, over_days)

    def changes(self, **since: Any) -> list[changes.Change]:
        return changes.changes(changes.earlier(self.world, **since), self.world)

    @property
    def imports(self) -> list[events.Import]:
        return [events.Import(self.world, it) for it in self.world.all(Import.Taken)]

    @property
    def corrections(self) -> list[events.Correction]:
        return [events.Correction(self.world, it) for it in self.world.all(Correction.Requested)]

    @property
    def remarks(self) -> list[events.Remark]:
        return [events.Remark(self.world, it) for it in self.world.all(Remark.Made)]

    @property
    def disclosures(self) -> list[events.Disclosure]:
        return events.disclosures(self.world)

    @property
    def totals(self) -> totals.County:
        return totals.County(self.world)


def _only(found: Sequence[Any], by: dict[str, Any]) -> Any:
    return next((it for it in found if all(str(getattr(it, name)) == str(by[name]) for name in by)), None)
