"""Pages: keyset cursors in both directions, by the order that each read type declares.

A cursor is opaque: the read type's name and the values of its order at a row. It stays good when rows come
and go, and on another server.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import blake2s
from typing import TYPE_CHECKING, Annotated, Any, Final, Generic, TypeVar

import orjson
import strawberry
from graphql import GraphQLResolveInfo

from api.problems import bad_request
from api.types.glossary import described
from api.types.scalars import checked, uuid
from projections.selection import CURSOR, Source, Window

if TYPE_CHECKING:
    from api.types.events import AuditEvent

DEFAULT_SIZE: Final = 50
MAX_SIZE: Final = 500
ARGUMENTS: Final = {"first": "int", "after": "str", "last": "int", "before": "str"}

Node = TypeVar("Node")
Getter = Callable[..., Any]
GETTER: Final = "getter"
"""Under this name a field's metadata carries what reads its value from an answer."""


def cursor_of(name: str, values: list[Any]) -> str:
    """Return the cursor of a row of the read type `name`."""
    return urlsafe_b64encode(orjson.dumps([name, *values])).decode().rstrip("=")


def values_of(cursor: str, source: Source) -> tuple[Any, ...]:
    """Return the values of the order of `source` that a cursor stands for.

    Raises:
        Problem: it is no cursor of this connection.
    """
    try:
        name, *values = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if name == source.name:
            return tuple(_CHECKS[key.type](value) for key, value in zip(source.order, values, strict=True))
    except (ValueError, TypeError):
        pass  # not even of the right shape: the message is the same
    raise bad_request(
        f"“{cursor}”不是此处的游标,请使用pageInfo或edges给出的游标。",
        f"{cursor!r} is no cursor of this connection; use one that pageInfo or edges gave.",
    )


def window_of(arguments: Mapping[str, Any], source: Source) -> Window:
    """Return the page that arguments ask for, and check them.

    Raises:
        Problem: they make no sense together, or ask for too much.
    """
    first, last = arguments.get("first"), arguments.get("last")
    if first is not None and last is not None:
        raise bad_request("first与last只能给出一个。", "Give first or last, not both.")
    size = DEFAULT_SIZE if first is None and last is None else first if last is None else last
    if size is None or not 0 <= size <= MAX_SIZE:
        raise bad_request(
            f"每页须为0至{MAX_SIZE}条,而非{size}条;更多请翻页。",
            f"A page has 0 to {MAX_SIZE} rows, not {size}; ask for the next page to get more.",
        )
    after, before = arguments.get("after"), arguments.get("before")
    return Window(
        size=size,
        backward=last is not None,
        after=None if after is None else values_of(after, source),
        before=None if before is None else values_of(before, source),
    )


@dataclass(frozen=True)
class Page:
    """A page of rows as it was read."""

    name: str
    rows: list[dict[str, Any]]
    total: int | None
    before: bool
    beyond: bool
    position: int | None = None

    @classmethod
    def of(
        cls, name: str, answer: dict[str, Any], arguments: Mapping[str, Any], position: int | None = None
    ) -> Page:
        """Return the page in an answer: one row more than asked for was read, to know if there are more."""
        rows, backward = answer.get("rows", []), arguments.get("last") is not None
        size = arguments["last"] if backward else arguments.get("first")
        size = DEFAULT_SIZE if size is None else size
        more, rows = len(rows) > size, rows[:size]
        if backward:
            rows.reverse()
        return cls(
            name,
            rows,
            answer.get("total"),
            before=answer.get("preceded", False) or (backward and more),
            beyond=answer.get("followed", False) or (not backward and more),
            position=position,
        )

    def cursor(self, place: int) -> str | None:
        """Return the cursor of the row at a place, if there is one."""
        return cursor_of(self.name, self.rows[place][CURSOR]) if self.rows else None


def key_of(name: str, arguments: Mapping[str, Any]) -> str:
    """Return the key under which the rows of a relation stand, if it is followed with these arguments."""
    if not arguments:
        return name
    return f"{name}:{blake2s(repr(sorted(arguments.items())).encode(), digest_size=6).hexdigest()}"


