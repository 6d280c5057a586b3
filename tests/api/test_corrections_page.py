"""The page of corrections: it needs nothing from elsewhere, and asks what the schema answers."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from graphql import DocumentNode, GraphQLError, parse, validate

from api.corrections import page
from api.guard.shield import policy_of
from api.reports.tables.corrections import FIELDS
from api.schema import schema
from domain.restating import COMMAND_OF
from tests.api.bearers import FINANCE
from tests.api.reports.test_page import registry_in
from tests.api.server import Served
from tests.scenario import STAFF_NUMBER, VILLAGE_CODE

PAGE = page()
REGISTRY: dict[str, Any] = registry_in(PAGE)
(RESULT,) = re.findall(r"const RESULT = `(.*?)`", PAGE)
QUERIES = [
    REGISTRY["query"],
    *(
        it.replace("${RESULT}", RESULT)
        for it in re.findall(r"= `((?:query|mutation) .*?)`;", PAGE, re.DOTALL)
    ),
]


def _troubles(query: str) -> list[GraphQLError]:
    document: DocumentNode = parse(query)
    return validate(schema._schema, document)


def test_the_page_is_served_to_run_its_own_script_and_nothing_else(idle: Served) -> None:
    response = idle.http.get("/corrections")

    assert response.status_code == 200
    assert response.text == PAGE
    policy = response.headers["content-security-policy"]
    assert policy == policy_of(PAGE)
    assert len(re.findall(r"(?:script|style)-src 'sha256-[^ ;]+'(?:;|$)", policy)) == 2
    assert not re.search(r"\s(style|on\w+)=\"", PAGE)


def test_the_other_pages_lead_to_it(idle: Served) -> None:
    for path in ("/graphql", "/papers", "/reports"):
        assert '<a href="/corrections">' in idle.http.get(path, headers={"accept": "text/html"}).text


def test_the_page_needs_nothing_from_elsewhere_and_makes_no_markup_of_data() -> None:
    assert set(re.findall(r"https?://[^\s'\"<>)]+", PAGE)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=\"(?!data:)", PAGE)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", PAGE)


def test_every_question_of_the_page_can_be_asked() -> None:
    assert len(QUERIES) == PAGE.count("query ") - PAGE.count('"query ') + PAGE.count("mutation ")
    assert [_troubles(query) for query in QUERIES] == [[]] * len(QUERIES)
    for name in ("requestCorrection", "approveCorrection", "rejectCorrection", "corrections", "events"):
        assert any(f"{name}(" in query for query in QUERIES)


def test_the_page_knows_every_fact_that_can_be_corrected_and_calls_its_fields_by_their_names() -> None:
    assert [it["topic"] for it in REGISTRY["kinds"].values()] == [kind.TOPIC for kind in COMMAND_OF]
    told = [field for kind in REGISTRY["kinds"].values() for field in kind["fields"]]
    assert {it["name"]: it["zh"] for it in told} == FIELDS
    assert all(f"... on {name} {{" in REGISTRY["query"] for name in REGISTRY["kinds"])


def test_a_field_of_words_offers_each_by_its_term() -> None:
    (grade,) = (it for it in REGISTRY["kinds"]["InstructorAppraised"]["fields"] if it["name"] == "grade")

    assert (grade["form"], grade["key"]) == ("word", "Grade")
    assert {"name": "COMPETENT", "value": "competent", "zh": "称职"} in grade["words"]
    assert json.dumps(REGISTRY, ensure_ascii=False).count('"form": "table"') == 1


@pytest.mark.parametrize(
    ("query", "key", "kind", "fields"),
    [
        ("Subsidies", STAFF_NUMBER, "InstructorSubsidyPaid", "SubsidyKind: kind month amount"),
        ("Awards", VILLAGE_CODE, "VillageAwardPaid", "year amount"),
    ],
)
def test_the_finance_bureau_finds_what_it_paid_by_the_number_that_a_correction_names(
    story: Served, query: str, key: str, kind: str, fields: str
) -> None:
    (asked,) = (it for it in QUERIES if it.startswith(f"query {query}("))
    (event,) = story.ask(
        f"""query Paid($types: [EventType!]) {{ events(filter: {{types: $types, voided: false}}) {{
            nodes {{ version occurredOn aggregateId ... on {kind} {{ {fields} }} }} }} }}""",
        types=[kind],
    )["events"]["nodes"]

    it = story.as_(FINANCE).ask(asked, key=key)["programme"]["it"]

    (paid,) = it["paid"]
    assert (it["id"], paid.pop("event")) == (event["aggregateId"], {"version": event["version"]})
    assert paid == {field["key"]: event[field["key"]] for field in REGISTRY["kinds"][kind]["fields"]}
