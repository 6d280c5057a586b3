"""Rows are read column by column, and a cell says the same however often it comes."""

from __future__ import annotations

import gc
from weakref import ref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.papers import cells
from api.papers.cells import CellUnreadable
from api.papers.columns import AnyColumn, Column, Layout, Row, RowRefused
from api.papers.source import Cell, Sheet

WORDS = Column("words", ("说明",), cells.text)
COUNT = Column("count", ("户数",), cells.whole, needed=True)
CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.sampled_from([0.0, -0.0, 1.0, 1.5]),
    st.sampled_from(["1", "1", " ", "", "x", "#REF!"]),
    st.dates(),
    st.times(),
)


def laid_out(*rows: tuple[Cell, ...]) -> Layout:
    """A sheet with two columns, and a third that no column of the paper goes by."""
    return Layout(
        sheet=Sheet("表", [("说明", "户数", "备注"), *rows]),
        header=1,
        body=2,
        places={"words": 0, "count": 1},
        headings=("说明", "户数", "备注"),
        columns=(WORDS, COUNT),
    )


def said(row: Row, column: AnyColumn) -> tuple[type, object]:
    """What a row has in a column, or why it cannot be read."""
    try:
        value = row.get(column)
    except RowRefused as refused:
        return RowRefused, (refused.message_zh, refused.column, refused.value)
    return type(value), value


@given(st.lists(st.tuples(CELLS, CELLS), max_size=8))
def test_a_cell_says_what_it_says_in_a_sheet_of_its_own(rows: list[tuple[Cell, Cell]]) -> None:
    together = laid_out(*rows).rows()
    alone = (row for each in rows for row in laid_out(each).rows())
    for row, same in zip(together, alone, strict=True):
        assert row.cells == same.cells
        for column in (WORDS, COUNT):
            assert said(row, column) == said(same, column)


@pytest.mark.parametrize(("cell", "words"), [(True, "是"), (1, "1"), (1.0, "1"), ("1", "1")])
def test_equal_cells_of_different_kinds_are_read_each_as_its_own(cell: Cell, words: str) -> None:
    layout = laid_out((1, 1), (True, 1), (1.0, 1), ("1", 1), (cell, 1))
    *_, row = layout.rows()
    assert [it.get(WORDS) for it in layout.rows()] == ["1", "是", "1", "1", words]
    assert row[WORDS] == words


def test_a_row_too_short_for_a_column_has_nothing_there() -> None:
    (row,) = laid_out(("说",)).rows()
    assert row.get(COUNT) is None
    assert [(it.column, it.value) for it in row.unreadable()] == [("户数", "")]


def test_a_column_that_the_sheet_does_not_have_is_blank() -> None:
    (row,) = laid_out(("说", 1)).rows()
    other = Column("other", ("其他",), cells.text)
    assert other not in row
    assert row.get(other) is None


def test_what_is_wrong_with_a_row_does_not_keep_the_row() -> None:
    layout = laid_out(("说", "x"))
    gc.disable()
    try:
        (wrong,) = next(layout.rows()).unreadable()
        weak = ref(wrong)
        assert isinstance(wrong.__cause__, CellUnreadable)
        del wrong
        assert weak() is None
    finally:
        gc.enable()
