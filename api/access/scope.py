"""How far somebody sees, as the database has it: a role, and what is told to it of the moment asked about.

The rules themselves stand in `projections/sql/95_access.sql`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, LiteralString

from api.access.principal import Office, Principal

TOWNSHIP_ROLE: Final = "zhucun_sees_township"
PEOPLE_ROLE: Final = "zhucun_sees_people"

# One statement: how far the session will see, worked out before it takes the role that sees no further.
_SEE: Final[LiteralString] = """
select set_config('zhucun.villages', s.villages::text, true),
       set_config('zhucun.people', s.people::text, true),
       set_config('zhucun.positions', s.positions::text, true)
from read.{function}(
    %(whose)s, %(organisation)s, coalesce(%(as_of)s::date, 'infinity'), %(known)s::bigint
) s
"""


@dataclass(frozen=True)
class Scope:
    """What somebody sees who does not see the county.

    Attributes:
        role: of the database, in which they read.
        function: of the read schema, that says how far that is at a moment.
        whose: code of the township, name of the unit or staff number.
        organisation: for which they ask.
    """

    role: str
    function: str
    whose: str
    organisation: str

    @property
    def see(self) -> str:
        """The statement that works out how far they see; `as_of` and `known` are among its parameters."""
        return _SEE.format(function=self.function)

    @property
    def become(self) -> str:
        """The statement that takes the role until the transaction ends."""
        return f"set local role {self.role}"


def scope_of(principal: Principal) -> Scope | None:
    """Return how far somebody sees; None if that is the county, all or some fields of it (`fields`).

    A principal of whom it is not said which township, unit or person is theirs sees nothing.
    """
    organisation = principal.organisation
    match principal.office:
        case Office.TOWNSHIP:
            return Scope(TOWNSHIP_ROLE, "township_sees", principal.township or "", organisation)
        case Office.SENDING_UNIT:
            return Scope(PEOPLE_ROLE, "sending_unit_sees", principal.sending_unit or "", organisation)
        case Office.INSTRUCTOR:
            return Scope(PEOPLE_ROLE, "instructor_sees", principal.staff_number or "", organisation)
        case Office.ORGANISATION_DEPARTMENT | Office.AUDITOR | Office.FINANCE_BUREAU | Office.PUBLIC:
            return None
