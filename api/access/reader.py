"""The one place that every answer passes on its way out: whoever asks sees what their office sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.access import fields
from api.access.principal import Principal
from api.access.scope import scope_of
from api.database import Database
from projections.selection import AS_OF, Selection, compile_selection


@dataclass(frozen=True)
class Reader:
    """Reads for somebody.

    Attributes:
        database: to read from.
        principal: for whom.
    """

    database: Database
    principal: Principal

    async def answer(
        self, selection: Selection, params: Mapping[str, Any], *, as_of: str = AS_OF
    ) -> dict[str, Any]:
        """Answer a selection, with what the principal sees and as if there were nothing else.

        Args:
            selection: relations only.
            params: the two clocks: `as_of`, None for ever, and `known`. What is seen is judged on them.
            as_of: the clock of what happened, in SQL, where it is another than the parameter.

        Raises:
            Problem: there is something in it that the office is not shown, or the database cannot answer.
        """
        fields.check(self.principal.office, selection)
        statement = compile_selection(selection, as_of=as_of)
        scope = scope_of(self.principal)
        async with self.database.share_of(self.principal.id):
            if scope is None:
                return await self.database.answer(statement, params)
            return await self.database.answer_within(scope, statement, params)

    async def sees_person(self, person: UUID, params: Mapping[str, Any]) -> bool:
        """Tell whether the principal sees all that is on record of a person, as a dossier has it.

        A township sees a person for the time they served there alone, which is not all; and a dossier shows
        names, which are not for every office.

        Args:
            person: whom it is about; there need not be such a person.
            params: the two clocks, as of `answer`.
        """
        if self.principal.office in fields.SHOWN:
            return False
        scope = scope_of(self.principal)
        return scope is None or await self.database.sees_all_of(scope, person, params)

    async def for_everybody(self, selection: Selection, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer what is the same for everybody: the log's size, hashes and signatures; what one entered.

        To be used for nothing that tells of anybody's record but to whoever has just entered it.
        """
        return await self.database.answer(compile_selection(selection), params)
