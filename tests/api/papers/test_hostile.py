"""Files that are broken, locked or made to do harm are turned away with the reason, and never parsed."""

from __future__ import annotations

import struct
from contextlib import suppress
from io import BytesIO
from typing import Any
from zipfile import ZIP_BZIP2, ZIP_STORED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.papers.grid import MAX_SIZE
from api.papers.source import MAX_COLUMNS, MAX_ROWS, MAX_SHEETS, MAX_TEXT, FileRefused
from tests.api.papers.books import (
    SHARED,
    SHEET_1,
    compound,
    ods,
    part,
    read,
    record,
    refused,
    repacked,
    rows,
    with_sheet,
    xls,
    xls_stream,
    xlsx,
)

PLAIN = rows(("姓名", "天"), ("张三", 12))
PLAIN_ODS = ods(
    '<table:table table:name="名单"><table:table-row><table:table-cell office:value-type="string">'
    "<text:p>张三</text:p></table:table-cell></table:table-row></table:table>"
)
DOCTYPE = '<!DOCTYPE worksheet [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


def number(row: int, column: int) -> bytes:
    """Return the record of an XLS cell with a number."""
    return record(0x203, struct.pack("<HHHd", row, column, 0, 1.0))


def texts(*each: str) -> bytes:
    """Return the record of an XLS workbook's shared texts."""
    stored = b"".join(struct.pack("<HB", len(text), 1) + text.encode("utf-16-le") for text in each)
    return record(0xFC, struct.pack("<II", len(each), len(each)) + stored)


XLS = xls(number(0, 1) + record(0xFD, struct.pack("<HHHI", 1, 0, 0, 0)), texts("张三"))


def test_each_kind_of_file_is_read_before_it_is_harmed() -> None:
    read_as = [[list(row) for row in read(content).sheets[0].rows] for content in (PLAIN, PLAIN_ODS, XLS)]
    assert read_as == [[["姓名", "天"], ["张三", 12]], [["张三"]], [[None, 1], ["张三", None]]]


# Bombs


def test_a_part_that_unpacks_to_far_more_than_its_size_is_refused() -> None:
    with refused("压缩炸弹", SHEET_1):
        read(repacked(PLAIN, {SHEET_1: b"<worksheet>" + b" " * 11_000_000 + b"</worksheet>"}))


def test_parts_that_unpack_to_too_much_together_are_refused() -> None:
    filler = b"<a>" + b" " * 9_900_000 + b"</a>"
    with refused("压缩炸弹"):
        read(repacked(PLAIN, {f"customXml/item{number}.xml": filler for number in range(21)}))


def test_a_part_that_lies_about_its_size_is_refused() -> None:
    size = len(part(PLAIN, SHEET_1))
    with refused("损坏"):
        read(PLAIN.replace(struct.pack("<I", size), struct.pack("<I", size - 100)))


def test_a_package_within_a_package_is_never_unpacked() -> None:
    bomb = BytesIO()
    with ZipFile(bomb, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 11_000_000)
    nested = repacked(PLAIN, {"xl/embeddings/book.xlsx": bomb.getvalue()}, ZIP_STORED)
    assert [list(row) for row in read(nested).sheets[0].rows] == [["姓名", "天"], ["张三", 12]]


def test_a_text_that_many_cells_share_counts_for_each_of_them() -> None:
    shared = "<si><t>" + "张" * MAX_TEXT + "</t></si>"
    cells = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(1, 6_200))
    workbook = repacked(with_sheet(cells), {SHARED: f"<sst>{shared}</sst>".encode()})
    with refused("展开后过大"):
        read(workbook)


@pytest.mark.parametrize("data", ['<c t="inlineStr"><is><t>{}</t></is></c>', '<c t="str"><v>{}</v></c>'])
def test_a_text_longer_than_any_cell_may_be_is_refused(data: str) -> None:
    with refused(f"{MAX_TEXT}"):
        read(with_sheet(f'<row r="1">{data.format("一" * (MAX_TEXT + 1))}</row>'))


def test_a_shared_text_longer_than_any_cell_may_be_is_refused() -> None:
    shared = "<sst><si>" + "<r><t>" + "一" * MAX_TEXT + "</t></r><r><t>二</t></r></si></sst>"
    with refused(f"{MAX_TEXT}"):
        read(repacked(PLAIN, {SHARED: shared.encode()}))


def test_a_table_that_claims_to_hold_billions_is_refused() -> None:
    with refused("4294967295"):
        read(repacked(PLAIN, {SHARED: part(PLAIN, SHARED).replace(b'ount="3"', b'ount="4294967295"')}))


