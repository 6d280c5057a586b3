"""What the tables of several reports have alike: who and where, and stored words within a statement."""

from __future__ import annotations

from typing import Final

from api.reports.definition import Column
from domain.terms import Term

PLACE: Final = (
    Column(name="乡镇", of="township", width=14),
    Column(name="村(社区)", of="village", width=14),
    Column(name="村编码", of="code", width=14),
)
PERSON: Final = (
    Column(name="姓名", of="instructor", width=10),
    Column(name="干部编号", of="staff_number", width=16),
)


def in_chinese(expression: str, terms: type[Term]) -> str:
    """Return SQL that is the Chinese of a stored word, for a cell that holds several of them."""
    words = " ".join(f"when '{term.value}' then '{term.zh}'" for term in terms)
    return f"case {expression} {words} end"
