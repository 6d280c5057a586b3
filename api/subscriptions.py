"""The log as it grows: events from a position on, each once and in order.

A client that was cut off begins again after the last position it saw. Whoever subscribes reads in batches,
at the pace at which it takes them: a slow client holds one batch and holds up nobody.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

import strawberry
from strawberry import ID, UNSET
from strawberry.types import Info

from api.clock import Asked, clocks
from api.context import Services
from api.looks.disclosing import disclose_answer
from api.looks.seen import Moment, standing, watched
from api.selecting import Walk
from api.types.declare import READS
from api.types.events import AuditEvent, EventFilter
from api.types.glossary import argument, described
from api.types.jobs import ImportJob
from api.types.scalars import position
from api.uploads import follow_import
from projections.selection import CURSOR, FOR_EVER, Selection, Window

BATCH: Final = 200


@strawberry.type(description="订阅。What can be followed.")
class Subscription:
    """订阅。What can be followed."""

    @strawberry.subscription(description=described("Subscription", "events"))  # type: ignore[untyped-decorator]  # it is Any
    async def events(
        self,
        info: Info[Services, Any],
        after: Annotated[ID | None, argument("after_position")] = UNSET,
        filter: Annotated[EventFilter | None, argument("filter")] = UNSET,  # noqa: A002, ARG002 - read by Walk
    ) -> AsyncIterator[AuditEvent]:
        """Yield events as they are projected."""
        services = info.context
        if after:
            seen = position(after)
        else:
            clock, _ = await clocks(services, Asked())
            seen = clock.known
        walk = Walk.of(info)
        chosen = walk.stream(READS["Query"], "events", "AuditEvent")
        if (
            services.principal.is_watched
        ):  # once: a look is an event too, and would bring itself about for ever
            begun = watched(walk.info, Moment(None, seen), "stream")
            await disclose_answer(services.looks, services.principal, [begun], None)
        while True:
            known = await services.tail.beyond(seen)
            while seen < known:
                chosen.window = Window(size=BATCH - 1, after=(seen,))
                log = Selection(relations={"events": chosen})
                answer = await services.reader.answer(log, {"as_of": None, "known": known}, as_of=FOR_EVER)
                rows = answer["events"]["rows"]
                standing(walk.info, Moment(None, known), walk.forms)
                for row in rows:
                    yield row
                seen = rows[-1][CURSOR][0] if len(rows) == BATCH else known

    @strawberry.subscription(description=described("Subscription", "import_job"))  # type: ignore[untyped-decorator]  # it is Any
    async def import_job(
        self,
        info: Info[Services, Any],
        id: Annotated[ID, argument("import_id")],  # noqa: A002 - GraphQL's word
    ) -> AsyncIterator[ImportJob]:
        """Yield an import whenever it has changed, until it has come to an end."""
        async for job in follow_import(info, id):
            yield job
