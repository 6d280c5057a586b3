"""Limits: each at its edge, and what is said beyond it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from graphql import parse
from starlette.requests import HTTPConnection

from api.access.principal import PUBLIC, Office, Principal
from api.guard.cost import Operation
from api.guard.crowd import Crowd, TooMany, caller
from api.limits import Limits
from api.schema import schema
from api.setting import SettingUnusable
from api.settings import Settings
from ledger.database import connect
from tests.api.server import Served, serving

TIGHT = Limits(
    header_bytes=2_000,
    header_seconds=1,
    request_bytes=5_000,
    request_seconds=1,
    upload_bytes=3_000,
    characters=2_000,
    tokens=200,
    depth=5,
    aliases=3,
    directives=4,
    fields=40,
    cost=120,
)
VILLAGES = "{ programme { villages(first: %s) { nodes { name } } } }"


@pytest.fixture(scope="module")
def tight(idle: Served) -> Iterator[Served]:
    """A county served within narrow limits."""
    with serving(idle.county.conninfo, limits=TIGHT) as it:
        yield it


def _fields(count: int) -> str:
    return "{ " + "... { __typename } " * (count % 3) + "programme { asOf knownAt } " * (count // 3) + "}"


def _directives(count: int) -> str:
    places = [f"... @include(if: true) {{ a{place}: __typename }}" for place in range(2)]
    return f"{{ {' '.join(places)} {'... @skip(if: false) { __typename } ' * (count - 2)} }}"


@pytest.mark.parametrize(
    ("within", "beyond", "said"),
    [
        ("{ __typename #" + "x" * 1_980 + "\n}", "{ __typename #" + "x" * 1_990 + "\n}", "characters"),
        ("{ " + "__typename " * 30 + "}", "{ " + "a " * 200 + "}", "200 tokens"),
        (
            "{ programme { villages(first: 1) { nodes { postings { until } } } } }",
            "{ programme { villages(first: 1) { nodes { postings { instructor { name } } } } } }",
            "5 levels",
        ),
        (
            "{ a: __typename b: __typename c: __typename }",
            "{ a: __typename b: __typename c: __typename d: __typename }",
            "3 aliases",
        ),
        (_directives(4), _directives(5), "4 directives"),
        (
            "{ __typename @skip(if: false) @include(if: true) }",
            "{ __typename @skip(if: false) @include(if: true) @skip(if: false) @include(if: true) }",
            "3 directives at one place",
        ),
        (_fields(40), _fields(41), "40 fields"),
        (VILLAGES % 117, VILLAGES % 118, "over the limit of 120"),
    ],
    ids=["characters", "tokens", "depth", "aliases", "directives", "at a place", "fields", "cost"],
)
def test_a_document_within_a_limit_is_answered_and_one_beyond_costs_no_statement(
    tight: Served, within: str, beyond: str, said: str
) -> None:
    assert "errors" not in _asked(tight, within)
    before = tight.services.database.statements

    errors = _asked(tight, beyond)["errors"]

    assert any(said in it["message"] for it in errors)
    assert tight.services.database.statements == before


def _asked(served: Served, query: str, **variables: Any) -> dict[str, Any]:
    content: dict[str, Any] = served.http.post(
        "/graphql", json={"query": query, "variables": variables}
    ).json()
    return content


def test_the_cost_names_itself_and_the_limit_in_both_languages(tight: Served) -> None:
    (error,) = _asked(tight, VILLAGES % 200)["errors"]

    assert error["extensions"]["code"] == "TOO_EXPENSIVE"
    assert "估计代价为203,超过上限120" in error["message"]
    assert "may cost 203, over the limit of 120" in error["message"]


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("query ($n: Int) { programme { villages(first: $n) { nodes { name } } } }", {"n": 200}),
        ("query ($n: Int) { programme { villages(first: $n) { nodes { name } } } }", {"n": 200.0}),
        ("query ($n: Int = 200) { programme { villages(last: $n) { nodes { name } } } }", {}),
        ("{ ...a } fragment a on Query { programme { villages(first: 200) { nodes { name } } } }", {}),
        ("{ programme { villages(first: 50) { nodes { postings { until } } } } }", {}),
        ("{ programme { townships { village: code name villageCount serving } } }", {}),
    ],
    ids=["variable", "variable with a point", "default", "fragment", "list in a page", "list"],
)
def test_a_cost_is_found_wherever_a_size_stands(tight: Served, query: str, variables: dict[str, Any]) -> None:
    (error,) = _asked(tight, query, **variables)["errors"]

    assert error["extensions"]["code"] == "TOO_EXPENSIVE"


def test_a_row_of_one_of_many_types_costs_what_the_dearest_does(tight: Served) -> None:
    cheap, dear = "... on InstructorCheckedIn { id }", "... on InstructorLeaveGranted { id occurredOn }"
    query = "{ events(first: 200) { nodes { %s } } }"

    costs = [_asked(tight, query % it)["errors"][0]["message"] for it in (dear, f"{cheap} {dear}")]

    assert costs[0] == costs[1]
    assert "may cost 402" in costs[0]


@pytest.mark.parametrize(
    ("name", "rows"),
    [("duties", 150), ("subsidies", 74), ("inspections", 57), ("appraisals", 41), ("attendance", 37)],
)
def test_a_list_of_a_term_of_three_years_costs_no_less_than_it_holds(name: str, rows: int) -> None:
    query = f"{{ programme {{ instructors(first: 1) {{ nodes {{ {name} {{ __typename }} }} }} }} }}"

    operation = Operation.of(schema._schema, parse(query), None, {})

    assert operation is not None
    assert operation.cost > rows


def test_the_house_rules_hold_for_commands_as_well(tight: Served) -> None:
    (error,) = _asked(tight, "mutation { " + " ".join(f"a{it}: __typename" for it in range(9)) + " }")[
        "errors"
    ]

    assert "3 aliases" in error["message"]


def test_a_request_may_have_so_many_bytes(tight: Served) -> None:
    body = b'{"query": "{ __typename }"}'
    filled = body + b" " * (TIGHT.request_bytes - len(body))
    json = {"content-type": "application/json"}

    assert tight.http.post("/graphql", content=filled, headers=json).status_code == 200
    assert tight.http.post("/graphql", content=filled + b" ", headers=json).status_code == 413
    chunked = tight.http.post("/graphql", content=iter([filled, b" "]), headers=json)
    assert chunked.status_code == 413
    assert "5000 bytes" in chunked.json()["errors"][0]["message"]


def test_an_upload_may_have_so_many_bytes(tight: Served) -> None:
    def bring(size: int) -> int:
        return tight.http.post(
            "/graphql",
            data={"operations": "{}", "map": "{}"},
            files={"0": ("a.csv", b"x" * size)},
            headers={"x-zhucun-upload": "1"},
        ).status_code

    assert bring(1_000) == 400  # there is nothing in it that asks for anything
    assert bring(TIGHT.upload_bytes) == 413


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (b"GET /health HTTP/1.1\r\nhost: x\r\na: " + b"y" * 1_800 + b"\r\n\r\n", b"HTTP/1.1 200"),
        (b"GET /health HTTP/1.1\r\nhost: x\r\na: " + b"y" * 2_000 + b"\r\n\r\n", b"HTTP/1.1 431"),
        (b"GET /health HTTP/1.1\r\nhost: x\r\na: " + b"y" * 9_000, b"HTTP/1.1 431"),
        (b"GET /health?" + b"y" * 2_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n", b"HTTP/1.1 431"),
        (b"GET /health HTTP/1.1\r\nhost: x\r\na: slow", b""),
        (b"", b""),
    ],
    ids=["within", "beyond", "endless", "address", "slow", "silent"],
)
def test_headers_may_have_so_many_bytes_and_take_so_long(tight: Served, sent: bytes, answered: bytes) -> None:
    with socket.create_connection(("127.0.0.1", tight.port), timeout=10) as connection:
        connection.sendall(sent)

        assert connection.recv(len(answered) or 1) == answered


def test_a_second_request_on_a_connection_has_its_own_limits(tight: Served) -> None:
    asked = b"GET /health HTTP/1.1\r\nhost: x\r\na: " + b"y" * 1_500 + b"\r\n\r\n"
    with socket.create_connection(("127.0.0.1", tight.port), timeout=10) as connection:
        for _ in range(3):
            connection.sendall(asked)
            answer = b""
            while not answer.endswith(b"}"):
                answer += connection.recv(4_096)
            assert answer.startswith(b"HTTP/1.1 200")


def test_a_body_that_does_not_arrive_in_time_is_not_waited_for(tight: Served) -> None:
    head = "POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 99"
    token = "".join(f"\r\n{name}: {value}" for name, value in tight.authorization.items())
    with socket.create_connection(("127.0.0.1", tight.port), timeout=10) as connection:
        connection.sendall(f"{head}{token}\r\n\r\n{{".encode())

        answer = connection.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 408")
    assert "未在1秒内收全".encode() in answer


def test_whoever_has_as_much_under_way_as_they_may_is_told_when_to_ask_again(served: Served) -> None:
    limits = replace(Limits(), concurrent=1, statement_seconds=2)
    waiting = (
        "select count(*) from pg_stat_activity"
        " where datname = current_database() and wait_event_type = 'Lock'"
    )
    with (
        serving(served.county.conninfo, limits=limits) as one,
        connect(served.county.conninfo) as conn,
        ThreadPoolExecutor() as threads,
    ):
        with conn.transaction():
            conn.execute("lock table read.village_nomination in access exclusive mode")
            first = threads.submit(one.refused, "{ programme { villages { nodes { name } } } }")
            while conn.execute(waiting).fetchone() == (0,):
                assert not first.done()
            second = one.http.post("/graphql", json={"query": "{ __typename }"})
            report = one.http.get("/reports/attendance.xlsx")
            code, message = first.result()

        assert (code, "took too long" in message) == ("TOO_EXPENSIVE", True)
        for refused in (second, report):
            assert refused.status_code == 429
            assert refused.headers["retry-after"] == "1"
            assert refused.json()["errors"][0]["extensions"]["code"] == "TOO_MANY_REQUESTS"
        assert one.ask("{ __typename }")


def test_a_crowd_counts_each_on_their_own_and_forgets_who_left() -> None:
    crowd = Crowd(1)
    with crowd.joined("a"), crowd.joined("b"), pytest.raises(TooMany), crowd.joined("a"):
        pass
    with crowd.joined("a"):
        pass

    assert not crowd._under_way


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
    ],
)
def test_the_public_is_told_apart_by_address(one: str, other: str, same: bool) -> None:
    first, second = (
        caller(PUBLIC, HTTPConnection({"type": "http", "client": (it, 1), "headers": []}))
        for it in (one, other)
    )

    assert (first == second) is same


def test_whoever_has_a_token_is_told_apart_by_their_id() -> None:
    here = HTTPConnection({"type": "http", "client": ("10.0.0.1", 1), "headers": []})
    one = Principal(id="1", office=Office.TOWNSHIP, organisation="a")

    assert caller(one, here) != caller(replace(one, id="2"), here)
    assert caller(one, here) == caller(one, HTTPConnection({"type": "http", "headers": []}))


def test_every_limit_has_a_setting_of_its_name_and_is_documented() -> None:
    names = [it.name.upper() for it in fields(Limits)]
    env = {f"ZHUCUN_LIMIT_{name}": str(number) for number, name in enumerate(names, start=7)}
    documented = (Path(__file__).parents[2] / "docs/access.md").read_text(encoding="utf-8")

    limits = Settings.from_env(env).limits

    assert [getattr(limits, it.name) for it in fields(Limits)] == list(range(7, 7 + len(names)))
    for it in fields(Limits):
        assert f"| `{it.name.upper()}` | {getattr(Limits(), it.name):,} |" in documented


@pytest.mark.parametrize("value", ["0", "-1", "many", "1e3", "9" * 5_000, "1.5", "٣"])
def test_a_limit_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(SettingUnusable, match="ZHUCUN_LIMIT_DEPTH"):
        Settings.from_env({"ZHUCUN_LIMIT_DEPTH": value})
