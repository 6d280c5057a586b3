"""What a change of the GraphQL schema breaks for those who use it."""

from __future__ import annotations

from graphql import build_schema
from graphql.utilities import find_breaking_changes


def current_schema() -> str:
    """Return the schema of this program, in the schema definition language."""
    from api.schema import schema  # noqa: PLC0415 - takes a while, and other commands need not wait

    return schema.as_str() + "\n"


def breaking_changes(committed: str, current: str) -> list[str]:
    """Return what a client of the committed schema can no longer rely on; empty: only additions.

    Raises:
        GraphQLSyntaxError: the committed file is no schema.
    """
    changes = find_breaking_changes(build_schema(committed), build_schema(current))
    return sorted(f"{change.type.name}: {change.description}" for change in changes)
