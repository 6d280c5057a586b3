"""How a read type is declared: as a class whose fields are columns and whose source stands beside it.

```python
@reads("read.check_in_at({as_of}, {known})", order=("day", "position"))
class CheckIn:
    \"\"\"到村打卡。A check-in.\"\"\"

    position: ID
    day: date
    village: Village = one("{t}.id = {p}.village_id")
```

A field is the column of its name unless `sql` says otherwise; `one`, `many` and `page` lead to other read
types, which may be declared in any module: annotations are read when the schema is made. Nothing else in the
API reads: `api.selecting` finds everything here, by GraphQL name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from api.types import paging
from api.types.glossary import described
from api.types.scalars import SCALARS, Month
from api.types.terms import TERMS
from projections.selection import Key, Relation, Source

Class = TypeVar("Class", bound=type)
Arguments = Mapping[str, tuple[str, str]]
"""Arguments of a field: the type of each, and its condition on the row `{t}` and the value `{v}`."""
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
    """

    on: str
    by: Arguments = field(default_factory=dict)
    filter: type | None = None
    exactly_one: bool = False


@dataclass(frozen=True)
class Expression:
    """A field that is another expression than the column of its name."""

    sql: str


@dataclass(frozen=True)
class Read:
    """A read type as it is selected from, by the GraphQL names of its fields.

    Attributes:
        source: where its rows come from.
        columns: fields that are columns.
        ways: fields that lead further.
        always: columns that every selection needs.
    """

    source: Source
    columns: Mapping[str, str] = field(default_factory=dict)
    ways: Mapping[str, Way] = field(default_factory=dict)
    always: frozenset[str] = frozenset()


READS: Final[dict[str, Read]] = {}
"""Every read type by its GraphQL name."""

FILTERS: Final[dict[type | None, Arguments]] = {}
"""The conditions of every filter, by its class."""


def one(on: str = "true", *, by: Arguments | None = None) -> Any:
    """Lead to one row, or none; with `by`, exactly one of these arguments picks it."""
    return Way(on, by or {}, exactly_one=by is not None)


def many(on: str = "true", *, by: Arguments | None = None) -> Any:
    """Lead to all rows that belong here."""
    return Way(on, by or {})


def page(on: str = "true", *, filtered: type | None = None) -> Any:
    """Lead to rows in pages, narrowed by a filter if there is one."""
    return Way(on, filter=filtered)


def sql(expression: str) -> Any:
    """Let a field be an expression of the row `{t}`; in a filter, a condition with the value `{v}`."""
    return Expression(expression)


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
        order: the fields that order its rows totally; cursors are made of them.
        always: columns that every selection needs.
        hidden: columns that are no fields.
        kind: what Strawberry makes of it, an interface perhaps.
    """

    def declare(cls: Class) -> Class:
        annotations: dict[str, str] = cls.__annotations__
        declared = {name: vars(cls).get(name) for name in annotations}
        columns = {
            name: _expression(name, annotations[name], it)
            for name, it in declared.items()
            if not isinstance(it, Way)
        }
        ways = {name: it for name, it in declared.items() if isinstance(it, Way)}
        source = Source(
            name=cls.__name__,
            rows=rows,
            columns=columns | dict(hidden or {}),
            order=tuple(_key(columns[name], annotations[name]) for name in order),
            relations={to_camel_case(name): _relation(way, annotations[name]) for name, way in ways.items()},
        )
        READS[cls.__name__] = Read(
            source,
            {to_camel_case(name): name for name in columns},
            {to_camel_case(name): way for name, way in ways.items()},
            frozenset(always),
        )
        for name, way in declared.items():
            made = _field(cls.__name__, name, annotations[name], way if isinstance(way, Way) else None)
            setattr(cls, name, made)
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


def _field(type_name: str, name: str, annotation: str, way: Way | None) -> StrawberryField:
    paged = "Connection[" in annotation
    getter = (
        paging.column(name)
        if way is None
        else paging.follow_page(_target(annotation))
        if paged
        else paging.follow
    )
    made = StrawberryField(description=described(type_name, name), metadata={paging.GETTER: getter})
    if way is not None:
        arguments = {argument: kind for argument, (kind, _) in way.by.items()}
        if way.filter is not None:
            arguments["filter"] = way.filter.__name__
        if paged:
            arguments |= paging.ARGUMENTS
        made.arguments = [
            StrawberryArgument(
                python_name=argument,
                graphql_name=argument,
                type_annotation=StrawberryAnnotation(f"{kind} | None", namespace=NAMES),
                description=described("Argument", argument),
            )
            for argument, kind in arguments.items()
        ]
    return made


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
    )


def _target(annotation: str) -> str:
    target = annotation.removesuffix(" | None").rstrip("]").rpartition("[")[2]
    return f"{target}HistoryEdge" if annotation.startswith("HistoryConnection[") else target
