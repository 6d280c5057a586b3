"""The totals over GraphQL: the county, its townships and the units that sent somebody."""

from __future__ import annotations

import pytest
from strawberry.utils.str_converters import to_camel_case

from tests.api.selections import everything
from tests.api.server import Served
from tests.api.test_evidence import EVENTS, bear_out, figures

UNIT = "县教育局"
TOTALS = f"{{ {everything('Totals', 0)} }}"


def test_a_county_of_one_village_is_its_township_and_its_unit(story: Served) -> None:
    programme = story.ask(
        f'{{ programme(asOf: "2021-12-31") {{ totals {TOTALS} townships {{ {everything("Township", 0)} }} '
        f"sendingUnits {{ {everything('SendingUnit', 0)} }} }} }}"
    )["programme"]

    totals, (township,), (unit,) = (programme[it] for it in ("totals", "townships", "sendingUnits"))
    assert {
        key: totals[key] for key in ("nominated", "appointed", "recalled", "promoted", "daysPresent")
    } == {
        "nominated": 1,
        "appointed": 1,
        "recalled": 1,
        "promoted": 1,
        "daysPresent": 20,
    }
    assert unit.pop("name") == UNIT
    for part in (township, unit):
        assert {key: value for key, value in part.items() if totals.get(key, value) != value} == {
            "__typename": part["__typename"]
        }


def test_totals_stand_on_both_clocks(story: Served) -> None:
    def days(as_of: str, known_at: str) -> int:
        found = story.ask(
            "query ($asOf: Date, $knownAt: DateTime) "
            "{ programme(asOf: $asOf, knownAt: $knownAt) { totals { daysPresent } } }",
            asOf=as_of,
            knownAt=known_at,
        )
        present: int = found["programme"]["totals"]["daysPresent"]
        return present

    assert days("2020-04-10", "2020-06-15T00:00:00+08:00") == 9
    assert days("2020-05-31", "2020-06-05T00:00:00+08:00") == 20
    assert days("2020-05-31", "2020-06-15T00:00:00+08:00") == 21
    assert days("2020-05-31", "2020-07-05T00:00:00+08:00") == 20


def test_a_sending_unit_leads_to_its_people(story: Served) -> None:
    query = """
    query ($name: String!) {
      programme {
        sendingUnit(name: $name) { name instructors { totalCount nodes { staffNumber sendingUnit } } }
      }
    }
    """

    assert story.ask(query, name=UNIT)["programme"]["sendingUnit"] == {
        "name": UNIT,
        "instructors": {"totalCount": 1, "nodes": [{"staffNumber": "XY-0001", "sendingUnit": UNIT}]},
    }
    assert story.ask(query, name="县财政局")["programme"] == {"sendingUnit": None}


def test_a_county_in_which_nothing_happened_comes_to_nothing(idle: Served) -> None:
    programme = idle.ask(f"{{ programme {{ totals {TOTALS} sendingUnits {{ name }} }} }}")["programme"]

    assert programme["sendingUnits"] == []
    assert set(programme["totals"].values()) == {"Totals", 0}


@pytest.mark.parametrize("as_of", ["2020-05-15", "2021-12-31"])
@pytest.mark.parametrize(
    ("way", "owner"), [("totals", "Totals"), (f'sendingUnit(name: "{UNIT}")', "SendingUnit")]
)
def test_a_total_is_what_its_evidence_comes_to(story: Served, way: str, owner: str, as_of: str) -> None:
    for figure in figures(owner):
        row = story.ask(
            f'{{ programme(asOf: "{as_of}") {{ total: {way} {{ stated: {to_camel_case(figure.lower())} '
            f"evidence(figure: {figure}, first: 500) {{ {EVENTS} }} }} }} }}"
        )["programme"]["total"]

        assert bear_out(figure, row["stated"], row["evidence"]["nodes"]), (figure, row["stated"])
