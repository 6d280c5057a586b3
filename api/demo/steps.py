"""One step of the story: a command with its circumstances, at the moment it was entered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from api.county import SHANGHAI
from domain.commands import AnyCommand, CorrectedField
from domain.entry import Actor

INVENTED = "模拟 simulated"
"""The basis of everything that nobody ever did."""


@dataclass(frozen=True, slots=True)
class Request:
    """Ask for the correction of what the step of this name recorded, whatever version it got."""

    of: str
    reason: str
    changes: tuple[CorrectedField, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """Approve the correction of what the step of this name recorded or, with a reason, reject it."""

    of: str
    rejected_because: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """Flag what the step of this name recorded, or comment on it."""

    of: str
    text: str
    flagged: bool = True


@dataclass(frozen=True, slots=True)
class RemarkAnswer:
    """Answer the remark on what the step of this name recorded."""

    of: str
    text: str


@dataclass(frozen=True, slots=True)
class RemarkSettlement:
    """Settle the remark on what the step of this name recorded."""

    of: str
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """Something somebody enters.

    Attributes:
        recorded_at: when they enter it.
        occurred_on: when it happened in the village.
        actor: who enters it.
        command: what they enter.
        basis: document or source record.
        name: by which a later correction or remark finds it, if one follows.
    """

    recorded_at: datetime
    occurred_on: date
    actor: Actor
    command: AnyCommand | Request | Decision | Remark | RemarkAnswer | RemarkSettlement
    basis: str = INVENTED
    name: str = ""


def moment(day: date, hour: int = 9, minute: int = 0, second: int = 0) -> datetime:
    """Return a moment of a day in Asia/Shanghai."""
    return datetime.combine(day, time(hour, minute, second), SHANGHAI)


def office_hour(rng: Random, day: date) -> datetime:
    """Return a moment at which an office enters something."""
    return moment(day, rng.randint(9, 16), rng.randint(0, 59), rng.randint(0, 59))


def at_the_office(rng: Random, day: date, actor: Actor, command: AnyCommand) -> Step:
    """Return what an office enters on the day it happens."""
    return Step(office_hour(rng, day), day, actor, command)


def evening(rng: Random, day: date) -> datetime:
    """Return a moment at which somebody writes up their day."""
    return moment(day, rng.randint(18, 21), rng.randint(0, 59), rng.randint(0, 59))


def later(day: date, days: int) -> date:
    """Return the day some days later."""
    return day + timedelta(days=days)


def written_up(rng: Random, day: date, *, late: float = 0.02) -> datetime:
    """Return when a day's work is written up: mostly that evening, sometimes soon, now and then weeks later.

    Args:
        rng: chance.
        day: of the work.
        late: the share of what is written up only weeks later.
    """
    luck = rng.random()
    if luck < late:
        return evening(rng, later(day, rng.randint(9, 60)))
    if luck < late + 0.08:
        return evening(rng, later(day, rng.randint(1, 6)))
    return evening(rng, day)
