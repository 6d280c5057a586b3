"""Every command of the programme, as data: what is asked for, and which offices may ask.

A command says nothing of who, when or why: that is the `Entry`. The API derives its inputs and mutations
from these classes, and `domain.programme` executes them; a command that is not handled is a type error.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar
from uuid import UUID

from domain.terms import (
    AppraisalKind,
    CommendationKind,
    Education,
    Employment,
    Gender,
    Goal,
    Grade,
    HouseholdCategory,
    InspectionKind,
    LeaveKind,
    Measure,
    RecallGround,
    Role,
    Route,
    SubsidyKind,
    VillageKind,
)

DEPARTMENT = Role.ORGANISATION_DEPARTMENT
COMMITTEES = frozenset({Role.TOWNSHIP, DEPARTMENT})
OWN_WORK = frozenset({Role.INSTRUCTOR, Role.TOWNSHIP, DEPARTMENT, Role.SYSTEM})

LATER = {"later": True}
"""Marks a field that a command, or a part of one, was given after commands were on record."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """What is asked for. `zh` is its name in Chinese; `offices` may ask for it."""

    zh: ClassVar[str]
    offices: ClassVar[frozenset[Role]]

    @classmethod
    def verb(cls) -> str:
        """Return its name as a verb: `check_in` for `CheckIn`."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()


def digest_of(command: Command, occurred_on: date, basis: str | None) -> str:
    """Return the digest of a command's content: SHA-256, the first 32 hex digits.

    Two commands with one `command_id` must have one digest. The actor is left out: the same request may
    be repeated by a colleague. So is a `LATER` field that says nothing: the request may have been recorded
    before there was one.
    """
    content = [type(command).__name__, _said(command), occurred_on, basis]
    return hashlib.sha256(_canonical(content).encode()).hexdigest()[:32]


def _said(part: Any) -> dict[str, object]:
    """Return the fields of a command, or of a part of one, but for what came later and says nothing."""
    said = vars(part)
    silent = [name for name, silence in _later(part.__class__) if said[name] == silence]
    return {name: value for name, value in said.items() if name not in silent} if silent else said


@cache
def _later(kind: type[Any]) -> tuple[tuple[str, object], ...]:
    """Return the `LATER` fields of a dataclass, each with the value that says nothing."""
    return tuple((it.name, it.default) for it in fields(kind) if it.metadata == LATER)


def _plain(value: Any) -> object:
    return _said(value) if _is_part(value.__class__) else str(value)


_is_part = cache(is_dataclass)  # asked of every value that is not plain JSON
_canonical = json.JSONEncoder(default=_plain, sort_keys=True, ensure_ascii=False).encode


# Parts of commands and events. WARNING: stored in events; fields are only ever added, with defaults.


@dataclass(frozen=True, kw_only=True)
class Household:
    """农户。A household of a village: a code and a category, never a name."""

    code: str
    category: HouseholdCategory


@dataclass(frozen=True, kw_only=True)
class Form:
    """报名表。The registration form of Annex 2, with the facts that 二(三) asks for."""

    name: str
    gender: Gender
    born: date
    ethnicity: str
    native_place: str
    birthplace: str
    party_joined: date | None
    work_started: date
    health: str
    professional_title: str = ""
    specialities: str = ""
    education: Education
    school: str
    in_service_education: str = ""
    in_service_school: str = ""
    employment: Employment
    position: str
    clerk_since: date | None
    preferred_village: str = ""
    phone: str = ""
    career: str = ""
    full_time_education: str = field(default="", metadata=LATER)  # in its own words, as that in service


@dataclass(frozen=True, kw_only=True)
class RuleException:
    """例外。A rule set aside by the organisation department: the refusal's code, and the reason."""

    rule: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Score:
    """评分。One part of an appraisal and its score, 0 to 100. The notice sets no weights."""

    part: str
    points: Decimal


