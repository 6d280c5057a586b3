"""The closed vocabularies as GraphQL enums: the domain's own, and those that only reading knows."""

from __future__ import annotations

from typing import Self

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from domain import terms
from domain.terms import Term


class Review(Term):
    """审定情况。How far a village's or a person's nomination has come."""

    NOMINATED = "nominated", "已推荐"
    APPROVED = "approved", "已审定"
    DECLINED = "declined", "不予纳入"
    REJECTED = "rejected", "已退回"


class Stage(Term):
    """所处阶段。How far a person has come in the programme."""

    NOMINATED = "nominated", "已推荐"
    APPROVED = "approved", "已审定"
    REJECTED = "rejected", "已退回"
    SERVING = "serving", "在任"
    RECALLED = "recalled", "已召回"
    COMPLETED = "completed", "已期满"


class CaseKind(Term):
    """处理类别。Whether a case was accountability or discipline (五(三))."""

    ACCOUNTABILITY = "accountability", "问责"
    DISCIPLINE = "discipline", "组织处理"


class CorrectionState(Term):
    """更正状态。How far a request to correct a fact has come."""

    REQUESTED = "requested", "待审批"
    APPROVED = "approved", "准予更正"
    REJECTED = "rejected", "不予更正"


class RemarkState(Term):
    """审计意见状态。How far an auditor's remark has come."""

    MADE = "made", "待答复"
    ANSWERED = "answered", "已答复"
    SETTLED = "settled", "已了结"


class AggregateKind(Term):
    """对象类别。What kind of aggregate an event belongs to."""

    VILLAGE = "Village", "重点村(社区)"
    INSTRUCTOR = "Instructor", "党建指导员"
    IMPORT = "Import", "导入"
    CORRECTION = "Correction", "更正"
    REMARK = "Remark", "审计意见"
    DISCLOSURE = "Disclosure", "查阅"


class ProjectorState(Term):
    """投影状态。Whether the read side follows the ledger."""

    RUNNING = "running", "运行中"
    STOPPED = "stopped", "已停止"


class SignatureKind(Term):
    """签名类别。Whose signature it is, as far as this ledger knows the key."""

    LOG = "log", "本日志"
    WITNESS = "witness", "见证方"
    UNKNOWN = "unknown", "未登记的公钥"


class NoteCode(Term):
    """说明类别。What is unusual about the moment that a query asks for."""

    AS_OF_IN_FUTURE = "as_of_in_future", "截至日在将来"
    AS_OF_AFTER_KNOWLEDGE = "as_of_after_knowledge", "截至日晚于所知"
    AS_OF_BEFORE_NOTICE = "as_of_before_notice", "截至日早于通知"
    KNOWN_AT_IN_FUTURE = "known_at_in_future", "所知时刻在将来"
    NOTHING_KNOWN_YET = "nothing_known_yet", "当时尚无记录"


class ChangeKind(Term):
    """变动类别。What became of a fact between two moments."""

    ADDED = "added", "新增"
    BECAME_KNOWN = "became_known", "补录"
    VOIDED = "voided", "作废"
    ADDED_AND_VOIDED = "added_and_voided", "录入后作废"


class BackdatingGroup(Term):
    """补录统计的分组。By what late entries are counted."""

    PERSON = "person", "党建指导员"
    TOWNSHIP = "township", "乡镇(街道)"
    MONTH = "month", "发生月份"


class Figure(Term):
    """A figure that an answer states: its value, its Chinese name, and which events are behind it.

    Attributes:
        sql: the condition on such an event, the row `{t}`; the row that states the figure is `{p}`.
    """

    sql: str

    def __new__(cls, value: str, zh: str, sql: str = "false") -> Self:
        """Make the member."""
        member = str.__new__(cls, value)
        member._value_, member.zh, member.sql = value, zh, sql
        return member

    @property
    def en(self) -> str:
        """Its English name."""
        return in_words(self)

    @property
    def meaning(self) -> str:
        """What it means, in both languages."""
        return f"{self.zh}。{self.en}."


def in_words(member: Term) -> str:
    """Return the name of a word as a phrase."""
    return member.name.replace("_", " ").capitalize()


def as_enum(kind: type[Term]) -> type[Term]:
    """Make a vocabulary a GraphQL enum, its words described in both languages."""
    doc = (kind.__doc__ or "").strip()
    definition: StrawberryEnumDefinition = strawberry.enum(kind, description=doc).__strawberry_definition__  # type: ignore[attr-defined]  # Strawberry sets it
    for value in definition.values:
        member = kind[value.name]
        value.description = (
            member.meaning if isinstance(member, Figure) else f"{member.zh}。{in_words(member)}."
        )
    return kind


TERMS: dict[str, type[Term]] = {
    kind.__name__: as_enum(kind)
    for module in (vars(terms), globals())
    for kind in list(module.values())
    if isinstance(kind, type) and issubclass(kind, Term) and len(kind)
}
"""Every vocabulary by its name."""
