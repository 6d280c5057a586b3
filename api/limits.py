"""What a query may cost before it is run: rules of validation, made once, so that their verdicts are kept.

A page has a size, so the depth of a query and the number of its aliases bound what it can read.
"""

from __future__ import annotations

from typing import Any, Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
)

from api.problems import bad_request

MAX_DEPTH: Final = 18
MAX_ALIASES: Final = 60
MAX_FIELDS: Final = 2_000
MAX_TOKENS: Final = 6_000


class Modest(ValidationRule):
    """Refuses queries too deep, with too many aliases, or too many fields once fragments are open."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._fragments = {
            it.name.value: it for it in context.document.definitions if isinstance(it, FragmentDefinitionNode)
        }
        self._fields = self._aliases = 0

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        """Measure an operation."""
        self._fields = self._aliases = 0
        depth = self._depth(node.selection_set, frozenset())
        for measured, limit, zh, en in (
            (depth, MAX_DEPTH, "层数", "levels"),
            (self._aliases, MAX_ALIASES, "别名数", "aliases"),
            (self._fields, MAX_FIELDS, "字段数", "fields"),
        ):
            if measured > limit:
                self.report_error(
                    bad_request(
                        f"查询的{zh}超过上限{limit},请分几次查询。",
                        f"The query has more than {limit} {en}; ask in several queries.",
                    )
                )

    def _depth(self, selected: SelectionSetNode | None, inside: frozenset[str]) -> int:
        deepest = 0
        for node in selected.selections if selected else ():
            if self._fields > MAX_FIELDS:
                break  # refused already; what a fragment of fragments would come to is not worth knowing
            if isinstance(node, FieldNode):
                self._fields += 1
                self._aliases += node.alias is not None
                deepest = max(deepest, 1 + self._depth(node.selection_set, inside))
            elif isinstance(node, FragmentSpreadNode):
                name = node.name.value
                if name in self._fragments and name not in inside:
                    fragment = self._fragments[name]
                    deepest = max(deepest, self._depth(fragment.selection_set, inside | {name}))
            else:
                deepest = max(deepest, self._depth(getattr(node, "selection_set", None), inside))
        return deepest
