"""Files that another program saved again are confirmed, and what a forger makes a file show is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from api.papers.source import FileRefused
from api.reports.archive import new_archive
from api.reports.book import new_book
from api.reports.check import faults
from api.reports.cover import cover_of, stand
from api.reports.reading import open_report
from api.reports.rows import Line
from api.reports.statement import Digested, Statement
from api.reports.tables.attendance import REPORT
from ledger.checkpoints import Checkpoint
from ledger.notes import Note, SigningKey

ORIGIN = "zhucun.example/430624/simulated"
KEY = SigningKey.generate()
KNOWN = KEY.verifier(ORIGIN)
DAY = date(2020, 5, 1)
PERSON: tuple[Any, ...] = (
    *("2020-05", "白泥湖园艺场", "金崙村", "李四", "SIM-1", 2020, DAY, date(2020, 5, 31)),
    *("是", 20, 19, 1, None, 0),
)
ROWS: dict[str, list[tuple[Any, ...]]] = {
    "乡镇汇总": [("2020-05", "白泥湖园艺场", 1, 1, 1, 1, 0, 19.5, 0, 0)],
    "个人明细": [PERSON, (*PERSON[:3], "=王五", *PERSON[4:])],
}
SHEET = "xl/worksheets/sheet3.xml"
"""个人明细: headings in row 5, rows 6 and 7."""
BOOK, STYLES = "xl/workbook.xml", "xl/styles.xml"
MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
Edit = Callable[[bytes], bytes]


def signed(text: str) -> str:
    return str(Note(text, (KEY.sign(ORIGIN, text),)))


def write(file: Path, *, also: str = "") -> Path:
    """A report that is signed; its statement may have been signed once more."""
    said = statement()
    checkpoint = signed(Checkpoint(ORIGIN, 40, sha256(b"a").digest(), 2, sha256(b"b").digest()).text)
    new = new_archive if file.suffix == ".zip" else new_book
    asked = () if file.suffix == ".zip" else (REPORT.zh, stand(said))
    with file.open("wb") as target, new(target, *asked) as output:
        digests = []
        for table in REPORT.tables:
            digest = output.table(table, map(line, ROWS[table.name]))
            digests.append(Digested(digest.value, digest.rows, table.name))
        said = statement(*digests)
        output.cover(cover_of(REPORT, said, checkpoint=checkpoint, note=signed(said.text) + also))
    return file


def statement(*tables: Digested) -> Statement:
    return Statement(
        origin=ORIGIN,
        county="430624",
        simulated=True,
        report=REPORT.name,
        as_of=date(2020, 5, 31),
        position=40,
        known_at="2020-06-01T00:00:00.000000Z",
        parameters=(("from_month", "2020-05"), ("to_month", "2020-05")),
        tables=tables,
    )


def line(cells: tuple[Any, ...]) -> Line:
    return Line(cells, frozenset(), summed=False)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("book") / "attendance.xlsx")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("archive") / "attendance.zip")


def told(file: Path, *, remarks: bool = False) -> list[str]:
    """What a check of the file alone says."""
    return [it.zh for it in faults(open_report(file), [KNOWN]) if it.remark is remarks]


def edited(file: Path, to: Path, edits: dict[str, Edit], more: dict[str, bytes] | None = None) -> Path:
    """A copy of a file with some of its parts edited, and others added."""
    copy = to / file.name
    with ZipFile(file) as source, ZipFile(copy, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            now = edits.get(name, bytes)(content)
            assert name not in edits or now != content
            target.writestr(name, now)
        for name, content in (more or {}).items():
            target.writestr(name, content)
    return copy


def put(was: str, now: str) -> Edit:
    return lambda content: content.replace(was.encode(), now.encode(), 1)


def to_cell(name: str, now: bytes) -> Edit:
    """Write a cell anew; `\\1` has its style and `\\2` its value."""
    cell = re.compile(rb'<c r="%s"([^>]*)><v>([^<]*)</v></c>' % name.encode())
    return lambda content: cell.sub(now, content)


# Honest


def test_what_was_made_is_confirmed(book: Path, archive: Path) -> None:
    for file in (book, archive):
        assert told(file) == told(file, remarks=True) == []


def test_what_another_program_packed_again_is_confirmed(book: Path, archive: Path, tmp_path: Path) -> None:
    """Other programs keep texts apart from the cells and write formats and parts' names in their own way."""
    shared: list[bytes] = []

    def apart(content: bytes) -> bytes:
        def one(found: re.Match[bytes]) -> bytes:
            shared.append(b"<si>%s</si>" % found[2])
            return b'<c%s t="s"><v>%d</v></c>' % (found[1], len(shared) - 1)

        return re.sub(rb'<c([^>]*) t="inlineStr"><is>(.*?)</is></c>', one, content)

    relation = (
        '<Relationship Id="rId99" Type="urn:/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    )
    edits: dict[str, Edit] = {
        **{f"xl/worksheets/sheet{number}.xml": apart for number in (1, 2, 3)},
        STYLES: put('formatCode="yyyy-mm-dd"', 'formatCode="[$-804]yyyy\\-mm\\-dd;@"'),
        "_rels/.rels": put('Target="xl/', 'Target="/xl/'),
        "xl/_rels/workbook.xml.rels": put("</Relationships>", relation),
    }
    edited(book, tmp_path, edits)
    content = b'<sst xmlns="%s">%s</sst>' % (MAIN, b"".join(shared))
    shared.clear()
    again = edited(book, tmp_path, edits, {"xl/sharedStrings.xml": content})

    assert len(shared) > 50
    assert told(again) == told(edited(archive, tmp_path, {})) == []


def test_hidden_rows_and_columns_of_a_table_are_remarked_on(book: Path, tmp_path: Path) -> None:
    """Whoever filters the rows and saves the file has altered nothing; whoever reads it shall know."""
    rows = edited(book, tmp_path, {SHEET: put('<row r="6"', '<row r="6" hidden="1"')})

    assert told(rows) == []
    assert "有1行被隐藏" in "".join(told(rows, remarks=True))
    columns = edited(book, tmp_path, {SHEET: put('<col min="9"', '<col hidden="1" min="9"')})
    assert told(columns) == []
    assert "有列被隐藏" in "".join(told(columns, remarks=True))


# Shown otherwise


CONDITION = b'<dxfs count="1"><dxf><numFmt numFmtId="200" formatCode="&quot;22&quot;"/></dxf></dxfs>'
COVER = "xl/worksheets/sheet1.xml"
BESIDE = b'<c r="C3" t="inlineStr"><is><t>+</t></is></c></row>'


@pytest.mark.parametrize(
    ("part", "edit", "said"),
    [
        (SHEET, to_cell("K6", rb'<c r="K6"\1><f>11*2</f><v>\2</v></c>'), "有1个公式(K6等)"),
        (STYLES, lambda it: it.replace(b'numFmtId="1"', b'numFmtId="2"'), "自F6起的数字格式已被改动"),
        (STYLES, put('formatCode="yyyy-mm-dd"', 'formatCode="yyyy-mm-&quot;30&quot;"'), "自G6起的数字格式"),
        (STYLES, put('formatCode="0.00%"', 'formatCode="\\0.00%"'), "自G6起的数字格式"),
        (STYLES, lambda it: re.sub(b"<dxfs[^>]*/>", CONDITION, it), "条件格式中带有数字格式"),
        (SHEET, put('<row r="2"', '<row r="2" hidden="1"'), "隐藏了标题、说明或封面"),
        (COVER, put('<row r="5"', '<row r="5" ht="0"'), "隐藏了标题、说明或封面"),
        (SHEET, put("</mergeCells>", '<mergeCell ref="J6:J7"/></mergeCells>'), "数据中有合并单元格"),
        (SHEET, put("</worksheet>", "<picture/></worksheet>"), "另有图片、图形、控件或批注"),
        (SHEET, lambda it: re.sub(rb'<row r="1".*(?=<row r="5")', b"", it), "上方的标题或说明已被改动"),
        (BOOK, put('name="个人明细"', 'name="个人明细" state="hidden"'), "表“个人明细”被隐藏"),
        (COVER, put("到村打卡考勤</t>", "真实考勤</t>"), "封面与其签名的声明不符"),
        (COVER, lambda it: re.sub(rb'(?<=<row r="3">)(.*?)</row>', rb"\1" + BESIDE, it), "封面与其签名的"),
    ],
)
def test_a_workbook_that_shows_what_its_cells_do_not_hold_is_told(
    book: Path, tmp_path: Path, part: str, edit: Edit, said: str
) -> None:
    assert said in "".join(told(edited(book, tmp_path, {part: edit})))


def test_a_sheet_that_was_added_is_told_even_if_nothing_can_be_seen_of_it(book: Path, tmp_path: Path) -> None:
    for state in ("visible", "hidden", "veryHidden"):
        sheet = f'<sheet name="附件" sheetId="9" state="{state}" r:id="rId99"/></sheets>'
        relation = (
            '<Relationship Id="rId99" Type="urn:/worksheet" Target="worksheets/sheet9.xml"/></Relationships>'
        )
        edits = {
            BOOK: put("</sheets>", sheet),
            "xl/_rels/workbook.xml.rels": put("</Relationships>", relation),
        }
        empty = b'<worksheet xmlns="%s"><sheetData/></worksheet>' % MAIN
        found = told(edited(book, tmp_path, edits, {"xl/worksheets/sheet9.xml": empty}))
        assert "表“附件”不属于本报表" in "".join(found)


# Built so that programs see different things


def twice(content: bytes) -> bytes:
    """The rows of a forger, and those that were signed in an element that spreadsheet programs pass over."""
    (rows,) = re.findall(b"<sheetData>.*</sheetData>", content)
    ours = re.sub(b"<(/?)(sheetData|row|c|v|is|t)(?=[ >/])", rb"<\1e:\2", rows)
    theirs = rows.replace(b"<v>19</v>", b"<v>22</v>")
    return content.replace(rows, ours.replace(b"<e:sheetData", b'<e:sheetData xmlns:e="urn:e"', 1) + theirs)


@pytest.mark.parametrize(
    ("part", "edit"),
    [
        (SHEET, twice),
        (SHEET, to_cell("K6", rb'<c r="K6"\1><v>22</v></c><c r="K6"\1><v>\2</v></c>')),
        (SHEET, to_cell("K6", rb'<c r="K7"\1><v>\2</v></c>')),
        (SHEET, to_cell("K6", rb'<c r="K6" t="inlineStr"\1><v>\2</v></c>')),
        (SHEET, put('<row r="7"', '<row r="6"')),
        (SHEET, put("<sheetFormatPr ", '<sheetFormatPr zeroHeight="1" ')),
        (BOOK, put("<workbookPr ", '<workbookPr date1904="1" ')),
        ("_rels/.rels", put('Target="xl/workbook.xml"', 'Target="xl/other.xml"')),
        ("xl/_rels/workbook.xml.rels", put('Target="styles.xml"', 'Target="other.xml"')),
    ],
)
def test_a_workbook_in_which_programs_could_see_different_things_is_refused(
    book: Path, tmp_path: Path, part: str, edit: Edit
) -> None:
    file = edited(book, tmp_path, {part: edit}, {"xl/other.xml": b"<a/>"})
    with pytest.raises(FileRefused, match=r"电子表格程序所写的不同|已损坏"):
        open_report(file)


def test_bytes_before_or_behind_the_package_are_refused(book: Path, archive: Path, tmp_path: Path) -> None:
    for file in (book, archive):
        behind = tmp_path / file.name
        behind.write_bytes(file.read_bytes())
        with ZipFile(behind, "a") as zipped:
            zipped.comment = b"x"
        before = tmp_path / f"before{file.suffix}"
        before.write_bytes(b"x" + file.read_bytes())
        for each in (before, behind):
            with pytest.raises(FileRefused, match="这不是"):
                open_report(each)


# Archives, and who signed


def test_a_file_without_the_suffix_does_not_stand_in_for_a_table(archive: Path, tmp_path: Path) -> None:
    with ZipFile(archive) as zipped:
        ours = zipped.read("个人明细.csv")
    file = edited(archive, tmp_path, {"个人明细.csv": put(",19,", ",22,")}, {"个人明细": ours})

    assert "表“个人明细”已被改动" in "".join(told(file))
    assert "文件“个人明细”不属于本报表" in "".join(told(file))


@pytest.mark.parametrize("more", [b"\xe5\xae\xa1\r\n", b"\r\n", b"a,b,c\r\n", b'"', b"\xff"])
def test_whatever_is_added_to_the_cover_of_an_archive_is_told(
    archive: Path, tmp_path: Path, more: bytes
) -> None:
    file = edited(archive, tmp_path, {"封面.csv": lambda content: content + more})

    assert "封面与其签名的声明不符,已被改动" in "".join(told(file))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"x" * 3_000_000, b'"' + b"x" * 200_000])
def test_a_cover_that_is_none_is_refused(archive: Path, tmp_path: Path, content: bytes) -> None:
    with pytest.raises(FileRefused, match="这不是"):
        open_report(edited(archive, tmp_path, {"封面.csv": lambda _: content}))


def test_a_signature_that_was_added_is_told(tmp_path: Path) -> None:
    other = SigningKey.generate().sign("example.com/审核", "x\n").line

    assert told(write(tmp_path / "signed.zip", also=other)) == ["报表声明上的签名不止一个:有后加的。"]


def test_a_report_of_another_log_than_that_of_the_key_is_no_report_of_it(archive: Path) -> None:
    another = SigningKey.generate().verifier("zhucun.example/430000")

    found = [it.zh for it in faults(open_report(archive), [], [another]) if not it.remark]
    assert found == [f"报表自称出自账本 {ORIGIN},所给的公钥却是 {another.name} 的。"]
