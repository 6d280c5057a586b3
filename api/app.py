"""The application: GraphQL over a county, and what whoever runs it wants to know.

`/graphql` speaks GraphQL, and shows browsers a page to ask from · `/papers` is a page to bring papers by,
with empty ones, and `/imports/…` gives back the rows that were refused · `/corrections` is a page to ask
for corrections, and to decide them · `/remarks` is one for what auditors say, and for the answers ·
`/checkpoint` is the last signed one, for others to keep · `/dossier/…` is a person's record, to be checked
without us · `/reports` is a page to take reports from, `/reports/….xlsx` and `.zip` are these ·
`/dingtalk/callback` takes what DingTalk pushes, where that is set up · `/health` says that the process is
alive · `/ready` says whether it can answer, and if not, why.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, Final

import psycopg
from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp

from api.access.gate import What, guarded
from api.access.tokens import Tokens
from api.context import Imports, Services
from api.corrections import corrections
from api.county import County
from api.database import open_database
from api.dingtalk.callback import Pushes
from api.dossier.route import dossier
from api.exposure import Exposure
from api.guard.crowd import Crowd, counted
from api.guard.shield import Shield
from api.http import Endpoint
from api.jobs.following import Bell
from api.jobs.jobs import Jobs
from api.jobs.routes import ROUTES as PAPERS
from api.limits import Limits
from api.looks.recorder import Recorder
from api.remarks import remarks
from api.reports.route import MAKING, report, reports
from api.settings import Oidc
from api.signed import latest_checkpoint, signing_of
from api.tail import Tail
from ledger.errors import LedgerError
from projections.projector import Projector
from projections.status import Status, read_status

_logger = logging.getLogger(__name__)

WRITERS: Final = 10
"""Commands at a time; the pool of the ledger's connections has a few more."""

DOSSIERS: Final = 2
"""Dossiers in the making at a time; each keeps a processor busy for a good part of a second."""

_LIMITS: Final = Limits()
_EXPOSURE: Final = Exposure()

REGISTER_SECONDS: Final = 5
"""That the register of tokens may take over whom it knows: every request waits for it."""

MUCH_LAG: Final = 50_000
"""Events the read side may be behind and still be worth asking: it catches up with them in seconds."""


def create_app(
    county: County,
    pushes: Pushes | None = None,
    oidc: Oidc | None = None,
    *,
    limits: Limits = _LIMITS,
    exposure: Exposure = _EXPOSURE,
) -> Starlette:
    """Return the ASGI application that serves a county; its tables are up to date.

    Args:
        county: what is served.
        pushes: receives what DingTalk pushes, if it is set up to.
        oidc: the issuer whose tokens are taken, besides our own.
        limits: of what may be asked.
        exposure: in which ways, and for which names.
    """
    crowd = Crowd(limits.concurrent)
    endpoint = Endpoint(limits, exposure, crowd)
    pushed = [] if pushes is None else [Route("/dingtalk/callback", pushes.answer, methods=["POST"])]
    return _Shielded(
        exposure,
        routes=[
            Route("/", _home),
            Route("/graphql", endpoint),
            WebSocketRoute("/graphql", endpoint),
            Route("/checkpoint", _checkpoint),
            Route("/dossier/{id}", guarded(What.DOSSIER, counted(crowd, dossier))),
            Route("/reports", reports),
            Route("/reports/{file}", guarded(What.REPORT, counted(crowd, report))),
            *PAPERS,
            Route("/corrections", corrections),
            Route("/remarks", remarks),
            Route("/health", _health),
            Route("/ready", _ready),
            *pushed,
        ],
        exception_handlers={Exception: _broken},
        lifespan=partial(_running, county, oidc, limits),
    )


class _Shielded(Starlette):
    """An application whose every response, even one about an error of ours, passes the shield."""

    def __init__(self, exposure: Exposure, **more: Any) -> None:
        super().__init__(**more)
        self._exposure = exposure

    def build_middleware_stack(self) -> ASGIApp:
        """Return the application with everything that stands before it."""
        encrypted = self._exposure.certificate is not None
        return Shield(super().build_middleware_stack(), self._exposure.hosts, encrypted=encrypted)