def column(name: str) -> Getter:
    """Return what reads a column of an answer."""

    def get(row: Any, _info: GraphQLResolveInfo[Any]) -> Any:
        return row[name]

    return get


def column_as(name: str, shown: Callable[[Any], Any]) -> Getter:
    """Return what reads a column of an answer and shows its value as something else."""

    def get(row: Any, _info: GraphQLResolveInfo[Any]) -> Any:
        return shown(row[name])

    return get


def follow(row: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    """Return what a relation led to."""
    return row[key_of(info.field_name, arguments)]


def follow_page(name: str) -> Callable[..., Page]:
    """Return what reads the page that a relation to the source `name` led to."""

    def get(row: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Page:
        return Page.of(name, follow(row, info, **arguments), arguments)

    return get


def _shown(getter: Callable[..., Any], type_name: str, name: str) -> Any:
    return strawberry.field(description=described(type_name, name), metadata={GETTER: getter})


@strawberry.type(description="本页在全部结果中的位置。Where a page stands among all rows.")
class PageInfo:
    """本页在全部结果中的位置。Where a page stands among all rows."""

    has_next_page: bool = _shown(lambda page, _: page.beyond, "PageInfo", "has_next_page")
    has_previous_page: bool = _shown(lambda page, _: page.before, "PageInfo", "has_previous_page")
    start_cursor: str | None = _shown(lambda page, _: page.cursor(0), "PageInfo", "start_cursor")
    end_cursor: str | None = _shown(lambda page, _: page.cursor(-1), "PageInfo", "end_cursor")


@strawberry.type(description="一条结果及其游标。A row with its cursor.")
class Edge(Generic[Node]):
    """一条结果及其游标。A row with its cursor."""

    cursor: str = _shown(lambda edge, _: cursor_of(edge[0].name, edge[1][CURSOR]), "Edge", "cursor")
    node: Node = _shown(lambda edge, _: edge[1], "Edge", "node")


@strawberry.type(description="分页结果,可向前或向后翻页。Rows in pages, in both directions.")
class Connection(Generic[Node]):
    """分页结果,可向前或向后翻页。Rows in pages, in both directions."""

    edges: list[Edge[Node]] = _shown(
        lambda page, _: [(page, row) for row in page.rows], "Connection", "edges"
    )
    nodes: list[Node] = _shown(lambda page, _: page.rows, "Connection", "nodes")
    page_info: PageInfo = _shown(lambda page, _: page, "Connection", "page_info")
    total_count: int = _shown(lambda page, _: page.total, "Connection", "total_count")


@strawberry.type(description="一个事件,及其发生后的状态。An event and the state after it.")
class HistoryEdge(Generic[Node]):
    """一个事件,及其发生后的状态。An event and the state after it."""

    cursor: str = _shown(lambda edge, _: cursor_of(edge[0].name, edge[1][CURSOR]), "Edge", "cursor")
    event: Annotated[AuditEvent, strawberry.lazy("api.types.events")] = _shown(
        lambda edge, _: edge[1], "HistoryEdge", "event"
    )
    after: Node | None = _shown(lambda edge, info: follow(edge[1], info), "HistoryEdge", "after")


@strawberry.type(description="历史:逐条事件。A history, event by event.")
class HistoryConnection(Generic[Node]):
    """历史:逐条事件。A history, event by event."""

    edges: list[HistoryEdge[Node]] = _shown(
        lambda page, _: [(page, row) for row in page.rows], "Connection", "edges"
    )
    page_info: PageInfo = _shown(lambda page, _: page, "Connection", "page_info")
    total_count: int = _shown(lambda page, _: page.total, "Connection", "total_count")


def _bigint(value: Any) -> int:
    if not (isinstance(value, int) and 0 <= value < 2**63):
        raise ValueError(value)
    return value


_CHECKS: Final[dict[str, Callable[[Any], Any]]] = {
    "text": lambda value: checked(str(value), "cursor"),
    "bigint": _bigint,
    "date": date.fromisoformat,
    "uuid": uuid,
}
