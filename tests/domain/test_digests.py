"""The digest of a command, stored with every event, is of its canonical JSON, however quickly it is made."""

from __future__ import annotations

import hashlib
import json
from dataclasses import is_dataclass
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from domain.commands import AnyCommand, CheckIn, Form, digest_of
from tests.strategies import commands


def plain(value: object) -> object:
    """What stands in canonical JSON for a value that is not plain JSON."""
    if not is_dataclass(value):
        return str(value)
    came_later = isinstance(value, Form) and not value.full_time_education
    return {key: it for key, it in vars(value).items() if not (came_later and key == "full_time_education")}


@given(commands(), st.dates(), st.none() | st.text())
def test_a_digest_is_that_of_the_canonical_json(command: AnyCommand, day: date, basis: str | None) -> None:
    said = vars(command).copy()
    if isinstance(command, CheckIn) and not command.outside:
        del said["outside"]  # it came later
    content = [type(command).__name__, said, day, basis]
    canonical = json.dumps(content, default=plain, sort_keys=True, ensure_ascii=False)
    assert digest_of(command, day, basis) == hashlib.sha256(canonical.encode()).hexdigest()[:32]
