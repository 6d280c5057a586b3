"""Registration forms in answers: each as whoever asks may see it (`api.access.masks`).

A form comes from the read side, wherever it is shown: events are stored with theirs sealed.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from graphql import GraphQLResolveInfo

from api.access import masks
from api.looks.seen import WHOSE, see

FORM: Final = "Form"
"""The GraphQL type."""
OF_A_FORM: Final = {"reason": "str"}
"""Arguments of a field that is a form."""
OTHERWISE: Final[dict[str, Any]] = {"born": date | None, "born_month": str}
"""Types of fields that may be masked, and of one that the domain's form does not have."""


def read_with_whose(form: str, whose: str) -> str:
    """Return the SQL expression of a form that carries whose it is, for the record of who looked."""
    return f"({form} || jsonb_build_object('{WHOSE}', {whose}))"


def form_of(row: Any, info: GraphQLResolveInfo[Any], reason: str | None = None) -> masks.Shown | None:
    """Return the form of a nomination, or of its event, as whoever asks may see it."""
    given = masks.reason_given(reason)
    form = masks.shown(row["form"], info.context.principal.office, given)
    if form is not None:
        see(info, form.pop(WHOSE), given)
    return form


def is_shown(form: Any, _info: GraphQLResolveInfo[Any]) -> bool:
    """Tell whether a form went through the masks; nothing else is answered for a Form."""
    return isinstance(form, masks.Shown)
