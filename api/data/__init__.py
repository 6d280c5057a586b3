"""The county's official villages and the notice's key villages, as data. Sources: `SOURCES.md`, beside it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from domain.terms import VillageKind

COUNTY = "430624"
"""湘阴县 Xiangyin, the county of the notice and of both files."""


class Place(NamedTuple):
    """A village or community, with its township. Codes are official: 12 digits, the township's 9."""

    code: str
    name: str
    township_code: str
    township: str

    @property
    def kind(self) -> VillageKind:
        """村 or 社区, as the name says."""
        return VillageKind.COMMUNITY if self.name.endswith("社区") else VillageKind.VILLAGE


@cache
def official_villages() -> tuple[Place, ...]:
    """Return the official list, in order of code (National Bureau of Statistics, 30 June 2023)."""
    return tuple(Place(**row) for row in _rows("villages.csv"))


@cache
def key_villages_2020() -> tuple[Place, ...]:
    """Return the 30 key villages of 2020, in the order and the spelling of the notice's Annex 1."""
    official = {place.code: place for place in official_villages()}
    return tuple(official[row["code"]]._replace(name=row["name"]) for row in _rows("annex1.csv"))


def _rows(file: str) -> Iterator[dict[str, str]]:
    text = files(__name__).joinpath(file).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())
