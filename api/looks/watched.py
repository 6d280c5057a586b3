"""What somebody asks whose every look goes on record: the names of fields, and the ids of people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast
from uuid import UUID

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLResolveInfo,
    InlineFragmentNode,
    SelectionSetNode,
    value_from_ast_untyped,
)

_PEOPLE: Final = {("instructor", "id"), ("node", "id")}
"""Fields and their arguments that name a person; `node` may name something else."""
_FILTERED: Final = "instructorId"


def asked_below(info: GraphQLResolveInfo[Any]) -> frozenset[str]:
    """Return what a root field is asked for, such as `programme.instructor`."""
    below = {f"{info.field_name}.{node.name.value}" for node in _below(info)}
    return frozenset(it for it in below if not it.endswith(".__typename")) or frozenset({info.field_name})


def people_named(info: GraphQLResolveInfo[Any]) -> tuple[UUID, ...]:
    """Return the people whom a root field's arguments, or those of the fields in it, name by their ids."""
    variables = cast("dict[str, Any]", info.variable_values)  # Strawberry passes them bare
    named = {it for node in (*info.field_nodes, *_below(info)) for it in _named(node, variables)}
    return tuple(sorted(named))


def _below(info: GraphQLResolveInfo[Any]) -> Iterator[FieldNode]:
    for node in info.field_nodes:
        if node.selection_set is not None:
            yield from _fields(node.selection_set, info)


def _fields(selections: SelectionSetNode, info: GraphQLResolveInfo[Any]) -> Iterator[FieldNode]:
    for node in selections.selections:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, FragmentSpreadNode):
            yield from _fields(info.fragments[node.name.value].selection_set, info)
        elif isinstance(node, InlineFragmentNode):
            yield from _fields(node.selection_set, info)


def _named(node: FieldNode, variables: dict[str, Any]) -> Iterator[UUID]:
    for argument in node.arguments or ():
        value = value_from_ast_untyped(argument.value, variables)
        if isinstance(value, dict):
            value = value.get(_FILTERED)
        elif (node.name.value, argument.name.value) not in _PEOPLE:
            continue
        try:
            yield UUID(str(value))
        except ValueError:
            continue  # a position, or nobody
