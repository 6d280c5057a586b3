"""Where queries begin: the programme on its two clocks, the log of events, and the ledger."""

from __future__ import annotations

from datetime import date, datetime

import strawberry
from strawberry import ID

from api.types.batches import Batch
from api.types.changes import Backdating, Change, ChangeFilter
from api.types.comparison import SERVICE_DAY
from api.types.corrections import Correction, CorrectionFilter
from api.types.declare import FILTERS, READS, Read, Way, many, one, page, reads, worked_out
from api.types.disclosures import Disclosure, DisclosureFilter
from api.types.events import AuditEvent, EventFilter
from api.types.findings import Finding, FindingFilter
from api.types.glossary import described
from api.types.imports import Import
from api.types.notes import Note
from api.types.paging import GETTER, Connection
from api.types.people import Instructor, InstructorFilter
from api.types.places import Township, Village, VillageFilter
from api.types.proofs import Checkpoint
from api.types.remarks import Remark, RemarkFilter
from api.types.totals import SendingUnit, Totals
from projections.selection import Relation, Source


@reads("")
class Programme:
    """选派党建指导员工作。The programme, as it stood on a day and was known at a position."""

    as_of: date
    known_at: datetime
    position: ID
    root: str = worked_out()
    checkpoint: Checkpoint | None = one(
        "{t}.size = (select min(c.size) from ledger.checkpoint c where c.size >= {known})"
    )
    notes: list[Note]
    totals: Totals = one()
    townships: list[Township] = many()
    township: Township | None = one(by={"code": ("str", "{t}.code = {v}")})
    sending_units: list[SendingUnit] = many()
    sending_unit: SendingUnit | None = one(by={"name": ("str", "{t}.name = {v}")})
    villages: Connection[Village] = page(filtered=VillageFilter)
    village: Village | None = one(by={"id": ("UUID", "{t}.id = {v}"), "code": ("str", "{t}.code = {v}")})
    instructors: Connection[Instructor] = page(filtered=InstructorFilter)
    instructor: Instructor | None = one(
        by={"id": ("UUID", "{t}.id = {v}"), "staffNumber": ("str", "{t}.staff_number = {v}")}
    )
    batches: list[Batch] = many(by={"years": ("list[int]", "{t}.year = any({v}::int[])")}, given=SERVICE_DAY)
    findings: Connection[Finding] = page(filtered=FindingFilter)
    batch: Batch | None = one(by={"year": ("int", "{t}.year = {v}::int")}, given=SERVICE_DAY)
    changes: Connection[Change] = page(filtered=ChangeFilter, since=True)
    backdating: list[Backdating] = many(
        by={"by": ("BackdatingGroup!", "{t}.grouped_by = {v}")}, given={"overDays": ("int", "integer")}
    )
    imports: Connection[Import] = page()
    corrections: Connection[Correction] = page(filtered=CorrectionFilter)
    remarks: Connection[Remark] = page(filtered=RemarkFilter)
    disclosures: Connection[Disclosure] = page(filtered=DisclosureFilter)


@strawberry.type(description="事件分页。Events in pages.")
class EventConnection(Connection[AuditEvent]):
    """事件分页。Events in pages, and the position at which they were read."""

    position: ID = strawberry.field(
        description=described("EventConnection", "position"),
        metadata={GETTER: lambda page, _info: page.position},
    )


def _to(kind: str, **filters: str) -> Relation:
    return Relation(to=lambda: READS[kind].source, filters=filters)


READS["Query"] = Read(
    Source(
        "Query",
        rows="",
        columns={},
        relations={
            "events": Relation(
                to=lambda: READS["AuditEvent"].source,
                paged=True,
                filters={name: sql for name, (_, sql) in FILTERS[EventFilter].items()},
            ),
            "ledger": _to("Ledger"),
            "AuditEvent": _to("AuditEvent", id="{t}.position = {v}"),
            "Village": _to("Village", id="{t}.id = {v}"),
            "Instructor": _to("Instructor", id="{t}.id = {v}"),
            "Project": _to("Project", id="{t}.id = {v}"),
        },
    ),
    ways={"events": Way("", filter=EventFilter)},
)
"""What the root fields lead to."""
