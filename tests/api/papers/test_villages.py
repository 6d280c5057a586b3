"""Key villages named for a year: as a table, and as the notice's Annex 1 lists them."""

from __future__ import annotations

from datetime import date
from itertools import groupby

import pytest

from api.data import key_villages_2020
from api.papers.grid import read_bytes
from api.papers.plans import Outcome, Plan
from api.papers.sheets.villages import VILLAGES
from api.papers.source import FileRefused, Merge, Sheet, SourceFile
from domain.terms import VillageKind
from domain.village import Village
from tests.api.papers.desk import Desk, only, outcomes, sheet

HEADER = ("乡镇", "村(社区)", "年度", "软弱涣散或后进", "理由", "日期")

ANNEX_1 = "".join(
    f"{township}\n\n{'  '.join(place.name for place in places)}\n\n"
    for township, places in groupby(key_villages_2020(), key=lambda place: place.township)
)
"""The body of Annex 1, in the form of the notice."""


def annex(body: str = ANNEX_1, total: str = "30个", dated: str = "2020年3月17日") -> SourceFile:
    """Annex 1 as text."""
    text = (
        f"中共湘阴县委办公室\n\n{dated}\n\n\n附件1\n\n湘阴县2020年重点村(社区)名单\n\n"
        f"乡镇(街道)\n\n重点村(社区)\n\n{body}合  计\n\n{total}\n\n附件2\n\n湘阴县党建指导员报名表\n\n姓 名\n"
    )
    return read_bytes("附件1.txt", text.encode("gb18030"))


def named(plan: Plan) -> list[Village.Nominated]:
    """The villages that a plan would record."""
    return [event for event in plan.events if isinstance(event, Village.Nominated)]


def test_a_row_names_a_village_of_the_official_list(desk: Desk) -> None:
    taken = desk.take(
        VILLAGES, sheet(HEADER, ["金龙镇", "新兴社区", "2021", "√", "班子软弱", "2021年3月10日"])
    )

    assert taken is not None
    (event,) = named(taken.plan)
    assert (event.code, event.township_code) == ("430624126002", "430624126")
    assert (event.name, event.township, event.kind) == ("新兴社区", "金龙镇", VillageKind.COMMUNITY)
    assert (event.year, event.weak_or_lagging, event.reason) == (2021, True, "班子软弱")
    assert event.occurred_on == date(2021, 3, 10)


@pytest.mark.parametrize(("weak", "reason"), [("是", "软弱涣散或后进"), ("", "列入重点村(社区)名单")])
def test_a_list_without_reasons_says_what_it_says_by_itself(counter: Desk, weak: str, reason: str) -> None:
    plan = counter.plan(VILLAGES, sheet(HEADER, ["金龙镇", "望星村", "2021", weak, "", "2021-03-10"]))

    assert [event.reason for event in named(plan)] == [reason]


def test_annex_1_as_the_notice_has_it_names_all_30_villages(counter: Desk) -> None:
    plan = counter.plan(VILLAGES, annex())

    found = [(event.code, event.name, event.township) for event in named(plan)]
    assert found == [(place.code, place.name, place.township) for place in key_villages_2020()]
    assert {event.occurred_on for event in named(plan)} == {date(2020, 3, 17)}
    assert {event.year for event in named(plan)} == {2020}


def test_a_village_of_a_list_rests_on_its_line(counter: Desk) -> None:
    plan = counter.plan(VILLAGES, annex())

    assert [event.basis for event in plan.events][:3] == [
        "附件1.txt#附件1!16",
        "附件1.txt#附件1!16",
        "附件1.txt#附件1!20",
    ]


def test_the_list_again_as_a_table_says_nothing_new(desk: Desk) -> None:
    desk.take(VILLAGES, annex())
    rows = [[place.township, place.name, "2020年", "否", "", "2020/3/17"] for place in key_villages_2020()]

    assert outcomes(desk.plan(VILLAGES, sheet(HEADER, *rows))) == [Outcome.ALREADY] * 30


def test_a_list_in_a_workbook_with_merged_townships_is_read(counter: Desk) -> None:
    rows = [
        ("湘阴县2021年重点村(社区)名单", None, None),
        ("乡镇(街道)", "重点村(社区)", None),
        ("静河镇", "红旗村", "共荣村"),
        ("静河镇", "青湖村", None),
        ("合计", "3个", None),
        ("2021年3月10日", None, None),
    ]
    book = Sheet("名单", rows, merged=(Merge(2, 0, 3, 0),))
    plan = counter.plan(VILLAGES, SourceFile("名单.xlsx", "0" * 64, 1, (book,)))

    assert [line.row for line in plan.lines] == [3, 3, 4]
    assert {event.year for event in named(plan)} == {2021}


def test_a_village_that_no_list_has_is_refused_with_its_line(counter: Desk) -> None:
    plan = counter.plan(VILLAGES, annex(body="文星街道\n\n旭东社区  桃花源村\n\n", total="2个"))

    assert outcomes(plan) == [Outcome.RECORD, Outcome.REFUSED]
    assert plan.refused[0].row == 16
    assert "桃花源村" in plan.refused[0].reasons[0].zh


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (annex(total="31个"), "合计31个,实有30个"),
        (annex(dated=""), "没有日期"),
        (annex(body="旭东社区\n\n"), "没有乡镇"),
        (sheet(["乡镇", "村(社区)"], ["金龙镇", "望星村"]), "年度"),
    ],
    ids=["another total", "no date", "no township", "no year"],
)
def test_a_list_that_cannot_be_right_is_refused_as_a_whole(
    counter: Desk, file: SourceFile, said: str
) -> None:
    with pytest.raises(FileRefused, match=said):
        counter.plan(VILLAGES, file)


def test_a_code_of_another_village_is_refused(counter: Desk) -> None:
    file = sheet((*HEADER, "村代码"), ["金龙镇", "望星村", "2021", "", "", "2021-03-10", "430624126002"])

    assert only(counter.plan(VILLAGES, file)).outcome is Outcome.REFUSED


def test_a_village_already_named_otherwise_for_the_year_is_refused_by_the_clause(desk: Desk) -> None:
    desk.take(VILLAGES, sheet(HEADER, ["金龙镇", "望星村", "2021", "", "", "2021-03-10"]))
    line = only(desk.plan(VILLAGES, sheet(HEADER, ["金龙镇", "望星村", "2021", "是", "", "2021-03-10"])))

    assert line.outcome is Outcome.REFUSED
