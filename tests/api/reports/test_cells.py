"""What a value becomes in a cell and in CSV, and that a workbook read back has the digest of the CSV."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.papers.workbook import read_packed
from api.reports.archive import new_archive
from api.reports.book import new_book
from api.reports.cells import cell_of, csv_line, text_of
from api.reports.definition import Chart, Column, Kind, Table
from api.reports.reading import read_sheet
from api.reports.rows import Line
from domain.terms import Gender

NOON = datetime(2021, 5, 31, 4, 0, 0, 999_999, tzinfo=UTC)
TABLE = Table(
    name="各类",
    title="各类数值",
    statement="",
    columns=tuple(Column(name=kind.value, of=kind.value, kind=kind) for kind in Kind),
    remarks=("第一条说明。", "第二条说明。"),
    charts=(Chart(title="图", categories="text", values=("integer", "ratio"), number_axis="天"),),
)


def said(kind: Kind, value: object) -> str:
    """What CSV says of a value, before it is quoted."""
    return text_of(kind, cell_of(Column(name="列", of="of", kind=kind), value))


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Kind.TEXT, "金崙村", "金崙村"),
        (Kind.TEXT, None, ""),
        (Kind.TEXT, " \n", ""),
        (Kind.TEXT, "上\r\n下\r左", "上\n下\n左"),
        (Kind.TEXT, "铃\x07声\x85", "铃\ufffd声\ufffd"),
        (Kind.INTEGER, 20, "20"),
        (Kind.INTEGER, -5, "-5"),
        (Kind.INTEGER, 2**62, "4611686018427387904"),
        (Kind.DECIMAL, Decimal("20.50"), "20.5"),
        (Kind.DECIMAL, Decimal("0.0000001"), "0.0000001"),
        (Kind.DECIMAL, Decimal("12345678901234567.89"), "12345678901234567.89"),
        (Kind.MONEY, 800, "800.00"),
        (Kind.MONEY, Decimal("1234.5"), "1234.50"),
        (Kind.MONEY, Decimal("0.005"), "0.01"),
        (Kind.RATIO, Decimal("0.8333"), "0.8333"),
        (Kind.RATIO, 1, "1.0000"),
        (Kind.DAY, date(2021, 5, 31), "2021-05-31"),
        (Kind.MOMENT, NOON, "2021-05-31 12:00:00"),
        (Kind.MOMENT, NOON - timedelta(hours=12), "2021-05-31 00:00:00"),
        (Kind.TIME, time(9, 30), "09:30:00"),
        (Kind.TIME, time(), "00:00:00"),
    ],
)
def test_each_kind_of_value_is_written_in_one_way(kind: Kind, value: object, text: str) -> None:
    assert said(kind, value) == text


def test_a_stored_word_is_shown_as_its_chinese_term() -> None:
    assert cell_of(Column(name="性别", of="gender", terms=Gender), "female") == "女"


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t"])
def test_no_text_of_the_record_becomes_a_formula_in_csv(begins: str) -> None:
    assert said(Kind.TEXT, f"{begins}HYPERLINK(1)") == f"'{begins}HYPERLINK(1)"


def test_a_text_is_quoted_where_rfc_4180_wants_it_and_nowhere_else() -> None:
    line = csv_line(["平常", "一,二", '称"能"', "上\n下", " 空 ", ""])

    assert line.decode() == '平常,"一,二","称""能""","上\n下", 空 ,\r\n'


@pytest.mark.parametrize(
    ("kind", "cell", "text"),
    [
        (Kind.MONEY, 800.004, "800.004"),
        (Kind.RATIO, 0.83335, "0.83335"),
        (Kind.INTEGER, 20.5, "20.5"),
        (Kind.DAY, datetime(2021, 5, 31, 0, 0, 1), "2021-05-31 00:00:01"),  # noqa: DTZ001 - a cell has no zone
        (Kind.INTEGER, True, "TRUE"),
        (Kind.TIME, timedelta(hours=30), "1 DAY, 6:00:00"),
    ],
)
def test_what_somebody_added_to_a_cell_is_not_rounded_away(kind: Kind, cell: Any, text: str) -> None:
    assert text_of(kind, cell) == text


# Both forms have one digest

numbers = st.decimals(-(10**12), 10**12, allow_nan=False, places=4)
moments = st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
values: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: st.text(st.characters(codec="utf-8"), max_size=12)
    | st.sampled_from(["=1+1", "_x0041_", "\t-"]),
    Kind.INTEGER: st.integers(-(2**63), 2**63),
    Kind.DECIMAL: numbers,
    Kind.MONEY: numbers,
    Kind.RATIO: st.decimals(0, 1, places=6),
    Kind.DAY: st.dates(date(1950, 1, 1), date(2100, 1, 1)),
    Kind.MOMENT: moments,
    Kind.TIME: st.times(),
}
rows = st.lists(st.tuples(*(st.none() | values[kind] for kind in Kind)), max_size=4)


def lines(given_rows: list[tuple[Any, ...]]) -> list[Line]:
    """Rows as they are written; a row of nothing, which no report has, is left out."""
    found = ([cell_of(*it) for it in zip(TABLE.columns, row, strict=True)] for row in given_rows)
    cells = [row for row in found if row.count(None) < len(row)]
    return [Line(row, frozenset({number}), summed=number == 1) for number, row in enumerate(cells)]


def made(content: list[Line], new: Callable[..., Any], *args: str) -> tuple[bytes, str]:
    """A file of one table, and the digest that was taken of it."""
    target = BytesIO()
    with new(target, *args) as output:
        digest = output.table(TABLE, content)
        output.cover([])
    return target.getvalue(), digest.value


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(rows)
def test_a_workbook_read_back_has_the_digest_of_the_csv_file(given_rows: list[tuple[Any, ...]]) -> None:
    content = lines(given_rows)
    archive, digest = made(content, new_archive)
    book, same = made(content, new_book, "报表", "截至今日")

    with ZipFile(BytesIO(archive)) as zipped:
        assert sha256(zipped.read("各类.csv")).hexdigest() == digest == same
    sheet = next(it for it in read_packed(book)[0] if it.name == TABLE.name)
    read = read_sheet(sheet, TABLE)
    assert (read.digest, len(list(read.rows()))) == (digest, len(content))
    assert read.above == tuple([text] for text in (TABLE.title, "截至今日", *TABLE.remarks))


def test_the_same_rows_are_the_same_file_to_the_byte() -> None:
    content = lines([("一", 1, 1, 1, 1, date(2021, 1, 1), NOON, time())])

    assert made(content, new_book, "报表", "今日") == made(content, new_book, "报表", "今日")
    assert made(content, new_archive) == made(content, new_archive)


def test_no_draft_of_a_workbook_remains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(KeyboardInterrupt), new_book(BytesIO(), "报表", "今日") as book:
        book.table(TABLE, interrupted())

    assert list(tmp_path.iterdir()) == []


def interrupted() -> Any:
    yield lines([("一", 1, 1, 1, 1, date(2021, 1, 1), NOON, time())])[0]
    raise KeyboardInterrupt
