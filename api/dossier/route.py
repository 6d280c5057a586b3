"""The dossier over HTTP: `GET /dossier/{id}?asOf=…&knownAt=…&knownAtPosition=…&reason=…`."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.access.gate import services_of
from api.clock import Asked
from api.context import Services
from api.dossier.make import Dossier, make_dossier
from api.looks.disclosing import Receipt, Salted, disclose_file, reader_of
from api.problems import Problem, bad_request, problem_of
from api.types import scalars
from ledger.errors import LedgerError

_CLOCKS: Final = ("asOf", "knownAt", "knownAtPosition")
_PARAMETERS: Final = (*_CLOCKS, "reason")
_STATUS: Final = {"BAD_REQUEST": 400, "REASON_NEEDED": 403, "NOT_FOUND": 404, "NOT_YET_KNOWN": 409}
_UNAVAILABLE: Final = 503


async def dossier(request: Request) -> Response:
    """Answer with a person's dossier, or in JSON with why there is none, as GraphQL tells its errors."""
    state = request.app.state
    try:
        asked, reason = _asked(request.query_params), request.query_params.get("reason")
        services = await services_of(request)
        async with state.dossiers:
            made = await make_dossier(state.county, services, request.path_params["id"], asked, reason)
        receipt = await recorded(services, made)
    except Problem as problem:
        return _refused(problem)
    except LedgerError as error:
        return _refused(problem_of(error))
    headers = {"content-disposition": f'attachment; filename="{made.name}"', **receipt.headers}
    return Response(made.content, media_type="application/zip", headers=headers)


async def recorded(services: Services, made: Dossier) -> Receipt:
    """Put on record who gets a dossier.

    Raises:
        NotRecorded: it is not on record.
    """
    salted = Salted()
    salted.update(made.content)
    return await disclose_file(
        services.looks,
        reader_of(services.principal),
        "dossier",
        people=[made.person],
        fields=made.fields,
        moment=made.moment,
        reason=made.reason,
        salted=salted,
    )


def _asked(parameters: QueryParams) -> Asked:
    """Read the moment that is asked for.

    Raises:
        Problem: it makes no sense, or something else is asked for.
    """
    for name in parameters:
        if name not in _PARAMETERS or len(parameters.getlist(name)) > 1:
            raise bad_request(
                f"参数“{name}”未知或重复;可用{'、'.join(_PARAMETERS)},各一次。",
                f"The parameter {name!r} is unknown or repeated; give {', '.join(_PARAMETERS)} once each.",
            )
    as_of, known_at, position = (parameters.get(name) for name in _CLOCKS)
    return Asked(
        None if as_of is None else scalars.day(as_of),
        # A plus in an address stands for a space, and few remember to write %2B.
        None if known_at is None else scalars.moment(known_at[:11] + known_at[11:].replace(" ", "+")),
        None if position is None else scalars.position(position),
    )


def _refused(problem: Problem) -> Response:
    code = (problem.extensions or {}).get("code", "")
    error = {"message": problem.message, "extensions": problem.extensions}
    return JSONResponse({"errors": [error]}, status_code=_STATUS.get(code, _UNAVAILABLE))
