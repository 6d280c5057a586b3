"""How large a document is, from its syntax alone: before it is validated, for that can be made dear as well.

Fragments are opened, as they are when a query is run. Fields of the same name in the same place are merged,
as validation compares each of them with each: their number squared is its work.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FloatValueNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
)

from api.limits import Limits
from api.problems import bad_request

MAX_NESTING: Final = 100
"""Levels of any syntax; whatever walks a document recursively can go as deep."""
MAX_DIRECTIVES_AT_A_PLACE: Final = 3
MAX_DIGITS: Final = 40
"""Of a number; Python refuses to read some thousands."""
MAX_COMPARISONS: Final = 40_000
"""Pairs of fields that may have to be compared for whether they can be merged."""


class _TooMuch(Exception):  # noqa: N818 - says when to stop, not what is wrong
    """Something is over its limit already: what it would come to is not worth knowing."""


def refusals_of(document: DocumentNode, limits: Limits) -> list[GraphQLError]:
    """Return why a document is too large to be looked at any further; none if it is not."""
    syntax = _Syntax(document)
    if syntax.nesting > MAX_NESTING:
        return [_too_much(syntax.nesting, MAX_NESTING, "嵌套层数", "levels of nesting")]
    measured = _Size(document, limits)
    return [
        _too_much(size, limit, zh, en)
        for size, limit, zh, en in (
            (syntax.directives, limits.directives, "指令数", "directives"),
            (syntax.digits, MAX_DIGITS, "数字位数", "digits in a number"),
            (syntax.at_a_place, MAX_DIRECTIVES_AT_A_PLACE, "同一处的指令数", "directives at one place"),
            (measured.depth, limits.depth, "层数", "levels"),
            (measured.aliases, limits.aliases, "别名数", "aliases"),
            (measured.fields, limits.fields, "字段数", "fields"),
            (measured.comparisons, MAX_COMPARISONS, "重复字段的比较次数", "comparisons of repeated fields"),
        )
        if size > limit
    ]


def _too_much(size: int, limit: int, zh: str, en: str) -> GraphQLError:
    return bad_request(
        f"查询的{zh}超过上限{limit}(至少{size}),请分几次查询。",
        f"The query has more than {limit} {en} (at least {size}); ask in several queries.",
    )


class _Syntax:
    """What a walk over every node finds; it needs no recursion, so that no nesting is too deep for it."""

    def __init__(self, document: DocumentNode) -> None:
        self.nesting = self.directives = self.at_a_place = self.digits = 0
        waiting: list[tuple[Node, int]] = [(document, 0)]
        while waiting:
            node, depth = waiting.pop()
            self.nesting = max(self.nesting, depth)
            self.directives += isinstance(node, DirectiveNode)
            self.at_a_place = max(self.at_a_place, len(getattr(node, "directives", None) or ()))
            if isinstance(node, (IntValueNode, FloatValueNode)):
                self.digits = max(self.digits, len(node.value))
            for key in node.keys:
                inner = getattr(node, key, None)
                inside = inner if isinstance(inner, (list, tuple)) else (inner,)
                waiting.extend((it, depth + 1) for it in inside if isinstance(it, Node) and key != "loc")


class _Size:
    """What all operations and fragments of a document come to; never much more than the limits."""

    def __init__(self, document: DocumentNode, limits: Limits) -> None:
        self.depth = self.aliases = self.fields = self.comparisons = self._opened = 0
        self._limits = limits
        self._fragments = {
            it.name.value: it for it in document.definitions if isinstance(it, FragmentDefinitionNode)
        }
        try:
            for it in document.definitions:
                if isinstance(it, (OperationDefinitionNode, FragmentDefinitionNode)):
                    self._level([it.selection_set], 1)
        except _TooMuch:
            pass

    def _level(self, merged: Iterable[SelectionSetNode], depth: int) -> None:
        """Measure what selection sets of one place select, and what is below."""
        below: dict[str, list[SelectionSetNode]] = defaultdict(list)
        times: dict[str, int] = defaultdict(int)
        for selected in merged:
            self._open(selected, below, times, frozenset())
        if not times:
            return  # an unknown fragment, or one that spreads itself: validation says so
        self.depth = max(self.depth, depth)
        self.comparisons += sum(it * it for it in times.values() if it > 1)
        self._stop_at_the_limits()
        for inner in below.values():
            self._level(inner, depth + 1)

    def _open(
        self,
        selected: SelectionSetNode,
        below: dict[str, list[SelectionSetNode]],
        times: dict[str, int],
        inside: frozenset[str],
    ) -> None:
        for node in selected.selections:
            self._opened += 1
            if isinstance(node, FieldNode):
                self.fields += 1
                self.aliases += node.alias is not None
                name = (node.alias or node.name).value
                times[name] += 1
                if node.selection_set is not None:
                    below[name].append(node.selection_set)
            elif isinstance(node, InlineFragmentNode):
                self._open(node.selection_set, below, times, inside)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments.get(node.name.value)
                if fragment is not None and node.name.value not in inside:
                    self._open(fragment.selection_set, below, times, inside | {node.name.value})
            self._stop_at_the_limits()

    def _stop_at_the_limits(self) -> None:
        limits = self._limits
        if (
            self.fields > limits.fields
            or self.aliases > limits.aliases
            or self.depth > limits.depth
            or self.comparisons > MAX_COMPARISONS
        ):
            raise _TooMuch
        if self._opened > 2 * limits.fields:
            self.fields = max(self.fields, limits.fields + 1)  # spreads that lead to nothing cost as much
            raise _TooMuch
