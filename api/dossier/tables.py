"""What is claimed of a person, as tables in a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from xml.etree.ElementTree import Element

from api.county import SHANGHAI
from api.dossier.attendance import note_of
from api.dossier.markup import table, tag
from api.types.findings import FindingCode
from api.types.terms import Review
from domain import terms
from domain.terms import Term
from projections.schema import RuleRow

Row = Mapping[str, Any]
"""A row as the API answers it."""

_UNTIL_THEN: Final = "9999"


def word(kind: type[Term], name: str | None) -> str:
    """Return the Chinese term of a word, which is given by its name in the API; empty where there is none."""
    return kind[name].zh if name else ""


def moment(text: str) -> str:
    """Return a moment as people in Beijing read it."""
    return f"{datetime.fromisoformat(text).astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def findings(person: Row, villages: Mapping[str, str]) -> Element:
    """Return what was found, each with its clause and its figures."""
    head = ("问题", "依据", "起止", "实际", "要求", "成立于", "何时起可知", "村(社区)")
    return table(
        head,
        (
            (
                tag("b", word(FindingCode, it["code"])),
                it["clause"],
                f"{it['from']} 至 {it['to']}",
                number(it["found"]),
                number(it["required"]),
                it["since"],
                f"{moment(it['knownSince'])}(位置{it['knownAtPosition']})",
                villages.get(it["village"]["id"], "") if it["village"] else "",
            )
            for it in person["findings"]["nodes"]
        ),
    )


def attendance(person: Row, villages: Mapping[str, str]) -> Element:
    """Return the months of service."""
    head = ("月份", "村(社区)", "在任", "在任天数", "到村", "要求", "说明", "请假", "迟录")
    return table(
        head,
        (
            (
                it["month"],
                villages.get(it["villageId"], it["villageId"]),
                f"{it['firstDay'][5:]}–{it['lastDay'][5:]}",
                str(it["serviceDays"]),
                tag("b", str(it["daysPresent"]), class_="late") if it["short"] else str(it["daysPresent"]),
                str(it["required"]),
                note_of(it),
                _counted(it["leaveDays"], "天"),
                _counted(it["lateEntries"], "条"),
            )
            for it in person["attendance"]
        ),
    )


def nominations(person: Row) -> Element:
    """Return how the person was chosen."""
    head = ("批次", "方式", "推荐单位", "派出单位", "集体研究", "推荐", "审定", "例外与理由", "位置")
    return table(
        head,
        (
            (
                f"{it['batchYear']}年",
                word(terms.Route, it["route"]),
                it["nominatingBody"],
                it["sendingUnit"],
                it["collectiveStudyOn"],
                it["nominatedOn"],
                f"{word(Review, it['outcome'])} {it['reviewedOn'] or ''}",
                "; ".join(_reasons(it)),
                it["position"],
            )
            for it in person["nominations"]
        ),
    )


def postings(person: Row) -> Element:
    """Return where the person served."""
    head = ("批次", "村(社区)", "任职", "计划期满", "离任", "转接党组织关系", "位置")
    return table(
        head,
        (
            (
                f"{it['batchYear']}年",
                it["village"]["name"],
                it["since"],
                it["until"],
                " ".join(
                    filter(
                        None,
                        (
                            it["endedOn"] or ("在任" if it["serving"] else ""),
                            word(terms.Departure, it["departure"]),
                            word(terms.RecallGround, it["ground"]),
                            it["recallReason"],
                        ),
                    )
                ),
                it["partyRelationOn"],
                it["position"],
            )
            for it in person["postings"]
        ),
    )


def coverage(person: Row, villages: Mapping[str, str]) -> Element:
    """Return how many households were visited."""
    head = ("村(社区)", "户数", "已走访", "建档立卡", "已走访", "期限", "期限内走访", "其中建档立卡")
    figures = ("households", "visited", "registeredPoor", "registeredPoorVisited", "deadline")
    in_time = ("visitedByDeadline", "registeredPoorVisitedByDeadline")
    return table(
        head,
        (
            (villages.get(it["villageId"], ""), *(str(it[figure]) for figure in (*figures, *in_time)))
            for it in person["coverage"]
        ),
    )


def rewards(person: Row) -> Element:
    """Return commendations and promotions, by their days."""
    found = [
        (it["day"], _commended(it), f"{it['year']}年度", it["authority"], it["position"])
        for it in person["commendations"]
    ]
    found += [(it["day"], "提拔", it["newPosition"], "", it["position"]) for it in person["promotions"]]
    found.sort(key=lambda it: (it[0], int(it[-1])))
    return table(("日期", "类别", "说明", "决定机关", "位置"), found)


def rules(rows: Sequence[RuleRow]) -> Element:
    """Return the rule book."""
    return table(
        ("条款", "规则", "数值", "适用"),
        (
            (
                it.clause,
                it.zh,
                it.value,
                f"{it.effective}起" + ("" if str(it.until).startswith(_UNTIL_THEN) else f",{it.until}前"),
            )
            for it in rows
        ),
    )


def _commended(commendation: Row) -> str:
    return word(terms.CommendationKind, commendation["kind"])


def _reasons(nomination: Row) -> Iterator[str]:
    for it in nomination["exceptions"] or ():
        yield f"{it['rule']}:{it['reason']}"
    if nomination["clausesFailed"]:
        yield f"不符合{'、'.join(nomination['clausesFailed'])}"
    if nomination["reason"]:
        yield nomination["reason"]


def number(value: int | None) -> str:
    """Return a number as people read it; empty where there is none."""
    return "" if value is None else str(value)


def _counted(value: int, unit: str) -> str:
    return f"{value}{unit}" if value else ""