@pytest.mark.parametrize(
    "data",
    [
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="1"><c><v>1</v></c></row><row r="1048576"><c><v>1</v></c></row>',
        '<row r="1"><c r="zzz1"><v>1</v></c></row>',
        f'<row r="1"><c r="A1"><v>1</v></c></row><row r="{MAX_ROWS}"><c r="SF{MAX_ROWS}"><v>1</v></c></row>',
        f'<row r="1"><c r="A{MAX_ROWS + 1}"><f>1</f><v>1</v></c></row>',
        '<row r="1">' + '<c t="inlineStr"><is><t>1</t></is></c>' * (MAX_COLUMNS + 1) + "</row>",
        '<x:row r="9999999"><x:c xmlns:x="x"><x:v>1</x:v></x:c></x:row>'.replace(
            "<x:row", '<x:row xmlns:x="x"'
        ),
    ],
)
def test_a_sheet_that_would_fill_the_memory_is_refused(data: str) -> None:
    with refused(f"{MAX_ROWS}行、{MAX_COLUMNS}列"):
        read(with_sheet(data))


def test_sheets_that_would_fill_the_memory_together_are_refused() -> None:
    corners = '<row r="1"><c r="A1"><v>1</v></c></row><row r="40000"><c r="OJ40000"><v>1</v></c></row>'
    second = part(with_sheet(corners), SHEET_1)
    with refused("展开后过大"):
        read(repacked(with_sheet(corners), {"xl/worksheets/sheet2.xml": second}))


@pytest.mark.parametrize(
    "data",
    [
        '<row r="1"><c r="A1" t="s"><v>0</v><v>1</v></c></row>',
        '<row r="1"><c r="A1"><c r="B1"/><v>1</v></c></row>',
        '<row r="1"><c r="A0"><v>1</v></c></row>',
        '<row r="0"><c><v>1</v></c></row>',
        '<row r="1"><c r="1A"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>99</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>-1</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>99999999999</v></c></row>',
        f'<row r="{"9" * 5000}"><c><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></row>',
    ],
)
def test_a_sheet_that_can_be_read_in_two_ways_or_in_none_is_refused(data: str) -> None:
    with refused("损坏"):
        read(with_sheet(data))


def test_a_day_that_no_calendar_has_is_refused() -> None:
    def fill(book: Any) -> None:
        book.add_worksheet().write("A1", 1e300, book.add_format({"num_format": "[h]:mm"}))

    with refused("损坏"):
        read(xlsx(fill))


def test_merged_areas_that_cover_each_other_are_refused() -> None:
    merged = b"</sheetData><mergeCells>" + b'<mergeCell ref="A1:B2"/>' * 2 + b"</mergeCells>"
    with refused("mergeCells"):
        read(repacked(PLAIN, {SHEET_1: part(PLAIN, SHEET_1).replace(b"</sheetData>", merged)}))


def test_more_sheets_than_we_read_are_refused() -> None:
    def fill(book: Any) -> None:
        for _ in range(MAX_SHEETS + 1):
            book.add_worksheet().write("A1", 1)

    with refused(f"{MAX_SHEETS}张"):
        read(xlsx(fill))


def test_a_file_larger_than_we_read_is_refused() -> None:
    with refused("50MB"):
        read(PLAIN + bytes(MAX_SIZE))


def test_a_sheet_that_stands_for_several_is_refused() -> None:
    def fill(book: Any) -> None:
        book.add_worksheet("一").write("A1", 1)
        book.add_worksheet("二").write("A1", 2)

    workbook = xlsx(fill)
    relations = part(workbook, "xl/_rels/workbook.xml.rels").replace(b"sheet2.xml", b"sheet1.xml")
    with refused("损坏"):
        read(repacked(workbook, {"xl/_rels/workbook.xml.rels": relations}))
    with refused("损坏"):
        read(xls(number(0, 0), names=("表", "表")))


# Documents that reach for other files


