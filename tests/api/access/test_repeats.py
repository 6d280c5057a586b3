"""A command that somebody gives who learnt its id: what another's led to is shown as far as one sees."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from api.access.principal import Principal
from api.papers.kinds import fact_id
from tests.api.bearers import CHIEF, DEPARTMENT, TOWNSHIP
from tests.api.server import Served
from tests.api.test_commands import NOMINATION, RESULT, tell
from tests.conftest import COUNTY
from tests.scenario import PERSON

DAY = "2020-03-17"


def test_what_anothers_command_led_to_is_not_shown_to_whoever_repeats_it(served: Served) -> None:
    command = str(uuid4())
    first = tell(served.as_(TOWNSHIP), "nominateVillage", DAY, command_id=command, **NOMINATION)
    assert first["events"]

    for colleague in (replace(TOWNSHIP, id="t-9"), replace(TOWNSHIP, organisation="石塘镇人大")):
        answer = tell(served.as_(colleague), "nominateVillage", DAY, command_id=command, **NOMINATION)
        assert answer == first | {"repeated": True, "events": []}
    for who in (TOWNSHIP, DEPARTMENT, CHIEF):
        answer = tell(served.as_(who), "nominateVillage", DAY, command_id=command, **NOMINATION)
        assert answer == first | {"repeated": True}


@pytest.mark.parametrize("who", [TOWNSHIP, DEPARTMENT], ids=lambda it: it.office.value)
def test_the_ids_by_which_imports_know_facts_are_nobodys_to_take(served: Served, who: Principal) -> None:
    taken = str(fact_id(COUNTY, "check-ins", PERSON, DAY))
    entry = {"commandId": taken, "occurredOn": DAY}

    code, message = served.as_(who).refused(
        f"mutation ($input: NominateVillageInput!) {{ nominateVillage(input: $input) {{ {RESULT} }} }}",
        input={**NOMINATION, "entry": entry},
    )

    assert (code, "commandId" in message) == ("BAD_REQUEST", True)
