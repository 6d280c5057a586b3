"""Corrections over GraphQL: asked for, decided by somebody else, both sides answered on both clocks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from api.access.principal import Principal
from domain.ids import correction_id
from tests import facts
from tests.api.bearers import CHIEF, FINANCE
from tests.api.server import Served
from tests.api.test_commands import NOMINATION, WHERE, recorded, refused
from tests.projections.readside import ReadSide
from tests.scenario import CORRECTION, PERSON, VILLAGE

OF_THE_AWARD = correction_id(VILLAGE, 3)
REQUEST: dict[str, Any] = {
    "correctedId": str(VILLAGE),
    "correctedVersion": 3,
    "reason": "金额多录一位",
    "evidence": "湘财行〔2021〕3号",
    "changes": [{"field": "amount", "value": "20000"}],
}
ASK = """
query ($position: ID, $filter: CorrectionFilter) {
  programme(knownAtPosition: $position) {
    corrections(filter: $filter) {
      totalCount
      nodes {
        correctionId state reason evidence requestedOn decidedOn decisionReason
        alterations { field before after }
        village { code } instructor { id }
        original { version voided ... on VillageAwardPaid { amount } }
        recorded { version voided basis ... on VillageAwardPaid { amount } }
        decision { type actor { id } }
        event { type actor { id role } villageId instructorId }
      }
    }
    village(code: "430624105201") { awards { amount } }
  }
}
"""


def tell(served: Served, verb: str, on: str, who: Principal, /, **content: Any) -> Any:
    """Give a command in an office, and return its result."""
    name = verb[0].upper() + verb[1:]
    command_id = content.pop("commandId", str(uuid4()))
    return served.as_(who).ask(
        f"mutation ($input: {name}Input!) {{ result: {verb}(input: $input) {{ __typename "
        "... on Recorded { position aggregateId repeated events { __typename villageId instructorId } } "
        "... on Refusal { code messageZh } } }",
        input={**content, "entry": {"commandId": command_id, "occurredOn": on}},
    )["result"]


@pytest.fixture
def paid(served: Served) -> Served:
    """A village whose award was entered with a nought too many."""
    recorded(served, "nominateVillage", "2020-03-17", **NOMINATION)
    recorded(served, "approveVillage", "2020-03-17", **WHERE, year=2020)
    recorded(served, "payAward", "2021-01-20", **WHERE, year=2020, amount="200000")
    return served


def request(served: Served, **content: Any) -> Any:
    return tell(served, "requestCorrection", "2021-01-22", FINANCE, **REQUEST | content)


def ask(served: Served, position: str | None = None, **filtered: Any) -> Any:
    wait = "" if position is None else f'waitFor: "{position}"'
    if wait:
        served.ask(f"{{ programme({wait}) {{ position }} }}")
    return served.ask(ASK, position=position, filter=filtered or None)["programme"]


def test_a_correction_stands_with_both_sides_on_both_clocks(paid: Served) -> None:
    asked = request(paid)
    decided = tell(paid, "approveCorrection", "2021-01-25", CHIEF, correctionId=str(OF_THE_AWARD))

    assert asked["aggregateId"] == decided["aggregateId"] == str(OF_THE_AWARD)
    assert asked["events"] == [
        {"__typename": "CorrectionRequested", "villageId": str(VILLAGE), "instructorId": None}
    ]
    assert [it["__typename"] for it in decided["events"]] == [
        "CorrectionApproved",
        "VillageVoided",
        "VillageAwardPaid",
    ]
    now, before = ask(paid, decided["position"]), ask(paid, asked["position"])
    (approved,), (waiting,) = now["corrections"]["nodes"], before["corrections"]["nodes"]
    assert approved == {
        "correctionId": str(OF_THE_AWARD),
        "state": "APPROVED",
        "reason": "金额多录一位",
        "evidence": "湘财行〔2021〕3号",
        "requestedOn": "2021-01-22",
        "decidedOn": "2021-01-25",
        "decisionReason": None,
        "alterations": [{"field": "amount", "before": "200000", "after": "20000"}],
        "village": {"code": "430624105201"},
        "instructor": None,
        "original": {"version": 3, "voided": True, "amount": "200000"},
        "recorded": {"version": 5, "voided": False, "basis": "湘财行〔2021〕3号", "amount": "20000"},
        "decision": {"type": "CorrectionApproved", "actor": {"id": "zzb-02"}},
        "event": {
            "type": "CorrectionRequested",
            "actor": {"id": "czj-07", "role": "FINANCE_BUREAU"},
            "villageId": str(VILLAGE),
            "instructorId": None,
        },
    }
    assert (waiting["state"], waiting["decision"], waiting["recorded"]) == ("REQUESTED", None, None)
    assert waiting["original"]["voided"] is False
    assert [it["village"]["awards"] for it in (before, now)] == [
        [{"amount": "200000"}],
        [{"amount": "20000"}],
    ]


def test_a_rejected_request_says_why_and_may_be_made_again(paid: Served) -> None:
    request(paid)
    rejected = tell(
        paid, "rejectCorrection", "2021-01-25", CHIEF, correctionId=str(OF_THE_AWARD), reason="金额无误"
    )
    again = request(paid, evidence="湘财行〔2021〕4号")

    first, second = ask(paid, again["position"])["corrections"]["nodes"]
    assert [it["__typename"] for it in rejected["events"]] == ["CorrectionRejected"]
    assert (first["state"], first["decisionReason"]) == ("REJECTED", "金额无误")
    assert (second["state"], second["evidence"]) == ("REQUESTED", "湘财行〔2021〕4号")
    waiting = ask(paid, again["position"], states=["REQUESTED"], villageId=str(VILLAGE))
    assert waiting["corrections"]["nodes"] == [second]
    assert ask(paid, again["position"], instructorId=str(PERSON))["corrections"]["totalCount"] == 0


def test_a_step_that_is_repeated_is_answered_as_the_first_time_and_is_made_once(paid: Served) -> None:
    steps: list[tuple[str, str, Principal, dict[str, Any]]] = [
        ("requestCorrection", "2021-01-22", FINANCE, REQUEST),
        ("rejectCorrection", "2021-01-23", CHIEF, {"correctionId": str(OF_THE_AWARD), "reason": "金额无误"}),
        ("requestCorrection", "2021-01-24", FINANCE, REQUEST),
        ("approveCorrection", "2021-01-25", CHIEF, {"correctionId": str(OF_THE_AWARD)}),
    ]
    given = [(verb, on, who, {**content, "commandId": str(uuid4())}) for verb, on, who, content in steps]
    first = [tell(paid, verb, on, who, **content) for verb, on, who, content in given]
    again = [tell(paid, verb, on, who, **content) for verb, on, who, content in given]

    assert [it["__typename"] for it in first] == ["Recorded"] * 4
    assert again == [it | {"repeated": True} for it in first]
    anew = [tell(paid, verb, on, who, **content)["code"] for verb, on, who, content in steps]
    assert anew == ["ALREADY_VOIDED", "NO_CORRECTION_REQUESTED"] * 2


def test_of_two_who_decide_at_once_one_does(paid: Served) -> None:
    request(paid)

    def approve(_: int) -> Any:
        return tell(paid, "approveCorrection", "2021-01-25", CHIEF, correctionId=str(OF_THE_AWARD))

    paid.as_(CHIEF)  # one client for all four
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(approve, range(4)))
    (done,) = (it for it in results if it["__typename"] == "Recorded")
    # Whoever read the request before the other decided, and the village after, finds the award void.
    assert {it["code"] for it in results if it is not done} <= {"NO_CORRECTION_REQUESTED", "ALREADY_VOIDED"}
    assert ask(paid, done["position"])["village"]["awards"] == [{"amount": "20000"}]


def test_whoever_asked_cannot_approve_and_a_field_that_cannot_be_read_is_told(paid: Served) -> None:
    wrong = request(paid, changes=[{"field": "amount", "value": "两万"}])
    assert (wrong["code"], "如91.5" in wrong["messageZh"]) == ("INVALID_VALUE", True)
    request(paid)
    own = tell(
        paid,
        "approveCorrection",
        "2021-01-25",
        replace(CHIEF, id=FINANCE.id),
        correctionId=str(OF_THE_AWARD),
    )
    assert own["code"] == "CORRECTION_BY_THE_SAME_HAND"
    assert (
        refused(paid, "rejectCorrection", "2021-01-25", correctionId=str(uuid4()), reason="无")
        == "NO_CORRECTION_REQUESTED"
    )


def test_corrections_are_in_the_events_of_whom_they_are_about_and_are_no_late_entries(
    lived: tuple[ReadSide, Served],
) -> None:
    side, served = lived
    history = (*facts.POSTED, facts.checked_in(), facts.correction_requested(*facts.ALTERATIONS))
    for fact in history:
        side.enter(fact)
    side.project()

    answer = served.ask(
        """
        query ($who: UUID!) {
          events(filter: {instructorId: $who, types: [CorrectionRequested]}) { nodes { aggregateId } }
          programme {
            backdating(by: PERSON) { events }
            corrections(filter: {types: [InstructorCheckedIn]}) {
              nodes { instructor { id } original { type } }
            }
          }
        }
        """,
        who=str(PERSON),
    )

    assert answer["events"]["nodes"] == [{"aggregateId": str(CORRECTION)}]
    assert answer["programme"]["backdating"] == [{"events": 5}]
    assert answer["programme"]["corrections"]["nodes"] == [
        {"instructor": {"id": str(PERSON)}, "original": {"type": "InstructorCheckedIn"}}
    ]
