"""Filters, cursors and ids of others: whatever is asked for, nothing is found but what is seen anyway."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

import pytest

from api.access.principal import OPERATOR, Principal
from api.types.declare import FILTERS
from tests.api.access.conftest import Life
from tests.api.access.looking import Look, instructor, township

Row = dict[str, Any]
WHO: Final = {"a township": township("430624105"), "an instructor": instructor("XY-0")}


class Rule(NamedTuple):
    """A filter by hand.

    Attributes:
        look: returns what it looks at in a row.
        holds: tells whether that, which is not null, is what a value asks for.
        listed: whether a value is a list.
    """

    look: Callable[[Row], Any]
    holds: Callable[[Any, Any], bool]
    listed: bool = False


def _at(path: str) -> Callable[[Row], Any]:
    def look(row: Any) -> Any:
        for name in path.split("."):
            row = None if row is None else row[name]
        return row

    return look


def _is(path: str) -> Rule:
    return Rule(_at(path), lambda there, value: there == value)


def _among(path: str) -> Rule:
    return Rule(_at(path), lambda there, value: there in value, listed=True)


def _has(path: str) -> Rule:
    return Rule(_at(path), lambda there, value: value in there)


def _from(path: str) -> Rule:
    return Rule(_at(path), lambda there, value: there >= value)


def _to(path: str) -> Rule:
    return Rule(_at(path), lambda there, value: there <= value)


class Narrowed(NamedTuple):
    """A page that a filter narrows.

    Attributes:
        filter: the filter's name.
        rows: what is asked of its rows.
        rules: the filter's conditions.
        told: what the page has to be told besides.
    """

    filter: str
    rows: str
    rules: Mapping[str, Rule]
    told: str = ""


PAGES: Final = {
    "events": Narrowed(
        "EventFilter",
        "position aggregateId aggregate type actor { id role organisation } instructorId villageId commandId "
        "occurredOn recordedAt daysLate voided",
        {
            **{it: _is(it) for it in ("aggregateId", "aggregate", "instructorId", "villageId", "commandId")},
            "actorId": _is("actor.id"),
            "actorRole": _is("actor.role"),
            "types": _among("type"),
            "actorOrganisation": _is("actor.organisation"),
            "voided": _is("voided"),
            "occurredFrom": _from("occurredOn"),
            "occurredTo": _to("occurredOn"),
            "recordedFrom": _from("recordedAt"),
            "recordedTo": _to("recordedAt"),
            "daysLateAtLeast": _from("daysLate"),
        },
    ),
    "villages": Narrowed(
        "VillageFilter",
        "code name kind review weakOrLagging approvedYears vacantSince township { code }",
        {
            **{it: _is(it) for it in ("kind", "review", "weakOrLagging")},
            "townshipCode": _is("township.code"),
            "approvedYear": _has("approvedYears"),
            "vacant": Rule(lambda row: row["vacantSince"] is not None, lambda there, value: there == value),
            "name": _has("name"),
        },
    ),
    "instructors": Narrowed(
        "InstructorFilter",
        "staffNumber name batchYear stage sendingUnit village { id township { code } }",
        {
            "batchYear": _is("batchYear"),
            "sendingUnit": _is("sendingUnit"),
            "stage": _among("stage"),
            "townshipCode": _is("village.township.code"),
            "villageId": _is("village.id"),
            "name": _has("name"),
        },
    ),
    "findings": Narrowed(
        "FindingFilter",
        "key code batchYear since knownSince from to instructor { id sendingUnit } "
        "village { id township { code } }",
        {
            "codes": _among("code"),
            "batchYear": _is("batchYear"),
            "villageId": _is("village.id"),
            "townshipCode": _is("village.township.code"),
            "instructorId": _is("instructor.id"),
            "sendingUnit": _is("instructor.sendingUnit"),
            "month": Rule(
                lambda row: row["from"][:7] if row["from"][:7] == row["to"][:7] else None,
                lambda there, value: there == value,
            ),
            "sinceFrom": _from("since"),
            "sinceTo": _to("since"),
            "knownFrom": _from("knownSince"),
            "knownTo": _to("knownSince"),
        },
    ),
    "changes": Narrowed(
        "ChangeFilter",
        "movedAt position kind daysLate event { type actor { id role organisation } } "
        "village { township { code } }",
        {
            "kinds": _among("kind"),
            "types": _among("event.type"),
            "daysLateAtLeast": _from("daysLate"),
            "actorId": _is("event.actor.id"),
            "actorRole": _is("event.actor.role"),
            "actorOrganisation": _is("event.actor.organisation"),
            "townshipCode": _is("village.township.code"),
        },
        'sinceKnownAtPosition: "0"',
    ),
    "corrections": Narrowed(
        "CorrectionFilter",
        "position correctionId state instructor { id } village { id } original { type aggregateId version }",
        {
            "states": _among("state"),
            "types": _among("original.type"),
            "instructorId": _is("instructor.id"),
            "villageId": _is("village.id"),
            "correctedId": _is("original.aggregateId"),
            "correctedVersion": _is("original.version"),
            "correctionId": _is("correctionId"),
        },
    ),
}


NARROWED: Final = "totalCount pageInfo { hasPreviousPage } edges { cursor }"
"""What is asked of a page that is narrowed: a cursor names its row."""


def _asked(life: Life, who: Principal, name: str, selection: str, *variables: Row) -> list[Row]:
    """Return what somebody is answered about a page, for each filter or cursor."""
    page = PAGES[name]
    asked = f"found: {name}(filter: $filter, after: $after, first: 500 {page.told}) {{ {selection} }}"
    within = asked if name == "events" else f"programme {{ {asked} }}"
    query = f"query ($filter: {page.filter}, $after: String) {{ {within} }}"
    answers = Look(life.served, who).answers(*((query, it) for it in variables))
    return [it.get("programme", it)["found"] for it in answers]


def _rows(life: Life, who: Principal, name: str) -> dict[str, Row]:
    """Return what somebody sees of a page that nothing narrows, by cursor."""
    (found,) = _asked(life, who, name, f"edges {{ cursor node {{ {PAGES[name].rows} }} }}", {})
    return {it["cursor"]: it["node"] for it in found["edges"]}


def _cursors(found: Row) -> list[str]:
    return [it["cursor"] for it in found["edges"]]


def _values(rule: Rule, rows: Iterable[Row]) -> list[Any]:
    """Return what a filter may be asked for: the least and the greatest that the county's rows have."""
    there = [it for row in rows if (it := rule.look(row)) is not None]
    flat = sorted(one for it in there for one in (it if isinstance(it, list) else [it]))
    ends = list(dict.fromkeys((*flat[:1], *flat[-1:])))
    return [[it] for it in ends] if rule.listed else ends


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("who", WHO)
def test_a_filter_finds_of_what_is_seen_what_it_asks_for_and_nothing_else(
    life: Life, who: str, name: str
) -> None:
    page = PAGES[name]
    (declared,) = [rules for kind, rules in FILTERS.items() if kind and kind.__name__ == page.filter]
    assert page.rules.keys() == declared.keys()
    county, own = _rows(life, OPERATOR, name), _rows(life, WHO[who], name)
    asked = [(it, value) for it, rule in page.rules.items() for value in _values(rule, county.values())]
    filters = ({"filter": {filter_: value}} for filter_, value in asked)
    for (filter_, value), answer in zip(asked, _asked(life, WHO[who], name, NARROWED, *filters), strict=True):
        rule = page.rules[filter_]
        looked_at = {cursor: rule.look(row) for cursor, row in own.items()}
        expected = [it for it, there in looked_at.items() if there is not None and rule.holds(there, value)]
        assert (_cursors(answer), answer["totalCount"]) == (expected, len(expected)), (filter_, value)


