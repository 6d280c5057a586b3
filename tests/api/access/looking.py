"""Asking as somebody: with an office, and what is theirs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from api.access.principal import Office, Principal
from api.context import Services
from api.database import open_database
from api.guard.policy import Policy
from api.looks.recorder import Recorder
from api.schema import schema
from tests.api.server import LIMITS, Served


def principal(office: Office, *, organisation: str = "", **theirs: str) -> Principal:
    """Return somebody with an office."""
    return Principal(id="somebody", office=office, organisation=organisation, **theirs)


def township(code: str, organisation: str = "") -> Principal:
    return principal(Office.TOWNSHIP, organisation=organisation, township=code)


def sending_unit(name: str) -> Principal:
    return principal(Office.SENDING_UNIT, organisation=name, sending_unit=name)


def instructor(staff_number: str) -> Principal:
    return principal(Office.INSTRUCTOR, staff_number=staff_number)


class Look:
    """Asks a served county as somebody, without HTTP."""

    def __init__(self, served: Served, who: Principal) -> None:
        self._served = served
        self._who = who

    def results(self, *asked: tuple[str, dict[str, Any]]) -> list[Any]:
        """Return what queries with variables lead to: the data, or the errors."""
        return asyncio.run(self._results(asked))

    def answers(self, *asked: tuple[str, dict[str, Any]]) -> list[Any]:
        """Return the data of queries that have no errors."""
        answered = self.results(*asked)
        assert not [it for it in answered if it.errors], [it.errors for it in answered if it.errors][:1]
        return [it.data for it in answered]

    def ask(self, query: str, **variables: Any) -> Any:
        """Return the data of a query that has no errors."""
        return self.answers((query, variables))[0]

    def refused(self, query: str, **variables: Any) -> tuple[str, str]:
        """Return the code and the message of a query's first error."""
        (result,) = self.results((query, variables))
        assert result.errors, result.data
        error = result.errors[0]
        return error.extensions["code"], error.message

    async def _results(self, asked: tuple[tuple[str, dict[str, Any]], ...]) -> list[Any]:
        async with open_database(self._served.county.conninfo, size=1) as database:
            services: Services = replace(
                self._served.services,
                database=database,
                principal=self._who,
                policy=Policy(limits=LIMITS),
                looks=Recorder(self._served.record),
            )
            return [
                await schema.execute(query, variables, context_value=services) for query, variables in asked
            ]
