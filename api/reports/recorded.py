"""Who gets a report with personal data is put on record, before it leaves."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from anyio import to_thread

from api.context import Services
from api.looks.disclosing import Receipt, Salted, disclose_file, reader_of
from api.looks.seen import Moment
from api.reports.make import Prepared


async def recorded(
    services: Services, prepared: Prepared, people: Iterable[UUID], file: Path
) -> Receipt | None:
    """Put on record who gets a report, and return what they keep; None if it need not be.

    It needs to be if it shows anything of registration forms, or if whoever asks is watched.

    Args:
        services: of whoever asks.
        prepared: the report.
        people: whose registration forms it shows.
        file: the report, whole, of which nothing was sent yet.

    Raises:
        NotRecorded: it is not on record.
    """
    if not (prepared.report.personal or services.principal.is_watched):
        return None
    return await disclose_file(
        services.looks,
        reader_of(services.principal),
        f"report:{prepared.report.name}",
        people=people,
        fields=prepared.report.form_fields,
        moment=Moment(prepared.clock.as_of, prepared.clock.known),
        salted=await to_thread.run_sync(Salted.of, file),
    )
