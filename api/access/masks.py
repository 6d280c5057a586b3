"""What each office sees of a registration form: telephone number and day of birth are not for everybody.

Whose form somebody sees at all, the database decides. Every Form in an answer passes `shown`: the schema
takes nothing else for one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from api.access.claims import is_plain
from api.access.principal import Office
from api.problems import bad_request
from api.types.scalars import checked

LEAST: Final = 4
"""Letters and digits of a reason; every Chinese character is one."""
MOST: Final = 200
"""Characters of a reason."""

_BLANK: Final = frozenset("\u115f\u1160\u3164\uffa0")
"""Letters that show nothing."""


class Mask(NamedTuple):
    """Whether somebody is shown in full what is masked for others.

    Attributes:
        phone: the telephone number.
        born: the day of birth; the month is told to everybody who sees a form.
    """

    phone: bool
    born: bool


FULL: Final = Mask(phone=True, born=True)
MASKS: Final[Mapping[Office, Mask]] = {
    Office.ORGANISATION_DEPARTMENT: FULL,
    Office.INSTRUCTOR: FULL,  # they see no form but their own
    Office.TOWNSHIP: Mask(phone=True, born=False),  # works with them every day
    Office.SENDING_UNIT: Mask(phone=True, born=False),
    Office.AUDITOR: Mask(phone=False, born=False),
}
"""By office; one that is not here is shown no form."""
WITH_REASON: Final[Mapping[Office, Mask]] = {**MASKS, Office.AUDITOR: FULL}
"""By office, for somebody who gives a reason. It is put on record (`api.selecting.FormAsked`)."""


class Shown(dict[str, Any]):
    """A form as somebody may see it, by the stored names of its fields and `born_month`."""


def shown(form: Mapping[str, Any] | None, office: Office, reason: str | None) -> Shown | None:
    """Return a form as an office sees it; None if it was forgotten, or the office sees none.

    Args:
        form: as the read side has it.
        office: of whoever asks.
        reason: why they ask for all of it, as `reason_given` returned it.
    """
    mask = (MASKS if reason is None else WITH_REASON).get(office)
    if form is None or mask is None:
        return None
    seen = Shown(form, born_month=form["born"][:7])
    if not mask.born:
        seen["born"] = None
    if not mask.phone:
        seen["phone"] = _masked(form["phone"])
    return seen


def masked(office: Office, reason: str | None) -> frozenset[str]:
    """Return the fields of a form, by their stored names, that an office does not see in full."""
    mask = (MASKS if reason is None else WITH_REASON)[office]
    return frozenset(name for name, full in mask._asdict().items() if not full)


def reason_given(text: str | None) -> str | None:
    """Return why somebody asks for a form in full; None if they do not say.

    Raises:
        Problem: what they say is no reason, or too long a one.
    """
    if text is None:
        return None
    reason = str(checked(text, "reason")).strip()
    if _letters(reason) < LEAST or len(reason) > MOST or not is_plain(reason):
        raise bad_request(
            f"查看完整个人信息的理由(reason)须为{LEAST}至{MOST}字,写成一行,不含不可见字符,如“核对举报线索”;"
            "不填则隐去部分内容。",
            f"The reason for seeing all of a form has {LEAST} to {MOST} characters, of which {LEAST} are "
            "letters or digits, on one line and all of them visible; leave it out to see the form masked.",
        )
    return reason


def _letters(text: str) -> int:
    """Return how many letters and digits a text shows."""
    return sum(unicodedata.category(it)[0] in "LN" and it not in _BLANK for it in text)


def _masked(phone: str) -> str:
    """Return a telephone number with its middle masked; one too short to have a middle, altogether."""
    if not phone:
        return ""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= len("13800000000") else "****"
