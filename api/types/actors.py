"""Who enters a fact, as clients say it."""

from __future__ import annotations

import strawberry

from api.types.glossary import described
from domain.terms import Role


@strawberry.input(description="录入者。Who enters a fact, in which office and organisation.")
class ActorInput:
    """录入者。Who enters a fact, in which office and organisation."""

    id: str = strawberry.field(description=described("Actor", "id"))
    role: Role = strawberry.field(description=described("Actor", "role"))
    organisation: str = strawberry.field(description=described("Actor", "organisation"))
