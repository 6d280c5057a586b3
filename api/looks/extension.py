"""Where every answer of GraphQL passes on its way out: with a form in it, it goes on record first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from strawberry.extensions import SchemaExtension

from api.context import Services
from api.looks.disclosing import disclose_answer
from api.looks.recorder import NotRecorded
from api.looks.seen import Seen, begin

EXTENSION: Final = "disclosure"
"""Under this name the extensions of an answer have what the asker keeps."""


class Recorded(SchemaExtension):
    """Puts answers with registration forms in them on record; what cannot be is not answered."""

    _seen: Seen

    async def on_operation(self) -> AsyncIterator[None]:
        """Look through a finished operation; what a stream answered was looked through already."""
        self._seen = begin()
        yield
        if self._seen:
            receipt = await self._disclosed(self.execution_context.result)
            self.execution_context.extensions_results |= receipt

    async def on_stream_result(self, result: Any) -> AsyncIterator[None]:
        """Look through one result of a stream."""
        if self._seen:
            result.extensions = (result.extensions or {}) | await self._disclosed(result)
        yield

    async def _disclosed(self, result: Any) -> dict[str, Any]:
        """Put a result on record, or empty it, and return what it has for the asker besides."""
        looked = self._seen.take()
        services: Services = self.execution_context.context
        try:
            receipt = await disclose_answer(services.looks, services.principal, looked, result.data)
        except NotRecorded as problem:
            problem.path = [looked[0].root]
            result.data, result.errors = None, [problem]
            return {}
        return {EXTENSION: receipt.shown}
