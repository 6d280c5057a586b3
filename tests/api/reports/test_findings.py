"""The report of findings: every finding as the API answers it, and how many there are of each kind."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from api.county import SHANGHAI
from api.types.findings import FindingCode
from tests.api.reports.archived import Row, Stand, tables_of
from tests.api.server import Served

STANDS = [Stand("2021-08-31", 40), Stand("2025-01-01")]
"""Before the recall was entered, and long after."""

FINDINGS = """
query ($asOf: Date, $knownAtPosition: ID, $filter: FindingFilter) {
  programme(asOf: $asOf, knownAtPosition: $knownAtPosition) {
    findings(first: 500, filter: $filter) {
      nodes {
        code clause ruleZh effective batchYear since from to found required knownSince knownAtPosition
        exceptionReason instructor { name staffNumber } village { name township { name code } }
      }
    }
  }
}
"""


def answered(served: Served, stand: Stand, **where: Any) -> list[dict[str, Any]]:
    """The findings as GraphQL answers them."""
    nodes = served.ask(FINDINGS, **stand.asked, filter=where)["programme"]["findings"]["nodes"]
    assert isinstance(nodes, list)
    return nodes


def as_row(number: int, it: dict[str, Any]) -> Row:
    """A finding as a row of the list."""
    person, village = it["instructor"] or {}, it["village"] or {}
    known_since = datetime.fromisoformat(it["knownSince"]).astimezone(SHANGHAI)
    cells = {
        "序号": number,
        "问题": FindingCode[it["code"]].zh,
        "代码": it["code"],
        "条款": it["clause"],
        "规定": it["ruleZh"],
        "施行日": it["effective"],
        "批次": it["batchYear"],
        "姓名": person.get("name"),
        "干部编号": person.get("staffNumber"),
        "乡镇": village.get("township", {}).get("name"),
        "村(社区)": village.get("name"),
        "起": it["from"],
        "止": it["to"],
        "实际": it["found"],
        "应有": it["required"],
        "成立之日": it["since"],
        "自何时可知": f"{known_since:%Y-%m-%d %H:%M:%S}",
        "所据位置": it["knownAtPosition"],
        "例外理由": it["exceptionReason"],
    }
    return {name: "" if cell is None else str(cell) for name, cell in cells.items()}


@pytest.mark.parametrize("stand", STANDS)
def test_every_finding_is_a_row_as_the_api_answers_it(story: Served, stand: Stand) -> None:
    found = answered(story, stand)

    assert len(found) > 5
    rows = tables_of(story, "findings", stand)["问题清单"]
    assert rows == [as_row(number, it) for number, it in enumerate(found, start=1)]


@pytest.mark.parametrize("stand", STANDS)
def test_the_summaries_count_the_findings(story: Served, stand: Stand) -> None:
    found = Counter(it["code"] for it in answered(story, stand))
    tables = tables_of(story, "findings", stand)

    *rules, whole = tables["按类别"]
    assert {row["代码"]: int(row["问题数"]) for row in rules} == found
    assert (whole["代码"], int(whole["问题数"])) == ("合计", found.total())
    *townships, whole = tables["按乡镇"]
    assert sum(int(row["合计"]) for row in townships) == int(whole["合计"]) == found.total()
    assert {code: int(whole[code.zh]) for code in FindingCode if whole[code.zh] != "0"} == found


@pytest.mark.parametrize("code", ["PROMOTED_NOT_RETAINED", "提拔后未留任到期满"])
def test_one_kind_of_finding_is_asked_for_by_its_code_or_its_name(story: Served, code: str) -> None:
    found = answered(story, STANDS[1], codes=["PROMOTED_NOT_RETAINED"])

    rows = tables_of(story, "findings", STANDS[1], code=code)["问题清单"]
    assert rows == [as_row(1, it) for it in found]


@pytest.mark.parametrize("named", ["code", "name"])
def test_one_township_is_asked_for_by_its_code_or_its_name(story: Served, named: str) -> None:
    found = answered(story, STANDS[1])
    township = found[0]["village"]["township"]

    tables = tables_of(story, "findings", STANDS[1], township=township[named])
    assert len(tables["问题清单"]) == len(found)
    assert [row["乡镇代码"] for row in tables["按乡镇"]] == [township["code"], ""]
    elsewhere = tables_of(story, "findings", STANDS[1], township="430624999")
    assert elsewhere["问题清单"] == []
    assert [row["合计"] for row in elsewhere["按乡镇"]] == ["0"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"code": "FEW_DAY"}, "没有“FEW_DAY”这类问题"),
        ({"township": "东塘镇\n" + "x" * 40}, "不超过40字"),
        ({"township": "东塘\n镇"}, "乡镇应写其九位代码或名称"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(story: Served, given: dict[str, str], said: str) -> None:
    response = story.http.get("/reports/findings.xlsx", params=given)

    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert said in error["message"]
