"""Villages by code and by the names that people write."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from unicodedata import normalize

from api.data import Place
from api.papers.columns import RowRefused

CODE: Final = "村代码"
VILLAGE: Final = "村(社区)"


class Gazetteer:
    """Villages by code and by name; one village may have several spellings."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._by_code: dict[str, list[Place]] = defaultdict(list)
        self._by_name: dict[str, dict[str, Place]] = defaultdict(dict)
        for place in places:
            self._by_code[place.code].append(place)
            self._by_name[_village(place.name)].setdefault(place.code, place)

    def places(self) -> Iterator[Place]:
        """Yield them, each spelling."""
        for spellings in self._by_code.values():
            yield from spellings

    def find(self, code: str | None, township: str | None, name: str | None) -> Place:
        """Return the one village that is meant, as it was called.

        Raises:
            RowRefused: none or several, or code and name are of different ones.
        """
        if code:
            return self._coded(code, name)
        if not name:
            raise RowRefused("请填写村名或村代码。", "Give the village's name or code.", column=VILLAGE)
        found = self._named(name, township)
        if len(found) == 1:
            (place,) = found.values()
            return place
        if found:
            where = "、".join(f"{it.township}({it.code})" for it in found.values())
            raise RowRefused(
                f"“{name}”有{len(found)}个:{where},请写明乡镇或12位代码。",
                f"There are {len(found)} villages of that name: {where}; give the township or the code.",
                column=VILLAGE,
                value=name,
            )
        raise RowRefused(
            f"没有找到{township or ''}“{name}”,请核对乡镇与村名,或填写12位代码。",
            f"There is no village {name}{f' in {township}' if township else ''}; check township and name, or "
            "give the 12-digit code.",
            column=VILLAGE,
            value=name,
        )

    def _coded(self, code: str, name: str | None) -> Place:
        spellings = self._by_code.get(code)
        if not spellings:
            raise RowRefused(
                f"没有找到代码为“{code}”的村(社区),请核对12位代码。",
                f"There is no village with the code {code} here; check its 12 digits.",
                column=CODE,
                value=code,
            )
        if not name:
            return spellings[0]
        for place in spellings:
            if _village(place.name) == _village(name):
                return place
        raise RowRefused(
            f"代码{code}是“{spellings[0].name}”,不是“{name}”,请核对代码与村名。",
            f"The code {code} is that of {spellings[0].name}, not {name}; check code and name.",
            column=VILLAGE,
            value=name,
        )

    def _named(self, name: str, township: str | None) -> Mapping[str, Place]:
        found = self._by_name.get(_village(name), {})
        if not township:
            return found
        return {code: it for code, it in found.items() if _township(it.township) == _township(township)}


def folded(name: str) -> str:
    """Return a name as names are compared: half-width, without blanks."""
    return re.sub(r"\s+", "", normalize("NFKC", name))


def _village(name: str) -> str:
    """Return a village's name without the committee that speaks for it."""
    text = re.sub(r"村(民委员会|村民委员会|委会|村委会)$", "村", folded(name))
    return re.sub(r"社区(居民委员会|居委会)$", "社区", text)


def _township(name: str) -> str:
    """Return a township's name without its kind, which people leave out."""
    return re.sub(r"(街道办事处|街道|镇|乡)$", "", folded(name))
