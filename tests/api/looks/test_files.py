"""Dossiers and reports: on record before the first byte leaves, with a digest that the receiver can check."""

from __future__ import annotations

import hashlib
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from getpass import getuser
from pathlib import Path
from typing import Any, Final

import pytest
from typer.testing import Result

from ledger.database import connect
from tests import facts
from tests.api.bearers import DEPARTMENT
from tests.api.server import Served
from tests.projections.readside import ReadSide
from tests.scenario import PERSON

LOOKS: Final = """query ($after: ID!) { programme(waitFor: $after) { disclosures(last: 1) { nodes {
  position readerId what fields aboutDay knownPosition digest instructors { id } } } } }"""
DOSSIER: Final = f"/dossier/{PERSON}?asOf=2020-05-31"
ROLL: Final = "/reports/roll.{}?asOf=2020-05-31"


def last_look(served: Served, after: int) -> dict[str, Any]:
    """The latest look on record, as soon as `after` is projected."""
    (look,) = served.ask(LOOKS, after=str(after))["programme"]["disclosures"]["nodes"]
    return dict(look)


def head(served: Served) -> int:
    return served.county.programme.recorder.max_notification_id() or 0


@contextmanager
def refusing(served: Served) -> Iterator[None]:
    with connect(served.county.conninfo) as conn:
        conn.execute(
            "alter table ledger.events add constraint refusing check (topic not like 'Disclosure%') not valid"
        )
        yield
        conn.execute("alter table ledger.events drop constraint refusing")


@pytest.mark.parametrize(
    ("address", "what"),
    [
        (DOSSIER, "dossier"),
        (ROLL.format("xlsx"), "report:roll"),
        (ROLL.format("zip"), "report:roll"),
    ],
)
def test_who_takes_a_file_is_on_record_and_can_prove_what_they_got(
    story: Served, address: str, what: str
) -> None:
    before = head(story)
    response = story.http.get(address)
    assert response.status_code == 200
    position = int(response.headers["zhucun-disclosure"])
    assert position == head(story) == before + 1
    look = last_look(story, position)
    assert (look["position"], look["readerId"], look["what"]) == (str(position), DEPARTMENT.id, what)
    assert (look["aboutDay"], look["instructors"]) == ("2020-05-31", [{"id": str(PERSON)}])
    assert int(look["knownPosition"]) <= before
    salted = bytes.fromhex(response.headers["zhucun-disclosure-salt"]) + response.content
    assert hashlib.sha256(salted).hexdigest() == look["digest"]


def test_a_report_tells_the_fields_that_it_shows_in_full(story: Served) -> None:
    position = int(story.http.get(ROLL.format("zip")).headers["zhucun-disclosure"])
    assert last_look(story, position)["fields"] == ["education", "employment", "party_joined", "position"]


def test_a_report_without_personal_data_is_on_no_record(story: Served) -> None:
    before = head(story)
    response = story.http.get("/reports/attendance.zip?asOf=2020-05-31")
    assert response.status_code == 200
    assert "zhucun-disclosure" not in response.headers
    assert head(story) == before


@pytest.mark.parametrize("address", [DOSSIER, ROLL.format("xlsx")])
def test_where_the_record_refuses_the_look_no_file_leaves(story: Served, address: str) -> None:
    with refusing(story):
        response = story.http.get(address)
    assert response.status_code == 503
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "NOT_RECORDED"
    assert "登记" in error["message"]
    assert "zhucun-disclosure" not in response.headers
    assert facts.FORM.name.encode() not in response.content


@pytest.mark.parametrize("address", [DOSSIER, ROLL.format("zip")])
def test_a_file_leaves_whole_or_not_at_all_so_that_the_digest_shows_it(story: Served, address: str) -> None:
    response = story.http.get(address, headers={"range": "bytes=0-99"})
    assert response.status_code == 200
    salted = bytes.fromhex(response.headers["zhucun-disclosure-salt"]) + response.content
    look = last_look(story, int(response.headers["zhucun-disclosure"]))
    assert hashlib.sha256(salted).hexdigest() == look["digest"]


def test_who_breaks_off_has_looked_all_the_same(story: Served) -> None:
    before = head(story)
    with socket.create_connection(("127.0.0.1", story.port)) as asker:
        asker.sendall(
            f"GET {ROLL.format('xlsx')} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: {story.authorization['authorization']}\r\n\r\n".encode()
        )
        assert asker.recv(12) == b"HTTP/1.1 200"
    assert head(story) == before + 1


def test_a_report_made_on_this_machine_is_on_record_by_the_users_name(
    side: ReadSide, zhucun: Callable[..., Result], tmp_path: Path
) -> None:
    made = zhucun("report", "roll", "--as-of", "2020-05-31", "-o", str(tmp_path / "roll.zip"))
    assert made.exit_code == 0, made.output
    side.project()
    (look,) = side.ask("disclosure")
    assert (look["reader_id"], look["organisation"], look["what"]) == (getuser(), "operator", "report:roll")
    assert look["people"] == [PERSON]
    (salt,) = re.findall(r"\b[0-9a-f]{32}\b", made.output)[:1]
    content = (tmp_path / "roll.zip").read_bytes()
    assert hashlib.sha256(bytes.fromhex(salt) + content).hexdigest() == look["digest"]
