"""The schema as clients see it: committed, described in both languages, and never broken unawares."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType

from api.cli.checking import breaking_changes, current_schema
from api.types.glossary import GLOSSARY
from domain import terms
from domain.terms import Term
from tests.api.selections import TYPES

COMMITTED = (Path(__file__).parents[2] / "schema.graphql").read_text(encoding="utf-8")
BOTH = re.compile(r"[\u4e00-\u9fff].*[A-Za-z]", re.DOTALL)


def test_the_committed_schema_is_the_code_s() -> None:
    assert current_schema() == COMMITTED


@pytest.mark.parametrize(
    ("was", "is_now", "named"),
    [
        ("  staffNumber: String!", "  staffCode: String!", "Instructor.staffNumber was removed"),
        ("  daysLate: Int!", "  daysLate: String!", "daysLate changed type"),
        ("  outcome: String!\n", "  outcome: Int!\n", "CompleteProjectInput.outcome changed type"),
        ("  RECALLED\n", "  CALLED_BACK\n", "RECALLED was removed"),
        ("  first: Int\n", "  first: Int\n  second: Int!\n", "(second:) was added"),
    ],
)
def test_a_breaking_change_is_named(was: str, is_now: str, named: str) -> None:
    assert was in COMMITTED

    assert named in "\n".join(breaking_changes(COMMITTED, COMMITTED.replace(was, is_now)))


def test_an_addition_breaks_nothing() -> None:
    assert (
        breaking_changes(COMMITTED, COMMITTED.replace("type Ledger {", "type Ledger {\n  motto: String"))
        == []
    )


def descriptions() -> Iterator[tuple[str, str | None]]:
    for name, kind in TYPES.items():
        if name.startswith("__") or name in {"String", "Int", "Boolean", "ID", "Float"}:
            continue
        if not name.endswith(("Result",)):
            yield name, kind.description
        if isinstance(kind, GraphQLEnumType):
            yield from (
                (f"{name}.{value}", it.description)
                for value, it in kind.values.items()
                if name != "EventType"
            )
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType, GraphQLInputObjectType)):
            for field_name, field in kind.fields.items():
                yield f"{name}.{field_name}", field.description
                arguments: dict[str, Any] = getattr(field, "args", {})
                yield from ((f"{name}.{field_name}({it})", arg.description) for it, arg in arguments.items())


def test_everything_is_described_in_chinese_and_english() -> None:
    assert [name for name, description in descriptions() if not BOTH.search(description or "")] == []


def test_the_glossary_says_each_thing_in_both_languages() -> None:
    assert [name for name, entry in GLOSSARY.items() if not re.fullmatch(r"[^。]+。[^。]+\.", entry)] == []


def test_words_are_stored_in_lower_case_of_their_names() -> None:
    vocabularies = [it for it in vars(terms).values() if isinstance(it, type) and issubclass(it, Term)]

    assert all(word == word.name.lower() for vocabulary in vocabularies for word in vocabulary)
    assert {vocabulary.__name__ for vocabulary in vocabularies} - set(TYPES) == {"Term"}
