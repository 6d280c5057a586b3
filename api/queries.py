"""The root of all queries. Each root field is one SQL statement, chosen by what is selected below it.

The nodes of the tree that a root or proofs are made of are one more, where these are asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, Final, TypeVar, cast

import strawberry
from strawberry import ID, UNSET
from strawberry.types import Info

from api.access.gate import sees_county
from api.clock import Asked, clocks
from api.context import Services
from api.looks.seen import Moment, standing, watch
from api.proofs import add_proofs, root_at
from api.selecting import Walk
from api.types.declare import READS
from api.types.events import TYPE_NAMES, EventFilter
from api.types.glossary import argument, described
from api.types.jobs import ImportJob, Paper
from api.types.ledger import Ledger
from api.types.nodes import TYPE, Node
from api.types.notes import notes_of
from api.types.paging import Page
from api.types.roots import EventConnection, Programme
from api.types.scalars import position as position_of
from api.types.scalars import uuid as uuid_of
from api.uploads import QUERIES, root_fields
from projections.selection import FOR_EVER, Chosen, Selection

_STOPPED: Final = (
    "读侧已停止,原因见服务器日志或zhucun status。 The read side has stopped; whoever runs the server finds "
    "out why by its log, or by `zhucun status`."
)
"""What is told of an error to those who do not see the county: it may quote the event that it is about."""

Request = Info[Services, Any]
Resolver = TypeVar("Resolver", bound=Callable[..., Any])


def _root(name: str) -> Callable[[Resolver], Resolver]:
    return cast("Callable[[Resolver], Resolver]", strawberry.field(description=described("Query", name)))


_IMPORTS: Final = root_fields("Query", QUERIES)


@strawberry.type(description="查询。What can be asked.")
class Query:
    """查询。What can be asked."""

    papers: list[Paper] = _IMPORTS["papers"]
    import_job: ImportJob | None = _IMPORTS["import_job"]
    import_jobs: list[ImportJob] = _IMPORTS["import_jobs"]

    @_root("programme")
    async def programme(
        self,
        info: Request,
        as_of: Annotated[date | None, argument("as_of")] = UNSET,
        known_at: Annotated[datetime | None, argument("known_at")] = UNSET,
        known_at_position: Annotated[ID | None, argument("known_at_position")] = UNSET,
        wait_for: Annotated[ID | None, argument("wait_for")] = UNSET,
    ) -> Programme:
        """Answer everything below on the two clocks."""
        services = info.context
        walk = Walk.of(info)
        selection = walk.below(READS["Programme"])
        selection.columns.clear()  # what the programme itself says is known here already
        if wait_for:
            await services.tail.reach(position_of(wait_for))
        position = position_of(known_at_position) if known_at_position else None
        asked = Asked(as_of or None, known_at or None, position)
        clock, earlier = await clocks(services, asked, [it for _, it in walk.earlier])
        walk.looks_back(earlier)
        standing(walk.info, Moment(clock.as_of, clock.known), walk.forms)
        watch(walk.info, Moment(clock.as_of, clock.known))
        answer: dict[str, Any] = {
            "as_of": clock.as_of,
            "known_at": clock.known_at,
            "position": clock.known,
            "notes": notes_of(clock),
        }
        if selection.relations:
            answer |= await services.reader.answer(selection, clock.params)
        if "root" in selection.worked_out:
            answer["root"] = await root_at(services.database, clock.known)
        return cast("Programme", answer)

    @_root("events")
    async def events(  # noqa: PLR0913, PLR0917 - the arguments of a page
        self,
        info: Request,
        filter: Annotated[EventFilter | None, argument("filter")] = UNSET,  # noqa: A002, ARG002 - Walk reads it
        first: Annotated[int | None, argument("first")] = UNSET,  # noqa: ARG002 - Walk reads it
        after: Annotated[str | None, argument("after")] = UNSET,  # noqa: ARG002 - Walk reads it
        last: Annotated[int | None, argument("last")] = UNSET,  # noqa: ARG002 - Walk reads it
        before: Annotated[str | None, argument("before")] = UNSET,  # noqa: ARG002 - Walk reads it
    ) -> EventConnection:
        """Answer a page of the log, voided events and all."""
        walk = Walk.of(info)
        chosen, arguments = walk.page(READS["Query"], "events")
        clock, _ = await clocks(info.context, Asked())
        standing(walk.info, Moment(None, clock.known), walk.forms)
        watch(walk.info, Moment(None, clock.known))
        log = Selection(relations={"events": chosen})
        answer = await info.context.reader.answer(log, clock.params, as_of=FOR_EVER)
        page = Page.of("AuditEvent", answer["events"], arguments, position=clock.known)
        return cast("EventConnection", page)

    @_root("ledger")
    async def ledger(self, info: Request) -> Ledger:
        """Answer whose ledger this is, how far it got, and what proves it."""
        services, asked = info.context, Walk.of(info).below(READS["Ledger"])
        chosen = Chosen(READS["Query"].source.relations["ledger"], rows=asked)
        about = Selection(relations={"ledger": chosen})
        answer = (await services.reader.for_everybody(about, {}))["ledger"]
        await add_proofs(services.database, asked, answer)
        if answer.get("error") is not None and not sees_county(services.principal):
            answer["error"] = _STOPPED
        if "alarm" in asked.worked_out:
            answer["alarm"] = services.signer.alarm
        return cast("Ledger", answer)

    @_root("node")
    async def node(self, info: Request, id: Annotated[ID, argument("id")]) -> Node | None:  # noqa: A002
        """Answer what has an id, as of today and as known now."""
        services = info.context
        value: Any = uuid_of(id) if "-" in id else position_of(id)
        walk, selection = Walk.of(info), Selection()
        for kind in ("Village", "Instructor", "Project") if "-" in id else ("AuditEvent",):
            relation = READS["Query"].source.relations[kind]
            selection.relations[kind] = Chosen(relation, {"id": value}, rows=walk.below(READS[kind]))
        clock, earlier = await clocks(services, Asked(), [it for _, it in walk.earlier])
        walk.looks_back(earlier)
        standing(walk.info, Moment(clock.as_of, clock.known), walk.forms)
        watch(walk.info, Moment(clock.as_of, clock.known))
        answer = await services.reader.answer(selection, clock.params)
        for kind, row in answer.items():
            if row is not None:
                return cast("Node", row | {TYPE: TYPE_NAMES[row["type"]] if kind == "AuditEvent" else kind})
        return None
