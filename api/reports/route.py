"""Reports over HTTP: a page at `/reports`, and `GET /reports/{name}.xlsx` or `.zip` for the files.

What is asked for is said after the name: `?asOf=…&knownAt=…&knownAtPosition=…`, and the rest that it takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final
from uuid import UUID

from anyio import to_thread
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send
from strawberry.utils.str_converters import to_camel_case

from api.access.gate import services_of
from api.clock import Asked
from api.county import County
from api.guard.shield import Page
from api.problems import Problem, bad_request, problem_of
from api.reports.definition import Report
from api.reports.make import Form, Prepared, prepare, write_report
from api.reports.page import page_of
from api.reports.recorded import recorded
from api.reports.registry import REPORTS, report_named
from api.types import scalars
from ledger.errors import LedgerError

MAKING: Final = 2
"""Reports in the making at a time; each keeps a processor busy."""

_CLOCKS: Final = ("asOf", "knownAt", "knownAtPosition")
_STATUS: Final = {"BAD_REQUEST": 400, "NOT_FOUND": 404, "NOT_YET_KNOWN": 409}
_UNAVAILABLE: Final = 503
_MEDIA: Final = {
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Form.ZIP: "application/zip",
}


class _Sent(FileResponse):
    """A file that is sent whole, and is gone once it was sent, or could not be.

    It is made anew whenever it is asked for, and the digest on record is the whole one's: parts would neither
    fit each other nor be proved by it.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = [(name, value) for name, value in scope["headers"] if name != b"range"]
        try:
            await super().__call__({**scope, "headers": asked}, receive, send)
        finally:
            Path(self.path).unlink()  # noqa: ASYNC240 - also when cancelled, which ends every await


async def reports(_request: Request) -> Response:
    """Answer with the page that reports are asked for from."""
    return Page(page_of(REPORTS))


async def report(request: Request) -> Response:
    """Answer with a report, or in JSON with why there is none, as GraphQL tells its errors."""
    state = request.app.state
    try:
        wanted, form = _wanted(request.path_params["file"])
        asked, given = _asked(request.query_params, wanted)
        services = await services_of(request)
        with _draft(form) as file:
            async with state.reports:
                prepared = await prepare(services, wanted, asked, given)
                people = await to_thread.run_sync(_make, state.county, prepared, form, file)
            receipt = await recorded(services, prepared, people, file)
    except Problem as problem:
        return _refused(problem)
    except LedgerError as error:
        return _refused(problem_of(error))
    headers = {"accept-ranges": "none"} | ({} if receipt is None else receipt.headers)
    return _Sent(file, media_type=_MEDIA[form], filename=prepared.file_name(form), headers=headers)


@contextmanager
def _draft(form: Form) -> Iterator[Path]:
    """Lend a new, empty file that is nobody else's, and is gone if something fails."""
    with NamedTemporaryFile(prefix="zhucun-report-", suffix=f".{form}", delete=False) as made:
        file = Path(made.name)
    try:
        yield file
    except BaseException:
        file.unlink()
        raise


def _make(county: County, prepared: Prepared, form: Form, file: Path) -> set[UUID]:
    """Write the file, and return whose registration forms it shows."""
    people = set[UUID]()
    with file.open("wb") as target:
        write_report(county, prepared, form, target, people=people)
    return people


def _wanted(file: str) -> tuple[Report, Form]:
    name, _, suffix = file.rpartition(".")
    if suffix not in set(Form):
        raise Problem(
            "NOT_FOUND",
            f"没有“{file}”;报表的地址以 .xlsx 或 .zip 结尾,如 /reports/attendance.xlsx。",
            f"There is no {file!r}: a report's address ends in .xlsx or .zip, as /reports/attendance.xlsx.",
        )
    return report_named(name), Form(suffix)


def _asked(parameters: QueryParams, wanted: Report) -> tuple[Asked, dict[str, str]]:
    """Read the moment that is asked for, and the report's own parameters by their names.

    Raises:
        Problem: they make no sense.
    """
    own = {to_camel_case(it.name): it.name for it in wanted.parameters}
    allowed = (*_CLOCKS, *own)
    for name in parameters:
        if name not in allowed or len(parameters.getlist(name)) > 1:
            raise bad_request(
                f"参数“{name}”未知或重复;可用{'、'.join(allowed)},各一次。",
                f"The parameter {name!r} is unknown or repeated; give {', '.join(allowed)} once each.",
            )
    as_of, known_at, position = (parameters.get(name) for name in _CLOCKS)
    asked = Asked(
        None if as_of is None else scalars.day(as_of),
        # A plus in an address stands for a space, and few remember to write %2B.
        None if known_at is None else scalars.moment(known_at[:11] + known_at[11:].replace(" ", "+")),
        None if position is None else scalars.position(position),
    )
    return asked, {own[name]: value for name, value in parameters.items() if name in own}


def _refused(problem: Problem) -> Response:
    code = (problem.extensions or {}).get("code", "")
    error = {"message": problem.message, "extensions": problem.extensions}
    return JSONResponse({"errors": [error]}, status_code=_STATUS.get(code, _UNAVAILABLE))
