"""From a selection to the one SQL statement that answers it.

A `Source` says once where the rows of a read type come from: a relation on the two clocks, its columns, its
order and its relations to other sources. A `Selection` says what is asked of such rows. Relations become
correlated sub-selects that return JSON, so the whole answer is one statement, however many rows it has and
however deep it goes.

In the SQL fragments of a declaration `{t}` is the row itself, `{p}` the row it is reached from, `{v}` the
value of a filter, `{as_of}` and `{known}` the two clocks at that place. In the relation of a source, and
in the condition of the way to it, any other name is a value that the way gives, such as `{over_days}`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

CURSOR: Final = "~"
"""Under this name a page's rows carry the values of their order."""

SINCE: Final = "since"
SINCE_KNOWN: Final = "since_known"
"""The two clocks of an earlier moment, among the values that a way gives."""

AS_OF: Final = "%(as_of)s::date"
KNOWN: Final = "%(known)s::bigint"
FOR_EVER: Final = "'infinity'::date"
"""The clock of what happened, set to no limit."""


@dataclass(frozen=True)
class Key:
    """One part of an order: an expression that is never null, and its SQL type."""

    sql: str
    type: str


@dataclass(frozen=True)
class Source:
    """Where the rows of a read type come from.

    Attributes:
        name: of the read type; cursors carry it, so that none is used where it makes no sense.
        rows: the relation, on the two clocks; `{p}` in it may be the row it is reached from.
        columns: expressions by name.
        order: a total order of the rows.
        relations: ways to other sources, by name.
    """

    name: str
    rows: str
    columns: Mapping[str, str]
    order: tuple[Key, ...] = ()
    relations: Mapping[str, Relation] = field(default_factory=dict)


@dataclass(frozen=True)
class Relation:
    """A way from a row to rows of a source.

    Attributes:
        to: the source, which may be declared later.
        on: the condition between `{t}` and `{p}`.
        many: whether there may be more than one.
        paged: whether they come in pages.
        filters: conditions that a selection may add, by name.
        given: SQL types of the values that the relation of the source or the condition needs, by name.
        figures: conditions of which a selection chooses one, by name.
        as_of: what everything beyond stands on instead of the clock of what happened.
        known: what everything beyond stands on instead of the clock of knowledge.
    """

    to: Callable[[], Source]
    on: str = "true"
    many: bool = False
    paged: bool = False
    filters: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, str] = field(default_factory=dict)
    as_of: str | None = None
    known: str | None = None


@dataclass(frozen=True)
class Window:
    """A page: the first or last `size` rows strictly between two cursors, in the order of the source."""

    size: int
    backward: bool = False
    after: tuple[Any, ...] | None = None
    before: tuple[Any, ...] | None = None


@dataclass
class Selection:
    """What is asked of the rows of a source.

    Attributes:
        columns: names of its columns.
        relations: ways that are followed, by the keys under which their rows stand in the answer.
        worked_out: names of what is no column; whoever asks adds it to the answer.
    """

    columns: set[str] = field(default_factory=set)
    relations: dict[str, Chosen] = field(default_factory=dict)
    worked_out: set[str] = field(default_factory=set)

    @property
    def empty(self) -> bool:
        """Whether nothing is asked."""
        return not self.columns and not self.relations


@dataclass
class Chosen:
    """A relation that a selection follows, and what is asked of the rows beyond.

    Attributes:
        relation: the way.
        where: values of the filters in use.
        given: values for the relation of the source; null where there is none.
        figure: the name of the condition chosen among the relation's figures.
        window: which page, of a paged relation.
        rows: what is asked of the rows.
        rows_wanted: whether a page's rows are wanted at all, or just the figures about them.
        total: whether the number of all rows is wanted.
        around: whether it is wanted if there are rows at and beyond the cursors.
    """

    relation: Relation
    where: dict[str, Any] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    figure: str | None = None
    window: Window | None = None
    rows: Selection = field(default_factory=Selection)
    rows_wanted: bool = False
    total: bool = False
    around: bool = False


@dataclass(frozen=True)
class Statement:
    """One SQL statement that returns one JSON object, and its parameters."""

    sql: str
    params: dict[str, Any]


def compile_selection(selection: Selection, *, as_of: str = AS_OF) -> Statement:
    """Return the statement that answers a selection with no row to start from.

    It has the parameters `as_of` and `known` in common with every statement; the caller adds their values.

    Args:
        selection: what is asked; relations only.
        as_of: the clock of what happened, in SQL.
    """
    compiler = _Compiler()
    relations = [
        f'{compiler.chosen(chosen, None, as_of, KNOWN)} as "{key}"'
        for key, chosen in selection.relations.items()
    ]
    sql = f"select row_to_json(answer) from (select {', '.join(relations)}) answer"  # noqa: S608 - declared
    return Statement(sql, compiler.params)


