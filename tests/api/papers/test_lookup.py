"""People and villages by the names that papers use."""

from __future__ import annotations

from datetime import date

import pytest

from api.data import Place
from api.papers.columns import RowRefused
from api.papers.gazetteer import Gazetteer
from api.papers.lookup import OnRecord
from projections.projector import Projector
from tests import facts
from tests.api.papers.desk import Desk
from tests.conftest import COUNTY
from tests.facts import MAY_3
from tests.projections.readside import ReadSide
from tests.scenario import PERSON, STAFF_NUMBER, VILLAGE, VILLAGE_CODE


@pytest.fixture
def found(desk: Desk) -> OnRecord:
    """What is on record of a county with one village and its instructor."""
    Projector(desk.conninfo, desk.keys).catch_up()
    return OnRecord(COUNTY, desk.conninfo)


@pytest.fixture
def namesakes(simulated_ledger: str) -> OnRecord:
    """What is on record of two of one name: recalled on 3 May, and appointed elsewhere on 20 April."""
    side = ReadSide(simulated_ledger)
    nominated, approved = (it.of(facts.SUCCESSOR) for it in facts.READY)
    side.enter(
        *facts.RECALLED,
        nominated.but(staff_number=facts.SUCCESSORS_NUMBER),
        approved,
        facts.appointed(village=facts.ANOTHER_VILLAGE, on=date(2020, 4, 20)).of(facts.SUCCESSOR),
    )
    side.project()
    side.close()
    return OnRecord(COUNTY, simulated_ledger)


def refused(error: pytest.ExceptionInfo[RowRefused]) -> tuple[str, str]:
    return error.value.column, error.value.message_zh


def test_a_village_is_found_by_code_or_by_name_with_or_without_its_township(found: OnRecord) -> None:
    for asked in (
        (VILLAGE_CODE, None, None),
        (VILLAGE_CODE, "石塘镇", "芙蓉园村"),
        (None, "石塘镇", "芙蓉园村"),
        (None, "石塘", " 芙蓉园 村"),
        (None, None, "芙蓉园村民委员会"),
        (None, None, "芙蓉园村村委会"),
    ):
        assert found.village(*asked) == VILLAGE


@pytest.mark.parametrize(
    ("asked", "column", "words"),
    [
        ((None, None, None), "村(社区)", "请填写"),
        ((None, None, "无此村"), "村(社区)", "没有找到"),
        ((None, "文星街道", "芙蓉园村"), "村(社区)", "没有找到"),
        (("430624999999", None, None), "村代码", "没有找到"),
        ((VILLAGE_CODE, None, "旭东社区"), "村(社区)", "芙蓉园村"),
    ],
)
def test_a_village_that_cannot_be_told_is_refused(
    found: OnRecord, asked: tuple[str | None, str | None, str | None], column: str, words: str
) -> None:
    with pytest.raises(RowRefused) as error:
        found.village(*asked)
    assert refused(error)[0] == column
    assert words in refused(error)[1]


def test_the_official_list_knows_a_village_by_the_spelling_of_the_notice_too(found: OnRecord) -> None:
    by_notice = found.official(None, "杨林寨乡", "莲子口村")
    by_list = found.official(None, "杨林寨乡", "连子口村")
    assert by_notice.code == by_list.code
    assert (by_notice.name, by_list.name) == ("莲子口村", "连子口村")


def test_a_village_of_a_name_that_several_have_needs_its_township() -> None:
    east = Place("430624100201", "和平村", "430624100", "城东镇")
    west = Place("430624101201", "和平村", "430624101", "城西乡")
    both = Gazetteer([east, west])
    assert both.find(None, "城西", "和平村") == west
    with pytest.raises(RowRefused, match="请写明乡镇") as error:
        both.find(None, None, "和平村")
    assert "城东镇(430624100201)" in refused(error)[1]


def test_of_a_county_without_a_list_at_hand_a_village_needs_code_township_and_name(desk: Desk) -> None:
    elsewhere = OnRecord("430626", desk.conninfo)
    assert elsewhere.official("430626100201", "汉昌街道", "某村").township_code == "430626100"
    for asked in ((None, "汉昌街道", "某村"), ("4306", "汉昌街道", "某村"), ("430626100201", None, "某村")):
        with pytest.raises(RowRefused, match="12位代码"):
            elsewhere.official(*asked)


def test_of_two_of_one_name_the_one_who_serves_on_the_day_is_meant(namesakes: OnRecord) -> None:
    assert namesakes.person(None, "陈思远", date(2020, 4, 15)) == PERSON
    assert namesakes.person(None, "陈思远", date(2020, 5, 4)) == facts.SUCCESSOR


def test_of_two_of_one_name_who_both_serve_on_the_day_neither_is_meant(namesakes: OnRecord) -> None:
    with pytest.raises(RowRefused) as error:
        namesakes.person(None, "陈思远", MAY_3)
    column, words = refused(error)
    assert column == "姓名"
    assert STAFF_NUMBER in words
    assert facts.SUCCESSORS_NUMBER in words


def test_a_staff_number_goes_before_a_name(found: OnRecord) -> None:
    assert found.person(STAFF_NUMBER, "陈思远", date(2030, 1, 1)) == PERSON
