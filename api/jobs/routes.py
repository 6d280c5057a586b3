"""What belongs to imports over plain HTTP: the page, empty papers, and the workbook of the refused rows."""

from __future__ import annotations

from importlib.resources import files
from io import BytesIO
from typing import Final
from urllib.parse import quote

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from api.access.gate import refusal, sees_import, services_of
from api.guard.shield import Page
from api.jobs.troubles import unknown
from api.papers.registry import PAPERS
from api.papers.templates import write_template
from api.problems import Problem

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def _page(_request: Request) -> Response:
    return Page(files("api.web").joinpath("papers.html").read_text(encoding="utf-8"))


async def _template(request: Request) -> Response:
    kind = PAPERS.get(request.path_params["name"])
    if kind is None:
        return _not_found(
            Problem(
                "NOT_FOUND",
                f"没有这种表格,可用:{'、'.join(PAPERS)}。",
                f"There is no such paper; choose one of {', '.join(PAPERS)}.",
            )
        )
    content = BytesIO()
    await to_thread.run_sync(write_template, kind, content)
    return Response(content.getvalue(), media_type=XLSX, headers=_named(f"{kind.zh}.xlsx"))


async def _refused(request: Request) -> Response:
    try:
        services = await services_of(request)
    except Problem as problem:
        return refusal(problem)
    id_ = request.path_params["id"]
    if (
        services.imports is None
        or (standing := services.imports.jobs.find(id_)) is None
        or not sees_import(services.principal, standing.job.principal, personal=standing.job.is_personal)
    ):
        return _not_found(unknown(id_))
    workbook = services.imports.jobs.preview(id_).workbook
    if workbook is None:
        return _not_found(
            Problem("NOT_FOUND", "这次导入没有被拒绝的行。", "No row of this import is refused.")
        )
    stem = standing.job.files[0].name.rpartition(".")[0] or "导入"
    return FileResponse(workbook, media_type=XLSX, headers=_named(f"{stem}-被拒绝的行.xlsx"))


def _named(name: str) -> dict[str, str]:
    return {"content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}


def _not_found(problem: Problem) -> Response:
    error = {"message": problem.message, "extensions": problem.extensions}
    return JSONResponse({"errors": [error]}, status_code=404)


ROUTES: Final = (
    Route("/papers", _page),
    Route("/papers/{name}/template.xlsx", _template),
    Route("/imports/{id}/refused.xlsx", _refused),
)
