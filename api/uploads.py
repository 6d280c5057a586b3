"""Papers by GraphQL: files are brought, looked at, and recorded or let go; each of it as a root field."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Annotated, Any, Final

import strawberry
from anyio import to_thread
from starlette.datastructures import UploadFile
from strawberry import ID
from strawberry.types import Info

from api.access.gate import What, check, sees_import
from api.context import Imports, Services
from api.jobs.board import Standing
from api.jobs.following import follow
from api.jobs.troubles import elsewhere, not_yours, unknown
from api.types.glossary import argument, described
from api.types.jobs import ImportJob, Paper, PaperName, papers, shown

Request = Info[Services, Any]
Which = Annotated[ID, argument("import_id")]


@strawberry.input(description="上传的表格。Files of one kind, to be taken in together.")
class UploadPaperInput:
    """上传的表格。Files of one kind, to be taken in together."""

    paper: PaperName = strawberry.field(description=described("UploadPaperInput", "paper"))
    files: list[UploadFile] = strawberry.field(description=described("UploadPaperInput", "files"))


async def upload_paper(
    info: Request,
    input: Annotated[UploadPaperInput, argument("input")],  # noqa: A002 - GraphQL's word
) -> ImportJob:
    """Stage files, and have them read and decided."""
    imports, principal = _imports(info), info.context.principal
    check(principal, What.IMPORT)
    files = [(it.filename or "", it.file) for it in input.files]
    return await _told(imports, partial(imports.jobs.stage, input.paper.value, files, principal))


async def commit_import(
    info: Request,
    id: Which,  # noqa: A002 - GraphQL's word
    plan_digest: Annotated[str, argument("plan_digest")],
    accept_valid: Annotated[bool, argument("accept_valid")] = False,
) -> ImportJob:
    """Have recorded what was shown."""
    imports = _imports(info)
    _own(info, id)
    return await _told(imports, partial(imports.jobs.commit, id, plan_digest, accept_valid=accept_valid))


async def discard_import(info: Request, id: Which) -> ImportJob:  # noqa: A002 - GraphQL's word
    """Let an import go."""
    imports = _imports(info)
    _own(info, id)
    return await _told(imports, partial(imports.jobs.discard, id))


async def import_job(info: Request, id: Which) -> ImportJob | None:  # noqa: A002 - GraphQL's word
    """Answer an import under way."""
    imports = _imports(info)
    standing = _seen(info, id)
    return None if standing is None else shown(standing, imports.jobs)


async def import_jobs(info: Request) -> list[ImportJob]:
    """Answer the imports under way."""
    imports = _imports(info)
    return [shown(it, imports.jobs) for it in imports.jobs.all() if _is_seen(info, it)]


async def all_papers() -> list[Paper]:
    """Answer the papers that can be taken in."""
    return papers()


async def follow_import(info: Request, id: Which) -> AsyncIterator[ImportJob]:  # noqa: A002 - GraphQL's word
    """Yield an import whenever it has changed."""
    imports = _imports(info)
    if _seen(info, id) is None:
        raise unknown(id)
    async for standing in follow(imports.bell, partial(imports.jobs.find, id)):
        yield shown(standing, imports.jobs)


QUERIES: Final[dict[str, Callable[..., Any]]] = {
    "papers": all_papers,
    "import_job": import_job,
    "import_jobs": import_jobs,
}
MUTATIONS: Final[dict[str, Callable[..., Any]]] = {
    "upload_paper": upload_paper,
    "commit_import": commit_import,
    "discard_import": discard_import,
}


def root_fields(type_name: str, resolvers: dict[str, Callable[..., Any]]) -> dict[str, Any]:
    """Return resolvers as fields of a root type."""
    return {
        name: strawberry.field(resolver=resolver, description=described(type_name, name))
        for name, resolver in resolvers.items()
    }


def _imports(info: Request) -> Imports:
    """Return the imports of this server.

    Raises:
        Problem: it has none.
    """
    if info.context.imports is None:
        raise elsewhere()
    return info.context.imports


def _seen(info: Request, job: str) -> Standing | None:
    """Return an import, if there is one of this id and whoever asks may see it."""
    standing = _imports(info).jobs.find(job)
    return standing if standing and _is_seen(info, standing) else None


def _is_seen(info: Request, standing: Standing) -> bool:
    job = standing.job
    return sees_import(info.context.principal, job.principal, personal=job.is_personal)


def _own(info: Request, job: str) -> None:
    """Refuse to let somebody change an import that another brought: its events are that one's.

    Raises:
        Problem: they did not bring it, or there is none.
    """
    check(info.context.principal, What.IMPORT)
    standing = _seen(info, job)
    if standing is None:
        raise unknown(job)
    if info.context.principal != standing.job.principal:
        raise not_yours(standing.job.actor.organisation)


async def _told(imports: Imports, change: Callable[[], Standing]) -> ImportJob:
    """Return what a job has come to by a change that waits for the disk."""
    standing = await to_thread.run_sync(change)
    return shown(standing, imports.jobs)  # type: ignore[no-any-return]  # rows are dicts
