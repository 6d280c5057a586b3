"""Totals: of a township, of a sending unit, and of the whole county."""

from __future__ import annotations

from typing import Any

from domain.instructor import Instructor
from domain.village import Village
from tests.oracle import findings, log, people, places, work
from tests.oracle.clocks import Record, World


class Total:
    """Some postings, and what they and their villages or people come to."""

    def __init__(self, world: World, postings: list[work.Posting]) -> None:
        self.world = world
        self.postings = postings
        self.of_service = [it for it in postings if it.serving]
        self.of_recall = [it for it in postings if it.departure == "RECALLED"]
        self.of_completion = [it for it in postings if it.departure == "TERM_COMPLETED"]
        self.months = [month for it in postings for month in it.months()]

    def all(self, kind: type[Any]) -> list[Record[Any]]:
        """Return the facts of a kind, whether they lie in a posting or not."""
        raise NotImplementedError

    @property
    def appointed(self) -> int:
        return len(self.postings)

    @property
    def serving(self) -> int:
        return len(self.of_service)

    @property
    def recalled(self) -> int:
        return len(self.of_recall)

    @property
    def completed(self) -> int:
        return len(self.of_completion)

    @property
    def promoted(self) -> int:
        return len([it for it in self.postings if it.work(Instructor.PromotedButRetained)])

    @property
    def full_months(self) -> int:
        return len([it for it in self.months if it.full_month])

    @property
    def short_months(self) -> int:
        return len([it for it in self.months if it.short])

    @property
    def days_present(self) -> int:
        return len(self.all(Instructor.CheckedIn))

    @property
    def projects_completed(self) -> int:
        return len(self.all(Instructor.ProjectCompleted))

    def evidence(self, figure: str) -> list[log.AuditEvent]:
        return log.behind(self.world, *self.behind()[figure])

    def behind(self) -> dict[str, list[Record[Any]]]:
        """Return the facts that each figure counts."""
        return {
            "APPOINTED": [it.appointed for it in self.postings],
            "SERVING": [it.appointed for it in self.of_service],
            "RECALLED": [it.departed for it in self.of_recall if it.departed],
            "COMPLETED": [it.departed for it in self.of_completion if it.departed],
            "PROMOTED": [fact for it in self.postings for fact in it.work(Instructor.PromotedButRetained)],
            "DAYS_PRESENT": self.all(Instructor.CheckedIn),
            "FULL_MONTHS": [fact for it in self.months if it.full_month for fact in it.check_ins],
            "SHORT_MONTHS": [fact for it in self.months if it.short for fact in it.check_ins],
            "PROJECTS_COMPLETED": self.all(Instructor.ProjectCompleted),
        }


class Area(Total):
    """Some villages."""

    def __init__(self, world: World, villages: list[places.Place]) -> None:
        super().__init__(world, [posting for it in villages for posting in it.postings])
        self.villages = villages
        self.of_approval = [it for it in villages if it.review == "APPROVED"]

    def all(self, kind: type[Any]) -> list[Record[Any]]:
        return [fact for village in self.villages for fact in village.all(kind)]

    @property
    def village_count(self) -> int:
        return len(self.villages)

    @property
    def approved_villages(self) -> int:
        return len(self.of_approval)

    @property
    def weak_or_lagging(self) -> int:
        return len([it for it in self.villages if it.weak_or_lagging])

    @property
    def household_count(self) -> int:
        return sum(it.household_count for it in self.villages)

    @property
    def households_visited(self) -> int:
        return len({(it.village, it.event.household) for it in self.all(Instructor.HouseholdVisited)})

    def behind(self) -> dict[str, list[Record[Any]]]:
        return super().behind() | {
            "VILLAGE_COUNT": self.all(Village.Nominated),
            "APPROVED_VILLAGES": [
                fact
                for it in self.of_approval
                for fact in it.all(Village.Approved)
                if fact.event.year == it.year
            ],
            "WEAK_OR_LAGGING": [it.latest.nominated for it in self.villages if it.weak_or_lagging],
            "HOUSEHOLD_COUNT": [*self.all(Village.HouseholdsRegistered), *self.all(Village.HouseholdRemoved)],
            "HOUSEHOLDS_VISITED": self.all(Instructor.HouseholdVisited),
        }


class County(Area):
    """Everybody and everything."""

    def __init__(self, world: World) -> None:
        super().__init__(world, places.villages(world))

    @property
    def nominated(self) -> int:
        return len(people.people(self.world))


class Township(Area):
    """A township that ever nominated a village, and the villages that lie in it by their latest year."""

    def __init__(self, world: World, code: str) -> None:
        super().__init__(world, [it for it in places.villages(world) if it.township_code == code])
        self.code = code
        names = [it.event.township for it in world.all(Village.Nominated) if it.event.township_code == code]
        self.name = names[-1]
        self._ids = {it.id for it in self.villages}

    @property
    def instructors(self) -> list[people.Person]:
        return [it for it in people.people(self.world) if it.posting and it.posting.where in self._ids]

    @property
    def findings(self) -> list[findings.Finding]:
        return [it for it in findings.findings(self.world) if it.where in self._ids]


class SendingUnit(Total):
    """A unit, and the people whom it sent by their latest nomination."""

    def __init__(self, world: World, name: str) -> None:
        self.name = name
        self.instructors = [it for it in people.people(world) if it.sending_unit == name]
        super().__init__(world, [posting for it in self.instructors for posting in it.postings])

    def all(self, kind: type[Any]) -> list[Record[Any]]:
        return [fact for person in self.instructors for fact in person.all(kind)]

    @property
    def nominated(self) -> int:
        return len(self.instructors)

    def behind(self) -> dict[str, list[Record[Any]]]:
        return super().behind() | {"NOMINATED": [it.nominated for it in self.instructors]}


def townships(world: World) -> list[Township]:
    """Return every township that ever nominated a village, by its code."""
    codes = {it.event.township_code for it in world.all(Village.Nominated)}
    return [Township(world, code) for code in sorted(codes)]


def sending_units(world: World) -> list[SendingUnit]:
    """Return every unit that sent somebody, by its name."""
    return [SendingUnit(world, name) for name in sorted({it.sending_unit for it in people.people(world)})]
