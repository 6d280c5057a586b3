"""Findings through GraphQL: filtered, paged, on both clocks, one step away from the events behind them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.api.selections import everything
from tests.api.server import Served
from tests.facts import POSTED, SUCCESSOR, checked_in, voided
from tests.projections.readside import ReadSide
from tests.scenario import PERSON, VILLAGE, Fact

JUNE_10 = date(2020, 6, 10)
WHICH = (
    "code clause rule ruleZh effective batchYear since from to found required "
    "instructor { id } village { id }"
)


def findings(served: Served, filter_: str = "{}", select: str = "code", day: str = "2025-01-01") -> Any:
    """The findings of the programme on a day."""
    which = f"findings(first: 500, filter: {filter_}) {{ nodes {{ {select} }} }}"
    query = f'{{ programme(asOf: "{day}") {{ {which} }} }}'
    return served.ask(query)["programme"]["findings"]["nodes"]


def in_may(days: int) -> list[Fact]:
    return [checked_in(on=date(2020, 5, day)) for day in range(1, days + 1)]


def test_a_finding_says_the_rule_the_figures_and_whom_it_is_about(story: Served) -> None:
    found = findings(story, '{ codes: [FEW_DAYS], month: "2020-05" }', WHICH)

    assert found == [
        {
            "code": "FEW_DAYS",
            "clause": "三(一)1",
            "rule": "MONTHLY_DAYS",
            "ruleZh": "每月驻村(社区)时间不少于20天",
            "effective": "2020-03-17",
            "batchYear": 2020,
            "since": "2020-05-31",
            "from": "2020-05-01",
            "to": "2020-05-31",
            "found": 0,
            "required": 20,
            "instructor": {"id": str(PERSON)},
            "village": {"id": str(VILLAGE)},
        }
    ]


def test_every_field_of_a_finding_answers(story: Served) -> None:
    found = findings(story, select=everything("Finding", 1))

    assert {it["code"] for it in found} == {
        "FEW_DAYS",
        "RECALL_NOT_REPLACED",
        "PROMOTED_NOT_RETAINED",
        "VILLAGE_VACANT",
    }


def test_findings_come_in_the_order_of_their_days(story: Served) -> None:
    found = findings(story, select="since key")

    assert found == sorted(found, key=lambda it: (it["since"], it["key"]))
    assert len({it["key"] for it in found}) == len(found) > 10


def test_a_page_begins_where_the_last_one_ended(story: Served) -> None:
    whole = findings(story, select="key")
    query = (
        'query ($after: String) { programme(asOf: "2025-01-01") { findings(first: 4, after: $after) '
        "{ nodes { key } totalCount pageInfo { hasNextPage endCursor } } } }"
    )
    read: list[Any] = []
    page: dict[str, Any] = {"pageInfo": {"hasNextPage": True, "endCursor": None}}
    while page["pageInfo"]["hasNextPage"]:
        page = story.ask(query, after=page["pageInfo"]["endCursor"])["programme"]["findings"]
        read += page["nodes"]

    assert read == whole
    assert page["totalCount"] == len(whole)


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ("{ codes: [VILLAGE_VACANT, RECALL_NOT_REPLACED] }", ["RECALL_NOT_REPLACED", "VILLAGE_VACANT"]),
        ("{ codes: [] }", []),
        ("{ batchYear: 2021 }", []),
        (f'{{ villageId: "{VILLAGE}", instructorId: "{PERSON}", sinceFrom: "2021-08-01" }}', ["*"]),
        (f'{{ instructorId: "{SUCCESSOR}" }}', []),
        ('{ townshipCode: "430624105", codes: [VILLAGE_VACANT] }', ["VILLAGE_VACANT"]),
        ('{ townshipCode: "430624100" }', []),
        ('{ sendingUnit: "县教育局", codes: [PROMOTED_NOT_RETAINED] }', ["PROMOTED_NOT_RETAINED"]),
        ('{ sendingUnit: "县财政局" }', []),
        ('{ month: "2020-06" }', ["FEW_DAYS"]),
        ('{ sinceFrom: "2020-05-31", sinceTo: "2020-06-30" }', ["FEW_DAYS", "FEW_DAYS"]),
    ],
)
def test_findings_are_filtered(story: Served, filter_: str, expected: list[str]) -> None:
    codes = [it["code"] for it in findings(story, filter_)]

    assert codes == (["PROMOTED_NOT_RETAINED", "RECALL_NOT_REPLACED"] if expected == ["*"] else expected)


@pytest.mark.parametrize(
    "way", [f'instructor(id: "{PERSON}")', f'village(id: "{VILLAGE}")', 'township(code: "430624105")']
)
def test_a_person_a_village_and_a_township_lead_to_their_findings(story: Served, way: str) -> None:
    query = (
        f'{{ programme(asOf: "2025-01-01") {{ found: {way} {{ '
        "findings(filter: { codes: [RECALL_NOT_REPLACED] }) { nodes { since } totalCount } } } }"
    )

    assert story.ask(query)["programme"]["found"]["findings"] == {
        "nodes": [{"since": "2021-08-31"}],
        "totalCount": 1,
    }


def test_from_a_figure_one_step_leads_to_the_events_that_prove_it(story: Served) -> None:
    (recall,) = findings(
        story,
        "{ codes: [PROMOTED_NOT_RETAINED] }",
        "found evidence(first: 2) { totalCount nodes { position type occurredOn } pageInfo { hasNextPage } }",
    )

    assert [it["type"] for it in recall["evidence"]["nodes"]] == [
        "InstructorAppointed",
        "InstructorPromotedButRetained",
    ]
    assert recall["evidence"]["totalCount"] == 3
    assert recall["evidence"]["pageInfo"]["hasNextPage"] is True


def test_the_number_found_is_the_number_of_check_ins_that_prove_it(lived: tuple[ReadSide, Served]) -> None:
    side, served = lived
    side.enter(*POSTED, *in_may(7))
    side.enter(voided(side.versions[PERSON], on=JUNE_10))
    side.project()

    (may,) = findings(served, '{ month: "2020-05" }', "found evidence { nodes { type } }")

    kinds = [it["type"] for it in may["evidence"]["nodes"]]
    assert may["found"] == kinds.count("InstructorCheckedIn") == 6


def test_a_finding_knows_since_when_it_could_have_been_known(story: Served) -> None:
    """The end of May 2020: the one check-in of it was entered and voided later, and changed nothing."""
    query = '{ month: "2020-05", knownFrom: "%s", knownTo: "2020-06-01T00:00:00+08:00" }'
    end_of_may = "2020-06-01T00:00:00+08:00"

    (may,) = findings(story, query % end_of_may, "knownSince knownAtPosition")
    assert may["knownSince"] == "2020-05-31T16:00:00+00:00"
    assert int(may["knownAtPosition"]) > 0
    assert findings(story, query % "2020-06-01T00:00:01+08:00") == []


def test_a_finding_stands_as_it_was_known(lived: tuple[ReadSide, Served]) -> None:
    side, served = lived
    enough = side.enter(*POSTED, *in_may(20))
    voiding = side.enter(voided(side.versions[PERSON], on=JUNE_10))
    enough_again = side.enter(checked_in(on=date(2020, 5, 21)), on=JUNE_10)
    side.project()
    query = (
        'query ($known: ID) { programme(asOf: "2020-06-15", knownAtPosition: $known) { '
        'findings(filter: { month: "2020-05" }) { nodes { found knownSince knownAtPosition } } } }'
    )
    known = {
        position: served.ask(query, known=str(position))["programme"]["findings"]["nodes"]
        for position in (enough, voiding, enough_again)
    }

    assert known[enough] == known[enough_again] == []
    assert known[voiding] == [
        {"found": 19, "knownSince": "2020-06-10T12:00:00+00:00", "knownAtPosition": str(voiding)}
    ]
