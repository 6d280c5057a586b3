"""Where the command line shows stored events: forms stay sealed, and nothing is told of the forgotten."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from tests import facts, postgres
from tests.api.conftest import _ledger
from tests.facts import SUCCESSOR
from tests.projections.readside import ReadSide
from tests.scenario import STAFF_NUMBER

PHONE: Final = "13873012345"
PERSONAL: Final = (facts.FORM.name, "旧名", PHONE, "1990", facts.FORM.school)
NOMINATION: Final = 4
"""Position of the nomination of somebody who serves."""


@pytest.fixture(scope="module")
def county(server: str, template: str) -> Iterator[ReadSide]:
    """A county with somebody who serves, and somebody who was forgotten."""
    with _ledger(server, template) as side:
        side.enter(*facts.KEY_VILLAGE, facts.households_registered(), facts.nominated(phone=PHONE))
        side.enter(facts.approved(), facts.instructor_posted(), facts.appointed())
        side.enter(facts.nominated(name="旧名").of(SUCCESSOR), facts.rejected().of(SUCCESSOR))
        side.enter(facts.forgotten().of(SUCCESSOR))
        side.project()
        yield side


def zhucun(county: ReadSide, *args: object) -> Result:
    env = postgres.environment(county.conninfo)
    return CliRunner().invoke(app, [str(it) for it in args], env=env)


def personal(text: str) -> list[str]:
    """What of the forms a text tells."""
    return [it for it in PERSONAL if it in text]


def test_a_life_is_told_with_its_form_to_whoever_has_the_keys(county: ReadSide) -> None:
    result = zhucun(county, "replay", STAFF_NUMBER)

    assert result.exit_code == 0, result.output
    assert f"{facts.FORM.name}(女,1990年生" in result.output.replace("\n", "")


def test_the_life_of_somebody_forgotten_says_so_and_tells_nothing_of_the_form(county: ReadSide) -> None:
    result = zhucun(county, "replay", SUCCESSOR)

    assert result.exit_code == 0, result.output
    assert "报名表已删除" in result.output
    assert ("删除个人信息" in result.output, "本人申请" in result.output) == (True, True)
    assert personal(result.output) == []


def test_an_export_has_forms_as_they_are_stored(county: ReadSide, tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    result = zhucun(county, "export", "-o", file)
    assert result.exit_code == 0, result.output
    lines = file.read_text(encoding="utf-8")
    events = [json.loads(line) for line in lines.splitlines()[1:]]
    sealed = [it for it in events if it["type"] == "Instructor.Nominated"]

    assert [list(it["data"]["form"]) for it in sealed] == [["sealed", "key", "fields"]] * 2
    assert personal(lines + "".join(b64decode(it["raw"]).decode() for it in events)) == []


def test_verify_names_a_sealed_event_that_was_altered_and_tells_nothing_of_it(county: ReadSide) -> None:
    assert zhucun(county, "verify").exit_code == 0
    alter = "update ledger.events set state = %s where position = %s"
    before = county.value("select state from ledger.events where position = %s", NOMINATION)
    county.conn.execute("alter table ledger.events disable trigger only_appended")
    county.conn.execute(alter, (before.replace(b'"sealed":"', b'"sealed":"AAAA'), NOMINATION))
    try:
        result = zhucun(county, "verify")
    finally:
        county.conn.execute(alter, (before, NOMINATION))

    assert result.exit_code == 1, result.output
    assert f"{NOMINATION}" in result.output
    assert personal(result.output) == []