@asynccontextmanager
async def _running(county: County, oidc: Oidc | None, limits: Limits, app: Starlette) -> AsyncIterator[None]:
    """Project events, sign them and follow the read side for as long as the application runs."""
    stop = threading.Event()
    projector = threading.Thread(
        target=Projector(county.conninfo, county.keys).run, args=(stop,), name="projector"
    )
    projector.start()
    no_more = threading.Event()
    signer = threading.Thread(target=county.signer.run, args=(no_more,), name="signer")
    signer.start()
    bell = Bell()
    jobs = Jobs(county, bell.ring)
    await to_thread.run_sync(jobs.prepare)
    importer = threading.Thread(target=jobs.run, name="importer")
    importer.start()
    tail = Tail(county.conninfo)
    following = asyncio.create_task(tail.run(), name="tail")
    try:
        async with (
            open_database(county.conninfo, seconds=limits.statement_seconds) as database,
            open_database(county.conninfo, size=1, seconds=REGISTER_SECONDS) as register,
        ):
            looks = Recorder(county.programme)
            app.state.tokens = Tokens.of(county, register, oidc)
            app.state.services = Services(
                county.programme,
                CapacityLimiter(WRITERS),
                database,
                tail,
                county.signer,
                imports=Imports(jobs, bell),
                looks=looks,
            )
            app.state.county = county
            app.state.dossiers = CapacityLimiter(DOSSIERS)
            app.state.reports = CapacityLimiter(MAKING)
            try:
                yield
            finally:
                await looks.close()
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
        jobs.stop()
        await to_thread.run_sync(importer.join)
        stop.set()
        await to_thread.run_sync(projector.join)
        no_more.set()  # only now, so that it signs what was projected last
        await to_thread.run_sync(signer.join)


async def _broken(_request: Request, _error: Exception) -> Response:
    """Tell of an error of ours that there was one; the server's log says which."""
    message = "内部错误,请告知管理员。 An internal error; tell whoever runs this server."
    return JSONResponse({"errors": [{"message": message, "extensions": {"code": "INTERNAL"}}]}, 500)


async def _home(_request: Request) -> Response:
    return RedirectResponse("/graphql")


async def _health(_request: Request) -> Response:
    return JSONResponse({"alive": True})


async def _checkpoint(request: Request) -> Response:
    try:
        last = await to_thread.run_sync(latest_checkpoint, request.app.state.county)
    except (LedgerError, psycopg.Error) as error:
        return PlainTextResponse(f"{_unusable(error)}\n", status_code=503)
    if last is None:
        return PlainTextResponse("尚未签署检查点。 No checkpoint has been signed yet.\n", status_code=404)
    return PlainTextResponse(last.note)


async def _ready(request: Request) -> Response:
    county: County = request.app.state.county
    try:
        status = await to_thread.run_sync(read_status, county.conninfo)
        signing = await to_thread.run_sync(signing_of, county)
    except (LedgerError, psycopg.Error, LookupError) as error:
        return JSONResponse({"ready": False, "reasons": [_unusable(error)]}, status_code=503)
    reasons = list(_reasons(status))
    answer = {
        "ready": not reasons,
        "reasons": reasons,
        "origin": status.origin,
        "simulated": status.simulated,
        "position": status.position,
        "head": status.head,
        "lag": status.lag,
        "projector": status.state,
        **signing,
    }
    return JSONResponse(answer, status_code=503 if reasons else 200)


def _unusable(error: Exception) -> str:
    """Say that the database cannot be used, and only in the server's log why: anybody may ask."""
    _logger.warning("The database cannot be used: %s", str(error).strip())
    return "数据库不可用,原因见服务日志。 The database cannot be used; the server's log says why."


def _reasons(status: Status) -> Iterator[str]:
    """Yield why the county cannot be asked now."""
    if status.origin is None:
        yield "账本尚未建立。 The ledger has not been founded."
    if not status.current:
        yield "读表由另一版本建立,须重建(zhucun rebuild)。 Another version made the read side: rebuild it."
    if status.state == "stopped":
        yield (
            f"投影停在事件{status.stopped_position}之前,原因见zhucun status。 "
            f"The read side stopped before event {status.stopped_position}; `zhucun status` says why."
        )
    if status.lag > MUCH_LAG:
        yield f"读侧落后{status.lag}个事件。 The read side is {status.lag} events behind."