@pytest.mark.parametrize("name", PAGES)
def test_a_cursor_of_somebody_else_leads_into_what_one_sees_oneself(life: Life, name: str) -> None:
    county = list(_rows(life, OPERATOR, name))
    asked = county[:: max(len(county) // 3, 1)]
    for who in WHO.values():
        own = list(_rows(life, who, name))
        answers = _asked(life, who, name, NARROWED, *({"after": it} for it in asked))
        for cursor, answer in zip(asked, answers, strict=True):
            before = county[: county.index(cursor) + 1]
            assert _cursors(answer) == [it for it in own if it not in before]
            assert answer["pageInfo"]["hasPreviousPage"] == any(it in before for it in own)
            assert answer["totalCount"] == len(own)


@pytest.mark.parametrize("who", WHO)
def test_an_id_finds_what_is_seen_in_a_list_and_nothing_else(life: Life, who: str) -> None:
    lists = (
        "{ events(first: 500) { nodes { id } } "
        "programme { villages { nodes { id } } instructors { nodes { id } } } }"
    )

    def ids(it: Principal) -> list[str]:
        answer = Look(life.served, it).ask(lists)
        pages = (answer["events"], *answer["programme"].values())
        return [node["id"] for page in pages for node in page["nodes"]]

    there, seen = ids(OPERATOR), set(ids(WHO[who]))
    asked = (("query ($id: ID!) { node(id: $id) { id } }", {"id": it}) for it in there)
    found = [it["node"] for it in Look(life.served, WHO[who]).answers(*asked)]
    assert found == [{"id": it} if it in seen else None for it in there]
    assert len(seen) < len(there)