@dataclass(frozen=True, kw_only=True)
class Alteration:
    """更正前后。A field of an event, what it says and what it should say, both as text."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class CorrectedField:
    """更正内容。A field of an event, and what it should say, as text (a day as 2021-05-03)."""

    field: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Look:
    """一次查阅。Personal data that left, once.

    Attributes:
        at: when, in UTC.
        what: `form` (answers of GraphQL), `dossier`, `export`, or `report:` and its name.
        people: whose data.
        fields: of the registration form, by the names it gives them, that left in full; masked ones are not
            among them.
        as_of: the clock of what happened; none for all days.
        known_position: the clock of knowledge.
        reason: why, where one was given.
        digest: SHA-256, 64 hex digits, of a salt that the reader alone has (16 bytes) and the bytes that
            left.
    """

    at: datetime
    what: str
    people: tuple[UUID, ...]
    fields: tuple[str, ...]
    as_of: date | None
    known_position: int
    reason: str | None
    digest: str


# Villages


@dataclass(frozen=True, kw_only=True)
class VillageCommand(Command):
    """A command to one village."""

    village_id: UUID


@dataclass(frozen=True, kw_only=True)
class NominateVillage(Command):
    """推荐重点村。A township names a key village for a year (二(一))."""

    zh: ClassVar = "推荐重点村"
    offices: ClassVar = COMMITTEES
    code: str
    name: str
    township_code: str
    township: str
    year: int
    kind: VillageKind
    weak_or_lagging: bool
    reason: str


@dataclass(frozen=True, kw_only=True)
class ApproveVillage(VillageCommand):
    """审定重点村。The organisation department approves a key village for a year (二(一))."""

    zh: ClassVar = "审定重点村"
    offices: ClassVar = frozenset({DEPARTMENT})
    year: int


@dataclass(frozen=True, kw_only=True)
class DeclineVillage(VillageCommand):
    """不予纳入。The department leaves a village out; a weak one only with an exception's reason (二(一))."""

    zh: ClassVar = "不予纳入重点村"
    offices: ClassVar = frozenset({DEPARTMENT})
    year: int
    reason: str
    exception_reason: str = ""


@dataclass(frozen=True, kw_only=True)
class RegisterHouseholds(VillageCommand):
    """登记农户。Households to be visited: code and category only (三(一)2)."""

    zh: ClassVar = "登记农户"
    offices: ClassVar = OWN_WORK
    households: tuple[Household, ...]


@dataclass(frozen=True, kw_only=True)
class RemoveHousehold(VillageCommand):
    """注销农户。A household left the register (三(一)2)."""

    zh: ClassVar = "注销农户"
    offices: ClassVar = OWN_WORK
    household: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class AssessGoals(VillageCommand):
    """评定目标。Which of the five goals of the year were met (一)."""

    zh: ClassVar = "评定五大目标"
    offices: ClassVar = frozenset({DEPARTMENT})
    year: int
    met: tuple[Goal, ...]


@dataclass(frozen=True, kw_only=True)
class PayAward(VillageCommand):
    """拨付奖补。Award money to the village by the year's appraisal, in yuan (五(四))."""

    zh: ClassVar = "拨付奖补"
    offices: ClassVar = frozenset({DEPARTMENT, Role.FINANCE_BUREAU})
    year: int
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class VoidVillageEvent(VillageCommand):
    """作废村级记录。A wrong fact about a village is voided, and stays visible."""

    zh: ClassVar = "作废村级记录"
    offices: ClassVar = frozenset({DEPARTMENT})
    version: int
    reason: str


# Instructors


@dataclass(frozen=True, kw_only=True)
class InstructorCommand(Command):
    """A command to one instructor."""

    instructor_id: UUID


@dataclass(frozen=True, kw_only=True)
class NominateInstructor(Command):
    """推荐人选。Nominated by self, township or sending unit, after collective study (选派程序(一))."""

    zh: ClassVar = "推荐人选"
    offices: ClassVar = frozenset({Role.TOWNSHIP, Role.SENDING_UNIT, DEPARTMENT})
    staff_number: str
    batch_year: int
    route: Route
    nominating_body: str
    sending_unit: str
    collective_study_on: date
    form: Form


