"""The application around GraphQL: HTTP manners, health, errors, limits, and the page."""

from __future__ import annotations

import logging
import re
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from graphql import OperationDefinitionNode, OperationType, get_introspection_query, parse, validate

from api.access.principal import PUBLIC
from api.http import RESPONSE_JSON
from api.limits import Limits
from api.schema import schema
from ledger.database import connect
from tests.api.server import Served
from tests.scenario import VILLAGE

LIMITS = Limits()
PAGE = (Path(__file__).parents[2] / "api/web/page.html").read_text(encoding="utf-8")
EXAMPLES = re.findall(
    r'<script type="text/plain" data-zh="([^"]+)" data-en="([^"]+)">\n(.*?)</script>', PAGE, re.DOTALL
)


def test_the_process_is_alive_and_ready(story: Served) -> None:
    assert story.http.get("/health").json() == {"alive": True}
    ready = story.http.get("/ready")

    assert ready.status_code == 200
    assert ready.json()["ready"] is True
    assert ready.json()["position"] == ready.json()["head"] > 0


def test_a_read_side_that_stopped_is_not_ready_and_says_why(served: Served) -> None:
    with connect(served.county.conninfo) as conn:
        conn.execute(
            "update read.projector set state = 'stopped', stopped_position = 1, error = 'unknown event'"
        )

    response = served.http.get("/ready")

    assert response.status_code == 503
    (reason,) = response.json()["reasons"]
    assert "before event 1" in reason
    assert "unknown event" not in reason  # it may say what nobody else is to know


def test_a_read_side_of_another_version_is_not_ready(served: Served) -> None:
    with connect(served.county.conninfo) as conn:
        conn.execute("update read.projector set schema_digest = 'another'")

    response = served.http.get("/ready")

    assert response.status_code == 503
    assert "rebuild" in response.json()["reasons"][0]


def test_a_database_without_tables_is_not_ready(served: Served) -> None:
    with connect(served.county.conninfo) as conn:
        conn.execute("drop schema read cascade")

    response = served.http.get("/ready")

    assert response.status_code == 503
    (reason,) = response.json()["reasons"]
    assert "the server's log says why" in reason
    assert "read.projector" not in reason


def test_the_root_leads_to_graphql(story: Served) -> None:
    response = story.http.get("/", headers={"accept": "text/html"}, follow_redirects=True)

    assert response.url.path == "/graphql"
    assert "驻村" in response.text


def test_the_page_needs_nothing_from_elsewhere() -> None:
    addresses = set(re.findall(r"https?://[^\s'\"<>)]+", PAGE))

    assert addresses == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=\"(?!data:)", PAGE)


@pytest.mark.parametrize("example", EXAMPLES, ids=[en for _, en, _ in EXAMPLES])
def test_every_example_of_the_page_is_answered(story: Served, example: tuple[str, str, str]) -> None:
    query = example[2]
    (operation, *_) = (it for it in parse(query).definitions if isinstance(it, OperationDefinitionNode))

    assert validate(schema._schema, parse(query)) == []
    if operation.operation is OperationType.QUERY:
        assert story.ask(query)


@pytest.mark.parametrize(
    ("accept", "query", "status", "media_type"),
    [
        ("application/json", "{ __typename }", 200, "application/json"),
        ("application/json", "{ nonsense }", 200, "application/json"),
        (RESPONSE_JSON, "{ __typename }", 200, RESPONSE_JSON),
        (RESPONSE_JSON, "{ nonsense }", 400, RESPONSE_JSON),
        (RESPONSE_JSON, '{ programme(knownAtPosition: "99999") { asOf } }', 200, RESPONSE_JSON),
        ("*/*", "{ __typename }", 200, "application/json"),
    ],
)
def test_a_response_has_the_media_type_asked_for_and_its_status(
    story: Served, accept: str, query: str, status: int, media_type: str
) -> None:
    response = story.http.post("/graphql", json={"query": query}, headers={"accept": accept})

    assert response.status_code == status
    assert response.headers["content-type"].startswith(media_type)
    assert ("data" in response.json()) is ("nonsense" not in query)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b'{"query": 1}', 400),
        (b'{"query": "{ __typename }", "variables": 1}', 400),
        (b'{"query": "{ __typename }", "operationName": 1}', 400),
        (b'{"query": "\\ud800"}', 400),
        (b"{}", 400),
        (b'{"query": "' + b" " * LIMITS.request_bytes + b'{ __typename }"}', 413),
    ],
    ids=["broken", "list", "query", "variables", "operation", "surrogate", "empty", "endless"],
)
def test_a_request_that_is_none_is_refused_in_json(story: Served, body: bytes, status: int) -> None:
    response = story.http.post("/graphql", content=body, headers={"content-type": "application/json"})

    assert response.status_code == status
    assert response.json()["errors"][0]["message"]


