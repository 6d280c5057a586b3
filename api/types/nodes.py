"""What has an identity of its own and can be found by it."""

from __future__ import annotations

from typing import Any, Final

import strawberry
from graphql import GraphQLResolveInfo

from api.types.glossary import described

TYPE: Final = "type_name"
"""Under this name an answer to `node` carries the name of its type."""


@strawberry.interface(description="可按编号查找者。Whatever can be found by its id.")
class Node:
    """可按编号查找者。Whatever can be found by its id."""

    id: strawberry.ID = strawberry.field(description=described("Node", "id"))

    @classmethod
    def resolve_type(cls, row: Any, _info: GraphQLResolveInfo[Any], _abstract: Any) -> str:
        """Return the name of the type that an answer is of."""
        name: str = row[TYPE]
        return name

    @classmethod
    def is_type_of(cls, _row: Any, _info: GraphQLResolveInfo[Any]) -> bool:
        """Return true: the interface has told the type already."""
        return True
