"""From a GraphQL selection to the selection that `projections` compiles.

What two parts of a query ask of the same row is merged. A relation asked for with different arguments, under
two aliases say, is followed once for each: the key under which its rows stand in the answer is made of its
name and arguments (`paging.key_of`), never of the alias.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, cast

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    get_argument_values,
    get_directive_values,
    get_named_type,
)
from graphql.execution.values import VariableValues
from strawberry.types import Info
from strawberry.utils.str_converters import to_snake_case

from api.access.masks import reason_given
from api.clock import Asked, Clock
from api.problems import bad_request
from api.types.declare import READS, SINCE, Read
from api.types.forms import FORM
from api.types.paging import key_of, window_of
from api.types.scalars import checked
from api.types.scalars import position as position_of
from projections.selection import SINCE as EARLIER
from projections.selection import SINCE_KNOWN as EARLIER_KNOWN
from projections.selection import Chosen, Selection

Composite = GraphQLObjectType | GraphQLInterfaceType


@dataclass(frozen=True)
class FormAsked:
    """A registration form that a query asks for, at one place in it.

    Attributes:
        fields: of the form that are asked for, by their stored names; `born_month` is the day of birth's.
        reason: why it is asked for in full, if it is said.
    """

    fields: frozenset[str]
    reason: str | None


@dataclass
class Walk:
    """One walk through what a query selects below the root field of `info`."""

    info: GraphQLResolveInfo[Any]
    earlier: list[tuple[Chosen, Asked]] = field(default_factory=list)
    """What looks back at an earlier moment, to be told which (`looks_back`) before it can be compiled."""
    forms: list[FormAsked] = field(default_factory=list)
    """The forms that are asked for; complete, once the walk is done, before anything is read.

    Without any the answer has nothing of a form. Whoever puts on record who looked needs, besides, whose
    forms the rows of the answer are of.
    """

    @classmethod
    def of(cls, info: Info[Any, Any]) -> Walk:
        """Return the walk below the field that a Strawberry resolver is for."""
        return cls(info._raw_info)  # noqa: SLF001 - the one way to what the query selects

    def looks_back(self, clocks: Iterable[Clock]) -> None:
        """Tell what looks back at earlier moments which ones they are, in the order of `earlier`."""
        for (chosen, _), clock in zip(self.earlier, clocks, strict=True):
            chosen.given |= {EARLIER: clock.as_of, EARLIER_KNOWN: clock.known}

    def below(self, read: Read) -> Selection:
        """Return what the field's selection asks of a row of `read`."""
        selection = Selection()
        kind = cast("Composite", get_named_type(self.info.return_type))
        self._row(read, self._fields(kind, self.info.field_nodes), selection)
        return selection

    def page(self, read: Read, name: str) -> tuple[Chosen, dict[str, Any]]:
        """Return what the field's selection asks of a page reached by the way `name`, and its arguments."""
        arguments = self._arguments()
        chosen = self._chosen(read, name, arguments)
        kind = cast("Composite", get_named_type(self.info.return_type))
        self._connection(kind, self.info.field_nodes, chosen)
        return chosen, arguments

    def stream(self, read: Read, name: str, kind: str) -> Chosen:
        """Return what the field's selection asks of each row of the type `kind` reached by the way `name`."""
        narrowed = {"filter": self._arguments().get("filter")}
        chosen = self._chosen(read, name, narrowed)
        chosen.rows_wanted, chosen.rows = True, self.below(READS[kind])
        return chosen

    def _row(self, read: Read, fields: Iterable[tuple[Composite, FieldNode]], into: Selection) -> None:
        into.columns |= read.always
        for kind, node in fields:
            here, name = READS.get(kind.name, read), node.name.value
            if here.source is not read.source:
                continue  # asked of another type that may stand here
            if name in here.columns:
                into.columns.add(here.columns[name])
                self._note_form(kind, node)
            elif name in here.worked_out:
                into.worked_out.add(here.worked_out[name])
            elif name in here.ways:
                self._follow(here, kind, node, into)

    def _follow(self, read: Read, kind: Composite, node: FieldNode, into: Selection) -> None:
        name, definition = node.name.value, kind.fields[node.name.value]
        arguments = get_argument_values(definition, node, self._variables)
        key = key_of(name, arguments)
        if key not in into.relations:
            into.relations[key] = self._chosen(read, name, arguments)
        chosen, target = into.relations[key], cast("Composite", get_named_type(definition.type))
        if chosen.relation.paged:
            self._connection(target, [node], chosen)
        else:
            self._row(READS[target.name], self._fields(target, [node]), chosen.rows)

    def _note_form(self, kind: Composite, node: FieldNode) -> None:
        definition = kind.fields[node.name.value]
        form = get_named_type(definition.type)
        if form.name == FORM:
            asked = (to_snake_case(it.name.value) for _, it in self._fields(cast("Composite", form), [node]))
            reason = get_argument_values(definition, node, self._variables).get("reason")
            self.forms.append(FormAsked(frozenset(asked), reason_given(reason)))

    def _arguments(self) -> dict[str, Any]:
        definition = self.info.parent_type.fields[self.info.field_name]
        return get_argument_values(definition, self.info.field_nodes[0], self._variables)

    def _chosen(self, read: Read, name: str, arguments: Mapping[str, Any]) -> Chosen:
        way, relation = read.ways[name], read.source.relations[name]
        where = {k: v for k, v in arguments.items() if k in relation.filters and v is not None}
        if way.exactly_one and len(where) != 1:
            names = "、".join(way.by)
            raise bad_request(
                f"{name}须给出{names}之一。", f"{name} takes exactly one of {', '.join(way.by)}."
            )
        where |= {k: v for k, v in (arguments.get("filter") or {}).items() if v is not None}
        figure = arguments.get("figure")
        chosen = Chosen(
            relation=relation,
            where={k: _plain(checked(v, k)) for k, v in where.items()},
            given={to_snake_case(k): _given(k, arguments.get(k), kind) for k, (kind, _) in way.given.items()},
            figure=figure.name if isinstance(figure, Enum) and relation.figures else None,
            window=window_of(arguments, relation.to()) if relation.paged else None,
        )
        if way.since:
            self.earlier.append((chosen, _earlier(name, arguments)))
        return chosen

    def _connection(self, kind: Composite, nodes: Iterable[FieldNode], chosen: Chosen) -> None:
        for _, node in self._fields(kind, nodes):
            match node.name.value:
                case "totalCount":
                    chosen.total = True
                case "pageInfo":
                    chosen.rows_wanted = chosen.around = True
                case "nodes":
                    chosen.rows_wanted = True
                    target = cast("Composite", get_named_type(kind.fields["nodes"].type))
                    self._row(READS[target.name], self._fields(target, [node]), chosen.rows)
                case "edges":
                    chosen.rows_wanted = True
                    self._edge(
                        cast("Composite", get_named_type(kind.fields["edges"].type)), node, chosen.rows
                    )

    def _edge(self, kind: Composite, edges: FieldNode, into: Selection) -> None:
        for _, node in self._fields(kind, [edges]):
            name = node.name.value
            if kind.name in READS and name in READS[kind.name].ways:
                self._follow(READS[kind.name], kind, node, into)
            elif name in {"node", "event"}:
                target = cast("Composite", get_named_type(kind.fields[name].type))
                self._row(READS[target.name], self._fields(target, [node]), into)

    # -- what a selection set holds, fragments opened

    @property
    def _variables(self) -> VariableValues:
        return VariableValues(
            {}, cast("Any", self.info.variable_values)
        )  # Strawberry hands over the values alone

    def _fields(self, kind: Composite, nodes: Iterable[FieldNode]) -> Iterator[tuple[Composite, FieldNode]]:
        for node in nodes:
            if node.selection_set is not None:
                yield from self._opened(kind, node.selection_set)

    def _opened(self, kind: Composite, selected: SelectionSetNode) -> Iterator[tuple[Composite, FieldNode]]:
        for node in selected.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                yield kind, node
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                yield from self._opened(
                    self._named(condition.name.value) if condition else kind, node.selection_set
                )
            elif isinstance(node, FragmentSpreadNode):
                fragment = self.info.fragments[node.name.value]
                yield from self._opened(
                    self._named(fragment.type_condition.name.value), fragment.selection_set
                )

    def _named(self, name: str) -> Composite:
        return cast("Composite", self.info.schema.type_map[name])

    def _included(self, node: SelectionNode) -> bool:
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)
        return not (skip and skip["if"]) and not (include and not include["if"])


def _earlier(name: str, arguments: Mapping[str, Any]) -> Asked:
    since, known_at, position = (arguments.get(argument) for argument in SINCE)
    if since is None and known_at is None and position is None:
        names = "、".join(SINCE)
        raise bad_request(
            f"{name}须给出{names}中的至少一个。", f"{name} takes at least one of {', '.join(SINCE)}."
        )
    return Asked(since, known_at, None if position is None else position_of(position))


def _given(name: str, value: Any, kind: str) -> Any:
    """Return what an argument gives to the relation: of an ID, the position that it is."""
    if value is not None and kind.startswith("ID"):
        return position_of(value)
    return _plain(checked(value, name))


def _plain(value: Any) -> Any:
    """Return a filter's value as the database compares it: words by their stored values."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.value if isinstance(value, Enum) else value