def test_a_link_can_ask_but_not_tell(story: Served) -> None:
    asked = story.http.get("/graphql", params={"query": "{ __typename }"})
    told = story.http.get("/graphql", params={"query": "mutation { checkIn { __typename } }"})

    assert asked.json() == {"data": {"__typename": "Query"}}
    assert told.status_code == 405
    assert story.http.put("/graphql").headers["allow"] == "GET, POST"


@pytest.mark.parametrize("query", ["{ events { position } }", '{ importJob(id: "1") { state } }'])
def test_nothing_is_followed_but_over_a_socket(story: Served, query: str) -> None:
    code, message = story.as_(PUBLIC).refused(f"subscription {query}")

    assert (code, "WebSocket" in message) == ("BAD_REQUEST", True)


def test_an_error_of_ours_shows_a_number_and_no_more(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    with connect(served.county.conninfo) as conn:
        conn.execute("drop function read.total_at")

    with caplog.at_level(logging.ERROR, "api.schema"):
        error = served.error("{ programme { totals { serving } } }")

    number = error["extensions"]["id"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert "total_at" not in str(error)
    assert number in error["message"]
    assert any(number in record.getMessage() and record.exc_info for record in caplog.records)


def test_a_query_that_takes_too_long_is_ended_and_says_so(served: Served) -> None:
    waiting = "from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    with connect(served.county.conninfo) as conn, ThreadPoolExecutor() as threads:
        with conn.transaction():
            conn.execute("lock table read.village_nomination in access exclusive mode")
            asking = threads.submit(served.refused, "{ programme { villages { nodes { name } } } }")
            while not conn.execute(f"select pg_cancel_backend(pid) {waiting}").fetchall():
                assert not asking.done()
        code, message = asking.result()

    assert code == "TOO_EXPENSIVE"
    assert "ask for less" in message


def test_introspection_is_modest_enough(story: Served) -> None:
    assert story.ask(get_introspection_query())["__schema"]["queryType"]["name"] == "Query"


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("{ programme(asOf: 5) { asOf } }", "is no date"),
        ('{ programme(asOf: "yesterday") { asOf } }', "is no date"),
        ('{ programme(knownAt: "2021-06-05T09:00:00") { asOf } }', "has no zone"),
        ('{ programme(knownAt: "2021-06-05") { asOf } }', "is no time"),
        ('{ programme(knownAt: "2021-06-05T09:00:00Z", knownAtPosition: "1") { asOf } }', "not both"),
        ('{ programme(knownAtPosition: "-1") { asOf } }', "is no position"),
        ("{ programme { village { name } } }", "exactly one of id, code"),
        (f'{{ programme {{ village(code: "1", id: "{VILLAGE}") {{ name }} }} }}', "exactly one"),
        ('{ programme { instructor(id: "1") { name } } }', "is no UUID"),
        ('{ programme { instructor(staffNumber: "a\\u0000b") { name } } }', "NUL"),
        ("{ programme { batches(years: [99999999999]) { year } } }", "32-bit"),
        ('{ node(id: "x") { id } }', "is no position"),
    ],
)
def test_a_question_that_makes_no_sense_is_told_what_to_write(
    story: Served, query: str, problem: str
) -> None:
    assert problem in story.error(query)["message"]


DEEP = 'village(code: "1") { instructor { ' * LIMITS.depth + "name" + " } }" * LIMITS.depth
LETTERS = "abcdefghijklmnop"
NESTED = " ".join(
    f"fragment {outer} on Query {{ ...{inner} ...{inner} }}" for outer, inner in pairwise(LETTERS)
)


@pytest.mark.parametrize(
    "query",
    [
        f"{{ programme {{ {DEEP} }} }}",
        "{ " + " ".join(f"a{number}: __typename" for number in range(LIMITS.aliases + 1)) + " }",
        f"query {{ ...a }} {NESTED} fragment p on Query {{ programme {{ asOf }} }}",
        "{ " + "__typename " * 8_000 + "}",
    ],
    ids=["deep", "aliases", "fragments of fragments", "long"],
)
def test_an_immodest_query_is_refused_before_it_is_run(story: Served, query: str) -> None:
    before = story.services.database.statements

    errors = story.post(query)["errors"]

    assert len(errors) >= 1
    assert story.services.database.statements == before
