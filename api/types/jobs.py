"""Imports under way as clients see them: rows are plain dicts, made by `shown` of a job as it stands."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from functools import partial
from typing import Annotated, Any, Final

import strawberry
from anyio import to_thread
from graphql import GraphQLResolveInfo
from strawberry import ID
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from api.jobs.board import Standing
from api.jobs.job import JobState
from api.jobs.jobs import Jobs
from api.papers.plans import Outcome
from api.papers.registry import PAPERS
from api.types import paging
from api.types.declare import NAMES
from api.types.glossary import described, described_argument
from api.types.paging import GETTER, Connection, Page, column
from api.types.terms import as_enum
from projections.selection import CURSOR, Key, Source

_SOURCE: Final = Source("ImportRefusal", "", {}, order=(Key("", "bigint"),))

_NAMES: Any = Enum("PaperName", {name.upper().replace("-", "_"): name for name in PAPERS})  # type: ignore[misc]  # made of the registry
PaperName: Any = strawberry.enum(_NAMES, description="表种。Which kind of paper.")
for _value in PaperName.__strawberry_definition__.values:
    _kind = PAPERS[PaperName[_value.name].value]
    _value.description = f"{_kind.zh}。{_kind.en}."
State: Any = as_enum(JobState)
Actor: Any = NAMES["Actor"]


def _field(type_name: str, name: str, getter: Any = None) -> Any:
    return strawberry.field(description=described(type_name, name), metadata={GETTER: getter or column(name)})


@strawberry.type(description="表格的一列。A column that a paper asks for.")
class PaperColumn:
    """表格的一列。A column that a paper asks for."""

    name: str = _field("PaperColumn", "name")
    needed: bool = _field("PaperColumn", "needed")


@strawberry.type(description="可导入的表格。A paper that can be taken in.")
class Paper:
    """可导入的表格。A paper that can be taken in."""

    name: PaperName = _field("Paper", "name")
    zh: str = _field("Paper", "zh")
    en: str = _field("Paper", "en")
    columns: list[PaperColumn] = _field("Paper", "columns")
    template_url: str = _field("Paper", "template_url")


@strawberry.type(description="上传的文件。A file that was brought.")
class ImportFile:
    """上传的文件。A file that was brought."""

    name: str = _field("ImportFile", "name")
    file_sha256: str = _field("ImportFile", "file_sha256")
    file_size: int = _field("ImportFile", "file_size")


@strawberry.type(description="进展。How much of the present step is done.")
class ImportProgress:
    """进展。How much of the present step is done."""

    done: int = _field("ImportProgress", "done")
    of: int = _field("ImportProgress", "of")


@strawberry.type(description="各行结果。What becomes of the rows.")
class ImportSummary:
    """各行结果。What becomes of the rows."""

    recorded: int = _field("ImportSummary", "recorded", column("record"))
    already: int = _field("ImportSummary", "already")
    passed: int = _field("ImportSummary", "passed")
    refused: int = _field("ImportSummary", "refused")


@strawberry.type(description="列的读法。How a column of a sheet is read.")
class ImportColumn:
    """列的读法。How a column of a sheet is read."""

    file: str = _field("ImportColumn", "file")
    sheet: str = _field("ImportColumn", "sheet")
    heading: str = _field("ImportColumn", "heading")
    column: str | None = _field("ImportColumn", "column")
    sample: str = _field("ImportColumn", "sample")


@strawberry.type(description="人员的认定。How somebody in the files was found on record.")
class ImportPerson:
    """人员的认定。How somebody in the files was found on record."""

    by: str = _field("ImportPerson", "by")
    value: str = _field("ImportPerson", "value")
    staff_number: str = _field("ImportPerson", "staff_number")
    name: str = _field("ImportPerson", "name")


@strawberry.type(description="提示。Something to know about how the files were read.")
class ImportRemark:
    """提示。Something to know about how the files were read."""

    message_zh: str = _field("ImportRemark", "message_zh", column("zh"))
    message_en: str = _field("ImportRemark", "message_en", column("en"))


@strawberry.type(description="拒绝的一条原因。Why a row is refused: one reason of perhaps several.")
class ImportRefusal:
    """拒绝的一条原因。Why a row is refused: one reason of perhaps several."""

    file: str = _field("ImportRefusal", "file")
    sheet: str = _field("ImportRefusal", "sheet")
    row: int = _field("ImportRefusal", "row")
    column: str = _field("ImportRefusal", "column")
    value: str = _field("ImportRefusal", "value")
    code: str = _field("ImportRefusal", "code")
    clause: str = _field("ImportRefusal", "clause")
    message_zh: str = _field("ImportRefusal", "message_zh")
    message_en: str = _field("ImportRefusal", "message_en")


@strawberry.type(description="未能继续的原因。Why an import did not go on.")
class ImportProblem:
    """未能继续的原因。Why an import did not go on."""

    code: str = _field("ImportProblem", "code")
    message_zh: str = _field("ImportProblem", "message_zh", column("zh"))
    message_en: str = _field("ImportProblem", "message_en", column("en"))


async def _preview(row: Any, info: GraphQLResolveInfo[Any]) -> Any:
    """Return the columns, the people or the remarks, read from the disk when somebody asks for them."""
    shown = await to_thread.run_sync(row["preview"].shown)
    return shown[info.field_name]


async def _refusals(row: Any, _info: GraphQLResolveInfo[Any], **arguments: Any) -> Page:
    """Return a page of the reasons why rows are refused."""
    window = paging.window_of(arguments, _SOURCE)
    start = 0 if window.after is None else window.after[0] + 1
    before = None if window.before is None else window.before[0]
    read = row["preview"].refusals
    _, total = await to_thread.run_sync(read, 0, 0)
    stop = total if before is None else min(before, total)
    if window.backward:
        first, last = max(start, stop - window.size), stop
    else:
        first, last = start, min(stop, start + window.size)
    found, _ = await to_thread.run_sync(partial(read, first, last))
    rows = [reason | {CURSOR: [first + place]} for place, reason in enumerate(found)]
    return Page("ImportRefusal", rows, total, before=first > 0, beyond=last < total)


def _paged() -> Any:
    made = StrawberryField(
        type_annotation=StrawberryAnnotation(Connection[ImportRefusal]),
        description=described("ImportJob", "refusals"),
        metadata={GETTER: _refusals},
    )
    made.arguments = [
        StrawberryArgument(
            python_name=name,
            graphql_name=name,
            type_annotation=StrawberryAnnotation(f"{kind} | None"),
            description=described_argument("ImportJob", "refusals", name),
        )
        for name, kind in paging.ARGUMENTS.items()
    ]
    return made


@strawberry.type(description="一次导入:上传、核对、确认。Files on their way to the record.")
class ImportJob:
    """一次导入:上传、核对、确认。Files on their way to the record."""

    id: ID = _field("ImportJob", "id")
    state: State = _field("ImportJob", "state")
    paper: PaperName = _field("ImportJob", "paper")
    files: list[ImportFile] = _field("ImportJob", "files")
    actor: Actor = _field("ImportJob", "actor")
    created_at: datetime = _field("ImportJob", "created_at")
    progress: ImportProgress = _field("ImportJob", "progress")
    problem: ImportProblem | None = _field("ImportJob", "problem")
    plan_digest: str | None = _field("ImportJob", "plan_digest")
    summary: ImportSummary | None = _field("ImportJob", "summary")
    columns: list[ImportColumn] = _field("ImportJob", "columns", _preview)
    people: list[ImportPerson] = _field("ImportJob", "people", _preview)
    remarks: list[ImportRemark] = _field("ImportJob", "remarks", _preview)
    refusals: Annotated[Connection[ImportRefusal], "paged"] = _paged()
    refused_workbook_url: str | None = _field("ImportJob", "refused_workbook_url")
    position: ID | None = _field("ImportJob", "position")
    event_count: int = _field("ImportJob", "event_count")


def shown(standing: Standing, jobs: Jobs) -> Any:
    """Return a job as GraphQL answers it."""
    job = standing.job
    counts = {outcome.name.lower(): job.counts.get(outcome.name.lower(), 0) for outcome in Outcome}
    return {
        "id": job.id,
        "state": job.state,
        "paper": PaperName(job.paper),
        "files": [{"name": it.name, "file_sha256": it.sha256, "file_size": it.size} for it in job.files],
        "actor": {"id": job.actor.id, "role": job.actor.role, "organisation": job.actor.organisation},
        "created_at": job.created_at,
        "progress": {"done": standing.done, "of": standing.of},
        "problem": None
        if job.problem is None
        else {"code": job.problem.code, "zh": job.problem.zh, "en": job.problem.en},
        "plan_digest": job.digest,
        "summary": None if job.digest is None else counts,
        "preview": (preview := jobs.preview(job.id)),
        "refused_workbook_url": f"/imports/{job.id}/refused.xlsx" if preview.workbook else None,
        "position": job.position,
        "event_count": job.events,
    }


def papers() -> list[Any]:
    """Return every paper as GraphQL answers it."""
    return [
        {
            "name": PaperName(kind.name),
            "zh": kind.zh,
            "en": kind.en,
            "columns": [{"name": it.name, "needed": it.needed} for it in kind.columns],
            "template_url": f"/papers/{kind.name}/template.xlsx",
        }
        for kind in PAPERS.values()
    ]
