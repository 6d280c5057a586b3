"""Remarks over GraphQL: made by an auditor, answered by the department, settled, and shown to no one else."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from api.access.principal import PUBLIC, Principal
from domain.ids import remark_id
from tests.api.bearers import AUDITOR, CHIEF, DEPARTMENT, FINANCE, TOWNSHIP
from tests.api.server import Served
from tests.api.test_commands import NOMINATION, WHERE, recorded
from tests.api.test_corrections import tell
from tests.scenario import VILLAGE

OF_THE_AWARD = remark_id(VILLAGE, 3)
REMARK: dict[str, Any] = {
    "aboutId": str(VILLAGE),
    "aboutVersion": 3,
    "flagged": True,
    "text": "奖补早于年度考核",
}
ASK = """
query ($position: ID, $asOf: Date, $filter: RemarkFilter) {
  programme(knownAtPosition: $position, asOf: $asOf) {
    remarks(filter: $filter) {
      totalCount
      nodes {
        remarkId state flagged text madeOn answer answeredOn settlement settledOn
        village { code } instructor { id }
        about { type version voided ... on VillageAwardPaid { amount } }
        event { type actor { id role } villageId ... on RemarkMade { aboutId flagged } }
        answered { type actor { id } ... on RemarkAnswered { text } }
        settled { type actor { id } ... on RemarkSettled { text } }
      }
    }
    village(code: "430624105201") { awards { amount } }
  }
}
"""


@pytest.fixture
def paid(served: Served) -> Served:
    """A village with an award on record."""
    recorded(served, "nominateVillage", "2020-03-17", **NOMINATION)
    recorded(served, "approveVillage", "2020-03-17", **WHERE, year=2020)
    recorded(served, "payAward", "2021-01-20", **WHERE, year=2020, amount="20000")
    return served


def make(served: Served, who: Principal = AUDITOR, **content: Any) -> Any:
    return tell(served, "makeRemark", "2021-02-01", who, **REMARK | content)


def answer(served: Served, who: Principal = CHIEF, text: str = "经费年初预拨") -> Any:
    return tell(served, "answerRemark", "2021-02-03", who, remarkId=str(OF_THE_AWARD), text=text)


def settle(served: Served, who: Principal = AUDITOR) -> Any:
    return tell(served, "settleRemark", "2021-02-05", who, remarkId=str(OF_THE_AWARD), text="说明属实")


def ask(
    served: Served, position: str, who: Principal = DEPARTMENT, as_of: str | None = None, **by: Any
) -> Any:
    asker = served.as_(who)
    asker.ask(f'{{ programme(waitFor: "{position}") {{ position }} }}')
    return asker.ask(ASK, position=position, asOf=as_of, filter=by or None)["programme"]


def test_a_remark_stands_with_its_event_and_what_came_of_it_on_both_clocks(paid: Served) -> None:
    made, answered, settled = make(paid), answer(paid), settle(paid)

    assert {it["aggregateId"] for it in (made, answered, settled)} == {str(OF_THE_AWARD)}
    assert made["events"] == [{"__typename": "RemarkMade", "villageId": None, "instructorId": None}]
    now, before = ask(paid, settled["position"]), ask(paid, made["position"])
    (closed,), (waiting,) = now["remarks"]["nodes"], before["remarks"]["nodes"]
    assert closed == {
        "remarkId": str(OF_THE_AWARD),
        "state": "SETTLED",
        "flagged": True,
        "text": "奖补早于年度考核",
        "madeOn": "2021-02-01",
        "answer": "经费年初预拨",
        "answeredOn": "2021-02-03",
        "settlement": "说明属实",
        "settledOn": "2021-02-05",
        "village": {"code": "430624105201"},
        "instructor": None,
        "about": {"type": "VillageAwardPaid", "version": 3, "voided": False, "amount": "20000"},
        "event": {
            "type": "RemarkMade",
            "actor": {"id": AUDITOR.id, "role": "AUDITOR"},
            "villageId": None,
            "aboutId": str(VILLAGE),
            "flagged": True,
        },
        "answered": {"type": "RemarkAnswered", "actor": {"id": CHIEF.id}, "text": "经费年初预拨"},
        "settled": {"type": "RemarkSettled", "actor": {"id": AUDITOR.id}, "text": "说明属实"},
    }
    assert (waiting["state"], waiting["answer"], waiting["settled"]) == ("MADE", None, None)
    assert now["village"] == before["village"] == {"awards": [{"amount": "20000"}]}
    (then,) = ask(paid, settled["position"], as_of="2021-02-04")["remarks"]["nodes"]
    assert (then["state"], then["settledOn"]) == ("ANSWERED", None)


def test_a_later_remark_on_the_same_event_has_an_answer_of_its_own(paid: Served) -> None:
    make(paid)
    answer(paid)
    settle(paid)
    tell(paid, "makeRemark", "2021-02-06", AUDITOR, **REMARK | {"flagged": False, "text": "另请说明"})
    last = tell(paid, "answerRemark", "2021-02-07", CHIEF, remarkId=str(OF_THE_AWARD), text="另有批复")

    first, second = ask(paid, last["position"])["remarks"]["nodes"]
    assert (first["text"], first["answer"], first["state"]) == ("奖补早于年度考核", "经费年初预拨", "SETTLED")
    assert (second["text"], second["answer"], second["state"]) == ("另请说明", "另有批复", "ANSWERED")
    for by, found in (
        ({"states": ["ANSWERED"]}, [second]),
        ({"flagged": True}, [first]),
        ({"aboutId": str(VILLAGE), "aboutVersion": 3, "villageId": str(VILLAGE)}, [first, second]),
        ({"remarkId": str(OF_THE_AWARD), "types": ["VillageAwardPaid"]}, [first, second]),
        ({"aboutVersion": 2}, []),
        ({"instructorId": str(VILLAGE)}, []),
    ):
        assert ask(paid, last["position"], **by)["remarks"]["nodes"] == found, by


def test_an_answer_is_repeated_without_a_trace_and_a_step_that_makes_no_sense_is_told_why(
    paid: Served,
) -> None:
    nothing = answer(paid)
    assert nothing["code"] == "NO_SUCH_REMARK"
    assert make(paid, aboutVersion=9)["code"] == "NO_SUCH_EVENT"
    assert make(paid, text=" ")["code"] == "INVALID_VALUE"
    command = str(uuid4())
    first, again = (make(paid, commandId=command) for _ in range(2))
    assert again == first | {"repeated": True}
    assert make(paid, text="又一意见")["code"] == "FLAG_STILL_OPEN"
    assert make(paid, aboutId=str(OF_THE_AWARD), aboutVersion=1)["code"] == "REMARK_ON_A_REMARK"
    assert answer(paid)["events"]
    assert not answer(paid)["events"]
    settle(paid)
    assert settle(paid)["code"] == answer(paid)["code"] == "REMARK_ALREADY_SETTLED"


def test_the_auditor_alone_remarks_and_settles_and_the_department_alone_answers(paid: Served) -> None:
    for who in (DEPARTMENT, FINANCE, TOWNSHIP):
        assert make(paid, who)["code"] == "NOT_YOUR_OFFICE"
    make(paid)
    assert answer(paid, AUDITOR)["code"] == settle(paid, CHIEF)["code"] == "NOT_YOUR_OFFICE"
    assert make(paid, PUBLIC)["code"] == "NOT_SIGNED_IN"


def test_remarks_are_seen_by_the_department_and_the_auditor_alone(paid: Served) -> None:
    made = make(paid)
    for who, seen in ((DEPARTMENT, 1), (AUDITOR, 1), (TOWNSHIP, 0)):
        assert ask(paid, made["position"], who)["remarks"]["totalCount"] == seen
        events = paid.as_(who).ask("{ events(filter: {aggregate: REMARK}) { totalCount } }")["events"]
        assert events["totalCount"] == seen
    for who in (FINANCE, PUBLIC):
        error = paid.as_(who).error("{ programme { remarks { totalCount } } }")
        assert error["extensions"]["code"] in {"NOT_YOUR_OFFICE", "NOT_SIGNED_IN"}
    told = paid.as_(TOWNSHIP).ask(
        '{ programme { changes(sinceKnownAtPosition: "0") { totalCount } village(code: "430624105201") '
        "{ history { totalCount } } } }"
    )["programme"]
    assert told == {"changes": {"totalCount": 3}, "village": {"history": {"totalCount": 3}}}
