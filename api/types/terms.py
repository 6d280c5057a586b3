"""The closed vocabularies as GraphQL enums: the domain's own, and those that only reading knows."""

from __future__ import annotations

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


class AggregateKind(Term):
    """对象类别。What kind of aggregate an event belongs to."""

    VILLAGE = "Village", "重点村(社区)"
    INSTRUCTOR = "Instructor", "党建指导员"


class ProjectorState(Term):
    """投影状态。Whether the read side follows the ledger."""

    RUNNING = "running", "运行中"
    STOPPED = "stopped", "已停止"


def as_enum(kind: type[Term]) -> type[Term]:
    """Make a vocabulary a GraphQL enum, its words described in both languages."""
    doc = (kind.__doc__ or "").strip()
    definition: StrawberryEnumDefinition = strawberry.enum(kind, description=doc).__strawberry_definition__  # type: ignore[attr-defined]  # Strawberry sets it
    for value in definition.values:
        member = kind[value.name]
        value.description = f"{member.zh}。{value.name.replace('_', ' ').capitalize()}."
    return kind


TERMS: dict[str, type[Term]] = {
    kind.__name__: as_enum(kind)
    for module in (vars(terms), globals())
    for kind in list(module.values())
    if isinstance(kind, type) and issubclass(kind, Term) and kind is not Term
}
"""Every vocabulary by its name."""
