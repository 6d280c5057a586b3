"""What somebody may do beside GraphQL's fields: one table, and how whoever asks is met."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from enum import Enum, auto
from functools import wraps
from typing import Final

from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response

from api.access.own import Verified
from api.access.principal import Office, Principal
from api.access.refusals import TokenRefused
from api.access.tokens import Tokens, sent_with
from api.context import Services
from api.problems import Problem

Endpoint = Callable[[Request], Awaitable[Response]]

UNAUTHORISED: Final = 401
FORBIDDEN: Final = 403
UNAVAILABLE: Final = 503


class What(Enum):
    """What the table is about."""

    DOSSIER = auto()
    REPORT = auto()
    IMPORT = auto()
    SIGN = auto()


_COUNTY: Final = frozenset({Office.ORGANISATION_DEPARTMENT, Office.AUDITOR})
# Not the finance bureau: no paper tells of awards or subsidies, and rows find people by their names.
_BRINGING: Final = frozenset(Office) - {Office.FINANCE_BUREAU, Office.AUDITOR, Office.PUBLIC}
ALLOWED: Final[Mapping[What, frozenset[Office]]] = {
    What.DOSSIER: _COUNTY,
    What.REPORT: _COUNTY,
    What.IMPORT: _BRINGING,
    What.SIGN: _COUNTY,
}
"""Who may ask for what. Whatever is not in it is for everybody: pages, empty papers, checkpoints, health."""

_KEPT: Final = "zhucun.asker"


def allowed(principal: Principal, what: What) -> bool:
    """Tell whether somebody may ask for something."""
    return principal.office in ALLOWED[what]


def check(principal: Principal, what: What) -> None:
    """Refuse what is not for whoever asks.

    Raises:
        Problem: it is for others.
    """
    if allowed(principal, what):
        return
    offices = sorted(ALLOWED[what])
    zh = f"此项由{'、'.join(it.zh for it in offices)}办理或调阅,“{principal.office.zh}”不可。"
    en = f"This is for {', '.join(offices)}, and not for {principal.office.value}."
    if principal.office is Office.PUBLIC:
        raise Problem(
            "NOT_SIGNED_IN",
            f"{zh}请出示令牌(Authorization: Bearer …)。",
            f"{en} Send a token (Authorization: Bearer …).",
        )
    raise Problem("NOT_YOUR_OFFICE", zh, en)


def sees_county(principal: Principal) -> bool:
    """Tell whether somebody sees whatever is on record."""
    return principal.office in _COUNTY


def sees_import(principal: Principal, owner: Principal, *, personal: bool) -> bool:
    """Tell whether somebody sees an import under way: whoever brought it, and those who see the county.

    Registration forms are for whoever brought them alone: they are neither masked nor on record yet. Whoever
    reaches elsewhere by now is not the one who brought it: its rows reach as far as that one did.
    """
    return principal == owner or (sees_county(principal) and not personal)


async def asker_of(connection: HTTPConnection) -> Verified:
    """Return who makes a request, found out once.

    Raises:
        Problem: they sent a token that is not taken, or cannot be verified now.
    """
    if _KEPT not in connection.scope:
        tokens: Tokens = connection.app.state.tokens
        connection.scope[_KEPT] = await tokens.asker(sent_with(connection), connection)
    asker: Verified = connection.scope[_KEPT]
    return asker


async def services_of(connection: HTTPConnection) -> Services:
    """Return what whoever makes a request may use.

    Raises:
        Problem: as of `asker_of`.
    """
    services: Services = connection.app.state.services
    return replace(services, principal=(await asker_of(connection)).principal)


def guarded(what: What, endpoint: Endpoint) -> Endpoint:
    """Return an endpoint that is for those alone who may ask for something."""

    @wraps(endpoint)
    async def answer(request: Request) -> Response:
        try:
            check((await asker_of(request)).principal, what)
        except Problem as problem:
            return refusal(problem)
        return await endpoint(request)

    return answer


def refusal(problem: Problem) -> Response:
    """Return the answer to somebody who is not let in."""
    error = {"message": problem.message, "extensions": problem.extensions}
    code = (problem.extensions or {}).get("code")
    if isinstance(problem, TokenRefused) or code == "NOT_SIGNED_IN":
        challenge = 'Bearer error="invalid_token"' if isinstance(problem, TokenRefused) else "Bearer"
        return JSONResponse(
            {"errors": [error]}, status_code=UNAUTHORISED, headers={"www-authenticate": challenge}
        )
    return JSONResponse(
        {"errors": [error]}, status_code=FORBIDDEN if code == "NOT_YOUR_OFFICE" else UNAVAILABLE
    )
