"""The register of corrections: both sides as GraphQL answers them, and what was voided without a request."""

from __future__ import annotations

from datetime import date
from typing import get_type_hints

import pytest

from api.reports.tables.corrections import CORRECTIONS, FIELDS, VOIDINGS
from domain.commands import Alteration
from domain.restating import COMMAND_OF, DAY
from domain.terms import Goal
from tests import facts
from tests.api.bearers import CHIEF
from tests.api.reports.looked import NOW, both, day, rows_of
from tests.api.server import Served
from tests.api.test_commands import NOMINATION, WHERE, recorded
from tests.api.test_corrections import OF_THE_AWARD, request, tell
from tests.projections.readside import ReadSide

SELECTION = """
corrections {
  nodes {
    state reason evidence requestedOn decidedOn decisionReason position
    alterations { field before after } village { name } original { occurredOn }
    event { actor { id organisation } } decision { actor { id organisation } }
  }
}
"""


@pytest.fixture
def disputed(served: Served) -> Served:
    """An award whose correction was asked for twice, then goals that were voided without being asked."""
    recorded(served, "nominateVillage", "2020-03-17", **NOMINATION)
    recorded(served, "approveVillage", "2020-03-17", **WHERE, year=2020)
    recorded(served, "payAward", "2021-01-20", **WHERE, year=2020, amount="200000")
    request(served)
    refusal = {"correctionId": str(OF_THE_AWARD), "reason": "金额无误"}
    tell(served, "rejectCorrection", "2021-01-23", CHIEF, **refusal)
    request(
        served, changes=[{"field": "amount", "value": "2"}, {"field": "occurred_on", "value": "2021-01-19"}]
    )
    tell(served, "approveCorrection", "2021-01-25", CHIEF, correctionId=str(OF_THE_AWARD))
    recorded(served, "assessGoals", "2020-12-20", **WHERE, year=2020, met=["SATISFIED_VILLAGERS"])
    recorded(served, "voidVillageEvent", "2021-01-26", **WHERE, version=6, reason="误")
    last = request(served, correctedVersion=5, changes=[])
    served.ask(f'{{ programme(waitFor: "{last["position"]}") {{ position }} }}')
    return served


def test_the_register_has_both_sides_of_every_field_as_graphql_answers_them(disputed: Served) -> None:
    rows, answer = both(disputed, CORRECTIONS, SELECTION, NOW)

    def who(event: dict[str, dict[str, str]] | None) -> str | None:
        return f"{event['actor']['organisation']} {event['actor']['id']}" if event else None

    zh = {"APPROVED": "准予更正", "REJECTED": "不予更正", "REQUESTED": "待审批"}
    said = [
        (
            zh[it["state"]],
            it["village"]["name"],
            day(it["original"]["occurredOn"]),
            FIELDS.get(one["field"]),
            one["before"],
            one["after"],
            it["reason"],
            it["evidence"],
            day(it["requestedOn"]),
            who(it["event"]),
            day(it["decidedOn"]),
            who(it["decision"]),
            it["decisionReason"],
            int(it["position"]),
        )
        for it in answer["corrections"]["nodes"]
        for one in it["alterations"] or [{"field": "", "before": None, "after": "作废"}]
    ]
    names = (
        *("state", "village", "day", "field", "before", "after", "reason", "evidence", "requested_on"),
        *("requested_by", "decided_on", "decided_by", "decision_reason", "position"),
    )
    assert [tuple(row.pick(names)) for row in rows] == said
    assert [row["state"] for row in rows] == ["不予更正", "准予更正", "准予更正", "待审批"]
    assert [row["number"] for row in rows] == [1, 2, 3, 4]
    assert {row["kind"] for row in rows} == {"拨付奖补"}
    assert [row.marked for row in rows] == [set(), set(), set(), {"state"}]


def test_what_was_voided_without_a_request_stands_apart(disputed: Served) -> None:
    rows, answer = both(disputed, VOIDINGS, "", NOW)
    (row,) = rows
    assert (row["kind"], row["road"], row["reason"]) == ("评定五大目标", "直接作废", "误")
    assert row["voided_by"] == "县委组织部 zzb-01"
    earlier = rows_of(disputed.county.conninfo, VOIDINGS, row["day"], int(answer["position"]))
    assert earlier == [], "a voiding of January is no voiding of December"


def test_stored_words_and_lists_are_written_as_officials_read_them(lived: tuple[ReadSide, Served]) -> None:
    side, served = lived
    scores = '[{"part": "考勤", "points": "91.5"}, {"part": "村民测评", "points": "100"}]'
    altered = (
        Alteration(field="met", before='["satisfied_villagers", "abler_cadres"]', after="[]"),
        Alteration(field="scores", before="[]", after=scores),
        Alteration(field="outside", before="true", after="false"),
        Alteration(field="grade", before="excellent", after="competent"),
        Alteration(field="place", before="true", after="[1]"),
    )
    for fact in (*facts.POSTED, facts.checked_in(), facts.correction_requested(*altered)):
        side.enter(fact)
    side.project()

    rows = rows_of(served.county.conninfo, CORRECTIONS, date(2020, 6, 1))
    assert [tuple(row.pick(("field", "before", "after"))) for row in rows] == [
        ("达标", f"{Goal.SATISFIED_VILLAGERS.zh}、{Goal.ABLER_CADRES.zh}", "无"),
        ("评分", "无", "考勤 91.5;村民测评 100"),
        ("范围外", "是", "否"),
        ("等次", "优秀", "称职"),
        ("地点", "true", "[1]"),
    ]


def test_every_field_that_can_be_corrected_has_a_name_on_paper() -> None:
    fields = {name for kind in COMMAND_OF.values() for name in get_type_hints(kind)}
    own = {"zh", "offices", "instructor_id", "village_id"}
    assert set(FIELDS) == (fields - own) | {DAY}
