"""The registration forms in a dossier: as its reader may see them, and what proves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple
from xml.etree.ElementTree import Element

from msgspec import to_builtins

from api.access import masks
from api.access.principal import Office
from api.dossier.markup import table, tag
from api.dossier.tables import word
from api.looks.seen import FORM_FIELDS
from api.problems import Problem
from api.types.glossary import described
from domain import terms
from domain.instructor import Instructor
from domain.terms import Term
from ledger.errors import PersonalKeyGone
from ledger.mapper import EventMapper
from ledger.records import LedgerRow
from ledger.sealing import Opening
from ledger.textual import base64_of

_PREFIX: Final = "form."
_WORDS: Final[Mapping[str, type[Term]]] = {
    "gender": terms.Gender,
    "education": terms.Education,
    "employment": terms.Employment,
}


class Forgetting(NamedTuple):
    """That a person's forms until then were forgotten.

    Attributes:
        position: of the event.
        day: on which.
        reason: why.
    """

    position: int
    day: date
    reason: str


class Stored(NamedTuple):
    """A form as the ledger has it now.

    Attributes:
        position: of its nomination.
        content: by stored names; None where its key is gone.
        openings: by path; None where it is not sealed, or the key is gone.
    """

    position: int
    content: Mapping[str, Any] | None
    openings: Mapping[str, Opening] | None


@dataclass(frozen=True)
class Forms:
    """A person's forms as the reader of a dossier may see them.

    Attributes:
        masked: fields that the reader is not shown in full, by their stored names in the form's order.
        shown: by position, each form that can be read.
        openings: by position, what proves each sealed one that can be read, by path, but for masked fields.
        forgotten: the last time that forms were forgotten, now; None if they never were.
    """

    masked: tuple[str, ...]
    shown: Mapping[int, masks.Shown]
    openings: Mapping[int, Mapping[str, Opening]]
    forgotten: Forgetting | None

    @property
    def in_full(self) -> frozenset[str]:
        """The fields that the reader is shown in full, by their stored names."""
        return FORM_FIELDS - set(self.masked) if self.shown else frozenset()

    @property
    def told(self) -> dict[str, Any]:
        """The openings as a dossier has them, ready for JSON."""
        return {
            "masked": [_PREFIX + name for name in self.masked],
            "events": [
                {
                    "position": position,
                    "openings": {path: [base64_of(it.salt), it.value] for path, it in openings.items()},
                }
                for position, openings in self.openings.items()
            ],
        }


def read_forms(rows: Sequence[LedgerRow], mapper: EventMapper) -> list[Stored]:
    """Return the forms of a person's events.

    Raises:
        LedgerError: the keys cannot be had now, or a form is not what was sealed.
    """
    return [_read(row, mapper) for row in rows if row.topic == Instructor.Nominated.TOPIC]


def _read(row: LedgerRow, mapper: EventMapper) -> Stored:
    openings = mapper.openings(row)
    if openings is not None:
        content = {
            path.removeprefix(_PREFIX): it.value for path, it in openings.items() if path.startswith(_PREFIX)
        }
        return Stored(row.position, content, openings)
    event = mapper.from_row(row)
    return Stored(row.position, to_builtins(getattr(event, "form", None)), None)


def forms_for(
    office: Office, reason: str | None, stored: Sequence[Stored], forgotten: Forgetting | None
) -> Forms:
    """Return forms as somebody may see them in a dossier.

    Args:
        office: theirs.
        reason: why they ask for all of them, as `masks.reason_given` returned it.
        stored: what the ledger has.
        forgotten: the last time that it was forgotten, read after that.

    Raises:
        Problem: a form cannot be masked, for it was recorded before forms were sealed.
        PersonalKeyGone: a form cannot be read, and nobody forgot it.
    """
    hidden = masks.masked(office, reason)
    shown, openings = dict[int, masks.Shown](), dict[int, Mapping[str, Opening]]()
    for position, content, proved in stored:
        form = masks.shown(content, office, reason)
        if form is None:
            if forgotten is None or forgotten.position < position:
                raise PersonalKeyGone(position=position)
            continue
        if proved is None and hidden:
            raise Problem(
                "REASON_NEEDED",
                f"位置{position}的报名表以明文记录,档案中无法隐去部分内容;请写明理由(reason)调阅全部。",
                f"The form at position {position} was recorded before forms were sealed, so a dossier cannot "
                "mask it. Give a reason, and have it in full.",
            )
        shown[position] = form
        if proved is not None:
            openings[position] = {
                path: it
                for path, it in proved.items()
                if path.startswith(_PREFIX) and path.removeprefix(_PREFIX) not in hidden
            }
    return Forms(tuple(sorted(hidden)), shown, openings, forgotten)


def form_table(forms: Forms) -> Element:
    """Return the latest form that can be read as a table in a page."""
    position = max(forms.shown, default=0)
    form: Mapping[str, Any] = forms.shown.get(position, {})
    rows = (
        (described("FormInput", name).partition("。")[0], said)
        for name in form
        if name in FORM_FIELDS and (said := _said(form, name))
    )
    return tag(
        "div", tag("p", f"位置{position}", class_="soft") if form else None, table(("项目", "所填"), rows)
    )


def forgotten_note(forms: Forms, position: int) -> Element:
    """Return what a reader has to know of forms that were forgotten; nothing where none were."""
    it = forms.forgotten
    if it is None:
        return tag("span")
    where = f"位置{it.position}" + ("" if it.position <= position else ",在本档案所述位置之后")
    told = f"此前报名表中的个人信息已于{it.day}删除({where})。理由:{it.reason}"
    return tag("p", tag("b", "个人信息已删除。"), told, class_="note")


def _said(form: Mapping[str, Any], name: str) -> str:
    if name == "born" and form[name] is None:
        return f"{form['born_month']}(日已隐去)"
    if name in _WORDS:
        return word(_WORDS[name], form[name].upper())
    return form[name] or ""
