"""How a read type is declared: as a class whose fields are columns and whose source stands beside it.

```python
@reads("read.check_in_at({as_of}, {known})", order=("day", "position"))
class CheckIn:
    \"\"\"到村打卡。A check-in.\"\"\"

    position: ID
    day: date
    village: Village = one("{t}.id = {p}.village_id")
```

A field is the column of its name unless `sql` says otherwise, or `worked_out` that it is none; `one`, `many`
and `page` lead to other read types, which may be declared in any module: annotations are read when the schema
is made. Nothing else in the API reads: `api.selecting` finds everything here, by GraphQL name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case, to_snake_case

from api.types import paging
from api.types.glossary import described, described_argument
from api.types.scalars import SCALARS, Month
from api.types.terms import TERMS, Figure
from projections.selection import SINCE as EARLIER
from projections.selection import SINCE_KNOWN as EARLIER_KNOWN
from projections.selection import Key, Relation, Source

Class = TypeVar("Class", bound=type)
Arguments = Mapping[str, tuple[str, str]]
"""Arguments of a field: the type of each, and its condition on the row `{t}` and the value `{v}`."""
Given = Mapping[str, tuple[str, str]]
"""Arguments of a field that stand in the relation or condition: the type of each in GraphQL and in SQL."""
SINCE: Final = {"since": "date", "sinceKnownAt": "datetime", "sinceKnownAtPosition": "ID"}
"""Arguments of a field that looks back at an earlier moment: `{since}`, `{since_known}` in its relation."""
NAMES: Final[dict[str, Any]] = {
    "ID": strawberry.ID,
    "Month": Month,
    "Connection": paging.Connection,
    "HistoryConnection": paging.HistoryConnection,
    **{kind.__name__: kind for kind in SCALARS if isinstance(kind, type)},
    **TERMS,
}
"""What annotations of read types may name."""

_KEY_TYPES: Final = {
    "date": "date",
    "ID": "bigint",
    "int": "bigint",
    "UUID": "uuid",
    "str": "text",
    "Month": "text",
}


@dataclass(frozen=True)
class Way:
    """A field that leads to rows of a read type.

    Attributes:
        on: the condition between the two rows.
        by: arguments that narrow the rows.
        filter: the input class whose fields narrow them too.
        exactly_one: of the arguments has to be given.
        given: arguments that stand in the relation it leads to, or in `on`.
        since: whether it looks back at an earlier moment (`SINCE`).
        figures: the vocabulary of the figures whose evidence it leads to.
        as_of: what everything beyond stands on instead of the clock of what happened.
        known: what everything beyond stands on instead of the clock of knowledge.
    """

    on: str
    by: Arguments = field(default_factory=dict)
    filter: type | None = None
    exactly_one: bool = False
    given: Given = field(default_factory=dict)
    since: bool = False
    figures: type[Figure] | None = None
    as_of: str | None = None
    known: str | None = None

    @property
    def arguments(self) -> dict[str, str]:
        """The arguments and their types, but for those of a page."""
        arguments = {name: kind for name, (kind, _) in (*self.by.items(), *self.given.items())}
        if self.since:
            arguments |= SINCE
        if self.figures is not None:
            arguments["figure"] = f"{self.figures.__name__}!"
        if self.filter is not None:
            arguments["filter"] = self.filter.__name__
        return arguments


@dataclass(frozen=True)
class Expression:
    """A field that is another expression than the column of its name.

    Attributes:
        sql: the expression.
        shown: what is answered for its value, if not the value itself.
        getter: what reads the value from an answer, where that rests on more than the value.
        takes: arguments of the getter and their types.
    """

    sql: str
    shown: Callable[[Any], Any] | None = None
    getter: paging.Getter | None = None
    takes: Mapping[str, str] = field(default_factory=dict)


class WorkedOut:
    """A field that is no column: whoever answers adds its value to the row."""


@dataclass(frozen=True)
class Read:
    """A read type as it is selected from, by the GraphQL names of its fields.

    Attributes:
        source: where its rows come from.
        columns: fields that are columns.
        ways: fields that lead further.
        always: columns that every selection needs.
        worked_out: fields that whoever answers adds to a row.
    """

    source: Source
    columns: Mapping[str, str] = field(default_factory=dict)
    ways: Mapping[str, Way] = field(default_factory=dict)
    always: frozenset[str] = frozenset()
    worked_out: Mapping[str, str] = field(default_factory=dict)


READS: Final[dict[str, Read]] = {}
"""Every read type by its GraphQL name."""

FILTERS: Final[dict[type | None, Arguments]] = {}
"""The conditions of every filter, by its class."""


def one(on: str = "true", *, by: Arguments | None = None, **more: Any) -> Any:
    """Lead to one row, or none; with `by`, exactly one of these arguments picks it. `more`: as of a `Way`."""
    return Way(on, by or {}, exactly_one=by is not None, **more)


def many(on: str = "true", *, by: Arguments | None = None, **more: Any) -> Any:
    """Lead to all rows that belong here. `more`: as of a `Way`."""
    return Way(on, by or {}, **more)


def page(on: str = "true", *, filtered: type | None = None, **more: Any) -> Any:
    """Lead to rows in pages, narrowed by a filter if there is one. `more`: as of a `Way`."""
    return Way(on, filter=filtered, **more)


def sql(expression: str, *, shown: Callable[[Any], Any] | None = None) -> Any:
    """Let a field be an expression of the row `{t}`; in a filter, a condition with the value `{v}`.

    Args:
        expression: in SQL.
        shown: what is answered for its value, if not the value itself.
    """
    return Expression(expression, shown)


def told(getter: paging.Getter, expression: str, **takes: str) -> Any:
    """Let a field be what `getter` makes of the row, its context and arguments.

    Args:
        getter: as of a field in GraphQL.
        expression: in SQL, the column that it reads.
        takes: its arguments and their types.
    """
    return Expression(expression, getter=getter, takes=takes)


def worked_out() -> Any:
    """Let a field be no column: whoever answers adds its value to the row."""
    return WorkedOut()


def reads(
    rows: str,
    *,
    order: tuple[str, ...] = (),
    always: tuple[str, ...] = (),
    hidden: Mapping[str, str] | None = None,
    kind: Callable[..., Any] = strawberry.type,
) -> Callable[[Class], Class]:
    """Declare a read type.

    Args:
        rows: its relation in SQL, on the two clocks.
        order: the fields, or hidden numbers, that order its rows totally; cursors are made of them.
        always: columns that every selection needs.
        hidden: columns that are no fields.
        kind: what Strawberry makes of it, an interface perhaps.
    """

    def declare(cls: Class) -> Class:
        annotations: dict[str, str] = cls.__annotations__
        declared, more = {name: vars(cls).get(name) for name in annotations}, dict(hidden or {})
        columns = {
            name: _expression(name, annotations[name], it)
            for name, it in declared.items()
            if not isinstance(it, (Way, WorkedOut))
        }
        ways = {name: it for name, it in declared.items() if isinstance(it, Way)}
        source = Source(
            name=cls.__name__,
            rows=rows,
            columns=columns | more,
            order=tuple(
                _key(columns[name], annotations[name]) if name in columns else Key(more[name], "bigint")
                for name in order
            ),
            relations={to_camel_case(name): _relation(way, annotations[name]) for name, way in ways.items()},
        )
        READS[cls.__name__] = Read(
            source,
            {to_camel_case(_plain(name)): name for name in columns},
            {to_camel_case(name): way for name, way in ways.items()},
            frozenset(always),
            {to_camel_case(name): name for name, it in declared.items() if isinstance(it, WorkedOut)},
        )
        for name, it in declared.items():
            setattr(cls, name, _field(cls.__name__, name, annotations[name], it))
        return _named(cls, kind)

    return declare


def filters(cls: Class) -> Class:
    """Declare a filter: an input whose fields are conditions, all of which have to hold."""
    annotations: dict[str, str] = cls.__annotations__
    FILTERS[cls] = {
        to_camel_case(name): (annotation, vars(cls)[name].sql) for name, annotation in annotations.items()
    }
    for name in annotations:
        made = strawberry.field(description=described("Filter", name), default=strawberry.UNSET)
        setattr(cls, name, made)
    return _named(cls, strawberry.input)


def documented(cls: type) -> str:
    """Return what a class says of itself, on one line."""
    return " ".join((cls.__doc__ or "").split())


def _field(
    type_name: str, name: str, annotation: str, declared: Way | Expression | WorkedOut | None
) -> StrawberryField:
    paged = "Connection[" in annotation
    match declared:
        case Way():
            getter = paging.follow_page(_target(annotation)) if paged else paging.follow
        case Expression(getter=own) if own is not None:
            getter = own
        case Expression(shown=shown) if shown is not None:
            getter = paging.column_as(name, shown)
        case _:
            getter = paging.column(name)
    made = StrawberryField(
        graphql_name=None if name == _plain(name) else _plain(name),
        description=described(type_name, _plain(name)),
        metadata={paging.GETTER: getter},
    )
    if isinstance(declared, Way):
        takes = declared.arguments | (paging.ARGUMENTS if paged else {})
        made.arguments = arguments(type_name, name, takes)
    elif isinstance(declared, Expression):
        made.arguments = arguments(type_name, name, declared.takes)
    return made


def arguments(type_name: str, name: str, takes: Mapping[str, str]) -> list[StrawberryArgument]:
    """Return the arguments of a field, by their names and types; one that may be left out has no `!`."""
    return [
        StrawberryArgument(
            python_name=argument,
            graphql_name=argument,
            type_annotation=StrawberryAnnotation(
                kind.removesuffix("!") if kind.endswith("!") else f"{kind} | None", namespace=NAMES
            ),
            description=described_argument(type_name, name, argument),
        )
        for argument, kind in takes.items()
    ]


def _plain(name: str) -> str:
    """Return a field's name without the underscore that keeps it from being a word of Python's."""
    return name.removesuffix("_")


def _named(cls: Class, kind: Callable[..., Any]) -> Class:
    """Make a class what Strawberry calls `kind`, its annotations to be read when all names are known."""
    annotations = dict(cls.__annotations__)
    made: Class = kind(cls, description=documented(cls))
    for declared in made.__strawberry_definition__.fields:  # type: ignore[attr-defined]  # Strawberry set it
        if declared.python_name in annotations:
            declared.type_annotation = StrawberryAnnotation(
                annotations[declared.python_name], namespace=NAMES
            )
    NAMES[cls.__name__] = made
    return made


def _expression(name: str, annotation: str, declared: Expression | None) -> str:
    expression = declared.sql if declared is not None else f"{{t}}.{name}"
    return f"({expression})::text" if "Decimal" in annotation else expression


def _key(expression: str, annotation: str) -> Key:
    kind = _KEY_TYPES[annotation]
    return Key(f'{expression} collate "C"' if kind == "text" else expression, kind)


def _relation(way: Way, annotation: str) -> Relation:
    return Relation(
        to=lambda: READS[_target(annotation)].source,
        on=way.on,
        many=annotation.startswith("list["),
        paged="Connection[" in annotation,
        filters={name: sql for name, (_, sql) in (*way.by.items(), *FILTERS.get(way.filter, {}).items())},
        given={to_snake_case(name): kind for name, (_, kind) in way.given.items()}
        | ({EARLIER: "date", EARLIER_KNOWN: "bigint"} if way.since else {}),
        figures={figure.name: figure.sql for figure in way.figures or ()},
        as_of=way.as_of,
        known=way.known,
    )


def _target(annotation: str) -> str:
    target = annotation.removesuffix(" | None").rstrip("]").rpartition("[")[2]
    return f"{target}HistoryEdge" if annotation.startswith("HistoryConnection[") else target
