"""Selections made from the schema itself, so that no field is forgotten."""

from __future__ import annotations

from collections.abc import Mapping

from graphql import (
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from api.schema import schema

TYPES: dict[str, GraphQLNamedType] = schema._schema.type_map


def everything(type_name: str, depth: int) -> str:
    """Select every field of a type that needs no argument, and the same of what they lead to."""
    kind = TYPES[type_name]
    if isinstance(kind, GraphQLUnionType):
        return "__typename " + " ".join(
            f"... on {it.name} {{ {everything(it.name, depth)} }}" for it in kind.types
        )
    assert isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType))
    parts = ["__typename"]
    for name, field in kind.fields.items():
        inner = get_named_type(field.type)
        if any(is_required_argument(argument) for argument in field.args.values()) or _picks(
            name, field.args
        ):
            continue
        if is_leaf_type(inner):
            parts.append(name)
        elif depth > 0:
            wrapping = inner.name.endswith(("Connection", "Edge", "PageInfo"))
            parts.append(f"{name} {{ {everything(inner.name, depth if wrapping else depth - 1)} }}")
    return " ".join(parts)


def _picks(name: str, args: Mapping[str, object]) -> bool:
    """Tell whether a field needs one of its arguments."""
    return "since" in args or (
        name in {"village", "instructor", "township", "sendingUnit", "batch"} and bool(args)
    )
