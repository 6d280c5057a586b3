"""What an operation may cost, before any of it is read: the values that its answer may hold at most.

Each field counts once for every row that it may be read of. A page has as many rows as `first` or `last`
say, any other list as many as a county may have.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLCompositeType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from api.problems import Problem
from api.types.paging import DEFAULT_SIZE, MAX_SIZE

LIST_SIZE: Final = 25
"""Rows of a list of which nothing else is known: what one person or village has of most is not much."""
LIST_SIZES: Final[Mapping[str, int]] = {
    "Programme.townships": 40,
    "Programme.sendingUnits": 200,
    "Programme.batches": 12,
    "Programme.backdating": 200,
    "Instructor.attendance": 40,
    "Instructor.appraisals": 50,
    "Instructor.duties": 200,
    "Instructor.inspections": 75,
    "Instructor.subsidies": 100,
    "Instructor.diff": 40,
    "Village.years": 12,
    "__Schema.types": 300,
}
"""Rows of other lists, by type and field."""
_OF_THE_SCHEMA: Final = 3
"""Rows of any other list of introspection: most fields have no arguments, most types no interfaces."""


@dataclass(frozen=True)
class Operation:
    """An operation whose document is valid, with its variables as they were given."""

    schema: GraphQLSchema
    node: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]

    @classmethod
    def of(
        cls, schema: GraphQLSchema, document: DocumentNode, name: str | None, variables: Mapping[str, Any]
    ) -> Operation | None:
        """Return the operation of a name, or the only one; None if there is no such."""
        operations = [it for it in document.definitions if isinstance(it, OperationDefinitionNode)]
        if name is not None:
            operations = [it for it in operations if it.name is not None and it.name.value == name]
        fragments = {
            it.name.value: it for it in document.definitions if isinstance(it, FragmentDefinitionNode)
        }
        return cls(schema, operations[0], fragments, variables) if len(operations) == 1 else None

    @property
    def cost(self) -> int:
        """The values that the answer may hold."""
        root = self.schema.get_root_type(self.node.operation)
        return 0 if root is None else self._below(root, self.node.selection_set, LIST_SIZE)

    def _below(self, kind: GraphQLCompositeType, selected: SelectionSetNode, page: int) -> int:
        """Return the cost of what is selected of one row, or of one page of so many rows."""
        total, either = 0, defaultdict[str, int](int)
        for node in selected.selections:
            if isinstance(node, FieldNode):
                total += self._field(kind, node, page)
                continue
            if isinstance(node, InlineFragmentNode):
                condition, inner = node.type_condition, node.selection_set
            else:
                fragment = self.fragments[cast("Any", node).name.value]
                condition, inner = fragment.type_condition, fragment.selection_set
            named = kind if condition is None else self._named(condition.name.value)
            cost = self._below(named, inner, page)
            if isinstance(named, GraphQLObjectType) and named is not kind:
                either[named.name] += cost  # a row is of one of these types, not of all
            else:
                total += cost
        return total + max(either.values(), default=0)

    def _field(self, kind: GraphQLCompositeType, node: FieldNode, page: int) -> int:
        name = node.name.value
        definition = self.schema.get_field(kind, name)
        if definition is None or node.selection_set is None:
            return 1
        inner = get_named_type(definition.type)
        rows = 1
        if is_list_type(get_nullable_type(definition.type)):
            paged, otherwise = name in {"edges", "nodes"}, LIST_SIZE
            if kind.name.startswith("__"):
                otherwise = _OF_THE_SCHEMA
            rows = page if paged else LIST_SIZES.get(f"{kind.name}.{name}", otherwise)
        if {"first", "last"} & definition.args.keys():
            page = self._page(node)
        return 1 + rows * self._below(cast("GraphQLCompositeType", inner), node.selection_set, page)

    def _page(self, node: FieldNode) -> int:
        sizes = [self._number(it.value) for it in node.arguments or () if it.name.value in {"first", "last"}]
        return max((it for it in sizes if it is not None), default=DEFAULT_SIZE)

    def _number(self, value: ValueNode) -> int | None:
        """Return the size that an argument says, as far as a page can be; None if it says none."""
        size: object = None
        if isinstance(value, IntValueNode):
            size = int(value.value)
        elif isinstance(value, VariableNode):
            size = self.variables.get(value.name.value, self._default(value.name.value))
        # GraphQL takes 200.0 for the Int that it is; what it takes for none is refused before it is run.
        return int(min(max(size, 0), MAX_SIZE)) if isinstance(size, int | float) else None

    def _default(self, variable: str) -> int | None:
        for it in self.node.variable_definitions or ():
            if it.variable.name.value == variable and isinstance(it.default_value, IntValueNode):
                return self._number(it.default_value)
        return None

    def _named(self, name: str) -> GraphQLCompositeType:
        kind: GraphQLNamedType | None = self.schema.get_type(name)
        if not is_composite_type(kind):  # a valid document names no other
            raise LookupError(name)
        return kind


def too_costly(cost: int, limit: int) -> Problem:
    """Return the problem of an operation over the limit."""
    return Problem(
        "TOO_EXPENSIVE",
        f"查询的估计代价为{cost},超过上限{limit}:请减小first或last,或分几次查询。",
        f"The query may cost {cost}, over the limit of {limit}: "
        "ask for smaller pages with first or last, or in several queries.",
    )
