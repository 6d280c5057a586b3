"""Every figure that is stated has the events behind it one step away, and they come to the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLObjectType, get_named_type
from strawberry.utils.str_converters import to_camel_case

from tests.api.selections import TYPES
from tests.api.server import Served

EVENTS = """
totalCount nodes {
  position type voided occurredOn instructorId villageId
  ... on InstructorHouseholdVisited { household }
  ... on VillageHouseholdsRegistered { households { code category } }
  ... on VillageHouseholdRemoved { household }
  ... on InstructorAppraised { grade }
  ... on VillageApproved { year }
}
"""
WAYS = {
    "Instructor": "instructors { nodes { rows: __typename %s } }",
    "Attendance": "instructors { nodes { rows: attendance { %s } } }",
    "Coverage": "instructors { nodes { rows: coverage { %s } } }",
    "Village": "villages { nodes { rows: __typename %s } }",
    "Township": "townships { rows: __typename %s }",
}


def figures(owner: str) -> list[str]:
    kind = TYPES[owner]
    assert isinstance(kind, GraphQLObjectType)
    vocabulary = get_named_type(kind.fields["evidence"].args["figure"].type)
    assert isinstance(vocabulary, GraphQLEnumType)
    return list(vocabulary.values)


def every_figure() -> list[tuple[str, str]]:
    return [(owner, figure) for owner in WAYS for figure in figures(owner)]


def count(events: list[dict[str, Any]]) -> int:
    return len(events)


def households(events: list[dict[str, Any]]) -> int:
    return len({(it["villageId"], it["household"]) for it in events})


def entries(events: list[dict[str, Any]]) -> list[str]:
    found: dict[tuple[str, str], str] = {}
    for it in events:
        if it["type"] == "VillageHouseholdsRegistered":
            found |= {(it["villageId"], new["code"]): new["category"] for new in it["households"]}
        else:
            del found[it["villageId"], it["household"]]
    return list(found.values())


def register(events: list[dict[str, Any]]) -> int:
    return len(entries(events))


def poor(events: list[dict[str, Any]]) -> int:
    return entries(events).count("REGISTERED_POOR")


def grade(events: list[dict[str, Any]]) -> str | None:
    return events[0]["grade"] if events else None


def years(events: list[dict[str, Any]]) -> list[int]:
    return [it["year"] for it in events]


def villages(events: list[dict[str, Any]]) -> int:
    return len({it["villageId"] for it in events})


def months(events: list[dict[str, Any]]) -> int:
    return len({(it["instructorId"], it["villageId"], it["occurredOn"][:7]) for it in events})


COMES_TO: dict[str, Callable[[list[dict[str, Any]]], Any]] = {
    "HOUSEHOLDS": register,
    "HOUSEHOLD_COUNT": register,
    "REGISTERED_POOR": poor,
    "HOUSEHOLDS_VISITED": households,
    "VISITED": households,
    "VISITED_BY_DEADLINE": households,
    "REGISTERED_POOR_VISITED": households,
    "REGISTERED_POOR_VISITED_BY_DEADLINE": households,
    "LATEST_GRADE": grade,
    "APPROVED_YEARS": years,
    "VILLAGE_COUNT": villages,
    "APPROVED_VILLAGES": villages,
    "WEAK_OR_LAGGING": villages,
    "FULL_MONTHS": months,
    "SHORT_MONTHS": months,
}
"""What the evidence of a figure comes to; all others are counted."""


def bear_out(figure: str, stated: Any, events: list[dict[str, Any]]) -> bool:
    """Tell whether events come to what is stated; a month without any check-in has none, leave has days."""
    come_to = (COMES_TO.get(figure) or count)(events)
    if figure in {"FULL_MONTHS", "SHORT_MONTHS"}:
        return bool(come_to <= stated)
    if figure == "LEAVE_DAYS":
        return bool(come_to) == bool(stated)
    return bool(come_to == stated)


@pytest.mark.parametrize("as_of", ["2020-05-15", "2021-12-31"])
@pytest.mark.parametrize("county", ["story", "demo"])
@pytest.mark.parametrize(("owner", "figure"), every_figure())
def test_a_figure_is_what_its_evidence_comes_to(
    request: pytest.FixtureRequest, county: str, owner: str, figure: str, as_of: str
) -> None:
    served: Served = request.getfixturevalue(county)
    stated = to_camel_case(figure.lower())
    fields = f"stated: {stated} evidence(figure: {figure}, first: 500) {{ {EVENTS} }}"

    answer = served.ask(f'{{ programme(asOf: "{as_of}") {{ {WAYS[owner] % fields} }} }}')["programme"]

    (found,) = answer.values()
    rows = found["nodes"] if isinstance(found, dict) else found
    rows = [row for it in rows for row in (it["rows"] if isinstance(it["rows"], list) else [it])]
    assert rows
    for row in rows:
        events = row["evidence"]["nodes"]
        assert row["evidence"]["totalCount"] == len(events)
        assert not any(event["voided"] for event in events)
        assert all(event["occurredOn"] <= as_of for event in events)
        assert bear_out(figure, row["stated"], events), (row["stated"], events)


def test_evidence_comes_in_pages_in_the_order_of_the_log(story: Served) -> None:
    query = (
        'query ($after: String) { programme(asOf: "2020-05-31") { instructor(staffNumber: "XY-0001") {'
        " evidence(figure: DAYS_PRESENT, first: 8, after: $after) {"
        " nodes { position } pageInfo { hasNextPage endCursor } } } } }"
    )
    positions: list[int] = []
    page: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    while page["hasNextPage"]:
        answer = story.ask(query, after=page["endCursor"])["programme"]["instructor"]["evidence"]
        positions += [int(event["position"]) for event in answer["nodes"]]
        page = answer["pageInfo"]

    assert positions == sorted(set(positions))
    assert len(positions) == 20


def test_a_fact_leads_to_its_own_event(story: Served) -> None:
    answer = story.ask(
        '{ programme(asOf: "2021-12-31") { instructor(staffNumber: "XY-0001") {'
        " checkIns(first: 1) { nodes { day event { type occurredOn actor { organisation } } } }"
        " postings { since event { type occurredOn } } } } }"
    )["programme"]["instructor"]

    (check_in,), (posting,) = answer["checkIns"]["nodes"], answer["postings"]
    assert check_in["event"]["type"] == "InstructorCheckedIn"
    assert check_in["event"]["occurredOn"] == check_in["day"]
    assert check_in["event"]["actor"]["organisation"]
    assert posting["event"] == {"type": "InstructorAppointed", "occurredOn": posting["since"]}
