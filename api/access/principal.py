"""Whoever asks: their office, and how far they see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from domain.entry import Actor
from domain.terms import Role, Term


class Office(Term):
    """身份。The office in which somebody asks: those that act, the auditor who remarks, and the public."""

    ORGANISATION_DEPARTMENT = Role.ORGANISATION_DEPARTMENT.value, Role.ORGANISATION_DEPARTMENT.zh
    TOWNSHIP = Role.TOWNSHIP.value, Role.TOWNSHIP.zh
    SENDING_UNIT = Role.SENDING_UNIT.value, Role.SENDING_UNIT.zh
    INSTRUCTOR = Role.INSTRUCTOR.value, Role.INSTRUCTOR.zh
    FINANCE_BUREAU = Role.FINANCE_BUREAU.value, Role.FINANCE_BUREAU.zh
    AUDITOR = Role.AUDITOR.value, Role.AUDITOR.zh
    PUBLIC = "public", "公众"


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Whoever asks.

    Attributes:
        id: theirs; of the actor of what they enter.
        office: in which they ask.
        organisation: for which they ask.
        township: code of the township whose villages a township committee sees.
        sending_unit: name of the unit whose people a sending unit sees.
        staff_number: of an instructor, who sees themselves.
    """

    id: str
    office: Office
    organisation: str
    township: str | None = None
    sending_unit: str | None = None
    staff_number: str | None = None

    @property
    def actor(self) -> Actor | None:
        """Who enters what they ask for; None if nobody knows who they are."""
        if self.office is Office.PUBLIC or isinstance(self, Operator):
            return None
        return Actor(self.id, Role[self.office.name], self.organisation)

    @property
    def is_watched(self) -> bool:
        """Whether each of their looks goes on record, not only those at personal data."""
        return self.office is Office.AUDITOR and not isinstance(self, Operator)


@dataclass(frozen=True, kw_only=True)
class Operator(Principal):
    """Whoever has the machine, and its keys with it: sees all and enters nothing. No token says so."""


PUBLIC: Final = Principal(id="public", office=Office.PUBLIC, organisation="")
"""Somebody without a token."""

OPERATOR: Final = Operator(id="local", office=Office.AUDITOR, organisation="本机")
"""Whoever asks from this machine, where no token can be had yet: sees everything and enters nothing."""
