"""Answers: what the served schema asks for, answered from the oracle's plain objects by graphql-core itself.

The schema tells which fields there are, and nothing of how they are computed: a field is the attribute of its
name, called with its arguments if it can be called. So the whole answer can be compared, whatever was asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from itertools import zip_longest
from keyword import iskeyword
from typing import Any, Final
from uuid import UUID

from graphql import (
    FieldNode,
    GraphQLAbstractType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    execute_sync,
    get_named_type,
    parse,
    visit,
)
from strawberry.utils.str_converters import to_snake_case

from tests.oracle.log import Past

PAGE: Final = 50
"""Rows of a page whose size is not said."""


@dataclass(frozen=True)
class Page:
    """The first rows of a list."""

    rows: list[Any]
    size: int

    @property
    def nodes(self) -> list[Any]:
        return self.rows[: self.size]

    @property
    def edges(self) -> list[Any]:
        return [it if isinstance(it, Past) else Edge(it) for it in self.nodes]

    @property
    def total_count(self) -> int:
        return len(self.rows)

    @property
    def page_info(self) -> Page:
        return self

    @property
    def has_next_page(self) -> bool:
        return len(self.rows) > self.size

    @property
    def has_previous_page(self) -> bool:
        return False


@dataclass(frozen=True)
class Edge:
    """A row of a page."""

    node: Any


@dataclass
class Oracle:
    """Answers queries from plain objects, and keeps in mind which fields had something to say.

    Attributes:
        schema: what can be asked.
        said: fields that had a value, by type and name.
    """

    schema: GraphQLSchema
    said: set[tuple[str, str]] = field(default_factory=set)

    def answer(self, query: str, programme: object, **variables: Any) -> Any:
        """Return the data that a query of `programme` should answer."""
        result = execute_sync(
            self.schema,
            parse(query),
            {"programme": programme},
            variable_values=variables,
            field_resolver=self._field,
            type_resolver=_type,
        )
        assert result.errors is None, [(it.message, it.path) for it in result.errors]
        return result.data

    def _field(self, row: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        if isinstance(row, dict):
            return row[info.field_name]
        size = arguments.pop("first", None)
        value = getattr(row, _named(info.field_name))
        if callable(value):
            value = value(**{_named(name): it for name, it in arguments.items()})
        if value not in (None, [], ()):
            self._note(info)
        if get_named_type(info.return_type).name.endswith("Connection"):
            return Page(value, PAGE if size is None else size)
        return _plain(value)

    def _note(self, info: GraphQLResolveInfo[Any]) -> None:
        declared = [it for it in info.parent_type.interfaces if info.field_name in it.fields]
        self.said |= {(it.name, info.field_name) for it in (info.parent_type, *declared)}


def _named(name: str) -> str:
    """Return a name of GraphQL as Python has it."""
    return f"{name}_" if iskeyword(name) else to_snake_case(name)


def _type(row: Any, _info: GraphQLResolveInfo[Any], _abstract: GraphQLAbstractType) -> str:
    return str(row.type)


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    match value:
        case tuple():
            return [_plain(it) for it in value]
        case Enum():
            return value.name
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date() | time():
            return value.isoformat()
        case Decimal() | UUID():
            return str(value)
    return value


def differences(answered: Any, expected: Any, path: str = "") -> Iterator[str]:
    """Yield where two answers differ, one line each."""
    match answered, expected:
        case dict(), dict():
            for name in {**answered, **expected}:
                yield from differences(answered.get(name), expected.get(name), f"{path}.{name}")
        case list(), list():
            if len(answered) != len(expected):
                yield f"{path}: {len(answered)} rows, expected {len(expected)}"
            for place, (is_, should_be) in enumerate(zip_longest(answered, expected)):
                yield from differences(is_, should_be, f"{path}[{place}]")
        case _ if answered != expected:
            yield f"{path}: {_short(answered)}, expected {_short(expected)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) < 200 else text[:200] + "…"


def fields_asked(schema: GraphQLSchema, query: str) -> set[tuple[str, str]]:
    """Return the fields that a query selects, by type and name."""
    asked: set[tuple[str, str]] = set()
    types = TypeInfo(schema)

    class Fields(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            parent = types.get_parent_type()
            assert parent is not None
            asked.add((parent.name, node.name.value))

    visit(parse(query), TypeInfoVisitor(types, Fields()))
    return asked


def fields_below(schema: GraphQLSchema, root: str) -> set[tuple[str, str]]:
    """Return every field of every type that can be reached from a type, by type and name.

    What all types of an interface have in common is told of the interface alone.
    """
    found: set[tuple[str, str]] = set()
    waiting: list[GraphQLNamedType] = [schema.type_map[root]]
    seen: set[str] = set()
    while waiting:
        kind = waiting.pop()
        if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) or kind.name in seen:
            continue
        seen.add(kind.name)
        common = {name for it in kind.interfaces for name in it.fields if it.name in seen}
        for name, it in kind.fields.items():
            waiting.append(get_named_type(it.type))
            if name not in common:
                found.add((kind.name, name))
        if isinstance(kind, GraphQLInterfaceType):
            waiting += schema.get_possible_types(kind)
    return found
