"""Somebody who was turned down, and was never posted, has their personal data deleted near the end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from api.demo.cast import DEPARTMENT
from api.demo.steps import Step, moment
from domain.commands import ApproveInstructor, Forget, RejectInstructor

ASKED_ON = date(2025, 2, 11)
REASON = "本人书面申请:未被选派,要求删除报名表中的个人信息"


def with_a_forgetting(steps: Sequence[Step]) -> list[Step]:
    """Return a story in which the last one who was turned down for good is forgotten, if there is one."""
    approved = {it.command.instructor_id for it in steps if isinstance(it.command, ApproveInstructor)}
    turned_down = [
        (it.recorded_at, it.command.instructor_id)
        for it in steps
        if isinstance(it.command, RejectInstructor) and it.command.instructor_id not in approved
    ]
    if not turned_down:
        return list(steps)
    _, whose = max(turned_down)
    forget = Forget(instructor_id=whose, reason=REASON)
    return [*steps, Step(moment(ASKED_ON, 10, 20), ASKED_ON, DEPARTMENT, forget)]
