"""Whose a token is: from what it claims, once that is vouched for, to the principal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from api.access.principal import Office, Principal
from api.access.refusals import TokenRefused

NAMES: Final[Mapping[str, str]] = {
    "id": "sub",
    "role": "zhucun_role",
    "organisation": "zhucun_organisation",
    "township": "zhucun_township",
    "sending_unit": "zhucun_sending_unit",
    "staff_number": "zhucun_staff_number",
}
"""The claim that says each thing of a principal, unless an issuer's own is named."""

SCOPES: Final[Mapping[Office, str]] = {
    Office.TOWNSHIP: "township",
    Office.SENDING_UNIT: "sending_unit",
    Office.INSTRUCTOR: "staff_number",
}
"""What has to be known of an office that does not reach as far as the county."""

OFFICES: Final = frozenset(Office) - {Office.PUBLIC}
"""The offices that a token may be for."""

TOWNSHIP_CODE: Final = re.compile("[0-9]{9}")
LONGEST: Final = 200
_UNSEEN: Final = re.compile("C|Z[lp]")
"""Categories of control characters and the like, and of what ends a line."""


def principal_of(claims: Mapping[str, Any], names: Mapping[str, str] = NAMES) -> Principal:
    """Return whose the claims of a verified token are.

    Args:
        claims: the token's.
        names: of the claims.

    Raises:
        TokenRefused: one that is needed is missing or makes no sense.
    """
    office = _office(claims.get(names["role"]), names["role"])
    needed = SCOPES.get(office)
    scope = {} if needed is None else {needed: _text(claims, names[needed])}
    if not TOWNSHIP_CODE.fullmatch(scope.get("township", "000000000")):
        raise TokenRefused(
            f"{names['township']} 应为九位代码", f"{names['township']} is not a code of nine digits"
        )
    return Principal(
        id=_text(claims, names["id"]),
        office=office,
        organisation=_text(claims, names["organisation"]),
        **scope,
    )


def is_plain(text: str) -> bool:
    """Tell whether a text can be somebody's id or name: of one line, neither empty nor endless."""
    return (
        bool(text)
        and text == text.strip()
        and len(text) <= LONGEST
        and not any(_UNSEEN.match(unicodedata.category(it)) for it in text)
    )


def _office(claimed: object, name: str) -> Office:
    """Return the one office that is claimed; some issuers list all groups that somebody is in."""
    listed = claimed if isinstance(claimed, list) else [claimed]
    found = {it for it in OFFICES if it.value in listed}
    if len(found) != 1:
        known = "、".join(sorted(OFFICES))
        raise TokenRefused(
            f"{name} 应为下列身份之一:{known}",
            f"{name} has to say one office of {known.replace('、', ', ')}",
        )
    return found.pop()


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not is_plain(value):
        raise TokenRefused(
            f"缺少 {name},或其内容不可用", f"it does not say {name}, or in a way that cannot be used"
        )
    return value