@dataclass(frozen=True, kw_only=True)
class ApproveInstructor(InstructorCommand):
    """审定人选。The department finds a nominee fit, with its exceptions (选派程序(二), 二(三))."""

    zh: ClassVar = "审定人选"
    offices: ClassVar = frozenset({DEPARTMENT})
    exceptions: tuple[RuleException, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RejectInstructor(InstructorCommand):
    """退回重选。The department finds a nominee unfit and orders another choice (选派程序(二))."""

    zh: ClassVar = "退回重新选派"
    offices: ClassVar = frozenset({DEPARTMENT})
    reason: str


@dataclass(frozen=True, kw_only=True)
class Appoint(InstructorCommand):
    """任命。The department appoints to a village, for the term or the rest of one (选派程序(三), 五(三))."""

    zh: ClassVar = "任命"
    offices: ClassVar = frozenset({DEPARTMENT})
    village_id: UUID


@dataclass(frozen=True, kw_only=True)
class TransferPartyRelation(InstructorCommand):
    """转接组织关系。The party relation goes to the village (选派程序(三))."""

    zh: ClassVar = "转接党组织关系"
    offices: ClassVar = COMMITTEES
    branch: str


@dataclass(frozen=True, kw_only=True)
class CheckIn(InstructorCommand):
    """到村打卡。A DingTalk check-in; one a day counts (三(一)1)."""

    zh: ClassVar = "到村打卡"
    offices: ClassVar = OWN_WORK
    at: time
    place: str
    source_record: str = ""
    outside: bool = field(default=False, metadata=LATER)  # of the area that is set for check-ins there


@dataclass(frozen=True, kw_only=True)
class GrantLeave(InstructorCommand):
    """准假。Leave from a day to a day, both included."""

    zh: ClassVar = "准假"
    offices: ClassVar = COMMITTEES
    kind: LeaveKind
    first_day: date
    last_day: date


@dataclass(frozen=True, kw_only=True)
class VisitHousehold(InstructorCommand):
    """走访农户。A household visited; one visit a day counts (三(一)2)."""

    zh: ClassVar = "走访农户"
    offices: ClassVar = OWN_WORK
    household: str


@dataclass(frozen=True, kw_only=True)
class RecordDuty(InstructorCommand):
    """履职记录。Another duty of part 三, under its clause."""

    zh: ClassVar = "履职记录"
    offices: ClassVar = OWN_WORK
    duty: str
    summary: str


@dataclass(frozen=True, kw_only=True)
class StartProject(InstructorCommand):
    """启动实事。A practical project for the village, for a year (三(四)4)."""

    zh: ClassVar = "启动实事"
    offices: ClassVar = OWN_WORK
    year: int
    title: str


@dataclass(frozen=True, kw_only=True)
class CompleteProject(InstructorCommand):
    """办结实事。A started project is done (三(四)4)."""

    zh: ClassVar = "办结实事"
    offices: ClassVar = OWN_WORK
    project_id: UUID
    outcome: str
    households_served: int = 0


@dataclass(frozen=True, kw_only=True)
class Inspect(InstructorCommand):
    """督查。A tour inspection, monthly meeting or quarterly review (五(一))."""

    zh: ClassVar = "督查调度"
    offices: ClassVar = COMMITTEES
    kind: InspectionKind
    conclusion: str
    problems_found: bool = False


@dataclass(frozen=True, kw_only=True)
class Appraise(InstructorCommand):
    """考核。Daily for a month (2021-05), yearly (2021) or at term end (2020-2023) (五(二))."""

    zh: ClassVar = "考核"
    offices: ClassVar = frozenset({DEPARTMENT})
    kind: AppraisalKind
    period: str
    scores: tuple[Score, ...]
    grade: Grade


@dataclass(frozen=True, kw_only=True)
class Commend(InstructorCommand):
    """激励。Publicity, commendation, merit or advancement (五(三))."""

    zh: ClassVar = "激励"
    offices: ClassVar = frozenset({DEPARTMENT})
    kind: CommendationKind
    year: int
    authority: str


@dataclass(frozen=True, kw_only=True)
class PaySubsidy(InstructorCommand):
    """发放补助。A month's living or transport subsidy, in yuan (五(四))."""

    zh: ClassVar = "发放补助"
    offices: ClassVar = frozenset({DEPARTMENT, Role.FINANCE_BUREAU, Role.SENDING_UNIT})
    kind: SubsidyKind
    month: str
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class PromoteButRetain(InstructorCommand):
    """提拔留任。Promoted, and stays in the village as 包村干部 (二(二))."""

    zh: ClassVar = "提拔留任"
    offices: ClassVar = frozenset({DEPARTMENT})
    new_position: str


@dataclass(frozen=True, kw_only=True)
class Recall(InstructorCommand):
    """召回。Recalled through the sending unit, which selects again (五(三))."""

    zh: ClassVar = "召回"
    offices: ClassVar = frozenset({DEPARTMENT})
    ground: RecallGround
    reason: str


@dataclass(frozen=True, kw_only=True)
class OpenAccountability(InstructorCommand):
    """启动问责。A grave case goes to accountability (五(三))."""

    zh: ClassVar = "启动问责"
    offices: ClassVar = frozenset({DEPARTMENT})
    ground: RecallGround
    case_number: str


@dataclass(frozen=True, kw_only=True)
class Discipline(InstructorCommand):
    """组织处理。Discipline imposed in a grave case (五(三))."""

    zh: ClassVar = "组织处理"
    offices: ClassVar = frozenset({DEPARTMENT})
    measure: Measure
    case_number: str


@dataclass(frozen=True, kw_only=True)
class CompleteTerm(InstructorCommand):
    """期满。The term is over (二(二))."""

    zh: ClassVar = "期满离任"
    offices: ClassVar = frozenset({DEPARTMENT})


@dataclass(frozen=True, kw_only=True)
class VoidInstructorEvent(InstructorCommand):
    """作废个人记录。A wrong fact about an instructor is voided, and stays visible."""

    zh: ClassVar = "作废个人记录"
    offices: ClassVar = frozenset({DEPARTMENT, Role.SYSTEM})  # the system follows where a record came from
    version: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class Forget(InstructorCommand):
    """删除个人信息。The forms of somebody who is out of the programme are made unreadable."""

    zh: ClassVar = "删除个人信息"
    offices: ClassVar = frozenset({DEPARTMENT})
    reason: str


# Corrections


@dataclass(frozen=True, kw_only=True)
class RequestCorrection(Command):
    """申请更正。An event is wrong in some fields or, if none is named, altogether; why, and what shows it."""

    zh: ClassVar = "申请更正"
    offices: ClassVar = OWN_WORK - {Role.SYSTEM} | {Role.SENDING_UNIT, Role.FINANCE_BUREAU}
    corrected_id: UUID
    corrected_version: int
    reason: str
    evidence: str
    evidence_sha256: str = ""
    changes: tuple[CorrectedField, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ApproveCorrection(Command):
    """准予更正。The event is voided and, where fields were named, recorded anew as it should read."""

    zh: ClassVar = "准予更正"
    offices: ClassVar = frozenset({DEPARTMENT})
    correction_id: UUID


@dataclass(frozen=True, kw_only=True)
class RejectCorrection(Command):
    """不予更正。The event stays as it is."""

    zh: ClassVar = "不予更正"
    offices: ClassVar = frozenset({DEPARTMENT})
    correction_id: UUID
    reason: str


# Remarks


@dataclass(frozen=True, kw_only=True)
class MakeRemark(Command):
    """提出审计意见。An auditor comments on an event or, if it looks wrong, flags it."""

    zh: ClassVar = "提出审计意见"
    offices: ClassVar = frozenset({Role.AUDITOR})
    about_id: UUID
    about_version: int
    flagged: bool
    text: str


@dataclass(frozen=True, kw_only=True)
class AnswerRemark(Command):
    """答复审计意见。The latest remark on an event is answered."""

    zh: ClassVar = "答复审计意见"
    offices: ClassVar = frozenset({DEPARTMENT})
    remark_id: UUID
    text: str


@dataclass(frozen=True, kw_only=True)
class SettleRemark(Command):
    """了结审计意见。The latest remark on an event is closed, with a conclusion."""

    zh: ClassVar = "了结审计意见"
    offices: ClassVar = frozenset({Role.AUDITOR})
    remark_id: UUID
    text: str


# Files


@dataclass(frozen=True, kw_only=True)
class TakeImport(Command):
    """登记导入。A file was taken in, with what came of its rows; asked in the append of its events alone."""

    zh: ClassVar = "登记导入"
    offices: ClassVar = OWN_WORK | {Role.SENDING_UNIT, Role.FINANCE_BUREAU}
    paper: str
    file_name: str
    file_sha256: str
    file_size: int
    rows_recorded: int
    rows_already: int
    rows_passed: int
    rows_refused: int
    events: int


# Looks


@dataclass(frozen=True, kw_only=True)
class RecordLooks(Command):
    """登记查阅。Personal data left; asked by the server itself, before they do."""

    zh: ClassVar = "登记查阅"
    offices: ClassVar = frozenset(Role)
    looks: tuple[Look, ...]


AnyVillageCommand = (
    ApproveVillage
    | DeclineVillage
    | RegisterHouseholds
    | RemoveHousehold
    | AssessGoals
    | PayAward
    | VoidVillageEvent
)
"""Every command to a village that is known already."""

AnyInstructorCommand = (
    ApproveInstructor
    | RejectInstructor
    | Appoint
    | TransferPartyRelation
    | CheckIn
    | GrantLeave
    | VisitHousehold
    | RecordDuty
    | StartProject
    | CompleteProject
    | Inspect
    | Appraise
    | Commend
    | PaySubsidy
    | PromoteButRetain
    | Recall
    | OpenAccountability
    | Discipline
    | CompleteTerm
    | VoidInstructorEvent
    | Forget
)
"""Every command to a person who is known already."""

AnyCorrectionCommand = RequestCorrection | ApproveCorrection | RejectCorrection
"""Every command about a correction."""

AnyRemarkCommand = MakeRemark | AnswerRemark | SettleRemark
"""Every command about a remark."""

AnyCommand = (
    NominateVillage
    | NominateInstructor
    | AnyVillageCommand
    | AnyInstructorCommand
    | AnyCorrectionCommand
    | AnyRemarkCommand
    | TakeImport
    | RecordLooks
)
"""Every command there is."""