@pytest.mark.parametrize(
    "name", [SHEET_1, SHARED, "xl/workbook.xml", "[Content_Types].xml", "customXml/item1.xml"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_part_that_declares_entities_is_refused(name: str, encoding: str) -> None:
    with refused("实体", name):
        read(repacked(PLAIN, {name: f"{DOCTYPE}<worksheet>&x;</worksheet>".encode(encoding)}))


def test_a_document_type_without_entities_is_refused_as_well() -> None:
    with refused("实体"):
        read(with_sheet('<row r="1"><c r="A1"><v>1</v></c></row>', head="<!DOCTYPE worksheet>"))


def test_a_part_in_an_encoding_that_parsers_may_differ_on_is_refused() -> None:
    head = '<?xml version="1.0" encoding="ISO-8859-1"?>'
    with refused("ISO-8859-1"):
        read(with_sheet('<row r="1"><c r="A1"><v>1</v></c></row>', head=head))


def test_an_entity_that_nobody_declared_is_refused() -> None:
    with refused("损坏"):
        read(with_sheet('<row r="1"><c r="A1" t="str"><v>&x;</v></c></row>'))


# Locked and broken files


def test_a_workbook_with_a_password_is_refused_as_encrypted() -> None:
    with refused("密码", "encrypted"):
        read(compound({"EncryptionInfo": b"\4\0\4\0", "EncryptedPackage": bytes(5000)}))


def test_an_old_workbook_with_a_password_is_refused_as_encrypted() -> None:
    with refused("密码"):
        read(xls(number(0, 0), head=record(0x2F, bytes(54))))


def test_a_zip_with_a_password_is_refused_as_encrypted() -> None:
    locked = bytearray(PLAIN)
    for at in range(len(locked) - 10):
        if locked[at : at + 4] == b"PK\x01\x02":
            locked[at + 8] |= 1
    with refused("密码"):
        read(bytes(locked))


def test_an_ods_workbook_with_a_password_is_refused_as_encrypted() -> None:
    manifest = (
        '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><m:file-entry '
        'm:full-path="content.xml"><m:encryption-data m:checksum="x"/></m:file-entry></m:manifest>'
    )
    with refused("密码"):
        read(repacked(PLAIN_ODS, {"META-INF/manifest.xml": manifest.encode()}))


@pytest.mark.parametrize("workbook", [PLAIN, PLAIN_ODS, XLS], ids=["xlsx", "ods", "xls"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_file_cut_short_is_refused(workbook: bytes, share: float) -> None:
    with refused("损坏"):
        read(workbook[: int(len(workbook) * share)])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (repacked(PLAIN, {"xl/workbook.xml": None, "xl/workbook.bin": b"\x83\x01"}), "XLSB"),
        (repacked(PLAIN, {"xl/workbook.xml": None, "word/document.xml": b"<w/>"}), "不是工作簿"),
        (compound({"WordDocument": bytes(5000)}), "Word"),
        (repacked(PLAIN, {"XL/Workbook.xml": b"<workbook/>"}), "同名"),
        (repacked(PLAIN, {}, ZIP_BZIP2), "损坏"),
        (repacked(PLAIN, {"xl/workbook.xml": b"<workbook/>"}), "没有可见"),
        (repacked(PLAIN, {SHEET_1: b""}), "损坏"),
        (repacked(PLAIN, {SHEET_1: None}), "损坏"),
        (repacked(PLAIN, {"xl/again.xml": part(PLAIN, SHARED)}), "sharedStrings"),
        (repacked(PLAIN, {"xl/_rels/workbook.xml.rels": None}), "损坏"),
        (b"PK\x05\x06" + bytes(18), "不是工作簿"),
        (b"PK\x01\x02" * 10_001, "不是工作簿"),
    ],
)
def test_what_is_no_workbook_or_a_broken_one_is_refused(content: bytes, words: str) -> None:
    with refused(words):
        read(content)


# ODS


ONE = 'office:value-type="float" office:value="1"/>'


@pytest.mark.parametrize(
    "row",
    [
        f'<table:table-row table:number-rows-repeated="1000000"><table:table-cell {ONE}</table:table-row>',
        f'<table:table-row><table:table-cell table:number-columns-repeated="16384" {ONE}</table:table-row>',
        (
            '<table:table-row table:number-rows-repeated="1000000"><table:table-cell/></table:table-row>'
            f"<table:table-row><table:table-cell {ONE}</table:table-row>"
        ),
    ],
)
def test_repeats_that_would_fill_the_memory_are_refused(row: str) -> None:
    with refused(f"{MAX_ROWS}行"):
        read(ods(f'<table:table table:name="表">{row}</table:table>'))


def test_a_text_repeated_in_many_cells_counts_for_each_of_them() -> None:
    cell = f'<table:table-cell office:value-type="string"><text:p>{"张" * 2_000}</text:p></table:table-cell>'
    row = f'<table:table-row table:number-rows-repeated="150000">{cell}</table:table-row>'
    with refused("展开后过大"):
        read(ods(f'<table:table table:name="表">{row}</table:table>'))


def test_blanks_written_as_a_number_count_as_text() -> None:
    text = '<text:p><text:s text:c="99999999"/></text:p>'
    row = f'<table:table-cell office:value-type="string">{text}</table:table-cell>'
    with refused(f"{MAX_TEXT}"):
        read(ods(f'<table:table table:name="表"><table:table-row>{row}</table:table-row></table:table>'))


@pytest.mark.parametrize(
    "tables",
    ["{0}{1}</table:table>{0}{1}</table:table>", '{0}{1}<table:table table:name="二"/>{1}</table:table>'],
)
def test_sheets_within_sheets_or_of_one_name_are_refused(tables: str) -> None:
    with refused("损坏"):
        read(ods(tables.format('<table:table table:name="表">', "<table:table-row/>")))


# XLS


def test_a_small_old_workbook_is_read_and_its_macros_are_left_alone() -> None:
    stream = xls_stream(number(0, 0) + number(70, 1))
    found = read(
        compound({"Macros": b"x" * 100, "Workbook": stream, "_VBA_PROJECT": b"\xcc\x61"}, small=True)
    )
    assert [list(row) for _, row in found.sheets[0].numbered()] == [[1, None], [None, 1]]
    assert ["宏" in remark.zh for remark in found.remarks] == [True]


def test_an_old_workbook_that_would_fill_the_memory_is_refused() -> None:
    with refused(f"{MAX_COLUMNS}列"):
        read(xls(number(0, 0) + number(1, 600)))
    with refused("展开后过大"):
        read(xls(number(0, 0) + number(65_535, 255), names=("一月", "二月")))


def test_a_text_that_cells_of_an_old_workbook_share_counts_for_each_of_them() -> None:
    cells = b"".join(record(0xFD, struct.pack("<HHHI", row, 0, 0, 0)) for row in range(51_000))
    with refused("展开后过大"):
        read(xls(cells, texts("张" * 4_000)))


def test_an_old_workbook_whose_texts_are_in_pieces_is_read() -> None:
    first, second = "一" * 3_000, "b" * 20
    stored = struct.pack("<HB", len(first), 1) + first.encode("utf-16-le")
    head = struct.pack("<II", 2, 2)
    rest = struct.pack("<HB", len(second), 0) + second.encode()
    pieces = record(0xFC, head + stored[:2_003]) + record(0x3C, b"\1" + stored[2_003:] + rest)
    cells = b"".join(record(0xFD, struct.pack("<HHHI", row, 0, 0, row)) for row in range(2))
    assert [list(row) for row in read(xls(cells, pieces)).sheets[0].rows] == [[first], [second]]


def test_the_error_of_a_formula_in_an_old_workbook_is_shown() -> None:
    failed = struct.pack("<HHHBBBBHHHI", 0, 1, 0, 2, 0, 7, 0, 0, 0xFFFF, 0, 0) + struct.pack("<H", 0)
    cells = record(0x06, failed) + record(0x205, struct.pack("<HHHBB", 0, 2, 0, 42, 1)) + number(0, 0)
    assert [list(row) for row in read(xls(cells)).sheets[0].rows] == [[1, "#DIV/0!", "#N/A"]]


def test_an_old_workbook_on_which_the_parser_gives_up_is_refused() -> None:
    size = struct.pack("<HH", 0x809, 16)
    with refused("损坏"):
        read(XLS.replace(size, struct.pack("<HH", 0x809, 1), 1))


def test_an_old_workbook_whose_sheet_begins_after_its_end_is_refused() -> None:
    at = XLS.index(struct.pack("<H", 0x85), 512) + 4
    with refused("BOUNDSHEET"):
        read(XLS[:at] + b"\xff\xff\xff\x7f" + XLS[at + 4 :])


def test_more_sheets_of_an_old_workbook_than_we_read_are_refused() -> None:
    with refused(f"{MAX_SHEETS}张"):
        read(xls(number(0, 0), names=[f"表{number:02}" for number in range(MAX_SHEETS + 1)]))


# Damage of every kind


@pytest.mark.parametrize(
    "workbook", [repacked(PLAIN, {}, ZIP_STORED), PLAIN_ODS, XLS], ids=["xlsx", "ods", "xls"]
)
@given(data=st.data())
def test_whatever_is_damaged_is_read_or_refused_and_nothing_else(
    workbook: bytes, data: st.DataObject
) -> None:
    harmed = bytearray(workbook)
    for _ in range(data.draw(st.integers(1, 5))):
        harmed[data.draw(st.integers(0, len(harmed) - 1))] = data.draw(st.integers(0, 255))
    with suppress(FileRefused):
        assert read(bytes(harmed)).size == len(harmed)
