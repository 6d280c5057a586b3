"""The person's lists that a page shows as the API answers them, what is ordinary in them folded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from xml.etree.ElementTree import Element

from api.dossier import tables
from api.dossier.markup import Content, table, tag
from api.types.terms import CaseKind
from domain import terms

_Shown = Callable[[tables.Row], Content]

_PLAIN: Final[dict[str, dict[str, _Shown]]] = {
    "projects": {
        "年度": lambda it: str(it["year"]),
        "实事": lambda it: it["title"],
        "开工": lambda it: it["startedOn"],
        "办结": lambda it: it["completedOn"],
        "成效": lambda it: it["outcome"],
        "受益户数": lambda it: tables.number(it["householdsServed"]),
        "位置": lambda it: it["position"],
    },
    "leaves": {
        "类别": lambda it: tables.word(terms.LeaveKind, it["kind"]),
        "起": lambda it: it["firstDay"],
        "止": lambda it: it["lastDay"],
        "位置": lambda it: it["position"],
    },
    "inspections": {
        "日期": lambda it: it["day"],
        "方式": lambda it: tables.word(terms.InspectionKind, it["kind"]),
        "结论": lambda it: it["conclusion"],
        "发现问题": lambda it: "是" if it["problemsFound"] else "否",
        "位置": lambda it: it["position"],
    },
    "appraisals": {
        "方式": lambda it: tables.word(terms.AppraisalKind, it["kind"]),
        "考核期": lambda it: it["period"],
        "分项": lambda it: "、".join(f"{score['part']}{score['points']}" for score in it["scores"]),
        "等次": lambda it: tag("b", tables.word(terms.Grade, it["grade"])),
        "日期": lambda it: it["appraisedOn"],
        "位置": lambda it: it["position"],
    },
    "subsidies": {
        "月份": lambda it: it["month"],
        "类别": lambda it: tables.word(terms.SubsidyKind, it["kind"]),
        "金额(元)": lambda it: it["amount"],
        "发放": lambda it: it["day"],
        "位置": lambda it: it["position"],
    },
    "cases": {
        "日期": lambda it: it["day"],
        "类别": lambda it: tables.word(CaseKind, it["kind"]),
        "事由": lambda it: tables.word(terms.RecallGround, it["ground"]),
        "处理": lambda it: tables.word(terms.Measure, it["measure"]),
        "文号": lambda it: it["caseNumber"],
        "位置": lambda it: it["position"],
    },
}
"""Lists of a person that are shown as they are answered: each column, and what stands in it."""


_ORDINARY: Final[dict[str, tuple[str, Callable[[tables.Row], bool]]]] = {
    "inspections": ("未发现问题的督查", lambda it: not it["problemsFound"]),
    "appraisals": ("日常考核", lambda it: terms.AppraisalKind[it["kind"]] is terms.AppraisalKind.DAILY),
    "subsidies": ("逐月补助", lambda _: True),
}
"""What is ordinary of these lists, and is folded: what it is called, and which rows it is."""


def listed(person: tables.Row, name: str) -> Element:
    """Return one of the person's lists that are shown as they are answered, what is ordinary in it folded."""
    title, is_ordinary = _ORDINARY.get(name, ("", lambda _: False))
    ordinary = [it for it in person[name] if is_ordinary(it)]
    others = [it for it in person[name] if not is_ordinary(it)]
    if not ordinary:
        return _listed(name, others)
    folded = tag("details", tag("summary", f"{title}({len(ordinary)}次)"), _listed(name, ordinary))
    return tag("div", _listed(name, others) if others else None, folded)


def _listed(name: str, rows: Sequence[tables.Row]) -> Element:
    columns = _PLAIN[name]
    return table(list(columns), ([shown(it) for shown in columns.values()] for it in rows))