class _Compiler:
    """Builds one statement: numbers its aliases and gathers its parameters.

    All SQL comes from declarations; whatever a client sends becomes a parameter.
    """

    def __init__(self) -> None:
        self.params: dict[str, Any] = {}
        self._aliases = 0

    def chosen(self, chosen: Chosen, parent: str | None, as_of: str, known: str) -> str:
        """Return the expression that follows a relation from the row `parent`."""
        relation, source = chosen.relation, chosen.relation.to()
        as_of, known = (
            instead.format(p=parent, as_of=as_of, known=known) if instead else clock
            for instead, clock in ((relation.as_of, as_of), (relation.known, known))
        )
        self._aliases += 1
        t = f"t{self._aliases}"
        place = {"p": parent, "as_of": as_of, "known": known}
        given = {
            name: f"{self._param(chosen.given.get(name))}::{kind}" for name, kind in relation.given.items()
        }
        for name, clock in ((SINCE, as_of), (SINCE_KNOWN, known)):
            if name in given:  # what stands on earlier clocks than the root's looks back from there
                given[name] = f"least({given[name]}, {clock})"
        conditions = [relation.on.format(t=t, **place, **given)]
        if chosen.figure is not None:
            conditions.append(relation.figures[chosen.figure].format(t=t, **place))
        for name, value in chosen.where.items():
            conditions.append(relation.filters[name].format(t=t, v=self._param(value), **place))
        rows = f"{source.rows.format(**place, **given)} {t} where {' and '.join(conditions)}"
        columns = self._columns(source, chosen.rows, t, as_of, known)
        if relation.paged:
            return self._page(source, chosen, rows, columns, t)
        if not relation.many:
            return f"(select row_to_json(r) from (select {columns} from {rows} limit 1) r)"  # noqa: S608
        order = _listed(source.order, t)
        return (
            f"(select coalesce(json_agg(r), '[]'::json) "  # noqa: S608 - declared
            f"from (select {columns} from {rows} order by {order}) r)"
        )

    def _columns(self, source: Source, rows: Selection, t: str, as_of: str, known: str) -> str:
        place = {"t": t, "as_of": as_of, "known": known}
        picked = [f'{source.columns[name].format(**place)} as "{name}"' for name in sorted(rows.columns)]
        picked += [
            f'{self.chosen(chosen, t, as_of, known)} as "{key}"' for key, chosen in rows.relations.items()
        ]
        return ", ".join(picked) or 'true as "_"'

    def _page(self, source: Source, chosen: Chosen, rows: str, columns: str, t: str) -> str:
        window = chosen.window
        if window is None:
            raise ValueError(f"a page of {source.name} needs a window")
        keys = _listed(source.order, t)
        after = self._beyond(source, keys, ">", window.after)
        before = self._beyond(source, keys, "<", window.before)
        parts = []
        if chosen.rows_wanted:
            within = "".join(f" and {bound}" for bound in (after, before) if bound)
            order = _listed(source.order, t, " desc" if window.backward else "")
            parts.append(
                f"(select coalesce(json_agg(r), '[]'::json) from (select {columns}, "  # noqa: S608 - declared
                f'json_build_array({keys}) as "{CURSOR}" '
                f"from {rows}{within} order by {order} limit {window.size + 1:d}) r) as rows"
            )
        if chosen.around:
            parts.append(f"{_any_but(rows, after)} as preceded, {_any_but(rows, before)} as followed")
        if chosen.total:
            parts.append(f"(select count(*) from {rows}) as total")  # noqa: S608 - declared
        return f"(select row_to_json(page) from (select {', '.join(parts) or 'true as _'}) page)"  # noqa: S608

    def _beyond(self, source: Source, keys: str, side: str, cursor: tuple[Any, ...] | None) -> str | None:
        if cursor is None:
            return None
        values = ", ".join(
            f"{self._param(value)}::{key.type}" for key, value in zip(source.order, cursor, strict=True)
        )
        return f"({keys}) {side} ({values})"

    def _param(self, value: Any) -> str:
        name = f"v{len(self.params)}"
        self.params[name] = value
        return f"%({name})s"


def _listed(order: tuple[Key, ...], t: str, suffix: str = "") -> str:
    return ", ".join(key.sql.format(t=t) + suffix for key in order)


def _any_but(rows: str, bound: str | None) -> str:
    return f"exists (select from {rows} and not {bound})" if bound else "false"
