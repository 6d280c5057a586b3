"""Mistakes that were found: one asks for the correction, another approves it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from api.demo.cast import REVIEWER
from api.demo.steps import Decision, Request, Step
from domain.commands import CorrectedField
from domain.entry import Actor

EVIDENCE = "更正登记表(模拟)"
"""What every request of the story rests on."""


def correct(
    name: str,
    entered_at: datetime,
    actor: Actor,
    corrected_at: datetime,
    reason: str,
    **changes: str,
) -> Iterator[Step]:
    """Have corrected what the step of a name recorded.

    Args:
        name: of the step.
        entered_at: when it was.
        actor: who asks.
        corrected_at: when it is approved; it was asked for at most a day before.
        reason: why.
        changes: what its fields should say; void altogether if left out.
    """
    between = entered_at + (corrected_at - entered_at) / 2
    asked_at = max(corrected_at - timedelta(days=1), between.replace(microsecond=0))
    yield _request(name, actor, asked_at, reason, changes)
    yield Step(corrected_at, corrected_at.date(), REVIEWER, Decision(name))


def reject(
    name: str, actor: Actor, asked_at: datetime, reason: str, because: str, **changes: str
) -> Iterator[Step]:
    """Ask for a correction that is rejected three days later; the arguments are as of `correct`."""
    yield _request(name, actor, asked_at, reason, changes)
    decided_at = asked_at + timedelta(days=3)
    yield Step(decided_at, decided_at.date(), REVIEWER, Decision(name, because))


def _request(name: str, actor: Actor, asked_at: datetime, reason: str, changes: Mapping[str, str]) -> Step:
    fields = tuple(CorrectedField(field=field, value=value) for field, value in changes.items())
    return Step(asked_at, asked_at.date(), actor, Request(name, reason, fields))
