"""An audit near the end: what looks wrong is flagged, the department answers, some of it is settled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from api.data import COUNTY
from api.demo.cast import DEPARTMENT
from api.demo.steps import Remark, RemarkAnswer, RemarkSettlement, Step, later, moment
from domain.commands import (
    AnswerRemark,
    AnyRemarkCommand,
    Appoint,
    CheckIn,
    MakeRemark,
    RegisterHouseholds,
    SettleRemark,
    VisitHousehold,
)
from domain.entry import Actor
from domain.ids import remark_id
from domain.root import Event
from domain.terms import Role

AUDITOR = Actor(f"{COUNTY}-sjj", Role.AUDITOR, "湘阴县审计局")
AUDITED_ON = date(2025, 1, 14)
BACK_DATED = timedelta(days=30)
LOOKED_BACK = timedelta(days=365)
IN_OFFICE = timedelta(days=3 * 365)
TO_VISIT_ALL = timedelta(days=91)
BATCH = 3  # check-ins of the one person


def with_an_audit(steps: Sequence[Step]) -> list[Step]:
    """Return a story with the audit's remarks after its steps, if there is anything in it to remark upon."""
    late, missed = _back_dated(steps), _least_covered(steps)
    if len(late) < BATCH or missed is None:
        return list(steps)
    named = {id(step): f"audit/{number}" for number, step in enumerate([missed, *late])}
    told = [replace(step, name=named[id(step)]) if id(step) in named else step for step in steps]
    return [*told, *_remarks(*named.values())]


def command_about(event: Event, step: Remark | RemarkAnswer | RemarkSettlement) -> AnyRemarkCommand:
    """Return the command about the remark on an event."""
    whose, version = event.originator_id, event.originator_version
    if isinstance(step, Remark):
        return MakeRemark(about_id=whose, about_version=version, flagged=step.flagged, text=step.text)
    kind = AnswerRemark if isinstance(step, RemarkAnswer) else SettleRemark
    return kind(remark_id=remark_id(whose, version), text=step.text)


def _remarks(missed: str, first: str, second: str, third: str) -> Iterator[Step]:
    """Two check-ins are flagged, answered and settled, the third has a comment; the posting stays open."""
    answered_on, settled_on = later(AUDITED_ON, 6), later(AUDITED_ON, 10)
    for hour, it in enumerate((first, second), start=9):
        yield _step(AUDITED_ON, hour, AUDITOR, Remark(it, "同一人的打卡隔月集中补录,请说明原因并提供依据"))
        answer = "村部网络迁改,当时登记在纸质签到簿上,乡镇核对后补录;签到簿已送审计核对"
        yield _step(answered_on, hour, DEPARTMENT, RemarkAnswer(it, answer))
        yield _step(settled_on, hour, AUDITOR, RemarkSettlement(it, "已核对签到簿原件,说明属实"))
    yield _step(AUDITED_ON, 11, AUDITOR, Remark(third, "同批补录,见另两条意见;今后应当周补录", flagged=False))
    ask = "到任三个月内未走访完全部农户,请说明未走访的农户及补走安排"
    yield _step(AUDITED_ON, 15, AUDITOR, Remark(missed, ask))
    answer = "未走访的多为外出务工户,其余农户已列入本季度走访计划"
    yield _step(answered_on, 15, DEPARTMENT, RemarkAnswer(missed, answer))


def _step(day: date, hour: int, actor: Actor, command: Remark | RemarkAnswer | RemarkSettlement) -> Step:
    return Step(moment(day, hour), day, actor, command)


def _back_dated(steps: Sequence[Step]) -> list[Step]:
    """Return check-ins of whoever has most that were entered weeks late in the year before the audit."""
    theirs: dict[UUID, list[Step]] = defaultdict(list)
    for step in steps:
        entered_on = step.recorded_at.date()
        if (
            isinstance(step.command, CheckIn)
            and not step.name
            and AUDITED_ON - LOOKED_BACK < entered_on < AUDITED_ON
            and entered_on - step.occurred_on > BACK_DATED
        ):
            theirs[step.command.instructor_id].append(step)
    return max(theirs.values(), key=len, default=[])[:BATCH]


def _least_covered(steps: Sequence[Step]) -> Step | None:
    """Return the appointment of whoever visited the smallest share of the households in time."""
    homes: dict[UUID, int] = defaultdict(int)
    seen: dict[UUID, dict[str, date]] = defaultdict(dict)
    serving: list[tuple[Step, Appoint]] = []
    for step in steps:
        match step.command:
            case RegisterHouseholds(village_id=village, households=households):
                homes[village] += len(households)
            case VisitHousehold(instructor_id=person, household=household):
                first = seen[person].get(household, date.max)
                seen[person][household] = min(first, step.occurred_on)
            case Appoint() if AUDITED_ON - IN_OFFICE < step.occurred_on < AUDITED_ON - TO_VISIT_ALL:
                serving.append((step, step.command))

    def share(it: tuple[Step, Appoint]) -> float:
        step, appoint = it
        in_time = sum(day <= step.occurred_on + TO_VISIT_ALL for day in seen[appoint.instructor_id].values())
        return in_time / homes[appoint.village_id]

    return min(serving, key=share)[0] if serving else None
