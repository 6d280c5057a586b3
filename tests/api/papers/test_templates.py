"""Templates: what we hand out can be filled in and brought back as it is."""

from __future__ import annotations

import re
from io import BytesIO
from zipfile import ZipFile

import pytest

from api.papers.grid import read_bytes
from api.papers.kinds import PaperKind
from api.papers.registry import PAPERS
from api.papers.sheets.appraisals import APPRAISALS, PARTS
from api.papers.sheets.forms import FORMS
from api.papers.templates import write_template

TABLES = [kind for kind in PAPERS.values() if kind is not FORMS]


def template(kind: PaperKind) -> BytesIO:
    """An empty paper."""
    target = BytesIO()
    write_template(kind, target)
    return target


def part(kind: PaperKind, name: str) -> str:
    """A part of an empty paper, as stored."""
    with ZipFile(template(kind)) as parts:
        return parts.read(f"xl/{name}.xml").decode()


@pytest.mark.parametrize("kind", PAPERS.values(), ids=PAPERS)
def test_every_template_is_a_file_that_is_read_and_has_no_rows(kind: PaperKind) -> None:
    layouts = kind.lay_out(kind, read_bytes("样表.xlsx", template(kind).getvalue()))

    assert layouts
    assert [row for layout in layouts for row in layout.rows()] == []


@pytest.mark.parametrize("kind", TABLES, ids=lambda kind: kind.name)
def test_every_column_stands_in_the_template_and_in_its_instructions(kind: PaperKind) -> None:
    table, guide = read_bytes("样表.xlsx", template(kind).getvalue()).sheets

    assert tuple(table.rows[0]) == tuple(column.name for column in kind.columns) + kind.other_headings
    explained = [row[0] for row in guide.rows]
    assert explained[-len(kind.columns) :] == [column.name for column in kind.columns]


def test_a_column_with_choices_has_a_list_and_the_header_stays_in_sight() -> None:
    table = part(APPRAISALS, "worksheets/sheet1")

    lists = re.findall(r"<formula1>\"([^\"]+)\"</formula1>", table)
    assert lists == ["日常考核,年度考核,期满考核", "优秀,称职,基本称职,不称职"]
    assert 'topLeftCell="A2"' in table


def test_the_parts_that_the_notice_names_are_columns_of_the_appraisal_sheet() -> None:
    (table, _) = read_bytes("样表.xlsx", template(APPRAISALS).getvalue()).sheets

    assert tuple(table.rows[0][-len(PARTS) :]) == PARTS


def test_a_template_is_the_same_file_whenever_it_is_made() -> None:
    assert template(APPRAISALS).getvalue() == template(APPRAISALS).getvalue()
