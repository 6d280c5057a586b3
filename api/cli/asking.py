"""Asking a county what its GraphQL API answers, in this process, without a server."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from typing import Any

from anyio import CapacityLimiter

from api.access.principal import OPERATOR, Principal
from api.context import Services
from api.county import County
from api.database import open_database
from api.looks.recorder import Recorder
from api.tail import Tail

Ask = Callable[..., Any]
"""Takes a query and its variables and returns the data. What the API would refuse it raises."""


@contextmanager
def asking(county: County) -> Iterator[Ask]:
    """Lend what asks a county."""
    from api.schema import schema  # noqa: PLC0415 - takes a while, and other commands need not wait

    with running(county) as (runner, services):

        def ask(query: str, **variables: Any) -> Any:
            result = runner.run(schema.execute(query, variables, context_value=services))
            for error in result.errors or ():
                raise error.original_error or error
            return result.data

        yield ask


def this_user() -> Principal:
    """Return whoever runs this program, by their name on this machine: they have its keys, and see all."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        return OPERATOR
    return replace(OPERATOR, id=name, organisation="operator")


@contextmanager
def running(county: County) -> Iterator[tuple[asyncio.Runner, Services]]:
    """Lend what a server would have, and what runs its coroutines."""
    with asyncio.Runner() as runner:
        lent = _services(county)
        services = runner.run(lent.__aenter__())
        try:
            yield runner, services
        finally:
            runner.run(lent.__aexit__(None, None, None))


@asynccontextmanager
async def _services(county: County) -> AsyncIterator[Services]:
    tail = Tail(county.conninfo)
    following = asyncio.create_task(tail.run(), name="tail")
    try:
        async with open_database(county.conninfo, size=1) as database:
            yield Services(
                county.programme,
                CapacityLimiter(1),
                database,
                tail,
                county.signer,
                principal=this_user(),
                looks=Recorder(county.programme),
            )
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
