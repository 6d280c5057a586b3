"""The county's official villages and the notice's key villages."""

from __future__ import annotations

import re

from api.data import COUNTY, key_villages_2020, official_villages
from domain.terms import VillageKind

ANNEX_1 = """
文星街道 旭东社区 双桥社区
石塘镇 芙蓉园村 湘园新村
六塘乡 六塘铺社区 金珠口村
东塘镇 湖湾村 坝桥村
三塘镇 民岳村 金崙村
洋沙湖镇 洋沙湖村 罗塘村
金龙镇 望星村 新兴社区
静河镇 红旗村 共荣村
樟树镇 柳庄村 柏金港村
鹤龙湖镇 联星村 仁和村
新泉镇 西林港社区 湘家园村 同新村
岭北镇 文洲围村 茶湖潭社区
湘滨镇 姑嫂树村 湘滨村
杨林寨乡 黄太港村 莲子口村
南湖洲镇 南边社区
"""
"""Annex 1 as the notice prints it, typed again: the file must say the same."""


def test_the_key_villages_are_those_of_annex_1_in_its_order_and_spelling() -> None:
    printed = [
        (township, name)
        for township, *names in (line.split() for line in ANNEX_1.strip().splitlines())
        for name in names
    ]
    assert [(place.township, place.name) for place in key_villages_2020()] == printed


def test_there_are_thirty_key_villages_in_fifteen_townships() -> None:
    assert len({place.code for place in key_villages_2020()}) == 30
    assert len({place.township_code for place in key_villages_2020()}) == 15


def test_every_key_village_is_in_the_official_list_and_one_name_alone_differs() -> None:
    official = {place.code: place for place in official_villages()}
    differing = {
        (place.name, official[place.code].name)
        for place in key_villages_2020()
        if place.name != official[place.code].name
    }
    assert differing == {("莲子口村", "连子口村")}


def test_a_key_village_lies_in_the_township_that_the_official_list_says() -> None:
    official = {place.code: place for place in official_villages()}
    for place in key_villages_2020():
        assert place.township == official[place.code].township


def test_the_official_list_has_each_code_once_below_its_township_and_county() -> None:
    places = official_villages()
    assert len(places) == 219
    assert len({place.code for place in places}) == 219
    for place in places:
        assert re.fullmatch(r"\d{12}", place.code)
        assert place.code.startswith(place.township_code)
        assert place.township_code.startswith(COUNTY)


def test_the_name_tells_a_community_from_a_village() -> None:
    kinds = {place.name: place.kind for place in key_villages_2020()}
    assert kinds["旭东社区"] is VillageKind.COMMUNITY
    assert kinds["柳庄村"] is VillageKind.VILLAGE
