"""The log of events: every type, every filter."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from strawberry.utils.str_converters import to_camel_case

from api.types.events import EVENTS, TYPE_NAMES, current
from domain.events import EVENT_TYPES
from domain.root import Event
from tests import facts
from tests.api.selections import everything
from tests.api.server import Served
from tests.scenario import PERSON, VILLAGE, Fact


def shown(value: Any) -> Any:
    """Return a domain value as GraphQL shows it."""
    if isinstance(value, StrEnum):
        return value.name
    if isinstance(value, (UUID, Decimal)):
        return str(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, tuple):
        return [shown(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {to_camel_case(it.name): shown(getattr(value, it.name)) for it in fields(value)}
    return value


def without_names(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_names(item) for key, item in value.items() if key != "__typename"}
    return [without_names(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("fact", facts.ONE_OF_EACH, ids=lambda fact: fact.kind.TOPIC)
def test_every_event_is_shown_with_all_it_says(one_of_each: Served, fact: Fact) -> None:
    name = TYPE_NAMES[fact.kind.TOPIC]

    (event,) = one_of_each.ask(
        f"{{ events(filter: {{ types: [{name}] }}) "
        f"{{ nodes {{ ... on {name} {{ {everything(name, 2)} }} }} }} }}"
    )["events"]["nodes"]

    said = {to_camel_case(key): shown(value) for key, value in fact.fields.items()}
    if fact.kind.SEALED:
        said[fact.kind.SEALED] = None  # the person was forgotten further on
    assert event["__typename"] == name
    assert {key: without_names(event[key]) for key in said} == said
    assert event["occurredOn"] == fact.on.isoformat()
    assert event["aggregateId"] == str(fact.whose)
    assert event["actor"]["role"] == fact.role.name


def test_a_form_is_shown_with_all_it_says(story: Served) -> None:
    (event,) = story.ask(
        "{ events(filter: {types: [InstructorNominated]}) "
        f"{{ nodes {{ ... on InstructorNominated {{ form {{ {everything('Form', 1)} }} }} }} }} }}"
    )["events"]["nodes"]

    assert without_names(event["form"]) == {**shown(facts.FORM), "bornMonth": "1990-06"}


def test_there_is_a_graphql_type_for_every_event() -> None:
    assert len(EVENTS) == len(EVENT_TYPES) == len({*TYPE_NAMES.values()})
    assert {fact.kind.TOPIC for fact in facts.ONE_OF_EACH} == set(EVENT_TYPES)


def test_what_is_common_to_all_events_is_asked_of_their_interface(story: Served) -> None:
    events = story.ask(f"{{ events(first: 3) {{ position nodes {{ {everything('AuditEvent', 1)} }} }} }}")[
        "events"
    ]

    assert [event["position"] for event in events["nodes"]] == ["1", "2", "3"]
    assert events["nodes"][0]["aggregate"] == "VILLAGE"
    assert int(events["position"]) > 3


def test_a_voided_event_says_by_which_it_was_voided(story: Served) -> None:
    query = """
    query ($voided: Boolean) {
      events(filter: { voided: $voided }) { totalCount nodes { position type voidedBy } }
    }
    """
    (event,) = story.ask(query, voided=True)["events"]["nodes"]
    (voiding,) = story.ask(
        f'{{ node(id: "{event["voidedBy"]}") {{ __typename ... on InstructorVoided {{ voidedVersion }} }} }}'
    ).values()

    assert event["type"] == "InstructorCheckedIn"
    assert voiding["__typename"] == "InstructorVoided"
    assert (
        story.ask(query)["events"]["totalCount"] == 1 + story.ask(query, voided=False)["events"]["totalCount"]
    )


KINDS = {"InstructorVoided", "VillageApproved"}
FILTERS: list[tuple[dict[str, Any], Callable[[dict[str, Any]], bool]]] = [
    ({"aggregateId": str(PERSON)}, lambda it: it["aggregateId"] == str(PERSON)),
    ({"aggregate": "VILLAGE"}, lambda it: it["aggregate"] == "VILLAGE"),
    ({"types": ["InstructorVoided", "VillageApproved"]}, lambda it: it["type"] in KINDS),
    ({"instructorId": str(PERSON)}, lambda it: it["instructorId"] == str(PERSON)),
    ({"villageId": str(VILLAGE)}, lambda it: it["villageId"] == str(VILLAGE)),
    ({"actorRole": "ORGANISATION_DEPARTMENT"}, lambda it: it["actor"]["role"] == "ORGANISATION_DEPARTMENT"),
    ({"actorId": "nobody"}, lambda _: False),
    ({"actorOrganisation": "nowhere"}, lambda _: False),
    ({"occurredFrom": "2020-04-10"}, lambda it: it["occurredOn"] >= "2020-04-10"),
    ({"occurredTo": "2020-05-03"}, lambda it: it["occurredOn"] <= "2020-05-03"),
    ({"recordedFrom": "2020-06-10T00:00:00Z"}, lambda it: it["recordedAt"] >= "2020-06-10"),
    ({"recordedTo": "2020-12-31T00:00:00Z"}, lambda it: it["recordedAt"] <= "2020-12-31"),
    ({"daysLateAtLeast": 30}, lambda it: it["daysLate"] >= 30),
    ({"voided": True}, lambda it: it["voided"]),
    ({"commandId": str(UUID(int=3))}, lambda it: it["commandId"] == str(UUID(int=3))),
    ({"aggregate": "INSTRUCTOR", "voided": True}, lambda it: it["voided"]),
]


@pytest.mark.parametrize(("filter_", "condition"), FILTERS, ids=[str(filter_) for filter_, _ in FILTERS])
def test_events_are_filtered(
    story: Served, filter_: dict[str, Any], condition: Callable[[dict[str, Any]], bool]
) -> None:
    query = """
    query ($filter: EventFilter) {
      events(first: 500, filter: $filter) {
        totalCount
        nodes {
          aggregateId aggregate type instructorId villageId actor { role }
          occurredOn recordedAt daysLate voided commandId
        }
      }
    }
    """
    everyone = story.ask(query)["events"]["nodes"]

    found = story.ask(query, filter=filter_)["events"]

    assert found["nodes"] == [event for event in everyone if condition(event)]
    assert found["totalCount"] == len(found["nodes"])


def test_an_event_stored_in_an_older_shape_is_shown_in_the_present_one() -> None:
    class Renamed(Event):
        """改名。An event whose field got another name twice."""

        TOPIC = "Test.Renamed"
        class_version = 3

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> None:
            state["better"] = state.pop("good")

        @staticmethod
        def upcast_v2_v3(state: dict[str, Any]) -> None:
            state["best"] = state.pop("better")

    for state in ({"good": 1}, {"better": 1, "class_version": 2}, {"best": 1, "class_version": 3}):
        assert current(Renamed, dict(state)) == {"best": 1, "class_version": 3}


def test_names_of_event_types_are_made_of_their_stored_names() -> None:
    assert TYPE_NAMES["Instructor.CheckedIn"] == "InstructorCheckedIn"
    made = re.compile(r"(Instructor|Village|Import|Correction|Remark|Disclosure)[A-Z][A-Za-z]+")
    assert all(made.fullmatch(name) for name in TYPE_NAMES.values())
