"""Cheap attacks, a few kilobytes each that would be dear to answer: turned away with 4xx, nothing read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import orjson
import pytest

from api.guard.policy import validated
from api.http import RESPONSE_JSON
from api.limits import Limits
from tests.api.server import Served, serving

LETTERS = "abcdefghijklmnopqrstuvwxyz"
SPREADS = " ".join(f"fragment {a} on Query {{ ...{b} ...{b} }}" for a, b in pairwise(LETTERS))
DOCUMENTS = {
    "10,000 aliases": "{ " + " ".join(f"a{it}:__typename" for it in range(10_000)) + " }",
    "500 aliases": "{ " + " ".join(f"a{it}: __typename" for it in range(500)) + " }",
    "a bomb of fragments": f"{{ ...a }} {SPREADS} fragment z on Query {{ __typename }}",
    "a bomb of fragments that lead nowhere": f"{{ ...a }} {SPREADS} fragment z on Query {{ ...nothing }}",
    "a bomb of unused fragments": f"{{ __typename }} {SPREADS} fragment z on Query {{ __typename }}",
    "fragments in a circle": "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }",
    "the same field over and over": "{ " + "programme { asOf } " * 900 + "}",
    "the same fields in each other": "{ " + ("programme { " + "totals { serving } " * 20 + "} ") * 20 + "}",
    "lists in lists": "{ programme(asOf: " + "[" * 2_000 + "]" * 2_000 + ") { asOf } }",
    "objects in objects": "{ programme(asOf: " + "{a:" * 1_500 + "1" + "}" * 1_500 + ") { asOf } }",
    "fields in fields": "{" + "a{" * 2_500 + "b" + "}" * 2_500 + "}",
    "fields in fields, less deep": "{" + "a{" * 60 + "b" + "}" * 60 + "}",
    "fragments in fragments": "{" + "...{" * 500 + "__typename" + "}" * 500 + "}",
    "types in types": "query ($a: " + "[" * 1_000 + "Int" + "]" * 1_000 + ") { __typename }",
    "directives": "{ __typename " + "@a" * 500 + " }",
    "directives on every field": "{ " + "__typename @include(if: true) " * 200 + "}",
    "a great number": "{ programme { villages(first: " + "9" * 5_000 + ") { nodes { name } } } }",
    "unknown fields": "{ " + " ".join(f"nothing{it}" for it in range(1_900)) + " }",
    "much of everything": "{ programme { villages(first: 500) { nodes { postings { instructor { "
    "checkIns(first: 500) { nodes { day } } } } } } } }",
    "introspection in a circle": "{ __schema { types "
    + "{ fields { type " * 5
    + "{ name }"
    + " } }" * 5
    + " } }",
    "a null byte": "{ __typename \0 }",
    "half a string": '{ programme(asOf: "2020',
    "no document": "#",
    "two operations without a name": "{ __typename } { __typename }",
}


def _posted(served: Served, body: bytes) -> tuple[int, dict[str, Any]]:
    headers = {"content-type": "application/json", "accept": RESPONSE_JSON}
    response = served.http.post("/graphql", content=body, headers=headers)
    return response.status_code, orjson.loads(response.content)


@pytest.fixture(scope="module")
def guarded(idle: Served) -> Iterator[Served]:
    """The same county, served with the limits that are usual."""
    with serving(idle.county.conninfo, limits=Limits()) as it:
        yield it


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_a_hostile_document_is_refused_before_anything_is_read(guarded: Served, document: str) -> None:
    before = guarded.services.database.statements

    status, answer = _posted(guarded, orjson.dumps({"query": document}))

    assert status == 400
    assert "data" not in answer
    assert len(answer["errors"]) <= 11  # validation gives up after ten
    assert not any("INTERNAL" in str(it) for it in answer["errors"])
    assert guarded.services.database.statements == before


@pytest.mark.parametrize(
    "body",
    [
        b"[" + b",".join([b'{"query":"{ __typename }"}'] * 10) + b"]",
        b'{"query": "{ __typename }", "query": "{ programme { asOf } }"}',
        b'{"query": "{ __typename }", "variables": {"a": 1, "a": 2}}',
        b'{"query": "{ __typename }", "variables": ' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"query": "{ __typename }", "variables": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"}",
        b'{"query": "{ __typename }", "variables": ' + b"[" * 100_000 + b"}",
        b'{"query": "{ \xff }"}',
        b'\x00{"query": "{ __typename }"}',
        b'{"query": "{ \\u0000 }"}',
        b'{"query": "{ __typename }", "variables": {"n": NaN}}',
        b'{"query": "{ __typename }", "variables": {"n": 1e999}}',
        b'{"query": "{ __typename }", "operationName": ["x"]}',
        b'{"query": "{ __typename }", "extensions": 1}',
        b'"query"',
        b"null",
        b"",
    ],
)
def test_a_hostile_body_is_refused(idle: Served, body: bytes) -> None:
    status, answer = _posted(idle, body)

    assert status == 400
    assert answer["errors"]


@pytest.mark.parametrize(
    "variables",
    [
        {"n": 10**30},
        {"n": "9" * 100_000},
        {"n": [[[1]]] * 1_000},
        {"n": True},
        {"n": {"a": None}},
        {"n": -1},
    ],
    ids=["great", "long", "lists", "boolean", "object", "negative"],
)
def test_hostile_variables_are_an_error_of_whoever_sent_them(idle: Served, variables: dict[str, Any]) -> None:
    query = "query ($n: Int) { programme { villages(first: $n) { nodes { name } } } }"

    response = idle.http.post("/graphql", json={"query": query, "variables": variables})

    (error,) = response.json()["errors"]
    assert response.status_code < 500
    assert (error.get("extensions") or {}).get("code") != "INTERNAL"


def test_a_position_of_thousands_of_digits_is_none(idle: Served) -> None:
    assert (
        "is no position"
        in idle.error(f'{{ programme(knownAtPosition: "{"9" * 9_000}") {{ asOf }} }}')["message"]
    )


def test_the_verdict_on_a_document_is_kept(idle: Served) -> None:
    query = "query Kept { programme { asOf } }"
    idle.ask(query)
    before = validated.cache_info()
    idle.ask(query)
    after = validated.cache_info()

    assert (after.hits, after.misses) == (before.hits + 1, before.misses)
